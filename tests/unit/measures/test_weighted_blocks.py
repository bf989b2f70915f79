"""Weighted block models against lengths from the definition and against all partitions."""

import numpy as np
import pytest
from tests.oracles import factors as oracle

from interplay._core.errors import ConfigError, DataError, NumericalError
from interplay.measures import adjusted_mutual_information, weighted_blocks
from interplay.measures.block_models import _nats, _network, _tables
from interplay.ops.block_models import move_nodes


def network(n, groups, inside, outside, law="exponential", seed=0):
    rng = np.random.Generator(np.random.Philox(seed))
    z = np.arange(n) * groups // n
    same = z[:, None] == z
    weight = {
        "exponential": rng.exponential(np.where(same, 3.0, 1.0)),
        "normal": rng.normal(np.where(same, 1.0, -1.0)),
        "log_normal": np.exp(rng.normal(np.where(same, 1.0, -1.0))),
        "poisson": 1.0 + rng.poisson(np.where(same, 5.0, 1.0)),
        "none": np.ones((n, n)),
    }[law]
    a = np.triu(np.where(rng.uniform(size=(n, n)) < np.where(same, inside, outside), weight, 0.0), 1)
    return a + a.T, z


@pytest.mark.parametrize("degrees", [False, True])
@pytest.mark.parametrize("law", ["none", "exponential", "normal", "poisson"])
def test_lengths_by_definition(law, degrees):
    a, _ = network(9, 2, 0.8, 0.4, law)
    known, constant = _network(a, law, 2 if degrees else 0)
    lengths = []
    for seed in range(6):
        labels = np.random.Generator(np.random.Philox(seed)).integers(1 + seed % 4, size=9)
        labels = np.unique(labels, return_inverse=True)[1]
        own = _nats(known, labels, flat=True) + constant
        lengths.append((own, oracle.description_length(a, labels.tolist(), law=law, degrees=degrees)))
    own, expected = np.array(lengths).T
    # What no partition changes may be left out.
    assert np.allclose(own - own[0], expected - expected[0], atol=1e-8)
    assert law == "poisson" or np.allclose(own, expected, atol=1e-8)


@pytest.mark.parametrize("seed", range(3))
def test_shortest_of_all_partitions(seed):
    a, _ = network(7, 2, 0.95, 0.15, seed=seed)
    best = min(oracle.description_length(a, p, law="exponential") for p in oracle.partitions(7))
    found = weighted_blocks(a, degree_corrected=False)
    assert oracle.description_length(a, found.labels.tolist(), law="exponential") <= best + 1e-8 or np.isclose(
        found.nats_flat, best
    )


@pytest.mark.parametrize("law", ["exponential", "normal", "log_normal", "poisson"])
def test_weights_alone_tell_groups_apart(law):
    a, z = network(40, 2, 1.0, 1.0, law)
    found = weighted_blocks(a, weights=law)
    assert adjusted_mutual_information(found.labels, z) > 0.9
    assert found.nats < found.nats_one_block


def test_no_groups_in_a_random_network():
    a, _ = network(40, 1, 0.4, 0.4)
    found = weighted_blocks(a)
    assert found.n_blocks == 1
    assert found.nats == pytest.approx(found.nats_one_block)


def test_degrees_are_told_apart_from_groups():
    rng = np.random.Generator(np.random.Philox(3))
    lively = np.where(np.arange(60) < 6, 6.0, 1.0)
    a = np.triu((rng.uniform(size=(60, 60)) < 0.04 * lively[:, None] * lively).astype(float), 1)
    assert weighted_blocks(a + a.T, weights="none", degree_corrected=True).n_blocks == 1
    assert weighted_blocks(a + a.T, weights="none", degree_corrected=False).n_blocks > 1


def test_levels_nest_and_absent_nodes_have_no_label():
    a, _ = network(48, 6, 0.9, 0.1)
    pairs = np.arange(48) // 16
    more = (pairs[:, None] == pairs) & (np.random.Generator(np.random.Philox(1)).uniform(size=(48, 48)) < 0.4)
    a = np.where(np.triu(more, 1) & (a == 0), 1.0, a)
    a = np.triu(a, 1) + np.triu(a, 1).T
    a[5], a[:, 5] = np.nan, np.nan
    found = weighted_blocks(a)
    assert found.labels[5] == -1
    for fine, coarse in zip(found.levels, found.levels[1:], strict=False):
        seen = fine >= 0
        assert all(len(set(coarse[seen][fine[seen] == b])) == 1 for b in set(fine[seen]))
        assert coarse.max() < fine.max()


def test_most_blocks_and_one_node():
    a, _ = network(30, 3, 0.9, 0.1)
    assert weighted_blocks(a, most_blocks=2).n_blocks <= 2
    assert weighted_blocks(np.zeros((1, 1))).labels.tolist() == [0]
    assert weighted_blocks(np.zeros((4, 4))).n_blocks == 1


def test_errors():
    with pytest.raises(DataError, match="weights above zero"):
        weighted_blocks(np.array([[0.0, -1.0], [-1.0, 0.0]]))
    with pytest.raises(DataError, match="whole numbers"):
        weighted_blocks(np.array([[0.0, 1.5], [1.5, 0.0]]), weights="poisson")
    with pytest.raises(DataError, match="present node"):
        weighted_blocks(np.full((2, 2), np.nan))
    with pytest.raises(ConfigError, match="exponental"):
        weighted_blocks(np.zeros((2, 2)), weights="exponental")


def test_normal_weights_may_be_shifted_and_scaled():
    rng = np.random.Generator(np.random.Philox(2))
    z = np.arange(24) // 8
    a = np.triu(rng.normal(np.where(z[:, None] == z, 1.0, 0.0), 0.2), 1)
    plain = weighted_blocks(a + a.T, weights="normal")
    assert plain.n_blocks == 3
    for moved in (a + np.triu(np.full_like(a, 1e6), 1), 1e160 * a):
        found = weighted_blocks(moved + moved.T, weights="normal")
        assert found.labels.tolist() == plain.labels.tolist()
        assert found.nats_one_block - found.nats == pytest.approx(plain.nats_one_block - plain.nats, rel=1e-6)
    alike = weighted_blocks(np.where(a + a.T != 0, 1e6 / 3, 0.0), weights="normal")
    assert alike.n_blocks == 1


def test_weights_whose_sums_overflow_are_named():
    a, _ = network(8, 2, 1.0, 1.0)
    with pytest.raises(NumericalError, match="sums are finite"), np.errstate(all="ignore"):
        weighted_blocks(np.where(a > 0, 1e308, 0.0))


@pytest.mark.parametrize("lively", [1.0, 6.0])
def test_the_shorter_of_the_two_descriptions_is_kept(lively):
    rng = np.random.Generator(np.random.Philox(3))
    rate = np.where(np.arange(40) < 5, lively, 1.0)
    a = np.triu((rng.uniform(size=(40, 40)) < 0.05 * rate[:, None] * rate).astype(float), 1)
    either, simple, degrees = (
        weighted_blocks(a + a.T, weights="none", degree_corrected=k) for k in (None, False, True)
    )
    assert simple.nats != pytest.approx(degrees.nats)
    assert either.nats == pytest.approx(min(simple.nats, degrees.nats))
    assert either.degree_corrected == (degrees.nats < simple.nats)


def test_moves_that_open_a_block_count_what_the_block_costs():
    a, _ = network(12, 2, 1.0, 1.0)
    a[0, 1:] = a[1:, 0] = 1000.0
    known, _ = _network(a, "exponential", 0)
    labels = np.zeros(12, dtype=np.int64)
    before = _nats(known, labels, flat=True)
    tables = _tables(known, labels, 2)
    gained = move_nodes(*known[:3], labels, *tables, *known[3:], True, 1, np.uint64(1))
    assert labels.max() == 1
    assert gained == pytest.approx(before - _nats(known, labels, flat=True))
