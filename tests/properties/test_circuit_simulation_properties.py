"""Simulation, whatever the circuit: order of units, unit of time, cut in time, order of runs, restraint of rates."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from interplay.circuits import ACTIVATIONS, Activation, RateCircuit, activation, simulate

numbers = st.floats(-1.5, 1.5, width=32)


@st.composite
def circuits(draw):
    n = draw(st.integers(1, 5))
    weights = draw(st.lists(numbers, min_size=n * n, max_size=n * n))
    kinds = draw(st.lists(st.sampled_from(sorted(set(ACTIVATIONS) - {"power"})), min_size=n, max_size=n))
    tau = draw(st.lists(st.floats(0.5, 2.0, width=32), min_size=n, max_size=n))
    drive = draw(st.lists(numbers, min_size=n, max_size=n))
    phi: list[Activation] = [activation(kind) for kind in kinds]
    return RateCircuit(np.reshape(weights, (n, n)), phi, tau), np.array(drive)


@given(case=circuits(), shuffle=st.randoms(use_true_random=False))
@settings(max_examples=30, deadline=None)
def test_the_order_of_units_changes_rounding_only(case, shuffle):
    circuit, u = case
    order = list(range(circuit.n_units))
    shuffle.shuffle(order)
    plain = simulate(circuit, u, duration_s=1.0, dt_s=0.1).rates
    moved = simulate(circuit.permuted(order), u[order], duration_s=1.0, dt_s=0.1).rates
    assert np.allclose(moved, plain[..., order], rtol=1e-12, atol=1e-12)


@given(case=circuits(), cut=st.integers(1, 9))
@settings(max_examples=30, deadline=None)
def test_a_run_can_be_cut_in_time_and_taken_up_again(case, cut):
    circuit, u = case
    whole = simulate(circuit, u, duration_s=1.25, dt_s=0.125).rates[0]
    first = simulate(circuit, u, duration_s=0.125 * cut, dt_s=0.125).rates[0]
    second = simulate(circuit, u, duration_s=0.125 * (10 - cut), dt_s=0.125, start=first[-1]).rates[0]
    assert np.array_equal(np.concatenate([first, second[1:]]), whole)


@given(case=circuits())
@settings(max_examples=30, deadline=None)
def test_the_unit_of_time_does_not_matter(case):
    circuit, u = case
    slow = RateCircuit(circuit.weights, circuit.phi, 1024 * circuit.tau)
    plain = simulate(circuit, u, duration_s=1.0, dt_s=0.125, noise=0.1)
    scaled = simulate(slow, u, duration_s=1024.0, dt_s=128.0, noise=0.1)
    assert np.array_equal(plain.rates, scaled.rates)


@given(case=circuits(), others=st.lists(numbers, min_size=1, max_size=5))
@settings(max_examples=30, deadline=None)
def test_other_runs_do_not_matter(case, others):
    circuit, u = case
    drives = np.stack([u, *(np.full_like(u, v) for v in others)])
    together = simulate(circuit, drives, duration_s=1.0, dt_s=0.125, noise=0.2).rates
    alone = simulate(circuit, u, duration_s=1.0, dt_s=0.125, noise=0.2).rates
    assert np.array_equal(together[0], alone[0])
    turned = simulate(circuit, drives[::-1], duration_s=1.0, dt_s=0.125, noise=0.2, runs=np.arange(len(drives))[::-1])
    assert np.array_equal(turned.rates[::-1], together)


@given(case=circuits(), dt=st.sampled_from([0.25, 1.0, 4.0]))
@settings(max_examples=30, deadline=None)
def test_the_exponential_method_keeps_rates_in_their_domain(case, dt):
    circuit, u = case
    rates = simulate(circuit, u, duration_s=8.0, dt_s=dt, method="exponential_euler").rates
    low, high = np.array([phi.domain for phi in circuit.activations]).T
    assert (rates >= low).all()
    assert (rates <= high).all()
