"""More seeds never reach fewer nodes, run by run; certain edges reach what is connected."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from interplay import Graph, TemporalGraph
from interplay.influence import SI, SIR, IndependentCascade, LinearThreshold, spread

N = 12


@st.composite
def networks(draw):
    m = draw(st.integers(0, 40))
    pairs = draw(st.lists(st.tuples(st.integers(0, N - 1), st.integers(0, N - 1)), min_size=m, max_size=m, unique=True))
    weight = draw(st.lists(st.sampled_from([0.0, 0.2, 0.9]), min_size=len(pairs), max_size=len(pairs)))
    src, dst = np.array(pairs, dtype=int).reshape(-1, 2).T
    return Graph.from_edges(src, dst, weight, n_nodes=N, directed=True)


MODELS = [
    IndependentCascade(probability=0.02),
    IndependentCascade(probability=0.5),
    IndependentCascade(probability="weight"),
    LinearThreshold(),
    SI(),
    SIR(),
]


@settings(max_examples=40, deadline=None)
@given(graph=networks(), model=st.sampled_from(MODELS), order=st.permutations(range(N)), size=st.integers(0, N))
def test_more_seeds_reach_more_in_every_run(graph, model, order, size):
    few = spread(graph, order[: size // 2], model=model, runs=130)
    many = spread(graph, order[:size], model=model, runs=130)
    assert (many.samples >= few.samples).all()
    assert (many.node_probability >= few.node_probability - 1e-12).all()
    assert (many.samples >= size).all()


@settings(max_examples=25, deadline=None)
@given(graph=networks(), seed=st.integers(0, N - 1))
def test_certain_edges_reach_what_can_be_reached(graph, seed):
    near = (graph.to_dense() > 0).astype(int) + np.eye(N, dtype=int)
    reachable = np.linalg.matrix_power(near, N)[seed] > 0
    found = spread(graph, [seed], model=IndependentCascade(probability=1.0), runs=65)
    assert np.array_equal(found.node_probability, reachable.astype(float))


@settings(max_examples=25, deadline=None)
@given(graph=networks(), data=st.data())
def test_events_reach_no_more_than_their_network(graph, data):
    time = data.draw(st.lists(st.integers(0, 5), min_size=len(graph.target), max_size=len(graph.target)))
    events = TemporalGraph.from_events(graph.src, graph.target, time, graph.weights(), n_nodes=N, span=(0, 6))
    certain = IndependentCascade(probability=1.0)
    timed = spread(events, [0], model=certain, runs=3)
    assert (timed.node_probability <= spread(graph, [0], model=certain, runs=3).node_probability).all()
