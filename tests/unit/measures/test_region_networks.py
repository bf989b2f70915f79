"""Clusters of regions against the networks of an atlas."""

import numpy as np
import pytest

from interplay._core.errors import ConfigError, DataError
from interplay.measures import adjusted_mutual_information, network_agreement

GROUP = np.repeat(["a", "b", "c"], 6)


def vectors(spread, scans=3):
    rng = np.random.default_rng(0)
    return np.repeat(np.eye(3), 6, axis=0) + spread * rng.standard_normal((scans, 18, 3))


def test_planted_groups_are_found_and_random_ones_are_not():
    np.testing.assert_allclose(network_agreement(vectors(0.05), GROUP), 1.0)
    by_chance = network_agreement(np.random.default_rng(1).standard_normal((40, 18, 3)), GROUP)
    assert abs(by_chance.mean()) < 0.1


def test_by_scikit_learn():
    from sklearn.cluster import KMeans

    x = vectors(0.4, 1)
    # With many beginnings there is one best clustering, whatever they are.
    wanted = adjusted_mutual_information(
        KMeans(3, n_init=60, random_state=5).fit_predict(x[0]), np.repeat([0, 1, 2], 6)
    )
    assert network_agreement(x, GROUP, starts=60)[0] == pytest.approx(wanted)


def test_regions_that_are_missing_or_in_no_network_are_left_out():
    x = vectors(0.05)
    x[0, 3], x[1, :] = np.nan, np.nan
    x[2, 4:] = np.nan
    group = GROUP.astype("<U4")
    group[7] = ""
    x[:, 7] = 9.0
    found = network_agreement(x, group)
    assert found[0] == pytest.approx(1.0)
    assert np.isnan(found[1])
    assert np.isnan(found[2])


def test_refused():
    x = vectors(0.1)
    with pytest.raises(DataError, match="must name two networks"):
        network_agreement(x, np.full(18, "a"))
    with pytest.raises(ConfigError, match="starts"):
        network_agreement(x, GROUP, starts=0)
    x[1, 2, 0] = np.nan
    with pytest.raises(DataError, match="region 2 of scan 1"):
        network_agreement(x, GROUP)
