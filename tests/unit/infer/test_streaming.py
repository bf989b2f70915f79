"""Correlation one sample at a time: equal to the batch, bounded, and defined on odd samples."""

import pickle

import numpy as np
import pytest
from tests.oracles import couplings as oracle

from interplay import Recording, Series
from interplay._core.errors import ConfigError, DataError
from interplay.infer import Correlation, CorrelationStream


def samples(seed=0, n_samples=700):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n_samples, 6))
    x[:, 1] += np.cumsum(rng.normal(size=n_samples))
    x[:, 2] += 1e6
    x[150, 3] += 1e6
    x[300:420, 4] *= 1e-7
    x[200:260, 0] = 3.0
    x[500, 2] = np.nan
    return x


def run(stream, x):
    state = stream.init()
    for row in x:
        state, out = stream.step(state, row)
        yield out


def test_a_sliding_stream_equals_the_batch():
    x = samples()
    batch = Correlation(window_s=40, step_s=1).iterate(Recording(traces=Series.regular(x, dt_s=1.0)))
    for t, out in enumerate(run(CorrelationStream(n_units=6, window=40), x)):
        if t < 39:
            assert not out.present.any()
            assert np.isnan(out.weight).all()
            continue
        _, row = next(batch)
        np.testing.assert_array_equal(out.present, row.present)
        np.testing.assert_allclose(out.weight, row.weight, atol=1e-10)


def test_a_fading_stream_equals_weighted_correlation():
    x = samples(1)[:150]
    x[20:40, 1] = np.nan
    x[148, 5] = np.nan
    outs = list(run(CorrelationStream(n_units=6, half_life=20.0), x))
    for t in (30, 149):
        weight = 2.0 ** (-np.arange(t, -1, -1.0) / 20.0)
        for i in range(6):
            for j in range(i + 1, 6):
                expected = oracle.weighted_correlation(x[: t + 1, i], x[: t + 1, j], weight)
                assert outs[t].matrix()[i, j] == pytest.approx(expected, abs=1e-9)


def test_memory_is_bounded_and_a_state_can_be_saved():
    stream, x = CorrelationStream(n_units=6, window=30), samples(2)
    state = stream.init()
    size = sum(a.nbytes for a in state.arrays.values())
    for row in x[:200]:
        state, _ = stream.step(state, row)
    assert sum(a.nbytes for a in state.arrays.values()) == size
    kept, thawed = state.copy(), pickle.loads(pickle.dumps(state))
    _, first = stream.step(state, x[200])
    for other in (kept, thawed):
        _, again = stream.step(other, x[200])
        np.testing.assert_array_equal(first.weight, again.weight)


def test_constant_and_missing_units_are_absent():
    x = np.random.default_rng(3).normal(size=(20, 3))
    x[:, 1] = 7.0
    x[12, 2] = np.nan
    for stream in (CorrelationStream(n_units=3, window=5), CorrelationStream(n_units=3, half_life=5)):
        out = list(run(stream, x))[13]
        assert out.present.tolist() == [True, False, stream.window is None]
        assert np.isnan(out.weight[0])
        assert np.isnan(out.weight[1]) == (stream.window is not None)
    (out,) = run(CorrelationStream(n_units=1, window=5), [[1.0]])
    assert len(out.weight) == 0


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"n_units": 0, "window": 5}, "`n_units` must be"),
        ({"n_units": 2}, "exactly one of `window` and `half_life`"),
        ({"n_units": 2, "window": 5, "half_life": 3}, "exactly one of `window` and `half_life`"),
        ({"n_units": 2, "window": 2}, "`window` must be"),
        ({"n_units": 2, "half_life": 0}, "`half_life` must be > 0"),
    ],
)
def test_messages_of_settings(settings, message):
    with pytest.raises(ConfigError, match=message):
        CorrelationStream(**settings)


def test_messages_of_samples():
    stream = CorrelationStream(n_units=2, window=5)
    with pytest.raises(DataError, match="`x` must have shape"):
        stream.step(stream.init(), [1.0])
    with pytest.raises(DataError, match="`x` must be finite or NaN"):
        stream.step(stream.init(), [1.0, np.inf])
    with pytest.raises(DataError, match="`state` must be of this stream"):
        stream.step(CorrelationStream(n_units=2, window=6).init(), [1.0, 2.0])
    with pytest.raises(DataError, match="`state` must be of this stream"):
        stream.step(CorrelationStream(n_units=2, half_life=6).init(), [1.0, 2.0])
