"""Two sides of labelled samples: classes in equal shares, and no group on both sides where that is wanted."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes, require_ids, require_setting
from interplay._core.errors import ConfigError, DataError
from interplay._core.rng import stream

#: Orders of the groups that are tried; the one whose classes are most evenly shared is taken.
_ORDERS = 200


def row_numbers(rows: ArrayLike | None, n: int) -> NDArray[np.int64]:
    """Check numbers of samples; None means all of them.

    Parameters
    ----------
    rows : (B,) int array in [0, S), or None
        A mask is refused: it is easily taken for numbers.
    n : int
        S.

    Returns
    -------
    (B,) int64 array
    """
    if rows is None:
        return np.arange(n)
    found = Shapes().array("rows", rows, "B", "int")
    require_ids("rows", found, n, "S")
    return found


def split_rows(
    label: NDArray[np.int64],
    group: NDArray[np.str_],
    share: float,
    *,
    seed: int,
    by_group: bool,
    rows: ArrayLike | None,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Part samples in two; see `LabelledEvents.split`.

    Parameters
    ----------
    label : (S,) int64 array
    group : (S,) text array
    share : float, in (0, 1)
    seed : int, >= 0
    by_group : bool
    rows : (B,) int array or None

    Returns
    -------
    (first, second) : int64 arrays
        Rising numbers of samples.
    """
    require_setting("train", share, above=0, below=1)
    chosen = row_numbers(rows, len(label))
    if len(np.unique(chosen)) != len(chosen):
        raise DataError("`rows` must name each sample once, got repeated numbers. Drop the repeats.")
    first = (_by_group if by_group else _by_class)(label[chosen], group[chosen], share, seed)
    if first.all() or not first.any():
        raise ConfigError(
            f"`train`={share:g} must leave samples on both sides, but of {len(chosen)} sample(s) all are on one. Take "
            "another share, or more samples."
        )
    return np.sort(chosen[first]), np.sort(chosen[~first])


def _by_class(label: NDArray[np.int64], group: Any, share: float, seed: int) -> NDArray[np.bool_]:
    """Share every class alike; what rounding leaves is handed on from class to class, so that the total is right."""
    first = np.zeros(len(label), dtype=bool)
    wanted, given = 0.0, 0
    for c in np.unique(label):
        members = np.flatnonzero(label == c)
        wanted += share * len(members)
        take = min(max(int(np.floor(wanted + 0.5)) - given, 0), len(members))
        if len(members) > 1:
            take = min(max(take, 1), len(members) - 1)
        given += take
        first[stream(seed, "split", int(c)).permutation(members)[:take]] = True
    return first


def _by_group(label: NDArray[np.int64], group: NDArray[np.str_], share: float, seed: int) -> NDArray[np.bool_]:
    names, code = np.unique(group, return_inverse=True)
    if len(names) < 2:
        raise DataError(
            f"`group` must name at least two groups to be split by, got {len(names)} "
            f"({', '.join(map(repr, names.tolist()))}). Split without `by_group`, or name the groups."
        )
    kinds, kind = np.unique(label, return_inverse=True)
    table = np.zeros((len(names), len(kinds)))
    np.add.at(table, (code, kind), 1)
    size, total = table.sum(axis=1), table.sum(axis=0)
    best, chosen = np.inf, np.zeros(len(names), dtype=bool)
    for k in range(_ORDERS):
        order = stream(seed, "split by group", k).permutation(len(names))
        reached = np.cumsum(size[order])[:-1]
        cut = int(np.argmin(np.abs(reached - share * size.sum()))) + 1
        trial = np.isin(np.arange(len(names)), order[:cut])
        off = np.abs(table[trial].sum(axis=0) / total - share)
        worst = float(off.max() + off.mean())
        if worst < best:
            best, chosen = worst, trial
    return chosen[code]
