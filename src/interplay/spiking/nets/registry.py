"""Networks by name."""

from interplay._core.registry import Registry

#: Name to configuration class; nothing is imported before it is asked for.
SPIKING_METHODS = Registry(
    "spiking network",
    {
        "binary_residual": "interplay.spiking.nets.method:BinaryResidualNet",
        "recurrent_spiking": "interplay.spiking.nets.method:RecurrentSpikingNet",
        "conv_spiking": "interplay.spiking.nets.method:ConvSpikingNet",
    },
)
