"""Links, regions and alignment: what renumbering, turning, scaling and the future may not change."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.oracles import alignment as courses
from tests.oracles import links as oracle
from tests.strategies import snapshots

from interplay import measures as m
from interplay.measures import links
from interplay.stats import alignment

few = settings(max_examples=25, deadline=None)


def same(a, b):
    return np.allclose(a, b, equal_nan=True)


@few
@given(snapshots(max_size=3, max_nodes=4), st.sampled_from(sorted(links.LINK_BASELINES)), st.integers(1, 2))
def test_every_window_scores_as_loops_say(networks, name, horizon):
    found = links.evaluate_links(networks, name, horizon=horizon)
    rows = oracle.evaluate(networks, lambda k, i, j: oracle.score(name, networks, k, i, j), horizon)
    expected = np.array(rows).reshape(-1, 9)
    assert same(found.auc, expected[:, 0])
    assert same(found.average_precision, expected[:, 1])
    assert same(found.new_auc, expected[:, 2])
    assert same(found.new_average_precision, expected[:, 3])
    assert found.n_new_edges.tolist() == expected[:, 7].tolist()
    assert found.n_unseen_pairs.tolist() == expected[:, 8].tolist()


@few
@given(snapshots(max_nodes=5), st.integers(0, 2**31), st.sampled_from(sorted(links.LINK_BASELINES)))
def test_links_do_not_know_the_numbers_of_nodes(networks, seed, name):
    order = np.random.default_rng(seed).permutation(networks.n_nodes)
    a, b = (links.evaluate_links(s, name) for s in (networks, networks.select(order)))
    assert same(a.auc, b.auc)
    assert same(a.new_average_precision, b.new_average_precision)


@few
@given(
    st.lists(st.tuples(st.booleans(), st.integers(-3, 3)), max_size=12),
    st.floats(0.1, 10),
)
def test_areas_see_only_the_order_and_mirror(rows, slope):
    truth = np.array([t for t, _ in rows], dtype=bool)
    score = np.array([s for _, s in rows], dtype=float)
    assert same(links.auc(truth, score), oracle.area(truth, score))
    assert same(links.average_precision(truth, score), oracle.precision(truth, score))
    assert same(links.auc(truth, np.exp(slope * score)), links.auc(truth, score))
    assert same(links.auc(truth, -score), 1 - links.auc(truth, score))


@few
@given(st.integers(0, 2**31), st.integers(4, 10), st.integers(1, 3), st.floats(0.1, 20))
def test_regions_do_not_know_axes_or_numbers(seed, n, width, size):
    rng = np.random.default_rng(seed)
    z, group, order = rng.normal(size=(2, n, width)), rng.integers(-1, 3, n), rng.permutation(n)
    turn = np.linalg.qr(rng.normal(size=(width, width)))[0]
    moved = size * z @ turn + rng.normal(size=width)
    assert same(m.region_distances(moved, group), size * m.region_distances(z, group))
    scaled = [m.region_distances(v, group, scale="spread") for v in (moved, z)]
    assert same(*scaled)
    assert same(m.region_distances(z[:, order], group[order]), m.region_distances(z, group))
    value = m.region_silhouette(z[0], group)
    assert same(m.region_silhouette(moved[0][order], group[order]), value)
    assert np.isnan(value) or -1 <= value <= 1


@few
@given(st.integers(0, 2**31), st.integers(6, 12), st.sampled_from([-3.0, 0.5, 1e-6, 1e6]), st.floats(-5, 5))
def test_alignment_is_that_of_loops_in_any_unit(seed, n, slope, offset):
    rng = np.random.default_rng(seed)
    distance, score = rng.normal(size=n).round(1), rng.integers(0, 4, n).astype(float)
    score[0], score[1] = 0.0, 2.0
    row = alignment(distance, score, bootstrap=100).rows[0]
    r, p = courses.pvalue([distance.tolist()], score.tolist(), "two-sided")
    assert same(row.correlation, r)
    assert same(row.pvalue, p)
    turned = alignment(slope * distance + offset, score, bootstrap=100).rows[0]
    assert same(turned.correlation, np.sign(slope) * r)
