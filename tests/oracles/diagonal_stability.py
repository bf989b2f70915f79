"""Diagonal stability by its definitions, in exact arithmetic or by enumeration. Shares no code with the library."""

from fractions import Fraction
from itertools import combinations

import numpy as np


def _exact(matrix):
    return [[Fraction(float(x)) for x in row] for row in np.asarray(matrix)]


def determinant(rows):
    """Exact determinant of a list of lists of fractions, by expansion with elimination and row exchange."""
    rows = [list(row) for row in rows]
    sign, value = 1, Fraction(1)
    for k in range(len(rows)):
        pivot = next((i for i in range(k, len(rows)) if rows[i][k] != 0), None)
        if pivot is None:
            return Fraction(0)
        if pivot != k:
            rows[k], rows[pivot], sign = rows[pivot], rows[k], -sign
        value *= rows[k][k]
        for i in range(k + 1, len(rows)):
            ratio = rows[i][k] / rows[k][k]
            rows[i] = [x - ratio * y for x, y in zip(rows[i], rows[k], strict=True)]
    return sign * value


def certifies(matrix, scaling):
    """Whether q > 0 makes -(QA + A'Q) positive definite: all its leading minors are positive, exactly."""
    a, q = _exact(matrix), [Fraction(float(x)) for x in scaling]
    n = len(q)
    form = [[-(q[i] * a[i][j] + q[j] * a[j][i]) for j in range(n)] for i in range(n)]
    return min(q) > 0 and all(determinant([row[:k] for row in form[:k]]) > 0 for k in range(1, n + 1))


def refutes(matrix, dual):
    """Whether H is symmetric, positive semidefinite on its support, not 0, and diag(AH) >= 0, exactly.

    Positive definite on its support is demanded, or (up to 4 rows) all principal minors >= 0.
    """
    a, h = _exact(matrix), _exact(dual)
    n = len(a)
    if any(h[i][j] != h[j][i] for i in range(n) for j in range(i)):
        return False
    if any(sum(a[i][j] * h[j][i] for j in range(n)) < 0 for i in range(n)):
        return False
    there = [i for i in range(n) if any(h[i])]
    inner = [[h[i][j] for j in there] for i in there]
    m = len(there)
    if all(determinant([row[:k] for row in inner[:k]]) > 0 for k in range(1, m + 1)):
        return m > 0
    subsets = [s for k in range(1, m + 1) for s in combinations(range(m), k)] if m <= 4 else [()]
    return bool(m) and all(s and determinant([[inner[i][j] for j in s] for i in s]) >= 0 for s in subsets)


def is_p_matrix(matrix):
    """Whether every principal minor is positive, by enumeration."""
    a = _exact(matrix)
    n = len(a)
    subsets = (s for k in range(1, n + 1) for s in combinations(range(n), k))
    return all(determinant([[a[i][j] for j in s] for i in s]) > 0 for s in subsets)


def certified_by_search(matrix, points=4001, reach=12.0):
    """Whether a scan of log(q_1 / q_2) finds a q for a 2 x 2 matrix."""
    r = np.exp(np.linspace(-reach, reach, points))
    scaled = np.stack([r[:, None] * matrix[0], np.broadcast_to(matrix[1], (points, 2))], axis=1)
    return bool((np.linalg.eigvalsh(scaled + scaled.transpose(0, 2, 1))[:, -1] < 0).any())
