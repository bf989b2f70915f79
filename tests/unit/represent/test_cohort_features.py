"""Features of scans that need no model."""

import numpy as np
import pytest

from interplay._core.errors import ConfigError, DataError
from interplay.data import Cohort, Units
from interplay.represent import scan_features


def cohort(directed=False):
    rng = np.random.default_rng(3)
    one, two = rng.standard_normal((20, 4)), rng.standard_normal((31, 4))
    two[:, 2], one[:, 1] = np.nan, 0.1
    w = rng.uniform(-5, 5, (4, 4))
    return Cohort.of(
        [one, two, None],
        regions=Units(n=4),
        subject=["a", "b", "c"],
        structure=[None, w if directed else w + w.T, w + w.T],
    )


def test_pairs_regions_and_weights_by_loops():
    data = cohort()
    pairs = [(i, j) for i in range(4) for j in range(i + 1, 4)]
    function = scan_features(data, "function", fisher=False)
    for s in (0, 1):
        for k, (i, j) in enumerate(pairs):
            x, y = data.scan(s)[:, i], data.scan(s)[:, j]
            alone = 1 in (i, j) if s == 0 else 2 in (i, j)
            wanted = np.nan if alone else np.corrcoef(x, y)[0, 1]
            np.testing.assert_allclose(function[s, k], wanted, rtol=1e-12, equal_nan=True)
    np.testing.assert_allclose(scan_features(data), np.arctanh(function), rtol=1e-12)
    regions = scan_features(data, "regions")
    np.testing.assert_allclose(regions[0], np.r_[data.scan(0).mean(0), data.scan(0).std(0)])
    structure = scan_features(data, "structure")
    assert structure[1].tolist() == [data.matrix(1)[p] for p in pairs]
    assert np.isnan(structure[0]).all()
    assert np.isnan(function[2]).all()
    both = scan_features(data, "both", fisher=False)
    np.testing.assert_array_equal(both, np.hstack([function, structure]))


def test_one_matrix_that_is_not_symmetric_makes_all_pairs_ordered():
    data = cohort(directed=True)
    found = scan_features(data, "structure", transform="log")
    kept = [data.matrix(1)[i, j] for i in range(4) for j in range(4) if i != j]
    np.testing.assert_allclose(found[1], [np.sign(w) * np.log10(1 + abs(w)) for w in kept])


def test_rounding_is_no_direction():
    data = cohort()
    w = np.array(data.matrix(1)) + 1e-12 * np.triu(np.ones((4, 4)))
    one = Cohort.of([None], regions=Units(n=4), subject=["a"], structure=[w])
    assert scan_features(one, "structure").shape == (1, 6)


def test_what_is_not_there_is_refused():
    with pytest.raises(DataError, match="must hold scans with structure"):
        scan_features(cohort().only("function"), "structure")
    with pytest.raises(ConfigError, match="did you mean 'function'"):
        scan_features(cohort(), "functoin")
