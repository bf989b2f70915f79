"""The tensor of affinities: frames x recordings x pairs, and what of it was measured."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import DataError
from interplay._core.rng import uniform
from interplay.infer.sequences import SampleRuns

Floats = NDArray[np.float64]

#: From the median of absolute values to a standard deviation, for normal numbers.
MAD = 1.4826
#: Share of the bell's weight that must be known for a slope: at the end of a run half of it is.
_LEAST = 0.4
#: The narrowest smoothing, in samples: below it all weight lies on a sample and its two neighbours.
_NARROWEST = 0.5
_EDGE = 1e-6


@dataclass(frozen=True, eq=False, slots=True)
class AffinityTensor:
    """Affinities and what is known of them.

    Attributes
    ----------
    values : (F, A, 2, P) or (F, A, 1, P) float32 array
        Frames, recordings, co- and anti-affinity, pairs by rows of the upper triangle; 0 where unknown.
    known : (F or 1, A, 1, P) float32 array or None
        1 where both units were known; None if all were.
    start_s : (F,) float64 array, s
    unit_known : (A, N) bool array
        Which units were measured and vary in each recording.
    recordings : (A,) int64 array
        Which of the given recordings these are: those without any known pair are left out.
    """

    values: NDArray[np.float32]
    known: NDArray[np.float32] | None
    start_s: Floats
    unit_known: NDArray[np.bool_]
    recordings: NDArray[np.int64]


def unit_slopes(runs: SampleRuns, smooth_s: float) -> tuple[list[Floats], tuple[str, ...]]:
    """Slopes of every unit in every run, over a robust scale of that unit in that recording.

    Parameters
    ----------
    runs : SampleRuns
    smooth_s : float, s
        Standard deviation of the Gaussian.

    Returns
    -------
    slopes : list of K (T_k, N) float64 arrays, without unit
        NaN where unknown: samples not measured, units that do not vary.
    notes : tuple of str

    Raises
    ------
    DataError
        If `smooth_s` is below half a sample: the bell then has no neighbours to fit a line to.
    """
    from interplay.ops.affinities import slopes

    if smooth_s < _NARROWEST * runs.dt_s * (1.0 - _EDGE):
        raise DataError(
            f"`smooth_s` must be at least half the time between samples, {_NARROWEST * runs.dt_s:g} s, got "
            f"{smooth_s:g} s. Lengthen `smooth_s`; slopes come from a sample's neighbours."
        )
    found = []
    for values in runs.values:
        out = np.empty_like(values)
        slopes(np.ascontiguousarray(values), smooth_s / runs.dt_s, _LEAST, out)
        found.append(out)
    still = sparse = 0
    for r in np.unique(runs.recording):
        own = [found[k] for k in np.flatnonzero(runs.recording == r)]
        together = np.concatenate(own)
        size = np.abs(together)
        with np.errstate(all="ignore"):
            count = np.isfinite(size).sum(axis=0)
            largest = np.where(np.isnan(size), 0.0, size).max(axis=0)
            middle = MAD * _median(size)
            root = np.sqrt(np.where(np.isnan(size), 0.0, size**2).sum(axis=0) / np.maximum(count, 1))
        level = np.abs(np.concatenate([runs.values[k] for k in np.flatnonzero(runs.recording == r)]))
        floor = 1e-12 * np.where(np.isnan(level), 0.0, level).max(axis=0)
        flat = (count == 0) | (largest <= floor)
        # Most slopes of a unit that rarely acts are zero, and so is their median.
        scale = np.where(middle > 1e-6 * largest, middle, root)
        sparse += int((~flat & (middle <= 1e-6 * largest)).sum())
        still += int(flat.sum())
        for part in own:
            part /= np.where(flat, 1.0, scale)
            part[:, flat] = np.nan
    notes = []
    if still:
        notes.append(f"{still} times a unit does not vary, or was not measured, in a recording and is missing there.")
    if sparse:
        notes.append(
            f"{sparse} times a unit's slopes are mostly zero; their root mean square takes the place of the median as "
            "the scale."
        )
    return found, tuple(notes)


def _median(size: Floats) -> Floats:
    out = np.zeros(size.shape[1])
    for i in range(size.shape[1]):
        own = size[:, i][~np.isnan(size[:, i])]
        out[i] = np.median(own) if len(own) else 0.0
    return out


def shifted(slopes: list[Floats], seed: int, index: int) -> list[Floats]:
    """Shift every unit around every run by its own number of samples."""
    out = []
    for k, part in enumerate(slopes):
        n = len(part)
        by = np.floor(uniform(seed, "factor shift", index, k, np.arange(part.shape[1])) * n).astype(np.int64)
        rows = (np.arange(n)[:, None] - by) % n
        out.append(np.take_along_axis(part, rows, axis=0))
    return out


def build_tensor(
    runs: SampleRuns, slopes: list[Floats], origin: Floats, frame_s: float, power: float, dead: float, anti: bool
) -> AffinityTensor:
    """Average the affinities of all pairs over frames.

    Parameters
    ----------
    runs : SampleRuns
    slopes : list of K (T_k, N) float64 arrays
    origin : (A,) float64 array, s
        Where the frames of each recording begin.
    frame_s : float, s
    power, dead : float
        See `interplay.ops.affinities.pair_affinities`.
    anti : bool
        Whether anti-affinities are kept.

    Returns
    -------
    AffinityTensor

    Raises
    ------
    DataError
        If no pair was ever known.
    """
    from interplay.ops.affinities import pair_affinities

    n, n_recordings = runs.n_units, len(origin)
    n_pairs = n * (n - 1) // 2
    rows = []
    for k, part in enumerate(slopes):
        at = runs.start_s[k] - origin[runs.recording[k]] + runs.dt_s * np.arange(len(part))
        rows.append(np.floor(at / frame_s + _EDGE).astype(np.int64))
    used = np.unique(np.concatenate(rows))
    values = np.zeros((len(used), n_recordings, 2, n_pairs), dtype=np.float32)
    known = np.zeros((len(used), n_recordings, 1, n_pairs), dtype=np.float32)
    for a in range(n_recordings):
        co, against, count = (np.zeros((len(used), n_pairs), dtype=np.float32) for _ in range(3))
        for k in np.flatnonzero(runs.recording == a).tolist():
            pair_affinities(slopes[k], np.searchsorted(used, rows[k]), power, dead, co, against, count)
        seen = count > 0
        np.divide(co, count, out=values[:, a, 0], where=seen)
        np.divide(against, count, out=values[:, a, 1], where=seen)
        known[:, a, 0] = seen
    if not known.any():
        raise DataError(
            "`data` must hold two units that are known and vary at the same time, got none. Shorten `smooth_s`, or "
            "look at the traces."
        )
    if not anti:
        values = np.ascontiguousarray(values[:, :, :1])
    met = known.any(axis=(0, 2, 3))
    if not met.all():
        values, known = np.ascontiguousarray(values[:, met]), np.ascontiguousarray(known[:, met])
    unit_known = np.zeros((n_recordings, n), dtype=bool)
    for a in range(n_recordings):
        for k in np.flatnonzero(runs.recording == a).tolist():
            unit_known[a] |= ~np.isnan(slopes[k]).all(axis=0)
    mask: NDArray[np.float32] | None = known
    if known.all():
        mask = None
    elif (known == known[:1]).all():
        mask = np.ascontiguousarray(known[:1])
    first = origin[0] if n_recordings == 1 else 0.0
    return AffinityTensor(values, mask, first + used * frame_s, unit_known[met], np.flatnonzero(met))


def held_out_cells(n_frames: int, n_pairs: int, block: int, share: float, seed: int, fold: int) -> NDArray[np.float32]:
    """Draw which (block of frames, pair) cells are hidden, (F, 1, 1, P) float32, 1 hidden."""
    drawn = uniform(seed, "held out", fold, np.arange(ceil(n_frames / block))[:, None], np.arange(n_pairs)) < share
    return np.repeat(drawn, block, axis=0)[:n_frames, None, None, :].astype(np.float32)
