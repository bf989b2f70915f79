import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.oracles import stats as oracle

from interplay.data import Events, Intervals, Recording, Series
from interplay.stats import benjamini_hochberg, holm, permutation_test, surrogates, window_target

probabilities = st.lists(st.floats(0, 1), min_size=1, max_size=25)


@given(probabilities)
@settings(max_examples=60, deadline=None)
def test_adjusting_keeps_order_and_never_lowers(p):
    for adjusted, definition in ((benjamini_hochberg(p), oracle.benjamini_hochberg(p)), (holm(p), oracle.holm(p))):
        np.testing.assert_allclose(adjusted, definition, rtol=1e-9)
        assert (adjusted >= np.array(p) - 1e-15).all()
        assert (np.diff(adjusted[np.argsort(p, kind="stable")]) >= -1e-12).all()
    assert (holm(p) >= benjamini_hochberg(p) - 1e-12).all()


values = st.lists(st.integers(-20, 20), min_size=2, max_size=6)


@given(values, values, st.floats(-50, 50))
@settings(max_examples=40, deadline=None)
def test_permutation_pvalues_do_not_see_a_common_shift_or_a_swap(x, y, shift):
    a, b = np.array(x, float), np.array(y, float)
    p = permutation_test(a, b).pvalue
    assert 0 < p <= 1
    assert abs(permutation_test(b, a).pvalue - p) < 1e-12
    assert abs(permutation_test(a + shift, b + shift).pvalue - p) < 1e-12


trains = st.lists(st.lists(st.floats(0, 59.99), max_size=12), min_size=1, max_size=4)


@given(trains, st.sampled_from(["shift", "jitter", "dither", "isi"]), st.integers(0, 5))
@settings(max_examples=60, deadline=None)
def test_surrogates_never_leave_what_was_observed(lists, name, index):
    observed = Intervals.from_bounds([[0.0, 13.0], [20.0, 60.0]])
    kept = [[t for t in train if not 13 <= t < 20] for train in lists]
    events = Events.from_trains(kept, span=(0.0, 60.0))
    make = {
        "shift": lambda: surrogates.circular_shift(events, observed=observed, index=index),
        "jitter": lambda: surrogates.interval_jitter(events, width_s=0.7, observed=observed, index=index),
        "dither": lambda: surrogates.dither(events, reach_s=30.0, observed=observed, index=index),
        "isi": lambda: surrogates.isi_shuffle(events, observed=observed, index=index),
    }[name]
    other = make()
    assert observed.covers(other.time).all()
    assert np.array_equal(other.counts(observed.bounds), events.counts(observed.bounds))
    assert np.array_equal(other.time, make().time)


@given(st.lists(st.tuples(st.floats(1, 30), st.sampled_from("abc")), min_size=4, max_size=12), st.floats(0.55, 0.95))
@settings(max_examples=40, deadline=None)
def test_no_window_gets_a_label_that_covers_less_than_the_majority(stretches, majority):
    ends = np.cumsum([length for length, _ in stretches])
    epochs = Intervals(start=np.append(0.0, ends[:-1]), stop=ends, label=[c for _, c in stretches])
    rec = Recording(
        events=Events(time=np.empty(0), unit=np.empty(0, int), n_units=1, span=(0.0, float(ends[-1]))),
        epochs={"task": epochs},
    )
    start = np.arange(0, ends[-1] - 1, 1.0)
    if len(start) == 0:
        return
    bounds = np.column_stack([start, start + 1])
    try:
        target = window_target(rec, bounds, "task", majority=majority)
    except ValueError:
        return
    for k in np.flatnonzero(target.usable):
        covered = sum(
            max(0.0, min(b, bounds[k, 1]) - max(a, bounds[k, 0]))
            for a, b, c in zip(epochs.start, epochs.stop, epochs.label, strict=True)
            if c == target.classes[target.values[k]]
        )
        assert covered >= majority * 0.998


@given(st.floats(0.1, 100), st.floats(-1e5, 1e5))
@settings(max_examples=15, deadline=None)
def test_targets_do_not_see_the_unit_of_length_or_the_clock(scale, offset):
    rng = np.random.default_rng(0)
    t = np.arange(0, 120, 0.1)
    s = np.interp(t % 24, [0, 10, 12, 22, 24], [0, 0, 1, 1, 0])
    xy = np.column_stack([80 * s, -200 * s]) + rng.normal(scale=0.5, size=(len(t), 2))
    bounds = np.column_stack([np.arange(0, 120, 1.0), np.arange(0, 120, 1.0) + 1])
    found = []
    for k, b in ((1.0, 0.0), (scale, np.round(offset))):
        rec = Recording(
            events=Events(time=np.empty(0), unit=np.empty(0, int), n_units=1, span=(b, 120.0 + b)),
            behavior={"position": Series(time=t + b, values=k * xy)},
        )
        found.append([window_target(rec, bounds + b, "position", how=how).values for how in ("end", "moving")])
    assert (found[0][0] == found[1][0]).mean() > 0.97
    assert (found[0][1] == found[1][1]).mean() > 0.95
