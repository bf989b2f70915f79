"""Expected reach of a set of seeds, with its standard error."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import require_ids, require_setting
from interplay._core.errors import DataError
from interplay._core.provenance import digest
from interplay.data import Graph, Groups, TemporalGraph
from interplay.influence.models import CascadeModel, IndependentCascade
from interplay.influence.results import SeedResult, SpreadResult
from interplay.influence.tally import LANES, LiveEdges, Tally, add_up, standard_error

_DEFAULT = IndependentCascade()


@dataclass(frozen=True, kw_only=True)
class Spread:
    """Settings of an estimate of reach.

    Parameters
    ----------
    model : CascadeModel
    runs : int, >= 1
        Independent cascades; with `target_error`, the most of them.
    target_error : float or None, nodes, > 0
        Stop once the standard error of the reach, and the nodes that are no seeds over the number of runs, are at most
        so great; looked at after 256 runs and whenever their number has doubled.
    seed : int, in [0, 2^64)
    course : bool
        Keep the expected reach over rounds or seconds.
    """

    model: CascadeModel = _DEFAULT
    runs: int = 10_000
    target_error: float | None = None
    seed: int = 0
    course: bool = False

    def __post_init__(self) -> None:
        require_setting("runs", self.runs, least=1, whole=True)
        require_setting("seed", self.seed, least=0, below=2**64, whole=True)
        if self.target_error is not None:
            require_setting("target_error", self.target_error, above=0)


def spread(
    graph: Graph | TemporalGraph,
    seeds: ArrayLike | SeedResult,
    *,
    model: CascadeModel = _DEFAULT,
    groups: Groups | str | None = None,
    runs: int = 10_000,
    target_error: float | None = None,
    seed: int = 0,
    jobs: int = 1,
    course: bool = False,
) -> SpreadResult:
    """Estimate whom a set of seeds reaches.

    Parameters
    ----------
    graph : Graph or TemporalGraph
        Timed events spread along time; see `IndependentCascade`.
    seeds : (K,) int array, (K,) text array of node names, or SeedResult
        Each node once. None at all reach nobody.
    model : CascadeModel
    groups : Groups, str or None
        Who belongs together, or the column of the graph that says so. None: one group "all".
    runs : int, >= 1
        Independent cascades.
    target_error : float or None, nodes
        Stop as soon as the standard error of the reach is so small, and cascades that no run has seen could hardly
        matter more; `runs` is then the most. See the notes.
    seed : int, in [0, 2^64)
        Run r of one seed has the same live edges whatever the seeds: compare sets of seeds under one `seed`.
    jobs : int, >= 1
        Threads. The result does not depend on it.
    course : bool
        Keep the expected reach over rounds or seconds.

    Returns
    -------
    SpreadResult

    Raises
    ------
    DataError
        If a seed is no node or named twice, groups do not fit, or the model cannot use the weights.
    ConfigError
        If a setting is out of range.

    Notes
    -----
    A standard error is the deviation over runs divided by sqrt(R); NaN for a single run. It knows nothing of cascades
    that are too rare for the runs. What none of R runs shows has a chance of less than 3 / R, at 95 % confidence, so it
    adds less than three times (N - K) / R nodes to the reach; with `target_error` this quotient, too, must be at most
    the target: on large networks it decides. The number of runs then depends on what was seen, which biases the reach
    down where few cascades are large: they raise the deviation that they are judged by. `notes` say where it stopped.

    Time O(runs * edges looked at); memory 57 bytes per node and thread, 16 per edge at most, and 4 G per run.

    References
    ----------
    Kempe, Kleinberg, Tardos (2003), KDD, 137.

    Examples
    --------
    >>> from interplay import Graph
    >>> chain = Graph.from_edges([0, 1], [1, 2], n_nodes=3, directed=True)
    >>> spread(chain, [0], model=IndependentCascade(probability=1.0), runs=10).reach
    3.0
    """
    require_setting("jobs", jobs, least=1, whole=True)
    config = Spread(model=model, runs=runs, target_error=target_error, seed=seed, course=course)
    nodes, grouping = seed_nodes(graph, seeds), resolve_groups(graph, groups)
    ready = model.prepare(graph)
    tally, notes = _enough(ready, nodes, grouping, config, jobs)
    made_from = digest(graph.digest, None if groups is None else grouping.digest, nodes)
    return summarise(config, nodes, grouping, tally, ready, made_from, notes)


def seed_nodes(graph: Graph | TemporalGraph, seeds: ArrayLike | SeedResult) -> NDArray[np.int64]:
    """Turn seeds into node ids, each once.

    Parameters
    ----------
    graph : Graph or TemporalGraph
    seeds : (K,) int array, (K,) text array of node names, or SeedResult

    Returns
    -------
    (K,) int64 array

    Raises
    ------
    DataError
        If a seed is no node or named twice.
    """
    given = np.asarray(seeds.seeds if isinstance(seeds, SeedResult) else seeds)
    if given.ndim != 1 or (given.size and given.dtype.kind not in "iuU"):
        raise DataError(f"`seeds` must be node ids or names, (K,), got shape {given.shape} of {given.dtype}.")
    if given.dtype.kind == "U":
        if graph.names is None:
            raise DataError("`seeds` are names, but the graph's nodes have none. Give ids.")
        place = {str(name): k for k, name in enumerate(graph.names)}
        unknown = [str(name) for name in given if str(name) not in place]
        if unknown:
            raise DataError(f"`seeds` must be names of nodes, got {unknown[0]!r}. See `graph.names`.")
        given = np.array([place[str(name)] for name in given], dtype=np.int64)
    nodes = given.astype(np.int64)
    require_ids("seeds", nodes, graph.n_nodes, "N")
    if len(np.unique(nodes)) != len(nodes):
        raise DataError("`seeds` must name each node once, got repeated nodes. Drop the repeats.")
    return nodes


def resolve_groups(graph: Graph | TemporalGraph, groups: Groups | str | None) -> Groups:
    """Find the groups of a graph's nodes.

    Parameters
    ----------
    graph : Graph or TemporalGraph
    groups : Groups, str or None
        A partition, the name of a column, or None for one group "all".

    Returns
    -------
    Groups

    Raises
    ------
    DataError
        If the column is unknown or the number of nodes differs.
    """
    if groups is None:
        return Groups(code=np.zeros(graph.n_nodes, np.int64), names=np.array(["all"]), column="all")
    if isinstance(groups, str):
        if isinstance(graph, TemporalGraph):
            raise DataError("`groups` must be a Groups for timed events, which have no node table, got a column name.")
        return graph.groups(groups)
    if groups.n_nodes != graph.n_nodes:
        raise DataError(f"`groups` must group the graph's N={graph.n_nodes} nodes, got {groups.n_nodes}.")
    return groups


def run_range(
    ready: LiveEdges, nodes: NDArray[np.int64], groups: Groups, config: Spread, first: int, runs: int, jobs: int
) -> Tally:
    """Run cascades `first` to `first + runs`, in threads; `first` must be a multiple of 64.

    Parameters
    ----------
    ready : LiveEdges
    nodes : (K,) int64 array
    groups : Groups
    config : Spread
    first, runs : int
    jobs : int

    Returns
    -------
    Tally
    """
    size = -(-runs // (jobs * LANES)) * LANES
    parts = [(first + k, min(size, runs - k)) for k in range(0, runs, max(size, 1))]

    def part(task: tuple[int, int]) -> Tally:
        return ready.run(nodes, groups.code, len(groups), config.seed, *task, config.course)

    if len(parts) == 1:
        return part(parts[0])
    with ThreadPoolExecutor(jobs) as pool:
        return add_up(list(pool.map(part, parts)))


def summarise(
    config: Spread,
    nodes: NDArray[np.int64],
    groups: Groups,
    tally: Tally,
    ready: LiveEdges,
    made_from: str,
    notes: tuple[str, ...],
) -> SpreadResult:
    """Turn sums over runs into a result.

    Parameters
    ----------
    config : Spread
    nodes : (K,) int64 array
    groups : Groups
    tally : Tally
    ready : LiveEdges
        Names the steps of the course.
    made_from : str
    notes : tuple of str

    Returns
    -------
    SpreadResult
    """
    from interplay.influence.live_edges import Rounds

    runs = len(tally.samples)
    total = tally.samples.sum(axis=1, dtype=np.int64)
    return SpreadResult(
        config=config,
        made_from=made_from,
        seed=config.seed,
        notes=notes,
        citations=config.model.citations,
        model=config.model.name,
        seeds=nodes,
        n_nodes=groups.n_nodes,
        runs=runs,
        reach=float(total.mean()),
        reach_se=float(standard_error(total)),
        node_probability=tally.node_count / runs,
        groups=groups.names,
        group_sizes=groups.sizes,
        group_reach=tally.samples.mean(axis=0),
        group_reach_se=standard_error(tally.samples),
        time=ready.times(len(tally.course)),
        course=np.cumsum(tally.course, axis=0) / runs,
        samples=tally.samples,
        clock="round" if isinstance(ready, Rounds) else "s",
    )


def _enough(
    ready: LiveEdges, nodes: NDArray[np.int64], groups: Groups, config: Spread, jobs: int
) -> tuple[Tally, tuple[str, ...]]:
    if config.target_error is None:
        return run_range(ready, nodes, groups, config, 0, config.runs, jobs), ()
    done = min(256, config.runs)
    room = len(groups.code) - len(nodes) if len(nodes) else 0
    tally = run_range(ready, nodes, groups, config, 0, done, jobs)
    while True:
        error = float(standard_error(tally.samples.sum(axis=1, dtype=np.int64)))
        unseen = room / done
        if max(error, unseen) <= config.target_error:
            return tally, (f"stopped after {done} runs, when the standard error was {error:.3g} nodes",)
        if done >= config.runs:
            note = f"all {done} runs were used and the standard error is {error:.3g}, not {config.target_error:g} nodes"
            if error <= config.target_error:
                note = (
                    f"all {done} runs were used, too few for a target of {config.target_error:g} nodes: the standard "
                    f"error is {error:.3g}, but cascades too rare to be seen could add some {unseen:.3g}"
                )
            return tally, (note,)
        more = min(done, config.runs - done)
        tally = add_up([tally, run_range(ready, nodes, groups, config, done, more, jobs)])
        done += more
