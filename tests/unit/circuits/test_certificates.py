"""certify: every verdict with its proof, and the claims that follow from it."""

import dataclasses
import pickle

import numpy as np
import pytest
from tests.oracles import diagonal_stability as oracle

from interplay import DataError
from interplay._core.errors import ConfigError, InterplayWarning
from interplay._core.rng import stream
from interplay.circuits import RateCircuit, activation, certify, diagonal_stability, verify
from interplay.ops.diagonal_stability import widest_margin
from interplay.testing.stability_matrices import planted_stability


def random_circuit(rng, n):
    """Weights of every kind: dense or sparse, Dale or mixed, weak or strong, badly scaled."""
    w = rng.normal(size=(n, n)) * rng.uniform(0.3, 1.7) / np.sqrt(n)
    if rng.uniform() < 0.5:
        w = np.abs(w) * np.where(np.arange(n) < rng.integers(1, n + 1), 1, -1)
    w[rng.uniform(size=(n, n)) < rng.choice([0.0, 0.3, 0.7])] = 0
    if rng.uniform() < 0.3:
        s = np.exp(3 * rng.normal(size=n))
        w = s[:, None] * w / s
    return RateCircuit(w)


def decided_once(circuits):
    """Count verdicts; each must be decided, and its certificate must hold exactly where it is small."""
    count = {"certified": 0, "refuted": 0}
    for circuit in circuits:
        result = certify(circuit)
        assert result.verdict != "undecided", (circuit.weights, result.notes)
        assert (result.scaling is None) != (result.dual is None)
        assert verify(result)
        if circuit.n_units <= 5:
            if result.verdict == "certified":
                assert oracle.certifies(result.matrix, result.scaling)
            else:
                assert oracle.refutes(result.matrix, result.dual)
        count[result.verdict] += 1
    return count


def test_each_random_circuit_has_exactly_one_of_the_two_certificates():
    rng = stream(0, "certify", "few")
    count = decided_once(random_circuit(rng, n) for n in range(2, 13) for _ in range(10))
    assert min(count.values()) > 20


@pytest.mark.slow
def test_each_of_1650_random_circuits_has_exactly_one_of_the_two_certificates():
    rng = stream(0, "certify", "many")
    count = decided_once(random_circuit(rng, n) for n in range(2, 13) for _ in range(150))
    assert sum(count.values()) == 1650
    assert min(count.values()) > 400


@pytest.mark.parametrize("n", [50, 100, pytest.param(400, marks=pytest.mark.slow)])
@pytest.mark.parametrize("distance", [0.1, -0.1, 1e-3, -1e-3])
@pytest.mark.parametrize("skew", [1.0, 1e3])
def test_planted_matrices_are_decided(n, distance, skew):
    rng = stream(1, "planted", n)
    matrix, q, h = planted_stability(n, rng, distance, skew=skew, spread=2.0)
    form = q[:, None] * matrix
    along = np.einsum("ij,ji->i", matrix, h)
    assert np.linalg.eigvalsh(form + form.T)[-1] < 0 if distance > 0 else along.min() > 0  # the plant itself
    result = diagonal_stability(matrix)
    assert result.verdict == ("certified" if distance > 0 else "refuted")
    assert verify(result)


def test_planted_refutations_pass_every_cheap_test():
    matrix, _, _ = planted_stability(12, stream(4, "planted", 12), -1e-3)
    result = diagonal_stability(matrix)
    rungs = {rung.name: rung.outcome for rung in result.rungs}
    assert result.verdict == "refuted"
    assert result.rung == "interior point"
    assert rungs["diagonal"] == rungs["hurwitz"] == rungs["minors"] == "passed"


def test_verify_rejects_what_does_not_prove():
    good = certify(RateCircuit([[0.5, -2.0], [2.0, -0.5]]))
    assert verify(good)
    assert not verify(dataclasses.replace(good, scaling=np.array([1.0, 9.0])))
    assert not verify(dataclasses.replace(good, scaling=np.array([1.0, -1.0])))
    assert not verify(dataclasses.replace(good, matrix=np.array([[0.1, 0.0], [0.0, -1.0]])))
    assert not verify(dataclasses.replace(good, scaling=None))
    bad = certify(RateCircuit([[1.5, -2.0], [2.0, -0.5]]))
    assert verify(bad)
    assert not verify(dataclasses.replace(bad, dual=np.zeros((2, 2))))
    assert not verify(dataclasses.replace(bad, dual=np.array([[1.0, 2.0], [2.0, 1.0]])))
    assert not verify(dataclasses.replace(bad, matrix=bad.matrix - np.eye(2)))
    assert not verify(dataclasses.replace(bad, dual=np.array([[1.0, 0.1], [0.0, 0.0]])))


def test_a_margin_below_the_rounding_error_is_never_certified_by_chance():
    rng = stream(2, "boundary")
    for _ in range(20):
        matrix, _, _ = planted_stability(14, rng, 0.0)  # beyond the sizes that are decided exactly
        result = diagonal_stability(matrix)
        assert result.verdict == "undecided" or verify(result)
        if result.verdict == "undecided":
            assert "Undecided" in result.notes[0]


@pytest.mark.parametrize("w_ee", [1 - 1e-12, 1.0, 1 + 1e-12])
def test_the_switch_at_self_excitation_of_one_is_exact(w_ee):
    result = certify(RateCircuit([[w_ee, -2.0], [2.0, -0.5]]))
    assert result.verdict == ("certified" if w_ee < 1 else "refuted")
    assert verify(result)


def test_wilson_cowan_is_certified_iff_self_excitation_is_below_one_over_the_slope():
    rng = stream(3, "wilson-cowan")
    for _ in range(40):
        ee, ei, ie, ii = rng.uniform(0, 4, 4)
        steep = rng.uniform(0.3, 3)
        circuit = RateCircuit([[ee, -ei], [ie, -ii]], activation("threshold_linear", gain=steep))
        result = certify(circuit)
        assert result.verdict == ("certified" if ee < 1 / steep else "refuted")


def test_the_cheapest_test_that_decides_is_named():
    lateral = np.kron(np.eye(4) - 1, np.diag([0.0, 1.0])) * 0
    assert certify(RateCircuit(lateral)).rung == "identity"
    assert diagonal_stability([[0.1, 0], [0, -1]]).rung == "diagonal"
    assert diagonal_stability([[-1, 2], [2, -1]]).rung == "hurwitz"
    assert diagonal_stability([[-1, 50], [0.01, -1]]).rung == "majorant"
    assert diagonal_stability([[-1, 50], [-1, -1]]).rung == "two units"
    star = -np.eye(5)
    star[0, 1:], star[1:, 0] = [-3, -9, -2, -7], [4, 1, 5, 2]
    assert diagonal_stability(star).rung == "forest"
    chain = np.kron(np.eye(2), [[-1.0, 50], [-1, -1]])
    chain[2, 0] = 5.0
    assert diagonal_stability(chain).rung == "two units"
    upper = np.triu(np.full((4, 4), -9.0), 1) - np.eye(4)
    assert diagonal_stability(upper).rung in ("majorant", "blocks")


def test_results_cite_whom_they_rest_on():
    assert certify(RateCircuit([[0.5]])).citations == ("barker1978positive", "forti1995new")
    assert diagonal_stability([[-1, 50], [0.01, -1]]).citations == ("barker1978positive", "davydov2021contraction")
    assert certify(RateCircuit([[1.5]])).citations == ("barker1978positive",)


@pytest.mark.parametrize("scale", [1e300, 1e-300])
def test_numbers_beyond_all_measure_are_left_undecided_with_the_reason(scale):
    result = diagonal_stability(scale * np.array([[-1.0, 2.0], [-3.0, -1.0]]))
    assert result.verdict == "undecided"
    assert "Measure in other units" in result.notes[0]


def test_rungs_come_in_the_order_of_the_ladder_and_say_when_they_did_not_run():
    result = certify(RateCircuit([[0.5]]))
    assert [r.name for r in result.rungs][:4] == ["diagonal", "hurwitz", "minors", "identity"]
    assert {r.outcome for r in result.rungs[4:]} == {"not run"}
    assert all(r.kind in ("necessary", "sufficient", "exact") for r in result.rungs)


def test_an_irreducible_part_refutes_the_whole():
    inner, _, _ = planted_stability(6, stream(5, "inner"), -0.05)
    rng = stream(6, "outer")
    matrix = np.block([[-np.eye(3), np.zeros((3, 6))], [rng.normal(size=(6, 3)), inner]])
    order = rng.permutation(9)
    result = diagonal_stability(matrix[np.ix_(order, order)])
    assert result.verdict == "refuted"
    assert verify(result)
    there = order[np.abs(result.dual).sum(1) > 0]
    assert set(there) <= set(range(3, 9))


def test_parts_joined_by_strong_one_way_weights_are_certified():
    rng = stream(7, "joined")
    first, second = (planted_stability(5, rng, 0.05)[0] for _ in range(2))
    matrix = np.block([[first, np.zeros((5, 5))], [100 * rng.normal(size=(5, 5)), second]])
    result = diagonal_stability(matrix)
    assert result.verdict == "certified"
    assert oracle.certifies(result.matrix, result.scaling)


def test_a_sharpened_certificate_has_the_greatest_margin():
    rng = stream(11, "sharpen")
    matrix, _, _ = planted_stability(3, rng, 0.05)
    first, sharp = diagonal_stability(matrix), diagonal_stability(matrix, sharpen=True)
    assert verify(sharp)
    assert sharp.rung == first.rung
    assert sharp.margin > first.margin
    best = 0.0
    for q in rng.dirichlet(np.ones(3), 20000) * 3:
        form = q[:, None] * matrix
        best = max(best, -np.linalg.eigvalsh(form + form.T)[-1] / 2)
    assert 0.9 * sharp.margin < best <= sharp.margin * (1 + 1e-5)
    refuted = diagonal_stability([[0.1, 0], [0, -1]], sharpen=True)
    assert refuted.verdict == "refuted"


def test_the_greatest_margin_survives_steps_that_rounding_spoils():
    matrix, planted, _ = planted_stability(24, stream(1, "p", 24), 0.05, spread=0.5)
    form = (planted / planted.mean())[:, None] * matrix
    q, bound = widest_margin(matrix)
    reached = -np.linalg.eigvalsh(q[:, None] * matrix + (q[:, None] * matrix).T)[-1] / 2
    assert q.mean() == pytest.approx(1)
    assert -np.linalg.eigvalsh(form + form.T)[-1] / 2 <= bound
    assert 0.999 * bound < reached <= bound * (1 + 1e-9)


def test_small_circuits_get_the_smallest_lipschitz_bound_on_the_way_to_the_greatest_margin():
    rng = stream(12, "response")
    better = 0
    for _ in range(12):
        w = rng.normal(size=(6, 6)) * 0.5
        first, found = certify(RateCircuit(w), sharpen=False), certify(RateCircuit(w))
        assert (found.verdict, found.rung) == (first.verdict, first.rung)
        if found.verdict != "certified":
            continue
        assert verify(found)
        assert found.lipschitz == found.scaling.max() / found.margin
        assert found.lipschitz <= first.lipschitz
        assert found.rate >= first.rate
        widest, _ = widest_margin(first.matrix)
        for share in np.linspace(0, 1, 41):
            q = (1 - share) * first.scaling + share * widest
            form = q[:, None] * first.matrix
            assert found.lipschitz <= -2 * q.max() / np.linalg.eigvalsh(form + form.T)[-1] * (1 + 1e-3)
        better += found.lipschitz < 0.99 * first.lipschitz
    assert better > 2


def test_large_circuits_are_sharpened_when_asked():
    for n, by_itself in ((40, True), (41, False)):
        w = planted_stability(n, stream(13, "large"), 0.05, spread=0.5)[0] + np.eye(n)
        unasked, first, asked = (certify(RateCircuit(w), sharpen=s) for s in (None, False, True))
        assert asked.lipschitz < first.lipschitz
        assert unasked.lipschitz == (asked if by_itself else first).lipschitz


def test_what_is_claimed_with_equal_time_constants():
    result = certify(RateCircuit([[0.5, -2.0], [2.0, -0.5]], tau=0.02), sharpen=False)
    q, margin = result.scaling, result.margin
    assert margin == pytest.approx(0.5, rel=1e-12)
    lower = margin / np.linalg.norm([[0.5, -2.0], [2.0, -0.5]], 2) ** 2
    published = lower / (q.max() + lower) / 0.02
    assert 1.5 * published < result.rate < 2 * published
    e = np.sqrt(1 + 2 / 6.25) - 1  # norm 2.5, margin 1/2: k = 3.125
    assert result.rate == pytest.approx(2 * (e - 3.125 * e**2) / (1 + e) / 0.02)
    assert result.lipschitz == pytest.approx(q.max() / margin, rel=1e-9)
    assert any("Globally exponentially stable" in c for c in result.claims)
    assert any("exactly one equilibrium" in c for c in result.claims)
    assert any("Nash" in c for c in result.claims)


def test_unequal_time_constants_give_no_global_claim_beyond_two_units():
    w = 0.3 * np.eye(3)
    result = certify(RateCircuit(w, tau=[0.01, 0.02, 0.03]))
    assert result.verdict == "certified"
    assert np.isnan(result.rate)
    assert not any("Globally" in c for c in result.claims)
    assert any("whatever the time constants" in c for c in result.claims)
    assert any("open question" in c for c in result.open)
    two = certify(RateCircuit(w[:2, :2], tau=[0.01, 0.02]))
    assert np.isnan(two.rate)
    assert any("Globally asymptotically stable" in c for c in two.claims)


def test_delays_leave_only_claims_about_equilibria():
    result = certify(RateCircuit([[0.2, 0.1], [0.1, 0.2]], delay=[[0.0, 0.01], [0.01, 0.0]]))
    assert result.verdict == "certified"
    assert np.isnan(result.rate)
    assert np.isfinite(result.lipschitz)
    assert not any("stable" in c for c in result.claims)
    assert "Delays" in result.open[0]


def test_refuted_does_not_say_unstable():
    result = certify(RateCircuit([[1.5, -2.0], [2.0, -0.5]]))
    assert np.isnan(result.rate)
    assert np.isnan(result.lipschitz)
    assert result.scaling is None
    assert any("may still be stable" in c for c in result.open)
    assert any("own cost of 0 is not convex" in c for c in result.claims)


def test_the_steepest_state_is_called_unstable_only_where_the_linearisation_is_that_of_the_matrix():
    w = np.array([[0.0, 2.0], [2.0, 0.0]])
    gains = [activation("threshold_linear", gain=2.0), activation("threshold_linear", gain=3.0)]
    claimed = [
        any("steepest slope is unstable" in claim for claim in certify(circuit).claims)
        for circuit in (
            RateCircuit(w, tau=0.02),
            RateCircuit(w, gains[0], tau=0.02),
            RateCircuit(w, gains),
            RateCircuit(w, tau=[0.01, 0.02]),
            RateCircuit(w, delay=np.full((2, 2), 0.01)),
        )
    ]
    assert claimed == [True, True, False, False, False]


def test_unique_equilibria_are_claimed_where_all_minors_are_positive_without_a_certificate():
    matrix, _, _ = planted_stability(8, stream(4, "planted", 8), -1e-3, rank=3)
    result = certify(RateCircuit(matrix + np.eye(8)))
    assert result.verdict == "refuted"
    expected = oracle.is_p_matrix(-result.matrix)
    assert any("more than one equilibrium" in c for c in result.claims) == expected


def test_the_rate_bounds_the_fall_of_the_lyapunov_function():
    rng = stream(8, "rate")
    for steep in (1.0, 2.5):
        circuit = RateCircuit(
            [[0.2, -0.9, 0.1], [0.6, -0.3, 0.0], [0.3, -0.2, -0.4]],
            activation("logistic", steepness=4 * steep, threshold=0.1),
            0.1,
        )
        result = certify(circuit)
        assert result.verdict == "certified"
        w, q, phi = circuit.weights, result.scaling, circuit.rates
        e = result.margin / np.linalg.norm(w, 2) ** 2
        u = rng.normal(size=3)
        x_end = np.zeros(3)
        for _ in range(400):
            x_end = x_end + 0.2 * (phi(w @ x_end + u) - x_end)
        z_end = w @ x_end + u

        def lyapunov(z, z_end=z_end, x_end=x_end, q=q, e=e, phi=phi):
            t = (np.arange(200) + 0.5) / 200
            path = z_end + t[:, None] * (z - z_end)
            inner = ((phi(path) - x_end) * (z - z_end)).mean(0)
            return q @ inner + e / 2 * (z - z_end) @ (z - z_end)

        x, dt = rng.uniform(size=3), 1e-3
        values = []
        for _ in range(300):
            values.append(lyapunov(w @ x + u))
            x = x + dt / 0.1 * (phi(w @ x + u) - x)
        times = dt * np.arange(300)
        assert (np.array(values) <= values[0] * np.exp(-result.rate * times) * (1 + 1e-6)).all()


def test_slopes_other_than_one_enter_through_their_inverse():
    circuit = RateCircuit([[0.5, -2.0], [2.0, -0.5]], activation("logistic", steepness=12.0))
    assert np.allclose(np.diag(certify(circuit).matrix), [0.5 - 1 / 3, -0.5 - 1 / 3])
    assert certify(circuit).verdict == "refuted"


def test_unbounded_slopes_name_the_condition():
    with pytest.raises(DataError, match="bounded slope"):
        certify(RateCircuit([[0.5]], "power"))


@pytest.mark.parametrize("matrix", [np.zeros((2, 3)), np.zeros((0, 0)), np.zeros(4)])
def test_matrices_that_are_not_square_are_refused(matrix):
    with pytest.raises(DataError, match="`matrix` must be square"):
        diagonal_stability(matrix)


def test_numbers_that_are_not_finite_are_refused():
    with pytest.raises(DataError, match="finite"):
        diagonal_stability([[-1.0, np.nan], [0.0, -1.0]])


@pytest.mark.parametrize("setting", [{"time_limit_s": 0.0}, {"tolerance": 0.0}, {"tolerance": 1.0}])
def test_settings_out_of_range_are_refused(setting):
    with pytest.raises(ConfigError, match=next(iter(setting))):
        diagonal_stability([[-1.0]], **setting)


def test_a_time_limit_leaves_the_verdict_open_and_warns():
    matrix, _, _ = planted_stability(30, stream(9, "slow"), 1e-3)
    with pytest.warns(InterplayWarning, match="time limit"):
        result = diagonal_stability(matrix, time_limit_s=1e-9)
    assert result.verdict == "undecided"
    assert not verify(result)
    assert "time limit" in result.notes[0]


def test_the_same_circuit_gives_the_same_bits_and_survives_pickling():
    matrix, _, _ = planted_stability(9, stream(10, "bits"), 0.01)
    first, second = diagonal_stability(matrix), diagonal_stability(matrix.copy())
    assert np.array_equal(first.scaling, second.scaling)
    assert first.margin == second.margin
    again = pickle.loads(pickle.dumps(first))
    assert verify(again)
    assert first.made_from == second.made_from
    with pytest.raises(ValueError, match="read-only"):
        first.scaling[0] = 1


def test_the_input_is_left_as_it_is():
    matrix, _, _ = planted_stability(9, stream(10, "bits"), -0.01)
    before = matrix.copy()
    diagonal_stability(matrix)
    assert np.array_equal(matrix, before)
    assert matrix.flags.writeable
