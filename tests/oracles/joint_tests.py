"""Permutation tests of many outcomes, arrangement by arrangement, with t from its definition."""

from itertools import combinations, product
from math import inf, isnan, sqrt


def mean(values):
    return sum(values) / len(values)


def variance(values):
    return sum((v - mean(values)) ** 2 for v in values) / (len(values) - 1)


def paired_t(values):
    return ratio(mean(values), sqrt(variance(values) / len(values)))


def welch_t(first, second):
    error = variance(first) / len(first) + variance(second) / len(second)
    return ratio(mean(second) - mean(first), sqrt(error))


def ratio(value, scale):
    if scale < 1e-9 * max(1.0, abs(value)):
        return 0.0 if abs(value) < 1e-12 else inf
    return value / scale


def known(column):
    return [v for v in column if not isnan(v)]


def paired(x, y):
    """Observed t, p and corrected p of every outcome; all 2^n arrangements of signs."""
    change = [[b - a for a, b in zip(r, s, strict=True)] for r, s in zip(x, y, strict=True)]
    n, m = len(change), len(change[0])
    tables = []
    for signs in product((1, -1), repeat=n):
        tables.append([paired_t(known([signs[i] * change[i][k] for i in range(n)])) for k in range(m)])
    return judged(tables)


def independent(x, y):
    """The same over all ways to deal the rows."""
    pool = [list(r) for r in x] + [list(r) for r in y]
    n, m = len(x), len(pool[0])
    tables = []
    for chosen in combinations(range(len(pool)), n):
        first = [pool[i] for i in chosen]
        second = [pool[i] for i in range(len(pool)) if i not in chosen]
        tables.append([welch_t(known([r[k] for r in first]), known([r[k] for r in second])) for k in range(m)])
    return judged(tables)


def judged(tables):
    observed = tables[0]
    m = len(observed)
    largest = [max(abs(t) for t in row) for row in tables]
    p = [sum(abs(row[k]) >= abs(observed[k]) * (1 - 1e-9) for row in tables) / len(tables) for k in range(m)]
    corrected = [sum(top >= abs(observed[k]) * (1 - 1e-9) for top in largest) / len(tables) for k in range(m)]
    return observed, p, corrected
