"""Greedy seeds: each next one adds most to the mean reach over a fixed sample of cascades.

References
----------
Kempe, Kleinberg, Tardos (2003), KDD, 137. Leskovec et al. (2007), KDD, 420, for the lazy evaluation (CELF).
"""

from __future__ import annotations

import heapq
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from interplay._core.checks import require_setting
from interplay.influence.models import CascadeModel, IndependentCascade
from interplay.influence.seed_choice import Ints, SeedChooser

if TYPE_CHECKING:
    from interplay.influence.live_edges import Rounds


@dataclass(frozen=True, kw_only=True)
class GreedySeeds(SeedChooser):
    """The classic: simulate what every candidate would add, take the best, and again.

    Parameters
    ----------
    model : cascade
        Any of `interplay.influence.MODELS`, on the kind of graph that it runs on.
    runs : int, >= 1
        Cascades in the sample.
    jobs : int, >= 1
        Threads of the first pass over all candidates. The result does not depend on it.

    Notes
    -----
    All candidates are judged on the same live edges in the same runs, so what a node adds can only fall as seeds are
    added, and the lazy evaluation skips nodes without changing the answer: the seeds are those of full greedy on this
    sample, ties to the lowest id. On the sample they have at least 1 - 1/e of the best reach; about the expectation
    nothing is proved (`guarantee` 0), and `objective`, taken on the sample that chose, is optimistic. Measure with
    `interplay.influence.spread` under another seed.

    Time: one cascade per candidate and run, and few more; from some ten thousand nodes on use `ReverseReachableSeeds`.
    Models that cannot go on from where they stopped (timed ones) run each cascade from its start.

    References
    ----------
    Kempe, Kleinberg, Tardos (2003), section 2. Leskovec et al. (2007), section 4.

    Examples
    --------
    >>> from interplay.data import Graph
    >>> two_stars = Graph.from_edges([0, 0, 0, 4, 4], [1, 2, 3, 5, 6], n_nodes=7, directed=True)
    >>> GreedySeeds(budget=2, model=IndependentCascade(probability=1.0), runs=10).fit(two_stars).gain.tolist()
    [4.0, 3.0]
    """

    model: CascadeModel = field(default_factory=IndependentCascade)
    runs: int = 1000
    jobs: int = 1

    method = "greedy"
    cites = ("kempe2003spread", "leskovec2007outbreak")

    def __post_init__(self) -> None:
        super().__post_init__()
        require_setting("runs", self.runs, least=1, whole=True)
        require_setting("jobs", self.jobs, least=1, whole=True)

    def _choose(
        self, graph: Any, groups: Any, embedding: Any, open_nodes: Ints, count: int, progress: Any
    ) -> dict[str, Any]:
        from interplay.influence.live_edges import Rounds

        if count == 0:
            return {"seeds": open_nodes[:0], "objective": 0.0, "work": {"evaluations": 0.0}}
        prepared = self.model.prepare(graph)
        size = (graph.n_nodes, self.seed, self.runs)
        sample = _Resumed(prepared, *size) if isinstance(prepared, Rounds) else _Rerun(prepared, *size)
        first = self._first(sample, open_nodes)
        waiting = [(-int(g), int(v), 0) for g, v in zip(first, open_nodes, strict=True)]
        heapq.heapify(waiting)
        seeds: list[int] = []
        gains: list[int] = []
        evaluations = len(open_nodes)
        while len(seeds) < count:
            gain, v, known_at = heapq.heappop(waiting)
            if known_at == len(seeds):
                sample.add(v)
                seeds.append(v)
                gains.append(-gain)
                if progress is not None:
                    progress(len(seeds), count)
                continue
            now = int(sample.gains(np.array([v]))[0])
            evaluations += 1
            heapq.heappush(waiting, (-now, v, len(seeds)))
        return {
            "seeds": np.array(seeds, dtype=np.int64),
            "gain": np.array(gains) / self.runs,
            "objective": sum(gains) / self.runs,
            "work": {"evaluations": float(evaluations)},
        }

    def _first(self, sample: _Resumed | _Rerun, open_nodes: Ints) -> Ints:
        if self.jobs == 1:
            return sample.gains(open_nodes)
        with ThreadPoolExecutor(self.jobs) as threads:
            return np.concatenate(list(threads.map(sample.gains, np.array_split(open_nodes, self.jobs))))


class _Resumed:
    """Cascades that go on from where they stopped."""

    def __init__(self, prepared: Rounds, n_nodes: int, seed: int, runs: int) -> None:
        self.prepared, self.seed, self.runs = prepared, seed, runs
        self.state = np.zeros((-(-runs // 64), n_nodes), np.uint64)
        self.code = np.zeros(n_nodes, np.int64)

    def gains(self, nodes: Ints) -> Ints:
        """Count what each node would newly reach, over all runs."""
        state = self.state.copy() if len(nodes) > 1 else self.state  # threads must not meet in it
        given = (self.code, 1, self.seed, self.runs)
        each = [self.prepared.grow(state, np.array([v]), *given, keep=False)[0] for v in nodes]
        return np.array(each, dtype=np.int64)

    def add(self, v: int) -> None:
        """Let the cascades run on from node v."""
        self.prepared.grow(self.state, np.array([v]), self.code, 1, self.seed, self.runs, keep=True)


class _Rerun:
    """Cascades that start anew for every set of seeds."""

    def __init__(self, prepared: Any, n_nodes: int, seed: int, runs: int) -> None:
        self.prepared, self.seed, self.runs = prepared, seed, runs
        self.code = np.zeros(n_nodes, np.int64)
        self.seeds: list[int] = []
        self.reached = 0

    def gains(self, nodes: NDArray[np.int64]) -> Ints:
        """Count what each node would newly reach, over all runs."""
        return np.array([self._reach([*self.seeds, int(v)]) - self.reached for v in nodes], dtype=np.int64)

    def add(self, v: int) -> None:
        """Take node v among the seeds."""
        self.seeds.append(v)
        self.reached = self._reach(self.seeds)

    def _reach(self, seeds: list[int]) -> int:
        tally = self.prepared.run(np.array(seeds, dtype=np.int64), self.code, 1, self.seed, 0, self.runs, False)
        return int(tally.samples.sum())
