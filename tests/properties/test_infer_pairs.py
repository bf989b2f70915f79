"""What no measure of pairs of series may depend on: units of measure, names, and when a stream was started."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interplay import Recording, Series
from interplay.infer import (
    Coherence,
    CorrelationStream,
    Granger,
    MutualInformation,
    PartialCorrelation,
    PhaseLocking,
    SpikingProbability,
    TransferEntropy,
)

METHODS = [
    PartialCorrelation,
    Coherence,
    PhaseLocking,
    Granger,
    lambda **window: Granger(conditional=False, order=2, **window),
    lambda **window: PhaseLocking(kind="debiased_wpli", **window),
    lambda **window: SpikingProbability(bin_s=None, surround=(3,), observed=(2,), max_delay=5, **window),
    lambda **window: TransferEntropy(source_history=2, **window),
    lambda **window: TransferEntropy(selection="greedy", **window),
    lambda **window: MutualInformation(estimator="plug-in", **window),
]


def fitted(method, x):
    return method(window_s=len(x), step_s=len(x)).fit(Recording(traces=Series.regular(x, dt_s=1.0))).snapshots


@pytest.mark.parametrize("method", METHODS)
@given(seed=st.integers(0, 2**20), scale=st.floats(1e-6, 1e6), offset=st.floats(-1e3, 1e3))
@settings(max_examples=3, deadline=None)
def test_scale_offset_and_names_of_units_do_not_matter(method, seed, scale, offset):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(90, 4))
    order = rng.permutation(4)
    plain = fitted(method, x)
    moved = fitted(method, (scale * (x + offset))[:, order])
    back = np.argsort(order)
    np.testing.assert_allclose(moved.matrix(0)[np.ix_(back, back)], plain.matrix(0), atol=1e-7)
    if plain.pvalues is not None:
        found = moved.dense_pvalues()[0][np.ix_(back, back)]
        np.testing.assert_allclose(found, plain.dense_pvalues()[0], atol=1e-5)


@given(seed=st.integers(0, 2**20), window=st.integers(3, 30), before=st.integers(0, 400))
@settings(max_examples=10, deadline=None)
def test_a_sliding_stream_forgets_what_has_left(seed, window, before):
    rng = np.random.default_rng(seed)
    stream, last = CorrelationStream(n_units=3, window=window), rng.normal(size=(window, 3))
    outs = []
    for past in (np.zeros((0, 3)), 1e3 * rng.normal(size=(before, 3))):
        state = stream.init()
        for row in np.concatenate([past, last]):
            state, out = stream.step(state, row)
        outs.append(out)
    assert outs[0].present.all()
    assert outs[1].present.all()
    np.testing.assert_allclose(outs[0].weight, outs[1].weight, atol=1e-8)
