"""Slow, obviously right versions of what the dish does with spikes and pulses."""

import math

import numpy as np


def pool_counts(spikes, pulses, begin, ticks, tick_s, blank_s, pool, n_pools):
    """Count per tick and pool, spike by spike; `spikes` holds (time, channel)."""
    out = np.zeros((ticks, n_pools))
    for time, channel in spikes:
        before = [p for p in pulses if p <= time]
        if before and time - max(before) < blank_s:
            continue
        if pool[channel] < 0:
            continue
        tick = next((k for k in range(ticks) if time < begin + (k + 1) * tick_s), ticks - 1)
        out[tick, pool[channel]] += 1
    return out


def leaky(counts, tick_s, window_s):
    """Sum the past counts with exponential weights, term by term."""
    n = len(counts)
    return sum(counts[k] * math.exp(-(n - 1 - k) * tick_s / window_s) for k in range(n))


def ridge(rows, targets, penalty):
    """Solve the normal equations."""
    x, y = np.array(rows), np.array(targets)
    return np.linalg.solve(x.T @ x + penalty * np.eye(x.shape[1]), x.T @ y)


def pulse_times(rates, tick_s, fine=2000):
    """Integrate the rate in small steps; a pulse whenever the integral passes a whole number."""
    out, phase = [], 0.0
    for tick, rate in enumerate(rates):
        for k in range(fine):
            phase += rate * tick_s / fine
            if phase >= 1.0:
                phase -= 1.0
                out.append((tick + (k + 1) / fine) * tick_s)
    return out
