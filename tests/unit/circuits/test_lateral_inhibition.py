"""Lateral inhibition and columns: wiring, closed forms against simulation, memory; numbers are in tests/golden."""

import numpy as np
import pytest

from interplay._core.errors import ConfigError, DataError
from interplay.circuits import (
    MOTIFS,
    CorticalColumn,
    LateralInhibition,
    SharedInhibition,
    all_equilibria,
    certify,
    simulate,
)


def test_lateral_wiring():
    weights = LateralInhibition(3, w=0.1, a=2.0, b=3.0, d=0.4).circuit().weights
    others = np.ones((3, 3)) - np.eye(3)
    assert (weights[:3, :3] == 0.1 * np.eye(3)).all()
    assert (weights[:3, 3:] == -2.0 * others).all()
    assert (weights[3:, :3] == 3.0 * np.eye(3)).all()
    assert (weights[3:, 3:] == -0.4 * np.eye(3)).all()


def test_shared_wiring():
    circuit = SharedInhibition(3, w=0.1, a=2.0, b=3.0, d=0.4, tau_e=0.5).circuit()
    assert circuit.weights[3].tolist() == [3.0, 3.0, 3.0, -0.4]
    assert circuit.weights[:3, 3].tolist() == [-2.0] * 3
    assert circuit.tau.tolist() == [0.5, 0.5, 0.5, 1.0]
    assert SharedInhibition(3) != LateralInhibition(3)


@pytest.mark.parametrize("wiring", ["shared", "lateral"])
def test_closed_form_is_where_simulation_ends(wiring):
    rng = np.random.default_rng(7)
    for n in (2, 3, 6):
        motif = LateralInhibition(n, w=0.5, a=0.7, b=0.5, d=0.2, wiring=wiring, tau_i=0.6)
        drives = motif.full_drive(rng.uniform(-0.5, 1.5, (6, n)))
        if wiring == "shared":
            drives[:, n] = rng.normal(size=6)
        closed = motif.closed_form(drives)
        course = simulate(motif.circuit(), drives, duration_s=400.0, dt_s=0.1, record_every=None)
        assert closed == pytest.approx(course.rates[:, -1], abs=1e-10)
        assert motif.steady_state(drives[0]).method == "closed form"


@pytest.mark.parametrize(
    "motif",
    [
        LateralInhibition(2, b=1.35),
        LateralInhibition(2, w=1.2),
        SharedInhibition(2, phi="softplus"),
    ],
)
def test_elsewhere_there_is_no_closed_form(motif):
    assert motif.closed_form([1.0, 0.5]) is None


def test_without_closed_form_the_state_is_solved():
    motif = SharedInhibition(2, phi="softplus")
    found = motif.steady_state([1.0, 0.5])
    assert found.method != "closed form"
    assert found.residual.max() < 1e-10


def test_input_to_inhibition_leaves_the_lateral_motif_to_the_solver():
    motif = LateralInhibition(2)
    drive = [1.0, 0.9, 0.2, 0.0]
    assert motif.closed_form(drive) is None
    assert motif.steady_state(drive).residual.max() < 1e-10


def test_start_decides_who_wins():
    motif = LateralInhibition(2, b=1.35)
    for winner in (0, 1):
        start = np.zeros(4)
        start[winner] = 2.0
        found = motif.steady_state([1.0, 1.0], start=start)
        assert int(np.argmax(found.rates[0, :2])) == winner
        assert found.stable.all()


@pytest.mark.parametrize(("share", "count"), [(0.97, 1), (1.03, 3)])
def test_two_winners_appear_at_competition_one(share, count):
    motif = LateralInhibition(2, w=0.4, a=1.0, b=0.9 * share, d=0.5)
    assert len(all_equilibria(motif.circuit(), motif.full_drive([1.0, 1.0])).rates) == count


def test_second_unit_falls_silent_at_the_threshold():
    for motif in (SharedInhibition(2, w=0.3, b=0.7), LateralInhibition(2, b=0.6)):
        for off, active in ((-1e-6, 1), (1e-6, 2)):
            rates = motif.closed_form([1.0, motif.threshold + off])[:2]
            assert (rates > 0).sum() == active


@pytest.mark.parametrize("n", [2, 3, 5])
@pytest.mark.parametrize("wiring", ["shared", "lateral"])
def test_gain_is_that_of_differences_over_the_common_mode(n, wiring):
    motif = LateralInhibition(n, w=0.4, a=0.5, b=0.6, d=0.5, wiring=wiring)
    base, more = np.ones(n), np.ones(n) + 1e-4 * (np.arange(n) - (n - 1) / 2)
    rates = [motif.closed_form(u)[:n] for u in (base, more)]
    difference = (rates[1][1] - rates[1][0]) / 1e-4
    assert difference / rates[0][0] == pytest.approx(motif.gain, rel=1e-6)


@pytest.mark.parametrize("strengths", [(0.999, 5.0, 3.0, 0.1), (0.1, 0.2, 9.0, 2.0)])
def test_shared_inhibition_is_certified_whenever_units_alone_are_stable(strengths):
    w, a, b, d = strengths
    motif = SharedInhibition(4, w=w, a=a, b=b, d=d)
    matrix = motif.circuit().stability_matrix
    q = np.diag([b, b, b, b, a])
    assert np.linalg.eigvalsh(q @ matrix + matrix.T @ q)[-1] < 0
    assert certify(motif.circuit()).verdict == "certified"
    assert certify(SharedInhibition(4, w=1.001, a=a, b=b, d=d).circuit()).verdict == "refuted"


def test_between_the_boundaries_the_equilibrium_is_unique_without_a_certificate():
    motif = LateralInhibition(10, w=0.4, a=1.0, b=0.9 * 0.8, d=0.5)
    assert motif.certified_below < motif.competition < 1.0
    assert certify(motif.circuit()).verdict == "refuted"
    drives = motif.full_drive(np.linspace(1.0, 0.8, 10))
    starts = np.random.default_rng(0).uniform(0, 3, (5, 20))
    ends = simulate(motif.circuit(), drives, duration_s=200.0, dt_s=0.1, start=starts, record_every=None).rates[:, -1]
    assert ends == pytest.approx(np.tile(motif.closed_form(drives), (5, 1)), abs=1e-8)


def test_competition_at_the_ends():
    assert LateralInhibition(2, w=1.0).competition == float("inf")
    assert LateralInhibition(2, w=1.0, a=0.0).competition == 0.0
    assert SharedInhibition(2, w=1.0).threshold == 1.0
    assert LateralInhibition(2, w=1.0).gain == float("inf")


def test_contrast_of_several_cases():
    motif = SharedInhibition(3, w=0.5, a=0.5, b=0.5, d=0.0)
    found = motif.contrast([[1.0, 0.9, 0.1], [1.0, 1.0, 1.0], [0.0, 0.0, 0.0]])
    assert found.rates[:, 0] == pytest.approx(motif.closed_form([[1.0, 0.9, 0.1], [1.0] * 3, [0.0] * 3])[:, :3])
    assert found.contrast[:2, 0] == pytest.approx(found.predicted[:2, 0])
    assert found.n_active[:, 0].tolist() == [2, 3, 0]
    assert found.participation[1, 0] == pytest.approx(3.0)
    assert np.isnan(found.contrast[2, 0])
    assert found.settling_s[2] == 0.0
    assert (found.settling_s[:2] > 1.0).all()


def test_settling_time_of_one_exponential():
    motif = SharedInhibition(2, w=0.5, a=0.0, b=0.0, d=0.0)
    (time,) = motif.contrast([1.0, 1.0]).settling_s
    # x = 2 (1 - exp(-t/2)): within one per cent after 2 ln 100.
    assert time == pytest.approx(2.0 * np.log(100.0), abs=0.1)


def test_cases_that_never_settle_say_so():
    found = SharedInhibition(2, w=1.5, a=0.1, b=0.1).contrast([1.0, 0.5])
    assert np.isnan(found.settling_s[0])
    assert any("did not come to rest" in note for note in found.notes)


def test_memory_up_and_down():
    motif = LateralInhibition(2, w=0.4, a=1.0, b=1.35, d=0.5)
    up = np.array([0.6, 1.0, 1.48, 1.52])
    found = motif.hysteresis(ratios=np.concatenate([up, [1.0, 0.68, 0.65]]))
    assert found.winner.tolist() == [0, 0, 0, 1, 1, 1, 0]
    assert found.switched_up == pytest.approx(1.5)
    assert found.switched_down == pytest.approx(0.665)
    assert found.predicted == pytest.approx((1.5, 1 / 1.5))


def test_no_memory_with_shared_inhibition():
    found = SharedInhibition(2).hysteresis(ratios=[0.9, 0.99, 1.01, 1.1, 1.01, 0.99])
    assert found.winner.tolist() == [0, 0, 1, 1, 1, 0]
    assert (found.switched_up, found.switched_down) == (pytest.approx(1.0), pytest.approx(1.0))
    assert found.predicted == (1.0, 1.0)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: LateralInhibition(1), ConfigError, "`n` must be"),
        (lambda: LateralInhibition(a=-1.0), ConfigError, "`a` must be >= 0"),
        (lambda: LateralInhibition(wiring="ring"), ConfigError, '`wiring` must be "lateral" or "shared"'),
        (lambda: LateralInhibition(tau_i=0.0), ConfigError, "`tau_i` must be > 0"),
        (lambda: LateralInhibition(3).full_drive([1.0, 2.0]), DataError, "n=3 numbers .* or N=6"),
        (lambda: LateralInhibition(2).hysteresis([0.0, 0.0]), DataError, "positive input"),
        (lambda: CorticalColumn(0), ConfigError, "`layers` must be"),
        (lambda: CorticalColumn(feedback=-0.1), ConfigError, "`feedback` must be >= 0"),
        (lambda: CorticalColumn(b=-1.0), ConfigError, "`b` must be >= 0"),
        (lambda: CorticalColumn(3, 2).full_drive([1.0]), DataError, "N=9"),
        (lambda: CorticalColumn().growth(2.0), ConfigError, "`contrast` must be"),
    ],
)
def test_wrong_settings_are_named(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_column_wiring():
    circuit = CorticalColumn(2, 2, w=0.1, a=0.2, b=0.3, d=0.4, forward=0.5, feedback=0.6).circuit()
    assert circuit.names.tolist() == ["1E0", "1E1", "1I0", "2E0", "2E1", "2I0"]
    assert circuit.weights[3:, :3].tolist() == [[0.5, 0, 0], [0, 0.5, 0], [0, 0, 0]]
    assert circuit.weights[:3, 3:].tolist() == [[0.6, 0, 0], [0, 0.6, 0], [0, 0, 0]]
    assert circuit.sign.tolist() == [1, 1, -1, 1, 1, -1]


@pytest.mark.parametrize("w", [0.99, 1.01])
@pytest.mark.parametrize("forward", [0.3, 3.0])
def test_feedforward_column_is_certified_iff_its_layers_are(w, forward):
    column = CorticalColumn(3, 2, w=w, forward=forward)
    assert certify(column.circuit()).verdict == certify(column.motif().circuit()).verdict


@pytest.mark.parametrize("wiring", ["shared", "lateral"])
def test_column_of_any_kind_follows_its_closed_form(wiring):
    column = CorticalColumn(3, 3, w=0.3, a=0.5, b=0.6, d=0.2, forward=0.8, wiring=wiring)
    found = column.contrast([[1.0, 0.9, 0.7], [0.5, 0.52, 0.1]])
    assert found.rates == pytest.approx(column.closed_form([[1.0, 0.9, 0.7], [0.5, 0.52, 0.1]]), abs=1e-9)
    assert found.contrast == pytest.approx(found.predicted, abs=1e-9)
    assert np.isnan(column.growth(0.1)).all()


def test_column_with_feedback_has_no_closed_form():
    column = CorticalColumn(2, feedback=0.05)
    assert column.closed_form([1.0, 0.9]) is None
    assert np.isnan(column.contrast([1.0, 0.9]).predicted).all()
    assert column.layers_to_winner(0.1) is None


@pytest.mark.parametrize(("contrast", "layers"), [(0.01, 7), (0.5, 1), (0.25, 2), (1.0, 0), (0.0, None)])
def test_layers_to_winner(contrast, layers):
    assert CorticalColumn().layers_to_winner(contrast) == layers


@pytest.mark.parametrize("name", sorted(MOTIFS))
def test_every_motif_has_a_circuit_an_input_and_a_regime(name):
    motif = MOTIFS[name]()
    circuit = motif.circuit()
    assert motif.example_drive.shape == (circuit.n_units,)
    assert motif.regime(motif.example_drive).regime == "self_regulating"
    assert certify(circuit).verdict == "certified"


@pytest.mark.parametrize("wiring", ["shared", "lateral"])
def test_silence_without_input_is_judged_on_both_sides_of_the_kink(wiring):
    found = LateralInhibition(2, w=0.5, b=0.3, wiring=wiring).steady_state([0.0, 0.0])
    assert found.method == "closed form"
    assert "kink" in found.notes[0]
    # "lateral": two active excitatory units beside silent inhibition decay too, so no side grows.
    assert found.stable.tolist() == [True]
    assert LateralInhibition(2, b=0.3, wiring=wiring).steady_state([1.0, 0.9]).notes == ()
