import numpy as np
import pytest
from tests.oracles import stats as oracle

from interplay._core.errors import DataError
from interplay.stats import benjamini_hochberg, holm


@pytest.mark.parametrize("name", ["benjamini_hochberg", "holm"])
def test_adjusted_pvalues_equal_the_definition(name):
    ours = {"benjamini_hochberg": benjamini_hochberg, "holm": holm}[name]
    rng = np.random.default_rng(0)
    for n in (1, 2, 7, 40):
        p = np.round(rng.random(n) ** 3, 2)
        np.testing.assert_allclose(ours(p), getattr(oracle, name)(list(p)), rtol=1e-12)


@pytest.mark.parametrize("adjust", [benjamini_hochberg, holm])
def test_nan_is_not_a_test_and_shape_is_kept(adjust):
    p = np.array([[0.01, np.nan], [0.04, 0.03]])
    out = adjust(p)
    assert out.shape == p.shape
    assert np.isnan(out[0, 1])
    np.testing.assert_allclose(out[~np.isnan(p)], adjust(p[~np.isnan(p)]))
    assert adjust([]).shape == (0,)
    assert np.isnan(adjust([np.nan])).all()


@pytest.mark.parametrize("adjust", [benjamini_hochberg, holm])
def test_values_outside_zero_to_one_are_refused(adjust):
    with pytest.raises(DataError, match=r"must lie in \[0, 1\] or be NaN, got 1\.5 at flat position 1"):
        adjust([0.2, 1.5])


def test_false_discovery_rate_is_kept_on_planted_effects():
    rng = np.random.default_rng(1)
    shares = []
    for _ in range(300):
        p = rng.random(100)
        p[:20] = rng.random(20) * 1e-3
        found = benjamini_hochberg(p) <= 0.1
        shares.append(found[20:].sum() / max(found.sum(), 1))
    assert np.mean(shares) <= 0.1
