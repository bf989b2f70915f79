"""Cascades of one estimate shared out over processes or machines."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import require_setting
from interplay._core.errors import InterplayError
from interplay._core.executor import Engine, execute
from interplay._core.provenance import digest
from interplay.data import Graph, Groups, TemporalGraph
from interplay.influence.models import CascadeModel, IndependentCascade
from interplay.influence.results import SeedResult, SpreadResult
from interplay.influence.spreading import Spread, resolve_groups, run_range, seed_nodes, summarise
from interplay.influence.tally import LANES, Tally, add_up
from interplay.io import open_graph

_DEFAULT = IndependentCascade()


def spread_sharded(
    graph: Graph | TemporalGraph | str | os.PathLike[str],
    seeds: ArrayLike | SeedResult,
    *,
    model: CascadeModel = _DEFAULT,
    groups: Groups | str | None = None,
    runs: int = 10_000,
    seed: int = 0,
    shards: int = 2,
    jobs: int = 2,
    engine: Engine = "processes",
    course: bool = False,
) -> SpreadResult:
    """Estimate whom a set of seeds reaches, with the runs shared out over workers.

    Parameters
    ----------
    graph : Graph, TemporalGraph, or path of a graph saved by `interplay.io.save_graph`
        A path is opened memory-mapped by each worker, so that those of one machine share its pages; a graph is sent to
        each shard.
    seeds, model, groups, runs, seed, course
        As of `spread`.
    shards : int, >= 1
        Parts into which the runs are cut.
    jobs : int, >= 1
        Workers at a time.
    engine : {"processes", "serial", "ray"}

    Returns
    -------
    SpreadResult
        The same bits as `spread` gives in one process.

    Raises
    ------
    InterplayError
        If a shard fails, with what it said.
    DataError, ConfigError
        As `spread`; found in this process, before a worker starts.

    Notes
    -----
    A shard sends back (N,) and (runs / shards, G) numbers. Every worker prepares the model: O(E) time, and 8 to 16
    bytes per edge where edges have chances of their own.
    """
    require_setting("shards", shards, least=1, whole=True)
    config = Spread(model=model, runs=runs, seed=seed, course=course)
    place = graph if isinstance(graph, Graph | TemporalGraph) else os.fspath(graph)
    here = _opened(place)
    nodes, grouping = seed_nodes(here, seeds), resolve_groups(here, groups)
    size = -(-runs // (shards * LANES)) * LANES
    tasks = [(place, nodes, grouping, config, k, min(size, runs - k)) for k in range(0, runs, size)]
    parts: dict[int, Tally] = {}
    for outcome in execute(_shard, tasks, jobs=jobs, engine=engine):
        if outcome.kind != "done":
            raise InterplayError(f"shard {outcome.task} of {len(tasks)} failed: {outcome.text}")
        parts[outcome.task] = Tally(*outcome.value)
    made_from = digest(here.digest, None if groups is None else grouping.digest, nodes)
    tally = add_up([parts[k] for k in range(len(tasks))])
    return summarise(config, nodes, grouping, tally, model.prepare(here), made_from, ())


def _opened(place: Graph | TemporalGraph | str) -> Graph | TemporalGraph:
    return open_graph(place) if isinstance(place, str) else place


def _shard(
    place: Any, nodes: NDArray[np.int64], groups: Groups, config: Spread, first: int, runs: int
) -> tuple[NDArray[Any], ...]:
    ready = config.model.prepare(_opened(place))
    return tuple(run_range(ready, nodes, groups, config, first, runs, 1))
