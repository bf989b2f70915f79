"""LabelledEvents: checked, cut, counted, pooled, parted."""

import copy
import pickle
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from interplay._core.errors import ConfigError, DataError
from interplay._core.rng import stream
from interplay.data import Events, LabelledEvents


def made(n=12, *, classes=3, units=24, grid=None, seed=0, groups=4, **more):
    """Random samples on a microsecond grid, some of them silent."""
    rng = stream(seed, "labelled test")
    sizes = rng.integers(0, 40, n)
    sizes[1] = 0
    time = [np.sort(rng.integers(0, 500_000, k)) * 1e-6 for k in sizes]
    fields = {
        "time": np.concatenate(time),
        "unit": rng.integers(0, units, sizes.sum()),
        "pointer": np.concatenate([[0], np.cumsum(sizes)]),
        "label": np.arange(n) % classes,
        "classes": np.array([f"class {c}" for c in range(classes)]),
        "n_units": units,
        "duration_s": np.full(n, 0.5),
        "grid": grid,
        "group": np.array([f"g{k // classes % groups}" for k in range(n)]),
    }
    return LabelledEvents(**{**fields, **more})


def plain(**changes):
    fields = {
        "time": [0.0, 0.2, 0.1], "unit": [0, 1, 2], "pointer": [0, 2, 3], "label": [0, 1], "classes": ["a", "b"],
        "n_units": 4, "duration_s": [0.5, 0.5],
    }  # fmt: skip
    return LabelledEvents(**{**fields, **changes})


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"time": [0.2, 0.0, 0.1]}, r"not decrease within a sample: in sample 0, time\[0\]=0.2 comes before time\[1\]"),
        ({"time": [0.0, 0.2, -0.1]}, r"must lie in \[0, 0.5\) in sample 1: time\[2\]=-0.1"),
        ({"time": [0.0, 0.5, 0.1]}, r"in sample 0: time\[1\]=0.5"),
        ({"time": [0.0, np.nan, 0.1]}, r"in sample 0: time\[1\]=nan"),
        ({"time": [0.0, np.inf, 0.1]}, r"time\[1\]=inf"),
        ({"unit": [0, 4, 2]}, r"`unit` must lie in \[0, n_units=4\): unit\[1\]=4"),
        ({"unit": [0, -1, 2]}, r"unit\[1\]=-1"),
        ({"unit": [0, 2**33, 2]}, r"unit\[1\]=8589934592"),
        ({"unit": [0.0, 1.0, 2.0]}, "`unit` must hold int values"),
        ({"unit": [0, 1]}, r"`unit` must have shape \(K=3\), got \(2,\)"),
        ({"pointer": [0, 2, 2]}, r"`pointer` must rise from 0 to K=3, got 0 to 2"),
        ({"pointer": [1, 2, 3]}, "from 0 to K=3, got 1 to 3"),
        ({"pointer": [0, 4, 3]}, "with a step back"),
        ({"pointer": []}, r"`pointer` must have shape \(S \+ 1,\), got \(0,\)"),
        ({"label": [0, 2]}, r"`label` must lie in \[0, C=2\): label\[1\]=2"),
        ({"label": [0]}, r"`label` must have shape \(S=2\)"),
        ({"classes": ["a", "a"]}, "`classes` must name each class once"),
        ({"classes": ["a", ""]}, "`classes` must name each class once"),
        ({"n_units": 0}, "`n_units` must be a whole number from 1"),
        ({"n_units": 2.5}, "`n_units` must be a whole number from 1"),
        ({"duration_s": [0.5, 0.0]}, r"`duration_s` must be > 0: duration_s\[1\]=0.0"),
        ({"duration_s": [0.5, np.nan]}, "`duration_s` must be finite"),
        ({"grid": (1, 2, 3)}, "`grid`=1x2x3 must have n_units=4 places, got 6"),
        ({"grid": (2, 2)}, r"`grid` must be \(channels, height, width\)"),
        ({"grid": 4}, r"`grid` must be \(channels, height, width\)"),
        ({"group": ["x"]}, r"`group` must have shape \(S=2\)"),
    ],
)
def test_what_is_wrong_is_said(changes, match):
    with pytest.raises(DataError, match=match):
        plain(**changes)


def test_a_sample_may_begin_before_the_last_one_ended_and_ties_stay():
    data = plain(time=[0.3, 0.3, 0.0])
    assert data.n_events.tolist() == [2, 1]
    assert data.group.tolist() == ["", ""]
    assert data.n_classes == 2


def test_arrays_are_closed_and_keep_their_width():
    data = plain(time=np.array([0.0, 0.2, 0.1], dtype=np.float32))
    assert (data.time.dtype, data.unit.dtype) == (np.float32, np.int32)
    for name in ("time", "unit", "pointer", "label", "duration_s", "group", "classes"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(data, name)[0] = getattr(data, name)[0]


def test_no_samples_and_no_events_are_fine():
    none = plain(time=[], unit=[], pointer=[0], label=[], duration_s=[])
    assert (len(none), none.counts(step_s=0.1, n_steps=3).shape) == (0, (3, 0, 4))
    assert "0 samples" in repr(none)
    silent = plain(time=[], unit=[], pointer=[0, 0, 0])
    assert silent.counts(step_s=0.1, n_steps=2).sum() == 0
    assert silent.take([1, 1]).n_events.tolist() == [0, 0]
    assert len(silent.sample(0)) == 0


def test_samples_laid_end_to_end_come_back_one_by_one():
    rng = stream(3, "samples")
    samples = [
        Events.from_events(
            2.0 + rng.uniform(0, 0.25, 30), rng.integers(0, 5, 30), n_units=5, span=(2.0, 2.0 + 0.25 * (k + 1))
        )
        for k in range(3)
    ]
    data = LabelledEvents.of(samples, [0, 1, 0], ["x", "y"], group=np.array(["p", "q", "p"]))
    for k, one in enumerate(samples):
        back = data.sample(k)
        assert np.allclose(back.time, one.time - 2.0)
        assert (back.unit == one.unit).all()
        assert back.span == (0.0, 0.25 * (k + 1))
    with pytest.raises(DataError, match=r"same number of units, got \[4, 5\]"):
        LabelledEvents.of([samples[0], Events(time=[], unit=[], n_units=4, span=(0, 1))], [0, 0], ["x"])
    with pytest.raises(DataError, match=r"`rows` must lie in \[0, S=3\)"):
        data.sample(3)


def test_rows_are_taken_in_any_order_and_more_than_once():
    data = made()
    part = data.take([7, 1, 7])
    assert part.label.tolist() == data.label[[7, 1, 7]].tolist()
    assert part.group.tolist() == data.group[[7, 1, 7]].tolist()
    for k, row in enumerate((7, 1, 7)):
        assert part.sample(k).digest == data.sample(row).digest
    assert data.take(np.arange(len(data))).digest == data.digest
    assert len(data.take(np.array([], dtype=int))) == 0
    with pytest.raises(DataError, match="`rows` must hold int values, got dtype bool"):
        data.take(data.label == 0)


@pytest.mark.parametrize("step_us", [1000, 7000, 10_000, 125_000, 500_000])
@pytest.mark.parametrize("pool", [1, 4])
def test_counts_are_those_of_a_plain_loop_over_whole_microseconds(step_us, pool):
    data = made(9, seed=step_us)
    rows = [4, 0, 4, 8, 1]
    n_steps = -(-500_000 // step_us)
    wanted = np.zeros((n_steps, len(rows), 24 // pool))
    for b, row in enumerate(rows):
        one = data.sample(row)
        for t, u in zip(one.time, one.unit, strict=True):
            exact = Fraction(round(t * 1e6), step_us)
            wanted[exact.numerator // exact.denominator, b, u // pool] += 1
    found = data.counts(rows, step_s=step_us * 1e-6, n_steps=n_steps, pool=pool)
    assert found.dtype == np.float32
    assert (found == wanted).all()


def test_steps_are_half_open_where_floating_point_is_not_exact():
    times = np.arange(50) * 10_000 * 1e-6
    data = plain(time=times, unit=np.zeros(50, int), pointer=[0, 50, 50])
    assert (data.counts([0], step_s=0.01, n_steps=50)[:, 0, 0] == 1).all()


def test_events_after_the_last_step_are_refused_or_left_out_but_never_silently():
    data = plain()
    with pytest.raises(DataError, match=r"1 event\(s\) come later, the first in sample 0. Take n_steps=5, or .*ignore"):
        data.counts([1, 0], step_s=0.1, n_steps=2)
    kept = data.counts([1, 0], step_s=0.1, n_steps=2, beyond="ignore")
    assert (kept.sum(axis=(0, 2)) == [1, 1]).all()
    assert data.counts(step_s=0.1, n_steps=0, beyond="ignore").shape == (0, 2, 4)


@pytest.mark.parametrize(
    ("settings", "match"),
    [
        ({"step_s": 0.0}, "`step_s` must be > 0"),
        ({"n_steps": -1}, "`n_steps` must be a whole number >= 0"),
        ({"pool": 3}, "`pool`=3 must divide n_units=4: 1 would be left over"),
        ({"pool": 0}, "`pool` must be a whole number >= 1"),
        ({"beyond": "drop"}, "`beyond` must be 'error' or 'ignore'"),
    ],
)
def test_wrong_settings_of_counts(settings, match):
    with pytest.raises(ConfigError, match=match):
        plain().counts(**{"step_s": 0.1, "n_steps": 5, **settings})
    with pytest.raises(DataError, match="neighbours in a line are no squares"):
        plain(grid=(1, 2, 2)).counts(step_s=0.1, n_steps=5, pool=2)


def test_pooled_pixels_are_sums_of_squares():
    data = made(units=2 * 6 * 4, grid=(2, 6, 4))
    whole = data.counts(step_s=0.05, n_steps=10).reshape(10, len(data), 2, 6, 4)
    small = data.pooled(2)
    assert (small.grid, small.n_units) == ((2, 3, 2), 12)
    found = small.counts(step_s=0.05, n_steps=10).reshape(10, len(data), 2, 3, 2)
    wanted = sum(whole[..., i::2, j::2] for i in (0, 1) for j in (0, 1))
    assert (found == wanted).all()
    assert data.pooled(1).digest == data.digest
    with pytest.raises(ConfigError, match="`factor`=3 must divide width=4"):
        data.pooled(3)


def test_pooled_lines_are_counted_like_pools():
    data = made()
    assert (
        data.pooled(6).counts(step_s=0.1, n_steps=5) == data.counts(step_s=0.1, n_steps=5, pool=6)
    ).all()  # fmt: skip
    with pytest.raises(ConfigError, match="`factor`=5 must divide n_units=24"):
        data.pooled(5)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.8])
def test_every_class_is_shared_alike(share):
    data = made(90)
    first, second = data.split(share, seed=4)
    assert sorted([*first, *second]) == list(range(90))
    for c in range(3):
        assert abs((data.label[first] == c).sum() - share * 30) <= 1
    assert abs(len(first) - share * 90) <= 1
    again = data.split(share, seed=4)
    assert (again[0] == first).all()
    assert not np.array_equal(data.split(share, seed=5)[0], first)


def test_nobody_is_on_both_sides():
    data = made(120, groups=8)
    for seed in range(5):
        first, second = data.split(0.75, seed=seed, by_group=True)
        assert sorted([*first, *second]) == list(range(120))
        assert not set(data.group[first]) & set(data.group[second])
        assert len(first) == 90
        assert np.bincount(data.label[first]).tolist() == [30, 30, 30]
    assert len({tuple(data.split(0.75, seed=seed, by_group=True)[0]) for seed in range(5)}) > 1


def test_groups_whose_classes_differ_are_shared_as_evenly_as_they_can():
    """Two groups speak only class 0, two only class 1: half of each must be one of either kind."""
    label = np.array([0, 0, 1, 1]).repeat(5)
    data = made(20, classes=2, label=label, group=np.array(list("abcd")).repeat(5))
    for seed in range(10):
        first, _ = data.split(0.5, seed=seed, by_group=True)
        assert np.bincount(data.label[first], minlength=2).tolist() == [5, 5]


def test_three_sides_and_what_cannot_be_parted():
    data = made(60)
    train, rest = data.split(0.6)
    left, right = data.split(0.5, rows=rest)
    assert sorted([*train, *left, *right]) == list(range(60))
    with pytest.raises(ConfigError, match="leave samples on both sides"):
        data.split(0.5, rows=[3])
    with pytest.raises(ConfigError, match="`train` must be > 0 and < 1"):
        data.split(1.0)
    with pytest.raises(DataError, match="each sample once"):
        data.split(0.5, rows=[1, 1, 2])
    with pytest.raises(DataError, match=r"at least two groups to be split by, got 1 \(''\)"):
        made(12, group=None).split(0.5, by_group=True)


def test_rare_classes_are_on_both_sides():
    data = made(42, label=np.array([0] * 40 + [1, 1]), classes=2)
    for share in (0.05, 0.95):
        first, second = data.split(share)
        assert (data.label[first] == 1).sum() == (data.label[second] == 1).sum() == 1


def test_copies_are_equal_and_every_field_counts():
    data = made(notes=("a note",))
    for twin in (pickle.loads(pickle.dumps(data)), copy.deepcopy(data)):
        assert (twin.digest, twin.notes, twin.group.tolist()) == (data.digest, data.notes, data.group.tolist())
        assert not twin.time.flags.writeable
    others = [
        {"time": data.time * 0.999}, {"unit": data.unit[::-1]}, {"label": np.roll(data.label, 1)},
        {"duration_s": data.duration_s + 1}, {"group": None}, {"n_units": 25}, {"grid": (1, 1, 24)},
        {"classes": np.array(["x", "y", "z"])},
    ]  # fmt: skip
    assert len({data.digest, *(replace(data, **one).digest for one in others)}) == 9


def test_the_line_says_what_is_there():
    assert repr(made(units=24, grid=(2, 3, 4))).endswith("24 units on a grid 2x3x4, 0.5 s)")
    assert repr(plain(duration_s=[0.5, 1.25])) == (
        "LabelledEvents(2 samples, 2 classes, 3 events, 4 units, 0.5 to 1.25 s)"
    )
