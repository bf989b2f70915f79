"""What must hold for correlograms and information of any data."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from interplay import Events, Recording, Series
from interplay.infer import TransferEntropy, correlograms

ticks = st.lists(st.integers(0, 4000), max_size=40)


@settings(max_examples=30, deadline=None)
@given(st.lists(ticks, min_size=2, max_size=4))
def test_every_pair_of_spikes_within_reach_is_counted_once(trains):
    times = [np.sort(np.array(t, dtype=float)) / 1000 for t in trains]
    found = correlograms(Events.from_trains(times, span=(0.0, 5.0)), bin_s=0.01, reach_s=5.0)
    n = len(trains)
    for i in range(n):
        for j in range(n):
            pairs = len(times[i]) * len(times[j]) - (len(times[i]) if i == j else 0)
            assert found.pair(i, j).sum() == pairs
    back = [5.0 - t[::-1] - 1e-3 for t in times]
    turned = correlograms(Events.from_trains(back, span=(0.0, 5.0)), bin_s=0.01, reach_s=0.5)
    forth = correlograms(Events.from_trains(times, span=(0.0, 5.0)), bin_s=0.01, reach_s=0.5)
    for i in range(n):
        np.testing.assert_array_equal(turned.pair(0, i), forth.pair(0, i)[::-1])


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 3), st.integers(1, 2))
def test_plug_in_transfer_entropy_is_never_negative_and_never_above_one_bit(seed, history, source_history):
    x = (np.random.Generator(np.random.Philox(seed)).random((120, 4)) < 0.4).astype(float)
    data = Recording(traces=Series.regular(x, dt_s=0.01))
    config = TransferEntropy(
        window_s=1.2, step_s=1.2, estimator="binary", bias="none", history=history, source_history=source_history
    )
    w = config.fit(data).snapshots.weight
    assert (w >= -1e-12).all()
    assert (w <= np.log(2)).all()
