"""Spikes of a rate circuit: rates by the mean field, both ways of keeping the filters, messages."""

import numpy as np
import pytest

from interplay._core.errors import ConfigError, DataError, NumericalError
from interplay.circuits import RateCircuit, activation, simulate_spikes


def test_mean_rates_are_the_equilibrium():
    w = np.array([[0.2, -0.3], [0.4, -0.1]])
    spikes = simulate_spikes(RateCircuit(w, "identity", 0.05), [30.0, 30.0], duration_s=2000.0, seed=1)
    want = np.linalg.solve(np.eye(2) - w, [30.0, 30.0])
    np.testing.assert_allclose(spikes.events.counts() / 2000.0, want, rtol=0.02)
    np.testing.assert_array_equal(spikes.truth.matrix(0), w.T - np.diag(np.diag(w)))


def test_a_spike_raises_the_intensity_for_one_time_constant():
    # Unit 0 fires alone; unit 1 only because of it: 0.5 spikes each, exponentially distributed after it.
    w = np.array([[0.0, 0.0], [0.5, 0.0]])
    spikes = simulate_spikes(RateCircuit(w, "relu", 0.02), [0.5, 0.0], duration_s=20000.0, seed=2)
    first, second = spikes.events.trains()
    after = second - first[np.searchsorted(first, second) - 1]
    assert len(second) / len(first) == pytest.approx(0.5, rel=0.03)
    assert after.mean() == pytest.approx(0.02, rel=0.05)


def test_both_ways_of_keeping_the_filters_agree():
    w = np.array([[0.3, -0.8, 0.0], [0.5, 0.0, -0.4], [0.6, 0.2, -0.2]])
    one = simulate_spikes(RateCircuit(w, "relu", 0.05), [9.0, 7.0, 5.0], duration_s=50.0, seed=3)
    several = simulate_spikes(
        RateCircuit(w, "relu", [0.05, 0.05, 0.05 + 1e-15]), [9.0, 7.0, 5.0], duration_s=50.0, seed=3
    )
    np.testing.assert_array_equal(one.events.unit, several.events.unit)
    np.testing.assert_allclose(one.events.time, several.events.time, rtol=1e-9)


@pytest.mark.parametrize(
    "phi",
    [activation("clip", top=4.0), activation("threshold_linear", gain=0.5, threshold=-9.0), "softplus", "logistic"],
)
def test_uncoupled_units_fire_at_phi_of_their_drive(phi):
    circuit = RateCircuit(np.zeros((1, 1)), phi, 0.1)
    spikes = simulate_spikes(circuit, [3.0], duration_s=3000.0, seed=4)
    want = float(circuit.rates(np.array([3.0]))[0])
    assert len(spikes.events) / 3000.0 == pytest.approx(want, abs=4 * np.sqrt(want / 3000.0))


def test_same_seed_same_spikes_and_silence_without_drive():
    circuit = RateCircuit([[0.5]], "relu", 0.1)
    one, two, other = (simulate_spikes(circuit, [5.0], duration_s=20.0, seed=k) for k in (5, 5, 6))
    assert one.digest == two.digest != other.digest
    assert len(simulate_spikes(circuit, [0.0], duration_s=20.0).events) == 0


def test_messages(monkeypatch):
    with pytest.raises(ConfigError, match="nowhere negative to be intensities, got 'tanh'"):
        simulate_spikes(RateCircuit([[0.5]], "tanh"), [1.0], duration_s=1.0)
    with pytest.raises(DataError, match="`circuit` must have no delays"):
        simulate_spikes(RateCircuit([[0.5]], delay=[[0.1]]), [1.0], duration_s=1.0)
    with pytest.raises(DataError, match=r"`drive` must have shape \(N=1\)"):
        simulate_spikes(RateCircuit([[0.5]]), [1.0, 2.0], duration_s=1.0)
    monkeypatch.setattr("interplay.circuits.spiking_circuit._MOST_EVENTS", 1 << 16)
    with pytest.raises(NumericalError, match="grow without bound"):
        simulate_spikes(RateCircuit([[2.0]], "relu", 0.1), [50.0], duration_s=1000.0)
