"""Targets that could have been: rearrangements that keep how a target changes along time, but not when.

Neighbouring windows resemble each other, so values must not be permuted one by one: any two slow signals would then
look related. What may be moved is whole stays of a label, or the whole course of a number.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def stays(codes: NDArray[np.int64], apart: NDArray[np.bool_] | None = None) -> list[NDArray[np.int64]]:
    """Cut class codes (S,) into runs of one class, and where `apart` (S - 1,) says so."""
    cut = np.diff(codes) != 0
    return np.split(codes, np.flatnonzero(cut if apart is None else cut | apart) + 1)


def interrupted(bounds: NDArray[np.float64], usable: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Say between which neighbouring used windows others are missing.

    Parameters
    ----------
    bounds : (S, 2) float array, s
        All windows, in order.
    usable : (S,) bool array
        The used ones, M of them.

    Returns
    -------
    (M - 1,) bool array
        Where windows in between are not used, or where the time between two windows is longer than between most
        neighbours by more than half the usual step: a window is missing from the grid.
    """
    place = np.flatnonzero(usable)
    if len(bounds) < 2:
        return np.zeros(max(len(place) - 1, 0), dtype=bool)
    between = bounds[1:, 0] - bounds[:-1, 1]
    torn = between - np.median(between) > 0.5 * np.median(np.diff(bounds[:, 0]))
    before = np.append(0, np.cumsum(torn))
    return np.asarray((np.diff(place) > 1) | (np.diff(before[place]) > 0))


def reordered_stays(
    codes: NDArray[np.int64], count: int, rng: np.random.Generator, apart: NDArray[np.bool_] | None = None
) -> NDArray[np.int64]:
    """Put whole stays in random order.

    Parameters
    ----------
    codes : (S,) int array
    count : int, P
    rng : numpy.random.Generator
    apart : (S - 1,) bool array or None
        Neighbours that do not belong to one stay although their class is the same; see `interrupted`.

    Returns
    -------
    (S, P) int64 array
        Each column has the stays of `codes`, label and length together; equal labels may come to touch, so a null
        target is at least as slow as the true one.

    Notes
    -----
    Exact where stays are exchangeable. Whether two visits with the same label and unused windows between them are one
    stay or two cannot be told from the labels: as two, drifting features pass for a relation when visits with one label
    follow each other more often than by chance; as one, arrangements are fewer and slower than those of visits that
    came in any order. Hence a read-out draws both, and the larger p-value counts. Where labels alternate, it errs on
    the side of no effect for features that drift, and on the side of an effect for features that oscillate by
    themselves in the rhythm of the stays, which the new order breaks.
    """
    runs = stays(codes, apart)
    columns = [np.concatenate([runs[k] for k in rng.permutation(len(runs))]) for _ in range(count)]
    return np.stack(columns, axis=1)


def shifted(values: NDArray[np.float64], count: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Shift a number along time, round and round.

    Parameters
    ----------
    values : (S,) float array
    count : int
        All S - 1 shifts where there are no more than this.
    rng : numpy.random.Generator

    Returns
    -------
    (S, P) float64 array

    Notes
    -----
    Exact for a course that could begin anywhere (stationary on a circle).
    """
    return np.stack([np.roll(values, k) for k in _some(len(values) - 1, count, rng)], axis=1)


def shifted_steps(values: NDArray[np.float64], count: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Shift the steps of a number along time, and add them up again from the same first value to the same last one.

    Parameters
    ----------
    values : (S,) float array, S >= 3
    count : int
        All S - 2 shifts where there are no more than this.
    rng : numpy.random.Generator

    Returns
    -------
    (S, P) float64 array

    Notes
    -----
    Exact for a drift whose steps could have come in any order (a random walk), for which `shifted` finds far too many
    relations: it tears the course apart at one place.
    """
    steps = np.diff(values)
    columns = [values[0] + np.append(0.0, np.cumsum(np.roll(steps, k))) for k in _some(len(steps) - 1, count, rng)]
    return np.stack(columns, axis=1)


def turned_courses(course: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Shift a course, and its mirror image, round and round; and the same of its steps, added up again.

    Parameters
    ----------
    course : (S,) float array, S >= 3

    Returns
    -------
    shifted : (S, 2 S - 1) float64 array
    stepped : (S, 2 S - 3) float64 array
        Without the course as it is; the second begin at 0.

    Notes
    -----
    The mirror images double what few windows offer: S shifts alone cannot give a p-value below 1 / S. They are exact
    for courses whose law is the same backwards, as that of every stationary Gaussian course is.
    """
    return _turned(course), np.pad(np.cumsum(_turned(np.diff(course)), axis=0), ((1, 0), (0, 0)))


def _turned(course: NDArray[np.float64]) -> NDArray[np.float64]:
    n = len(course)
    ahead = [np.roll(course, k) for k in range(1, n)]
    return np.stack([*ahead, *(np.roll(course[::-1], k) for k in range(n))], axis=1)


def _some(most: int, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    every = np.arange(1, most + 1)
    return every if most <= count else np.sort(rng.permutation(every)[:count])
