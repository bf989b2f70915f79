"""Cross-correlograms as counts, and what jitter makes of them: to look at, or to go on from."""

from __future__ import annotations

from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import nullcontext

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes, require_ids, require_setting
from interplay._core.errors import DataError
from interplay.data import Events, Recording
from interplay.infer.correlogram_results import Correlograms, JitterBands
from interplay.infer.spike_windows import SpikeWindow, spikes_of, surrogate_window
from interplay.ops.correlogram import count_following
from interplay.ops.tiling import SLACK, TICKS


def lags_within(bin_s: float, reach_s: float) -> int:
    """Count the bins on one side, the zero bin included, whose centres lie within the reach."""
    return int(np.floor(reach_s / bin_s + 1e-6)) + 1


def following(
    task: SpikeWindow, bin_s: float, n_lags: int, out: NDArray[np.int32], pool: Executor | None = None, parts: int = 1
) -> None:
    """Add the counts of one window to `out` (N, N, n_lags), its source units shared out in parts."""
    order, pointer = task.by_unit()
    cuts = np.searchsorted(pointer, np.linspace(0, len(order), parts + 1))
    cuts[0], cuts[-1] = 0, task.n_units
    width, slack = bin_s * TICKS, float(SLACK)

    def part(k: int) -> None:
        count_following(task.ticks, task.unit, order, pointer, width, slack, cuts[k], cuts[k + 1], out)

    list(map(part, range(parts)) if pool is None else pool.map(part, range(parts)))


def correlograms(
    data: Recording | Events, *, bin_s: float = 0.001, reach_s: float = 0.05, jobs: int = 1
) -> Correlograms:
    """Count all coincidences of all pairs by their lag, over all observed time.

    Parameters
    ----------
    data : Recording or Events
        A recording must have spikes; no coincidence spans a gap.
    bin_s : float, s, > 0
        Width of a bin. Bin 0 is centred on lag zero.
    reach_s : float, s, >= bin_s
        Centre of the last bin, at most.
    jobs : int, >= 1
        Threads. The result does not depend on it.

    Returns
    -------
    Correlograms
        Raw counts; `Correlograms.expected` gives the triangle of independent trains beside them.

    Raises
    ------
    DataError
        If there are no spikes to look at.
    ConfigError
        If a width is out of range.

    Notes
    -----
    Lags are exact (ticks of 2^-44 s), so counts do not drift with absolute time; a lag within half a nanosecond of an
    edge of a bin counts as on the edge, and belongs to the outer bin. Time proportional to the coincidences counted,
    memory 4 N^2 bytes per bin of one side.

    References
    ----------
    Perkel, Gerstein, Moore (1967), Biophys J 7:419.

    Examples
    --------
    >>> from interplay import Events
    >>> spikes = Events.from_trains([[1.0, 2.0, 3.0], [1.002, 2.002, 3.5]], span=(0.0, 10.0))
    >>> correlograms(spikes, reach_s=0.003).pair(0, 1).tolist()
    [0, 0, 0, 0, 0, 2, 0]
    """
    require_setting("bin_s", bin_s, above=0)
    require_setting("reach_s", reach_s, least=bin_s)
    require_setting("jobs", jobs, least=1, whole=True)
    events, observed = spikes_of(data)
    n_lags = lags_within(bin_s, reach_s)
    out = np.zeros((events.n_units, events.n_units, n_lags), dtype=np.int32)
    size = np.zeros(events.n_units, dtype=np.int64)
    with ThreadPoolExecutor(jobs) if jobs > 1 else nullcontext() as pool:
        for s, (start, stop) in enumerate(observed.bounds):
            task = SpikeWindow.cut(s, events, start, stop)
            size += np.bincount(task.unit, minlength=events.n_units)
            following(task, bin_s, n_lags, out, pool, jobs)
    return Correlograms(following=out, bin_s=bin_s, size=size, observed=np.array(observed.bounds))


def jitter_bands(
    data: Recording | Events,
    pairs: ArrayLike,
    *,
    bin_s: float = 0.001,
    reach_s: float = 0.05,
    jitter_s: float = 0.02,
    surrogates: int = 200,
    level: float = 0.01,
    seed: int = 0,
) -> JitterBands:
    """Hold the correlograms of some pairs against trains redrawn inside short intervals.

    Parameters
    ----------
    data : Recording or Events
        A recording must have spikes.
    pairs : (K, 2) int array, in [0, N)
        Units (i, j); lags are ``t_j - t_i``.
    bin_s, reach_s : float, s
        As in `correlograms`.
    jitter_s : float, s, > 0
        Every spike is redrawn uniformly inside its own interval of this length, so that counts per unit and interval
        are kept, and with them all that is slower.
    surrogates : int, >= 1
        How many.
    level : float, in (0, 1)
        Share of the null outside a band, both sides together.
    seed : int
        Of the surrogates.

    Returns
    -------
    JitterBands

    Raises
    ------
    DataError
        If there are no spikes, or a pair is not one of two different units.
    ConfigError
        If a setting is out of range, or there are too few surrogates for the level.

    Notes
    -----
    Pointwise limits are order statistics of the surrogates at each lag: the r-th smallest and the r-th largest of m
    surrogates, ``r = max(1, floor(level (m + 1) / 2))``. Simultaneous limits are the mean plus and minus q standard
    deviations, q the order statistic of the surrogates' own greatest standardised departures that the level asks for.
    Mean and deviation are taken over the data and the surrogates together, so that all of them are treated alike and
    the p-value is exact. Time is that of the spikes of the units named, times surrogates.

    References
    ----------
    Amarasingham, Harrison, Hatsopoulos, Geman (2012), J Neurophysiol 107:517.
    """
    require_setting("bin_s", bin_s, above=0)
    require_setting("reach_s", reach_s, least=bin_s)
    require_setting("jitter_s", jitter_s, above=0)
    require_setting("level", level, above=0, below=1)
    require_setting("surrogates", surrogates, least=int(np.ceil(2 / level)) - 1, whole=True)
    events, observed = spikes_of(data)
    chosen = Shapes().array("pairs", pairs, "K 2", "int")
    require_ids("pairs", chosen.ravel(), events.n_units, "n_units")
    if (chosen[:, 0] == chosen[:, 1]).any():
        k = int(np.argmax(chosen[:, 0] == chosen[:, 1]))
        raise DataError(f"`pairs` must name two different units, got pairs[{k}]={chosen[k].tolist()}. Leave it out.")
    # Only the units named are kept, under their own numbers for the draws.
    units = np.unique(chosen)
    keep = np.isin(events.unit, units)
    few = Events(time=events.time[keep], unit=events.unit[keep], n_units=events.n_units, span=events.span)
    n_lags = lags_within(bin_s, reach_s)
    tasks = [SpikeWindow.cut(s, few, start, stop) for s, (start, stop) in enumerate(observed.bounds)]
    place = np.searchsorted(units, chosen)
    drawn = np.empty((surrogates + 1, len(chosen), 2 * n_lags - 1), dtype=np.int32)
    for k in range(-1, surrogates):
        out = np.zeros((len(units), len(units), n_lags), dtype=np.int32)
        for task in tasks:
            moved = task
            if k >= 0:
                moved, _ = surrogate_window(task, "jitter", k, seed=seed, jitter_s=jitter_s, guard_s=0.0)
            small = np.searchsorted(units, moved.unit).astype(np.int32)
            following(SpikeWindow(0, moved.ticks, small, len(units), moved.length), bin_s, n_lags, out)
        ahead, behind = out[place[:, 0], place[:, 1]], out[place[:, 1], place[:, 0]]
        drawn[k + 1] = np.concatenate([behind[:, :0:-1], ahead[:, :1] + behind[:, :1], ahead[:, 1:]], axis=1)
    return _bands(chosen, drawn, bin_s, level)


def _bands(pairs: NDArray[np.int64], drawn: NDArray[np.int32], bin_s: float, level: float) -> JitterBands:
    m = len(drawn) - 1
    mean, deviation = drawn.mean(axis=0), drawn.std(axis=0)
    scale = np.where(deviation > 0, deviation, 1.0)
    greatest = np.abs((drawn - mean) / scale).max(axis=2, initial=0.0)
    rank = max(1, int(np.floor(level * (m + 1) / 2)))
    ordered = np.sort(drawn[1:], axis=0)
    reach = np.sort(greatest[1:], axis=0)[m - max(1, int(np.floor(level * (m + 1))))]
    half = reach[:, None] * deviation
    side = drawn.shape[2] // 2
    return JitterBands(
        pairs=pairs,
        counts=drawn[0].astype(np.int64),
        mean=drawn[1:].mean(axis=0),
        pointwise=np.stack([ordered[rank - 1], ordered[m - rank]], axis=1).astype(np.float64),
        simultaneous=np.stack([mean - half, mean + half], axis=1),
        pvalue=(1.0 + (greatest[1:] >= greatest[0] - 1e-9).sum(axis=0)) / (1.0 + m),
        lag_s=np.arange(-side, side + 1) * bin_s,
    )
