"""Spikes of rate units: a point process whose intensities are phi(W r + u), r the filtered trains, by exact thinning.

Also what a fit needs of such trains: them, filtered, and what every spike finds of them.

Between events every r decays, so an upper bound of an intensity holds until the next candidate: phi of the input with
the inhibitory part, which may vanish, left out.

References
----------
Ogata (1981), IEEE Trans Inf Theory 27:23, thinning.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from interplay.ops.hashing import fold, start, to_unit


@njit(cache=True, inline="always")
def rate_of(code, a, b, z):  # type: ignore[no-untyped-def]
    """One unit's intensity; the numbers of the kinds are those of `interplay.ops.activation`."""
    if code == 0 or code == 1:
        return max(z, 0.0)
    if code == 2:
        return min(max(z, 0.0), a)
    if code == 3:
        return a * max(z - b, 0.0)
    if code == 7:
        return 1.0 / (1.0 + np.exp(-a * (z - b)))
    if code == 8:
        return max(z, 0.0) + np.log1p(np.exp(-abs(z)))
    return a * max(z, 0.0) ** b


@njit(cache=True, nogil=True)
def rate_spikes(weights, drive, tau, codes, parameters, duration, seed, time, unit):  # type: ignore[no-untyped-def]  # noqa: C901
    """Draw all events of [0, duration).

    Parameters
    ----------
    weights : (N, N) float64 array
        `weights[post, pre]`.
    drive, tau : (N,) float64 arrays
    codes : (N,) int64 array
        identity (negative intensities count as 0), relu, clip, threshold_linear, logistic, softplus, power.
    parameters : (N, 2) float64 array
    duration : float, s
    seed : uint64
    time, unit : (E,) float64 and int64 arrays
        Filled in order of time.

    Returns
    -------
    int
        How many events there are; E + 1 if they do not fit.

    Notes
    -----
    O(N) a candidate with one time constant, O(N^2) with several.
    """
    n = len(drive)
    raised, inhibited = np.zeros((n, n)), np.zeros((n, n))
    same = True
    for i in range(1, n):
        same = same and tau[i] == tau[0]
    plus, minus = np.zeros(n), np.zeros(n)
    state = start(seed)
    now, found, candidate = 0.0, 0, np.uint64(0)
    while True:
        bound = 0.0
        for i in range(n):
            bound += rate_of(codes[i], parameters[i, 0], parameters[i, 1], drive[i] + plus[i])
        if bound <= 0.0:
            return found  # excitation only decays: nothing will ever fire again
        one = fold(state, candidate)
        candidate += np.uint64(1)
        step = -np.log1p(-to_unit(fold(one, np.uint64(0)))) / bound
        now += step
        if now >= duration:
            return found
        if same:
            decay = np.exp(-step / tau[0])
            for i in range(n):
                plus[i] *= decay
                minus[i] *= decay
        else:
            for i in range(n):
                plus[i], minus[i] = 0.0, 0.0
            for j in range(n):
                decay = np.exp(-step / tau[j])
                for i in range(n):
                    raised[j, i] *= decay
                    inhibited[j, i] *= decay
                    plus[i] += raised[j, i]
                    minus[i] += inhibited[j, i]
        level = to_unit(fold(one, np.uint64(1))) * bound
        total = 0.0
        winner = -1
        for i in range(n):
            total += rate_of(codes[i], parameters[i, 0], parameters[i, 1], drive[i] + plus[i] + minus[i])
            if level < total:
                winner = i
                break
        if winner < 0:
            continue
        if found >= len(time):
            return len(time) + 1
        time[found] = now
        unit[found] = winner
        found += 1
        for i in range(n):
            jump = weights[i, winner] / tau[winner]
            if same:
                if jump > 0:
                    plus[i] += jump
                else:
                    minus[i] += jump
            elif jump > 0:
                raised[winner, i] += jump
                plus[i] += jump
            else:
                inhibited[winner, i] += jump
                minus[i] += jump
    return found


@njit(cache=True, nogil=True)
def leaky_sums(arrived, decay, out):  # type: ignore[no-untyped-def]
    """Filter rows: out[t + 1] = decay out[t] + arrived[t], from 0.

    Parameters
    ----------
    arrived : (T, N) float64 array
    decay : float
    out : (T, N) float64 array, changed in place
        out[0] is 0: each row is what the rows before it left.
    """
    for t in range(1, len(out)):
        for i in range(out.shape[1]):
            out[t, i] = decay * out[t - 1, i] + arrived[t - 1, i]


@njit(cache=True, nogil=True)
def spike_crosses(time, unit, step, begun, state, tau, edges, out):  # type: ignore[no-untyped-def]
    """Sum, over the spikes of each unit, the filtered trains that the spike finds.

    Parameters
    ----------
    time, unit, step : (E,) float64, int64 and int64 arrays
        Spikes in order of time, and the step in which each lies.
    begun : (T,) float64 array
        Start of each step.
    state : (T, N) float64 array
        Trains filtered with exp(-t / tau) / tau at the starts.
    tau : float, s
    edges : (K + 1,) int64 array
        Block k holds the steps ``edges[k]:edges[k + 1]``; spikes of other steps are left out.
    out : (K, N, N + 1) float64 array, changed in place
        Added to: `out[k, i, j]` over the spikes of i, what they find of j (spikes of the same moment not counted);
        `out[k, i, N]` counts them.
    """
    n, block, first = state.shape[1], 0, 0
    for e in range(len(time)):
        g = step[e]
        if step[first] != g:
            first = e
        if g < edges[0] or g >= edges[-1]:
            continue
        while g >= edges[block + 1]:
            block += 1
        i, late = unit[e], np.exp(-(time[e] - begun[g]) / tau)
        for j in range(n):
            out[block, i, j] += late * state[g, j]
        out[block, i, n] += 1.0
        for f in range(first, e):
            if time[f] < time[e]:
                out[block, i, unit[f]] += np.exp(-(time[e] - time[f]) / tau) / tau
