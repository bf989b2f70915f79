"""Diagonal Lyapunov certificates by an interior-point method, and the proof that there are none.

Wanted is q > 0 with F(q) = -(diag(q) A + A' diag(q)) positive definite. The method solves the pair

    minimise s  such that  Z = s I + F(q) is positive semidefinite, sum q = N;
    maximise v  such that  X is positive semidefinite, trace X = 1, diag(A X) = v / (2 N) in all entries.

The least s is the largest v: below 0 iff q exists, and above 0 iff an H = X refutes it (on the boundary neither is
found). Both sides are followed at once, and the first of the two that can be proved ends the search.

References
----------
Barker, Berman, Plemmons (1978), Linear and Multilinear Algebra 5:249: exactly one of q and H exists.
Helmberg, Rendl, Vanderbei, Wolkowicz (1996), SIAM Journal on Optimization 6:342, for the search direction; Mehrotra
(1992), SIAM Journal on Optimization 2:575, for predictor and corrector.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import lapack

from interplay.ops.diagonal_stability_proofs import lyapunov_form, refutation_margin, scaling_margin, surely_positive

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class PathEnd:
    """Where the search ended.

    Attributes
    ----------
    scaling : (N,) float64 array or None
        q, proved.
    dual : (N, N) float64 array or None
        H, proved.
    lower, upper : float
        Between them lies the least s, for the equilibrated matrix: below 0 means a certificate exists.
    steps : int
    reason : str
        "certificate", "refutation", "boundary" (the least s is 0 within the tolerance), "precision", "time", "steps".
    """

    scaling: Floats | None
    dual: Floats | None
    lower: float
    upper: float
    steps: int
    reason: str


def equilibrate(matrix: Floats) -> tuple[Floats, Floats, Floats]:
    """Scale rows and columns by powers of two until the diagonal is about -1 and the off-diagonal balanced.

    Parameters
    ----------
    matrix : (N, N) float array, diagonal < 0

    Returns
    -------
    (N, N), (N,), (N,) float arrays
        B, left and right, with B = diag(left) A diag(right) exactly. A certificate q of B is one of A as
        q left / right, and H of B one of A as diag(right) H diag(right).
    """
    rows = np.exp2(-np.round(np.log2(np.abs(np.diag(matrix)))))
    balanced, _, _, similar, _ = lapack.dgebal(matrix * rows[:, None], scale=1, permute=0)
    return np.ascontiguousarray(balanced), rows / similar, similar


def decide(
    matrix: Floats, *, tolerance: float = 1e-12, deadline: float | None = None, most_steps: int = 100
) -> PathEnd:
    """Find q or H for a matrix that does not fall apart into blocks.

    Parameters
    ----------
    matrix : (N, N) float array, diagonal < 0, irreducible
        A. (For a reducible one H may not exist with diag(A H) > 0, and the search may end undecided.)
    tolerance : float, > 0
        Ends undecided once the least s lies within +-tolerance times the size of the equilibrated matrix.
    deadline : float or None
        By `time.monotonic`.
    most_steps : int, >= 1

    Returns
    -------
    PathEnd
        Proved before it is given back.

    Notes
    -----
    Each step costs about a dozen products of N x N matrices and four sets of eigenvalues; memory O(N^2). Between 2 and
    10 steps are usual.
    """
    b, left, right = equilibrate(matrix)
    end = _follow(_Pair(b), tolerance, deadline, most_steps)
    scaling, dual = end.scaling, end.dual
    if scaling is not None:
        scaling = scaling * left / right
    if dual is not None:
        dual = dual * right[:, None] * right
    return PathEnd(scaling, dual, end.lower, end.upper, end.steps, end.reason)


def widest_margin(
    matrix: Floats, *, tolerance: float = 1e-6, deadline: float | None = None, most_steps: int = 60
) -> tuple[Floats, float]:
    """Maximise the margin of q over all q > 0 of mean 1, in the units of the matrix as it is.

    Parameters
    ----------
    matrix : (N, N) float array, diagonal < 0
    tolerance : float, > 0
        Relative gap between the margin reached and a bound of all margins at which the search ends.
    deadline : float or None
        By `time.monotonic`.
    most_steps : int, >= 1

    Returns
    -------
    (N,) float array, float
        The best q, of mean 1 (not proved, and not positive everywhere if the matrix has no certificate), and the least
        bound.

    Notes
    -----
    Where the last digits of the gap are asked for, rounding can spoil a step: so the best of all steps is kept.
    """
    pair = _Pair(matrix)
    best, kept, bound = -np.inf, pair.q, np.inf
    for _ in range(most_steps):
        margin = float(np.linalg.eigvalsh(lyapunov_form(matrix, pair.q))[0] / pair.q.mean()) / 2
        if margin > best:
            best, kept = margin, pair.q / pair.q.mean()
        bound = min(bound, -pair.lower() / 2)
        late = deadline is not None and time.monotonic() > deadline
        if late or bound - best < tolerance * abs(best) or pair.short > 4 or not pair.prepare():
            break
        pair.advance()
    return kept, bound


class _Pair:
    """The two matrices Z and X on their way, and the Newton system that moves them."""

    def __init__(self, b: Floats) -> None:
        n = len(b)
        self.b = b
        self.q = np.ones(n)
        values = np.linalg.eigvalsh(lyapunov_form(b, self.q))
        self.size = max(1.0, float(np.abs(values).max()))
        self.s = max(-float(values[0]), 0.0) + self.size / 2
        start = np.linalg.inv(self._slack())
        start = (start + start.T) / 2
        self.x: Floats = start / np.trace(start)
        self.short = 0

    def _slack(self) -> Floats:
        """Z of the present q and s."""
        z = lyapunov_form(self.b, self.q)
        z[np.diag_indices(len(z))] += self.s
        return z

    def lower(self) -> float:
        """Bound of s from below by the present X."""
        return 2 * len(self.b) * float(_along(self.b, self.x).min()) / float(np.trace(self.x))

    def prepare(self) -> bool:
        """Factor Z, X and the Newton system; False where rounding has taken over."""
        self.z = self._slack()
        root_z, root_x = _inverse_root(self.z), _inverse_root(self.x)
        if root_z is None or root_x is None:
            return False
        self.root_z, self.root_x = root_z, root_x
        self.inverse: Floats = root_z.T @ root_z
        return self._factor(_system(self.b, self.x, self.inverse))

    def _factor(self, system: Floats) -> bool:
        diagonal = np.diag(system)
        if not (np.isfinite(system).all() and (diagonal > 0).all()):
            return False
        self.scale = 1 / np.sqrt(diagonal)
        system = system * self.scale[:, None] * self.scale
        for ridge in (0.0, 1e-15, 1e-13, 1e-11):
            system[np.diag_indices(len(system))] += ridge
            self.factor, info = lapack.dpotrf(system, lower=1)
            if not info:
                side = np.append(np.ones(len(self.b)), 0.0)
                self.constraint = self._solve(side)
                return True
        return False

    def _solve(self, side: Floats) -> Floats:
        return np.asarray(self.scale * lapack.dpotrs(self.factor, self.scale * side, lower=1)[0].ravel())

    def direction(self, aim: Floats) -> tuple[Floats, Floats, Floats]:
        """Solve for the steps of (q, s), Z and X towards X Z = mu I; `aim` is mu Z^-1 less terms of second order."""
        n = len(self.b)
        side = np.append(-2 * _along(self.b, aim), float(np.trace(aim)) - 1)
        y = self._solve(side)
        y = y - y[:n].sum() / self.constraint[:n].sum() * self.constraint
        dz = lyapunov_form(self.b, y[:n])
        dz[np.diag_indices(n)] += y[n]
        dx = self.x @ dz @ self.inverse
        dx = aim - self.x - (dx + dx.T) / 2
        return y, dz, dx

    def lengths(self, dz: Floats, dx: Floats, share: float) -> tuple[float, float]:
        """How far Z and X may go, at most 1, keeping `share` of the way to the boundary."""
        least_z = float(np.linalg.eigvalsh(self.root_z @ dz @ self.root_z.T)[0])
        least_x = float(np.linalg.eigvalsh(self.root_x @ dx @ self.root_x.T)[0])
        return min(1.0, share / max(-least_z, share)), min(1.0, share / max(-least_x, share))

    def advance(self) -> None:
        """Predict with mu = 0, then correct."""
        n = len(self.b)
        gap = float(np.einsum("ij,ij", self.x, self.z))
        _, dz, dx = self.direction(np.zeros((n, n)))
        t, u = self.lengths(dz, dx, 1.0)
        after = float(np.einsum("ij,ij", self.x + u * dx, self.z + t * dz))
        share = min(max((after / gap) ** 2, 1e-4), 1.0)
        second = dx @ dz @ self.inverse
        y, dz, dx = self.direction(share * gap / n * self.inverse - (second + second.T) / 2)
        t, u = self.lengths(dz, dx, 0.95)
        self.q, self.s = self.q + t * y[:n], self.s + t * float(y[n])
        x = self.x + u * dx
        self.x = (x + x.T) / 2
        self.short = self.short + 1 if max(t, u) < 1e-2 else 0


def _system(b: Floats, x: Floats, inverse: Floats) -> Floats:
    """Newton system in (q, s): entries trace(D_i X D_j Z^-1), D_i the derivative of Z."""
    n = len(b)
    bx, bz, xz = b @ x, b @ inverse, x @ inverse
    system = np.empty((n + 1, n + 1))
    system[:n, :n] = bx * bz.T + bx.T * bz + (bx @ b.T) * inverse + x * (bz @ b.T)
    system[:n, n] = system[n, :n] = -(_along(b, xz) + np.einsum("ij,ij->i", xz, b))
    system[n, n] = np.trace(xz)
    return system


def _along(b: Floats, x: Floats) -> Floats:
    """diag(B X)."""
    return np.asarray(np.einsum("ij,ji->i", b, x))


def _inverse_root(matrix: Floats) -> Floats | None:
    """Inverse of the lower Cholesky factor; None if there is none."""
    root, info = lapack.dpotrf(matrix, lower=1, clean=1)
    if info:
        return None
    inverse, info = lapack.dtrtri(root, lower=1)
    return None if info else np.asarray(inverse)


def _follow(pair: _Pair, tolerance: float, deadline: float | None, most_steps: int) -> PathEnd:
    def end(step: int, reason: str, scaling: Floats | None = None, dual: Floats | None = None) -> PathEnd:
        return PathEnd(scaling, dual, pair.lower(), pair.s, step, reason)

    for step in range(most_steps):
        found = _certificate(pair)
        if found is not None:
            return end(step, "certificate", scaling=found)
        if pair.lower() > 0 and refutation_margin(pair.b, pair.x) >= 0:
            return end(step, "refutation", dual=pair.x)
        if max(abs(pair.s), abs(pair.lower())) < tolerance * pair.size:
            return end(step, "boundary")
        if deadline is not None and time.monotonic() > deadline:
            return end(step, "time")
        if pair.short > 4 or not pair.prepare():
            return end(step, "precision")
        pair.advance()
    return end(most_steps, "steps")


def _certificate(pair: _Pair) -> Floats | None:
    if (pair.q <= 0).any() or not surely_positive(lyapunov_form(pair.b, pair.q)):
        return None
    q = pair.q / pair.q.mean()
    return q if scaling_margin(pair.b, q) > 0 else None
