"""Partial correlation, spectra, phase indices and Granger causality as their definitions read, one pair at a time."""

import cmath
import math

import numpy as np
import scipy.linalg


def left_over(y, columns):
    """Residuals of a least-squares fit with an intercept."""
    design = np.column_stack([np.ones(len(y)), *columns])
    return y - design @ np.linalg.lstsq(design, y, rcond=None)[0]


def partial_correlation(x, i, j):
    """Correlate what all other units leave of two."""
    others = [x[:, k] for k in range(x.shape[1]) if k not in (i, j)]
    return np.corrcoef(left_over(x[:, i], others), left_over(x[:, j], others))[0, 1]


def lagged(x, units, order, first):
    return [x[first - k : len(x) - k, u] for k in range(1, order + 1) for u in units]


def granger(x, source, target, order, *, conditional, first=None):
    """Log ratio of residual sums of squares, and the F statistic with its degrees of freedom."""
    first = order if first is None else first
    units = range(x.shape[1]) if conditional else (source, target)
    y = x[first:, target]
    full = (left_over(y, lagged(x, units, order, first)) ** 2).sum()
    reduced = (left_over(y, lagged(x, [u for u in units if u != source], order, first)) ** 2).sum()
    rest = len(y) - 1 - order * len(units)
    return math.log(reduced / full), (reduced - full) / order / (full / rest), (order, rest)


def best_order(x, top):
    """The order with the lowest Bayesian criterion of a vector autoregression, fitted from scratch each time."""
    cost = []
    for p in range(1, top + 1):
        columns = lagged(x, range(x.shape[1]), p, top)
        e = np.column_stack([left_over(x[top:, u], columns) for u in range(x.shape[1])])
        cost.append(len(e) * math.log(np.linalg.det(e.T @ e / len(e))) + p * x.shape[1] ** 2 * math.log(len(e)))
    return 1 + int(np.argmin(cost))


def granger_of_process(a, noise, source):
    """Conditional Granger causality of a known process from one source: its state space, and the Riccati equation."""
    p, n, _ = a.shape
    transition = np.zeros((n * p, n * p))
    transition[:n] = np.concatenate(list(a), axis=1)
    transition[n:, :-n] = np.eye(n * (p - 1))
    rest = [u for u in range(n) if u != source]
    seen = transition[:n][rest]
    drive = np.zeros((n * p, n * p))
    drive[:n, :n] = noise
    mixed = np.vstack([noise[:, rest], np.zeros((n * (p - 1), n - 1))])
    error = scipy.linalg.solve_discrete_are(transition.T, seen.T, drive, noise[np.ix_(rest, rest)], s=mixed)
    innovation = seen @ error @ seen.T + noise[np.ix_(rest, rest)]
    return {u: math.log(innovation[k, k] / noise[u, u]) for k, u in enumerate(rest)}


def geweke(a, noise, source, target, f):
    """Geweke's measure of a known bivariate autoregression at one frequency (cycles per sample)."""
    polynomial = np.eye(2, dtype=complex)
    for k, coefficient in enumerate(a, 1):
        polynomial -= coefficient * cmath.exp(-2j * math.pi * f * k)
    h = np.linalg.inv(polynomial)
    power = (h @ noise @ h.conj().T)[target, target].real
    own = noise[source, source] - noise[source, target] ** 2 / noise[target, target]
    return math.log(power / (power - own * abs(h[target, source]) ** 2))


def coefficient(y, taper, row):
    """One Fourier coefficient of a tapered stretch whose mean is taken out."""
    y = y - np.mean(y)
    return sum(
        w * v * cmath.exp(-2j * math.pi * row * t / len(y)) for t, (w, v) in enumerate(zip(taper, y, strict=True))
    )


def coherency(a, b):
    """Of the coefficients of two units."""
    cross = sum(x * y.conjugate() for x, y in zip(a, b, strict=True))
    return cross / math.sqrt(sum(abs(x) ** 2 for x in a) * sum(abs(y) ** 2 for y in b))


def phase_index(kind, a, b):
    """Of the coefficients of two units, one for each segment."""
    cross = [x * y.conjugate() for x, y in zip(a, b, strict=True)]
    if kind == "plv":
        return abs(sum(c / abs(c) for c in cross)) / len(cross)
    pairs = [(m, k) for m in range(len(cross)) for k in range(len(cross)) if m != k]
    if kind == "ppc":
        angle = [cmath.phase(c) for c in cross]
        return sum(math.cos(angle[m] - angle[k]) for m, k in pairs) / len(pairs)
    side = [c.imag for c in cross]
    if kind == "wpli":
        return abs(sum(side)) / sum(map(abs, side))
    return sum(side[m] * side[k] for m, k in pairs) / sum(abs(side[m] * side[k]) for m, k in pairs)


def weighted_correlation(a, b, weight):
    """Pearson correlation with weights, over the samples that both have."""
    both = ~np.isnan(a) & ~np.isnan(b)
    a, b, weight = a[both], b[both], weight[both]
    a, b = a - np.average(a, weights=weight), b - np.average(b, weights=weight)
    return (weight * a * b).sum() / math.sqrt((weight * a * a).sum() * (weight * b * b).sum())
