"""Walk rules beside their exact transition probabilities, and at odd inputs.

Every comparison of frequencies is one chi-square test at a level of 1e-5; the seeds are fixed.
"""

import numpy as np
import pytest
from scipy.special import chdtrc
from tests.oracles import walks as oracle

from interplay._core.errors import ConfigError, DataError
from interplay.data import Graph, Groups, TemporalGraph
from interplay.ops.walks_second_order import _mark, edge_filter
from interplay.represent import (
    WALKS,
    GroupWalk,
    JumpWalk,
    LevyWalk,
    Node2VecWalk,
    RestartWalk,
    TemporalWalk,
    UniformWalk,
    WeightedWalk,
    fair_weights,
)

LEVEL = 1e-5
STATIC = {name: WALKS[name]() for name in WALKS if name != "temporal"}


def weights(directed=False, seed=3, n=9):
    """A small weighted graph with a self-loop, a triangle-rich part and a leaf."""
    rng = np.random.default_rng(seed)
    matrix = (rng.random((n, n)) < 0.45) * rng.choice([0.5, 1.0, 4.0], (n, n))
    matrix[n - 1] = matrix[:, n - 1] = 0
    matrix[n - 1, 0] = matrix[0, n - 1] = 2.0
    matrix[1, 1] = 1.0
    return matrix if directed else np.triu(matrix) + np.triu(matrix, 1).T


def graph_of(matrix, directed=False):
    groups = np.array(list("aabbbcccaab"))[: len(matrix)]
    return Graph.from_dense(matrix, directed=directed, attributes={"group": groups})


def fits(counts, expected):
    """Whether counts come from expected shares: cells of share zero are empty, the others pass a chi-square test."""
    assert counts[expected == 0].sum() == 0
    seen = expected > 0
    wanted = expected[seen] * counts.sum()
    statistic = ((counts[seen] - wanted) ** 2 / wanted).sum()
    return chdtrc(max(int(seen.sum()) - 1, 1), statistic) > LEVEL


def steps(rule, graph, n=30_000, length=4, seed=5):
    """(W, length) walks of many repetitions from all nodes."""
    starts = np.arange(n) % graph.n_nodes
    return rule.prepare(graph).walk(starts, np.arange(n) // graph.n_nodes, length, seed)


def assert_steps(walks, matrix):
    """Compare every step of every walk with a first-order matrix, row by row."""
    n = len(matrix)
    before, after = walks[:, :-1].ravel(), walks[:, 1:].ravel()
    before, after = before[after >= 0], after[after >= 0]
    counts = np.bincount(before * n + after, minlength=n * n).reshape(n, n)
    for i in range(n):
        assert fits(counts[i], matrix[i]), i


@pytest.mark.parametrize("directed", [False, True])
def test_first_order_walks_step_as_their_matrix_says(directed):
    matrix = weights(directed)
    graph = graph_of(matrix, directed)
    assert_steps(steps(WeightedWalk(), graph), oracle.first_order(matrix))
    assert_steps(steps(UniformWalk(), graph), oracle.first_order((matrix > 0) * 1.0))


@pytest.mark.parametrize(("p", "q"), [(0.5, 2.0), (4.0, 0.25), (0.1, 0.5), (50.0, 50.0), (1.0, 3.0)])
@pytest.mark.parametrize("kind", ["weighted", "plain", "directed"])
def test_second_order_walks_step_as_their_tensor_says(p, q, kind):
    matrix = weights(kind == "directed")
    if kind == "plain":
        matrix = (matrix > 0) * 1.0
    graph = graph_of(matrix, kind == "directed")
    if kind == "plain":
        graph = graph.with_weight(None)
    walks = steps(Node2VecWalk(p=p, q=q), graph, length=6)
    assert_steps(walks[:, :2], oracle.first_order(matrix))
    n = len(matrix)
    a, b, c = walks[:, 1:-2].ravel(), walks[:, 2:-1].ravel(), walks[:, 3:].ravel()
    a, b, c = (x[c >= 0] for x in (a, b, c))
    counts = np.bincount((a * n + b) * n + c, minlength=n**3).reshape(n, n, n)
    expected = oracle.second_order(matrix, p, q)
    for i, j in zip(*np.nonzero(counts.sum(2)), strict=True):
        assert fits(counts[i, j], expected[i, j]), (i, j)


@pytest.mark.parametrize("q", [0.25, 4.0])
def test_what_the_filter_mistakes_for_an_edge_is_none(q):
    """Steps to nodes that only seem joined to the one before; 4.5 standard errors, a false alarm in 150 000."""
    n = 150
    rng = np.random.default_rng(2)
    matrix = np.triu(rng.random((n, n)) < 0.08, 1)
    matrix = (matrix | matrix.T) * 1.0
    graph = Graph.from_dense(matrix, directed=False).with_weight(None)
    words = edge_filter(graph.offsets, graph.target, True)
    seems = np.zeros((n, n))
    for i in range(n):
        for j in range(n):
            k, bits = _mark.py_func(i, j, True, len(words))
            seems[i, j] = i != j and matrix[i, j] == 0 and words[k] & bits == bits
    assert seems.sum() > 50
    bias = np.where(matrix > 0, 1.0, 1 / q)
    np.fill_diagonal(bias, 1.0)
    expected = ((bias * seems) @ matrix.T) / (bias @ matrix.T)
    walks = steps(Node2VecWalk(p=1.0, q=q), graph, n=6_000, length=80)
    a, b, c = walks[:, :-2].ravel(), walks[:, 1:-1].ravel(), walks[:, 2:].ravel()
    p = expected[a, b]
    assert abs(seems[a, c].sum() - p.sum()) < 4.5 * np.sqrt((p * (1 - p)).sum())


def test_restart_and_jump_mix_the_walk_with_a_leap():
    matrix = weights()
    n = len(matrix)
    rows = oracle.first_order(matrix)
    walks = steps(JumpWalk(jump=0.3), graph_of(matrix))
    assert_steps(walks, 0.7 * rows + 0.3 / n)
    walks = RestartWalk(restart=0.3).prepare(graph_of(matrix)).walk(np.full(10_000, 4), np.arange(10_000), 5, 1)
    assert_steps(walks, 0.7 * rows + 0.3 * np.eye(n)[4])


def test_group_walk_picks_a_group_then_a_neighbour():
    matrix = weights()
    graph = graph_of(matrix)
    label = graph.attributes["group"]
    shared = np.zeros(matrix.shape)
    for i, j in zip(*np.nonzero(matrix), strict=True):
        shared[i, j] = matrix[i, j] / matrix[i, label == label[j]].sum()
    assert_steps(steps(GroupWalk(), graph), oracle.first_order(shared))
    given = GroupWalk().prepare(graph, Groups.of(label)).walk([0, 1], 0, 30, 0)
    assert np.array_equal(given, GroupWalk().prepare(graph).walk([0, 1], 0, 30, 0))
    fair = fair_weights(graph, Groups.of(label))
    assert np.array_equal(given, WeightedWalk().prepare(fair).walk([0, 1], 0, 30, 0)), "one rule, in one place"
    with pytest.raises(DataError, match="`groups` must say a group"):
        GroupWalk().prepare(graph, Groups.of(label[:-1]))
    one = GroupWalk().prepare(graph, Groups.of(np.zeros(len(matrix))))
    assert_steps(one.walk(np.arange(20_000) % 9, np.arange(20_000) // 9, 3, 0), oracle.first_order(matrix))


@pytest.mark.parametrize(("alpha", "reach"), [(2.0, None), (0.0, None), (1.0, 2)])
def test_levy_walk_leaps_by_hop_distance(alpha, reach):
    matrix = np.zeros((9, 9))
    for i, j in ((0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (1, 6), (7, 8)):
        matrix[i, j] = matrix[j, i] = 3.0
    expected = oracle.levy(matrix, alpha, np.inf if reach is None else reach)
    assert_steps(steps(LevyWalk(alpha=alpha, reach=reach), graph_of(matrix), 20_000), expected)


def test_levy_walk_lists_long_paths_and_refuses_what_no_memory_holds(monkeypatch):
    path = Graph.from_edges(np.arange(39), np.arange(1, 40), n_nodes=40, directed=False)
    walks = LevyWalk(alpha=0.0).prepare(path).walk(np.zeros(4_000, int), np.arange(4_000), 2, 0)
    assert set(walks[:, 1]) == set(range(1, 40))
    monkeypatch.setattr("interplay.represent.levy_walk.MOST_BYTES", 1000)
    with pytest.raises(DataError, match="within reach"):
        LevyWalk().prepare(path)
    LevyWalk(reach=1).prepare(path)


EVENTS = [
    (0, 1, 1.0, 1.0),
    (0, 2, 2.0, 2.0),
    (1, 2, 2.0, 1.0),
    (2, 2, 2.5, 1.0),
    (1, 0, 3.0, 1.0),
    (2, 0, 3.0, 0.5),
    (2, 1, 3.0, 0.0),
    (0, 1, 4.0, 1.0),
    (0, 2, 3.0, 1.0),
    (1, 2, 9.0, 1.0),
    (2, 0, 2.0, 1.0),
]


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"decay_s": 1.5},
        {"wait_s": 1.0},
        {"decay_s": 0.5, "wait_s": 2.0, "directed": False},
        {"strictly": False},
    ],
)
def test_temporal_walks_are_all_time_respecting_walks_with_their_probabilities(settings):
    events = sorted(EVENTS, key=lambda event: event[2])
    src, dst, time, weight = (np.array(column) for column in zip(*events, strict=True))
    graph = TemporalGraph(src=src, dst=dst, time=time, weight=weight, n_nodes=4, span=(0.0, 10.0))
    n = 20_000
    nodes, taken = TemporalWalk(**settings).prepare(graph).walk_events(np.zeros(n, int), np.arange(n), 5, 2)
    names = {"decay_s": "decay", "wait_s": "wait"}
    expected = oracle.temporal_walks(events, 0, 5, **{names.get(k, k): v for k, v in settings.items()})
    paths = [tuple(row[row >= 0]) for row in taken]
    known = {path: k for k, path in enumerate(expected)}
    counts = np.bincount([known[path] for path in paths], minlength=len(expected))
    assert sum(expected.values()) == pytest.approx(1)
    assert fits(counts, np.array(list(expected.values())))
    for row, path in zip(nodes[:50], taken[:50], strict=True):
        for here, there, event in zip(row[:-1], row[1:], path, strict=True):
            assert event < 0 or {here, there} == {src[event], dst[event]}
            assert (event < 0) == (there < 0)
    again = TemporalWalk(**settings).prepare(graph).walk(np.zeros(n, int), np.arange(n), 5, 2, jobs=2)
    assert np.array_equal(again, nodes)


def test_temporal_weights_do_not_run_out_of_digits_over_long_times():
    """Two events a second apart, after 10 000 time constants: the first is taken e times as often as the second."""
    graph = TemporalGraph(src=[0, 1, 1], dst=[1, 0, 2], time=[0.0, 9999.0, 10000.0], n_nodes=3, span=(0.0, 10001.0))
    walks = TemporalWalk(decay_s=1.0).prepare(graph).walk(np.zeros(20_000, int), np.arange(20_000), 3, 0)
    share = 1 / (1 + np.exp(-1))
    assert fits(np.bincount(walks[:, 2] == 0, minlength=2), np.array([1 - share, share]))


def test_a_longest_wait_leaves_the_shares_of_the_events_before_it():
    graph = TemporalGraph(src=[0, 1, 1, 1], dst=[1, 0, 2, 3], time=[0.0, 1.0, 2.0, 9.0], n_nodes=4, span=(0.0, 10.0))
    for decay, share in ((None, 1 / 2), (2.0, 1 / (1 + np.exp(-0.5)))):
        rule = TemporalWalk(wait_s=3.0, decay_s=decay)
        walks = rule.prepare(graph).walk(np.zeros(10_000, int), np.arange(10_000), 3, 0)
        assert fits(np.bincount(walks[:, 2], minlength=4), np.array([share, 0, 1 - share, 0]))


def test_temporal_walk_refuses_negative_weights_and_takes_no_event_at_all():
    graph = TemporalGraph(src=[0], dst=[1], time=[1.0], weight=[-1.0], n_nodes=2, span=(0.0, 2.0))
    with pytest.raises(DataError, match=r"weight\[0\]=-1.0"):
        TemporalWalk().prepare(graph)
    empty = TemporalGraph(src=[], dst=[], time=[], n_nodes=2, span=(0.0, 2.0))
    nodes, events = TemporalWalk().prepare(empty).walk_events([0, 1], 0, 3, 0)
    assert nodes.tolist() == [[0, -1, -1], [1, -1, -1]]
    assert (events == -1).all()


@pytest.mark.parametrize("name", sorted(STATIC))
def test_walks_depend_on_neither_threads_nor_batch_nor_order(name):
    graph = graph_of(weights())
    prepared = STATIC[name].prepare(graph)
    starts, repetition = np.arange(400) % 9, np.arange(400) // 9
    whole = prepared.walk(starts, repetition, 12, 7)
    assert np.array_equal(whole, prepared.walk(starts, repetition, 12, 7, jobs=3))
    order = np.random.default_rng(0).permutation(400)
    assert np.array_equal(whole[order], prepared.walk(starts[order], repetition[order], 12, 7))
    assert np.array_equal(whole[17:18], prepared.walk(starts[17:18], int(repetition[17]), 12, 7))
    assert np.array_equal(whole[:, :5], prepared.walk(starts, repetition, 5, 7))
    out = np.empty((400, 12), dtype=np.int32)
    assert prepared.walk(starts, repetition, 12, 7, out=out) is out
    assert np.array_equal(whole, out)
    assert not np.array_equal(whole, prepared.walk(starts, repetition, 12, 8))


@pytest.mark.parametrize("name", sorted(STATIC))
def test_odd_graphs(name):
    """Isolated nodes, loops, zero weights, dead ends, no edges, one node, none."""
    rule = STATIC[name]
    groups = {"group": ["a", "b", "b", "a"]}
    lone = Graph.from_edges([0, 1], [1, 1], [1.0, 2.0], n_nodes=4, directed=False, attributes=groups)
    walks = rule.prepare(lone).walk([3], 0, 6, 0)
    if name == "jump":
        assert (walks >= 0).all()
    else:
        assert walks.tolist() == [[3, -1, -1, -1, -1, -1]]
    zero = Graph.from_edges([0, 0], [1, 2], [0.0, 1.0], n_nodes=4, directed=True, attributes=groups)
    walks = rule.prepare(zero).walk(np.zeros(50, int), np.arange(50), 4, 0)
    if name == "restart":
        assert set(walks[:, 1:].ravel()) == {0, 2}
    elif name != "jump":
        assert walks.tolist() == [[0, 2, -1, -1]] * 50
    none = Graph.from_edges([], [], n_nodes=1, directed=False, attributes={"group": ["a"]})
    assert rule.prepare(none).walk([0], 0, 3, 0).tolist() == ([[0, 0, 0]] if name == "jump" else [[0, -1, -1]])
    nothing = Graph.from_edges([], [], n_nodes=0, directed=False, attributes={"group": np.empty(0, str)})
    assert rule.prepare(nothing).walk([], 0, 3, 0).shape == (0, 3)
    assert rule.prepare(lone).walk([0, 1], 0, 1, 0).tolist() == [[0], [1]]
    with pytest.raises(DataError, match="layer"):
        rule.prepare(lone.with_weight([-1.0, -1.0, 2.0]))


@pytest.mark.parametrize("rule", [WeightedWalk(), Node2VecWalk(p=1e-9, q=1e9), RestartWalk(restart=0.0), GroupWalk()])
@pytest.mark.parametrize("scale", [1.7e308, 5e-324])
def test_weights_at_the_ends_of_the_range_of_numbers(rule, scale):
    small = 1.0 if scale > 1 else scale
    groups = {"group": ["a", "b", "b", "b"]}
    hub = Graph.from_edges([0, 0, 0], [1, 2, 3], [scale, scale, small], n_nodes=4, directed=False, attributes=groups)
    walks = rule.prepare(hub).walk(np.zeros(10_000, int), np.arange(10_000), 4, 0)
    share = np.array([0, 0.5, 0.5, 0]) if scale > 1 else np.array([0, 1, 1, 1]) / 3
    assert fits(np.bincount(walks[:, 1], minlength=4), share)
    assert (walks[:, 2] == 0).all()
    if isinstance(rule, Node2VecWalk):
        assert (walks[:, 3] == walks[:, 1]).all(), "1e9 times as likely to return"


@pytest.mark.parametrize(("p", "q"), [(1e9, 1.0), (1e-9, 1.0), (1.0, 1e9), (1.0, 1e-9), (1e9, 1e9)])
def test_extreme_settings_end(p, q):
    matrix = weights()
    walks = steps(Node2VecWalk(p=p, q=q), graph_of(matrix), 2_000, length=40)
    assert (walks >= 0).all()
    if p == 1e-9:
        assert (walks[:, 2] == walks[:, 0]).all()


def test_restart_from_dead_ends_goes_home_and_jump_goes_anywhere():
    graph = Graph.from_edges([0, 1], [1, 2], n_nodes=4, directed=True)
    assert RestartWalk(restart=0.0).prepare(graph).walk([0], 0, 7, 0).tolist() == [[0, 1, 2, 0, 1, 2, 0]]
    walks = JumpWalk(jump=0.0).prepare(graph).walk(np.full(4_000, 3), np.arange(4_000), 2, 0)
    assert fits(np.bincount(walks[:, 1], minlength=4), np.full(4, 0.25))
    assert (RestartWalk(restart=1.0).prepare(graph).walk([1], 0, 4, 0) == 1).all()


def test_settings_and_arguments_are_checked():
    graph = graph_of(weights())
    prepared = UniformWalk().prepare(graph)
    for make in (
        lambda: Node2VecWalk(p=0),
        lambda: Node2VecWalk(q=-1),
        lambda: Node2VecWalk(p=np.inf),
        lambda: RestartWalk(restart=1.1),
        lambda: JumpWalk(jump=-0.1),
        lambda: LevyWalk(alpha=-1),
        lambda: LevyWalk(reach=0),
        lambda: TemporalWalk(decay_s=0),
        lambda: TemporalWalk(wait_s=-1),
        lambda: GroupWalk(p=0),
        lambda: WALKS["unifrom"],
        lambda: prepared.walk([0], 0, 0, 0),
        lambda: prepared.walk([0], 0, 3, -1),
        lambda: prepared.walk([0], 0, 3, 0, jobs=0),
        lambda: prepared.walk([0], 0, 3, 0, out=np.empty((1, 3))),
        lambda: prepared.walk([0], 0, 3, 0, out=[1]),
        lambda: prepared.walk([0], 0, 3, 0, out=np.broadcast_to(np.int32(0), (1, 3))),
        lambda: prepared.walk([0], 0, 1, 0, out=np.frombuffer(bytes(4), np.int32).reshape(1, 1)),
    ):
        with pytest.raises(ConfigError):
            make()
    with pytest.raises(DataError, match="`starts` must lie in"):
        prepared.walk([9], 0, 3, 0)
    with pytest.raises(DataError, match="`repetition` must be"):
        prepared.walk([0], -1, 3, 0)
    with pytest.raises(DataError, match="node column"):
        GroupWalk(column="colour").prepare(graph)
