"""What happens between a culture and its paddle at every tick: spikes counted into pools, pools turned into a command.

The state is held in arrays that the caller owns and the kernels change in place; nothing is allocated here.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from interplay.ops.hashing import fold, start, to_unit

#: What the decoder hears: the culture, Poisson spikes at the culture's own mean rates, or nothing.
CULTURE, RANDOM, SILENCE = 0, 1, 2


@njit(cache=True, nogil=True)
def poisson(u, mean):  # type: ignore[no-untyped-def]
    """Turn one uniform number in [0, 1) into a Poisson number by inversion; means above 500 are cut to 500."""
    mean = min(mean, 500.0)
    p = math.exp(-mean)
    k, total = 0, p
    while u > total and k < 2000:
        k += 1
        p *= mean / k
        total += p
    return k


@njit(cache=True, nogil=True)
def push(trace, mean, area, balance, keep, floor):  # type: ignore[no-untyped-def]
    """Turn the leaky counts of two areas into a command: the difference of their equalised activities over their sum.

    Parameters
    ----------
    trace, mean : (F,) float64 arrays
        As in `hear`.
    area : (F,) int64 array
    balance : float
        The activities are multiplied by exp(balance / 2) (up) and exp(-balance / 2) (down).
    keep : float
    floor : float, > 0
        Added to the sum, in units of the baseline.

    Returns
    -------
    float, in (-1, 1)
        Negative upwards; 0 where an area has never fired.
    """
    up, down, up_mean, down_mean = 0.0, 0.0, 0.0, 0.0
    for p in range(trace.shape[0]):
        if area[p] == 0:
            up += trace[p]
            up_mean += mean[p]
        elif area[p] == 1:
            down += trace[p]
            down_mean += mean[p]
    if up_mean <= 0.0 or down_mean <= 0.0:
        return 0.0
    up *= (1.0 - keep) / up_mean * math.exp(balance / 2.0)
    down *= (1.0 - keep) / down_mean * math.exp(-balance / 2.0)
    return (down - up) / (up + down + floor)


@njit(cache=True, nogil=True)
def hear(  # type: ignore[no-untyped-def]
    time, channel, begin, ticks, tick_s, pulse, blank_s, pool, area, counts, trace, mean, clock, balance, keep, adapt,
    floor, source, key,
):  # fmt: skip
    """Count the spikes of some ticks into pools; let the leaky counts, the running means and the balance follow.

    Parameters
    ----------
    time : (E,) float64 array, s, never decreasing
    channel : (E,) int64 array
    begin : float, s
        Start of the first tick.
    ticks : int
    tick_s : float, s
    pulse : (P,) float64 array, s, never decreasing
        When stimulation was given; spikes within `blank_s` after a pulse are not counted.
    blank_s : float, s
    pool : (C,) int64 array
        Pool of each channel, -1 for none.
    area : (F,) int64 array
        0 for pools that push up, 1 for pools that push down, -1 for others.
    counts, trace, mean : (F,) float64 arrays
        Counts of the last tick, leaky counts, running mean count per tick of the culture's own spikes. Changed.
    clock : (2,) int64 array
        Ticks heard and ticks learnt from so far. Changed.
    balance : (1,) float64 array
        Logarithm of the gain of "up" over that of "down", beside the running means. Changed.
    keep : float
        Share of the leaky count that is left after a tick.
    adapt : float
        Least share by which a tick moves the running mean; negative leaves mean and balance as they are. The mean is
        the plain average until 1 / adapt ticks are in.
    floor : float, > 0
        As in `push`.
    source : int
        CULTURE, RANDOM or SILENCE.
    key : uint64
        Of the Poisson spikes.

    Returns
    -------
    float, in (-1, 1)
        The command of the last tick, as `push` gives it.
    """
    command = 0.0
    n_pools = counts.shape[0]
    spike, shot = 0, -1
    for k in range(ticks):
        counts[:] = 0.0
        end = begin + (k + 1) * tick_s
        last = k == ticks - 1
        while spike < time.shape[0] and (last or time[spike] < end):
            t = time[spike]
            while shot + 1 < pulse.shape[0] and pulse[shot + 1] <= t:
                shot += 1
            p = pool[channel[spike]]
            if p >= 0 and (shot < 0 or t - pulse[shot] >= blank_s):
                counts[p] += 1.0
            spike += 1
        if adapt >= 0.0:
            clock[1] += 1
            rate = max(adapt, 1.0 / clock[1])
            for p in range(n_pools):
                mean[p] += rate * (counts[p] - mean[p])
        if source == RANDOM:
            state = fold(start(key), np.uint64(clock[0]))
            for p in range(n_pools):
                counts[p] = poisson(to_unit(fold(state, np.uint64(p))), mean[p])
        elif source == SILENCE:
            counts[:] = 0.0
        for p in range(n_pools):
            trace[p] = keep * trace[p] + counts[p]
        clock[0] += 1
        command = push(trace, mean, area, balance[0], keep, floor)
        if adapt >= 0.0:
            # Near balance a shift of d moves the command by -d / (2 + floor). Young averages move by 1 % at most.
            balance[0] += (2.0 + floor) * min(max(adapt, 1.0 / clock[1]), 0.01) * command
    return command


@njit(cache=True, nogil=True)
def features(trace, keep, out):  # type: ignore[no-untyped-def]
    """Write the square roots of the mean counts per tick (the leaky counts, scaled), then a constant 1, into `out`."""
    n = trace.shape[0]
    for p in range(n):
        out[p] = math.sqrt(trace[p] * (1.0 - keep))
    out[n] = 1.0


@njit(cache=True, nogil=True)
def recall(weight, row):  # type: ignore[no-untyped-def]
    """Give the inner product of two vectors."""
    total = 0.0
    for i in range(row.shape[0]):
        total += weight[i] * row[i]
    return total


@njit(cache=True, nogil=True)
def least_squares(covariance, weight, row, target, gain):  # type: ignore[no-untyped-def]
    """Take one sample into a recursive ridge regression.

    Parameters
    ----------
    covariance : (D, D) float64 array
        Inverse of the regularised Gram matrix; begin with the identity over the ridge. Changed.
    weight : (D,) float64 array
        Begin with zeros. Changed.
    row : (D,) float64 array
        The sample.
    target : float
    gain : (D,) float64 array
        Room to work in. Changed.

    Notes
    -----
    After n samples `weight` minimises the sum of squared errors plus ridge |weight|^2, up to rounding. O(D^2).

    References
    ----------
    Haykin (2002), Adaptive Filter Theory, 4th ed., table 9.1, without forgetting.
    """
    n = row.shape[0]
    power, guess = 1.0, 0.0
    for i in range(n):
        total = 0.0
        for j in range(n):
            total += covariance[i, j] * row[j]
        gain[i] = total
        power += row[i] * total
        guess += weight[i] * row[i]
    error = target - guess
    for i in range(n):
        step = gain[i] / power
        weight[i] += step * error
        for j in range(n):
            covariance[i, j] -= step * gain[j]
