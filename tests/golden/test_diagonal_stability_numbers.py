"""Numbers of diagonal stability that can be derived on paper, or were checked numerically beforehand.

Source of all: closed forms of a reconstruction of excitatory-inhibitory circuits as games, each checked against a
semidefinite solver; the original publication's text was not available.
"""

import numpy as np
import pytest

from interplay.circuits import RateCircuit, certify, diagonal_stability, verify
from interplay.ops.diagonal_stability_tests import principal_minors


def lateral(n, kappa, w=0.4, d=0.5, a=1.0):
    """n pairs: every inhibitory unit is driven by its own excitatory unit and inhibits all the others."""
    b = kappa * (1 - w) * (1 + d) / a
    off = 1 - np.eye(n)
    return np.block([[w * np.eye(n), -a * off], [b * np.eye(n), -d * np.eye(n)]])


def shared(n, w, a, b, d):
    """n excitatory units and one inhibitory unit that they share."""
    weights = w * np.eye(n + 1)
    weights[:n, n], weights[n, :n], weights[n, n] = -a, b, -d
    return weights


@pytest.mark.parametrize(("n", "boundary"), [(2, 1.0), (3, 1.0), (4, 1.0), (5, 0.96), (6, 0.8889), (10, 0.64)])
def test_lateral_inhibition_loses_its_certificate_at_the_derived_competition(n, boundary):
    """1 up to four pairs, 8 (n - 2) / n^2 beyond; the sign flips within 1 %."""
    exact = 1.0 if n <= 4 else 8 * (n - 2) / n**2
    assert exact == pytest.approx(boundary, abs=1e-4)
    below, above = (certify(RateCircuit(lateral(n, factor * exact))) for factor in (0.99, 1.01))
    assert below.verdict == "certified"
    assert above.verdict == "refuted"
    assert verify(below)
    assert verify(above)


@pytest.mark.parametrize("n", [3, 5, 6])
def test_lateral_inhibition_is_a_p_matrix_iff_competition_is_below_one(n):
    """Between the two boundaries equilibria are unique without a certificate: refuted does not mean unstable."""
    for kappa in (0.98, 1.02):
        circuit = RateCircuit(lateral(n, kappa))
        assert (principal_minors(circuit.stability_matrix)[0] > 0) == (kappa < 1)
    middle = certify(RateCircuit(lateral(6, 0.95)))
    assert middle.verdict == "refuted"
    assert any("more than one equilibrium" in claim for claim in middle.claims)


@pytest.mark.parametrize("n", [1, 2, 5, 9])
@pytest.mark.parametrize("w", [0.9, 1.1])
def test_shared_inhibition_is_certified_iff_self_excitation_is_below_one(n, w):
    a, b, d = 3.0, 7.0, 0.5
    result = certify(RateCircuit(shared(n, w, a, b, d)))
    assert (result.verdict == "certified") == (w < 1)
    if w < 1:  # q = (b, ..., b, a) cancels every pair
        q = np.array([b] * n + [a])
        form = q[:, None] * result.matrix
        assert np.linalg.eigvalsh(form + form.T)[-1] < 0


def test_a_skew_pair_is_diagonally_stable_however_strong():
    for k in (4.0, 1e3, 1e8):
        result = certify(RateCircuit([[0.0, k], [-k, 0.0]]))
        assert result.verdict == "certified"
        assert result.margin == pytest.approx(1.0, rel=1e-6)


def column(feedback, layers=4, w=0.5, a=0.5, b=0.5, n=2):
    """Layers of shared inhibition; excitatory units drive those above with 1 and those below with `feedback`."""
    size = n + 1
    weights = np.kron(np.eye(layers), shared(n, w, a, b, 0.0))
    onto = np.zeros((size, size))
    onto[:n, :n] = np.eye(n)
    return weights + np.kron(np.eye(layers, k=-1), onto) + feedback * np.kron(np.eye(layers, k=1), onto)


@pytest.mark.parametrize(("feedback", "twice_the_margin"), [(0.0, 0.0312), (0.05, 0.0097)])
def test_feedback_eats_the_margin_of_a_column(feedback, twice_the_margin):
    """Tolerance: the source's four decimals. It gives the greatest t with QA + A'Q + t I <= 0, twice our margin."""
    circuit = RateCircuit(column(feedback))
    result = diagonal_stability(circuit.stability_matrix, sharpen=True)
    assert 2 * result.margin == pytest.approx(twice_the_margin, abs=6e-5)
    usual = certify(circuit)
    assert 0.9 * result.margin < usual.margin <= result.margin * (1 + 1e-6)
    assert usual.lipschitz <= result.scaling.max() / result.margin * (1 + 1e-3)


def test_a_column_is_bounded_far_better_than_by_its_first_certificate():
    circuit = RateCircuit(column(0.0))
    first, usual = certify(circuit, sharpen=False), certify(circuit)
    widest = diagonal_stability(circuit.stability_matrix, sharpen=True)
    assert first.rung == usual.rung == "three units"
    assert first.margin == pytest.approx(0.00073, abs=5e-6)
    assert first.lipschitz == pytest.approx(7915, abs=1)
    assert widest.scaling.max() / widest.margin == pytest.approx(186.1, abs=0.1)
    assert usual.lipschitz == pytest.approx(184.6, abs=0.1)


def test_feedback_between_five_and_ten_hundredths_costs_a_column_its_certificate():
    assert certify(RateCircuit(column(0.1))).verdict == "refuted"


@pytest.mark.parametrize("n", [3, 4, 5, 8])
def test_a_ring_of_negative_feedback_obeys_the_secant_condition(n):
    """Diagonally stable iff the gain round the ring is below sec(pi / n)^n (Arcak and Sontag 2006)."""
    for factor in (0.999, 1.001):
        ring = np.diag(np.ones(n - 1), -1) - np.eye(n)
        ring[0, -1] = -factor / np.cos(np.pi / n) ** n
        assert diagonal_stability(ring).verdict == ("certified" if factor < 1 else "refuted")


@pytest.mark.parametrize(("w_ee", "stable"), [(0.5, True), (0.999, True), (1.0, False), (1.5, False)])
def test_wilson_cowan_switches_at_self_excitation_of_one(w_ee, stable):
    result = certify(RateCircuit([[w_ee, -2.0], [2.0, -0.5]]))
    assert (result.verdict == "certified") == stable


def test_symmetric_weights_are_certified_iff_their_largest_eigenvalue_is_below_one():
    base = np.array([[0.2, 0.5, -0.1], [0.5, -0.3, 0.4], [-0.1, 0.4, 0.1]])
    largest = np.linalg.eigvalsh(base)[-1]
    for factor in (0.999, 1.001):
        result = certify(RateCircuit(base * factor / largest))
        assert (result.verdict == "certified") == (factor < 1)


def test_shares_of_random_matrices_that_each_test_decides():
    """Of random 6 x 6 matrices: each condition holds for more of them than the one before it."""
    rng = np.random.default_rng(5)
    count = dict.fromkeys(("identity", "majorant", "certified", "p", "hurwitz"), 0)
    for _ in range(300):
        a = -np.eye(6) + rng.normal(size=(6, 6)) * 0.42
        majorant = np.abs(a)
        np.fill_diagonal(majorant, np.diag(a))
        count["identity"] += np.linalg.eigvalsh(a + a.T)[-1] < 0
        count["majorant"] += np.linalg.eigvals(majorant).real.max() < 0
        count["certified"] += diagonal_stability(a).verdict == "certified"
        count["p"] += principal_minors(a)[0] > 0
        count["hurwitz"] += np.linalg.eigvals(a).real.max() < 0
    assert count["majorant"] < count["identity"] < count["certified"] <= count["p"] < count["hurwitz"]
