"""Correlograms, their baseline and their law as the definitions read: loops over pairs of spikes, exact fractions."""

from fractions import Fraction

import numpy as np
from scipy import stats

SLACK = Fraction(1, 2**31)


def counts(a, b, bin_s, n_side, *, same=False):
    """Count ``t_b - t_a`` in bins centred on multiples of the width; an edge belongs to the outer bin."""
    out = np.zeros(2 * n_side + 1, dtype=int)
    width = Fraction(bin_s)
    for i, s in enumerate(a):
        for j, t in enumerate(b):
            if same and i == j:
                continue
            lag = Fraction(float(t)) - Fraction(float(s))
            k = int((abs(lag) + SLACK) / width + Fraction(1, 2))
            if k <= n_side:
                out[n_side + (k if lag >= 0 else -k)] += 1
    return out


def excess(count, tested, hollow, bin_s, sigma_s, length_s, dead=0):
    """Give observed count, expectation, its variance, and the weight of one count, from the counts at all lags."""
    side = len(count) // 2
    observed, weight = 0.0, np.zeros(len(count))
    room = [length_s - abs(k - side) * bin_s for k in range(len(count))]
    for k in tested:
        if k <= dead:
            continue
        observed += count[side + k]
        near = np.zeros(len(count))
        for q in range(-side, side + 1):
            if abs(q) > dead and abs(q) not in hollow:
                near[side + q] = stats.norm.pdf(q * bin_s, k * bin_s, sigma_s)
        near /= near.sum()
        for q in range(len(count)):
            weight[q] += near[q] * room[side + k] / room[q]
    return observed, float(weight @ count), float(weight**2 @ count), float((weight**2).sum() / weight.sum())


def pvalue(observed, expected, spread, per_count):
    """Two-sided, of a negative binomial count, half of equality to either side."""
    ratio = max(spread / expected if expected > 0 else 0.0, per_count)
    law = stats.nbinom(expected / ratio + 0.5, 1 / (1 + ratio))
    equal = law.pmf(observed)
    return min(1.0, 2 * min(law.sf(observed) + equal / 2, law.cdf(observed) - equal / 2))


def spiking_probability(x, y, surround, observed, crossover, max_delay):
    """Total spiking probability edge from `x` to `y` (counts per bin), by explicit sums over filters."""
    n = len(x)

    def ncc(d):
        low, high = max(0, -d), min(n, n - d)
        return sum(x[t] * y[t + d] for t in range(low, high)) / (n * np.std(x, ddof=1) * np.std(y, ddof=1))

    total = np.zeros(max_delay)
    for a in surround:
        for b in observed:
            for c in crossover:
                middle = []
                for start in range(max_delay - b + 1):
                    before = sum(ncc(start - c - k) for k in range(1, a + 1)) / a
                    after = sum(ncc(start + b - 1 + c + k) for k in range(1, a + 1)) / a
                    middle.append(2 * sum(ncc(start + k) for k in range(b)) / b - before - after)
                for d in range(max_delay):
                    total[d] += sum(middle[d - r] for r in range(b) if 0 <= d - r < len(middle))
    return total[np.argmax(np.abs(total))]
