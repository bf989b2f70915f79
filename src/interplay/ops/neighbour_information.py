"""Information of continuous samples from distances to nearest neighbours, in nats.

References
----------
Kraskov, Stoegbauer, Grassberger (2004), Phys Rev E 69:066138, algorithm 1. Frenzel, Pompe (2007), Phys Rev Lett
99:204101, for the conditional form. Gao, Kannan, Oh, Viswanath (2017), NeurIPS 30, for ties.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

#: Distances nearer to each other than this share of them are the same: samples on a lattice lie at equal distances,
#: which differ in their last bits once a unit is scaled.
_SAME = 1.0 - 1e-9


@njit(cache=True, nogil=True)
def digammas(n):  # type: ignore[no-untyped-def]
    """Tabulate the digamma function at 1 .. n, (n + 1,) float64; entry 0 is not used."""
    out = np.empty(n + 1)
    value = -0.5772156649015329
    out[0] = -math.inf
    for k in range(1, n + 1):
        out[k] = value
        value += 1.0 / k
    return out


@njit(cache=True, nogil=True)
def _rank(ordered, value, offset, over):  # type: ignore[no-untyped-def]
    """Count entries of a sorted array whose difference to `value` is below `offset`, or up to it if `over`."""
    low, high = 0, len(ordered)
    while low < high:
        middle = (low + high) // 2
        apart = ordered[middle] - value
        if apart < offset or (over and apart == offset):
            low = middle + 1
        else:
            high = middle
    return low


@njit(cache=True, nogil=True)
def _within(ordered, value, reach):  # type: ignore[no-untyped-def]
    """Count entries of a sorted array nearer to `value` than `reach`, itself included; with 0, those equal to it."""
    at = reach == 0
    return _rank(ordered, value, reach, at) - _rank(ordered, value, -reach, not at)


@njit(cache=True, nogil=True)
def _insert(near, d):  # type: ignore[no-untyped-def]
    """Put a distance into its place among the nearest."""
    m = len(near) - 1
    if d >= near[m]:
        return
    while m > 0 and near[m - 1] > d:
        near[m] = near[m - 1]
        m -= 1
    near[m] = d


@njit(cache=True, nogil=True)
def neighbour_information(x, y, order, sorted_y, k, psi):  # type: ignore[no-untyped-def]
    """Estimate the mutual information of two series.

    Parameters
    ----------
    x, y : (T,) float64 arrays
    order : (T,) int64 array
        Sorts `x`.
    sorted_y : (T,) float64 array
    k : int, 1 <= k < T
        Neighbour whose distance (the larger of the two differences) sets the scale.
    psi : (T + 1,) float64 array
        From `digammas`.

    Returns
    -------
    float
        May be a little below zero. Where k or more other samples coincide with one, these are its neighbours (Gao et
        al.), and counts include what lies at the distance.

    Notes
    -----
    Neighbours are looked for outwards from each sample in the order of x, until x alone is too far: about O(T^1.5).
    """
    n = len(x)
    u, v = x[order], y[order]
    near = np.empty(k)
    total = 0.0
    for t in range(n):
        near[:] = math.inf
        low, high = t - 1, t + 1
        while True:
            left = u[t] - u[low] if low >= 0 else math.inf
            right = u[high] - u[t] if high < n else math.inf
            apart = min(left, right)
            if apart >= near[k - 1]:
                break
            s = low if left <= right else high
            if left <= right:
                low -= 1
            else:
                high += 1
            _insert(near, max(apart, abs(v[s] - v[t])))
        reach = near[k - 1]
        found = k
        if reach == 0:
            found = 0
            for s in range(_rank(u, u[t], 0.0, False), _rank(u, u[t], 0.0, True)):
                found += v[s] == v[t]
        reach *= _SAME
        total += psi[found] - psi[_within(u, u[t], reach)] - psi[_within(sorted_y, v[t], reach)]
    return total / n + psi[n]


@njit(cache=True, nogil=True)
def neighbour_transfer(target, past, source, k, psi):  # type: ignore[no-untyped-def]
    """Estimate the information of `source` on `target` given `past`.

    Parameters
    ----------
    target : (T,) float64 array
    past : (T, H) float64 array
    source : (T, L) float64 array
    k : int, 1 <= k < T
    psi : (T + 1,) float64 array
        From `digammas`.

    Returns
    -------
    float
        May be a little below zero; ties as in `neighbour_information`.

    Notes
    -----
    All distances are maxima of differences. O(T^2 (H + L)).
    """
    n = len(target)
    a, b, c = np.empty(n), np.empty(n), np.empty(n)
    near = np.empty(k)
    total = 0.0
    for t in range(n):
        near[:] = math.inf
        for s in range(n):
            gap = 0.0
            for h in range(past.shape[1]):
                gap = max(gap, abs(past[s, h] - past[t, h]))
            drive = 0.0
            for h in range(source.shape[1]):
                drive = max(drive, abs(source[s, h] - source[t, h]))
            a[s], b[s], c[s] = gap, max(gap, abs(target[s] - target[t])), max(gap, drive)
            if s != t:
                _insert(near, max(b[s], c[s]))
        reach = near[k - 1]
        inner = reach * _SAME
        # Each count holds the sample itself, as psi(n + 1) asks for.
        in_past, in_target, in_source, here = 0, 0, 0, 0
        for s in range(n):
            in_past += a[s] < inner or (reach == 0.0 and a[s] == 0.0)
            in_target += b[s] < inner or (reach == 0.0 and b[s] == 0.0)
            in_source += c[s] < inner or (reach == 0.0 and c[s] == 0.0)
            here += b[s] == 0.0 and c[s] == 0.0
        found = k if reach > 0 else here
        total += psi[found] + psi[in_past] - psi[in_target] - psi[in_source]
    return total / n
