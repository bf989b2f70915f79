"""What the culture is told of the ball: where it is, by the site that is stimulated; how far it is, by the rate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from interplay._core.checks import require_setting
from interplay._core.errors import ConfigError, DataError
from interplay.data import Units


@dataclass(frozen=True, kw_only=True)
class Encoding:
    """Place and rate code of the ball.

    Parameters
    ----------
    sites : int, >= 2
        Stimulation sites, evenly along the longer side of the sensory block; the first one stands for the top.
    site_um : float, µm, > 0
        A site is all electrodes within this distance of its centre (at least the nearest one).
    rate_hz : (far, near), Hz, 0 < far <= near
        Pulses per second while the ball is at the far side, and at the paddle; linear in between.
    amplitude_mv : float, mV, > 0
    place : {"ball", "error"}
        What the site stands for: the height of the ball in the field, or its height above or below the paddle's middle.
    avoidable : bool
        Whether pulses stop while the ball is level with the paddle, so that the right movement ends the stimulation:
        the condition of learning by stimulation avoidance.

    Raises
    ------
    ConfigError
        If a setting is out of its range.

    Notes
    -----
    Eight sites, 4 to 40 Hz and 75 mV are published; the size of a site is ours, and so are "error" and `avoidable`,
    which are not what the experiment did as far as the sources at hand say.

    References
    ----------
    Kagan et al. (2022), Neuron 110:3952. Sinapayen, Masumori, Ikegami (2017), PLoS ONE 12:e0170388 (avoidance).
    """

    sites: int = 8
    site_um: float = 120.0
    rate_hz: tuple[float, float] = (4.0, 40.0)
    amplitude_mv: float = 75.0
    place: Literal["ball", "error"] = "ball"
    avoidable: bool = False

    def __post_init__(self) -> None:
        require_setting("sites", self.sites, least=2)
        require_setting("site_um", self.site_um, above=0)
        require_setting("rate_hz[0]", self.rate_hz[0], above=0)
        require_setting("rate_hz[1]", self.rate_hz[1], least=self.rate_hz[0])
        require_setting("amplitude_mv", self.amplitude_mv, above=0)
        if self.place not in ("ball", "error"):
            raise ConfigError(f'`place` must be "ball" or "error", got {self.place!r}.')

    def rate(self, ball_x: float, size_px: float) -> float:
        """Give the pulse rate (Hz) for a ball at `ball_x` px from the paddle's side of a field of `size_px`."""
        far, near = self.rate_hz
        return near - (near - far) * min(max(ball_x / size_px, 0.0), 1.0)

    def site(self, ball_y: float, size_px: float, middle_y: float) -> int:
        """Give the site for a ball at `ball_y` px, with the middle of the paddle at `middle_y` px."""
        share = ball_y / size_px if self.place == "ball" else 0.5 + (ball_y - middle_y) / size_px
        return min(max(int(share * self.sites), 0), self.sites - 1)


def advance_phase(phase: float, rate_hz: float, tick_s: float) -> tuple[float, float]:
    """Let one tick pass in a pulse train of changing rate.

    Parameters
    ----------
    phase : float, in [0, 1)
        Share of the way to the next pulse.
    rate_hz : float, Hz, with rate_hz * tick_s <= 1
    tick_s : float, s

    Returns
    -------
    phase : float, in [0, 1)
    delay_s : float, s
        From the start of the tick to its pulse; -1 if it has none.

    Examples
    --------
    >>> advance_phase(0.75, 50.0, 0.01)
    (0.25, 0.005)
    """
    after = phase + rate_hz * tick_s
    if after < 1.0:
        return after, -1.0
    return after - 1.0, min(max((1.0 - phase) / rate_hz, 0.0), tick_s * (1 - 1e-9))


def site_channels(channels: Units, encoding: Encoding) -> tuple[NDArray[np.int64], ...]:
    """Choose the electrodes of every site.

    Parameters
    ----------
    channels : Units
        With the group "sensory".
    encoding : Encoding

    Returns
    -------
    tuple of (K,) int64 arrays, one per site
        Where positions are known, the electrodes within `site_um` of the site's centre, which lies on the middle line
        of the block. Where none is known, the sensory channels in their order, cut into equal parts.

    Raises
    ------
    DataError
        If there are fewer sensory channels than sites.
    """
    sensory = np.flatnonzero(channels.group == "sensory")
    if len(sensory) < encoding.sites:
        raise DataError(
            f"`channels` must have at least {encoding.sites} of the group 'sensory', one for each site, got "
            f"{len(sensory)}. Name the sensory channels, or use fewer sites."
        )
    if channels.position_um is None or not np.isfinite(channels.position_um[sensory]).all():
        return tuple(part.astype(np.int64) for part in np.array_split(sensory, encoding.sites))
    place = channels.position_um[sensory]
    low, high = place.min(axis=0), place.max(axis=0)
    axis = int(np.argmax(high - low))
    out = []
    for k in range(encoding.sites):
        centre = (low + high) / 2
        centre[axis] = low[axis] + (high[axis] - low[axis]) * (k + 0.5) / encoding.sites
        distance = np.linalg.norm(place - centre, axis=1)
        near = distance <= max(encoding.site_um, float(distance.min()))
        out.append(sensory[near].astype(np.int64))
    return tuple(out)
