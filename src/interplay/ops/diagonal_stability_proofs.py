"""Proofs that a matrix is positive definite, and that a diagonal certificate or its refutation holds.

Floating-point numbers are compared with a bound on every rounding error made on the way; small matrices that are too
close for that are decided in exact rational arithmetic.

References
----------
Rump (2006), BIT 46:433: a Cholesky factorisation that runs to its end, of the matrix minus a bound on its own rounding
errors, proves positive definiteness. Higham (2002), Accuracy and Stability, for the bounds.
Barker, Berman, Plemmons (1978), Linear and Multilinear Algebra 5:249, for the alternative of the two certificates.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import lapack

Floats = NDArray[np.float64]

#: Relative rounding error of one operation in double precision.
UNIT = 2.0**-53
#: Up to this size what rounding leaves open is decided in rational arithmetic.
EXACT_SIZE = 12
#: Diagonals outside this range would lose digits to underflow or overflow.
_RANGE = (1e-270, 1e270)


def least_eigenvalue(matrix: Floats, error: float = 0.0) -> float:
    """Bound the least eigenvalue of a symmetric matrix from below, rounding errors included.

    Parameters
    ----------
    matrix : (N, N) float array, symmetric
        Not checked; the lower triangle is read.
    error : float, >= 0
        Bound on the spectral norm of what is missing in `matrix`.

    Returns
    -------
    float
        A number that the least eigenvalue of `matrix` plus the missing part certainly exceeds; -inf if none was found.

    Notes
    -----
    `eigvalsh` guesses; a Cholesky factorisation of the matrix minus the guess proves. Time O(N^3).
    """
    n = len(matrix)
    if not np.isfinite(matrix).all():
        return -np.inf
    guess = float(np.linalg.eigvalsh(matrix)[0])
    size = float(np.abs(np.diag(matrix)).sum()) + n * abs(guess)
    slack = 1.1 * (n + 4) * UNIT * size
    for factor in (1.0, 4.0, 16.0, 64.0):
        shift = guess - factor * slack
        if _cholesky_ends(matrix, shift):
            return shift - slack - error
    return -np.inf


def _cholesky_ends(matrix: Floats, shift: float) -> bool:
    shifted = matrix.copy()
    shifted[np.diag_indices(len(matrix))] -= shift
    return int(lapack.dpotrf(shifted, lower=1, overwrite_a=1)[1]) == 0


def surely_positive(matrix: Floats, error: float = 0.0) -> bool:
    """Prove with one Cholesky factorisation that a symmetric matrix is positive definite; False proves nothing."""
    diagonal = np.diag(matrix)
    if not np.isfinite(matrix).all() or (diagonal <= 0).any():
        return False
    bound = 1.1 * (len(matrix) + 4) * UNIT * float(diagonal.sum()) + error
    return _cholesky_ends(matrix, bound)


def lyapunov_form(matrix: Floats, scaling: Floats) -> Floats:
    """-(diag(q) A + A' diag(q)): positive definite iff q certifies A."""
    scaled = scaling[:, None] * matrix
    return -(scaled + scaled.T)


def _powers(diagonal: Floats) -> Floats:
    """Powers of two that bring a positive diagonal into [1/2, 2]: scaling by them rounds nothing."""
    return np.exp2(-np.round(np.log2(diagonal) / 2))


def scaling_margin(matrix: Floats, scaling: Floats) -> float:
    """Prove that q > 0 makes diag(q) A + A' diag(q) negative definite, by how much.

    Parameters
    ----------
    matrix : (N, N) float array
        A.
    scaling : (N,) float array
        q.

    Returns
    -------
    float
        Lower bound of -1/2 of the largest eigenvalue, at most rounding errors below it; > 0 is a proof. 0 where nothing
        is proved.

    Notes
    -----
    Rows and columns are scaled by powers of two first, so that units of very different size do no harm. What rounding
    leaves open is settled exactly up to `EXACT_SIZE` units. Time O(N^3).
    """
    form = lyapunov_form(matrix, scaling)
    diagonal = np.diag(form)
    if not (np.isfinite(form).all() and (scaling > 0).all() and (diagonal > _RANGE[0]).all()):
        return 0.0
    if diagonal.max() > _RANGE[1]:
        return 0.0
    power = _powers(diagonal)
    size = scaling[:, None] * np.abs(matrix)
    size = size + size.T
    error = 2.1 * UNIT * float((size * power[:, None] * power).sum(1).max())
    relative = least_eigenvalue(form * power[:, None] * power, error)
    if relative > 0:
        plain = least_eigenvalue(form, 2.1 * UNIT * float(size.sum(1).max()))
        return max(plain, relative / float(power.max()) ** 2) / 2
    if len(matrix) <= EXACT_SIZE and _exact_form_positive(matrix, scaling):
        return _exact_margin(form, matrix, scaling)
    return 0.0


def _exact_form_positive(matrix: Floats, scaling: Floats, shift: Fraction = Fraction(0)) -> bool:
    n = len(matrix)
    a = [[Fraction(float(x)) for x in row] for row in matrix]
    q = [Fraction(float(x)) for x in scaling]
    form = [[-(q[i] * a[i][j] + q[j] * a[j][i]) - (shift if i == j else 0) for j in range(n)] for i in range(n)]
    return _exact_definite(form) == 1


def _exact_margin(form: Floats, matrix: Floats, scaling: Floats) -> float:
    """Find a margin below the rounding error: divided until rational arithmetic proves it."""
    margin = max(float(np.linalg.eigvalsh(form)[0]), UNIT * float(np.diag(form).min()))
    for _ in range(200):
        if _exact_form_positive(matrix, scaling, Fraction(margin)):
            return margin / 2
        margin /= 4
    return 0.0


def _exact_definite(matrix: list[list[Fraction]]) -> int:
    """1 positive definite, 0 semidefinite, -1 neither: elimination without rounding."""
    left = [row[:] for row in matrix]
    kind = 1
    while left:
        pivot, row = left[0][0], left[0][1:]
        if pivot < 0 or (pivot == 0 and any(row)):
            return -1
        rest = [line[1:] for line in left[1:]]
        if pivot == 0:
            kind = 0
        else:
            rest = [[x - row[i] * y / pivot for x, y in zip(line, row, strict=True)] for i, line in enumerate(rest)]
        left = rest
    return kind


def refutation_margin(matrix: Floats, dual: Floats) -> float:
    """Prove that H is positive semidefinite, not 0, and diag(A H) >= 0: then no q certifies A.

    Parameters
    ----------
    matrix : (N, N) float array
        A.
    dual : (N, N) float array
        H. Rows and columns of zeros are allowed: H then refutes a principal submatrix of A.

    Returns
    -------
    float
        Lower bound of the least entry of diag(A H), >= 0 if proved; NaN where nothing is proved.

    Notes
    -----
    For every q >= 0 the trace of (diag(q) A + A' diag(q)) H is 2 sum_i q_i (A H)_ii >= 0, which no negative definite
    matrix allows. Time O(N^3).
    """
    support = np.flatnonzero(np.abs(dual).sum(1))
    if not (support.size and np.isfinite(dual).all() and np.array_equal(dual, dual.T)):
        return float("nan")
    h = dual[np.ix_(support, support)]
    a = matrix[np.ix_(support, support)]
    diagonal = np.diag(h)
    if (diagonal <= 0).any():
        return float("nan")
    if (diagonal > _RANGE[0]).all() and (diagonal < _RANGE[1]).all():
        power = _powers(diagonal)
        along = np.einsum("ij,ji->i", a, h)
        least = along - 1.1 * (len(h) + 2) * UNIT * np.einsum("ij,ji->i", np.abs(a), np.abs(h))
        if (least >= 0).all() and surely_positive(h * power[:, None] * power):
            return float(least.min()) if len(support) == len(matrix) else 0.0
    if len(h) <= EXACT_SIZE:
        return _exact_refutation(a, h, len(support) == len(matrix))
    return float("nan")


def _exact_refutation(matrix: Floats, dual: Floats, whole: bool) -> float:
    n = len(dual)
    h = [[Fraction(float(x)) for x in row] for row in dual]
    a = [[Fraction(float(x)) for x in row] for row in matrix]
    along = [sum((a[i][j] * h[j][i] for j in range(n)), Fraction(0)) for i in range(n)]
    if min(along) < 0 or _exact_definite(h) < 0:
        return float("nan")
    return float(min(along)) * (1 - 4 * UNIT) if whole else 0.0
