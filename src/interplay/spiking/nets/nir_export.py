"""Trained spiking networks for other programs and chips, in the Neuromorphic Intermediate Representation (NIR)."""

from __future__ import annotations

import importlib
import math
import os
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import ConfigError, MissingExtraError, unknown_name
from interplay.io.atomic import aside
from interplay.spiking.nets.event_networks import LONGEST
from interplay.spiking.nets.method import EventNet, RecurrentSpikingNet
from interplay.spiking.nets.results import SpikingModel

Integration = Literal["euler", "exact"]
Arrays = dict[str, NDArray[Any]]

_NOTES = (
    "Mean weights and units with a threshold: posterior variances and firing by chance are not part of NIR. "
    "Input: counts of events per step of `dt` seconds, neighbouring units joined as `pool` says. Recurrent connections "
    "act one step later, all others in the same step. Logits: mean of the output over `steps` steps."
)


def to_nir(model: SpikingModel, *, integration: Integration = "euler") -> Any:
    """Write the network without noise as a NIR graph.

    Parameters
    ----------
    model : SpikingModel
        Of `RecurrentSpikingNet` or `ConvSpikingNet`, with a hard reset.
    integration : {"euler", "exact"}
        How the program that reads it steps τ dv/dt = -v + R I over a step Δt: v + (Δt / τ)(R I - v), as most do, or
        exactly under a constant current. It decides τ, so that the membrane decays by the trained factor λ per step:
        τ = Δt / (1 - λ), or τ = -Δt / log λ; R = 1 / (1 - λ) either way.

    Returns
    -------
    nir.NIRGraph
        Metadata: `dt` (s), `steps`, `pool`, `integration`, `classes`, `notes`.

    Raises
    ------
    MissingExtraError
        Without the package `nir`.
    ConfigError
        For what NIR cannot say: binary networks of pictures (they have no time), a soft reset (its units are set to a
        potential), and batch normalisation of residual layers.

    Notes
    -----
    Threshold 1 and reset 0, as in training: a unit fires where v > 1. Batch normalisation becomes part of weights and
    biases. Residual layers become edges that skip: currents add up where several edges meet.

    References
    ----------
    Pedersen et al. (2024), Nature Communications 15:8122.
    """
    nir = _package()
    _require_sayable(model, integration)
    make = _recurrent if isinstance(model.config, RecurrentSpikingNet) else _convolutional
    nodes, edges = make(nir, model, integration)
    config: Any = model.config
    metadata = {
        "dt": float(config.step_s),
        "steps": int(config.steps),
        "pool": int(config.pool),
        "integration": integration,
        "classes": "\n".join(map(str, model.classes)),
        "notes": _NOTES,
    }
    return nir.NIRGraph(nodes=nodes, edges=edges, metadata=metadata)


def write_nir(path: str | os.PathLike[str], model: SpikingModel, *, integration: Integration = "euler") -> Path:
    """Write the network without noise as a NIR file (HDF5), for `nir.read`.

    Parameters
    ----------
    path : path
        Appears whole or not at all; by custom ends in .nir.
    model : SpikingModel
    integration : {"euler", "exact"}
        As in `to_nir`.

    Returns
    -------
    Path

    Raises
    ------
    MissingExtraError, ConfigError
        As `to_nir`.
    """
    graph = to_nir(model, integration=integration)
    with aside(path) as draft:
        _package().write(draft, graph)
    return Path(path)


def _package() -> Any:
    try:
        return importlib.import_module("nir")
    except ImportError as error:
        raise MissingExtraError.of("export to NIR", "nir", "nir") from error


def _require_sayable(model: SpikingModel, integration: str) -> None:
    config = model.config
    if integration not in get_args(Integration):
        raise ConfigError(unknown_name("`integration`", integration, get_args(Integration)))
    if not isinstance(config, EventNet):
        raise ConfigError(
            f"`model` must be a network of spiking units for NIR, got {model.method!r}, whose units have no time. "
            "Train recurrent_spiking or conv_spiking."
        )
    if config.reset != "hard":
        raise ConfigError(
            "`reset` must be 'hard' for NIR, whose units are set to a potential when they fire, got 'soft'. Train with "
            "reset='hard'."
        )
    if config.normalise == "batch" and getattr(config, "residual", False):
        raise ConfigError(
            "`normalise` must be 'none' for NIR where layers are residual: currents are normalised after they meet. "
            "Train without one of the two."
        )


def _decays(model: SpikingModel, k: int) -> NDArray[np.float64]:
    """Give the factor per step of each membrane of layer k."""
    raw = np.asarray(model.parameters[f"units.{k}.raw_decay"], dtype=np.float64)
    return np.asarray(LONGEST / (1 + np.exp(-raw)))


def _tau(decay: NDArray[np.float64], step_s: float, integration: str) -> NDArray[np.float64]:
    return np.asarray(step_s / (1 - decay) if integration == "euler" else -step_s / np.log(decay))


def _lif(nir: Any, decay: NDArray[np.float64], step_s: float, integration: str) -> Any:
    ones = np.ones_like(decay)
    return nir.LIF(
        tau=_tau(decay, step_s, integration),
        r=1 / (1 - decay),
        v_leak=0 * ones,
        v_threshold=ones,
        v_reset=0 * ones,
    )


def _readout(nir: Any, model: SpikingModel, shape: tuple[int, ...], integration: str) -> Any:
    """Give the leaky, silent units of the read-out: before its weights, since all have one time constant."""
    config: Any = model.config
    ones = np.ones(shape)
    decay = ones * math.exp(-config.step_s / config.readout_tau_s)
    return nir.LI(tau=_tau(decay, config.step_s, integration), r=ones, v_leak=0 * ones)


def _weights(model: SpikingModel, k: int, scale: float = 1.0) -> tuple[NDArray[Any], NDArray[Any]]:
    """Give weights and biases of layer k, batch normalisation included."""
    part: Arrays = dict(model.parameters)
    weight, bias = scale * part[f"feed.{k}.mean"], scale * part[f"feed.{k}.bias"]
    if model.config.normalise == "batch":
        gain = part[f"norms.{k}.gain"] / np.sqrt(part[f"norms.{k}.running_variance"] + 1e-5)
        weight = weight * gain.reshape(-1, *(1,) * (weight.ndim - 1))
        bias = (bias - part[f"norms.{k}.running_mean"]) * gain + part[f"norms.{k}.offset"]
    return weight, bias


def _recurrent(nir: Any, model: SpikingModel, integration: str) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    config: Any = model.config
    nodes: dict[str, Any] = {"input": nir.Input(np.array(model.input_shape))}
    edges, below = [], "input"
    branch = 1 / math.sqrt(config.layers) if config.residual else 1.0
    for k in range(config.layers):
        feed, units = f"affine_{k + 1}", f"lif_{k + 1}"
        nodes[feed] = nir.Affine(*_weights(model, k, branch if k else 1.0))
        nodes[units] = _lif(nir, _decays(model, k), config.step_s, integration)
        edges += [(below, feed), (feed, units)]
        if config.residual:
            edges += [(f"affine_{j + 1}", units) for j in range(k)]
        if config.recurrent:
            among = f"recurrent_{k + 1}"
            nodes[among] = nir.Linear(np.asarray(model.parameters[f"units.{k}.recurrent.mean"]))
            edges += [(units, among), (among, units)]
        below = units
    nodes["leaky"] = _readout(nir, model, (config.width,), integration)
    return _ended(nir, model, nodes, [*edges, (below, "leaky")], "leaky")


def _convolutional(nir: Any, model: SpikingModel, integration: str) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    config: Any = model.config
    nodes: dict[str, Any] = {"input": nir.Input(np.array(model.input_shape))}
    edges, below = [], "input"
    side = model.input_shape[1:]
    shape: tuple[int, ...] = tuple(model.input_shape)
    for k in range(config.layers):
        feed, units = f"convolution_{k + 1}", f"lif_{k + 1}"
        weight, bias = _weights(model, k)
        nodes[feed] = nir.Conv2d(
            input_shape=side, weight=weight, stride=2, padding=weight.shape[-1] // 2, dilation=1, groups=1, bias=bias
        )
        side = tuple(-(-n // 2) for n in side)
        shape = (len(weight), *side)
        decay = np.broadcast_to(_decays(model, k)[:, None, None], shape)
        nodes[units] = _lif(nir, decay, config.step_s, integration)
        edges += [(below, feed), (feed, units)]
        below = units
    nodes["leaky"] = _readout(nir, model, shape, integration)
    nodes["flatten"] = nir.Flatten(np.array(shape), start_dim=0)
    return _ended(nir, model, nodes, [*edges, (below, "leaky"), ("leaky", "flatten")], "flatten")


def _ended(
    nir: Any, model: SpikingModel, nodes: dict[str, Any], edges: list[tuple[str, str]], last: str
) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    nodes["readout"] = nir.Affine(
        np.asarray(model.parameters["readout.mean"]), np.asarray(model.parameters["readout.bias"])
    )
    nodes["output"] = nir.Output(np.array([len(model.classes)]))
    return nodes, [*edges, (last, "readout"), ("readout", "output")]
