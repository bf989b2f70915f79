"""Diagonal Lyapunov certificates by an interior-point method, and the proof that there are none.

Wanted is q > 0 with F(q) = -(diag(q) A + A' diag(q)) positive definite. The method follows the central path of

    minimise s  such that  M = s I + F(q) is positive definite, sum q = N,

whose least s is negative iff there is such a q. Every Newton step yields, beside the next q, a matrix
H = M^-1 - M^-1 dM M^-1 with all entries of diag(A H) equal, and positive semidefinite once the step is short: a bound of
s from below by the same linear algebra. The first of the two that can be proved ends the search.

References
----------
Barker, Berman, Plemmons (1978), Linear and Multilinear Algebra 5:249: exactly one of q and H exists.
Boyd, Vandenberghe (2004), Convex Optimization, chapter 11, for barrier methods. The step that gives both is ours.
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
    matrix: Floats, *, tolerance: float = 1e-12, deadline: float | None = None, most_steps: int = 400
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
    Each step costs about 8 N^3 multiplications; memory O(N^2).
    """
    b, left, right = equilibrate(matrix)
    end = _follow(_Path(b), tolerance, deadline, most_steps)
    scaling, dual = end.scaling, end.dual
    if scaling is not None:
        scaling = scaling * left / right
    if dual is not None:
        dual = dual * right[:, None] * right
    return PathEnd(scaling, dual, end.lower, end.upper, end.steps, end.reason)


class _Path:
    """A point near the central path, and the Newton system there."""

    def __init__(self, b: Floats) -> None:
        n = len(b)
        self.b = b
        self.q = np.ones(n)
        values = np.linalg.eigvalsh(lyapunov_form(b, self.q))
        self.size = max(1.0, float(np.abs(values).max()))
        self.s = max(-float(values[0]), 0.0) + self.size / 2
        self.weight = 0.0
        self.lower = -np.inf

    def factor(self) -> bool:
        """Invert M and solve for the two directions of which every Newton step is a sum."""
        b, n = self.b, len(self.b)
        m = lyapunov_form(b, self.q)
        m[np.diag_indices(n)] += self.s
        lower, info = lapack.dpotrf(m, lower=1, clean=1)
        if info:
            return False
        self.root = lapack.dtrtri(lower, lower=1)[0]
        self.inverse = inverse = self.root.T @ self.root
        across = b @ inverse
        system = np.empty((n + 1, n + 1))
        system[:n, :n] = 2 * (inverse * (across @ b.T) + across * across.T)
        system[:n, n] = system[n, :n] = -2 * np.einsum("ij,ij->i", across, inverse)
        system[n, n] = np.einsum("ij,ij", inverse, inverse)
        trace = float(np.trace(inverse))
        self.weight = self.weight or trace
        self.gradient = np.append(2 * np.diag(across), -trace)
        scale = 1 / np.sqrt(np.diag(system))
        factor, info = lapack.dpotrf(system * scale[:, None] * scale, lower=1)
        if info:
            return False
        sides = np.zeros((n + 1, 3))
        sides[:, 0], sides[n, 1], sides[:n, 2] = self.gradient, 1.0, 1.0
        self.solved = scale[:, None] * lapack.dpotrs(factor, scale[:, None] * sides, lower=1)[0]
        return True

    def step(self) -> tuple[Floats, Floats, Floats]:
        """Newton's step (dq, ds) for the present weight, dM, and the eigenvalues of dM relative to M."""
        x, n = self.solved, len(self.b)
        move = x[:, 0] + self.weight * x[:, 1]
        move = -(move - move[:n].sum() / x[:n, 2].sum() * x[:, 2])
        change = lyapunov_form(self.b, move[:n])
        change[np.diag_indices(n)] += move[n]
        relative = self.root @ change @ self.root.T
        return move, change, np.linalg.eigvalsh(relative)

    def dual(self, change: Floats) -> Floats:
        """H of this step, symmetric to the bit."""
        h = self.inverse - self.inverse @ change @ self.inverse
        return (h + h.T) / 2


def _follow(path: _Path, tolerance: float, deadline: float | None, most_steps: int) -> PathEnd:
    n = len(path.b)
    for step in range(most_steps):
        found = _certificate(path)
        if found is not None:
            return PathEnd(found, None, path.lower, path.s, step, "certificate")
        if deadline is not None and time.monotonic() > deadline:
            return PathEnd(None, None, path.lower, path.s, step, "time")
        if not path.factor():
            return PathEnd(None, None, path.lower, path.s, step, "precision")
        move, change, values = path.step()
        centred = bool(values[-1] < 1)
        if centred:
            h = path.dual(change)
            along = np.einsum("ij,ji->i", path.b, h)
            path.lower = max(path.lower, 2 * n * float(along.min()) / float(np.trace(h)))
            if along.min() > 0 and refutation_margin(path.b, h) >= 0:
                return PathEnd(None, h, path.lower, path.s, step, "refutation")
        length = _best_length(path.weight * move[n], values)
        path.q = path.q + length * move[:n]
        path.s = path.s + length * float(move[n])
        if max(abs(path.s), abs(path.lower)) < tolerance * path.size:
            return PathEnd(None, None, path.lower, path.s, step + 1, "boundary")
        if centred:
            gap = path.s - path.lower
            path.weight = max(path.weight, min(10 * n / gap, 1e3 * path.weight) if gap > 0 else 10 * path.weight)
    return PathEnd(None, None, path.lower, path.s, most_steps, "steps")


def _certificate(path: _Path) -> Floats | None:
    if (path.q <= 0).any() or not surely_positive(lyapunov_form(path.b, path.q)):
        return None
    q = path.q / path.q.mean()
    return q if scaling_margin(path.b, q) > 0 else None


def _best_length(slope: float, values: Floats) -> float:
    """Minimise slope t - sum log(1 + t values) over the t > 0 that keep every term finite."""
    most = 1 / -float(values[0]) if values[0] < 0 else 1e6
    length = min(1.0, 0.9 * most)
    for _ in range(40):
        ratio = values / (1 + length * values)
        first, second = slope - float(ratio.sum()), float(ratio @ ratio)
        new = length - first / second
        new = max(new, length / 8) if new < length else min(new, (length + most) / 2)
        done = abs(new - length) <= 1e-2 * length
        length = new
        if done:
            break
    return min(length, 0.9999 * most)
