"""Slow, obviously right versions of the game between rate units; share no code with the library."""

import functools
import itertools
import math
from fractions import Fraction

import numpy as np

#: phi of one number, by kind, with the parameters used in the tests written out.
PHI = {
    "identity": lambda z: z,
    "relu": lambda z: max(z, 0.0),
    "clip": lambda z: min(max(z, 0.0), 1.0),
    "threshold_linear": lambda z: 0.8 * max(z - 0.3, 0.0),
    "leaky_relu": lambda z: z if z > 0 else 0.2 * z,
    "soft_threshold": lambda z: math.copysign(max(abs(z) - 0.4, 0.0), z),
    "tanh": math.tanh,
    "logistic": lambda z: 0.5 * (1.0 + math.tanh(0.5 * 3.0 * (z - 0.2))),
    "softplus": lambda z: max(z, 0.0) + math.log(1.0 + math.exp(-abs(z))),
    "power": lambda z: 0.5 * max(z, 0.0) ** 1.5,
}
PARAMETERS = {
    "threshold_linear": {"gain": 0.8, "threshold": 0.3},
    "leaky_relu": {"slope": 0.2},
    "soft_threshold": {"threshold": 0.4},
    "logistic": {"steepness": 3.0, "threshold": 0.2},
    "power": {"gain": 0.5, "exponent": 1.5},
}


def invert(kind, y, reach=80.0):
    """Some z with phi(z) = y, by bisection."""
    low, high = -reach, reach
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if PHI[kind](middle) < y else (low, middle)
    return 0.5 * (low + high)


@functools.cache
def area(kind, low, high, size):
    """The inverse of phi, summed up over a grid by the midpoint rule."""
    grid = np.linspace(low, high, size)
    inverse = np.array([invert(kind, y) for y in 0.5 * (grid[1:] + grid[:-1])])
    return np.concatenate([[0.0], np.cumsum(inverse * np.diff(grid))])


def cheapest(kind, own, drive, grid):
    """The rate of an even grid with the least own cost, and the costs above it."""
    cost = area(kind, grid[0], grid[-1], len(grid)) - 0.5 * own * grid**2 - drive * grid
    return grid[np.argmin(cost)], cost - cost.min()


def relu_equilibria(weights, drive):
    """All x >= 0 with (I - W) x - u >= 0, complementary, by the set of active units."""
    n, found = len(drive), []
    for size in range(n + 1):
        for active in itertools.combinations(range(n), size):
            a = list(active)
            x = np.zeros(n)
            if a:
                x[a] = np.linalg.solve(np.eye(size) - weights[np.ix_(a, a)], drive[a])
            slack = x - weights @ x - drive
            if (x >= 0).all() and all(slack[i] >= 0 for i in range(n) if i not in active):
                found.append(x)
    return found


def clip_equilibria(weights, drive):
    """All x with x = min(max(W x + u, 0), 1), by who is silent, between, at the top."""
    n, found = len(drive), []
    for state in itertools.product((0, 1, 2), repeat=n):
        x = np.array([1.0 if s == 2 else 0.0 for s in state])
        a = [i for i in range(n) if state[i] == 1]
        if a:
            x[a] = np.linalg.solve(np.eye(len(a)) - weights[np.ix_(a, a)], (drive + weights @ x)[a])
        z = weights @ x + drive
        good = [z[i] <= 0 if s == 0 else 0 < z[i] < 1 if s == 1 else z[i] >= 1 for i, s in enumerate(state)]
        if all(good):
            found.append(x)
    return found


def p_matrix(matrix):
    """Whether every principal minor is positive, one by one."""
    n = len(matrix)
    sets = (list(a) for size in range(1, n + 1) for a in itertools.combinations(range(n), size))
    return all(np.linalg.det(matrix[np.ix_(a, a)]) > 0 for a in sets)


def fraction_solve(matrix, right):
    """Gauss in fractions; None if singular."""
    n = len(right)
    rows = [[*row, b] for row, b in zip(matrix, right, strict=True)]
    for c in range(n):
        pivot = next((r for r in range(c, n) if rows[r][c] != 0), None)
        if pivot is None:
            return None
        rows[c], rows[pivot] = rows[pivot], rows[c]
        for r in range(n):
            if r != c:
                share = rows[r][c] / rows[c][c]
                rows[r] = [a - share * b for a, b in zip(rows[r], rows[c], strict=True)]
    return [rows[i][n] / rows[i][i] for i in range(n)]


def exact_clip_equilibria(weights, drive):
    """As `clip_equilibria`, without rounding; None where a combination is singular."""
    n, found = len(drive), set()
    w = [[Fraction(float(a)) for a in row] for row in weights]
    u = [Fraction(float(a)) for a in drive]
    for state in itertools.product((0, 1, 2), repeat=n):
        matrix = [[Fraction(i == j) - (w[i][j] if s == 1 else 0) for j in range(n)] for i, s in enumerate(state)]
        x = fraction_solve(matrix, [u[i] if s == 1 else Fraction(s == 2) for i, s in enumerate(state)])
        if x is None:
            return None
        z = [sum(w[i][j] * x[j] for j in range(n)) + u[i] for i in range(n)]
        if all(z[i] <= 0 if s == 0 else 0 <= z[i] <= 1 if s == 1 else z[i] >= 1 for i, s in enumerate(state)):
            found.add(tuple(x))
    return [np.array([float(a) for a in x]) for x in sorted(found)]
