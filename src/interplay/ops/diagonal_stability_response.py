"""The diagonal certificate with the smallest bound on how far an equilibrium moves, between two that are known."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from interplay.ops.diagonal_stability import widest_margin
from interplay.ops.diagonal_stability_proofs import lyapunov_form

Floats = NDArray[np.float64]

#: How near to the greatest margin a certificate need come that only points the way, relative to it.
_NEAR = 1e-3
_GOLDEN = (5**0.5 - 1) / 2


def tightest_response(matrix: Floats, first: Floats, *, deadline: float | None = None) -> Floats:
    """Look for the certificate of the smallest max(q) / margin on the way from one to that of the greatest margin.

    Parameters
    ----------
    matrix : (N, N) float array
        A.
    first : (N,) float array
        A certificate q, mean 1.
    deadline : float or None
        By `time.monotonic`.

    Returns
    -------
    (N,) float array
        q; not proved.

    Notes
    -----
    Along the way the largest entry of q is a convex function and the margin a concave one, so their quotient has one
    minimum there: found by the golden section. Time O(N^3), some 15 sets of eigenvalues beside `widest_margin`.
    """
    widest, _ = widest_margin(matrix, tolerance=_NEAR, deadline=deadline)

    def between(share: float) -> Floats:
        return np.asarray((1 - share) * first + share * widest)

    def response(share: float) -> float:
        q = between(share)
        least = float(np.linalg.eigvalsh(lyapunov_form(matrix, q))[0])
        return 2 * float(q.max()) / least if least > 0 else float("inf")

    return between(_least(response))


def _least(function: Callable[[float], float]) -> float:
    """Where between 0 and 1 a function with one minimum is least; 1 itself is tried."""
    low, high = 0.0, 1.0
    left, right = 1 - _GOLDEN, _GOLDEN
    at_left, at_right = function(left), function(right)
    for _ in range(12):
        if at_left < at_right:
            high, right, at_right = right, left, at_left
            left = high - _GOLDEN * (high - low)
            at_left = function(left)
        else:
            low, left, at_left = left, right, at_right
            right = low + _GOLDEN * (high - low)
            at_right = function(right)
    return min((left, right, 1.0), key=function)
