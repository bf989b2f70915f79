"""Independent Poisson trains: what a recording looks like when nobody listens to anybody."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes, require_span
from interplay._core.errors import DataError
from interplay._core.rng import stream
from interplay.data import Events, Recording, Series


def poisson(
    rates_hz: ArrayLike, span: tuple[float, float], *, modulation: Series | None = None, seed: int = 0
) -> Recording:
    """Simulate independent Poisson units, at constant or commonly modulated rates.

    Parameters
    ----------
    rates_hz : (N,) float array, Hz, >= 0
        Rate of each unit (at modulation 1).
    span : (start, stop), s
        Half-open.
    modulation : Series or None
        One channel, >= 0, dimensionless, by which all rates are multiplied; each sample holds until the next one,
        the first also before, the last also after. None means 1 throughout.
    seed : int, >= 0
        Each unit has a stream of its own: adding units leaves the trains of the others as they are.

    Returns
    -------
    Recording
        Spikes only. Units are independent given the modulation; the truth is N units without an edge and is left out.

    Raises
    ------
    DataError
        If a rate or a modulation is negative or not finite, or the modulation has more than one channel.

    Notes
    -----
    Thinning of a homogeneous process at the highest modulation (Lewis and Shedler 1979, algorithm 1), exact. Cost
    O(spikes before thinning).

    References
    ----------
    Lewis, Shedler (1979), Naval Research Logistics Quarterly 26:403.

    Examples
    --------
    >>> poisson([5.0, 0.0], (0.0, 100.0), seed=1).events.counts().tolist()[1]
    0
    """
    rates = Shapes().array("rates_hz", rates_hz, "N")
    if (rates < 0).any():
        k = int(np.argmax(rates < 0))
        raise DataError(
            f"`rates_hz` must be >= 0, got rates_hz[{k}]={rates[k]}. Give rates in Hz, not their logarithm."
        )
    start, stop = require_span("span", span)
    peak, level = _peak(modulation)
    trains = []
    for unit, rate in enumerate(rates):
        rng = stream(seed, "poisson", unit)
        count = rng.poisson(rate * peak * (stop - start))
        time = np.minimum(start + (stop - start) * rng.random(count), np.nextafter(stop, start))
        if modulation is not None:
            time = time[rng.random(count) * peak < level[_holds(modulation, time)]]
        trains.append(time)
    return Recording(events=Events.from_trains(trains, span=(start, stop)))


def _peak(modulation: Series | None) -> tuple[float, NDArray[np.float64]]:
    if modulation is None:
        return 1.0, np.ones(1)
    level = modulation.values[:, 0]
    if modulation.n_channels != 1 or not (level >= 0).all():
        raise DataError(
            f"`modulation` must be one channel of values >= 0, got {modulation!r} with minimum {level.min()}. "
            "Select one channel and make it non-negative."
        )
    return float(level.max()), level


def _holds(modulation: Series, time: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.maximum(np.searchsorted(modulation.time, time, side="right") - 1, 0)
