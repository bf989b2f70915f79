"""Re-weightings on any network: rows sum to 1, what leaves a group is as said, scale and names do not matter."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from interplay.data import Graph, Groups
from interplay.represent import boundary_closeness, constant_weights, cross_weights, fair_weights


@st.composite
def networks(draw):
    n = draw(st.integers(1, 9))
    pairs = draw(st.sets(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), max_size=25))
    weight = draw(st.lists(st.sampled_from([0.0, 0.3, 1.0, 40.0]), min_size=len(pairs), max_size=len(pairs)))
    src, dst = np.array(sorted(pairs), dtype=int).reshape(-1, 2).T
    graph = Graph.from_edges(src, dst, weight, n_nodes=n, directed=draw(st.booleans()), repeats="sum")
    code = draw(st.lists(st.integers(0, 2), min_size=n, max_size=n))
    return graph, Groups(code=np.array(code), names=np.array(["a", "b", "c", "nobody"]))


@given(networks(), st.sampled_from([0.1, 0.5, 0.9]), st.sampled_from([0.0, 1.0, 8.0]))
@settings(max_examples=25, deadline=None)
def test_rows_and_the_mass_that_leaves(network, alpha, exponent):
    graph, groups = network
    plain = graph.to_dense()
    same = groups.code[:, None] == groups.code
    some = (plain > 0).any(axis=1)
    own, other = ((plain > 0) & same).any(axis=1), ((plain > 0) & ~same).any(axis=1)
    for found in (cross_weights(graph, groups, alpha=alpha, exponent=exponent), fair_weights(graph, groups)):
        dense = found.to_dense()
        assert np.allclose(dense.sum(axis=1), some)
        assert np.array_equal(dense > 0, plain > 0)
    dense = cross_weights(graph, groups, alpha=alpha, exponent=exponent).to_dense()
    leaving = (dense * ~same).sum(axis=1)
    assert np.allclose(leaving, np.where(other, np.where(own, alpha, 1.0), 0.0))
    for g in range(3):  # every other group that is present has the same share
        held = (dense * (groups.code == g)).sum(axis=1)
        present = ((plain > 0) * (groups.code == g)).any(axis=1) & (groups.code != g)
        count = sum(((plain > 0) * (groups.code == k)).any(axis=1) & (groups.code != k) for k in range(3))
        assert np.allclose(held[present], leaving[present] / count[present])


@given(networks())
@settings(max_examples=12, deadline=None)
def test_scale_and_names_do_not_matter(network):
    graph, groups = network
    order = np.random.Generator(np.random.Philox(graph.n_nodes)).permutation(graph.n_nodes)
    mixed, moved = graph.select(order), Groups(code=groups.code[order], names=groups.names)
    scaled = graph.with_weight(7.5 * graph.weights())
    for function in (cross_weights, fair_weights, constant_weights):
        found = function(graph, groups).to_dense()
        assert np.allclose(function(mixed, moved).to_dense(), found[np.ix_(order, order)])
        assert np.allclose(function(scaled, groups).to_dense(), found)
    near = boundary_closeness(graph, groups)
    assert np.allclose(boundary_closeness(mixed, moved), near[order])
    assert ((near >= 0) & (near <= 1 + 1e-12)).all()
