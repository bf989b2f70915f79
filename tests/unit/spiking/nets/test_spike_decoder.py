from dataclasses import replace

import numpy as np
import pytest
import torch

from interplay import ConfigError, DataError
from interplay.data import Events, Intervals, Recording, Snapshots
from interplay.spiking.nets import SpikingDecoder
from interplay.spiking.nets.decoder import _class_goal, _Nets
from interplay.stats import readout, window_target
from interplay.tensors.rng import seeded_torch

WINDOW_S, LAG_S = 4.0, 0.04
QUICK = SpikingDecoder(updates=30, hidden=6, batch=16)


def windows(n, length=WINDOW_S):
    return np.arange(n)[:, None] * length + [0.0, length]


def ordered_pairs(label, *, pairs=3, rate=2.0, seed=0):
    """In every pair one unit fires 40 ms after the other; the label says which. All rates are equal."""
    rng, time, unit = np.random.default_rng(seed), [], []
    for w, which in enumerate(label):
        for pair in range(pairs):
            first = w * WINDOW_S + rng.random(rng.poisson(rate * WINDOW_S)) * (WINDOW_S - LAG_S)
            units = (2 * pair, 2 * pair + 1) if which else (2 * pair + 1, 2 * pair)
            for k in (0, 1):
                time.append(first + k * LAG_S)
                unit.append(np.full(len(first), units[k]))
    time, unit = np.concatenate(time), np.concatenate(unit)
    order = np.argsort(time, kind="stable")
    return Events(time=time[order], unit=unit[order], n_units=2 * pairs, span=(0.0, len(label) * WINDOW_S))


def stays(n, seed=0):
    rng = np.random.default_rng(seed)
    return np.repeat(np.arange(n) % 2, rng.integers(2, 6, n))[:n]


LABEL = stays(60)
EVENTS = ordered_pairs(LABEL)
TRAIN, TEST = np.arange(40), np.arange(40, 60)


def test_counts_of_stretches_agree_with_counting_one_by_one():
    decoder = replace(QUICK, step_s=0.1, steps=7).of(EVENTS, windows(60))
    start, picked = np.array([0.0, 13.37, 100.0, 13.5]), np.array([0, 2, 3])
    found = decoder._counts(start, picked).numpy()
    assert found.shape == (7, 4, 3)
    for b, first in enumerate(start):
        for k, unit in enumerate(picked):
            own = EVENTS.time[EVENTS.unit == unit]
            for t in range(7):
                low, high = first + t * 0.1, first + (t + 1) * 0.1
                assert found[t, b, k] == ((own >= low) & (own < high)).sum()


@pytest.mark.parametrize("offset", [0.0, 1000.0, 1e6])
def test_spikes_at_borders_of_steps_are_in_the_step_that_they_begin(offset):
    time = offset + np.arange(100) / 100
    events = Events(time=time, unit=np.zeros(100, int), n_units=1, span=(offset, offset + 1))
    decoder = replace(QUICK, step_s=0.01, steps=100).of(events, [[offset, offset + 1]])
    assert decoder._counts(np.array([offset]), np.array([0])).numpy().ravel().tolist() == [1.0] * 100


def test_nothing_to_learn_from_is_refused():
    decoder = QUICK.of(EVENTS, windows(60))
    with pytest.raises(DataError, match="`train` must name windows"):
        decoder.fit_predict(TRAIN[:0], TEST, LABEL[:0, None], 2)


def test_rows_and_targets_that_are_none_are_refused():
    decoder, known = QUICK.of(EVENTS, windows(60)), LABEL[TRAIN, None]
    for train, test, what, message in (
        (TRAIN - 1, TEST, known, r"`train` must name windows in \[0, 60\), got -1 to 38"),
        (TRAIN, TEST + 1, known, r"`test` must name windows in \[0, 60\), got 41 to 60"),
        (TRAIN, TEST, known - 1, r"class codes in \[0, 2\), got -1 to 0"),
        (TRAIN, TEST, known + 1, r"class codes in \[0, 2\), got 1 to 2"),
        (TRAIN, TEST, known[:-1], r"`known` must have a row per training window"),
        (TRAIN, TEST, known[:, 0], r"`known` must have a row per training window"),
    ):
        with pytest.raises(DataError, match=message):
            decoder.fit_predict(train, test, what, 2)
    with pytest.raises(DataError, match="`known` must be finite"):
        decoder.fit_predict(TRAIN, TEST, np.where(TRAIN == 3, np.nan, 1.0)[:, None], 0)
    assert decoder.fit_predict(TRAIN, TEST[:0], known, 2).shape == (0, 1)


def test_networks_of_several_targets_do_not_touch_each_other():
    torch_rng = torch.Generator().manual_seed(0)
    counts = torch.rand((20, 5, 4), generator=torch_rng)
    with seeded_torch(0, "test"):
        nets = _Nets(QUICK, np.full(4, 0.5), 20, 3, 2)
    goal = _class_goal(np.array([[0, 1, 1], [1, 0, 1], [1, 1, 0], [0, 0, 0], [1, 0, 1]]), 2)
    out = nets(counts, 5)
    assert out.shape == (5, 3, 2)
    (-(goal * torch.log_softmax(out, -1)))[:, 1].sum().backward()
    weight, _, shift, readout_, offset = (part.grad for part in nets.parts)
    own = slice(QUICK.hidden, 2 * QUICK.hidden)
    for grad in (weight, shift[None]):
        other = grad.clone()
        assert grad[:, own].abs().sum() > 0
        other[:, own] = 0
        assert other.abs().sum() == 0
    for grad in (readout_, offset):
        assert [bool(grad[k].any()) for k in range(3)] == [False, True, False]


def test_every_class_that_occurs_counts_alike():
    goal = _class_goal(np.array([[0, 2], [0, 2], [0, 2], [1, 2]]), 3).numpy()
    assert goal.mean(axis=0) == pytest.approx(np.array([[0.5, 0.5, 0.0], [0.0, 0.0, 1.0]]))


def test_timing_within_windows_is_read_where_rates_are_equal():
    found = SpikingDecoder().of(EVENTS, windows(60)).fit_predict(TRAIN, TEST, LABEL[TRAIN, None], 2)
    assert (found[:, 0] == LABEL[TEST]).mean() > 0.9


def test_a_number_is_read_in_its_own_unit():
    rng = np.random.default_rng(0)
    level = 50.0 + 20.0 * rng.random(60)
    trains = [w * WINDOW_S + rng.random(rng.poisson((level[w] - 40) * WINDOW_S)) * WINDOW_S for w in range(60)]
    time = np.sort(np.concatenate(trains))
    events = Events(time=time, unit=np.zeros(len(time), int), n_units=1, span=(0.0, 240.0))
    found = SpikingDecoder().of(events, windows(60)).fit_predict(TRAIN, TEST, level[TRAIN, None], 0)[:, 0]
    assert np.corrcoef(found, level[TEST])[0, 1] > 0.8
    assert abs(found.mean() - level[TEST].mean()) < 4.0


def test_the_same_seed_has_the_same_bits_and_leaves_torch_alone():
    decoder, before = QUICK.of(EVENTS, windows(60)), torch.get_rng_state()
    level = np.linspace(0.0, 1.0, 60)[:, None] + [[0.0, 1.0]]
    first, again = (decoder.fit_predict(TRAIN, TEST, level[TRAIN], 0) for _ in range(2))
    assert np.array_equal(first, again)
    assert torch.equal(before, torch.get_rng_state())
    other = replace(QUICK, seed=1).of(EVENTS, windows(60)).fit_predict(TRAIN, TEST, level[TRAIN], 0)
    assert not np.array_equal(first, other)


def test_spikes_of_a_test_window_reach_its_own_prediction_only():
    level = np.linspace(0.0, 1.0, 60)[:, None]
    plain = QUICK.of(EVENTS, windows(60)).fit_predict(TRAIN, TEST, level[TRAIN], 0)[:, 0]
    low, high = windows(60)[50]
    inside = (EVENTS.time >= low) & (EVENTS.time < high)
    silent = Events(time=EVENTS.time[~inside], unit=EVENTS.unit[~inside], n_units=6, span=EVENTS.span)
    found = QUICK.of(silent, windows(60)).fit_predict(TRAIN, TEST, level[TRAIN], 0)[:, 0]
    moved = np.flatnonzero(plain != found)
    assert TEST[moved].tolist() == [50]
    # nor do the other test windows, or their order
    alone = QUICK.of(EVENTS, windows(60)).fit_predict(TRAIN, TEST[[7, 3]], level[TRAIN], 0)[:, 0]
    assert np.array_equal(alone, plain[[7, 3]])


def test_only_the_most_active_units_of_the_training_windows_are_read():
    rng = np.random.default_rng(0)
    busy = [(0, 60), (1, 2000), (2, 900)]  # unit 0 is busy too, but in the test windows alone
    time = [rng.uniform(0, 240, n) for _, n in busy] + [rng.uniform(160, 240, 4000)]
    unit = [np.full(n, u) for u, n in busy] + [np.zeros(4000, int)]
    order = np.argsort(np.concatenate(time))
    events = Events(time=np.concatenate(time)[order], unit=np.concatenate(unit)[order], n_units=3, span=(0, 240))
    decoder = replace(QUICK, units=2).of(events, windows(60))
    picked, mean = decoder._most_active(TRAIN)
    assert picked.tolist() == [1, 2]
    inside = np.array([((events.unit == u) & (events.time < 160)).sum() for u in picked])
    assert mean == pytest.approx(inside / 160 * QUICK.step_s)
    assert "the 2 most active units" in decoder.about
    assert "every unit" in QUICK.of(events, windows(60)).about


def test_silence_is_foretold_without_an_error():
    nobody = Events(time=np.empty(0), unit=np.empty(0, int), n_units=2, span=(0.0, 240.0))
    found = QUICK.of(nobody, windows(60)).fit_predict(TRAIN, TEST, LABEL[TRAIN, None], 2)
    assert found.shape == (20, 1)


def test_short_windows_have_shorter_stretches_and_too_short_ones_are_refused():
    decoder = QUICK.of(EVENTS, windows(100, 0.3))
    assert (decoder.steps, decoder.looks) == (15, 1)
    assert QUICK.of(EVENTS, windows(60)).looks == 4
    with pytest.raises(DataError, match=r"windows of at least one step of 0\.02 s, got one of 0\.01 s"):
        QUICK.of(EVENTS, windows(60, 0.01))
    with pytest.raises(DataError, match="windows and units to read, got 0 and 6"):
        QUICK.of(EVENTS, np.empty((0, 2)))


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ({"steps": 0}, "steps"),
        ({"hidden": 1.5}, "hidden"),
        ({"step_s": 0.0}, "step_s"),
        ({"noise_scale": 0.0}, "noise_scale"),
        ({"learning_rate": float("nan")}, "learning_rate"),
        ({"weight_decay": -1.0}, "weight_decay"),
        ({"gradient": "straight"}, "gradient"),
        ({"seed": -1}, "seed"),
    ],
)
def test_settings_out_of_range_are_refused(wrong, name):
    with pytest.raises(ConfigError, match=name):
        SpikingDecoder(**wrong)


def recording_of(label, events):
    bounds = windows(len(label))
    text = np.array(["left", "right"])[label]
    epochs = Intervals(start=bounds[:, 0], stop=bounds[:, 1], label=text)
    weights = np.random.default_rng(0).normal(size=(len(label), events.n_units, events.n_units))
    snapshots = Snapshots.from_dense(weights + weights.transpose(0, 2, 1), bounds, directed=False)
    return Recording(events=events, epochs={"side": epochs}), snapshots


@pytest.mark.slow
def test_in_a_read_out_it_finds_timing_that_no_rate_tells():
    recording, snapshots = recording_of(LABEL, EVENTS)
    target = window_target(recording, snapshots.bounds, "side")
    decoders = {"spiking network": SpikingDecoder().of(EVENTS, snapshots.bounds)}
    result = readout(
        {}, target, recording=recording, snapshots=snapshots, decoders=decoders, permutations=39, bootstrap=100
    )
    rows = {row.name: row for row in result.rows}
    assert rows["spiking network"].score > 0.9
    assert rows["spiking network"].pvalue == pytest.approx(0.05)
    assert rows["firing rate"].score < 0.7
    assert rows["population rate"].score < 0.7
    assert result.decoder_difference[1] > 0


@pytest.mark.slow
def test_labels_without_any_relation_get_p_values_all_over():
    found = []
    small = replace(QUICK, updates=10, hidden=3, steps=25, looks=4)
    for seed in range(16):
        label = stays(40, seed)
        events = ordered_pairs(stays(40, 100 + seed), seed=seed)
        recording, snapshots = recording_of(label, events)
        target = window_target(recording, snapshots.bounds, "side")
        decoders = {"spiking network": small.of(events, snapshots.bounds)}
        known = {"recording": recording, "snapshots": snapshots, "permutations": 19, "bootstrap": 100}
        rows = readout({}, target, decoders=decoders, **known).rows
        found.append(next(row.pvalue for row in rows if row.role == "decoder"))
    assert np.mean(found) > 0.3
    assert (np.array(found) <= 0.05).sum() <= 4
