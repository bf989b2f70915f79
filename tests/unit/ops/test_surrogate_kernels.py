"""Surrogate trains against their definitions, and the properties each promises to keep."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.oracles import surrogates as oracle

from interplay import Events
from interplay._core.errors import ConfigError
from interplay.ops.surrogates import circular_shift, interval_jitter, uniform_dither

SPAN = (10.0, 13.7)
METHODS = {
    "shift": (circular_shift, oracle.circular_shift, {}),
    "jitter": (interval_jitter, oracle.interval_jitter, {"width_s": 0.5}),
    "dither": (uniform_dither, oracle.uniform_dither, {"reach_s": 0.3}),
}
times_in_span = st.lists(st.floats(SPAN[0], SPAN[1], exclude_max=True, width=64), max_size=12)


def on_circle(times):
    """Phases in turns: going round the edge may put a spike at either end of the span by one rounding."""
    return np.sort(np.round((np.asarray(times) - SPAN[0]) / (SPAN[1] - SPAN[0]), 9) % 1)


@pytest.mark.parametrize("method", METHODS)
@given(trains=st.lists(times_in_span, min_size=1, max_size=4), index=st.integers(0, 1000))
@settings(max_examples=40, deadline=None)
def test_surrogates_follow_their_definition(method, trains, index):
    compiled, slow, options = METHODS[method]
    times, pointer = Events.from_trains(trains, span=SPAN).by_unit()
    out = compiled(times, pointer, *SPAN, seed=5, index=index, **options)
    want = slow([sorted(t) for t in trains], *SPAN, seed=5, index=index, **options)
    for i, train in enumerate(want):
        mine = out[pointer[i] : pointer[i + 1]]
        assert (np.diff(mine) >= 0).all()
        assert ((mine >= SPAN[0]) & (mine < SPAN[1])).all()
        if method == "shift":
            np.testing.assert_allclose(on_circle(mine), on_circle(train), atol=2e-9)
        else:
            np.testing.assert_allclose(mine, train, atol=1e-9)


@given(train=times_in_span, width=st.floats(1e-3, 5.0), seed=st.integers(0, 100))
@settings(max_examples=40, deadline=None)
def test_interval_jitter_keeps_every_count(train, width, seed):
    times, pointer = Events.from_trains([train], span=SPAN).by_unit()
    out = interval_jitter(times, pointer, *SPAN, width_s=width, seed=seed, index=0)
    edges = SPAN[0] + width * np.arange(int(np.ceil((SPAN[1] - SPAN[0]) / width)) + 2)
    before, after = (np.searchsorted(x, edges) for x in (times, out))
    np.testing.assert_array_equal(before, after)


def test_a_surrogate_ignores_other_units():
    rng = np.random.default_rng(0)
    trains = [np.sort(rng.uniform(*SPAN, 20)) for _ in range(3)]
    for compiled, _, options in METHODS.values():
        times, pointer = Events.from_trains(trains, span=SPAN).by_unit()
        few, fewer = Events.from_trains(trains[:1], span=SPAN).by_unit()
        all_units = compiled(times, pointer, *SPAN, seed=1, index=4, **options)
        one_unit = compiled(few, fewer, *SPAN, seed=1, index=4, **options)
        np.testing.assert_array_equal(all_units[:20], one_unit)


def test_circular_shift_keeps_intervals_round_the_circle():
    train = np.sort(np.random.default_rng(3).uniform(*SPAN, 50))
    out = circular_shift(train, np.array([0, 50]), *SPAN, seed=0, index=7)
    length = SPAN[1] - SPAN[0]

    def gaps(x):
        return np.sort(np.diff(np.append(x, x[0] + length)))

    np.testing.assert_allclose(gaps(out), gaps(train), atol=1e-12)
    assert abs(out - train).max() > 1e-3


def test_surrogate_settings_out_of_range():
    times, pointer = np.array([10.5]), np.array([0, 1])
    with pytest.raises(ConfigError, match=r"`width_s` must be > 0, got 0"):
        interval_jitter(times, pointer, *SPAN, width_s=0.0, seed=0, index=0)
    with pytest.raises(ConfigError, match=r"`reach_s` must be > 0 and <= 3\.\d+, got 4"):
        uniform_dither(times, pointer, *SPAN, reach_s=4.0, seed=0, index=0)
