"""Regimes of circuits of any size, and the fates of trajectories behind them."""

import numpy as np
import pytest

from interplay._core.errors import DataError
from interplay.circuits import LateralInhibition, RateCircuit, SharedInhibition, WilsonCowan, regime
from interplay.circuits.attractors import cycle_of, follow_runs


def test_cycle_is_measured():
    time = np.linspace(0, 50, 5001)
    rates = np.stack([1 + 2 * np.sin(2 * np.pi * time / 3.7), 0.1 * np.cos(2 * np.pi * time / 3.7)], axis=1)
    lowest, highest, period = cycle_of(time, rates)
    assert period == pytest.approx(3.7, abs=1e-3)
    assert lowest == pytest.approx(np.array([-1.0, -0.1]), abs=1e-3)
    assert highest == pytest.approx(np.array([3.0, 0.1]), abs=1e-3)


def test_no_period_without_two_crossings():
    assert np.isnan(cycle_of(np.arange(10.0), np.linspace(0, 1, 10)[:, None])[2])


def test_fates():
    rest, cycles, grows = (
        WilsonCowan(w, 3.0, w_ie, 0.0, phi=phi).circuit()
        for w, w_ie, phi in ((0.5, 3.0, "relu"), (2.5, 3.0, "relu"), (3.0, 0.1, "relu"))
    )
    u, none = np.array([0.5, 0.0]), np.empty((0, 2))
    home = WilsonCowan(0.5, 3.0, 3.0, 0.0).equilibrium(u).rates
    fates = follow_runs([rest, cycles, grows], np.tile(u, (3, 1)), np.full((3, 2), 0.1), [home, none, none])
    assert fates.settled.tolist() == [0, -1, -1]
    assert fates.persists.tolist() == [False, True, False]
    assert fates.escaped.tolist() == [False, False, True]
    assert not fates.fading.any()
    assert np.isfinite(fates.period).tolist() == [False, True, False]
    assert fates.of(np.array([False, True, False])).persists.tolist() == [True]


def test_slow_fading_is_no_cycle():
    pair = WilsonCowan(1.999, 3.0, 3.0, 0.0, phi="clip")
    assert pair.regime([0.5, 0.0]).regime == "inhibition_stabilised"


@pytest.mark.parametrize(
    ("motif", "drive", "word"),
    [
        (LateralInhibition(3, b=1.35), [1.0, 1.0, 1.0], "bistable"),
        (LateralInhibition(3, b=0.4), [1.0, 0.9, 0.8], "self_regulating"),
        (SharedInhibition(4), [1.0, 0.9, 0.8, 0.7], "self_regulating"),
        (SharedInhibition(2, w=1.5, a=2.0, b=2.0), [1.0, 0.2], "inhibition_stabilised"),
        (SharedInhibition(2, w=1.5, a=0.1, b=0.1), [1.0, 1.0], "runaway"),
    ],
)
def test_regimes_of_larger_circuits(motif, drive, word):
    assert motif.regime(drive).regime == word


def test_order_of_units_does_not_matter():
    motif = LateralInhibition(3, b=1.35)
    circuit, order = motif.circuit(), np.array([5, 2, 0, 4, 1, 3])
    drive = motif.full_drive([1.0, 0.9, 0.8])
    plain, mixed = regime(circuit, drive), regime(circuit.permuted(order), drive[order])
    assert plain.regime == mixed.regime
    for name, value in plain.indices.items():
        assert mixed.indices[name] == pytest.approx(value, abs=1e-9, nan_ok=True)


def test_delays_leave_the_regime_undecided():
    pair = WilsonCowan().circuit()
    delayed = RateCircuit(pair.weights, pair.phi, pair.tau, sign=pair.sign, delay=np.full((2, 2), 0.5))
    found = regime(delayed, [0.6, 0.0])
    assert found.regime == "undecided"
    assert "delays" in found.reason


def test_border_is_undecided():
    assert WilsonCowan(1.0).regime([0.6, 0.0]).regime == "undecided"
    assert WilsonCowan(2.5).regime([0.6, 0.0]).regime == "undecided"


def test_unbounded_slopes_have_no_margin_but_a_regime():
    found = WilsonCowan(0.0, 1.0, 1.0, 0.5, phi="power").regime([0.5, 0.0])
    assert found.regime == "self_regulating"
    assert np.isnan(found.indices["margin"])
    assert found.indices["e_gain"] == 0.0


def test_margin_is_left_out_on_request():
    found = regime(WilsonCowan().circuit(), [0.6, 0.0], certificate=False)
    assert np.isnan(found.indices["margin"])
    assert found.regime == "self_regulating"


def test_both_kinds_of_units_are_needed():
    with pytest.raises(DataError, match="must have excitatory and inhibitory units, got 2 and 0"):
        regime(RateCircuit([[0.1, 0.2], [0.3, 0.1]]), [1.0, 1.0])
