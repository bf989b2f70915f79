"""Spike-and-slab couplings with signs: coordinate updates of a categorical posterior on a quadratic log-likelihood.

A coupling is inhibitory, absent or excitatory; its size, if there is one, is half-normal. On a quadratic
log-likelihood the posterior of type and size of one coupling, given the means of the others, is known in closed form.

References
----------
Titsias, Lazaro-Gredilla (2011), NIPS 24, and Carbonetto, Stephens (2012), Bayesian Analysis 7: coordinate updates for
spike and slab. The split into signs is ours.
"""

from __future__ import annotations

import math

from numba import njit

_ROOT_2PI = math.sqrt(2.0 * math.pi)


@njit(cache=True, nogil=True)
def _tail(z):  # type: ignore[no-untyped-def]
    """Give log Phi(z), and mean and mean square of a normal variable around z, variance 1, that is above zero."""
    if z < -25.0:
        # Asymptotic, right to 1e-8: differences of large numbers would leave no digit of the moments.
        r = 1.0 / (z * z)
        mean = -(1.0 - r * (2.0 - r * (10.0 - r * (74.0 - 706.0 * r)))) / z
        square = r * (2.0 - r * (10.0 - r * (74.0 - r * (706.0 - 8162.0 * r))))
        return -0.5 * z * z - math.log(_ROOT_2PI * (mean - z)), mean, square
    below = 0.5 * math.erfc(-z / math.sqrt(2.0))
    ratio = math.exp(-0.5 * z * z) / _ROOT_2PI / below
    return math.log(below), z + ratio, 1.0 + z * (z + ratio)


@njit(cache=True, nogil=True)
def _bias_step(n, first, last, crossing, bias_curvature, slope, bias_slope, bias):  # type: ignore[no-untyped-def]
    """Move one bias, common to some states, to its best place."""
    top, low = 0.0, 0.0
    for s in range(first, last):
        top += bias_slope[s, n]
        low += bias_curvature[s, n]
    step = top / low if low > 0 else 0.0
    for s in range(first, last):
        bias[s, n] += step
        bias_slope[s, n] -= bias_curvature[s, n] * step
        for j in range(crossing.shape[2]):
            slope[s, n, j] -= crossing[s, n, j] * step
    return abs(step)


@njit(cache=True, nogil=True)
def _coupling(curvature, slope, weight, log_type, scale, chance):  # type: ignore[no-untyped-def]
    """Fill the posterior chances of one coupling's types; give the means of its size and of the square."""
    spread = 1.0 / (curvature + 1.0 / (scale * scale))
    root = math.sqrt(spread)
    centre = spread * (slope + curvature * weight)
    z = centre / root
    plus, plus_mean, plus_square = _tail(z)
    minus, minus_mean, minus_square = _tail(-z)
    both = math.log(2.0) + math.log(root / scale) + 0.5 * z * z
    a, b, c = log_type[0] + both + minus, log_type[1], log_type[2] + both + plus
    top = max(a, b, c)
    a, b, c = math.exp(a - top), math.exp(b - top), math.exp(c - top)
    total = a + b + c
    a, b, c = a / total, b / total, c / total
    chance[0], chance[1], chance[2] = a, b, c
    return root * (c * plus_mean - a * minus_mean), spread * (c * plus_square + a * minus_square)


@njit(cache=True, nogil=True)
def one_hot_sweeps(  # type: ignore[no-untyped-def]
    curvature, crossing, bias_curvature, slope, bias_slope, log_type, scale, shared_bias, sweeps, tolerance,
    weight, bias, chance, second,
):  # fmt: skip
    """Update types, sizes and biases until they settle on the quadratic.

    Parameters
    ----------
    curvature : (S, N, M, M) float64 array
        Minus the second derivative by the couplings onto each of N units from M sources, in each of S states.
    crossing : (S, N, M) float64 array
        Minus the mixed derivative by couplings and bias.
    bias_curvature : (S, N) float64 array
    slope : (S, N, M) float64 array, written to
        First derivative by the couplings at `weight` and `bias`.
    bias_slope : (S, N) float64 array, written to
    log_type : (N, M, 3) float64 array
        Log prior of inhibitory, absent, excitatory.
    scale : float, > 0
        Of the half-normal sizes.
    shared_bias : bool
        Whether a unit has one bias in all states.
    sweeps : int
        At most so many.
    tolerance : float
        Stop when no mean moves further in a sweep.
    weight : (S, N, M) float64 array, updated
        Posterior means.
    bias : (S, N) float64 array, updated
    chance : (S, N, M, 3) float64 array, filled
        Posterior of the types.
    second : (S, N, M) float64 array, filled
        Posterior mean of the square.
    """
    n_states, n_units, n_sources = weight.shape
    for n in range(n_units):
        for _ in range(sweeps):
            moved = 0.0
            if shared_bias:
                moved = _bias_step(n, 0, n_states, crossing, bias_curvature, slope, bias_slope, bias)
            else:
                for s in range(n_states):
                    moved = max(moved, _bias_step(n, s, s + 1, crossing, bias_curvature, slope, bias_slope, bias))
            for s in range(n_states):
                for j in range(n_sources):
                    mean, second[s, n, j] = _coupling(
                        curvature[s, n, j, j], slope[s, n, j], weight[s, n, j], log_type[n, j], scale, chance[s, n, j]
                    )
                    step = mean - weight[s, n, j]
                    if step != 0.0:
                        weight[s, n, j] = mean
                        moved = max(moved, abs(step))
                        bias_slope[s, n] -= crossing[s, n, j] * step
                        for i in range(n_sources):
                            slope[s, n, i] -= curvature[s, n, i, j] * step
            if moved < tolerance:
                break
