"""A culture keeps its promises: bounds, signs, silence, places, stimulation, reward; and it bursts as cultures do."""

import numpy as np
import pytest

from interplay import ConfigError, DataError
from interplay._core.rng import stream
from interplay.spiking import Culture, electrodes

SMALL = {"n_units": 120, "size_um": (900.0, 700.0), "p_max": 0.6, "reach_um": 300.0}
QUIET = {"noise_mean": 0.0, "noise_sd": 0.0, "drive_spread": 0.0}


@pytest.mark.parametrize(
    ("setting", "value", "text"),
    [
        ("n_units", 5, "`n_units` must be >= 10"),
        ("excitatory", 1.0, "`excitatory` must be > 0 and < 1"),
        ("release", 1.0, "`release` must be >= 0 and < 1"),
        ("plasticity", "hebb", "Unknown `plasticity` 'hebb'"),
        ("dt_ms", 0.3, "`dt_ms` must divide 10 ms"),
        ("tau_ms", (2.0, 100.0), "`tau_ms` must have 3 numbers"),
        ("window_ms", (20.0, 0.0), r"`window_ms\[1\]` must be > 0"),
        ("weight_most", 1.2, "`weight_most` must be >= 1.5"),
        ("reach_um", 0.0, "`reach_um` must be > 0"),
    ],
)
def test_a_bad_setting_is_refused(setting, value, text):
    with pytest.raises(ConfigError, match=text):
        Culture(**{setting: value})


def test_presets_have_as_many_edges_per_unit():
    assert [Culture.preset(name).n_units for name in ("1k", "5k", "20k")] == [1000, 5000, 20_000]
    for name in ("5k", "20k"):
        small, large = Culture.preset("1k"), Culture.preset(name)
        assert large.p_max * large.n_units == pytest.approx(small.p_max * small.n_units)
    with pytest.raises(ConfigError, match="Unknown preset"):
        Culture.preset("2k")
    assert Culture.preset("1k", plasticity="frozen").plasticity == "frozen"


def test_electrodes_are_those_of_the_real_layout_and_each_sees_units_within_reach():
    live = Culture().begin(0)
    position, group = electrodes()
    np.testing.assert_array_equal(live.electrodes.position_um, position)
    np.testing.assert_array_equal(live.electrodes.group, group)
    away = np.linalg.norm(live.units.position_um[:, None] - position[None], axis=2)
    wanted = np.where(away.min(axis=1) <= 100.0, away.argmin(axis=1), -1)
    np.testing.assert_array_equal(live.seen_by, wanted)
    assert 500 < (live.seen_by >= 0).sum() < 700


def test_spikes_at_electrodes_are_those_of_the_units_they_see():
    live = Culture(**SMALL, noise_sd=4.0).begin(1)
    time, electrode = live.advance(25)
    every, unit = live.spikes_of_units()
    seen = live.seen_by[unit] >= 0
    assert 0 < seen.sum() < len(unit)
    np.testing.assert_array_equal(electrode, live.seen_by[unit][seen])
    np.testing.assert_array_equal(time, every[seen])
    assert (np.diff(every) >= 0).all()
    assert every.min() >= 0
    assert every.max() < 0.25 == live.time_s


def test_one_seed_is_one_culture_and_another_is_another():
    config = Culture(**SMALL)
    a, b, c = config.begin(4), config.begin(4), config.begin(5)
    for culture in (a, b, c):
        culture.advance(50)
    np.testing.assert_array_equal(a.spikes_of_units(), b.spikes_of_units())
    np.testing.assert_array_equal(a.adjacency(), b.adjacency())
    assert (a.adjacency() != c.adjacency()).any()


def test_weights_stay_in_bounds_and_keep_their_sign():
    config = Culture(**SMALL, noise_sd=5.0, potentiation=0.5, depression=0.5, scaling=0.5)
    live = config.begin(2)
    before = live.adjacency()
    live.advance(300)
    after = live.adjacency()
    excites = live.units.sign > 0
    assert (after[excites] >= 0).all()
    assert after.max() <= config.weight_most * config.excitation * (1 + 1e-6)
    assert (after[np.ix_(excites, excites)][before[np.ix_(excites, excites)] > 0] == 0).any(), "the bound is reached"
    np.testing.assert_array_equal(after[~excites], before[~excites])
    np.testing.assert_array_equal(after[:, ~excites], before[:, ~excites])
    assert (after[np.ix_(excites, excites)] != before[np.ix_(excites, excites)]).any()
    assert not np.diag(after).any()


def test_a_frozen_culture_keeps_its_weights():
    live = Culture(**SMALL, noise_sd=4.0, plasticity="frozen").begin(2)
    before = live.adjacency()
    live.advance(200)
    live.reward(1.0)
    np.testing.assert_array_equal(live.adjacency(), before)


def test_without_input_it_is_silent():
    live = Culture(**QUIET).begin(0)
    live.advance(100)
    assert len(live.spikes_of_units()[0]) == 0


def test_a_pulse_fires_the_units_around_its_electrode_and_no_others_at_once():
    config = Culture(**QUIET, plasticity="frozen", excitation=0.0, inhibition=0.0)
    for amplitude, surely, never in ((75.0, 60.0, 170.0), (150.0, 100.0, 260.0)):
        live = config.begin(0)
        live.advance(30)
        live.stimulate([220], amplitude, delay_s=0.002)
        live.advance(1)
        time, unit = live.spikes_of_units()
        away = np.linalg.norm(live.units.position_um - live.electrodes.position_um[220], axis=1)
        assert set(np.flatnonzero((away < surely) & (live.units.sign > 0))) <= set(unit.tolist())
        assert away[unit].max() < never
        assert time.min() >= 0.302


def test_a_pulse_may_wait_beyond_the_next_advance():
    live = Culture(**QUIET, plasticity="frozen").begin(0)
    live.stimulate([220], 150.0, delay_s=0.035)
    live.stimulate([], 75.0)
    assert [len(live.advance(1)[0]) > 0 for _ in range(4)] == [False, False, False, True]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (([900], 75.0), "`electrodes` must be integers in"),
        (([-1], 75.0), "`electrodes` must be integers in"),
        (([1.5], 75.0), "`electrodes` must be integers in"),
        (([0], float("nan")), "`amplitude_mv` must be finite"),
        (([0], 75.0, -0.1), "`delay_s` finite and >= 0"),
    ],
)
def test_a_bad_pulse_is_refused(arguments, text):
    with pytest.raises(DataError, match=text):
        Culture(**SMALL).begin(0).stimulate(*arguments)


def test_bad_calls_are_refused():
    live = Culture(**SMALL).begin(0)
    with pytest.raises(DataError, match="`value` must be finite"):
        live.reward(float("inf"))
    with pytest.raises(ConfigError, match="`ticks` must be >= 0"):
        live.advance(-1)
    assert len(live.advance(0)[0]) == 0


def test_reward_counts_beyond_its_running_mean():
    config = Culture(**SMALL, noise_sd=4.0, plasticity="r_stdp_centred", reward_blend=0.5, learning_rate=0.1)
    live = config.begin(3)
    live.advance(100)

    def change(value):
        before = live.adjacency()
        live.reward(value)
        return live.adjacency() - before

    praised = change(1.0)
    assert live.reward_mean == 0.5
    assert np.abs(praised).max() > 0
    assert not change(0.5).any(), "what was expected teaches nothing"
    blamed = change(-0.5)
    moved = (praised != 0) & (blamed != 0)
    assert moved.any()
    assert (np.sign(praised[moved]) == -np.sign(blamed[moved])).all()


@pytest.mark.parametrize("value", [1e6, -1e6])
def test_no_reward_drives_a_weight_out_of_its_bounds(value):
    config = Culture(**SMALL, noise_sd=4.0, plasticity="r_stdp_centred")
    live = config.begin(3)
    live.advance(100)
    live.reward(value)
    excites = live.units.sign > 0
    weight = live.adjacency()[np.ix_(excites, excites)]
    assert weight.min() == 0
    assert weight.max() == pytest.approx(config.weight_most * config.excitation)


def test_the_pure_contract_gives_what_the_living_culture_gives_and_leaves_the_state_alone():
    config = Culture(**SMALL, noise_sd=4.0)
    state = config.init(stream(1, "grow"))
    live, first = config.begin(state.seed), state.copy()
    drive = np.zeros(900)
    drive[[3, 250]] = 75.0, 150.0
    for tick in range(30):
        given = drive if tick % 7 == 3 else None
        if given is not None:
            live.stimulate([3], 75.0)
            live.stimulate([250], 150.0)
        after, events = config.step(state, given, stream(1, "unused"))
        time, electrode = live.advance(1)
        np.testing.assert_array_equal(events.time, time)
        np.testing.assert_array_equal(np.sort(events.unit), np.sort(electrode))
        assert events.span == pytest.approx((tick * 0.01, (tick + 1) * 0.01))
        if tick == 0:
            np.testing.assert_array_equal(state.state, first.state)
            np.testing.assert_array_equal(state.edge_f, first.edge_f)
            np.testing.assert_array_equal(state.queue, first.queue)
        state = after
    with pytest.raises(DataError, match="`drive` must have shape"):
        config.step(state, np.zeros(5), stream(1, "unused"))


def test_deeper_or_finer_steps_keep_the_rates():
    rates = []
    for dt_ms in (0.5, 0.25):
        live = Culture(**SMALL, dt_ms=dt_ms, plasticity="frozen", excitation=0.0, inhibition=0.0).begin(0)
        live.advance(1500)
        rates.append(len(live.spikes_of_units()[0]) / 15 / 120)
    assert rates[1] == pytest.approx(rates[0], rel=0.35)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [21, 22, 23])
def test_the_default_culture_bursts_as_cultures_do(seed):
    from benchmarks.quality.culture import spontaneous

    found = spontaneous(Culture(), seed)
    assert 1.0 < found["rate_hz"] < 2.2
    assert 4 < found["bursts_per_min"] < 14
    assert 80 < found["burst_ms"] < 140
    assert 4 < found["interval_s"] < 14


@pytest.mark.slow
def test_a_stimulus_in_the_sensory_block_reaches_the_motor_blocks():
    from benchmarks.quality.culture import evoked

    found = evoked(Culture(plasticity="frozen"), 21, n_pulses=100)
    assert found["motor"] > 1.3 * found["motor_without"]
