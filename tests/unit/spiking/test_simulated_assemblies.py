"""The simulated culture: what it promises about structure, rates, randomness and its truth."""

import dataclasses

import numpy as np
import pytest

from interplay._core.errors import ConfigError, DataError
from interplay._core.rng import stream
from interplay.spiking import Assemblies, electrodes

SMALL = Assemblies(
    n_units=60, n_assemblies=2, duration_s=60.0, change_s=(30.0,), context_s=(5.0, 10.0), calibration_s=60, seed=4
)


@pytest.fixture(scope="module")
def culture():
    return SMALL.simulate()


def test_ranges_may_come_as_lists():
    given = dict(n_units=20, duration_s=2.0, calibration_s=10)
    listed = Assemblies(rate_hz=[3, 8], context_s=[40, 80], **given)
    assert listed == Assemblies(**given)
    assert len(listed.simulate().truth) == 1


def test_electrodes_lie_where_the_layout_says():
    place, group = electrodes()
    names, counts = np.unique(group, return_counts=True)
    assert dict(zip(names.tolist(), counts.tolist(), strict=True)) == {
        "motor_left": 200, "motor_right": 200, "sensory": 500,
    }  # fmt: skip
    corners = {name: (*place[group == name].min(0), *place[group == name].max(0)) for name in names.tolist()}
    assert corners == {
        "sensory": (175.0, 175.0, 3605.0, 805.0),
        "motor_left": (350.0, 1400.0, 1347.5, 1872.5),
        "motor_right": (2450.0, 1400.0, 3447.5, 1872.5),
    }
    assert len(np.unique(place, axis=0)) == 900


def test_units_sit_on_electrodes_of_their_own():
    table = Assemblies(n_units=900).units()
    assert len(np.unique(table.position_um, axis=0)) == 900
    crowded = Assemblies(n_units=1000).units()
    assert len(np.unique(crowded.position_um, axis=0)) == 900
    assert (table.sign == 1).sum() == 720


def test_every_unit_keeps_one_sign(culture):
    for weights in culture.truth:
        assert (np.sign(weights) * culture.units.sign[:, None] >= 0).all()
        assert np.trace(np.abs(weights)) == 0


def test_inhibition_reaches_other_assemblies_only(culture):
    wiring = SMALL.wiring()
    for member, weights in zip(wiring.membership, culture.truth, strict=True):
        same = member[:, None] == member[None, :]
        assert not (weights[same] < 0).any()
        inside = weights[np.ix_(culture.units.sign > 0, np.ones(60, bool))][same[culture.units.sign > 0]]
        assert 0.8 < (inside > 0).mean() < 0.95


def test_the_share_of_units_that_was_asked_for_moves():
    for moved in (0.0, 0.4, 1.0):
        member = dataclasses.replace(SMALL, moved=moved).wiring().membership
        assert np.isclose((member[0] != member[1]).mean(), moved, atol=0.07)
        assert np.array_equal(np.bincount(member[0]), np.bincount(member[1]))


def test_networks_take_turns_and_come_back_whole():
    settings = dict(duration_s=50.0, change_s=(10.0, 20.0, 30.0, 40.0), moved=0.5, calibration_s=10)
    turns = dataclasses.replace(SMALL, recurring=2, **settings)
    assert [label[-1] for label in turns.regimes().label] == list("01010")
    wiring, plain = turns.wiring(), dataclasses.replace(SMALL, **settings).wiring()
    assert np.array_equal(wiring.weights[[0, 1]], plain.weights[[0, 1]])
    assert np.array_equal(wiring.weights[[0, 1, 0]], wiring.weights[2:])
    assert np.array_equal(wiring.membership[[0, 1, 0]], wiring.membership[2:])
    assert not np.array_equal(wiring.weights[0], wiring.weights[1])
    assert len(turns.simulate().truth) == 5


def test_networks_that_take_turns_give_every_unit_as_many_partners():
    turns = dataclasses.replace(SMALL, recurring=4, change_s=(10.0, 20.0, 30.0), moved=0.5)
    member, sign = turns.wiring().membership, turns.units().sign
    for row in member:
        assert np.bincount(row).tolist() == [30, 30]
        assert np.bincount(row[sign > 0]).tolist() == [24, 24]


def test_a_network_that_comes_back_runs_on_the_same_biases():
    from interplay.spiking.assemblies import _parts

    turns = dataclasses.replace(SMALL, recurring=2, change_s=(10.0, 20.0, 30.0), calibration_s=10)
    circuits = _parts(turns).circuits
    assert circuits[0] is circuits[2]
    assert circuits[1] is circuits[3]
    assert not np.array_equal(circuits[0].bias, circuits[1].bias)
    assert _parts(dataclasses.replace(turns, recurring=None)).circuits[1].bias.tolist() == circuits[1].bias.tolist()


def test_pairs_that_stay_together_keep_their_synapse():
    wiring = SMALL.wiring()
    stay = wiring.membership[0] == wiring.membership[1]
    pair = np.ix_(stay, stay)
    assert np.array_equal(wiring.weights[0][pair], wiring.weights[1][pair])
    assert not np.array_equal(wiring.weights[0], wiring.weights[1])


def test_the_recording_carries_its_truth(culture):
    assert culture.truth.directed
    assert culture.truth.bounds.tolist() == [[0.0, 30.0], [30.0, 60.0]]
    assert np.array_equal(culture.truth.dense(), SMALL.wiring().weights)
    assert culture.epochs["regime"].label.tolist() == ["regime 0", "regime 1"]
    assert culture.epochs["context"].total == 60.0
    assert culture.epochs["context"].disjoint
    assert culture.span == (0.0, 60.0)


def test_spikes_keep_the_refractory_period_and_the_clock(culture):
    gaps = np.concatenate([np.diff(train) for train in culture.events.trains()])
    assert gaps.min() > 0.002
    frames = culture.events.time * 20_000
    assert np.allclose(frames, np.round(frames), atol=1e-5)


def test_firing_is_irregular_and_at_the_wanted_rate(culture):
    rate = culture.events.counts() / culture.duration
    assert abs(rate.mean() / SMALL.rates_hz().mean() - 1) < 0.05
    assert np.abs(rate / SMALL.rates_hz() - 1).mean() < 0.12
    assert SMALL.rates_hz().min() > 3
    assert SMALL.rates_hz().max() < 8
    cv = [np.diff(t).std() / np.diff(t).mean() for t in culture.events.trains()]
    assert 0.8 < np.mean(cv) < 1.4


def test_the_same_seed_gives_the_same_bits(culture):
    from interplay.spiking.assemblies import _parts

    _parts.cache_clear()
    assert dataclasses.replace(SMALL).simulate().digest == culture.digest
    assert (
        dataclasses.replace(SMALL, seed=5, duration_s=3.0, change_s=(), calibration_s=10).simulate().digest
        != culture.digest
    )


def test_what_comes_later_leaves_what_came_before_alone(culture):
    longer = dataclasses.replace(SMALL, duration_s=61.0).simulate()
    assert longer.events.window(0, 60).digest == culture.events.digest
    unchanged = dataclasses.replace(SMALL, duration_s=31.0, change_s=()).simulate()
    assert unchanged.events.window(0, 30).digest == culture.events.window(0, 30).digest
    assert unchanged.events.window(30, 31).digest != culture.events.window(30, 31).digest


def test_position_follows_the_context(culture):
    position = culture.behavior["position"]
    context = culture.epochs["context"]
    late = [position.window(max(b - 2, a), b).values.mean() for a, b in context.bounds if b - a >= 5]
    goal = [int(label.split()[-1]) for (a, b), label in zip(context.bounds, context.label, strict=True) if b - a >= 5]
    assert np.allclose(late, goal, atol=0.4)
    assert len(position) == 600


def test_steps_add_up_and_leave_the_state_alone():
    state = SMALL.init(stream(0, "culture"))
    before = state.excite.copy(), state.queue.copy()
    later, first = SMALL.step(state, None, stream(0))
    _, second = SMALL.step(later, None, stream(0))
    assert (state.second, later.second) == (0, 1)
    assert np.array_equal(state.excite, before[0])
    assert np.array_equal(state.queue, before[1])
    assert first.span == (0.0, 1.0)
    assert second.span == (1.0, 2.0)
    _, again = SMALL.step(SMALL.init(stream(0, "culture")), None, stream(99))
    assert again.digest == first.digest


def test_steps_with_the_key_of_the_seed_are_the_simulation(culture):
    state = dataclasses.replace(SMALL.init(stream(0)), key=SMALL.seed)
    for second in range(3):
        state, events = SMALL.step(state, None, stream(0))
        assert np.array_equal(events.time, culture.events.window(second, second + 1).time)


def test_an_intervention_shares_every_draw():
    state = SMALL.init(stream(3, "culture"))
    drive = np.zeros(60)
    _, plain = SMALL.step(state, drive, stream(0))
    drive[7] = 1e-12
    _, nudged = SMALL.step(state, drive, stream(0))
    assert nudged.digest == plain.digest
    drive[7] = 2.0
    _, driven = SMALL.step(state, drive, stream(0))
    assert len(driven.train(7)) > len(plain.train(7))
    shared = np.isin(plain.time, driven.time).mean()
    assert shared > 0.7


def test_progress_reaches_its_end():
    seen = []
    dataclasses.replace(SMALL, duration_s=31.0, calibration_s=10).simulate(
        progress=lambda done, total: seen.append((done, total))
    )
    assert seen[-1] == (31, 31)
    assert seen == sorted(seen)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"n_units": 5}, "`n_units` must be >= 10, got 5"),
        ({"n_assemblies": 1}, "`n_assemblies` must be >= 2 and <= 12, got 1"),
        ({"duration_s": 0.5}, "`duration_s` must be >= 1, got 0.5"),
        ({"duration_s": 60.5}, r"`duration_s` must be a whole number of seconds, got 60.5. Round it."),
        (
            {"change_s": (40.0, 30.0)},
            r"`change_s` must rise strictly in whole seconds inside \(0, 60\), got \(40.0, 30.0\)",
        ),
        ({"change_s": (60.0,)}, "`change_s` must rise strictly"),
        ({"change_s": (0.5,)}, "`change_s` must rise strictly"),
        ({"moved": 1.5}, "`moved` must be >= 0 and <= 1, got 1.5"),
        ({"recurring": 0}, "`recurring` must be >= 1, got 0"),
        ({"rate_hz": (0.0, 5.0)}, r"`rate_hz\[0\]` must be > 0, got 0"),
        ({"rate_hz": (6.0, 5.0)}, r"`rate_hz\[1\]` must be >= 6.0 and <= 50, got 5"),
        ({"coupling": 1.0}, "`coupling` must be >= 0 and <= 0.95, got 1"),
        ({"between": -1.0}, "`between` must be >= 0, got -1"),
        ({"inhibition": -1.0}, "`inhibition` must be >= 0, got -1"),
        ({"recruit": -1.0}, "`recruit` must be >= 0, got -1"),
        ({"seed": -1}, "`seed` must be >= 0, got -1"),
        ({"calibration_s": 5}, "`calibration_s` must be >= 10, got 5"),
        ({"excitatory": 1.0}, "`excitatory` must be > 0 and < 1, got 1"),
        ({"context_s": (0.0, 5.0)}, r"`context_s\[0\]` must be >= 1, got 0"),
        ({"context_s": (6.0, 5.0)}, r"`context_s\[1\]` must be >= 6.0, got 5"),
    ],
)
def test_settings_out_of_range_are_refused(changes, message):
    with pytest.raises(ConfigError, match=message):
        dataclasses.replace(SMALL, **changes)


def test_steps_are_checked():
    state = dataclasses.replace(SMALL.init(stream(0)), second=60)
    with pytest.raises(ConfigError, match="`duration_s`=60 is over; configure a longer culture to go on"):
        SMALL.step(state, None, stream(0))
    with pytest.raises(DataError, match=r"`drive` must have shape \(N=60\), got \(3,\)"):
        SMALL.step(SMALL.init(stream(0)), np.zeros(3), stream(0))


def test_defaults_are_plain_and_changes_are_thirds():
    assert Assemblies().change_s == (400.0, 800.0)
    assert Assemblies(duration_s=1.0).change_s == ()
    assert hash(Assemblies()) == hash(Assemblies(change_s=(400.0, 800.0)))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_tiling_finds_the_planted_edges_at_the_defaults(seed):
    from interplay.infer import SpikeTiling
    from interplay.measures import edge_auc

    recording = Assemblies(seed=seed).simulate()
    found = SpikeTiling(window_s=60, step_s=30, lag_s=0.05).fit(recording).snapshots
    assert edge_auc(found, recording.truth, straddling="skip") >= 0.9


@pytest.mark.slow
def test_rates_are_equal_across_regimes_and_contexts():
    config = Assemblies(seed=0)
    recording = config.simulate()
    regimes = recording.events.counts(recording.truth.bounds) / 400
    assert np.abs(regimes.mean(axis=1) / regimes.mean() - 1).max() < 0.02
    assert np.abs(regimes / config.rates_hz() - 1).mean() < 0.04
