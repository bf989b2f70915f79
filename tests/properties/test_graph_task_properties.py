"""What disparity and link splits promise, whatever the numbers."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from interplay.data import Graph, Groups
from interplay.measures import disparity
from interplay.represent import split_links

shares = st.lists(st.floats(0, 1, width=32), min_size=1, max_size=8)
kinds = st.sampled_from(["range", "variance", "deviation", "ratio", "shortfall"])


@settings(max_examples=60, deadline=None)
@given(shares, kinds, st.randoms(use_true_random=False))
def test_disparity_is_no_less_than_zero_and_blind_to_order_and_empty_groups(values, kind, random):
    found = disparity(values, kind)
    mixed = [*values, float("nan")]
    random.shuffle(mixed)
    assert found >= 0
    assert abs(disparity(mixed, kind) - found) < 1e-9
    assert disparity([values[0]] * len(values), kind) < 1e-9


@settings(max_examples=60, deadline=None)
@given(shares, st.floats(0, 1, width=32))
def test_disparity_scales_and_ratio_does_not(values, factor):
    scaled = [factor * v for v in values]
    for kind, power in (("range", 1), ("variance", 2), ("deviation", 1), ("shortfall", 1)):
        assert abs(disparity(scaled, kind) - factor**power * disparity(values, kind)) < 1e-6
    assert disparity(values, "range") ** 2 / 4 + 1e-12 >= disparity(values, "variance")


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**31), st.booleans(), st.booleans(), st.floats(0.05, 0.6))
def test_a_split_neither_loses_nor_invents_an_edge(seed, directed, matched, share):
    rng = np.random.default_rng(seed)
    there = rng.random((24, 24)) < 0.25
    there = there if directed else np.triu(there) | np.triu(there).T
    graph = Graph.from_dense(there.astype(float), directed=directed)
    groups = Groups(code=np.arange(24) % 2, names=np.array(["a", "b"]))
    split = split_links(graph, share, groups=groups if matched else None, seed=seed % 1000)
    after = np.zeros((24, 24), bool)
    after[split.graph.src, split.graph.target] = True
    held = split.test[split.test_edge]
    after[held[:, 0], held[:, 1]] = True
    if not directed:
        after[held[:, 1], held[:, 0]] = True
    assert np.array_equal(after, there)
    none = np.concatenate([split.train[~split.train_edge], split.test[~split.test_edge]])
    assert not there[none[:, 0], none[:, 1]].any()
