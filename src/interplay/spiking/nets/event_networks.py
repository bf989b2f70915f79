"""Spiking networks that read events step by step: dense and recurrent, or convolutional."""

from __future__ import annotations

import math
from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor, nn

from interplay._core.errors import ConfigError
from interplay.spiking.estimators import UnitRule
from interplay.spiking.nets.bayesian import BayesianConv2d, BayesianLayer, BayesianLinear, Moments, WeightDraw
from interplay.spiking.nets.lif_sequence import LIFState, lif
from interplay.spiking.nets.passing import SILENT_RULE, BatchNorm, Fired, Pass, noise_scale
from interplay.spiking.nets.segments import States, segmented, sum_over_segments

#: A decay can be learnt up to this, a time constant of ten thousand steps: in single precision a sigmoid gets to 1.
LONGEST = 0.9999


class LayerDraw(NamedTuple):
    """What one pass draws for a layer of weights and the units behind it, before the first step.

    Attributes
    ----------
    weights : WeightDraw or None
        Where weights are drawn for sequences.
    seed : int
        Of the noise of the units, step by step.
    among : tensors or None
        Weights among the units: mean and variance, or drawn ones, alike for all samples.
    """

    weights: WeightDraw | None
    seed: int
    among: tuple[Tensor, ...] | None


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
    ) -> None:
        super().__init__()
        share = decay / LONGEST
        if not 0 < share < 1:
            raise ConfigError(f"`decay` must lie above 0 and below {LONGEST}, got {decay!r}. Change the time constant.")
        raw = torch.full((n,), math.log(share / (1 - share)))
        self.raw_decay = nn.Parameter(raw, requires_grad=learn_decay)
        self.reset, self.rule, self.floor, self.recurrent = reset, rule, floor, recurrent

    def draw(self, feed: BayesianLayer, batch: int, run: Pass) -> LayerDraw:
        """Draw what a pass of B = `batch` sequences needs, for these units and the weights in front of them."""
        weights = run.draw(feed, batch)
        return LayerDraw(weights, run.seed(self.raw_decay.device), self._among(run))

    def forward(
        self, name: str, moments: Moments, run: Pass, steps: int, drawn: LayerDraw, state: LIFState | None = None
    ) -> tuple[Tensor, LIFState]:
        """Turn currents (T·B, N), or (T·B, C, H, W), into spikes of the same shape."""
        shape = moments.mean.shape
        quiet = run.generator is None
        rule = SILENT_RULE if quiet else self.rule
        mean = moments.mean
        if not rule.stochastic:
            mean = run.sampled_steps(moments, drawn.seed, 0 if state is None else state.step, steps)
        variance: Tensor | float | None = None
        if rule.stochastic:
            variance = self.floor**2 if moments.variance is None else moments.variance + self.floor**2
        decay = LONGEST * torch.sigmoid(self.raw_decay)
        if len(shape) == 4:
            decay = decay[:, None].expand(-1, shape[2] * shape[3]).reshape(-1)
        spikes: Tensor
        spikes, after = lif(
            mean.reshape(steps, -1, len(decay)),
            decay=decay,
            rule=rule,
            reset=self.reset,
            variance=variance.reshape(steps, -1, len(decay)) if isinstance(variance, Tensor) else variance,
            recurrent=drawn.among,
            state=state,
            seed=drawn.seed,
        )
        spikes = spikes.reshape(shape)
        run.fired.append(Fired(name, mean, noise_scale(moments.variance, self.floor) if not quiet else 1.0, spikes))
        if self.recurrent is not None:
            # Spikes drive the step after them: those of the last step nothing, those handed on the first step.
            drive = spikes[: len(spikes) // steps * (steps - 1)]
            drive = drive if state is None else torch.cat([state.spikes, drive])
            run.note(f"{name}, recurrent", self.recurrent, drive, steps - (state is None))
        return spikes, after

    def _among(self, run: Pass) -> tuple[Tensor, ...] | None:
        """Give the weights among the units as this pass has them."""
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
    checkpoint_every : int, steps, or None
        See `sum_over_segments`.
    weights, units : dict
        Settings of `BayesianLayer` and `LIFLayer`.
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
        checkpoint_every: int | None = None,
    ) -> None:
        super().__init__()
        self.residual, self.readout_decay, self.checkpoint_every = residual, readout_decay, checkpoint_every
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
        return _pass(self, x, run)

    def stretch(
        self, x: Tensor, run: Pass, draws: tuple[LayerDraw, ...], states: States
    ) -> tuple[Tensor, tuple[LIFState, ...]]:
        """Map some steps (t, B, n_in) to the spikes (t·B, N) of the last layer, and where all layers stand then."""
        steps, after = len(x), []
        signal, stream = x.flatten(0, 1), None
        for k, (feed, units, drawn, state) in enumerate(zip(self.feed, self.units, draws, states, strict=True)):
            code: Literal["analogue", "01"] = "analogue" if k == 0 else "01"
            found = run.weigh(f"weights {k + 1}", feed, signal, code, steps=steps, draw=drawn.weights)
            if self.residual and stream is not None:
                variance = None if found.variance is None else found.variance * self.branch**2
                found = Moments(stream + self.branch * found.mean, variance)
            stream = found.mean
            found = self.norms[k](found) if len(self.norms) else found
            signal, then = units(f"layer {k + 1}", found, run, steps, drawn, state)
            after.append(then)
        return signal, tuple(after)


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
    checkpoint_every : int, steps, or None
        See `sum_over_segments`.
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
        checkpoint_every: int | None = None,
    ) -> None:
        super().__init__()
        self.grid, self.readout_decay, self.checkpoint_every = grid, readout_decay, checkpoint_every
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
        return _pass(self, x, run)

    def stretch(
        self, x: Tensor, run: Pass, draws: tuple[LayerDraw, ...], states: States
    ) -> tuple[Tensor, tuple[LIFState, ...]]:
        """Map some steps (t, B, units) to the spikes (t·B, N) of the last layer, and where all layers stand then."""
        steps, after = len(x), []
        signal = x.reshape(-1, *self.grid)
        for k, (feed, units, drawn, state) in enumerate(zip(self.feed, self.units, draws, states, strict=True)):
            code: Literal["analogue", "01"] = "analogue" if k == 0 else "01"
            found = run.weigh(f"weights {k + 1}", feed, signal, code, steps=steps, draw=drawn.weights)
            found = self.norms[k](found) if len(self.norms) else found
            signal, then = units(f"layer {k + 1}", found, run, steps, drawn, state)
            after.append(then)
        return signal.flatten(1), tuple(after)


def _pass(network: RecurrentSpikingNetwork | ConvSpikingNetwork, x: Tensor, run: Pass) -> Tensor:
    """Map counts (T, B, units) to logits (B, K).

    All draws but the read-out's are made, or keyed, before the first step: whole or in segments, the noise is the same.
    The read-out's leaky, silent units and the mean over time are linear and alike for all classes, so they are done
    before the weights: one product for all steps.
    """
    steps, batch = x.shape[:2]
    draws = tuple(u.draw(f, batch, run) for f, u in zip(network.feed, network.units, strict=True))  # type: ignore[operator]
    left = torch.arange(steps, 0, -1, device=x.device, dtype=x.dtype)
    share = (1 - network.readout_decay**left) / steps
    states: States = (None,) * len(draws)

    def read(part: Tensor, first: int, states: States, into: Pass) -> tuple[Tensor, States]:
        spikes, after = network.stretch(part, into, draws, states)
        spikes = spikes.reshape(len(part), batch, -1)
        part_share = share[first : first + len(part)]
        x = torch.einsum("t,tbn->bn", part_share, spikes)
        # 0 in value; its slope takes b² for b out of the mean's square (the multilinear form).
        bent = torch.einsum("t,tbn->bn", part_share.square(), spikes - spikes.square())
        return torch.stack([x, bent]), after

    def apart(part: Tensor, first: int, states: States) -> tuple[Tensor, States]:
        into = Pass(run.generator, run.noise)
        found = read(part, first, states, into)
        if not run.driven:
            run.note_names(into)
        return found

    if segmented(network.checkpoint_every, steps):
        mean = sum_over_segments(apart, x, states, network.checkpoint_every or steps)
    else:
        mean, _ = read(x, 0, states, run)
    x, bent = mean
    return run.sampled(run.weigh("read-out", network.readout, x, "analogue", squares=x.square() + bent))
