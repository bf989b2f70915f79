"""Weighted block models against lengths from the definition and against all partitions."""

import numpy as np
import pytest
from tests.oracles import factors as oracle

from interplay._core.errors import ConfigError, DataError
from interplay.measures import adjusted_mutual_information, weighted_blocks
from interplay.measures.block_models import _nats, _network


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
