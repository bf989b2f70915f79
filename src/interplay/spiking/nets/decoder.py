"""Spiking networks that read behaviour straight from spikes: a small one for every target, all trained side by side."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from interplay._core.checks import Shapes, require_setting
from interplay._core.errors import DataError
from interplay._core.rng import stream
from interplay.data import Events
from interplay.spiking.estimators import UnitRule
from interplay.spiking.nets.lif_sequence import lif
from interplay.tensors.adamw import AdamW
from interplay.tensors.rng import seeded_torch
from interplay.tensors.value_session import one_thread

#: Largest seed of the noise of one pass.
_SEEDS = 2**62
#: Slack with which steps are counted into a window, as a share of it.
_SLACK = 1e-9
#: Logits per unit of mean firing at the start: rates differ by tenths, classes by whole logits.
_GAIN = 4.0


@dataclass(frozen=True, kw_only=True)
class SpikingDecoder:
    """A layer of LIF units on a recording's spikes, and a linear read-out of how often they fire.

    Parameters
    ----------
    step_s : float, s, > 0
        Width of a step, in which spikes are counted.
    steps : int, >= 1
        Steps of a stretch, T; as many as fit where windows are shorter. A network learns from stretches that are drawn
        anew for every gradient step, and foretells from the mean over stretches spread evenly over the window.
    looks : int, >= 1
        Most of these stretches; fewer where the window is covered by fewer.
    units : int, >= 1
        Most units that are read: the most active of the training windows where there are more.
    hidden : int, >= 1
        LIF units of a network. Their time constants begin between one step and a quarter of a stretch, and are learnt.
    updates : int, >= 1
        Gradient steps; the learning rate falls to 0 on a line.
    batch : int, >= 1
        Windows of a gradient step; all where there are fewer.
    learning_rate : float, > 0
    weight_decay : float, >= 0
    noise_scale : float, > 0
        Standard deviation of the membranes' noise, where the threshold is 1.
    gradient : str
        How a gradient passes a spike; see `UnitRule`.
    seed : int, >= 0
        Of weights, noise, stretches and batches.

    Raises
    ------
    ConfigError
        If a setting is out of range.

    Notes
    -----
    Counts, less their mean over the training windows, drive the membranes; every class counts alike in the loss
    (cross-entropy; squared error for numbers, scaled by mean and deviation of the training windows). The networks of
    several targets read the same stretches, but share no weight and no noise: how well one does says nothing about how
    well another does beyond what the targets have in common.

    References
    ----------
    Neftci, Mostafa, Zenke (2019), IEEE Signal Process Mag 36:51, for training LIF units by gradients.

    Examples
    --------
    Which of two units fires first, at equal rates:

    >>> import numpy as np
    >>> from interplay.data import Events
    >>> label = np.arange(24) % 2
    >>> time = np.add.outer(np.arange(24.0), np.arange(0.05, 0.9, 0.1))[..., None] + [0.0, 0.04]
    >>> unit = np.broadcast_to(np.where(label[:, None, None] == 0, [0, 1], [1, 0]), time.shape)
    >>> events = Events(time=time.ravel(), unit=unit.ravel(), n_units=2, span=(0.0, 24.0))
    >>> bounds = np.arange(24.0)[:, None] + [0.0, 1.0]
    >>> decoder = SpikingDecoder(updates=40).of(events, bounds)
    >>> decoder.fit_predict(np.arange(16), np.arange(16, 24), label[:16, None], 2)[:, 0].tolist()
    [0, 1, 0, 1, 0, 1, 0, 1]
    """

    step_s: float = 0.02
    steps: int = 50
    looks: int = 30
    units: int = 128
    hidden: int = 16
    updates: int = 80
    batch: int = 32
    learning_rate: float = 0.05
    weight_decay: float = 0.1
    noise_scale: float = 0.25
    gradient: str = "st"
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("steps", "looks", "units", "hidden", "updates", "batch"):
            require_setting(name, getattr(self, name), least=1, whole=True)
        for name in ("step_s", "learning_rate", "noise_scale"):
            require_setting(name, getattr(self, name), above=0, below=math.inf)
        require_setting("weight_decay", self.weight_decay, least=0, below=math.inf)
        require_setting("seed", self.seed, least=0, whole=True)
        _ = self.rule

    @property
    def rule(self) -> UnitRule:
        """How the LIF units fire."""
        return UnitRule(gradient=self.gradient)

    def of(self, events: Events, bounds: ArrayLike) -> WindowDecoder:
        """Point it at the windows of a recording.

        Parameters
        ----------
        events : Events
        bounds : (S, 2) float array, s

        Returns
        -------
        WindowDecoder
        """
        return WindowDecoder(self, events, bounds)


class WindowDecoder:
    """A `SpikingDecoder` in front of S windows of a recording.

    Parameters
    ----------
    settings : SpikingDecoder
    events : Events
    bounds : (S, 2) float array, s

    Attributes
    ----------
    about : str
    n_features : int
        Units that are read.

    Raises
    ------
    DataError
        If there is no window or no unit, or a window is shorter than a step.
    """

    def __init__(self, settings: SpikingDecoder, events: Events, bounds: ArrayLike) -> None:
        self.settings, self.events = settings, events
        self.bounds = np.asarray(Shapes().array("bounds", bounds, "S 2"), dtype=np.float64)
        if len(self.bounds) == 0 or events.n_units == 0:
            raise DataError(
                f"a decoder must have windows and units to read, got {len(self.bounds)} and {events.n_units}. Leave it "
                "out."
            )
        shortest = float(np.diff(self.bounds, axis=1).min())
        fitting = int(shortest / settings.step_s * (1 + _SLACK))
        if fitting < 1:
            raise DataError(
                f"`bounds` must hold windows of at least one step of {settings.step_s:g} s, got one of {shortest:g} s. "
                "Use longer windows or shorter steps."
            )
        self.steps = min(settings.steps, fitting)
        self.stretch_s = self.steps * settings.step_s
        self.looks = min(settings.looks, math.ceil(shortest / self.stretch_s * (1 - _SLACK)))
        self.n_features = min(events.n_units, settings.units)
        self.about = (
            f"{settings.hidden} LIF units that read the spikes of "
            + ("every unit" if self.n_features == events.n_units else f"the {self.n_features} most active units")
            + f" in steps of {1000 * settings.step_s:g} ms, gradient {settings.gradient}"
        )

    def fit_predict(
        self, train: NDArray[np.int64], test: NDArray[np.int64], known: NDArray[Any], n_classes: int
    ) -> NDArray[Any]:
        """Train a network for every target, and let each foretell the test windows.

        Parameters
        ----------
        train : (A,) int array
            Windows to learn from.
        test : (B,) int array
            Windows to foretell. What is foretold of one depends on its own spikes and on the training windows only.
        known : (A, P) int or float array
            Targets of the training windows: class codes, or numbers.
        n_classes : int
            0 for numbers.

        Returns
        -------
        (B, P) int64 or float64 array

        Raises
        ------
        DataError
            If there is no window to learn from, a row names none, or targets are not finite or no class codes.
        """
        self._require(train, test, known, n_classes)
        if not len(test):
            return np.empty((0, known.shape[1]), dtype=np.int64 if n_classes else np.float64)
        s, rng = self.settings, stream(self.settings.seed, "spiking decoder", "stretches")
        picked, mean = self._most_active(train)
        goal = _class_goal(known, n_classes) if n_classes else _number_goal(known)
        loss = _class_loss if n_classes else _number_loss
        with one_thread(), seeded_torch(s.seed, "spiking decoder"):
            nets = _Nets(s, mean, self.steps, known.shape[1], goal.shape[2])
            optimiser = AdamW(len(nets.flat), s.learning_rate, s.weight_decay)
            for k in range(s.updates):
                rows = rng.permutation(len(train))[: s.batch]
                counts = self._counts(self._start(train[rows], rng.random(len(rows))), picked)
                nets.gradient.zero_()
                loss(nets(counts, int(rng.integers(_SEEDS))), goal[rows]).backward()  # type: ignore[no-untyped-call]
                optimiser.learning_rate = s.learning_rate * (1 - k / s.updates)
                with torch.no_grad():
                    optimiser.step(nets.flat, nets.gradient)
            with torch.no_grad():
                found = np.stack([self._foretold(nets, int(w), picked).numpy() for w in test]).astype(np.float64)
        if n_classes:
            return np.asarray(found.argmax(axis=-1), dtype=np.int64)
        return np.asarray(found[..., 0] * _deviation(known) + known.mean(axis=0))

    def _require(self, train: NDArray[Any], test: NDArray[Any], known: NDArray[Any], n_classes: int) -> None:
        if not len(train):
            raise DataError("`train` must name windows to learn from, got none. Give some.")
        for name, rows in (("train", train), ("test", test)):
            if len(rows) and not (rows.min() >= 0 and rows.max() < len(self.bounds)):
                raise DataError(
                    f"`{name}` must name windows in [0, {len(self.bounds)}), got {rows.min()} to {rows.max()}. "
                    "Correct it."
                )
        if known.ndim != 2 or len(known) != len(train):
            raise DataError(
                f"`known` must have a row per training window and a column per target, ({len(train)}, P), got shape "
                f"{known.shape}. Reshape it."
            )
        if not np.isfinite(known).all():
            raise DataError("`known` must be finite, got NaN or infinity. Leave those windows out.")
        if n_classes and known.size and not (known.min() >= 0 and known.max() < n_classes):
            raise DataError(
                f"`known` must hold class codes in [0, {n_classes}), got {known.min()} to {known.max()}. Correct it."
            )

    def _foretold(self, nets: _Nets, window: int, picked: NDArray[np.int64]) -> Tensor:
        """Give the mean output over stretches that cover a window, (P, K); its noise is keyed by the window."""
        share = np.linspace(0.0, 1.0, self.looks) if self.looks > 1 else np.array([0.5])
        start = self._start(np.full(self.looks, window), share)
        seed = int(stream(self.settings.seed, "spiking decoder", "look", window).integers(_SEEDS))
        return nets(self._counts(start, picked), seed).mean(0)

    def _start(self, window: NDArray[np.int64], share: NDArray[np.float64]) -> NDArray[np.float64]:
        """Say where stretches begin that leave this share of the room in their window before them."""
        first, last = self.bounds[window].T
        return np.asarray(first + share * np.maximum(last - first - self.stretch_s, 0.0))

    def _most_active(self, train: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Choose the units that are read, rising, and give their mean count per step in the training windows."""
        bounds = self.bounds[train]
        counts = self.events.counts(bounds).sum(axis=0)
        picked = np.sort(np.argsort(-counts, kind="stable")[: self.n_features])
        return picked, counts[picked] * self.settings.step_s / float(np.diff(bounds, axis=1).sum())

    def _counts(self, start: NDArray[np.float64], picked: NDArray[np.int64]) -> Tensor:
        """Count the spikes of B stretches that begin here, (T, B, N)."""
        time, n = self.events.time, len(picked)
        first, last = np.searchsorted(time, np.stack([start, start + self.stretch_s]))
        length = last - first
        owner = np.repeat(np.arange(len(start)), length)
        index = np.arange(len(owner)) + np.repeat(first - (np.cumsum(length) - length), length)
        column_of = np.full(self.events.n_units, -1)
        column_of[picked] = np.arange(n)
        column = column_of[self.events.unit[index]]
        place = (time[index] - start[owner]) / self.settings.step_s
        # A spike at the border of two steps belongs to the later one, however its time was rounded.
        step = (place + _SLACK + 4 * np.spacing(np.abs(time[index])) / self.settings.step_s).astype(np.int64)
        read = column >= 0
        slot = (np.minimum(step, self.steps - 1)[read] * len(start) + owner[read]) * n + column[read]
        counts = np.bincount(slot, minlength=self.steps * len(start) * n).astype(np.float32)
        return torch.from_numpy(counts).view(self.steps, len(start), n)


class _Nets:
    """P networks that read the same stretches; all their parameters are one vector."""

    def __init__(self, s: SpikingDecoder, mean: NDArray[np.float64], steps: int, count: int, outputs: int) -> None:
        n, self.shape = len(mean), (count, s.hidden)
        self.rule, self.variance = s.rule, s.noise_scale**2
        self.mean = torch.from_numpy(mean).float()
        slowest = max(steps / 4, 1.0)
        decay = np.exp(-1.0 / np.geomspace(1.0, slowest, s.hidden))  # per step
        self.raw_decay = torch.from_numpy(np.tile(np.log(decay / (1 - decay)), count)).float()
        # Counts of independent units vary as their means; membranes are to vary by one threshold.
        spread = np.tile(np.sqrt((1 - decay**2) / max(float(mean.sum()), 1e-3)), count)
        parts = [
            torch.randn(n, count * s.hidden) * torch.from_numpy(spread).float(),
            torch.zeros(count * s.hidden),
            torch.zeros(count * s.hidden),
            torch.randn(count, s.hidden, outputs) / math.sqrt(s.hidden),
            torch.zeros(count, outputs),
        ]
        self.flat = torch.cat([part.reshape(-1) for part in parts])
        self.gradient = torch.zeros_like(self.flat)
        self.parts: list[Tensor] = []
        start = 0
        for part in parts:
            place = slice(start, start + part.numel())
            leaf = self.flat[place].view(part.shape).requires_grad_()
            leaf.grad = self.gradient[place].view(part.shape)
            self.parts.append(leaf)
            start = place.stop

    def __call__(self, counts: Tensor, seed: int) -> Tensor:
        """Map counts (T, B, N) to outputs (B, P, K)."""
        weight, bias, shift, readout, offset = self.parts
        current = torch.addmm(bias, (counts - self.mean).flatten(0, 1), weight)
        spikes, _ = lif(
            current.view(*counts.shape[:2], -1),
            decay=torch.sigmoid(self.raw_decay + shift),
            rule=self.rule,
            variance=self.variance,
            seed=seed,
        )
        rate = spikes.mean(0).view(-1, *self.shape)
        return _GAIN * torch.einsum("bph,phk->bpk", rate, readout) + offset


def _class_goal(known: NDArray[Any], n_classes: int) -> Tensor:
    """Give (A, P, K) weights, such that every class that occurs in a column counts alike."""
    hot = np.eye(n_classes)[known]
    share = hot.mean(axis=0)
    kinds = (share > 0).sum(axis=1, keepdims=True)
    return torch.from_numpy(hot / (np.where(share > 0, share, 1.0) * kinds)).float()


def _class_loss(out: Tensor, goal: Tensor) -> Tensor:
    return -(goal * torch.log_softmax(out, -1)).sum(-1).mean(0).sum()


def _number_goal(known: NDArray[Any]) -> Tensor:
    return torch.from_numpy((known - known.mean(axis=0)) / _deviation(known))[:, :, None].float()


def _number_loss(out: Tensor, goal: Tensor) -> Tensor:
    return (out - goal).square().mean(0).sum()


def _deviation(known: NDArray[Any]) -> NDArray[np.float64]:
    found = known.std(axis=0)
    return np.asarray(np.where(found > 0, found, 1.0))
