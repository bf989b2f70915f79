"""Simulation: the equations, the same bits in every layout, noise by event, delays, divergence, messages."""

import pickle

import numpy as np
import pytest
from tests.oracles.circuits_simulation import deviate, run_rk4

from interplay._core.errors import ConfigError, DataError, InterplayWarning
from interplay.circuits import ACTIVATIONS, Activation, CircuitBatch, RateCircuit, activation, simulate
from interplay.circuits import simulation as module

PAIR = RateCircuit.of_blocks(0.5, 2.0, 2.0, 0.5)


def draw(n, phi, seed=0):
    rng = np.random.Generator(np.random.Philox(seed))
    return RateCircuit(rng.normal(0, 0.7 / np.sqrt(n), (n, n)), phi, rng.uniform(0.6, 2.0, n)), rng


@pytest.mark.parametrize("kind", sorted(ACTIVATIONS))
@pytest.mark.parametrize("n", [2, 3])
def test_every_activation_follows_the_equations(kind, n):
    circuit, rng = draw(n, activation(kind))
    u, start = rng.random(n), rng.random(n) / 2
    found = simulate(circuit, u, duration_s=1.2, dt_s=0.1, start=start)
    kinds = [(p.kind, p.parameters) for p in circuit.activations]
    wanted = run_rk4(circuit.weights, kinds, circuit.tau, lambda step: u, start, 0.1, 12)
    assert np.allclose(found.rates[0], wanted, rtol=0, atol=1e-13)
    assert np.allclose(found.time, np.arange(13) * 0.1)


def test_input_that_changes_noise_and_mixed_activations():
    circuit, rng = draw(5, ["relu", "tanh", "softplus", "clip", "logistic"])
    u = rng.normal(0, 1, (3, 8, 5))
    found = simulate(circuit, u, duration_s=0.8, dt_s=0.1, noise=0.3, seed=9, runs=[4, 0, 7], key="x")
    for b, run in enumerate((4, 0, 7)):
        kinds = [(p.kind, p.parameters) for p in circuit.activations]
        wanted = run_rk4(
            circuit.weights, kinds, circuit.tau, lambda step, b=b: u[b, step], np.zeros(5), 0.1, 8, 0.3, 9, "x", run
        )
        assert np.allclose(found.rates[b], wanted, rtol=0, atol=1e-13)
    assert found.drive.shape == (3, 8, 5)
    assert found.seed == 9


@pytest.mark.parametrize(("n", "phi"), [(2, "relu"), (2, "tanh"), (2, ["relu", "tanh"]), (5, "softplus"), (9, "clip")])
def test_a_run_has_the_same_bits_alone_in_a_batch_and_in_every_layout(n, phi, monkeypatch):
    circuits = [draw(n, phi, seed)[0] for seed in range(70)]
    rng = np.random.Generator(np.random.Philox(1))
    u, settings = rng.random((70, n)), {"duration_s": 2.0, "dt_s": 0.1, "noise": 0.1}
    batch = simulate(CircuitBatch.of(circuits), u, **settings)
    threads = simulate(CircuitBatch.of(circuits), u, jobs=2, record_every=5, **settings)
    assert np.array_equal(threads.rates, batch.rates[:, ::5])
    monkeypatch.setattr(module, "_wide", lambda *sizes: True)
    assert np.array_equal(simulate(CircuitBatch.of(circuits), u, **settings).rates, batch.rates)
    monkeypatch.setattr(module, "_wide", lambda *sizes: False)
    for b in (0, 66):
        alone = simulate(circuits[b], u[b], runs=[b], **settings)
        assert np.array_equal(alone.rates[0], batch.rates[b])
    many = simulate(circuits[3], u, **settings).rates
    monkeypatch.setattr(module, "_wide", lambda *sizes: True)
    assert np.array_equal(simulate(circuits[3], u, **settings).rates, many)


def test_noise_spreads_a_free_unit_as_promised():
    free = RateCircuit(np.zeros((2, 2)), "identity", [1.0, 0.2])
    found = simulate(free, np.zeros((64, 2)), duration_s=60.0, dt_s=0.1, noise=[0.3, 0.1], seed=2).rates[:, 100:]
    assert found.std(axis=(0, 1)) == pytest.approx([0.3, 0.1], rel=0.05)
    assert abs(found.mean()) < 0.01
    late = found[:, 10:, 0] * found[:, :-10, 0]
    assert late.mean() / 0.09 == pytest.approx(np.exp(-1.0), abs=0.05)


def test_the_exponential_method_is_its_recursion_and_stays_in_the_domain():
    circuit, rng = draw(4, "logistic")
    x, u = rng.random(4), rng.random(4)
    found = simulate(circuit, u, duration_s=6.0, dt_s=3.0, start=x, method="exponential_euler").rates[0]
    keep = np.exp(-3.0 / circuit.tau)
    for step in range(2):
        x = keep * x + (1 - keep) * circuit.rates(circuit.input(x, u))
        assert np.allclose(found[step + 1], x, atol=1e-14)
    assert ((found >= 0) & (found <= 1)).all()


def test_delays_against_the_solution_by_hand():
    # dx/dt = -x - 2 x(t - 1) with x = 1 before 0: -2 + 3 exp(-t) on [0, 1], then 4 + (c - 6 e t) exp(-t).
    circuit = RateCircuit([[-2.0]], "identity", delay=1.0)
    c = (-2 + 3 / np.e - 4) * np.e + 6 * np.e
    end = 4 + (c - 6 * np.e * 2) * np.exp(-2.0)
    errors = [
        simulate(circuit, [0.0], duration_s=2.0, dt_s=dt, start=[1.0], record_every=None).rates[0, -1, 0] - end
        for dt in (0.1, 0.05)
    ]
    assert abs(errors[0]) < 1e-5
    assert errors[0] / errors[1] == pytest.approx(16.87, abs=0.02), "order 4; the figure of the methods page"


def test_noise_with_delays_reaches_the_half_way_states_that_later_steps_read():
    # Unit 0 is free and noisy; unit 1 hears it two steps late, and its middle stages hear it half-way of a step.
    dt, sd, x, y, begun = 0.1, 0.3, 0.8, 0.2, [(0.8, 0.8, 0.8)] * 2
    circuit = RateCircuit([[0.0, 0.0], [1.5, 0.0]], "identity", delay=0.2)
    found = simulate(circuit, [0.0, 0.0], duration_s=0.8, dt_s=dt, start=[x, y], noise=[sd, 0.0], seed=5).rates[0]
    for step in range(8):
        k1, noise = -x, sd * np.sqrt(-np.expm1(-2 * dt)) * deviate(5, "circuit", 0, step, 0)
        k2 = -(x + dt / 2 * k1)
        k3 = -(x + dt / 2 * k2)
        k4 = -(x + dt * k3)
        middle = x + dt / 24 * (5 * k1 + 4 * k2 + 4 * k3 - k4) + noise / 2
        after = x + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4) + noise
        begun.append((x, middle, after))
        x = after
        u0, u1, u2 = 1.5 * np.array(begun[step])
        k1 = u0 - y
        k2 = u1 - (y + dt / 2 * k1)
        k3 = u1 - (y + dt / 2 * k2)
        k4 = u2 - (y + dt * k3)
        y = y + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        assert np.allclose(found[step + 1], [x, y], rtol=0, atol=1e-13)


def test_delays_that_touch_no_weight_change_no_bit():
    circuit, rng = draw(3, "tanh")
    weights = np.where(np.eye(3), 0.0, circuit.weights)
    late = RateCircuit(weights, "tanh", circuit.tau, delay=np.eye(3) * 0.3)
    u, settings = rng.random((3, 3)), {"duration_s": 2.1, "dt_s": 0.1, "noise": 0.1}
    now = RateCircuit(weights, "tanh", circuit.tau)
    assert np.array_equal(simulate(late, u, **settings).rates, simulate(now, u, **settings).rates)
    for method in ("rk4", "exponential_euler"):
        several = simulate(late, u, duration_s=2.1, dt_s=0.1, method=method)
        batch = simulate(CircuitBatch.of([late] * 3), u, duration_s=2.1, dt_s=0.1, method=method)
        assert np.array_equal(several.rates, batch.rates)


def test_it_settles_where_the_field_is_zero():
    found = simulate(PAIR, [0.6, 0.0], duration_s=60.0, record_every=None)
    assert found.residual[0] < 1e-12
    assert found.rates[0, -1] == pytest.approx([9 / 47.5, 12 / 47.5], abs=1e-12)  # (0.9, 1.2) / 4.75
    assert found.rates.shape == (1, 2, 2)
    assert found.made_from != simulate(PAIR, [0.7, 0.0], duration_s=1.0).made_from
    assert np.array_equal(pickle.loads(pickle.dumps(found)).rates, found.rates)


def test_runs_that_diverge_say_so_and_leave_the_others_alone():
    batch = CircuitBatch(np.array([np.diag([0.5, 0.0]), np.diag([3.0, 0.0])]), "relu")
    with pytest.warns(InterplayWarning, match=r"1 of 2 runs left the finite numbers \(first: run 1\)"):
        found = simulate(batch, [1.0, 1.0], duration_s=1000.0, dt_s=0.5, record_every=100)
    assert found.residual[1] == np.inf
    assert np.isnan(found.rates[1, -1]).all(), "the other unit's rates are no longer to be trusted either"
    assert not np.isinf(found.rates).any()
    assert found.rates[0, -1, 0] == pytest.approx(2.0)
    assert "run 1" in found.notes[0]


def test_inputs_are_left_alone():
    start, drive = np.full((2, 2), 0.5), np.ones((2, 2))
    simulate(PAIR, drive, duration_s=1.0, start=start)
    assert (start == 0.5).all()
    assert (drive == 1).all()


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"duration_s": 0.0}, ConfigError, "`duration_s` must be > 0"),
        ({"duration_s": 1.05, "dt_s": 0.1}, ConfigError, r"`duration_s` must be a whole number of steps, got 1.05 s"),
        ({"dt_s": 3.0}, ConfigError, "`duration_s` must be a whole number of steps"),
        ({"dt_s": 0.1, "record_every": 3}, ConfigError, "must divide the number of steps, got 3 and 10 steps"),
        ({"method": "rk5"}, ConfigError, "Unknown method 'rk5'; did you mean 'rk4'"),
        ({"noise": -0.1}, ConfigError, "`noise` must be >= 0, got -0.1"),
        ({"drive": [1.0]}, DataError, r"`drive` must have shape \(N=2\)"),
        ({"drive": np.ones((3, 4, 2)), "dt_s": 0.1}, DataError, r"`drive` must have shape \(B, T=10, N=2\)"),
        ({"drive": [np.nan, 0.0]}, DataError, "`drive` must be finite"),
        ({"drive": np.ones((3, 2)), "start": np.ones((2, 2))}, DataError, "got circuit 1, drive 3, start 2, noise 1"),
        ({"duration_s": 1e9, "dt_s": 1.0}, ConfigError, r"14\.9 GiB\. Raise `record_every`"),
        ({"jobs": 0}, ConfigError, "`jobs` must be a whole number >= 1"),
        ({"seed": -1}, ConfigError, "`seed` must be"),
    ],
)
def test_messages(changes, error, message):
    settings = {"drive": [1.0, 0.0], "duration_s": 1.0} | changes
    with pytest.raises(error, match=message):
        simulate(PAIR, settings.pop("drive"), **settings)


def test_a_delay_must_be_whole_steps():
    circuit = RateCircuit(PAIR.weights, delay=[[0.0, 0.25], [0.1, 0.0]])
    with pytest.raises(ConfigError, match=r"`delay` must be a whole number of steps, got 0\.25 s"):
        simulate(circuit, [1.0, 0.0], duration_s=1.0, dt_s=0.1)
    assert simulate(circuit, [1.0, 0.0], duration_s=1.0, dt_s=0.05).rates.shape == (1, 21, 2)


def test_the_default_step_divides():
    found = simulate(PAIR, [0.6, 0.0], duration_s=1.0, record_every=7)
    assert found.config.dt_s <= 0.1 / 3.5
    assert found.time[-1] == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("kind", "gentle", "steep"), [("leaky_relu", 0.5, 400.0), ("logistic", (1.0, 0.0), (4e3, 0.0))]
)
def test_the_default_step_of_a_batch_fits_its_steepest_circuit_wherever_it_stands(kind, gentle, steep):
    circuits = [
        RateCircuit([[0, -1], [1, 0]], Activation(kind, tuple(np.atleast_1d(p))), 0.02) for p in (gentle, steep)
    ]
    alone = simulate(circuits[1], [-1.0, -1.0], duration_s=0.02)
    for order in ((0, 1), (1, 0)):
        batch = CircuitBatch.of([circuits[b] for b in order])
        found = simulate(batch, [-1.0, -1.0], duration_s=0.02)
        assert found.config.dt_s == alone.config.dt_s
        assert np.array_equal(found.rates[order.index(1)], alone.rates[0])


def test_the_default_step_of_a_batch_is_the_shortest_of_its_circuits():
    # Fast but weak beside slow but strong: neither needs the step of a circuit that is both.
    weak, strong = RateCircuit([[0.0, 1.0], [1.0, 0.0]], tau=0.1), RateCircuit([[0.0, 9.0], [-9.0, 0.0]], tau=1.0)
    found = simulate(CircuitBatch.of([strong, weak]), [1.0, 1.0], duration_s=0.5)
    steps = [simulate(c, [1.0, 1.0], duration_s=0.5).config.dt_s for c in (strong, weak)]
    assert found.config.dt_s == min(steps)
