"""The compiled culture equals its slow twin, and its parts follow their equations."""

import math

import numpy as np
import pytest
from tests.oracles.culture import SlowCulture, noise

from interplay._core.rng import key_word
from interplay.ops import culture as blocks
from interplay.ops import culture_synapses as rows
from interplay.spiking import Culture

SETTINGS = {
    "n_units": 16,
    "dt_ms": 1.0,
    "size_um": (300.0, 200.0),
    "p_max": 0.9,
    "excitation": 0.5,
    "inhibition": 0.2,
    "noise_mean": 2.0,
    "noise_sd": 4.0,
    "eligibility_ms": 300.0,
    "potentiation": 0.02,
    "depression": 0.021,
    "scaling": 0.05,
    "target_hz": 4.0,
    "learning_rate": 2.0,
}
NAMES = {name: key_word(name) for name in ("unit", "noise")}


def rows_of(state):
    """Lay the blocks out as one row per quantity."""
    return state.state.reshape(-1, blocks.ROWS, blocks.LANES).transpose(1, 0, 2).reshape(blocks.ROWS, -1)


def slow_twin(config, live, seed):
    """Write the same network down as the oracle takes it."""
    state = live.state()
    table = rows_of(state)
    units = [
        {
            "a": float(table[blocks.A, i]),
            "b": float(table[blocks.B, i]),
            "c": float(state.unit_f[rows.C, i]),
            "d": float(state.unit_f[rows.D, i]),
            "mean": float(table[blocks.MEAN, i]),
            "sd": float(table[blocks.SPREAD, i]),
            "use": config.release if live.units.sign[i] > 0 else 0.0,
        }
        for i in range(config.n_units)
    ]
    adjacency, place = live.adjacency(), live.units.position_um
    synapses = []
    for i, j in zip(*np.nonzero(adjacency), strict=True):
        delay_ms = config.synapse_ms + math.dist(place[i], place[j]) / (config.speed_m_per_s * 1000)
        synapses.append(
            {
                "src": int(i),
                "dst": int(j),
                "weight": float(abs(adjacency[i, j])),
                "delay": max(round(delay_ms / config.dt_ms), 1),
                "excites": bool(live.units.sign[i] > 0),
                "plastic": bool(live.units.sign[i] > 0 and live.units.sign[j] > 0),
            }
        )
    most = config.weight_most * config.excitation
    settings = {
        "mode": config.plasticity,
        "most": most,
        "plus": config.potentiation * config.excitation,
        "minus": config.depression * config.excitation,
    }
    for name in (
        "dt_ms", "tau_ms", "recovery_ms", "eligibility_ms", "nmda_share", "reversal_mv", "target_hz", "rate_tau_s",
        "scaling", "window_ms", "reward_blend", "learning_rate",
    ):  # fmt: skip
        settings[name] = getattr(config, name)
    return SlowCulture(units, synapses, settings, seed=seed, names=NAMES)


def pulses_at(live, electrode, mv, step):
    """Which units a pulse moves, by the formula."""
    away = np.linalg.norm(live.units.position_um - live.electrodes.position_um[electrode], axis=1)
    scale = live.config.stimulus_um
    return [(step, i, mv / (1 + (d / scale) ** 2)) for i, d in enumerate(away) if d <= 6 * scale]


@pytest.mark.parametrize("plasticity", ["stdp", "r_stdp_centred", "frozen"])
def test_the_kernel_equals_its_slow_twin(plasticity):
    config = Culture(**SETTINGS, plasticity=plasticity)
    live = config.begin(3)
    slow = slow_twin(config, live, 3)
    steps = config.tick_steps
    for tick in range(110):
        pulses = []
        if tick in (5, 40):
            live.stimulate([0], 150.0, delay_s=0.003)
            pulses = pulses_at(live, 0, 150.0, slow.step + 3)
        if tick in (60, 61, 100):
            value = 1.0 if tick != 61 else -0.5
            live.reward(value)
            slow.reward(value)
        live.advance(1)
        time, unit = live.spikes_of_units()
        fired = slow.advance(steps, pulses)
        assert [(round(t / 0.001), int(u)) for t, u in zip(time, unit, strict=True)] == fired, f"tick {tick}"
    assert sum(map(len, slow.past)) > 200
    table = rows_of(live.state())
    for name in ("v", "u", "ampa", "nmda", "gaba"):
        row = getattr(blocks, name.upper())
        wanted = [unit[name] for unit in slow.units]
        np.testing.assert_allclose(table[row, : config.n_units], wanted, rtol=5e-3, atol=5e-3, err_msg=name)
    wanted = [synapse["weight"] for synapse in slow.synapses]
    found = [abs(live.adjacency()[s["src"], s["dst"]]) for s in slow.synapses]
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-6)
    before = np.abs(config.begin(3).adjacency())
    changed = float(np.abs(np.abs(live.adjacency()) - before).max())
    assert changed == 0 if plasticity == "frozen" else changed > 1e-3


def test_noise_has_mean_zero_and_variance_one_and_stays_within_its_range():
    words = np.arange(40_000, dtype=np.uint32)
    drawn = np.array([blocks.bell(word) for word in words])
    assert abs(drawn.mean()) < 0.02
    assert abs(drawn.var() - 1) < 0.02
    assert np.abs(drawn).max() <= 510 / math.sqrt(4 * (256**2 - 1) / 12) + 1e-6
    assert abs((drawn**4).mean() - (3 - 1.2 / 4)) < 0.12, "four uniform bytes: excess kurtosis -0.3"


def test_noise_hangs_on_seed_unit_and_step_alone():
    config = Culture(n_units=70, noise_sd=1.0, noise_mean=0.0, drive_spread=0.0, excitation=0.0, inhibition=0.0)
    small = config.begin(5)
    small.advance(1)
    assert rows_of(small.state())[blocks.V, 69] != rows_of(small.state())[blocks.V, 68]
    drawn = [noise(5, NAMES, 0, step) for step in range(2000)]
    assert abs(np.mean(drawn)) < 0.1
    assert abs(np.corrcoef(drawn[1:], drawn[:-1])[0, 1]) < 0.08


def pair(mode, first_gap):
    """Two units, one plastic edge 0 -> 1; unit 0 fires `first_gap` steps before unit 1 (negative: after)."""
    slow, fast = (
        np.exp(-np.arange(5000) * 0.5 / np.array(tau)[:, None]).astype(np.float32)
        for tau in ((1900.0, 1000.0), (20.0, 50.0))
    )
    unit_f, unit_i = np.zeros((7, 2), np.float32), np.zeros((4, 2), np.int32)
    unit_f[rows.LEFT], unit_f[rows.USE] = 1, 0.3
    unit_i[rows.LAST] = -(2**30)
    unit_i[rows.PLASTIC] = [1, 1]
    pointers = np.array([[0, 1, 1], [0, 0, 1]])
    edge_i, edge_f = np.zeros((2, 1), np.int32), np.zeros((2, 1), np.float32)
    edge_i[rows.ROUTE] = 1 + (1 << rows.DELAY_BIT)
    edge_f[rows.WEIGHT] = 0.5
    in_i = np.zeros((2, 1), np.int32)
    queue, state = np.zeros(4 * 128, np.float32), np.zeros(9 * 64, np.float32)
    when = {0: 100, 1: 100 + first_gap}
    for step in sorted(set(when.values())):
        now = [unit for unit in (0, 1) if when[unit] == step]
        for unit in now:
            rows.release(
                unit, step, mode, np.float32(0.02), queue, 3, 128, unit_f, unit_i, pointers, edge_i, edge_f, slow, fast
            )
        for unit in now:
            rows.strengthen(
                unit,
                step,
                mode,
                np.float32(0.01),
                np.float32(1),
                unit_f,
                unit_i,
                pointers,
                in_i,
                edge_i,
                edge_f,
                slow,
                fast,
            )
        for unit in now:
            rows.settle(unit, step, state, unit_f, unit_i, fast)
    return edge_f


@pytest.mark.parametrize("mode", [rows.STDP, rows.REWARDED])
@pytest.mark.parametrize("gap", [-200, -40, -1, 0, 1, 7, 40, 200])
def test_the_window_is_its_equation(mode, gap):
    edge_f = pair(mode, gap)
    wanted = 0.01 * math.exp(-gap * 0.5 / 20) if gap > 0 else -0.02 * math.exp(gap * 0.5 / 50) if gap < 0 else 0.0
    assert edge_f[rows.WEIGHT, 0] - 0.5 == pytest.approx(wanted if mode == rows.STDP else 0.0, abs=1e-6)
    assert edge_f[rows.ELIGIBLE, 0] == pytest.approx(0.0 if mode == rows.STDP else wanted, abs=1e-6)


def test_resources_follow_their_recursion():
    slow = np.exp(-np.arange(40_000) / np.array([[3800.0], [2000.0]])).astype(np.float32)
    fast = np.zeros((2, 100), np.float32)
    unit_f, unit_i = np.zeros((7, 2), np.float32), np.zeros((4, 2), np.int32)
    unit_f[rows.LEFT], unit_f[rows.USE] = 1, 0.3
    unit_i[rows.LAST] = -(2**30)
    pointers, edge_i = np.array([[0, 1, 1], [0, 0, 0]]), np.zeros((2, 1), np.int32)
    edge_i[rows.ROUTE], edge_f = 1 << rows.DELAY_BIT, np.full((2, 1), 0.5, np.float32)
    queue, state, left, before = np.zeros(4 * 128, np.float32), np.zeros(9 * 64, np.float32), 1.0, None
    for step in (10, 12, 90, 4000, 4001):
        if before is not None:
            left = 1 - (1 - left) * math.exp(-(step - before) / 3800)
        queue[:] = 0
        rows.release(
            0, step, rows.FROZEN, np.float32(0), queue, 3, 128, unit_f, unit_i, pointers, edge_i, edge_f, slow, fast
        )
        rows.settle(0, step, state, unit_f, unit_i, fast)
        assert queue.sum() == pytest.approx(0.5 * 0.3 * left, rel=1e-5)
        left, before = left * 0.7, step
