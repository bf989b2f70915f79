"""Spiking and binary networks with a posterior over their weights, and the units and layers that they are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interplay._core.lazy import exports

if TYPE_CHECKING:
    from interplay.spiking.nets.bayesian import BayesianConv2d, BayesianLayer, BayesianLinear, Moments
    from interplay.spiking.nets.decoder import SpikingDecoder
    from interplay.spiking.nets.event_networks import LIFLayer
    from interplay.spiking.nets.lif_sequence import LIFState, leaky_readout, lif, lif_step
    from interplay.spiking.nets.method import BinaryResidualNet, ConvSpikingNet, RecurrentSpikingNet
    from interplay.spiking.nets.nir_export import to_nir, write_nir
    from interplay.spiking.nets.passing import Pass
    from interplay.spiking.nets.registry import SPIKING_METHODS
    from interplay.spiking.nets.results import Predictions, SpikingModel
    from interplay.spiking.nets.spiking_layers import SpikingLayers
    from interplay.spiking.nets.spiking_policy import SpikingImitation, SpikingPolicy, load_policy, save_policy
    from interplay.spiking.nets.store import load_model, save_model

_HOME = {
    "BayesianConv2d": "bayesian",
    "BayesianLayer": "bayesian",
    "BayesianLinear": "bayesian",
    "BinaryResidualNet": "method",
    "ConvSpikingNet": "method",
    "LIFLayer": "event_networks",
    "LIFState": "lif_sequence",
    "Moments": "bayesian",
    "Pass": "passing",
    "Predictions": "results",
    "RecurrentSpikingNet": "method",
    "SPIKING_METHODS": "registry",
    "SpikingDecoder": "decoder",
    "SpikingImitation": "spiking_policy",
    "SpikingLayers": "spiking_layers",
    "SpikingModel": "results",
    "SpikingPolicy": "spiking_policy",
    "leaky_readout": "lif_sequence",
    "lif": "lif_sequence",
    "lif_step": "lif_sequence",
    "load_model": "store",
    "load_policy": "spiking_policy",
    "save_model": "store",
    "save_policy": "spiking_policy",
    "to_nir": "nir_export",
    "write_nir": "nir_export",
}

__all__ = [
    "SPIKING_METHODS",
    "BayesianConv2d",
    "BayesianLayer",
    "BayesianLinear",
    "BinaryResidualNet",
    "ConvSpikingNet",
    "LIFLayer",
    "LIFState",
    "Moments",
    "Pass",
    "Predictions",
    "RecurrentSpikingNet",
    "SpikingDecoder",
    "SpikingImitation",
    "SpikingLayers",
    "SpikingModel",
    "SpikingPolicy",
    "leaky_readout",
    "lif",
    "lif_step",
    "load_model",
    "load_policy",
    "save_model",
    "save_policy",
    "to_nir",
    "write_nir",
]

__getattr__, __dir__ = exports(__name__, _HOME)
