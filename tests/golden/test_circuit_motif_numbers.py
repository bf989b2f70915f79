"""Reference numbers of the motifs.

Source: a reconstruction from the abstract of arXiv 2512.05252, whose numbers were checked there with throw-away
simulations; printed figures are rounded, hence the tolerances (half a unit of the last printed digit, or what is said).
"""

import numpy as np
import pytest

from interplay.circuits import CorticalColumn, LateralInhibition, SharedInhibition, WilsonCowan, certify, energies
from interplay.ops.planar import planar_margin

REFERENCE = WilsonCowan(0.5, 2.0, 2.0, 0.5)
DRIVE = [0.6, 0.0]
CLIPPED = WilsonCowan(0.5, 3.0, 3.0, 0.0, phi="clip")


def clipped(w_ee):
    return CLIPPED.with_parameter("w_ee", w_ee)


def test_thresholds_of_the_reference_pair():
    assert list(REFERENCE.thresholds().values()) == pytest.approx([1.0, 2.5, 3.667], abs=5e-4)


@pytest.mark.parametrize(
    ("w_ee", "rates", "response", "costs"),
    [(0.5, (0.189, 0.253), 0.105, (-0.0090, -0.0479)), (1.5, (0.277, 0.369), -0.154, (0.0192, -0.1022))],
)
def test_equilibrium_response_and_costs(w_ee, rates, response, costs):
    pair = REFERENCE.with_parameter("w_ee", w_ee)
    circuit = pair.circuit()
    found = pair.equilibrium(DRIVE)
    assert found.rates == pytest.approx(np.array([rates]), abs=5e-4)
    assert found.rates[0] == pytest.approx(pair.interior(DRIVE), abs=1e-14)
    assert energies(circuit, found.rates[0], DRIVE).total == pytest.approx(np.array(costs), abs=5e-5)
    assert pair.regime(DRIVE).indices["paradoxical_response"] == pytest.approx(response, abs=5e-4)


@pytest.mark.parametrize(("ratio", "hopf"), [(0.5, 1.75), (1.0, 2.5), (2.0, 4.0)])
def test_oscillation_threshold_over_the_ratio_of_time_constants(ratio, hopf):
    pair = WilsonCowan(0.5, 2.0, 2.0, 0.5, tau_e=ratio)
    assert pair.thresholds()["oscillation"] == hopf
    assert (pair.thresholds()["saddle"] < hopf) == (ratio == 2.0)
    if ratio < 2.0:
        found = pair.bifurcation(DRIVE, values=[0.0, 3.0], simulate_cycles=False)
        assert [(kind, value) for kind, value, _ in found.special] == [("hopf", pytest.approx(hopf, abs=1e-12))]


def test_thresholds_of_the_clipped_pair():
    found = CLIPPED.thresholds([0.5, 0.0])
    assert (found["self_regulation"], found["oscillation"], found["saturation"]) == (1.0, 2.0, 3.5)
    sweep = CLIPPED.bifurcation([0.5, 0.0], values=[0.0, 5.0], simulate_cycles=False)
    assert [(kind, value) for kind, value, _ in sweep.special] == [
        ("hopf", pytest.approx(2.0, abs=1e-12)),
        ("fold", pytest.approx(3.5, abs=1e-12)),
    ]


@pytest.mark.parametrize(
    ("w_ee", "rates", "word"),
    [(0.5, (0.05, 0.16), "self_regulating"), (1.9, (0.06, 0.19), "inhibition_stabilised")],
)
def test_clipped_pair_at_rest(w_ee, rates, word):
    found = clipped(w_ee).equilibrium([0.5, 0.0])
    assert found.rates == pytest.approx(np.array([rates]), abs=5e-3)
    assert clipped(w_ee).regime([0.5, 0.0]).regime == word


def test_clipped_pair_cycles():
    found = CLIPPED.bifurcation([0.5, 0.0], values=[2.1, 3.0, 3.6, 4.3], points=9)
    assert found.regime.tolist() == ["oscillatory", "oscillatory", "bistable", "self_regulating"]
    (cycle,) = [b for b in found.branches if b.kind == "cycle"]
    swing = (cycle.rates - cycle.lowest)[:, 0]
    # The source's 0.05 at 2.1 is the swing of E to one digit; its periods are given to two decimals.
    assert swing == pytest.approx(np.array([0.05, 0.13, 0.22]), abs=6e-3)
    assert cycle.period == pytest.approx(np.array([2.29, 3.14, 3.89]), abs=6e-3)
    spectrum = clipped(2.0).equilibrium([0.5, 0.0]).eigenvalues[0]
    assert 2 * np.pi / spectrum.imag.max() == pytest.approx(2.22, abs=5e-3)


@pytest.mark.parametrize(
    ("w_ee", "drive", "attractors"),
    [
        (3.6, (0.5, 0.0), [(1.0, 1.0)]),
        (4.3, (0.5, 0.0), [(1.0, 1.0)]),
        (4.1, (-0.2, 0.0), [(0.0, 0.0)]),
        (4.3, (-0.2, 0.0), [(0.0, 0.0), (1.0, 1.0)]),
    ],
)
def test_stable_equilibria_of_the_clipped_pair(w_ee, drive, attractors):
    found = clipped(w_ee).equilibrium(drive)
    assert found.rates[found.stable].tolist() == [list(x) for x in attractors]


def test_diagonal_stability_is_lost_at_one_whatever_the_other_strengths():
    rng = np.random.default_rng(0)
    for _ in range(40):
        others = rng.exponential(3.0, 3)
        below, above = (WilsonCowan(w, *others).circuit() for w in (0.999, 1.001))
        assert certify(below).verdict == "certified"
        assert certify(above).verdict == "refuted"
        assert planar_margin(below.stability_matrix)[0] > 0 > planar_margin(above.stability_matrix)[0]


def test_paradoxical_response_and_energy_change_sign_at_one():
    def look(w_ee):
        pair = REFERENCE.with_parameter("w_ee", w_ee)
        x = pair.interior(DRIVE)
        return pair.regime(DRIVE).indices["paradoxical_response"], energies(pair.circuit(), x, DRIVE).total[0]

    below, above = look(1.0 - 1e-6), look(1.0 + 1e-6)
    assert below[0] > 0 > above[0]
    assert below[1] < 0 < above[1]


SHARED = SharedInhibition(2, w=0.5, a=1.0, b=1.5, d=0.5)


@pytest.mark.parametrize(
    # Inputs are 2/3 -+ 0.01; the source prints them as 0.657 and 0.677.
    ("second", "rates"),
    [(2 / 3 - 0.01, (0.66667, 0.0, 0.66667)), (2 / 3 + 0.01, (0.65867, 0.01200, 0.67067))],
)
def test_shared_inhibition_silences_the_second(second, rates):
    assert (SHARED.competition, SHARED.threshold, SHARED.gain) == (2.0, pytest.approx(2 / 3), 5.0)
    assert SHARED.steady_state([1.0, second]).rates[0] == pytest.approx(np.array(rates), abs=5e-6)


@pytest.mark.parametrize(("kappa", "gain"), [(0.3, 1.857), (0.6, 4.0), (0.9, 19.0)])
def test_gain_of_lateral_inhibition(kappa, gain):
    motif = LateralInhibition(2, w=0.4, a=1.0, b=0.9 * kappa, d=0.5)
    assert motif.gain == pytest.approx(gain, abs=5e-4)
    found = motif.contrast([1.001, 0.999])
    assert found.contrast[0, 0] / found.contrast_in[0] == pytest.approx(gain, abs=5e-4)


@pytest.mark.parametrize(("n", "boundary"), [(2, 1.0), (4, 1.0), (5, 0.96), (6, 0.889), (10, 0.64)])
def test_lateral_inhibition_is_certified_up_to_its_boundary(n, boundary):
    assert LateralInhibition(n).certified_below == pytest.approx(boundary, abs=5e-4)
    for share, verdict in ((0.99, "certified"), (1.01, "refuted")):
        motif = LateralInhibition(n, w=0.4, a=1.0, b=0.9 * share * LateralInhibition(n).certified_below, d=0.5)
        assert certify(motif.circuit()).verdict == verdict


@pytest.mark.parametrize(("ratio", "winner"), [(1.45, 0), (1.55, 1)])
def test_incumbent_survives_up_to_the_competition_number(ratio, winner):
    motif = LateralInhibition(2, w=0.4, a=1.0, b=1.35, d=0.5)
    assert motif.competition == pytest.approx(1.5)
    found = motif.hysteresis(ratios=[1.0, ratio])
    assert found.rates[0] == pytest.approx(np.array([1.6667, 0.0]), abs=5e-5)
    assert found.winner.tolist() == [0, winner]


def test_column_doubles_contrast_until_the_winner_takes_all():
    column = CorticalColumn(8, 2, w=0.5, a=0.5, b=0.5, d=0.0)
    wanted = [0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.0, 1.0]
    found = column.contrast([1.01, 0.99])
    assert column.competition == 0.5
    assert found.contrast_in == pytest.approx(np.array([0.01]))
    assert found.contrast[0] == pytest.approx(np.array(wanted), abs=1e-10)
    assert found.predicted[0] == pytest.approx(np.array(wanted), abs=1e-10)
    assert column.growth(0.01) == pytest.approx(tuple(wanted))
    assert column.layers_to_winner(0.01) == 7


@pytest.mark.parametrize(("feedback", "verdict"), [(0.0, "certified"), (0.05, "certified"), (0.1, "refuted")])
def test_feedback_costs_the_column_its_certificate(feedback, verdict):
    assert certify(CorticalColumn(4, feedback=feedback).circuit()).verdict == verdict
