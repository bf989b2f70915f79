"""Reachability against walking every path."""

import math

import numpy as np
import pytest

from interplay._core.errors import ConfigError
from interplay._core.rng import stream
from interplay.data import TemporalGraph
from interplay.measures import reachability


def reached(events, source):
    """Earliest arrival by trying all events until nothing changes."""
    arrival, changed = {source: -1.0}, True
    while changed:
        changed = False
        for u, v, t in events:
            if u in arrival and arrival[u] < t < arrival.get(v, math.inf):
                arrival[v], changed = t, True
    return set(arrival) - {source}


@pytest.mark.parametrize("seed", range(4))
def test_against_earliest_arrivals(seed):
    rng = stream(seed, "test", "time paths")
    n = 90
    src, dst = rng.integers(0, n, (2, 140))
    time = np.sort(rng.integers(0, 40, 140)).astype(float)
    graph = TemporalGraph(src=src, dst=dst, time=time, n_nodes=n + 5, span=(0.0, 40.0))
    events = list(zip(src.tolist(), dst.tolist(), time.tolist(), strict=True))
    nodes = sorted(set(src.tolist()) | set(dst.tolist()))
    wanted = sum(len(reached(events, s)) for s in nodes) / (len(nodes) * (len(nodes) - 1))
    assert reachability(graph) == pytest.approx(wanted)
    assert 0 <= reachability(graph, n_sources=10) <= 1
    assert reachability(graph, n_sources=10, seed=3) == reachability(graph, n_sources=10, seed=3)


def test_ties_do_not_follow_each_other_and_few_nodes_have_none():
    at_once = TemporalGraph(src=[0, 1], dst=[1, 2], time=[1.0, 1.0], n_nodes=3, span=(0.0, 2.0))
    assert reachability(at_once) == pytest.approx(2 / 6)
    alone = TemporalGraph(src=[0], dst=[0], time=[1.0], n_nodes=3, span=(0.0, 2.0))
    assert math.isnan(reachability(alone))
    assert math.isnan(reachability(TemporalGraph(src=[], dst=[], time=[], n_nodes=3, span=(0.0, 2.0))))
    with pytest.raises(ConfigError, match="`n_sources` must be a whole number >= 1"):
        reachability(at_once, n_sources=0)
