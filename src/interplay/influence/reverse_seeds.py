"""Seeds by reverse-reachable sets, with a proved share of the optimum.

References
----------
Borgs, Brautbar, Chayes, Lucier (2014), SODA, for the sets.
Tang, Tang, Xiao, Yuan (2018), SIGMOD, for OPIM-C and its bounds.
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplay._core.checks import require_setting
from interplay._core.errors import ConfigError, InterplayWarning
from interplay.data import Graph, TemporalGraph
from interplay.influence.backward_edges import backward_edges
from interplay.influence.models import CascadeModel, IndependentCascade
from interplay.influence.reverse_sets import Cover, MemoryFull, ReverseSets
from interplay.influence.seed_choice import Ints, SeedChooser
from interplay.influence.simple_seeds import degrees

_MIB = 2.0**20
#: What greedy covering reaches of the optimum.
_GREEDY = 1 - math.exp(-1)


@dataclass(frozen=True, kw_only=True)
class ReverseReachableSeeds(SeedChooser):
    """Greedy covering of random reverse-reachable sets, as many as the guarantee needs.

    Parameters
    ----------
    model : IndependentCascade or LinearThreshold
        On a `TemporalGraph`: IndependentCascade.
    epsilon : float, in (0, 1 - 1/e)
        Expected reach is at least ``1 - 1/e - epsilon`` of the best possible with this budget and these candidates.
    failure : float in (0, 1), or None
        Probability that the guarantee does not hold. None: 1 / N.
    memory_mib : float, MiB, > 0
        What sets, index and counts may take. If the guarantee needs more, the seeds found within it are given, with the
        smaller share of the optimum that *they* are proved to have, a note and a warning.
    jobs : int, >= 1
        Threads. The result does not depend on it.

    Notes
    -----
    Two families of sets are drawn and doubled until the proved ratio suffices. Seeds are chosen in the first. The
    second, independent, bounds their reach from below, and coverage in the first bounds the optimum from above, with
    the least of the bounds over all prefixes of the greedy choice. The second family is never stored: each of its sets
    is drawn again for each check and ends as soon as it meets a seed.

    Result: `objective` is the estimated reach in the second family (that the doubling stops when it is good makes it
    slightly high); `gain` is the growth of the estimate in the first, where seeds were chosen, so that with few sets
    its sum lies well above `objective`; `guarantee` is the ratio proved at the end, which holds with probability
    `confidence`. `work` counts sets ("reverse_sets"), edges into the nodes that were followed ("edges"), and the bytes
    that sets, index and counts hold ("bytes").

    Among nodes of equal gain the lowest id is chosen; where no node gains anything, those of most edges.
    Time is near linear: for N = 100 000, one million undirected edges, budget 50 and epsilon 0.1 see the page on seed
    choice. Isolated nodes are chosen only when nothing else is left. An empty budget is proved optimal,
    and so are all candidates, where the budget takes them all; sets then serve the estimate.

    References
    ----------
    Tang, Tang, Xiao, Yuan (2018), algorithm 2. Borgs et al. (2014).

    Examples
    --------
    >>> from interplay.data import Graph, TemporalGraph
    >>> two_stars = Graph.from_edges([0, 0, 0, 4, 4], [1, 2, 3, 5, 6], n_nodes=7, directed=True)
    >>> sure = IndependentCascade(probability=1.0)
    >>> ReverseReachableSeeds(budget=2, model=sure).fit(two_stars).seeds.tolist()
    [0, 4]
    """

    model: CascadeModel = field(default_factory=IndependentCascade)
    epsilon: float = 0.1
    failure: float | None = None
    memory_mib: float = 4096.0
    jobs: int = 1

    method = "ris"
    cites = ("borgs2014reverse", "tang2018opim")

    def __post_init__(self) -> None:
        super().__post_init__()
        require_setting("epsilon", self.epsilon, above=0, below=_GREEDY)
        if self.failure is not None:
            require_setting("failure", self.failure, above=0, below=1)
        require_setting("memory_mib", self.memory_mib, above=0)
        require_setting("jobs", self.jobs, least=1, whole=True)

    def _choose(
        self, graph: Any, groups: Any, embedding: Any, open_nodes: Ints, count: int, progress: Any
    ) -> dict[str, Any]:
        edges = backward_edges(graph, self.model)
        n = edges.n_nodes
        if count in (0, n):
            return {"seeds": open_nodes[:count], "objective": float(count), "guarantee": 1.0, "confidence": 1.0}
        failure = self.failure if self.failure is not None else 1.0 / max(n, 2)
        plan = _Plan.of(n, len(open_nodes), count, self.epsilon, failure)
        everyone = [np.arange(n, dtype=np.int32)]
        common: dict[str, Any] = {"seed": self.seed, "memory_bytes": self.memory_mib * _MIB, "jobs": self.jobs}
        chosen_in = ReverseSets(edges, everyone, name="choose reverse sets", **common)
        judged_in = ReverseSets(edges, everyone, name="judge reverse sets", **common)
        found: dict[str, Any] | None = None
        notes: tuple[str, ...] = ()
        for step in range(plan.steps):
            size = plan.first << step
            try:
                chosen_in.grow(size)
            except MemoryFull:
                notes = (self._short(found, size),) if count < len(open_nodes) else ()
                break
            found = self._judged(graph, chosen_in, judged_in, open_nodes, count, size, plan)
            if progress is not None:
                progress(step + 1, plan.steps)
            if step == plan.steps - 1:
                found["guarantee"] = max(found["guarantee"], _GREEDY - self.epsilon)
            if found["guarantee"] >= _GREEDY - self.epsilon:
                break
        if found is None:
            raise ConfigError(
                f"`memory_mib` must hold the first {plan.first} reverse-reachable sets, got {self.memory_mib:g} MiB. "
                "Give more memory, or use `GreedySeeds`."
            )
        if count == len(open_nodes):
            found["guarantee"], failure = 1.0, 0.0
        if progress is not None:
            progress(plan.steps, plan.steps)
        found["work"] = {
            "reverse_sets": 2.0 * chosen_in.size,
            "edges": float(chosen_in.steps + judged_in.steps),
            "bytes": chosen_in.bytes,
        }
        return found | {"confidence": 1 - failure, "notes": notes}

    def _judged(
        self,
        graph: Graph | TemporalGraph,
        chosen_in: ReverseSets,
        judged_in: ReverseSets,
        open_nodes: Ints,
        count: int,
        size: int,
        plan: _Plan,
    ) -> dict[str, Any]:
        """Choose among the sets there are, and prove what the choice is worth."""
        n = graph.n_nodes
        seeds, gains, most = greedy_cover(chosen_in, open_nodes, count, degrees(graph))
        met = int(judged_in.hits(seeds, size)[0])
        least = max((math.sqrt(met + 2 * plan.a / 9) - math.sqrt(plan.a / 2)) ** 2 - plan.a / 18, 0.0)
        if met + 2 * plan.a / 9 < plan.a / 2:
            least = 0.0
        least = max(least, count * size / n)
        most = (math.sqrt(most + plan.a / 2) + math.sqrt(plan.a / 2)) ** 2
        return {
            "seeds": seeds,
            "gain": gains * (n / size),
            "objective": met * n / size,
            "guarantee": min(least / min(most, float(size)), 1.0),
        }

    def _short(self, found: dict[str, Any] | None, size: int) -> str:
        proved = 0.0 if found is None else found["guarantee"]
        text = (
            f"Stopped at the memory limit of {self.memory_mib:g} MiB, before {size} reverse-reachable sets: the seeds "
            f"are proved to have {proved:.3f} of the optimum, not {_GREEDY - self.epsilon:.3f}. Raise `memory_mib`, or "
            "ask for less with `epsilon`."
        )
        if found is not None:
            warnings.warn(text, InterplayWarning, stacklevel=5)
        return text


@dataclass(frozen=True)
class _Plan:
    """How many sets at first, how often they double, and the logarithm of the failure of one bound."""

    first: int
    steps: int
    a: float

    @classmethod
    def of(cls, n: int, n_open: int, budget: int, epsilon: float, failure: float) -> _Plan:
        """Follow Tang et al. (2018), algorithm 2, lines 1 to 4."""
        choices = math.lgamma(n_open + 1) - math.lgamma(budget + 1) - math.lgamma(n_open - budget + 1)
        tail = math.log(6 / failure)
        root = _GREEDY * math.sqrt(tail) + math.sqrt(_GREEDY * (choices + tail))
        most = 2 * n * root**2 / (epsilon**2 * budget)
        first = max(math.ceil(most * epsilon**2 * budget / n), 1)
        steps = max(math.ceil(math.log2(most / first)), 0) + 1
        return cls(first, steps, math.log(3 * steps / failure))


def greedy_cover(
    sets: ReverseSets, open_nodes: Ints, count: int, degree: Ints
) -> tuple[Ints, NDArray[np.float64], float]:
    """Cover as many sets as `count` nodes can, greedily.

    Parameters
    ----------
    sets : ReverseSets
        Of one pool.
    open_nodes : (M,) int64 array
        Who may be chosen, rising.
    count : int, in [1, M]
    degree : (N,) int64 array
        Decides where no node gains anything.

    Returns
    -------
    seeds : (count,) int64 array
    gain : (count,) float64 array
        Sets newly covered by each.
    most : float
        No `count` nodes cover more sets: the least over prefixes of what is covered plus the `count` largest gains.
    """
    from interplay.ops.coverage import best_and_rest

    cover = Cover(sets)
    gain = cover.gain[0]
    closed = np.ones(len(gain), bool)
    closed[open_nodes] = False
    seeds, gains, heap = np.empty(count, np.int64), np.empty(count), np.empty(count, np.int64)
    most = math.inf
    for k in range(count):
        best, rest = best_and_rest(gain, closed, heap)
        most = min(most, float(cover.count[0] + rest))
        if gain[best] == 0:
            best = int(np.argmax(np.where(closed, -1, degree)))
        seeds[k], gains[k] = best, gain[best]
        closed[best] = True
        cover.add(int(best))
    rest = best_and_rest(gain, closed, heap)[1]
    return seeds, gains, min(most, float(cover.count[0] + rest))
