"""Simulated opinions, with seeds that hold theirs, group by group."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes, require_ids, require_setting
from interplay._core.errors import DataError
from interplay._core.provenance import digest
from interplay._core.rng import uniform
from interplay.data import Graph, Groups, TemporalGraph
from interplay.influence.comparing import join, methods_of
from interplay.influence.opinion_models import SETTLED, Deffuant, Listeners, OpinionModel, require_model
from interplay.influence.opinion_results import OpinionResult
from interplay.influence.results import ComparisonResult, SeedResult
from interplay.influence.spreading import resolve_groups

Floats = NDArray[np.float64]
#: Rounds between two looks at whether anybody can still move.
_LOOK = 10


@dataclass(frozen=True, kw_only=True)
class OpinionPlan:
    """How opinions are simulated.

    Parameters
    ----------
    model : Deffuant or HegselmannKrause
    seed_opinion : float
        What the seeds hold.
    stubborn : bool
        Whether seeds keep it for ever; else they only start from it.
    within : float, >= 0
        An opinion at most this far from `seed_opinion` counts as won.
    rounds : int, >= 0
        At most; a run ends sooner if nobody can move any more.
    runs : int, >= 1
    classes : int, >= 1
        Classes of opinion in the result's `density`.
    seed : int
    """

    model: OpinionModel = field(default_factory=Deffuant)
    seed_opinion: float = 1.0
    stubborn: bool = True
    within: float = 0.1
    rounds: int = 100
    runs: int = 20
    classes: int = 50
    seed: int = 0

    def __post_init__(self) -> None:
        require_model(self.model)
        require_setting("seed_opinion", self.seed_opinion, above=-np.inf, below=np.inf)
        require_setting("within", self.within, least=0)
        require_setting("rounds", self.rounds, least=0, whole=True)
        require_setting("runs", self.runs, least=1, whole=True)
        require_setting("classes", self.classes, least=1, whole=True)
        require_setting("seed", self.seed, least=0, whole=True)


def spread_opinions(
    graph: Graph | TemporalGraph | int,
    seeds: ArrayLike | SeedResult = (),
    *,
    plan: OpinionPlan | None = None,
    opinions: ArrayLike | None = None,
    groups: Groups | str | None = None,
) -> OpinionResult:
    """Let opinions meet, and see whom the seeds win.

    Parameters
    ----------
    graph : Graph, TemporalGraph or int
        Edge or event i -> j: j listens to i. The span of a temporal graph is cut into `rounds` equal parts, and people
        meet as its events say. A number N: everybody listens to everybody.
    seeds : (K,) int array, in [0, N), or SeedResult
        Each once; may be empty: what happens without them is the baseline.
    plan : OpinionPlan or None
        None: the defaults.
    opinions : (N,) float array or None
        Of everybody at the start, the same in every run; seeds take theirs over. None draws them uniformly from [0, 1)
        for each run.
    groups : Groups, str or None
        Of the nodes, or the name of a column of the graph's.

    Returns
    -------
    OpinionResult
        Its `spread` is a `SpreadResult`, as of a cascade.

    Raises
    ------
    DataError
        If seeds or opinions do not fit the graph, or a weight is negative.

    Notes
    -----
    Every draw is keyed by (seed, run, round, meeting) and every first opinion by (seed, run, node): other seeds, models
    or stubbornness meet the same chance, so that differences between results are paired. Opinions never leave the range
    of the first ones and `seed_opinion`. Cost: O(N) a round for Deffuant, see the model for the other.

    Examples
    --------
    >>> spread_opinions(200, [0, 1, 2]).spread.n_nodes
    200
    """
    config = OpinionPlan() if plan is None else plan
    listeners = Listeners.of(graph, config.rounds)
    n = listeners.n_nodes
    shapes = Shapes(N=n)
    chosen = shapes.array("seeds", seeds.seeds if isinstance(seeds, SeedResult) else seeds, "K", "int")
    require_ids("seeds", chosen, n, "N")
    if len(np.unique(chosen)) != len(chosen):
        raise DataError("`seeds` must name each node once, got a repeated one.")
    given = None if opinions is None else shapes.array("opinions", opinions, "N").astype(np.float64)
    parts = _grouping(graph, groups, n)
    notes = []
    runs = config.runs
    if given is not None and (listeners.timed or not config.model.draws) and runs > 1:
        runs = 1
        notes.append("nothing is drawn: one run stands for all")
    if listeners.empty:
        notes.append("nobody can meet: opinions stay")
    moves = np.ones(n, dtype=bool)
    if config.stubborn:
        moves[chosen] = False
    start = np.stack([_start(config, given, chosen, n, r) for r in range(runs)])
    tally = _Tally(config, start, parts)
    final, settled = start.copy(), np.zeros(runs, dtype=bool)
    for r in range(runs):
        final[r], settled[r] = _run(config, listeners, moves, start[r], r, tally)
    if not settled.all():
        notes.append(f"in {int((~settled).sum())} of {runs} runs opinions still moved after {config.rounds} rounds")
    count, effective = zip(*(_clusters(x, config.model.confidence / 2) for x in final), strict=True)
    return OpinionResult(
        config=config,
        made_from=digest(n if isinstance(graph, int | np.integer) else graph.digest, chosen, given, parts.digest),
        seed=config.seed,
        notes=tuple(notes),
        citations=config.model.citations,
        model=config.model.name,
        seeds=chosen,
        seed_opinion=float(config.seed_opinion),
        within=float(config.within),
        initial=start,
        final=final,
        rounds=np.arange(config.rounds + 1),
        time_s=np.linspace(*graph.span, config.rounds + 1) if isinstance(graph, TemporalGraph) else None,
        groups=parts.names,
        group_code=parts.code,
        group_sizes=parts.sizes,
        group_mean=tally.total / (runs * np.where(parts.sizes > 0, parts.sizes, np.nan)),
        group_won=tally.won / runs,
        edges=tally.edges,
        density=tally.held / max(n * runs, 1),
        clusters=np.array(count, dtype=np.int64),
        effective_clusters=np.array(effective, dtype=np.float64),
        settled=settled,
    )


def compare_opinions(
    graph: Graph | TemporalGraph | int,
    choices: Mapping[str, ArrayLike | SeedResult],
    *,
    plan: OpinionPlan | None = None,
    opinions: ArrayLike | None = None,
    groups: Groups | str | None = None,
) -> ComparisonResult:
    """Let several sets of seeds win opinions under the same chance.

    Parameters
    ----------
    graph : Graph, TemporalGraph or int
    choices : mapping of str to seeds or SeedResult
        At least one; the first is what the others are compared with. An empty set shows what happens anyway.
    plan : OpinionPlan or None
    opinions : (N,) float array or None
    groups : Groups, str or None
        All as of `spread_opinions`.

    Returns
    -------
    ComparisonResult
        As of `compare`, with shares of people won in place of shares reached.

    Raises
    ------
    DataError
        If there is nothing to compare, or an input does not fit the graph.
    """
    if not choices:
        raise DataError("`choices` must hold at least one set of seeds, got none.")
    found = [spread_opinions(graph, c, plan=plan, opinions=opinions, groups=groups).spread for c in choices.values()]
    return join(list(choices), found, methods_of(choices))


def _grouping(graph: Graph | TemporalGraph | int, groups: Groups | str | None, n: int) -> Groups:
    if isinstance(graph, Graph | TemporalGraph):
        return resolve_groups(graph, groups)
    if groups is None:
        return Groups(code=np.zeros(n, np.int64), names=np.array(["all"]))
    if not isinstance(groups, Groups) or groups.n_nodes != n:
        raise DataError(f"`groups` must be Groups of the N={n} people, got {groups!r}.")
    return groups


class _Tally:
    """Sums over runs, kept while they go, so that no course of single opinions is."""

    def __init__(self, plan: OpinionPlan, start: Floats, groups: Groups) -> None:
        low, high = (float(f(start)) if start.size else v for f, v in ((np.min, 0.0), (np.max, 1.0)))
        if low == high:
            low, high = low - 0.5, high + 0.5
        self.edges = np.linspace(low, high, plan.classes + 1)
        shape = (plan.rounds + 1, len(groups))
        self.total, self.won = np.zeros(shape), np.zeros(shape)
        self.held = np.zeros((plan.rounds + 1, plan.classes))
        self.plan, self.groups = plan, groups

    def add(self, rounds: slice, opinion: Floats) -> None:
        """Count opinions in one round, or in all that are left."""
        code, g = self.groups.code, len(self.groups)
        near = np.abs(opinion - self.plan.seed_opinion) <= self.plan.within
        self.total[rounds] += np.bincount(code, weights=opinion, minlength=g)
        self.won[rounds] += np.bincount(code[near], minlength=g)
        width = self.edges[-1] - self.edges[0]
        place = ((opinion - self.edges[0]) / width * self.plan.classes).astype(np.int64)
        # Rounding may carry an opinion past the last bound by one part in 1e16.
        place = np.minimum(np.maximum(place, 0), self.plan.classes - 1)
        self.held[rounds] += np.bincount(place, minlength=self.plan.classes)


def _start(plan: OpinionPlan, given: Floats | None, seeds: NDArray[np.int64], n: int, run: int) -> Floats:
    first = uniform(plan.seed, "first opinion", run, np.arange(n)) if given is None else given.copy()
    first[seeds] = plan.seed_opinion
    return first


def _run(
    plan: OpinionPlan, listeners: Listeners, moves: NDArray[np.bool_], start: Floats, run: int, tally: _Tally
) -> tuple[Floats, bool]:
    """Go through the rounds of one run; what is settled is not simulated on."""
    opinion = start.copy()
    tally.add(slice(0, 1), opinion)
    if listeners.empty or plan.rounds == 0:
        tally.add(slice(1, None), opinion)
        return opinion, listeners.empty or not listeners.can_move(opinion, moves, plan.model.confidence)
    step = plan.model.stepper(listeners, moves, plan.seed, run)
    for when in range(1, plan.rounds + 1):
        before = None if plan.model.draws or listeners.timed else opinion
        opinion = step(opinion, when)
        if before is not None:
            done = bool(np.abs(opinion - before).max() < SETTLED)
        else:
            done = when % _LOOK == 0 and not listeners.can_move(opinion, moves, plan.model.confidence)
        if done:
            tally.add(slice(when, None), opinion)
            return opinion, True
        tally.add(slice(when, when + 1), opinion)
    return opinion, not listeners.can_move(opinion, moves, plan.model.confidence)


def _clusters(opinion: Floats, gap: float) -> tuple[int, float]:
    """Count clusters, plainly and weighted by size."""
    if len(opinion) == 0:
        return 0, 0.0
    cuts = np.flatnonzero(np.diff(np.sort(opinion)) > gap)
    share = np.diff([0, *(cuts + 1), len(opinion)]) / len(opinion)
    return len(share), float(1 / (share**2).sum())
