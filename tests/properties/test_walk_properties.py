"""What holds for walks on any graph."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from interplay.data import Graph, TemporalGraph
from interplay.represent import WALKS, TemporalWalk, WalkCorpus

RULES = ("uniform", "weighted", "node2vec", "group")


@st.composite
def graphs(draw):
    n = draw(st.integers(1, 8))
    directed = draw(st.booleans())
    pairs = draw(st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), max_size=14))
    if not directed:
        pairs = [tuple(sorted(pair)) for pair in pairs]
    pairs = sorted(set(pairs))
    weight = draw(st.lists(st.sampled_from([0.0, 1e-6, 1.0, 5.0]), min_size=len(pairs), max_size=len(pairs)))
    src, dst = (np.array([pair[k] for pair in pairs], dtype=int) for k in (0, 1))
    group = np.array(draw(st.lists(st.sampled_from("abc"), min_size=n, max_size=n)))
    return Graph.from_edges(src, dst, weight, n_nodes=n, directed=directed, attributes={"group": group})


@settings(max_examples=40, deadline=None)
@given(graph=graphs(), rule=st.sampled_from(RULES), p=st.sampled_from([0.1, 1.0, 30.0]), q=st.sampled_from([0.1, 9.0]))
def test_walks_follow_edges_that_weigh_something_until_they_cannot(graph, rule, p, q):
    made = WALKS[rule](p=p, q=q) if rule in ("node2vec", "group") else WALKS[rule]()
    matrix = graph.to_dense()
    for block in WalkCorpus(graph, made, walks=2, length=6, block=5, seed=1):
        for walk in block:
            known = walk[walk >= 0]
            assert (walk[len(known) :] == -1).all()
            assert (matrix[known[:-1], known[1:]] > 0).all()
            assert len(known) == 6 or not (matrix[known[-1]] > 0).any()


@settings(max_examples=25, deadline=None)
@given(
    events=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(0, 6)), max_size=12),
    directed=st.booleans(),
    wait=st.sampled_from([None, 0.0, 2.0]),
    strictly=st.booleans(),
)
def test_temporal_walks_go_forwards_in_time(events, directed, wait, strictly):
    src, dst, time = (np.array([event[k] for event in events], dtype=int) for k in range(3))
    graph = TemporalGraph.from_events(src, dst, time.astype(float), n_nodes=5, span=(0.0, 7.0))
    rule = TemporalWalk(directed=directed, wait_s=wait, strictly=strictly, decay_s=0.5)
    nodes, taken = rule.prepare(graph).walk_events(np.arange(5), 0, 6, 3)
    for walk, path in zip(nodes, taken, strict=True):
        steps = path[path >= 0]
        gaps = np.diff(graph.time[steps])
        assert (gaps > 0).all() if strictly else (gaps >= 0).all()
        assert wait is None or (gaps <= wait).all()
        for here, there, event in zip(walk[:-1], walk[1:], steps, strict=False):
            ends = graph.src[event], graph.dst[event]
            assert ends == (here, there) or (not directed and ends == (there, here))
    blocks = list(WalkCorpus(graph, rule, walks=1, length=6, seed=3, shuffle=False))
    assert np.array_equal(np.concatenate(blocks), nodes)
