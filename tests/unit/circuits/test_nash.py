"""Costs, best responses and gaps against sums over grids; what a state of the game is called."""

import numpy as np
import pytest
from tests.oracles import circuit_game as oracle

from interplay._core.errors import ConfigError, DataError
from interplay.circuits import RateCircuit, activation, best_response, energies, game, nash_gap, steady_state

KINDS = list(oracle.PHI)


def phi(kind):
    return activation(kind, **oracle.PARAMETERS.get(kind, {}))


def reach(kind):
    low, high = phi(kind).domain
    return np.linspace(max(low, -30.0), min(high, 30.0), 1201)


@pytest.mark.parametrize("kind", KINDS)
def test_best_response_is_the_cheapest_of_a_grid(kind):
    rng = np.random.default_rng(len(kind))
    grid = reach(kind)
    for own, drive in zip([-1.3, 0.0, 0.4, 0.9, 1.0, 1.7, 3.0], rng.normal(size=7), strict=True):
        circuit = RateCircuit([[own]], phi(kind))
        here, cost = oracle.cheapest(kind, own, drive, grid)
        found = best_response(circuit, [0.3], [drive])[0]
        if abs(here) == 30.0 or not np.isfinite(found):
            # Cheaper still beyond the grid, or without end.
            assert abs(found) >= 29.9 or np.isinf(found)
            continue
        assert np.interp(found, grid, cost) <= 2e-3
        assert found == pytest.approx(float(circuit.rates([own * found + drive])[0]), abs=1e-12)


def test_the_better_of_two_minima_is_taken():
    """A logistic unit that excites itself strongly: the minima cost the same where the drive is threshold - own / 2."""
    circuit = RateCircuit([[1.0]], activation("logistic", steepness=12.0, threshold=0.3))
    for shift, side in ((-1e-3, 0), (1e-3, 1)):
        low_or_high = best_response(circuit, [0.5], [0.3 - 0.5 + shift])[0]
        assert round(low_or_high) == side


@pytest.mark.parametrize("kind", KINDS)
def test_gap_is_the_cost_of_a_grid_above_its_least(kind):
    grid = reach(kind)
    inner = np.linspace(max(grid[0], -1.5), min(grid[-1], 1.5), 9)[1:-1]
    for own, drive in [(-0.8, 0.5), (0.0, -0.2), (2.2, 0.1)]:
        circuit = RateCircuit([[own]], phi(kind))
        gap = nash_gap(circuit, inner[:, None], [drive])[:, 0]
        if np.isfinite(gap).all():
            cost = oracle.cheapest(kind, own, drive, grid)[1]
            assert gap == pytest.approx(np.interp(inner, grid, cost), abs=3e-3)


def test_costs_without_minimum():
    free = RateCircuit([[1.5]], "relu")
    assert best_response(free, [0.2], [0.1]).tolist() == [np.inf]
    assert nash_gap(free, [0.2], [0.1]).tolist() == [np.inf]
    # Own weight 1 and no drive: every rate of a ReLU unit costs the same, and nobody need move.
    assert best_response(RateCircuit([[1.0]]), [0.7], [0.0]).tolist() == [0.7]
    # A softplus unit there approaches its least cost and never reaches it: Li2(exp(-x)) is what is left to gain.
    soft = RateCircuit([[1.0]], "softplus")
    assert best_response(soft, [1.0], [0.0]).tolist() == [np.inf]
    series = sum(np.exp(-k) / k**2 for k in range(1, 60))
    assert nash_gap(soft, [1.0], [0.0])[0] == pytest.approx(series, rel=1e-12)
    # Outside its domain a unit pays without bound.
    assert nash_gap(RateCircuit([[0.0]], "clip"), [1.5], [0.0]).tolist() == [np.inf]


def test_leading_axes_broadcast():
    rng = np.random.default_rng(4)
    circuit = RateCircuit(rng.normal(size=(3, 3)) * 0.4, ["relu", "tanh", "logistic"])
    x, u = rng.random((4, 1, 3)), rng.normal(size=(5, 3))
    for one in (lambda *a: energies(*a).total, best_response, nash_gap):
        many = one(circuit, x, u)
        assert many.shape == (4, 5, 3)
        assert many[2, 3] == pytest.approx(one(circuit, x[2, 0], u[3]), abs=1e-14)


def test_energy_is_what_the_formulae_say():
    w = np.array([[0.5, -2.0], [2.0, -0.5]])
    x, u = np.array([0.3, 0.2]), np.array([0.6, -0.1])
    cost = energies(RateCircuit(w, activation("threshold_linear", gain=0.8, threshold=0.3)), x, u)
    drives = [-2.0 * 0.2 + 0.6, 2.0 * 0.3 - 0.1]
    assert cost.interaction == pytest.approx([0.5 * 0.5 * 0.09 - drives[0] * 0.3, 0.5 * 1.5 * 0.04 - drives[1] * 0.2])
    assert cost.activation == pytest.approx(0.3 * x + 0.25 * x**2 / 2)
    assert cost.total == pytest.approx(cost.interaction + cost.activation)


@pytest.mark.parametrize("kind", KINDS)
def test_the_dynamics_are_each_units_proximal_step_on_its_own_cost(kind):
    """An equilibrium is where no unit's cost has a slope in its own rate, and Phi is the proximal operator of E_act."""
    rng = np.random.default_rng(7)
    circuit = RateCircuit(rng.normal(size=(4, 4)) * 0.5, phi(kind))
    x, u = circuit.rates(rng.normal(size=(6, 4))), rng.normal(size=4)
    nudge = 1e-6
    slope = np.stack(
        [
            (energies(circuit, x + nudge * e, u).interaction - energies(circuit, x - nudge * e, u).interaction)[:, i]
            for i, e in enumerate(np.eye(4))
        ],
        axis=1,
    ) / (2 * nudge)
    proximal = np.stack([phi(kind).prox((x - slope)[:, i]) for i in range(4)], axis=1)
    assert -x + proximal == pytest.approx(circuit.field(x, u), abs=1e-7)


def test_unilateral_descent():
    """With the others frozen, dE_int/dx_i times the velocity is at most minus the velocity squared (ReLU)."""
    rng = np.random.default_rng(3)
    for _ in range(50):
        circuit = RateCircuit(rng.normal(size=(5, 5)))
        x, u = rng.exponential(size=(4, 5)), rng.normal(size=5)
        velocity = -circuit.residual(x, u)
        assert ((x - circuit.input(x, u)) * velocity <= -(velocity**2) + 1e-12).all()


def test_costs_do_not_fall_along_trajectories():
    """A unit can pay more although it moves downhill: the others move too."""
    pair = RateCircuit.of_blocks(0.5, 2.0, 2.0, 0.5)
    x, u = np.array([0.3, 0.0]), np.array([0.6, 0.0])
    rise = [energies(pair, x + t * pair.field(x, u), u).total[0] for t in (0.0, 0.3, 0.6, 1.0)]
    assert max(rise) > rise[0]


def test_relu_gap_bounds_the_residual():
    """g_i >= (1 + W_ii) r_i^2 / 2, and an active unit's cost at equilibrium is -(1 - W_ii) x_i^2 / 2."""
    rng = np.random.default_rng(11)
    for _ in range(50):
        w = rng.normal(size=(5, 5)) * 0.5
        w[np.diag_indices(5)] = rng.uniform(-0.9, 0.9, 5)
        circuit, u = RateCircuit(w), rng.normal(size=5)
        x = rng.exponential(size=(6, 5)) * (rng.random((6, 5)) < 0.7)
        bound = 0.5 * (1 + np.diagonal(w)) * circuit.residual(x, u) ** 2
        assert (nash_gap(circuit, x, u) >= bound - 1e-12).all()
        rest = steady_state(RateCircuit(w / 3), u).rates[0]
        cost = energies(RateCircuit(w / 3), rest, u).total
        assert cost == pytest.approx(-0.5 * (1 - np.diagonal(w) / 3) * rest**2, abs=1e-12)


def test_stable_equilibrium_need_not_be_nash():
    """The counter-example: own cost of E not convex, W_EE = 1.5 > 1; E rests at a maximum of what it pays."""
    circuit = RateCircuit([[1.5, -2.0], [2.0, -0.5]], "clip", names=["E", "I"])
    seen = game(circuit, [6 / 13, 8 / 13], [1.0, 0.0])
    assert seen.equilibrium
    assert seen.stable
    assert not seen.nash
    assert seen.nash_gap == pytest.approx([0.25 * (7 / 13) ** 2, 0.0], abs=1e-15)
    assert seen.own_curvature.tolist() == [-0.5, 1.5]
    assert seen.best_response[0] == 1.0
    assert seen.verdict.startswith("Inhibition-stabilised: stable, not a Nash equilibrium")
    around = energies(circuit, [[6 / 13 + d, 8 / 13] for d in (-0.05, 0.0, 0.05)], [1.0, 0.0]).total[:, 0]
    assert around[1] > max(around[0], around[2])


def test_verdicts():
    calm = RateCircuit.of_blocks(0.5, 2.0, 2.0, 0.5)
    rest = steady_state(calm, [0.6, 0.0]).rates[0]
    seen = game(calm, rest, [0.6, 0.0])
    assert seen.nash
    assert seen.stable
    assert seen.potential == "none"
    assert "stable" in seen.verdict
    assert seen.verdict.startswith("A Nash equilibrium")
    assert seen.asymmetry == pytest.approx(np.sqrt(2) * 4 / (2 * np.sqrt(0.25 + 8 + 0.25)))
    away = game(calm, [0.5, 0.5], [0.6, 0.0])
    assert not away.equilibrium
    assert not away.nash
    assert away.verdict.startswith("Not an equilibrium")
    # At rest, unstable, and every unit content: mutual inhibition.
    rivals = RateCircuit([[0.0, -2.0], [-2.0, 0.0]])
    seen = game(rivals, [1 / 3, 1 / 3], [1.0, 1.0])
    assert seen.nash
    assert not seen.stable
    assert seen.potential == "exact"
    assert seen.verdict.endswith("it is unstable.")
    # Not Nash and unstable; without inhibition there is nothing to be stabilised by.
    alone = game(RateCircuit([[2.0]], "clip"), [0.4], [-0.4])
    assert not alone.nash
    assert not alone.stable
    assert alone.verdict.startswith("An equilibrium of the dynamics, unstable")
    # Excitation that runs away even with inhibition following: nothing is stabilised.
    loose = RateCircuit.of_blocks(2.1, 3.0, 3.0, 0.0, "clip")
    seen = game(loose, steady_state(loose, [0.5, 0.0]).rates[0], [0.5, 0.0])
    assert seen.equilibrium
    assert not seen.stable
    assert seen.verdict.startswith("An equilibrium of the dynamics, unstable")
    assert "without bound" in game(RateCircuit([[1.5]]), [0.2], [-0.1]).verdict
    assert "none that its activation can give" in game(RateCircuit([[0.5]]), [-0.2], [0.1]).verdict


def test_a_state_whose_gaps_are_tiny_is_nash_only_if_it_rests():
    """Gaps are of second order in the distance: they alone would call this an equilibrium."""
    circuit = RateCircuit([[0.0, 0.2], [-0.3, 0.0]])
    rest = steady_state(circuit, [1.0, 1.0]).rates[0]
    near = game(circuit, rest + 1e-6, [1.0, 1.0])
    assert near.nash_gap.max() < 1e-11
    assert not near.nash
    assert not near.equilibrium


def test_bad_input():
    circuit = RateCircuit([[0.5, -2.0], [2.0, -0.5]])
    with pytest.raises(DataError, match=r"`rates` must have shape \(N=2\), got \(3,\)"):
        game(circuit, [1.0, 2.0, 3.0], [0.0, 0.0])
    with pytest.raises(DataError, match="`drive` must be finite"):
        game(circuit, [1.0, 2.0], [0.0, np.nan])
    with pytest.raises(ConfigError, match="`tolerance` must be > 0"):
        game(circuit, [1.0, 2.0], [0.0, 0.0], tolerance=0.0)
    with pytest.raises(DataError, match="shape"):
        energies(circuit, [1.0], [0.0, 0.0])


@pytest.mark.parametrize("steepness", [1.0, 4.0, 30.0])
@pytest.mark.parametrize("over", [1.05, 1.3])
def test_just_past_the_steepest_slope_a_logistic_unit_shuns_the_middle(steepness, over):
    """Own weight a little above 1 / L, L = steepness / 4: two shallow minima close to a maximum at rate 1/2."""
    own = 4.0 * over / steepness
    circuit = RateCircuit([[own]], activation("logistic", steepness=steepness, threshold=0.2))
    grid = np.linspace(0.0, 1.0, 2001)[:, None]
    for drive in (0.2 - own / 2, 0.2 - own / 2 + 0.002 / steepness, 0.2 - own / 2 - 0.002 / steepness):
        best = best_response(circuit, [0.5], [drive])
        least = float(energies(circuit, grid, [drive]).total.min())
        assert float(energies(circuit, best, [drive]).total[0]) <= least + 1e-14
        assert abs(best[0] - 0.5) > 0.05


@pytest.mark.parametrize(("phi", "steepness"), [("tanh", 1.0), ("logistic", 10.0), ("softplus", 1.0), ("power", 1.0)])
def test_strong_own_inhibition_does_not_catch_the_root_search_in_a_swing(phi, steepness):
    """Newton's method on such a unit can jump between two rates for ever: one of some hundred tanh units did."""
    made = activation(phi, steepness=steepness) if phi == "logistic" else activation(phi)
    rng = np.random.default_rng(0)
    own, drive = -rng.uniform(0.0, 9.0, 1500), rng.normal(0.0, 4.0, 1500)
    circuit = RateCircuit(np.diag(own), made)
    best = best_response(circuit, np.zeros(1500), drive)
    np.testing.assert_allclose(made(own * best + drive), best, atol=1e-9)
