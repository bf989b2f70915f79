"""The course of fitted circuits: verdicts, regimes, costs, responses, and what is said where nothing can be."""

import numpy as np
import pytest

from interplay._core.errors import ConfigError, DataError
from interplay.circuits import (
    CircuitFit,
    RateCircuit,
    certify,
    course,
    fit_recovery,
    game,
    response,
    simulate_spikes,
    steady_state,
)
from interplay.circuits.fit_results import CircuitFitResult

QUIET, STABILISED = np.array([[0.5, -2.0], [2.0, -0.5]]), np.array([[1.5, -2.0], [2.0, -0.5]])
RUNAWAY = np.array([[3.0, -0.1], [0.1, -0.5]])


def fitted(weights, drive, phi="relu", tau=1.0, draws=None, score=(0.2, 0.1), parameters=()):
    weights, drive = np.asarray(weights, float), np.asarray(drive, float)
    windows, n, _ = weights.shape
    nothing = np.full_like(weights, np.nan)
    return CircuitFitResult(
        config=None,
        made_from="x",
        names=np.array([f"u{i}" for i in range(n)]),
        units=np.arange(n),
        sign=np.where((weights >= 0).all(axis=(0, 1)), 1, -1),
        sign_source="given",
        bounds=np.column_stack([np.arange(windows), np.arange(windows) + 1.0]),
        weights=weights,
        low=nothing,
        high=nothing,
        drive=drive,
        rates=np.abs(drive),
        phi=phi,
        tau_s=tau,
        score={
            "circuit": np.full(windows, score[0]),
            "own past": np.full(windows, score[1]),
            "constant rate": np.zeros(windows),
        },
        level=0.95,
        draws=draws,
        phi_parameters=parameters,
    )


def test_a_course_says_what_each_window_is():
    fit = fitted([QUIET, STABILISED, RUNAWAY], [[0.6, 0.0]] * 3)
    found = course(fit)
    assert found.verdict.tolist() == ["certified", "refuted", "refuted"]
    assert found.regime.tolist() == ["self_regulating", "inhibition_stabilised", "runaway"]
    np.testing.assert_allclose(found.equilibrium[:2], [[0.1895, 0.2526], [0.2769, 0.3692]], atol=1e-4)
    assert (found.abscissa[:2] < 0).all()
    assert np.isnan(found.margin).tolist() == [False, True, True]
    # Energies and the response to inhibition that change sign where inhibition takes over.
    np.testing.assert_allclose(found.energy[:2], [[-0.0090, -0.0479], [0.0192, -0.1022]], atol=1e-4)
    np.testing.assert_allclose(found.response[:2, 1, 1], [0.105, -0.154], atol=1e-3)
    assert found.paradoxical[:2].tolist() == [[False, False], [False, True]]
    assert found.nash_gap[0].max() == pytest.approx(0.0, abs=1e-12)
    assert found.nash_gap[1, 0] > 0
    assert np.isnan(found.certified_share).all()
    assert len(found.reasons) == 3


def test_costs_and_responses_are_those_of_the_game_and_of_the_solver():
    fit = fitted([STABILISED], [[0.6, 0.1]], phi="tanh", tau=0.5)
    found, circuit = course(fit), fit.circuit(0)
    x = found.equilibrium[0]
    seen = game(circuit, x, fit.drive[0])
    np.testing.assert_allclose(found.nash_gap[0], seen.nash_gap)
    np.testing.assert_allclose(found.interaction[0] + found.activation[0], found.energy[0])
    step = 1e-6
    for j in range(2):
        moved = steady_state(circuit, fit.drive[0] + step * np.eye(2)[j], start=x).rates[0]
        np.testing.assert_allclose(response(circuit, x, fit.drive[0])[:, j], (moved - x) / step, atol=1e-4)


def test_share_of_certified_draws_and_its_limit():
    draws = np.array([[QUIET, STABILISED, QUIET, np.array([[0.5, -1.0], [9.0, 0.0]])]], dtype=np.float32)
    fit = fitted([QUIET], [[0.6, 0.0]], draws=draws)
    assert course(fit).certified_share[0] == 0.75
    assert course(fit, draws=2).certified_share[0] == 0.5
    assert np.isnan(course(fit, draws=0).certified_share[0])
    # The last one needs more than the cheapest rung.
    assert certify(RateCircuit(draws[0, 3].astype(float))).rung != "identity"


def test_windows_that_a_trivial_model_foresees_as_well_are_marked():
    good, bad = (course(fitted([QUIET], [[0.6, 0.0]], score=score)) for score in ((0.2, 0.1), (0.1, 0.1)))
    assert "do not rely" not in good.reasons[0]
    assert "do not rely" in bad.reasons[0]
    assert "no better than a trivial model" in bad.notes[0]
    assert good.indices["score_gain"][0] == pytest.approx(0.1)


def test_no_certificate_without_a_bounded_slope_and_no_regime_without_both_kinds():
    power = course(fitted([0.1 * QUIET], [[0.6, 0.1]], phi="power", parameters=(1.0, 2.0)))
    assert power.verdict.tolist() == ["undecided"]
    assert "No certificate: the slope of 'power' has no bound" in power.notes[-1]
    alone = course(fitted([[[1.2, 0.1], [0.1, 0.2]]], [[0.6, 0.1]]))
    assert alone.regime.tolist() == ["undecided"]
    assert "without inhibitory units" in alone.reasons[0]


def test_a_certificate_settles_the_regime_where_nothing_else_can():
    # Without inhibitory units, and at rest on every kink: stable for any slopes.
    alone, silent = course(fitted([[[0.5, 0.1], [0.1, 0.2]]], [[0.6, 0.1]])), course(fitted([QUIET], [[0.0, 0.0]]))
    for found in (alone, silent):
        assert found.verdict.tolist() == ["certified"]
        assert found.regime.tolist() == ["self_regulating"]
        assert "Diagonally stable" in found.reasons[0]


def test_messages_of_course():
    with pytest.raises(ConfigError, match="`draws` must be a whole number"):
        course(fitted([QUIET], [[0.6, 0.0]]), draws=-1)


@pytest.fixture(scope="module")
def scored():
    w = np.array([[0.0, -0.6, 0.3], [0.5, 0.0, 0.0], [0.0, -0.3, 0.2]])
    spikes = simulate_spikes(RateCircuit(w, "relu", 0.05), [12.0, 8.0, 9.0], duration_s=240.0)
    fit = CircuitFit(window_s=120.0, step_s=120.0, draws=40).fit(spikes)
    return w, fit, fit_recovery(fit, w, trivial={"noise": np.array([[0, 1.0, 2], [3, 0, 4], [5, 6, 0]])})


def test_recovery_counts_by_hand(scored):
    w, fit, found = scored
    off = ~np.eye(3, dtype=bool)
    for s in range(2):
        a, b = fit.weights[s][off], w[off]
        assert found.correlation["circuit"][s] == pytest.approx(np.corrcoef(a, b)[0, 1])
        wins = [(abs(x) > abs(y)) + 0.5 * (abs(x) == abs(y)) for x in a[b != 0] for y in a[b == 0]]
        assert found.edge_auc["circuit"][s] == pytest.approx(np.mean(wins))
        inside = (fit.low[s] <= w) & (w <= fit.high[s])
        assert found.covered_present[s] == inside[w != 0].mean()
        assert found.covered_absent[s] == inside[w == 0].mean()
        off_zero = (fit.low[s] > 0) | (fit.high[s] < 0)
        assert found.detected[s] == off_zero[w != 0].mean()
        assert off_zero[w < 0].any()
        assert found.slope[s] == pytest.approx(np.polyfit(b, a, 1)[0])
        assert found.false_detected[s] == pytest.approx(1 - ((fit.low[s] <= 0) & (fit.high[s] >= 0))[w == 0].mean())
    assert found.sign_accuracy == {
        "circuit": 1.0,
        "noise": pytest.approx(2 / 3),
        "all excitatory": pytest.approx(2 / 3),
    }
    assert found.true_verdict.tolist() == ["certified", "certified"]


def test_recovery_beats_noise_and_takes_a_truth_per_window(scored):
    w, fit, found = scored
    assert (found.correlation["circuit"] > 0.9).all()
    assert (np.abs(found.correlation["noise"]) < 0.9).all()
    again = fit_recovery(fit, np.stack([w, STABILISED_3]))
    assert again.true_verdict.tolist() == ["certified", "refuted"]
    with pytest.raises(DataError, match=r"`truth` must have shape \(N=3, N=3\), got \(2, 2\)"):
        fit_recovery(fit, QUIET)
    with pytest.raises(DataError, match="must not use the name 'circuit'"):
        fit_recovery(fit, w, trivial={"circuit": w})


STABILISED_3 = np.array([[1.5, -2.0, 0.0], [2.0, -0.5, 0.0], [0.0, 0.0, 0.0]])
