"""All equilibria: against listing by hand, degree theory, and the many-starts search."""

import numpy as np
import pytest
from tests.oracles import circuit_game as oracle

from interplay._core.errors import ConfigError, DataError, InterplayWarning
from interplay.circuits import RateCircuit, activation, all_equilibria
from interplay.circuits.newton import newton


def ordered(rows, n):
    return np.array(sorted(rows, key=lambda x: tuple(np.round(x, 6)))).reshape(-1, n)


@pytest.mark.parametrize(("kind", "listed"), [("relu", oracle.relu_equilibria), ("clip", oracle.clip_equilibria)])
def test_same_as_listing_by_hand(kind, listed):
    rng = np.random.default_rng(1)
    counts = []
    for _ in range(25):
        w, u = rng.normal(size=(4, 4)) * 1.5, rng.normal(size=4)
        found = all_equilibria(RateCircuit(w, kind), u)
        wanted = ordered(listed(w, u), 4)
        assert found.rates.shape == wanted.shape
        assert found.rates == pytest.approx(wanted, abs=1e-9)
        assert found.complete
        assert found.method == "enumeration"
        counts.append(len(wanted))
    assert max(counts) >= 3


def test_nothing_that_newton_finds_is_missing():
    rng = np.random.default_rng(2)
    kinds = ["threshold_linear", "leaky_relu", "soft_threshold", "identity", "clip"]
    phi = [activation(k, **oracle.PARAMETERS.get(k, {})) for k in kinds]
    for _ in range(15):
        circuit, u = RateCircuit(rng.normal(size=(5, 5)), phi), rng.normal(size=5)
        found = all_equilibria(circuit, u)
        x, ok = newton(circuit, np.tile(u, (60, 1)), rng.normal(size=(60, 5)) * 3, 1e-12)
        for one in x[ok]:
            assert np.abs(found.rates - one).max(axis=1).min() < 1e-8
        assert (found.residual < 1e-9).all()


def test_bounded_circuits_have_indices_that_add_up_to_one():
    """Degree theory: the signs of det(I - D W) over all equilibria."""
    rng = np.random.default_rng(3)
    for kind in ("clip", "tanh", "logistic"):
        for _ in range(8):
            circuit, u = RateCircuit(rng.normal(size=(3, 3)) * 3, kind), rng.normal(size=3)
            found = all_equilibria(circuit, u)
            slopes = circuit.slopes(circuit.input(found.rates, u))
            assert sum(np.sign(np.linalg.det(np.eye(3) - d[:, None] * circuit.weights)) for d in slopes) == 1


def test_relu_equilibria_are_unique_for_every_drive_iff_p_matrix():
    rng = np.random.default_rng(4)
    seen = set()
    for _ in range(25):
        w = rng.normal(size=(3, 3))
        circuit = RateCircuit(w)
        counts = {len(all_equilibria(circuit, u).rates) for u in rng.normal(size=(40, 3))}
        if oracle.p_matrix(np.eye(3) - w):
            assert counts == {1}
        else:
            assert counts != {1}
        seen.add(oracle.p_matrix(np.eye(3) - w))
    assert seen == {True, False}


def test_a_line_of_equilibria_is_not_lost():
    with pytest.warns(InterplayWarning, match="set of equilibria"):
        found = all_equilibria(RateCircuit([[1.0]]), [0.0])
    assert not found.complete
    assert "not only the one given" in found.notes[0]
    assert len(found.rates) >= 1
    assert (found.residual == 0).all()
    # The same singular piece without equilibria in it takes nothing away.
    for drive, count in ((-1.0, 1), (1.0, 0)):
        found = all_equilibria(RateCircuit([[1.0]]), [drive])
        assert found.complete
        assert len(found.rates) == count
    # Two units that excite each other with 1: every (c, c) up to the top rests.
    with pytest.warns(InterplayWarning, match="set of equilibria"):
        found = all_equilibria(RateCircuit([[0.0, 1.0], [1.0, 0.0]], "clip"), [0.0, 0.0])
    inner = found.rates[(found.rates > 0).all(axis=1) & (found.rates < 1).all(axis=1)]
    assert inner.shape == (1, 2)
    assert inner[0, 0] == pytest.approx(inner[0, 1])


def test_smooth_circuits_are_searched_and_say_so():
    rivals = RateCircuit([[0.0, 3.0], [3.0, 0.0]], "tanh")
    found = all_equilibria(rivals, [0.0, 0.0])
    top = 0.9949015284
    assert found.rates == pytest.approx(np.array([[-top, -top], [0.0, 0.0], [top, top]]), abs=1e-9)
    assert found.stable.tolist() == [True, False, True]
    assert found.method == "starts"
    assert not found.complete
    assert found.seed == 0
    alone = all_equilibria(RateCircuit([[0.0, -3.0], [3.0, 0.0]], ["tanh", "softplus"]), [0.5, 0.0])
    assert alone.complete
    assert len(alone.rates) == 1


def test_same_seed_same_bits():
    rng = np.random.default_rng(9)
    circuit, u = RateCircuit(rng.normal(size=(4, 4)) * 2, "tanh"), rng.normal(size=4)
    one, other = (all_equilibria(circuit, u, seed=3, starts=40) for _ in range(2))
    assert one.rates.tobytes() == other.rates.tobytes()


def test_a_missing_equilibrium_is_noticed(monkeypatch):
    """If no start leads to one of them, the indices give it away."""
    from interplay.circuits import enumeration

    kept = enumeration.newton

    def short_sighted(circuit, drive, start, tolerance):
        x, found = kept(circuit, drive, start, tolerance)
        return x, found & (x[:, 0] < 0.5)

    monkeypatch.setattr(enumeration, "newton", short_sighted)
    with pytest.warns(InterplayWarning, match="add up to 0, not to 1"):
        found = all_equilibria(RateCircuit([[0.0, 3.0], [3.0, 0.0]], "tanh"), [0.0, 0.0])
    assert len(found.rates) == 2
    assert "raise `starts`" in found.notes[0]


def test_a_second_search_follows_where_indices_do_not_add_up(monkeypatch):
    """Saddles lie between attractors: there it starts."""
    from interplay.circuits import enumeration

    kept, runs = enumeration.newton, []

    def blind_at_first(circuit, drive, start, tolerance):
        x, found = kept(circuit, drive, start, tolerance)
        runs.append(len(start))
        return x, found & (np.abs(x[:, 0]) > 0.5) if len(runs) == 1 else found

    monkeypatch.setattr(enumeration, "newton", blind_at_first)
    found = all_equilibria(RateCircuit([[0.0, 3.0], [3.0, 0.0]], "tanh"), [0.0, 0.0], starts=10)
    assert len(found.rates) == 3
    # phi(u), 10 starts and 4 corners; then phi(u), 40 starts and 3 between the two that were found.
    assert runs == [15, 44]


def test_a_solution_that_others_reject_once_it_is_moved_into_its_domain_is_none():
    """Rounding carried a rate out by 1e-11; with weights of 1e5 the others see the move."""
    weights = [
        [280557.9885903263, -415424.0330673662, 244416.87140565953],
        [106880.99539426043, 509544.2685295185, -450303.22726177535],
        [322583.1073922214, -907726.226619635, -442225.35802641377],
    ]
    phi = [
        activation("leaky_relu", slope=0.25),
        activation("clip"),
        activation("threshold_linear", gain=2, threshold=0.5),
    ]
    found = all_equilibria(
        RateCircuit(weights, phi), [-4.0872876618615e-05, 2.5420088277045586e-05, -1.82472807288e-05]
    )
    assert found.rates == pytest.approx(np.array([[1.4807117626816555, 1.0, 0.0]]))
    assert found.residual.max() < 1e-10


def test_each_unit_is_judged_by_its_own_input():
    """A rate of 1e11 on a nearly singular piece is no excuse for rates that are wrong by 1 elsewhere."""
    weights = [[1.0 - 4e-12, 0.75, -0.25], [0.5, 1.5, 0.25], [0.25, 0.25, -1.5]]
    phi = [activation("soft_threshold", threshold=0.5), activation("clip"), activation("clip")]
    found = all_equilibria(RateCircuit(weights, phi), [0.5, -0.5, 0.25])
    for x in found.rates:
        z = np.array(weights) @ x + [0.5, -0.5, 0.25]
        assert x[1:] == pytest.approx(np.clip(z[1:], 0.0, 1.0), abs=1e-9)
    assert found.rates[0] == pytest.approx([0.0, 0.0, 0.1])
    assert found.rates[-1] == pytest.approx([1.25e11, 1.0, 1.0], rel=1e-4)
    assert len(found.rates) == 3


def test_same_as_enumeration_in_fractions():
    """Weights of all sizes, and quarters that lie 1e-9 off: pieces that are nearly singular."""
    rng = np.random.default_rng(5)
    compared = 0
    for trial in range(60):
        n = int(rng.integers(1, 4))
        if trial % 2:
            w = rng.integers(-6, 7, (n, n)) / 4 + 1e-7 * rng.normal(size=(n, n))
            u = rng.integers(-4, 5, n) / 4 + 1e-5 * rng.normal(size=n)
        else:
            w = 10 ** rng.uniform(-6, 6) * rng.normal(size=(n, n))
            u = 10 ** rng.uniform(-3, 6) * rng.normal(size=n)
        exact = oracle.exact_clip_equilibria(w, u)
        found = all_equilibria(RateCircuit(w, "clip"), u)
        assert found.complete
        assert ordered(found.rates, n) == pytest.approx(ordered(exact, n), abs=1e-6)
        compared += len(exact)
    assert compared > 60


def test_silent_rates_are_0_not_nearly_0():
    rng = np.random.default_rng(7)
    silent = 0
    for _ in range(20):
        w, u = 1e3 * rng.normal(size=(5, 5)), rng.normal(size=5)
        rates = all_equilibria(RateCircuit(w, "soft_threshold"), u).rates
        assert not ((rates != 0) & (np.abs(rates) < 1e-9)).any()
        silent += int((rates == 0).sum())
    assert silent > 20


def test_bad_input():
    with pytest.raises(DataError, match=r"at most `most_pieces`=8 .* got 16 \(4 units\)"):
        all_equilibria(RateCircuit(np.zeros((4, 4))), np.zeros(4), most_pieces=8)
    with pytest.raises(ConfigError, match="`starts` must be a whole number"):
        all_equilibria(RateCircuit([[0.0]], "tanh"), [0.0], starts=0)
