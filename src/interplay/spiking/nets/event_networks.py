"""Spiking networks that read events step by step: dense and recurrent, or convolutional."""

from __future__ import annotations

import math
from typing import Any, Literal

import torch
from torch import Tensor, nn

from interplay.spiking.estimators import UnitRule
from interplay.spiking.nets.bayesian import BayesianConv2d, BayesianLayer, BayesianLinear, Moments
from interplay.spiking.nets.lif_sequence import lif
from interplay.spiking.nets.passing import SILENT_RULE, BatchNorm, Fired, Pass, noise_scale

#: Largest seed of the noise of one layer in one pass.
_SEEDS = 2**62


class LIFLayer(nn.Module):
    """Leaky integrate-and-fire units with time constants of their own, and weights among them or none.

    Parameters
    ----------
    n : int
        Units, or channels whose units share a time constant.
    decay : float, in (0, 1)
        Of the membrane per step, at the start.
    learn_decay : bool
    reset : {"hard", "soft"}
    rule : UnitRule
    floor : float
        Noise that units have of their own.
    recurrent : BayesianLinear or None
        `coupling[post, pre]`.
    checkpoint_every : int or None
        Steps between the states that are kept for the way back; None keeps all.
    """

    def __init__(
        self,
        n: int,
        *,
        decay: float,
        learn_decay: bool,
        reset: Literal["hard", "soft"],
        rule: UnitRule,
        floor: float,
        recurrent: BayesianLinear | None = None,
        checkpoint_every: int | None = None,
    ) -> None:
        super().__init__()
        raw = torch.full((n,), math.log(decay / (1 - decay)))
        self.raw_decay = nn.Parameter(raw, requires_grad=learn_decay)
        self.reset, self.rule, self.floor, self.recurrent = reset, rule, floor, recurrent
        self.checkpoint_every = checkpoint_every

    def forward(self, name: str, moments: Moments, run: Pass, steps: int) -> Tensor:
        """Turn currents (T·B, N), or (T·B, C, H, W), into spikes of the same shape."""
        shape = moments.mean.shape
        quiet = run.generator is None
        rule = SILENT_RULE if quiet else self.rule
        mean = moments.mean if rule.stochastic else run.sampled(moments)
        variance: Tensor | float | None = None
        if rule.stochastic:
            variance = self.floor**2 if moments.variance is None else moments.variance + self.floor**2
        decay = torch.sigmoid(self.raw_decay)
        if len(shape) == 4:
            decay = decay[:, None].expand(-1, shape[2] * shape[3]).reshape(-1)
        seed = 0 if quiet else int(torch.randint(_SEEDS, (), generator=run.generator, device=mean.device))
        spikes: Tensor
        spikes, _ = lif(
            mean.reshape(steps, -1, len(decay)),
            decay=decay,
            rule=rule,
            reset=self.reset,
            variance=variance.reshape(steps, -1, len(decay)) if isinstance(variance, Tensor) else variance,
            recurrent=self._recurrent(run, rule),
            seed=seed,
        )
        spikes = spikes.reshape(shape)
        run.fired.append(Fired(name, mean, noise_scale(moments.variance, self.floor) if not quiet else 1.0, spikes))
        if self.recurrent is not None:
            run.note(f"{name}, recurrent", self.recurrent, spikes, steps)
        return spikes

    def _recurrent(self, run: Pass, rule: UnitRule) -> tuple[Tensor, ...] | None:
        """Give the weights among the units as this pass has them: mean and variance, or drawn for all samples alike."""
        layer = self.recurrent
        if layer is None:
            return None
        if layer.raw_spread is None or run.generator is None:
            return (layer.mean,)
        if run.noise == "per_step":
            return (layer.mean, layer.variances()[0])
        return (layer.mean + layer.draw(1, run.generator).weight,)


class RecurrentSpikingNetwork(nn.Module):
    """Layers of LIF units, with weights among the units of a layer; the read-out is a leaky mean of the last one.

    Parameters
    ----------
    n_in, n_classes : int
    layers, width : int, >= 1
    recurrent, residual : bool
        Residual layers add to the mean of the currents of the layer below, scaled by 1 / sqrt(L).
    normalise : {"none", "batch"}
    rule : UnitRule
    decay, readout_decay : float, in (0, 1)
    settings of `LIFLayer` and `BayesianLayer`
        learn_decay, reset, floor, checkpoint_every, posterior, prior, spread.
    """

    def __init__(
        self,
        n_in: int,
        n_classes: int,
        *,
        layers: int,
        width: int,
        recurrent: bool,
        residual: bool,
        normalise: Literal["none", "batch"],
        readout_decay: float,
        weights: dict[str, Any],
        units: dict[str, Any],
    ) -> None:
        super().__init__()
        self.residual, self.readout_decay = residual, readout_decay
        self.branch = 1 / math.sqrt(layers) if residual else 1.0
        among = {**weights, "bias": False}
        self.feed = nn.ModuleList(BayesianLinear(n_in if k == 0 else width, width, **weights) for k in range(layers))
        self.units = nn.ModuleList(
            LIFLayer(width, recurrent=BayesianLinear(width, width, **among) if recurrent else None, **units)
            for _ in range(layers)
        )
        self.norms = nn.ModuleList(BatchNorm(width) for _ in range(layers if normalise == "batch" else 0))
        self.readout = BayesianLinear(width, n_classes, **weights)

    def forward(self, x: Tensor, run: Pass) -> Tensor:
        """Map counts (T, B, n_in) to logits (B, K)."""
        steps = len(x)
        signal, stream = x.flatten(0, 1), None
        for k, (feed, units) in enumerate(zip(self.feed, self.units, strict=True)):
            found = run.weigh(f"weights {k + 1}", feed, signal, "analogue" if k == 0 else "01", steps=steps)
            if self.residual and stream is not None:
                variance = None if found.variance is None else found.variance * self.branch**2
                found = Moments(stream + self.branch * found.mean, variance)
            stream = found.mean
            found = self.norms[k](found) if len(self.norms) else found
            signal = units(f"layer {k + 1}", found, run, steps)
        return _read(self.readout, signal, run, steps, self.readout_decay)


class ConvSpikingNetwork(nn.Module):
    """Convolutions with LIF units for event cameras: each block halves the picture; channels share a time constant.

    Parameters
    ----------
    grid : (channels, H, W)
    n_classes : int
    layers, width : int, >= 1
        Blocks, and channels of the first; they double up to four times that.
    normalise : {"none", "batch"}
    readout_decay : float, in (0, 1)
    weights, units : dict
        Settings of `BayesianLayer` and `LIFLayer`.
    """

    def __init__(
        self,
        grid: tuple[int, int, int],
        n_classes: int,
        *,
        layers: int,
        width: int,
        normalise: Literal["none", "batch"],
        readout_decay: float,
        weights: dict[str, Any],
        units: dict[str, Any],
    ) -> None:
        super().__init__()
        self.grid, self.readout_decay = grid, readout_decay
        channels = [grid[0], *(width * min(4, 2**k) for k in range(layers))]
        side = [-(-n // 2**layers) for n in grid[1:]]
        self.feed: nn.ModuleList = nn.ModuleList(
            BayesianConv2d(channels[k], channels[k + 1], stride=2, **weights) for k in range(layers)
        )
        self.units = nn.ModuleList(LIFLayer(c, **units) for c in channels[1:])
        self.norms = nn.ModuleList(BatchNorm(c) for c in (channels[1:] if normalise == "batch" else []))
        self.readout = BayesianLinear(channels[-1] * math.prod(side), n_classes, **weights)

    def forward(self, x: Tensor, run: Pass) -> Tensor:
        """Map counts (T, B, units of the grid) to logits (B, K)."""
        steps = len(x)
        signal = x.reshape(-1, *self.grid)
        for k, (feed, units) in enumerate(zip(self.feed, self.units, strict=True)):
            found = run.weigh(f"weights {k + 1}", feed, signal, "analogue" if k == 0 else "01", steps=steps)
            found = self.norms[k](found) if len(self.norms) else found
            signal = units(f"layer {k + 1}", found, run, steps)
        return _read(self.readout, signal.flatten(1), run, steps, self.readout_decay)


def _read(layer: BayesianLayer, spikes: Tensor, run: Pass, steps: int, decay: float) -> Tensor:
    """Integrate the read-out's leaky, silent units and take the mean over time.

    Both are linear and alike for all classes, so they are done before the weights: one product for all steps.
    """
    x = spikes.reshape(steps, -1, spikes.shape[-1])
    left = torch.arange(steps, 0, -1, device=x.device, dtype=x.dtype)
    share = (1 - decay**left) / steps
    return run.sampled(run.weigh("read-out", layer, torch.einsum("t,tbn->bn", share, x), "analogue"))
