"""What holds for every joint permutation test."""

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from interplay.stats import joint_permutation_test


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    n=st.integers(3, 9),
    k=st.integers(1, 5),
    kind=st.sampled_from(["paired", "independent"]),
    gaps=st.booleans(),
    resamples=st.sampled_from([20, 600]),
)
@example(seed=605, n=9, k=5, kind="paired", gaps=False, resamples=600)
@example(seed=93, n=8, k=2, kind="independent", gaps=False, resamples=20)
def test_corrections_only_raise_p_and_follow_the_statistic(seed, n, k, kind, gaps, resamples):
    rng = np.random.default_rng(seed)
    x, y = np.round(rng.normal(size=(2, n, k)), 1)
    if gaps:
        x[0, 0] = np.nan
    got = joint_permutation_test(x, y, kind=kind, resamples=resamples)
    there = ~np.isnan(got.pvalue)
    p, corrected, fdr, size = (v[there] for v in (got.pvalue, got.corrected, got.fdr, np.abs(got.statistic)))
    assert ((p > 0) & (p <= corrected + 1e-12) & (p <= fdr + 1e-12) & (corrected <= 1)).all()
    order = np.argsort(size)
    assert (np.diff(corrected[order]) <= 1e-12).all()
    finite = np.isfinite(
        size
    )  # two pairs that differ alike have an infinite t, which so few rows cannot make stand out
    np.testing.assert_array_equal((corrected <= 0.05 + 1e-12)[finite], (size >= got.threshold)[finite])
    # Turned round, every difference turns its sign; in other units, nothing but differences changes.
    turned = joint_permutation_test(y, x, kind=kind, resamples=resamples)
    np.testing.assert_allclose(turned.difference, -got.difference, atol=1e-12)
    scaled = joint_permutation_test(x * 1e6, y * 1e6, kind=kind, resamples=resamples)
    np.testing.assert_array_equal(scaled.pvalue, got.pvalue)
    np.testing.assert_allclose(scaled.low, got.low * 1e6, rtol=1e-6, atol=1e-3)
    if kind == "paired" or got.exact:
        np.testing.assert_array_equal(turned.corrected, got.corrected)
