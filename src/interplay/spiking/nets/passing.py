"""One pass through a network: how its noise is drawn, and what it leaves behind for losses and counts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor, nn

from interplay._core.errors import DataError
from interplay.spiking.estimators import UnitRule
from interplay.spiking.nets.bayesian import BayesianLayer, Code, Moments, WeightDraw
from interplay.spiking.nets.lif_noise import step_normals

#: Largest seed of the noise of one layer in one pass.
_SEEDS = 2**62
#: Units without noise: they fire where P > 1/2.
SILENT_RULE = UnitRule(gradient="hard_tanh")


class Driven(NamedTuple):
    """A layer of weights and what drove it, with the share of it that the next pre-activation gets."""

    name: str
    layer: BayesianLayer
    drive: Tensor
    code: Code
    steps: int
    share: float = 1.0


class Fired(NamedTuple):
    """A layer of units: pre-activation mean, its noise (a tensor or a number), and what fired."""

    name: str
    mean: Tensor
    scale: Tensor | float
    spikes: Tensor


@dataclass(slots=True)
class Pass:
    """What one pass leaves behind; a new one is made for each, so that no network holds a state.

    Attributes
    ----------
    generator : torch.Generator or None
        Of all draws. None: the network without noise, mean weights and units that fire where P > 1/2.
    noise : {"per_step", "per_sequence"}
        Whether each step draws pre-activations of its own (local reparametrisation) or each sequence its weights.
    driven, fired : lists
        In order. Of layers that were passed in segments names only: their tensors have no rows.
    """

    generator: torch.Generator | None
    noise: Literal["per_step", "per_sequence"]
    driven: list[Driven] = field(default_factory=list)
    fired: list[Fired] = field(default_factory=list)

    def draw(self, layer: BayesianLayer, batch: int) -> WeightDraw | None:
        """Draw a layer's weights for sequences, where this pass does so."""
        if self.generator is None or self.noise == "per_step" or layer.raw_spread is None:
            return None
        return layer.draw(batch, self.generator)

    def seed(self, device: torch.device) -> int:
        """Draw the seed of a layer of units; 0 without noise."""
        if self.generator is None:
            return 0
        return int(torch.randint(_SEEDS, (), generator=self.generator, device=device))

    def note_names(self, other: Pass) -> None:
        """Take over what another pass noted, without anything that grows with steps or samples."""
        for driven in other.driven:
            drive = driven.drive.new_empty((0, *driven.drive.shape[1:]))
            self.driven.append(driven._replace(drive=drive))
        for fired in other.fired:
            none = fired.mean.new_empty((0, *fired.mean.shape[1:]))
            self.fired.append(Fired(fired.name, none, none, none))

    def note(self, name: str, layer: BayesianLayer, spikes: Tensor, steps: int) -> None:
        """Keep what drove a layer that was applied elsewhere."""
        self.driven.append(Driven(name, layer, spikes, "01", steps))

    def weigh(
        self,
        name: str,
        layer: Any,
        x: Tensor,
        code: Code,
        *,
        steps: int = 1,
        share: float = 1.0,
        draw: WeightDraw | None = None,
        squares: Tensor | None = None,
    ) -> Moments:
        """Apply a layer to (T·B, *input) or (B, *input), with T = `steps`; without noise its mean weights.

        Where weights are drawn for sequences: `draw`, or, with None, drawn here.
        """
        self.driven.append(Driven(name, layer, x, code, steps, share))
        if self.generator is None:
            return Moments(layer.product(x, layer.mean, layer.bias), None)
        batch = len(x) // steps
        draw = draw or self.draw(layer, batch)
        if draw is None:
            found: Moments = layer.moments(x, code, squares)
            return found
        return Moments(layer.drawn(x.reshape(steps, batch, *x.shape[1:]), draw).flatten(0, 1), None)

    def fire(self, name: str, moments: Moments, rule: UnitRule, floor: float) -> Tensor:
        """Let units fire on their pre-activation; `floor` is the noise that they have of their own."""
        scale: Tensor | float = 1.0
        if self.generator is None:
            mean = moments.mean
            spikes = UnitRule(gradient="hard_tanh", code=rule.code).fire(mean)
        elif rule.stochastic:
            mean, scale = moments.mean, noise_scale(moments.variance, floor)
            spikes = rule.fire(mean, scale, generator=self.generator)
        else:
            mean = self.sampled(moments)
            spikes = rule.fire(mean)
        self.fired.append(Fired(name, mean, scale, spikes))
        return spikes

    def sampled(self, moments: Moments) -> Tensor:
        """Draw from the moments by themselves: Gaussian numbers, differentiable."""
        if moments.variance is None or self.generator is None:
            return moments.mean
        drawn = torch.randn(
            moments.mean.shape, generator=self.generator, device=moments.mean.device, dtype=moments.mean.dtype
        )
        return _disturbed(moments.mean, moments.variance, drawn)

    def sampled_steps(self, moments: Moments, seed: int, first: int, steps: int) -> Tensor:
        """Draw from the moments (T·B, ...) of steps from `first` on, with numbers keyed by the step."""
        if moments.variance is None or self.generator is None:
            return moments.mean
        like = moments.mean.detach().reshape(steps, -1)
        return _disturbed(moments.mean, moments.variance, step_normals(seed, first, like).view_as(moments.mean))


def _disturbed(mean: Tensor, variance: Tensor, drawn: Tensor) -> Tensor:
    # Where nothing drives a unit without a bias the variance is 0, and its root has no slope.
    return mean + drawn * (variance + 1e-12).sqrt()


def noise_scale(variance: Tensor | None, floor: float) -> Tensor | float:
    """Give the standard deviation of a unit's noise: its own floor and what the weights' posterior adds."""
    return floor if variance is None else (variance + floor * floor).sqrt()


class BatchNorm(nn.Module):
    """Batch normalisation of pre-activations, as the baseline has it: mean and variance over everything but channels.

    Parameters
    ----------
    channels : int
    momentum : float
        Share of the running moments that a batch replaces.

    Notes
    -----
    The noise of the weights' posterior is scaled with its mean. Evaluation takes the running moments. The one layer
    here with a state of its own, which is why it is the baseline.

    References
    ----------
    Ioffe, Szegedy (2015), ICML, algorithms 1 and 2.
    """

    running_mean: Tensor
    running_variance: Tensor

    def __init__(self, channels: int, momentum: float = 0.1) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.ones(channels))
        self.offset = nn.Parameter(torch.zeros(channels))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_variance", torch.ones(channels))
        self.momentum = momentum

    def forward(self, moments: Moments) -> Moments:
        """Normalise (B, C) or (B, C, H, W)."""
        x = moments.mean
        axes = (0, *range(2, x.dim()))
        shape = (1, -1, *(1,) * (x.dim() - 2))
        if self.training:
            if x.numel() // max(x.shape[1], 1) < 2:
                raise DataError(
                    "batch normalisation needs at least two numbers per channel in training, got "
                    f"{x.numel() // max(x.shape[1], 1)}. Take another `batch`, so that none is left alone."
                )
            mean, variance = x.mean(dim=axes), x.var(dim=axes, unbiased=False)
            with torch.no_grad():
                self.running_mean.lerp_(mean.detach(), self.momentum)
                self.running_variance.lerp_(variance.detach(), self.momentum)
        else:
            mean, variance = self.running_mean, self.running_variance
        gain = (self.gain / (variance + 1e-5).sqrt()).view(shape)
        scaled = (x - mean.view(shape)) * gain + self.offset.view(shape)
        return Moments(scaled, None if moments.variance is None else moments.variance * gain.square())
