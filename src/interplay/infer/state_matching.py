"""Naming found states after true ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes
from interplay._core.errors import DataError


@dataclass(frozen=True, eq=False, kw_only=True)
class StateMatch:
    """Which found state is which true one.

    Attributes
    ----------
    found, true : (M,) int64 arrays
        Matched states, by rising true state. M is at most the smaller of both numbers of states: pairs without a sample
        in common are left out.
    accuracy : float, in [0, 1]
        Share of samples whose found state is matched to their true one. Higher is better.
    constant : float, in [0, 1]
        What naming the most frequent true state at all times would score.
    confusion : (C_true, C_found) int64 array
        Samples of each pair of states.
    """

    found: NDArray[np.int64]
    true: NDArray[np.int64]
    accuracy: float
    constant: float
    confusion: NDArray[np.int64]


def match_states(true: ArrayLike, found: ArrayLike) -> StateMatch:
    """Match found with true states, one to one, so that as many samples as possible agree.

    Parameters
    ----------
    true, found : (T,) int arrays, >= 0
        State of each sample.

    Returns
    -------
    StateMatch

    Raises
    ------
    DataError
        If lengths differ, there is no sample, or a state is negative.

    Notes
    -----
    By the Hungarian algorithm, not by trying all permutations.

    Examples
    --------
    >>> match = match_states([0, 0, 1, 1, 2], [2, 2, 0, 0, 0])
    >>> match.accuracy, match.found.tolist()
    (0.8, [2, 0])
    """
    from scipy.optimize import linear_sum_assignment

    shapes = Shapes()
    pair = [shapes.array(name, value, "T", "int") for name, value in (("true", true), ("found", found))]
    if not len(pair[0]) or min(part.min() for part in pair) < 0:
        raise DataError("`true` and `found` must hold states from 0 on, at least one; got none or a negative one.")
    confusion = np.zeros([part.max() + 1 for part in pair], dtype=np.int64)
    np.add.at(confusion, tuple(pair), 1)
    rows, columns = linear_sum_assignment(confusion, maximize=True)
    met = confusion[rows, columns] > 0
    return StateMatch(
        found=columns[met],
        true=rows[met],
        accuracy=float(confusion[rows, columns].sum() / len(pair[0])),
        constant=float(confusion.sum(axis=1).max() / len(pair[0])),
        confusion=confusion,
    )
