"""Equilibria of the dynamics are the Nash equilibria of the game wherever the theory says so, over all activations."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from interplay.circuits import ACTIVATIONS, RateCircuit, activation, all_equilibria, best_response, game, nash_gap

RANGES = {
    "top": (0.2, 3.0),
    "gain": (0.3, 2.0),
    "threshold": (0.05, 1.0),
    "slope": (0.1, 1.5),
    "steepness": (0.5, 12.0),
    "exponent": (1.1, 3.0),
}


@st.composite
def activations(draw, kinds=tuple(ACTIVATIONS)):
    kind = draw(st.sampled_from(kinds))
    names = [name for name, *_ in ACTIVATIONS[kind].parameters]
    return activation(kind, **{name: draw(st.floats(*RANGES[name])) for name in names})


@st.composite
def circuits(draw, kinds=tuple(ACTIVATIONS), convex=True, most_units=5):
    """Random circuits; `convex`: every own weight at most 1 / L, the condition of the theory, often exactly."""
    n = draw(st.integers(1, most_units))
    phi = [draw(activations(kinds)) for _ in range(n)]
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    weights = rng.normal(size=(n, n)) * draw(st.sampled_from([0.2, 1.0, 3.0]))
    if convex:
        most = np.array([1.0 / p.max_slope for p in phi])
        slack = draw(st.sampled_from([0.0, 0.1, 2.0])) * rng.random(n)
        np.fill_diagonal(weights, most - slack)
    return RateCircuit(weights, phi), rng


def size(circuit, x, u):
    return 1.0 + float((np.abs(circuit.weights) @ np.abs(x) + np.abs(u)).max())


@given(made=circuits())
@settings(max_examples=150, deadline=None)
def test_every_equilibrium_is_nash_where_own_costs_are_convex(made):
    """The drive is chosen so that a drawn state is an equilibrium: no solver takes part."""
    circuit, rng = made
    z = rng.normal(size=circuit.n_units) * 1.5
    x = circuit.rates(z)
    u = z - circuit.weights @ x
    assert nash_gap(circuit, x, u).max() <= 1e-13 * size(circuit, x, u) ** 2
    assert game(circuit, x, u).nash


@given(made=circuits(convex=False))
@settings(max_examples=150, deadline=None)
def test_every_nash_point_is_an_equilibrium_convex_or_not(made):
    """Away from the equilibrium a unit gains at least (1/L + W_ii) r^2 / 2 by moving, and something in any case."""
    circuit, rng = made
    x = circuit.rates(rng.normal(size=circuit.n_units) * 1.5)
    u = rng.normal(size=circuit.n_units)
    residual, gap = circuit.residual(x, u), nash_gap(circuit, x, u)
    slack = 1e-12 * size(circuit, x, u) ** 2
    bound = 0.5 * (1.0 / circuit.max_slopes + np.diagonal(circuit.weights)) * residual**2
    assert (gap >= bound - slack).all()
    assert (gap[np.abs(residual) > 1e-3] > 0).all()


@given(made=circuits(convex=False))
@settings(max_examples=150, deadline=None)
def test_best_responses_solve_the_units_own_equation_and_nobody_gains_after_it(made):
    circuit, rng = made
    x, u = circuit.rates(rng.normal(size=circuit.n_units)), rng.normal(size=circuit.n_units)
    best = best_response(circuit, x, u)
    for i in np.flatnonzero(np.isfinite(best)):
        moved = x.copy()
        moved[i] = best[i]
        scale = size(circuit, moved, u)
        assert abs(circuit.residual(moved, u)[i]) <= 1e-9 * scale
        assert nash_gap(circuit, moved, u)[i] <= 1e-13 * scale**2


@given(made=circuits(kinds=("relu", "clip", "threshold_linear", "leaky_relu", "soft_threshold"), most_units=4))
@settings(max_examples=60, deadline=None)
def test_all_equilibria_that_are_found_are_nash(made):
    circuit, rng = made
    if (np.diagonal(circuit.weights) == 1.0 / circuit.max_slopes).any():
        return  # singular pieces, which warn
    u = rng.normal(size=circuit.n_units)
    for x in all_equilibria(circuit, u).rates:
        assert game(circuit, x, u, tolerance=1e-8).nash
