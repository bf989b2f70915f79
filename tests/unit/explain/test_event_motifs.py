import numpy as np
import pytest
from tests.oracles import event_motifs as oracle

from interplay._core.errors import DataError
from interplay.data import TemporalGraph
from interplay.explain import MOTIF_CLASSES, MotifSampler, shuffled_times


def graph_of(rows, n_nodes=6, **more):
    src, dst, time = (np.array(x) for x in zip(*rows, strict=True)) if rows else (np.empty(0, int),) * 3
    return TemporalGraph.from_events(src, dst, time.astype(float), n_nodes=n_nodes, span=(-1.0, 1e10), **more)


def drawn(seed, events=25, nodes=5, times=12):
    r = np.random.default_rng(seed)
    return graph_of(np.stack([r.integers(0, top, events) for top in (nodes, nodes, times)], 1).tolist())


@pytest.mark.parametrize(("seed", "horizon"), [(0, None), (1, None), (2, 1), (3, 2), (4, 3)])
def test_every_walk_is_one_that_may_be_and_comes_as_often_as_it_should(seed, horizon):
    graph = drawn(seed)
    one = len(graph) - 1 - seed
    root = int(graph.src[one])
    walks, classes = oracle.distribution(graph, root, one, horizon)
    many = 4000
    found = MotifSampler(graph, seed, horizon).sample([root], [[one]], [7], walks=many)
    seen = {}
    for first, two, three in found.event[0]:
        assert first == one
        pair = (None if two < 0 else int(two), None if three < 0 else int(three))
        seen[pair] = seen.get(pair, 0) + 1
    assert set(seen) <= set(walks)
    for pair, chance in walks.items():
        spread = np.sqrt(many * float(chance) * (1 - float(chance))) + 1
        assert abs(seen.get(pair, 0) - many * float(chance)) < 5 * spread
    shares = np.bincount(found.kind[0], minlength=13) / many
    for kind in range(13):
        assert shares[kind] == pytest.approx(float(classes.get(kind, 0)), abs=0.04)


def test_classes_of_every_walk_by_sets_of_nodes():
    graph = drawn(5, events=60)
    sampler = MotifSampler(graph)
    roots = np.concatenate([graph.src, graph.dst])
    found = sampler.sample(roots, sampler.starts(roots, np.tile(graph.time, 2), 4), np.arange(len(roots)), walks=2)
    for root, events, kinds in zip(roots, found.event, found.kind, strict=True):
        for walk, kind in zip(events, kinds, strict=True):
            if walk[0] < 0:
                assert kind == -1
                continue
            times = graph.time[walk[walk >= 0]]
            assert (np.diff(times) < 0).all()
            one, two, three = (None if e < 0 else int(e) for e in walk)
            assert kind == oracle.name(graph, int(root), one, two, three)
    assert set(found.kind.ravel()) == set(range(-1, 13))


def test_a_complete_triangle_in_time():
    graph = graph_of([(0, 1, 1), (1, 2, 2), (0, 2, 3)])
    # From 0, back along 0-2: the event before is 1-2, which goes on from the partner, and 0-1 closes root and third.
    found = MotifSampler(graph).sample([0], [[2]], [0], walks=50)
    onward = found.event[0, :, 1] == 1
    assert set(found.kind[0][onward]) == {MOTIF_CLASSES.index("partner and a third; root and the third")}
    assert set(found.kind[0][~onward]) == {MOTIF_CLASSES.index("root and a third; nothing before")}
    assert 10 < onward.sum() < 40


def test_starts_are_the_last_events_strictly_before():
    graph = graph_of([(0, 1, 1), (0, 2, 2), (3, 0, 2), (0, 4, 5), (0, 0, 6)])
    starts = MotifSampler(graph).starts([0, 0, 5, 0], [5.0, 2.0, 9.0, 9.0], 3)
    assert starts.tolist() == [[2, 1, 0], [0, -1, -1], [-1, -1, -1], [4, 3, 2]]


def test_ties_loops_and_nothing():
    tied = graph_of([(0, 1, 4), (1, 2, 4), (0, 2, 4)])
    assert MotifSampler(tied).sample([0], [[2]], [0]).event.tolist() == [[[2, -1, -1]]]
    loop = graph_of([(0, 1, 1), (1, 1, 2), (0, 0, 3)])
    found = MotifSampler(loop).sample([0], [[2]], [0])
    assert found.kind.tolist() == [[12]]
    empty = MotifSampler(graph_of([]))
    assert empty.starts([0], [3.0], 2).tolist() == [[-1, -1]]
    assert empty.sample([0], [[-1, -1]], [0]).kind.tolist() == [[-1, -1]]
    assert empty.shares() == pytest.approx(np.full(13, 1 / 13))
    with pytest.raises(DataError, match="touch"):
        MotifSampler(tied).sample([0], [[1]], [0])
    with pytest.raises(DataError, match="below E=3"):
        MotifSampler(tied).sample([0], [[3]], [0])


def test_same_seed_same_walks_whatever_stands_beside():
    graph = drawn(2, events=80)
    sampler = MotifSampler(graph, seed=3)
    roots = graph.src[-6:]
    starts = sampler.starts(roots, graph.time[-6:], 4)
    whole = sampler.sample(roots, starts, np.arange(6), walks=3)
    part = sampler.sample(roots[2:4], starts[2:4], [2, 3], walks=3)
    assert (whole.event[2:4] == part.event).all()
    assert (MotifSampler(graph, seed=4).sample(roots, starts, np.arange(6), walks=3).event != whole.event).any()


def test_shuffled_times_keep_pairs_and_what_they_bring():
    graph = graph_of([(0, 1, 1), (1, 2, 2), (0, 2, 3), (3, 4, 9)], features=np.arange(4.0)[:, None])
    other = shuffled_times(graph, seed=1)
    assert (other.time == graph.time).all()
    rows = {(int(a), int(b), float(f)) for a, b, f in zip(other.src, other.dst, other.features[:, 0], strict=True)}
    assert rows == {(0, 1, 0.0), (1, 2, 1.0), (0, 2, 2.0), (3, 4, 3.0)}


def test_order_shows_against_shuffled_times():
    # a and b always meet before b and c: from a-b back to a b-c, and on to an a-b before that, is no way.
    rows = [(3 * k, 3 * k + 1, 10 * k + i) for k in range(40) for i in range(3)]
    rows += [(3 * k + 1, 3 * k + 2, 10 * k + 5 + i) for k in range(40) for i in range(3)]
    graph = graph_of(rows, n_nodes=120)
    kind = MOTIF_CLASSES.index("partner and a third; root and partner")
    assert MotifSampler(shuffled_times(graph)).shares()[kind] > 10 * MotifSampler(graph).shares()[kind]
