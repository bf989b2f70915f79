"""Regions among vectors: loops, what may not matter, and the cases that have no answer."""

import warnings

import numpy as np
import pytest
from tests.oracles import regions as oracle

from interplay import measures as m
from interplay._core.errors import ConfigError, DataError

GROUP = np.array(["b", "a", "", "b", "c", "a", "b", "c", "a"])


def cloud(seed=0, n=9, d=3):
    return np.random.default_rng(seed).normal(size=(n, d))


@pytest.mark.parametrize("seed", range(3))
def test_silhouette_equals_its_definition(seed):
    x = cloud(seed)
    assert m.region_silhouette(x, GROUP) == pytest.approx(oracle.silhouette(x, GROUP.tolist()))
    alone = GROUP.copy()
    alone[4] = "d"
    assert m.region_silhouette(x, alone) == pytest.approx(oracle.silhouette(x, alone.tolist()))


def test_numbers_name_regions_as_text_does():
    number = np.array([1, 0, -1, 1, 2, 0, 1, 2, 0])
    x = cloud()
    assert m.region_silhouette(x, number) == m.region_silhouette(x, GROUP)
    assert m.region_agreement(x, number) == m.region_agreement(x, GROUP)
    assert np.array_equal(m.region_distances(x[None], number), m.region_distances(x[None], GROUP))
    assert m.region_names(number) == ("0", "1", "2")
    assert m.region_names(GROUP) == ("a", "b", "c")


@pytest.mark.parametrize("scale", ["none", "spread"])
def test_distances_equal_loops(scale):
    rng = np.random.default_rng(0)
    z, present = rng.normal(size=(4, 9, 2)), np.ones((4, 9), bool)
    present[0, [0, 5]] = present[3, 2] = False
    present[1, [4, 7]] = False  # no "c"
    hidden = np.where(present[:, :, None], z, np.nan)
    found = m.region_distances(hidden, GROUP, present=present, scale=scale)
    expected = oracle.distances(z, GROUP.tolist(), present, spread=scale == "spread")
    assert found == pytest.approx(np.array(expected), nan_ok=True)
    assert np.isnan(found[1, 2]).all()


def test_turning_moving_renumbering_and_scaling():
    rng = np.random.default_rng(1)
    z, order = rng.normal(size=(3, 9, 4)), rng.permutation(9)
    turn = np.linalg.qr(rng.normal(size=(4, 4)))[0]
    here = m.region_distances(z, GROUP)
    assert m.region_distances(z @ turn + rng.normal(size=(3, 1, 4)), GROUP) == pytest.approx(here)
    assert m.region_distances(z[:, order], GROUP[order]) == pytest.approx(here)
    assert m.region_distances(2 * z, GROUP) == pytest.approx(2 * here)
    free = m.region_distances(z, GROUP, scale="spread")
    assert m.region_distances(7 * z, GROUP, scale="spread") == pytest.approx(free)
    assert here == pytest.approx(here.transpose(0, 2, 1))
    assert (np.diagonal(here, axis1=1, axis2=2) == 0).all()
    for measure in (m.region_silhouette, m.region_agreement):
        assert measure(z[0, order], GROUP[order]) == pytest.approx(measure(z[0], GROUP))
    assert m.region_silhouette(3 * z[0] @ turn + 5, GROUP) == pytest.approx(m.region_silhouette(z[0], GROUP))


def test_planted_regions_are_found_and_chance_is_near_nothing():
    rng = np.random.default_rng(2)
    group = np.repeat(["a", "b", "c"], 20)
    planted = rng.normal(size=(60, 2)) * 0.1 + np.repeat(np.eye(3)[:, :2] * 5, 20, axis=0)
    assert m.region_silhouette(planted, group) > 0.9
    assert m.region_agreement(planted, group) == pytest.approx(1)
    noise = [m.region_agreement(rng.normal(size=(60, 2)), group) for _ in range(15)]
    assert abs(np.mean(noise)) < 0.04
    assert -0.1 < np.mean([m.region_silhouette(rng.normal(size=(60, 2)), group) for _ in range(15)]) < 0


def test_clustering_is_seeded_and_leaves_global_state_alone():
    x = cloud(3, 60, 5)
    group = np.repeat(["a", "b", "c", "d"], 15)
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    values = [m.region_agreement(x, group, seed=s) for s in (0, 0, 1, 2, 3)]
    assert np.array_equal(before, np.random.get_state()[1])  # noqa: NPY002
    assert values[0] == values[1]
    assert len(set(values)) > 1


def test_cases_without_an_answer():
    x = cloud()
    assert np.isnan(m.region_silhouette(x, ["a"] * 9))
    assert np.isnan(m.region_agreement(x, ["a"] * 9))
    assert np.isnan(m.region_silhouette(x, [str(k) for k in range(9)]))
    assert np.isnan(m.region_silhouette(x, [""] * 9))
    assert np.isnan(m.region_silhouette(np.empty((0, 2)), np.array([], dtype=str)))
    assert m.region_silhouette(np.ones((9, 2)), GROUP) == 0
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert m.region_agreement(np.ones((9, 2)), GROUP) == 0
        two = np.where(GROUP == "a", 1.0, 0.0)[:, None]
        assert 0 < m.region_agreement(two, GROUP) < 1
        assert m.region_agreement(np.searchsorted(["a", "b", "c"], GROUP)[:, None] * 1.0, GROUP) == pytest.approx(1)
    still = m.region_distances(np.ones((2, 9, 3)), GROUP)
    assert (still == 0).all()
    assert np.isnan(m.region_distances(np.ones((2, 9, 3)), GROUP, scale="spread")).all()
    assert m.region_distances(np.ones((2, 9, 3)), [""] * 9).shape == (2, 0, 0)
    assert m.region_distances(np.empty((0, 9, 3)), GROUP).shape == (0, 3, 3)
    assert np.isnan(m.region_distances(np.ones((1, 9, 3)), GROUP, present=np.zeros((1, 9), bool))).all()


def test_errors():
    z = np.ones((2, 9, 3))
    z[1, 4] = np.nan
    with pytest.raises(DataError, match="unit 4 in window 1 is not, and 1 in all"):
        m.region_distances(z, GROUP)
    with pytest.raises(ConfigError, match="`scale`"):
        m.region_distances(z, GROUP, scale="sread")
    with pytest.raises(DataError, match=r"`group` must have shape \(N=9\)"):
        m.region_silhouette(cloud(), GROUP[:5])
    with pytest.raises(DataError, match="`vectors` must be finite"):
        m.region_agreement(z[1], GROUP)
    with pytest.raises(DataError, match="at least one column"):
        m.region_silhouette(np.empty((9, 0)), GROUP)


@pytest.mark.peer
def test_scikit_learn_agrees():
    metrics = pytest.importorskip("sklearn.metrics", reason="scikit-learn is not installed")
    rng = np.random.default_rng(4)
    group = rng.choice(["a", "b", "c", "d"], 70)
    group[0] = "alone"
    x = rng.normal(size=(70, 5))
    assert m.region_silhouette(x, group) == pytest.approx(metrics.silhouette_score(x, group), abs=1e-12)
