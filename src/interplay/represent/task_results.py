"""What a task on the nodes of a graph gives back: how well it was solved, and for whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import ConfigError, DataError, unknown_name
from interplay._core.provenance import Result
from interplay.data.graph import Graph
from interplay.measures.disparities import DisparityKind, disparity


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class TaskResult(Result):
    """Scores of one task over R repeats, of all and of each group.

    Attributes
    ----------
    task : str
        "node classification" or "link prediction".
    method : str
        What made the vectors; "" if bare vectors were given.
    groups : (G,) text array
        Group names; of links the pairs of groups, "a - b".
    scores : mapping of str to (R,) float64 arrays
        By metric, in [0, 1], higher is better.
    group_scores : mapping of str to (R, G) float64 arrays
        The same of each group; NaN where it cannot be said.
    group_counts : (R, G) int64 array
        Tested items of each group.
    chance : mapping of str to (R,) float64 arrays
        What the best answer without vectors scores.
    group_chance : mapping of str to (R, G) float64 arrays
        The same of each group, for the metrics that have it: a group whose labels are easier to guess has a higher one.
    """

    task: str
    method: str
    groups: NDArray[np.str_]
    scores: Mapping[str, NDArray[np.float64]]
    group_scores: Mapping[str, NDArray[np.float64]]
    group_counts: NDArray[np.int64]
    chance: Mapping[str, NDArray[np.float64]]
    group_chance: Mapping[str, NDArray[np.float64]]

    @property
    def repeats(self) -> int:
        """R."""
        return len(self.group_counts)

    def disparity(self, metric: str = "accuracy", kind: DisparityKind = "range") -> NDArray[np.float64]:
        """(R,) float64 array: how far groups are apart in each repeat; see `interplay.measures.disparity`.

        The variance comes in squared shares; times 10 000 it is in squared per cent, as published for CrossWalk.
        """
        return np.atleast_1d(disparity(self._of(metric), kind))

    def disparity_of_means(self, metric: str = "accuracy", kind: DisparityKind = "range") -> float:
        """Say how far apart the groups' means over repeats are.

        The mean of `disparity` over repeats has the noise of each test set in it: two groups that fare alike differ by
        chance in every one. This has less of it.
        """
        table = self._of(metric)
        known = ~np.isnan(table)
        mean = np.where(known, table, 0).sum(axis=0) / np.where(known.any(axis=0), known.sum(axis=0), np.nan)
        return float(disparity(mean, kind))

    def _of(self, metric: str) -> NDArray[np.float64]:
        if metric not in self.group_scores:
            raise ConfigError(unknown_name("metric", metric, self.group_scores))
        return self.group_scores[metric]


@dataclass(frozen=True, eq=False, kw_only=True)
class LinkSplit:
    """Edges that are kept for training, edges that are held out, and pairs that are no edges.

    Attributes
    ----------
    graph : Graph
        Without the held-out edges: what an embedding may see.
    train, test : (P, 2), (Q, 2) int64 arrays
        Pairs; of an undirected graph the smaller id first.
    train_edge, test_edge : (P,), (Q,) bool arrays
        Which of them are edges.
    seed : int
    digest : str
        Of the whole graph and the settings.
    notes : tuple of str
    """

    graph: Graph
    train: NDArray[np.int64]
    train_edge: NDArray[np.bool_]
    test: NDArray[np.int64]
    test_edge: NDArray[np.bool_]
    seed: int
    digest: str
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return (
            f"LinkSplit({self.graph!r} to train; {int(self.test_edge.sum())} edges and "
            f"{int((~self.test_edge).sum())} other pairs held out)"
        )


def pool_tasks(results: Sequence[TaskResult]) -> TaskResult:
    """Join repeats of one task that were made one by one, for example with one embedding per seed.

    Parameters
    ----------
    results : sequence of TaskResult
        Of the same task, method, groups and metrics.

    Returns
    -------
    TaskResult
        Config, seed and digest are those of the first.

    Raises
    ------
    DataError
        If there is none, or they differ in what they are of.
    """
    if not results:
        raise DataError("`results` must hold at least one result, got none.")
    first = results[0]
    for k, other in enumerate(results):
        for name in ("task", "method"):
            if getattr(other, name) != getattr(first, name):
                raise DataError(
                    f"`results` must be of one {name}: the first is of {getattr(first, name)!r}, number {k} of "
                    f"{getattr(other, name)!r}. Pool each on its own."
                )
        if not np.array_equal(other.groups, first.groups) or set(other.scores) != set(first.scores):
            raise DataError(f"`results` must have the groups and metrics of the first, number {k} has others.")

    def joined(name: str) -> dict[str, NDArray[np.float64]]:
        return {key: np.concatenate([getattr(r, name)[key] for r in results]) for key in getattr(first, name)}

    return TaskResult(
        task=first.task,
        method=first.method,
        groups=first.groups,
        scores=joined("scores"),
        group_scores=joined("group_scores"),
        group_counts=np.concatenate([r.group_counts for r in results]),
        chance=joined("chance"),
        group_chance=joined("group_chance"),
        config=first.config,
        made_from=first.made_from,
        seed=first.seed,
        notes=tuple(dict.fromkeys(note for r in results for note in r.notes)),
        citations=first.citations,
    )
