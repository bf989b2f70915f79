"""How spikes move the paddle: two areas pull against each other, or a trained read-out says where the ball is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from interplay._core.checks import require_setting
from interplay._core.errors import ConfigError, DataError
from interplay._core.rng import key_word
from interplay.data import Units
from interplay.ops import dish as kernels

_SOURCES = {"culture": kernels.CULTURE, "random": kernels.RANDOM, "silence": kernels.SILENCE}
_NO_PULSE = np.empty(0)


@dataclass(frozen=True, kw_only=True)
class Decoding:
    """Two motor areas against each other, each measured by its own baseline.

    Parameters
    ----------
    up, down : str
        Groups of the channels that push the paddle up and down.
    window_s : float, s, > 0
        Time constant of the leaky spike counts.
    floor : float, > 0
        Added to the sum of the two activities (in units of the baseline), so that a few stray spikes do not push.
    adapt_s : float, s, > 0
        Time constant at which the baselines follow the activity during play; during the baseline they are plain means.
    blank_s : float, s, >= 0
        Spikes so soon after one's own stimulation pulse are not counted.

    Raises
    ------
    ConfigError
        If a setting is out of its range.

    Notes
    -----
    With a the leaky count of an area over its expected value, the command is
    (a_down - a_up) / (a_down + a_up + floor), which lies in (-1, 1). Equal means do not make the command zero on
    average (areas burst differently), so the ratio of the two gains moves slowly against the command until they do.
    Published is the form: an impulse from the difference of two motor areas with adaptive gains. The constants are
    ours. A blank of 50 ms, as laboratories use after a single stimulus, would leave nothing of a train of 40 Hz: the
    default only covers the artefact itself.
    """

    up: str = "motor_left"
    down: str = "motor_right"
    window_s: float = 0.1
    floor: float = 0.25
    adapt_s: float = 60.0
    blank_s: float = 0.002

    def __post_init__(self) -> None:
        for name in ("window_s", "floor", "adapt_s"):
            require_setting(name, getattr(self, name), above=0)
        require_setting("blank_s", self.blank_s, least=0)
        if self.up == self.down:
            raise ConfigError(f"`up` and `down` must be two groups, got {self.up!r} twice.")


@dataclass(frozen=True, kw_only=True)
class Readout:
    """A linear read-out of the ball's height from pooled spike counts, trained while the culture plays.

    The decoder learns here, not the culture: it is told the true height of the ball every `every` ticks, and takes
    these samples in when the rally is over. Trained during a flight it would follow the ball even without spikes, since
    the heights of the last second tell the next ones. From the motor
    blocks it hears what has travelled through the culture. With the sensory block among its groups it hears the tissue
    under the stimulated sites themselves, and the culture is little more than a wire.

    Parameters
    ----------
    groups : tuple of str
        Channels that it may listen to.
    pool_um : float, µm, > 0
        Channels of a group are pooled in squares of this side.
    window_s : float, s, > 0
        Time constant of the leaky counts.
    every : int, ticks, >= 1
        One training sample in so many ticks of play.
    ridge : float, > 0
        Weight of the penalty on the squared weights.
    width_px : float, px, > 0
        Distance between the paddle's middle and the decoded height at which the command reaches tanh(1) = 0.76.
    fixed_after_s : float, s, > 0
        When the ablation "frozen_decoder" stops the training, in seconds of play.

    Raises
    ------
    ConfigError
        If a setting is out of its range.
    """

    groups: tuple[str, ...] = ("motor_left", "motor_right")
    pool_um: float = 100.0
    window_s: float = 0.6
    every: int = 5
    ridge: float = 1.0
    width_px: float = 60.0
    fixed_after_s: float = 300.0

    def __post_init__(self) -> None:
        for name in ("pool_um", "window_s", "ridge", "width_px", "fixed_after_s"):
            require_setting(name, getattr(self, name), above=0)
        require_setting("every", self.every, least=1)
        if not self.groups:
            raise ConfigError("`groups` must name at least one group of channels, got none.")


def pool_channels(
    channels: Units, groups: tuple[str, ...], pool_um: float | None
) -> tuple[NDArray[np.int64], list[str]]:
    """Pool channels by group, and by place within the group.

    Parameters
    ----------
    channels : Units
    groups : tuple of str
    pool_um : float, µm, or None
        Side of the squares; None makes one pool of each group. Without positions each channel is a pool.

    Returns
    -------
    pool : (C,) int64 array
        Pool of each channel, -1 where its group is not wanted.
    owner : list of str
        Group of each pool.

    Raises
    ------
    DataError
        If a group has no channel.
    """
    pool = np.full(channels.n, -1, dtype=np.int64)
    owner: list[str] = []
    for group in groups:
        members = np.flatnonzero(channels.group == group)
        if not len(members):
            known = ", ".join(sorted({g for g in channels.group.tolist() if g})) or "none"
            raise DataError(f"`channels` must have some of the group {group!r}, got the groups: {known}. Name them.")
        if pool_um is None:
            cell = np.zeros(len(members), dtype=np.int64)
        elif channels.position_um is None or not np.isfinite(channels.position_um[members]).all():
            cell = np.arange(len(members))
        else:
            place = channels.position_um[members]
            square = np.floor((place - place.min(axis=0)) / pool_um).astype(np.int64)
            cell = np.unique(square, axis=0, return_inverse=True)[1].ravel()
        pool[members] = len(owner) + cell
        owner += [group] * (int(cell.max()) + 1)
    return pool, owner


@dataclass(eq=False)
class Decoder:
    """The state of a decoder during one session. It listens to chunks of ticks and gives a command for the last one.

    Parameters
    ----------
    channels : Units
    tick_s : float, s
    decoding : Decoding
    readout : Readout or None
        None leaves the two areas to pull.
    source : {"culture", "random", "silence"}
        What it hears: the culture; Poisson spikes at the culture's running mean rates; nothing.
    seed : int
        Of the Poisson spikes.
    """

    channels: Units
    tick_s: float
    decoding: Decoding
    readout: Readout | None = None
    source: Literal["culture", "random", "silence"] = "culture"
    seed: int = 0
    learning: bool = True  # whether the running means follow
    training: bool = True  # whether the read-out is trained
    samples: int = field(default=0, init=False)  # training samples taken
    command: float = field(default=0.0, init=False)  # of the two areas, in (-1, 1)

    def __post_init__(self) -> None:
        both = (self.decoding.up, self.decoding.down)
        if self.readout is None:
            self.pool, owner = pool_channels(self.channels, both, None)
        else:
            wanted = tuple(dict.fromkeys((*both, *self.readout.groups)))
            self.pool, owner = pool_channels(self.channels, wanted, self.readout.pool_um)
        name = np.array(owner)
        n = len(owner)
        self.area = np.where(name == both[0], 0, np.where(name == both[1], 1, -1)).astype(np.int64)
        self.used = np.flatnonzero(np.isin(name, self.readout.groups if self.readout else both))
        window_s = self.readout.window_s if self.readout else self.decoding.window_s
        self.keep = float(np.exp(-self.tick_s / window_s))
        self.counts, self.trace, self.mean = np.zeros(n), np.zeros(n), np.zeros(n)
        self.clock, self.balance = np.zeros(2, np.int64), np.zeros(1)
        size = len(self.used) + 1
        self.weight, self._row, self._gain = np.zeros(size), np.zeros(size), np.zeros(size)
        self._covariance = np.eye(size) / (self.readout.ridge if self.readout else 1.0)
        self._adapt = self.tick_s / self.decoding.adapt_s
        self._source = _SOURCES[self.source]
        self._key = np.uint64(key_word("random spikes") ^ self.seed)
        self._rows, self._heights = np.empty((256, size)), np.empty(256)
        self._waiting = 0

    @property
    def n_pools(self) -> int:
        """Number of pools F."""
        return len(self.counts)

    def hear(
        self,
        time: NDArray[np.float64],
        channel: NDArray[np.int64],
        begin: float,
        ticks: int = 1,
        *,
        pulses: NDArray[np.float64] = _NO_PULSE,
        learn: bool = True,
    ) -> None:
        """Take in the spikes of some ticks.

        Parameters
        ----------
        time : (E,) float64 array, s, never decreasing
        channel : (E,) int64 array
        begin : float, s
            Start of the first tick.
        ticks : int
        pulses : (P,) float64 array, s, never decreasing
            Stimulation given in these ticks or shortly before.
        learn : bool
            Whether these ticks count for the running means.
        """
        adapt = self._adapt if learn and self.learning else -1.0
        self.command = kernels.hear(
            time, channel, begin, ticks, self.tick_s, pulses, self.decoding.blank_s, self.pool, self.area, self.counts,
            self.trace, self.mean, self.clock, self.balance, self.keep, adapt, self.decoding.floor, self._source,
            self._key,
        )  # fmt: skip

    def _features(self) -> NDArray[np.float64]:
        kernels.features(self.trace[self.used], self.keep, self._row)
        return self._row

    def sample(self, height: float) -> None:
        """Note one training sample: the ball is at `height`, in [-1, 1] from the top to the bottom of the field."""
        if self._waiting == len(self._rows):
            self._rows = np.concatenate([self._rows, np.empty_like(self._rows)])
            self._heights = np.concatenate([self._heights, np.empty_like(self._heights)])
        self._rows[self._waiting] = self._features()
        self._heights[self._waiting] = height
        self._waiting += 1
        self.samples += 1

    def train(self) -> None:
        """Take in the samples noted since the last call; the decoded height changes at no other time."""
        for k in range(self._waiting):
            kernels.least_squares(self._covariance, self.weight, self._rows[k], self._heights[k], self._gain)
        self._waiting = 0

    def height(self) -> float:
        """Give the decoded height of the ball, about [-1, 1]; 0 before any training."""
        return float(kernels.recall(self.weight, self._features()))

    def rates_hz(self) -> tuple[float, float]:
        """Give the activity of the two areas, up and down, over the decoder's window, in spikes per second."""
        scale = (1 - self.keep) / self.tick_s
        return tuple(float(self.trace[self.area == k].sum() * scale) for k in (0, 1))  # type: ignore[return-value]

    def silent_areas(self) -> list[str]:
        """Name the areas whose running mean is zero: while one is, the command is 0."""
        pairs = ((0, self.decoding.up), (1, self.decoding.down))
        return [name for k, name in pairs if not self.mean[self.area == k].sum() > 0]
