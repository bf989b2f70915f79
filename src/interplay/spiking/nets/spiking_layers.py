"""Spiking layers that look at a few numbers for some steps, in front of a linear read-out of their mean spikes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from interplay._core.checks import require_setting
from interplay._core.errors import ConfigError
from interplay._core.rng import stream
from interplay.spiking.estimators import UnitRule
from interplay.spiking.nets.lif_sequence import lif

#: Largest seed of the noise of one layer in one look.
_SEEDS = 2**62


@dataclass(frozen=True, kw_only=True)
class SpikingLayers:
    """Layers of LIF units between a few numbers and whoever reads their mean spikes.

    Parameters
    ----------
    width : int, >= 1
        Units of a layer.
    depth : int, >= 1
        Layers.
    fields : int, >= 1
        1: a number drives the first layer as it is. More: it is coded by so many units with bell-shaped fields, whose
        currents drive the first layer.
    steps : int, >= 1
        T, steps of one look. A look starts from rest.
    decay : float, in [0, 1)
        Of the membranes, per step.
    noise_scale : float, > 0
        Standard deviation of the membranes' noise, where the threshold is 1.
    gradient : str
        How a gradient passes a spike; see `UnitRule`.
    noise : {"gaussian", "logistic"}
        Law of the membranes' noise.

    Raises
    ------
    ConfigError
        If a setting is out of range.

    Notes
    -----
    Fields are exp(-(x - c)² / (2 w²)), their centres c evenly from -1 to 1, w the distance between two. The currents
    are the same in all steps of a look; the rest is noise and membranes. A unit's mean over the steps goes out.
    """

    width: int = 128
    depth: int = 2
    fields: int = 1
    steps: int = 10
    decay: float = 0.5
    noise_scale: float = 0.25
    gradient: str = "st"
    noise: Literal["gaussian", "logistic"] = "gaussian"

    def __post_init__(self) -> None:
        for name in ("width", "depth", "fields", "steps"):
            require_setting(name, getattr(self, name), least=1, whole=True)
        require_setting("decay", self.decay, least=0, below=1)
        require_setting("noise_scale", self.noise_scale, above=0, below=math.inf)
        _ = self.rule

    @property
    def rule(self) -> UnitRule:
        """How the units fire."""
        return UnitRule(gradient=self.gradient, noise=self.noise)

    def front(self, seed: int) -> SpikingFront:
        """Make what puts these layers in front of a value network.

        Parameters
        ----------
        seed : int, >= 0
            Of the membranes' noise.

        Returns
        -------
        SpikingFront
        """
        return SpikingFront(self, seed)


class SpikingFront:
    """The layers of one session: makes them, keys their noise, and tells who listens what fired.

    Parameters
    ----------
    settings : SpikingLayers
    seed : int, >= 0

    Notes
    -----
    Meets `interplay.tensors.value_net.Front`. Weights begin from torch's global generator, as those of a `ValueNet`
    do. Every look of every network draws noise of its own, so a network and the copy that its targets come from do not
    share it.
    """

    def __init__(self, settings: SpikingLayers, seed: int) -> None:
        self.settings, self._dice = settings, stream(seed, "spiking layers", "noise")
        self._heard: list[list[Tensor]] | None = None

    def __call__(self, shape: Sequence[int]) -> tuple[nn.Module, int]:
        """Give the layers for observations of this shape, and how many numbers they put out.

        Parameters
        ----------
        shape : (D,)

        Returns
        -------
        module, width

        Raises
        ------
        ConfigError
            If an observation is no vector.
        """
        if len(shape) != 1:
            raise ConfigError(
                f"spiking layers must look at vectors of numbers, got observations of shape {tuple(shape)}. Choose "
                "another observation."
            )
        return _Layers(int(shape[0]), self), self.settings.width

    def noise_seed(self) -> int:
        """Draw the seed of the noise of one layer in one look."""
        return int(self._dice.integers(_SEEDS))

    def tell(self, spikes: list[Tensor]) -> None:
        """Take note of the spikes of one look, (T, B, N) per layer, if anybody listens."""
        if self._heard is not None:
            self._heard.append(spikes)

    @contextmanager
    def listening(self) -> Iterator[list[list[Tensor]]]:
        """Collect, inside a block, the spikes of every look: a list of layers' (T, B, N) tensors each."""
        heard: list[list[Tensor]] = []
        self._heard = heard
        try:
            yield heard
        finally:
            self._heard = None


class _Layers(nn.Module):
    def __init__(self, n_in: int, front: SpikingFront) -> None:
        super().__init__()
        s = self.settings = front.settings
        self.front, self.rule, self.dense = front, s.rule, nn.ModuleList()
        self.centres = torch.linspace(-1.0, 1.0, s.fields)
        # What drives a unit is to vary by about one threshold over what is seen.
        power = n_in / 3 if s.fields == 1 else n_in * math.sqrt(math.pi)
        for inputs in [n_in * s.fields] + [s.width] * (s.depth - 1):
            layer = nn.Linear(inputs, s.width)
            nn.init.normal_(layer.weight, std=power**-0.5)
            nn.init.uniform_(layer.bias, -0.5, 1.5)
            self.dense.append(layer)
            power = s.width / 4
        self.decay = torch.full((s.width,), s.decay)

    def forward(self, observation: Tensor) -> Tensor:
        """Map (B, D) numbers in [-1, 1] to (B, N) mean spikes."""
        s, signal = self.settings, self._coded(observation)
        fired: list[Tensor] = []
        for layer in self.dense:
            current = layer(signal)
            spikes, _ = lif(
                current if fired else current.expand(s.steps, *current.shape),
                decay=self.decay,
                rule=self.rule,
                variance=s.noise_scale**2,
                seed=self.front.noise_seed(),
            )
            fired.append(spikes)
            signal = spikes
        self.front.tell([spikes.detach() for spikes in fired])
        return signal.mean(0)

    def _coded(self, observation: Tensor) -> Tensor:
        if self.settings.fields == 1:
            return observation
        gap = 2 / (self.settings.fields - 1)
        return torch.exp(-0.5 * ((observation[:, :, None] - self.centres) / gap).square()).flatten(1)
