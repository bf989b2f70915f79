"""Spike time tiling against its definition, and what must not change it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.oracles.tiling import sttc

from interplay import Events
from interplay.infer import SpikeTiling

LENGTH = 10.0
times = st.one_of(
    st.integers(0, 9999).map(lambda k: k / 1000),
    st.floats(0, LENGTH, exclude_max=True, width=64),
    st.sampled_from([0.0, 0.05, 0.1, 5.0, 9.999, float(np.nextafter(LENGTH, 0))]),
)
trains = st.lists(st.lists(times, max_size=15), min_size=2, max_size=4)
lags = st.sampled_from([0.001, 0.05, 0.3, 2.0, 20.0])


def whole(events, lag_s, **options):
    bounds = [events.span]
    return SpikeTiling(bounds=bounds, lag_s=lag_s, **options).fit(events).snapshots.matrix(0, missing=np.nan)


@pytest.mark.parametrize("directed", [False, True])
@given(spikes=trains, lag_s=lags)
@settings(max_examples=50, deadline=None)
def test_tiling_equals_the_double_loop(directed, spikes, lag_s):
    got = whole(Events.from_trains(spikes, span=(0.0, LENGTH)), lag_s, directed=directed)
    for i, a in enumerate(spikes):
        for j, b in enumerate(spikes):
            want = sttc(sorted(a), sorted(b), LENGTH, lag_s, directed=directed) if i != j else got[i, i]
            np.testing.assert_allclose(got[i, j], want, rtol=0, atol=1e-12)


@given(spikes=trains, lag_s=lags, shift=st.sampled_from([1e5, -1e5, 86400.0, 0.5]))
@settings(max_examples=50, deadline=None)
def test_tiling_does_not_drift_with_absolute_time(spikes, lag_s, shift):
    # Multiples of 2^-9 s are whole nanoseconds too, and survive the shift exactly; then every bit must.
    grid = [[round(t * 2**9) / 2**9 for t in train] for train in spikes]
    events = Events.from_trains(grid, span=(0.0, LENGTH + 1))
    np.testing.assert_array_equal(whole(events, lag_s), whole(events.shift(shift), lag_s))


@given(
    seed=st.integers(0, 1000), rate_hz=st.sampled_from([1000, 20000, 25000, 30000]), shift=st.sampled_from([1e5, 7.3])
)
@settings(max_examples=20, deadline=None)
def test_tiling_of_sampled_times_keeps_every_bit_under_a_shift(seed, rate_hz, shift):
    # Many gaps equal the lag exactly, and rounding alone would decide them.
    grid = np.random.default_rng(seed).integers(0, 10 * rate_hz // 500, (3, 40)) * 500 / rate_hz
    events = Events.from_trains(list(grid), span=(0.0, LENGTH))
    np.testing.assert_array_equal(whole(events, 0.5), whole(events.shift(shift), 0.5))


@pytest.mark.parametrize("directed", [False, True])
@pytest.mark.parametrize("shift", [0.0, 7.3, 1e5])
def test_gaps_of_exactly_the_lag_count_on_every_clock(shift, directed):
    # At 44.1 kHz hardly a sample lies on a whole third of a nanosecond; 2205 samples last 50 ms.
    first = np.random.default_rng(0).choice(np.arange(0, 430000, 4000), 60, replace=False)
    events = Events.from_trains([first / 44100, (first + 2205) / 44100], span=(0.0, LENGTH)).shift(shift)
    assert whole(events, 0.05, directed=directed)[0, 1] == pytest.approx(1.0, abs=1e-12)


@given(spikes=trains)
@settings(max_examples=20, deadline=None)
def test_tiling_of_any_times_is_kept_by_a_shift(spikes):
    # The shift itself rounds each time by up to 7.3e-12 s; the window lasts 10 s.
    events = Events.from_trains([np.minimum(t, 9.9) for t in spikes], span=(0.0, LENGTH))
    np.testing.assert_allclose(whole(events, 0.3), whole(events.shift(1e5), 0.3), rtol=0, atol=3e-11)


@given(spikes=trains, data=st.data())
@settings(max_examples=20, deadline=None)
def test_tiling_follows_a_relabelling_and_ignores_silent_units(spikes, data):
    order = data.draw(st.permutations(range(len(spikes))))
    events = Events.from_trains([*spikes, []], span=(0.0, LENGTH))
    base = whole(events, 0.1)
    np.testing.assert_array_equal(
        whole(events.select([*order, len(spikes)]), 0.1)[:-1, :-1], base[np.ix_(order, order)]
    )
    np.testing.assert_array_equal(whole(events.select(range(len(spikes))), 0.1), base[:-1, :-1])
    assert np.isnan(base[-1]).all()
