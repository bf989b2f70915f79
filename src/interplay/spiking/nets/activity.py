"""What fires in a trained network while it reads one sample."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from interplay._core.rng import stream
from interplay.spiking.nets.learning import rows_of
from interplay.spiking.nets.passing import Pass
from interplay.spiking.nets.prediction import network_of, require_fitting
from interplay.spiking.nets.results import SpikingModel


def layer_activity(model: SpikingModel, data: Any, row: int, *, seed: int | None = 0) -> dict[str, NDArray[np.float32]]:
    """Show one sample to a network, and keep what every layer does.

    Parameters
    ----------
    model : SpikingModel
    data : LabelledEvents or LabelledImages
        As the model reads.
    row : int
        Of the sample.
    seed : int or None
        Of the one draw; None takes the network without noise.

    Returns
    -------
    dict of str to (T, N) float32 arrays
        "input" as it enters, then per layer of units 1 where one fires and 0 (or -1) where not; T = 1 for pictures.
    """
    require_fitting(model, data)
    chosen = rows_of("row", [row], len(data.label))
    x = model.config.read(model.config.prepare(data), chosen)
    generator = None
    if seed is not None:
        generator = torch.Generator()
        generator.manual_seed(int(stream(seed, "spiking", "activity").integers(2**63)))
    passed = Pass(generator, model.config.noise)
    with torch.no_grad():
        network_of(model)(x, passed)
    steps = len(x) if x.dim() == 3 else 1
    layers = {"input": x} | {fired.name: fired.spikes for fired in passed.fired}
    return {name: values.reshape(steps, -1).float().numpy() for name, values in layers.items()}
