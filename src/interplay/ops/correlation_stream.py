"""Correlations that take in one sample at a time: of the last samples, or of all with fading weights."""

from __future__ import annotations

import math

from numba import njit

#: A variance below this share of the energy its sums have held is computed anew.
_CANCELLED = 1e-4
#: A fading variance below this share of the largest one is lost.
_FADED = 1e-20
_FEWEST = 3


@njit(cache=True, nogil=True)
def begin_anew(ring, reference, sums, energy, peak, product):  # type: ignore[no-untyped-def]
    """Compute every sum of a window from its samples, `ring` (W, N), about their means."""
    size, n = ring.shape
    for i in range(n):
        total, known = 0.0, 0
        for t in range(size):
            if not math.isnan(ring[t, i]):
                total += ring[t, i]
                known += 1
        reference[i] = total / known if known else 0.0
        sums[i], energy[i] = 0.0, 0.0
    product[:] = 0.0
    for t in range(size):
        p = 0
        for i in range(n):
            a = ring[t, i] - reference[i]
            if math.isnan(a):
                p += n - 1 - i
                continue
            sums[i] += a
            energy[i] += a * a
            for j in range(i + 1, n):
                b = ring[t, j] - reference[j]
                if not math.isnan(b):
                    product[p] += a * b
                p += 1
    peak[:] = energy


@njit(cache=True, nogil=True)
def _exchange(x, old, leaving, reference, sums, energy, peak, product, enters, leaves):  # type: ignore[no-untyped-def]
    """Add one sample's products, and take those of the leaving one away."""
    n = len(x)
    for i in range(n):
        enters[i] = 0.0 if math.isnan(x[i]) else x[i] - reference[i]
        leaves[i] = 0.0 if not leaving or math.isnan(old[i]) else old[i] - reference[i]
        sums[i] += enters[i] - leaves[i]
        energy[i] += enters[i] * enters[i] - leaves[i] * leaves[i]
        peak[i] = max(peak[i], energy[i])
    p = 0
    for i in range(n):
        a, b = enters[i], leaves[i]
        for j in range(i + 1, n):
            product[p] += a * enters[j] - b * leaves[j]
            p += 1


@njit(cache=True, nogil=True)
def slide_one(x, place, full, ring, reference, sums, energy, peak, product, missing, same, work):  # type: ignore[no-untyped-def]
    """Take a sample into a sliding window.

    `x` (N,) goes to row `place` of `ring` (W, N); with `full`, that row leaves. `missing` (N,) int64 counts NaN in the
    window, `same` (N,) int64 how many samples in a row equal the newest. `work` (2, N). Returns whether rounding may
    show: then call `begin_anew`.
    """
    size, n = ring.shape
    before = ring[place - 1]
    _exchange(x, ring[place], full, reference, sums, energy, peak, product, work[0], work[1])
    weak = False
    for i in range(n):
        if full and math.isnan(ring[place, i]):
            missing[i] -= 1
        if math.isnan(x[i]):
            missing[i] += 1
        same[i] = same[i] + 1 if same[i] > 0 and x[i] == before[i] else 1
        ring[place, i] = x[i]
        left = energy[i] - sums[i] * sums[i] / size
        if missing[i] == 0 and same[i] < size and left < _CANCELLED * peak[i]:
            weak = True
    return weak


@njit(cache=True, nogil=True)
def read_window(size, sums, energy, product, missing, same, present, weight):  # type: ignore[no-untyped-def]
    """Fill `present` (N,) and `weight` (P,), NaN where a unit is constant or incomplete."""
    n = len(sums)
    for i in range(n):
        left = energy[i] - sums[i] * sums[i] / size
        present[i] = missing[i] == 0 and same[i] < size and left > 0.0
    p = 0
    for i in range(n):
        a = energy[i] - sums[i] * sums[i] / size
        for j in range(i + 1, n):
            weight[p] = math.nan
            if present[i] and present[j]:
                b = energy[j] - sums[j] * sums[j] / size
                r = (product[p] - sums[i] * sums[j] / size) / math.sqrt(a * b)
                weight[p] = min(max(r, -1.0), 1.0)
            p += 1


@njit(cache=True, nogil=True)
def fade_one(x, keep, count, total, mean, variance, covariance, peak, present, weight):  # type: ignore[no-untyped-def]
    """Take a sample into sums whose weights fade by `keep` in (0, 1) per sample, and read the correlations.

    All sums are of pairs, (N, N), over the samples that both units have: `count` int64 and `total` their number and
    weight, `mean[i, j]` and `variance[i, j]` of unit i beside unit j (the latter times the weight), `covariance` above
    the diagonal. `peak` (N,) is the largest variance of each unit.
    """
    n = len(x)
    for i in range(n):
        for j in range(i, n):
            total[i, j] *= keep
            variance[i, j] *= keep
            variance[j, i] = variance[j, i] * keep if i != j else variance[i, i]
            covariance[i, j] *= keep
            if math.isnan(x[i]) or math.isnan(x[j]):
                continue
            before = total[i, j]
            total[i, j] = before + 1.0
            count[i, j] += 1
            share = before / total[i, j]
            a, b = x[i] - mean[i, j], x[j] - mean[j, i]
            covariance[i, j] += a * b * share
            variance[i, j] += a * a * share
            mean[i, j] += a / total[i, j]
            if i != j:
                variance[j, i] += b * b * share
                mean[j, i] += b / total[i, j]
    for i in range(n):
        peak[i] = max(peak[i], variance[i, i])
        present[i] = count[i, i] >= _FEWEST and variance[i, i] > _FADED * peak[i]
    p = 0
    for i in range(n):
        for j in range(i + 1, n):
            weight[p] = math.nan
            lowest = min(variance[i, j] - _FADED * peak[i], variance[j, i] - _FADED * peak[j])
            if present[i] and present[j] and count[i, j] >= _FEWEST and lowest > 0.0:
                r = covariance[i, j] / math.sqrt(variance[i, j]) / math.sqrt(variance[j, i])
                weight[p] = min(max(r, -1.0), 1.0)
            p += 1
