"""Sliding correlation against its definition, whatever the windows and however wild the data."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.oracles import correlation as oracle

from interplay import Recording, Series
from interplay.infer import Correlation

#: Hand-picked shapes of trouble: ties, constant stretches, a large event, a large offset.
values = st.one_of(st.integers(-2, 2).map(float), st.floats(-1e3, 1e3, width=32))


@st.composite
def traces(draw):
    n_samples, n_units = draw(st.integers(6, 24)), draw(st.integers(2, 4))
    rows = draw(st.lists(st.lists(values, min_size=n_units, max_size=n_units), min_size=n_samples, max_size=n_samples))
    x = np.array(rows)
    x[:, 0] += draw(st.sampled_from([0.0, 1e6]))
    return x


@pytest.mark.parametrize("kind", ["pearson", "spearman"])
@given(x=traces(), window=st.integers(3, 6), step=st.integers(1, 8), jobs=st.sampled_from([1, 1, 2]))
@settings(max_examples=40, deadline=None)
def test_sliding_correlation_equals_direct_computation(kind, x, window, step, jobs):
    recording = Recording(traces=Series.regular(x, dt_s=1.0))
    snapshots = Correlation(kind=kind, window_s=window, step_s=step, jobs=jobs).fit(recording).snapshots
    for s in range(len(snapshots)):
        part = x[s * step : s * step + window]
        got = snapshots.matrix(s, missing=np.nan)
        for i in range(x.shape[1]):
            for j in range(x.shape[1]):
                want = getattr(oracle, kind)(part[:, i].tolist(), part[:, j].tolist()) if i != j else got[i, i]
                np.testing.assert_allclose(got[i, j], want, rtol=0, atol=1e-9 if kind == "pearson" else 1e-14)


@given(x=traces(), data=st.data())
@settings(max_examples=20, deadline=None)
def test_correlation_follows_relabelling_sign_and_unit_changes(x, data):
    order = list(data.draw(st.permutations(range(x.shape[1]))))

    def whole(values):
        recording = Recording(traces=Series.regular(values, dt_s=1.0))
        return Correlation(bounds=[recording.span]).fit(recording).snapshots.matrix(0, missing=np.nan)

    base = whole(x)
    np.testing.assert_allclose(whole(x[:, order]), base[np.ix_(order, order)], atol=1e-12)
    flip = np.ones(x.shape[1])
    flip[0] = -4.0
    np.testing.assert_allclose(whole(x * flip), base * np.outer(np.sign(flip), np.sign(flip)), atol=1e-12)
