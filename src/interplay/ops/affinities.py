"""How alike two units change from moment to moment: slopes of their activity, and affinities of every pair.

References
----------
Dyballa, Lang, Haslund-Gourley, Yemini, Zucker (2024), ICLR, arXiv 2402.14102: affinities of derivatives. The formula
here is ours (`interplay.infer.factors` says why).
"""

from __future__ import annotations

from math import exp, sqrt

import numpy as np
from numba import njit

#: The bell of the weights is cut here, in standard deviations.
REACH = 4.0


@njit(cache=True, nogil=True)
def slopes(x, width, least, out):  # type: ignore[no-untyped-def]
    """Slope of every column by a straight line fitted around each sample, with a Gaussian bell of weights.

    Parameters
    ----------
    x : (T, N) float64 array
        NaN where not measured; such samples have weight zero.
    width : float, samples, > 0
        Standard deviation of the bell.
    least : float, in (0, 1]
        A slope is NaN if less than this share of the whole bell's weight, or of its spread, is known there.
    out : (T, N) float64 array
        Written: change per sample.

    Notes
    -----
    Inside a run without a gap this is convolution with the derivative of the Gaussian, scaled to be exact for straight
    lines; at ends and gaps the line is fitted to what is there. Time O(T N width).
    """
    n_samples, n_units = x.shape
    reach = max(int(np.ceil(REACH * width)), 1)
    bell = np.empty(reach + 1)
    whole = 0.0
    spread = 0.0
    for k in range(reach + 1):
        bell[k] = exp(-0.5 * (k / width) ** 2)
        whole += bell[k] * (1.0 if k == 0 else 2.0)
        spread += 2.0 * bell[k] * k * k
    for i in range(n_units):
        for t in range(n_samples):
            w = 0.0
            wu = 0.0
            wuu = 0.0
            wx = 0.0
            wux = 0.0
            for s in range(max(t - reach, 0), min(t + reach + 1, n_samples)):
                value = x[s, i]
                if value != value:
                    continue
                u = s - t
                h = bell[abs(u)]
                w += h
                wu += h * u
                wuu += h * u * u
                wx += h * value
                wux += h * u * value
            room = wuu - wu * wu / w if w > 0.0 else 0.0
            # At an end of a run half the bell is there, and about a third of its spread.
            # A bell so narrow that its neighbours underflow has no spread, hence no slope.
            if w < least * whole or room < 0.5 * least * spread or room <= 0.0:
                out[t, i] = np.nan
            else:
                out[t, i] = (wux - wu * wx / w) / room


@njit(cache=True, nogil=True)
def _affinity(a, b, power):  # type: ignore[no-untyped-def]
    """Root of the product of two sizes above zero, less the more unequal they are."""
    ratio = a / b if a < b else b / a
    if power == 0.0:
        ratio = 1.0
    elif power != 1.0:
        ratio = ratio**power
    return sqrt(a * b) * ratio


@njit(cache=True, nogil=True)
def pair_affinities(slope, frame, power, dead, co, anti, count):  # type: ignore[no-untyped-def]
    """Add up the affinities of all pairs over the samples of each frame.

    Two units whose slopes a, b both exceed the dead zone have the affinity sqrt(|a b|) (min / max of |a|, |b|)^power:
    in `co` if both rise or both fall, in `anti` if one rises while the other falls.

    Parameters
    ----------
    slope : (T, N) float64 array
        Without unit; NaN where unknown.
    frame : (T,) int64 array
        Which row of the output each sample adds to; negative for none.
    power : float, >= 0
    dead : float, >= 0
        Slopes whose size is below it count as none.
    co, anti : (F, P) float32 arrays, P = N (N - 1) / 2
        Added to, by rows of the upper triangle.
    count : (F, P) float32 array
        How many samples knew both units; added to.

    Notes
    -----
    Time O(T N^2 / 2).
    """
    n_samples, n_units = slope.shape
    size = np.empty(n_units)
    for t in range(n_samples):
        f = frame[t]
        if f < 0:
            continue
        for i in range(n_units):
            a = abs(slope[t, i])
            if a < dead:
                a = 0.0
            size[i] = a
        p = 0
        for i in range(n_units):
            a = size[i]
            if a != a:
                p += n_units - 1 - i
                continue
            for j in range(i + 1, n_units):
                b = size[j]
                if b == b:
                    count[f, p] += 1.0
                    if a > 0.0 and b > 0.0:
                        value = _affinity(a, b, power)
                        if (slope[t, i] > 0.0) == (slope[t, j] > 0.0):
                            co[f, p] += value
                        else:
                            anti[f, p] += value
                p += 1
