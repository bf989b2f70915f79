"""Bounded confidence: people listen to those who do not differ too much from themselves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from interplay._core.checks import require_setting
from interplay._core.errors import ConfigError, DataError
from interplay._core.rng import uniform
from interplay.data import Graph, TemporalGraph

Floats = NDArray[np.float64]
#: A confidence that equals a difference of decimals up to rounding includes it.
_ROUNDING = 1e-12
#: Who could still move by more than this is not settled.
SETTLED = 1e-6


@dataclass(frozen=True, eq=False)
class Listeners:
    """Who listens to whom.

    Parameters
    ----------
    n_nodes : int
    graph : Graph, TemporalGraph or None
        Edge or event i -> j: j listens to i. None: everybody listens to everybody.
    rounds : int
        Equal parts into which the span of a temporal graph is cut; not used otherwise.
    """

    n_nodes: int
    graph: Graph | TemporalGraph | None
    rounds: int = 0

    @classmethod
    def of(cls, graph: Graph | TemporalGraph | int, rounds: int | None = None) -> Listeners:
        """Check a graph, or a number of people who all know one another; `rounds` None refuses events in time."""
        if isinstance(graph, Graph) or (isinstance(graph, TemporalGraph) and rounds is not None):
            if graph.signed if isinstance(graph, Graph) else (graph.weight < 0).any():
                raise DataError(
                    "`graph` must have no negative weight for opinions. Take one `layer` of a Graph: "
                    'graph.layer("positive"), "negative" or "absolute"; leave out such events of a TemporalGraph.'
                )
            return cls(graph.n_nodes, graph, rounds or 0)
        if isinstance(graph, bool) or not isinstance(graph, int | np.integer):
            raise ConfigError(f"`graph` must be a Graph or a number of people, got {type(graph).__name__}.")
        require_setting("graph", int(graph), least=0, whole=True)
        return cls(int(graph), None)

    @cached_property
    def edges(self) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
        """Ends and weights of the entries that count: no self-loops, no zero weights."""
        assert self.graph is not None
        if isinstance(self.graph, TemporalGraph):
            src, dst, weight = self.graph.src, self.graph.dst, self.graph.weight
        else:
            src, dst, weight = self.graph.src.astype(np.int64), self.graph.target.astype(np.int64), self.graph.weights()
        keep = (src != dst) & (weight > 0)
        return src[keep], dst[keep], weight[keep]

    @cached_property
    def _bounds(self) -> NDArray[np.int64]:
        """Places of the first event of each round."""
        assert isinstance(self.graph, TemporalGraph)
        time = self.graph.time[(self.graph.src != self.graph.dst) & (self.graph.weight > 0)]
        return np.append(np.searchsorted(time, np.linspace(*self.graph.span, self.rounds + 1)[:-1]), len(time))

    @property
    def timed(self) -> bool:
        """Whether who meets when is given."""
        return isinstance(self.graph, TemporalGraph)

    def heard(self, when: int) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
        """Give the ends and weights of what is said in round `when`, from 1 on."""
        if not self.timed:
            return self.edges
        cut = slice(self._bounds[when - 1], self._bounds[when])
        src, dst, weight = self.edges
        return src[cut], dst[cut], weight[cut]

    @cached_property
    def _cumulative(self) -> Floats:
        return np.cumsum(self.edges[2])

    @property
    def empty(self) -> bool:
        """Whether nobody can meet."""
        return self.n_nodes < 2 if self.graph is None else len(self.edges[0]) == 0

    @property
    def mutual(self) -> bool:
        """Whether both who meet may move."""
        return self.graph is None or (isinstance(self.graph, Graph) and not self.graph.directed)

    def draw(self, seed: int, run: int, when: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Draw the N meetings of one round, which depend on (seed, run, round) alone; events in time are as given."""
        if self.timed:
            return self.heard(when)[:2]
        n = self.n_nodes
        chance = uniform(seed, "opinion meeting", run, when, np.arange(n))
        if self.graph is None:
            first = np.minimum((chance * n).astype(np.int64), n - 1)
            other = uniform(seed, "opinion partner", run, when, np.arange(n))
            second = np.minimum((other * (n - 1)).astype(np.int64), n - 2)
            return first, second + (second >= first)
        src, dst, _ = self.edges
        total = self._cumulative
        place = np.minimum(np.searchsorted(total, chance * total[-1], side="right"), len(src) - 1)
        return src[place], dst[place]

    def can_move(self, opinion: Floats, moves: NDArray[np.bool_], confidence: float) -> bool:
        """Tell whether somebody listens to one who differs by more than `SETTLED` and less than `confidence`."""
        if self.graph is not None:
            src, dst, _ = self.edges
            gap = np.abs(opinion[src] - opinion[dst])
            return bool(((gap > SETTLED) & (gap < confidence) & moves[dst]).any())
        order, own = np.sort(opinion), opinion[moves]
        up = np.searchsorted(order, own + confidence, "left") - np.searchsorted(order, own + SETTLED, "right")
        down = np.searchsorted(order, own - SETTLED, "left") - np.searchsorted(order, own - confidence, "right")
        return bool((up > 0).any() or (down > 0).any())


Step = Callable[[Floats, int], Floats]


@dataclass(frozen=True, kw_only=True)
class Deffuant:
    """Pairs meet at random; if they differ by less than the confidence, both come closer.

    Parameters
    ----------
    confidence : float, > 0
        In units of opinion.
    mu : float, in (0, 0.5]
        Share of the difference that each gives up; at 0.5 they meet in the middle.

    Notes
    -----
    A round is N meetings. On a graph a meeting is one of its edges, drawn in proportion to its weight; on a directed
    graph only the one the edge points at moves. Self-loops and edges of weight zero are no meetings. On a temporal
    graph the meetings of a round are its events in their order, whatever their weight; who an event points at moves.

    References
    ----------
    Deffuant, Neau, Amblard, Weisbuch (2000), Adv Complex Syst 3:87.
    """

    confidence: float = 0.2
    mu: float = 0.5

    name: ClassVar[str] = "deffuant"
    citations: ClassVar[tuple[str, ...]] = ("deffuant2000mixing",)
    draws: ClassVar[bool] = True

    def __post_init__(self) -> None:
        require_setting("confidence", self.confidence, above=0)
        require_setting("mu", self.mu, above=0, most=0.5)

    def stepper(self, listeners: Listeners, moves: NDArray[np.bool_], seed: int, run: int) -> Step:
        """Make the function that turns opinions, in place, by one round."""
        from interplay.ops.opinions import meet

        def step(opinion: Floats, when: int) -> Floats:
            first, second = listeners.draw(seed, run, when)
            meet(opinion, first, second, listeners.mutual, moves, float(self.confidence), float(self.mu))
            return opinion

        return step


@dataclass(frozen=True, kw_only=True)
class HegselmannKrause:
    """Everybody, all at once, takes the mean of those who differ by at most the confidence, oneself included.

    Parameters
    ----------
    confidence : float, > 0
        In units of opinion.

    Notes
    -----
    On a graph people hear those whose edges point at them; weights count in the mean, and one's own opinion weighs 1.
    On a temporal graph they hear the events of the round, each as often as it happens.
    Nothing is drawn: from given opinions there is one course. A difference that equals the confidence up to 1e-12
    counts as within. Without times a round that moves nobody by 1e-6 ends a run, as settled: with edges of such small
    weights that is no proof of rest. O(N log N) a round where all hear all, O(E) on a graph.

    References
    ----------
    Hegselmann, Krause (2002), JASSS 5(3):2.
    """

    confidence: float = 0.2

    name: ClassVar[str] = "hegselmann-krause"
    citations: ClassVar[tuple[str, ...]] = ("hegselmann2002opinion",)
    draws: ClassVar[bool] = False

    def __post_init__(self) -> None:
        require_setting("confidence", self.confidence, above=0)

    def stepper(self, listeners: Listeners, moves: NDArray[np.bool_], seed: int, run: int) -> Step:
        """Make the function that gives the opinions of the next round."""
        reach = float(self.confidence) + _ROUNDING

        def everybody(opinion: Floats, when: int) -> Floats:
            order = np.sort(opinion)
            low = np.searchsorted(order, opinion - reach, side="left")
            high = np.searchsorted(order, opinion + reach, side="right")
            total = np.concatenate([[0.0], np.cumsum(order)])
            return np.where(moves, (total[high] - total[low]) / (high - low), opinion)

        def neighbours(opinion: Floats, when: int) -> Floats:
            src, dst, weight = listeners.heard(when)
            heard = np.where(np.abs(opinion[src] - opinion[dst]) <= reach, weight, 0.0)
            total = opinion + np.bincount(dst, weights=heard * opinion[src], minlength=len(opinion))
            return np.where(moves, total / (1 + np.bincount(dst, weights=heard, minlength=len(opinion))), opinion)

        return everybody if listeners.graph is None else neighbours


OpinionModel = Deffuant | HegselmannKrause


def require_model(model: Any) -> None:
    """Refuse what is no opinion model."""
    if not isinstance(model, OpinionModel):
        raise ConfigError(f"`model` must be Deffuant(...) or HegselmannKrause(...), got {type(model).__name__}.")
