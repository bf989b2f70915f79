"""From a tracked position to the end of the track, and to rest or run. Behaviour only; no neural data come in."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import DataError
from interplay.data import Series

#: State of each sample (-1: none), class names, and the rule in words with a place for the behaviour's name.
States = tuple[NDArray[np.int64], tuple[str, ...], str]

_BINS = 128


def frozen(series: Series, longest_s: float) -> NDArray[np.bool_]:
    """Mark samples in stretches where no channel changes at all for longer than `longest_s`.

    Parameters
    ----------
    series : Series
    longest_s : float, s

    Returns
    -------
    (T,) bool array
    """
    values = series.values
    same = ((values[1:] == values[:-1]) | (np.isnan(values[1:]) & np.isnan(values[:-1]))).all(axis=1)
    first = np.flatnonzero(np.concatenate([[True], ~same]))
    stop = np.append(first[1:], len(values))
    held = series.time[stop - 1] - series.time[first] > longest_s
    return np.repeat(held, stop - first)


def end_of_track(series: Series, lost: NDArray[np.bool_], smooth_s: float) -> States:
    """Tell which end of the track each sample is at.

    Parameters
    ----------
    series : Series
        1 to 3 channels of position.
    lost : (T,) bool array
        Samples to leave out.
    smooth_s : float, s
        Not used: ends need no speed.

    Returns
    -------
    state : (T,) int64 array
        0 in the first third of the track, 1 in the last, -1 between them or unknown.
    classes : tuple of str
    text : str

    Notes
    -----
    The track is the first principal axis of the positions (about their median), pointing to where its largest
    component grows; its extent runs from the 1st to the 99th percentile, so a few stray points do not stretch it.
    """
    place = _known(series, lost)
    place = place - np.median(place, axis=0)
    axis = np.linalg.eigh(np.cov(place, rowvar=False).reshape(place.shape[1], -1))[1][:, -1]
    axis = axis * np.sign(axis[np.argmax(np.abs(axis))])
    along = place @ axis
    low, high = np.percentile(along, [1, 99])
    if not high > low:
        raise DataError("the position must vary, but 98 % of its samples are in one place. Choose another behaviour.")
    third = (high - low) / 3
    state = np.full(len(series), -1, dtype=np.int64)
    state[~lost] = np.where(along < low + third, 0, np.where(along >= high - third, 1, -1))
    unit = f" {series.unit}" if series.unit else ""
    return state, ("first end", "second end"), f"end of the track by {{name!r}}, outer thirds of {high - low:.4g}{unit}"


def moving(series: Series, lost: NDArray[np.bool_], smooth_s: float) -> States:
    """Tell rest from run by the speed.

    Parameters
    ----------
    series : Series
        1 to 3 channels of position.
    lost : (T,) bool array
        Samples to leave out; the smoothing does not bridge them.
    smooth_s : float, s
        Standard deviation of the Gaussian applied to the position.

    Returns
    -------
    state : (T,) int64 array
        0 at rest, 1 on the run, -1 unknown.
    classes : tuple of str
    text : str

    Notes
    -----
    Speed = length of the gradient of the smoothed position on an even grid of step `dt_s`, so repeated time stamps do
    no harm. Threshold: Otsu's on log speed, the split of its histogram with the largest scatter between the two sides;
    speeds below a hundredth of the 99th percentile count as that (tracking noise has no logarithm worth having).
    """
    rate = speed(series, lost, smooth_s)
    known = rate[~np.isnan(rate)]
    top = float(np.percentile(known, 99)) if len(known) else 0.0
    if not top > 0:
        raise DataError("the position must move, but its speed is 0 throughout. Choose another behaviour.")
    threshold = float(10 ** otsu(np.log10(np.maximum(known, top / 100))))
    state = np.full(len(series), -1, dtype=np.int64)
    state[~np.isnan(rate)] = (known >= threshold).astype(np.int64)
    unit = f" {series.unit}/s" if series.unit else " per second"
    return state, ("rest", "run"), f"rest or run by {{name!r}}, speed threshold {threshold:.3g}{unit}"


def speed(series: Series, lost: NDArray[np.bool_], smooth_s: float) -> NDArray[np.float64]:
    """Compute the speed at each sample from a smoothed position.

    Parameters
    ----------
    series : Series
    lost : (T,) bool array
    smooth_s : float, s

    Returns
    -------
    (T,) float64 array, unit of the series per second
        NaN where lost, or where a stretch is too short (under 3 grid steps).
    """
    from scipy.ndimage import gaussian_filter1d

    _known(series, lost)
    step = series.dt_s
    out = np.full(len(series), np.nan)
    keep = np.flatnonzero(~lost)
    if not step > 0:
        raise DataError(f"the position must be sampled over time, but its median step is {step} s.")
    apart = np.flatnonzero((np.diff(keep) > 1) | (np.diff(series.time[keep]) > max(10 * step, 0.5))) + 1
    for piece in np.split(keep, apart):
        time = series.time[piece]
        grid = np.arange(time[0], time[-1] + step / 2, step)
        if len(grid) < 3:
            continue
        place = np.column_stack([np.interp(grid, time, column) for column in series.values[piece].T.astype(np.float64)])
        if smooth_s > 0:
            place = gaussian_filter1d(place, smooth_s / step, axis=0, mode="nearest")
        out[piece] = np.interp(time, grid, np.linalg.norm(np.gradient(place, step, axis=0), axis=1))
    return out


def otsu(values: NDArray[np.float64]) -> float:
    """Split values in two where the scatter between the two sides is largest.

    Parameters
    ----------
    values : (T,) float array, not constant

    Returns
    -------
    float
        The threshold: an edge of one of 128 even bins (the middle one of equally good edges).

    References
    ----------
    Otsu (1979), IEEE Trans Syst Man Cybern 9:62, equation 14.
    """
    count, edges = np.histogram(values, bins=_BINS)
    centre = 0.5 * (edges[1:] + edges[:-1])
    left = np.cumsum(count)[:-1] / len(values)
    moment = np.cumsum(count * centre)[:-1] / len(values)
    total = float(count @ centre) / len(values)
    with np.errstate(divide="ignore", invalid="ignore"):
        between = (total * left - moment) ** 2 / (left * (1 - left))
    between = np.where(np.isfinite(between), between, 0.0)
    best = np.flatnonzero(between >= between.max() * (1 - 1e-12))
    return float(edges[1:-1][best[len(best) // 2]])


def _known(series: Series, lost: NDArray[np.bool_]) -> NDArray[np.float64]:
    place = np.asarray(series.values[~lost], dtype=np.float64)
    if len(place) < 10:
        raise DataError(
            f"the position must be known at 10 samples at least, got {len(place)} of {len(series)}. If an exact "
            "position stands still for long, pass frozen_s=np.inf."
        )
    return place
