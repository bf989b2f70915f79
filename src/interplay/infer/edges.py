"""What every windowed method shares: where its windows lie, and how values per pair become edges."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes, require_increasing
from interplay._core.errors import ConfigError, DataError, unknown_name
from interplay._core.protocols import Progress
from interplay.data import Intervals, Snapshots, windows
from interplay.ops.pairs import full
from interplay.stats.false_discovery import benjamini_hochberg

T = TypeVar("T")
R = TypeVar("R")

Keep = Literal["all", "significant"]
Correction = Literal["benjamini_hochberg", "none"]

_SLACK = 1e-9


@dataclass(frozen=True, eq=False, slots=True)
class PairValues:
    """One window's values per pair.

    Attributes
    ----------
    weight : float64 array, flat
        One per pair, in the order of `pair_index`; NaN where a unit of the pair is absent or the pair has no edge.
    present : (N,) bool array
        Which units could be measured.
    pvalue : float64 array, flat, or None
        As `weight`.
    note : str
        What a reader must know of this window, if anything.
    """

    weight: NDArray[np.float64]
    present: NDArray[np.bool_]
    pvalue: NDArray[np.float64] | None = None
    note: str = ""

    def matrix(self) -> NDArray[np.float64]:
        """Lay the flat values out.

        Returns
        -------
        (N, N) float64 array
            ``[src, dst]``; 0 on the diagonal, NaN as in `weight`.
        """
        n = len(self.present)
        if n < 2 or len(self.weight) != n * (n - 1):
            return full(self.weight, n)
        out = np.zeros((n, n))
        out[pair_index(n, True)] = self.weight
        return out


def require_choice(name: str, value: str, valid: Sequence[str]) -> None:
    """Check one word of a configuration against the valid ones."""
    if value not in valid:
        raise ConfigError(unknown_name(f"`{name}`", value, valid))


def frozen_bounds(bounds: ArrayLike | None) -> tuple[tuple[float, float], ...] | None:
    """Turn explicit windows into plain data, checked."""
    if bounds is None:
        return None
    edges = Shapes().array("bounds", bounds, "S 2")
    if len(edges) == 0:
        raise ConfigError("`bounds` must hold at least one window (start, stop) in seconds, got none.")
    require_increasing("bounds[:, 0]", edges[:, 0], strictly=False, remedy="Sort the windows by their start.")
    if (edges[:, 0] >= edges[:, 1]).any():
        k = int(np.argmax(edges[:, 0] >= edges[:, 1]))
        raise ConfigError(f"`bounds` must have start < stop: bounds[{k}]={tuple(edges[k].tolist())}.")
    return tuple((float(a), float(b)) for a, b in edges)


def place_windows(
    observed: Intervals, bounds: tuple[tuple[float, float], ...] | None, window_s: float, step_s: float
) -> NDArray[np.float64]:
    """Lay the windows: the explicit ones where given, else sliding ones.

    Parameters
    ----------
    observed : Intervals
    bounds : S pairs (start, stop), s, or None
        Each must lie inside one observed interval: outside, silence is not an observation.
    window_s, step_s : float, s
        Of the sliding windows, where `bounds` is None.

    Returns
    -------
    (S, 2) float64 array, s

    Raises
    ------
    DataError
        If a window leaves observed time, or none fits.
    """
    if bounds is None:
        return windows(observed, window_s, step_s)
    edges = np.array(bounds)
    owner = np.searchsorted(observed.start, edges[:, 0] + _SLACK, side="right") - 1
    inside = (owner >= 0) & (edges[:, 1] <= observed.stop[owner] + _SLACK)
    if not inside.all():
        k = int(np.argmin(inside))
        raise DataError(
            f"`bounds` must lie inside observed time, each in one interval: bounds[{k}]={bounds[k]} does not. "
            "Outside, silence is not an observation; shorten or drop the window."
        )
    return edges


def pair_index(n_units: int, directed: bool) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Name the pairs of a flat list: the upper triangle by rows, or, if directed, all but the diagonal by rows.

    Parameters
    ----------
    n_units : int, N
    directed : bool

    Returns
    -------
    src, dst : int64 arrays of N (N - 1) / 2 or N (N - 1) entries
    """
    if directed:
        src, dst = np.nonzero(~np.eye(n_units, dtype=bool))
    else:
        src, dst = np.triu_indices(n_units, 1)
    return src, dst


def assemble(
    rows: Iterable[PairValues],
    bounds: NDArray[np.float64],
    n_units: int,
    *,
    directed: bool,
    keep: Keep,
    alpha: float,
    correction: Correction,
) -> Snapshots:
    """Turn values per pair into snapshots, one window after another.

    Parameters
    ----------
    rows : S PairValues
    bounds : (S, 2) float64 array, s
    n_units : int, N
    directed : bool
    keep : {"all", "significant"}
        "all" keeps every defined pair, zeros and negative values too.
    alpha : float
    correction : {"benjamini_hochberg", "none"}
        Over the defined pairs of each window. It decides what is kept; the stored p-values are not corrected.

    Returns
    -------
    Snapshots
    """
    src, dst = pair_index(n_units, directed)
    columns: list[tuple[Any, ...]] = []
    present = np.zeros((len(bounds), n_units), dtype=bool)
    tested = False
    for s, row in enumerate(rows):
        present[s] = row.present
        chosen = np.flatnonzero(row.present[src] & row.present[dst] & ~np.isnan(row.weight))
        if row.pvalue is not None:
            tested = True
            if keep == "significant":
                p = row.pvalue[chosen]
                chosen = chosen[(benjamini_hochberg(p) if correction == "benjamini_hochberg" else p) <= alpha]
        columns.append((src[chosen], dst[chosen], row.weight[chosen], *([row.pvalue[chosen]] if tested else [])))  # type: ignore[index]
    parts = [np.concatenate(column) for column in zip(*columns, strict=True)]
    return Snapshots(
        bounds=bounds,
        pointer=np.cumsum([0, *(len(c[0]) for c in columns)]),
        src=parts[0],
        dst=parts[1],
        weight=parts[2],
        n_nodes=n_units,
        directed=directed,
        pvalues=parts[3] if tested else None,
        present=present,
    )


def ordered_map(pool: Executor | None, function: Callable[[T], R], tasks: Iterable[T], ahead: int = 4) -> Iterator[R]:
    """Map in order, at most `ahead` results waiting, so that memory stays bounded; plain `map` without a pool."""
    if pool is None:
        yield from map(function, tasks)
        return
    source = iter(tasks)
    waiting: list[Future[R]] = [pool.submit(function, task) for task in islice(source, ahead)]
    while waiting:
        done = waiting.pop(0).result()
        waiting.extend(pool.submit(function, task) for task in islice(source, 1))
        yield done


def noted(rows: Iterable[PairValues], said: Counter[str]) -> Iterator[PairValues]:
    """Pass rows on, and count what they note."""
    for row in rows:
        if row.note:
            said[row.note] += 1
        yield row


def watched(rows: Iterable[R], total: int, progress: Progress | None) -> Iterator[R]:
    """Pass rows on, and report after each one is used."""
    for done, row in enumerate(rows, 1):
        yield row
        if progress is not None:
            progress(done, total)
