"""Compiled integration of firing-rate networks whose weights act with delays.

Blocks of 64 lanes as in `interplay.ops.rate_network`, with the states of the past in a ring: those at the ends of
steps, and those half-way, which Runge and Kutta's middle stages need. The half-way state is the cubic that the four
stages of a step define, taken at 1/2: x + (5 k1 + 4 k2 + 4 k3 - k4) / 24.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from interplay.ops.lane_math import fma
from interplay.ops.rate_network import EXPONENTIAL_EULER, FARS, LANES, SHARES, activate_row, add_noise, load

_HALVES = np.array([5.0 / 24.0, 1.0 / 6.0, 1.0 / 6.0, -1.0 / 24.0])
_STATE, _MIDDLE = 0, 1


@njit(cache=True, nogil=True, error_model="numpy")
def _input(stage, step, delay, w, w0, shared, u, x, past, z):  # type: ignore[no-untyped-def]
    """Sum up what one unit receives at a stage: from `x` (N, L) without delay, else from the ring."""
    slots = past.shape[0]
    for k in range(LANES):
        z[k] = u[k]
    for j in range(x.shape[0]):
        source = x[j]
        if delay[j] > 0:
            # Stages stand at the start, twice in the middle, and at the end of the step.
            back = step - delay[j] + (1 if stage == 3 else 0)
            source = past[back % slots, _MIDDLE if stage == 1 or stage == 2 else _STATE, j]
        if shared:
            c = w0[j]
            for k in range(LANES):
                z[k] = fma(c, source[k], z[k])
        else:
            for k in range(LANES):
                z[k] = fma(w[j, k], source[k], z[k])


@njit(cache=True, nogil=True, error_model="numpy")
def _step(method, step, delay, shared, w, w0, codes, a, b, pace, u, x, scratch, past):  # type: ignore[no-untyped-def]
    """Advance one block by one step and write its middle into the ring; scratch is (3, N, L)."""
    n, slot = x.shape[0], step % past.shape[0]
    at, total, z = scratch[0], scratch[1], scratch[2]
    middle = past[slot, _MIDDLE]
    past[slot, _STATE] = x
    at[:] = x
    total[:] = x
    middle[:] = x
    for stage in range(1 if method == EXPONENTIAL_EULER else 4):
        share, far, half = SHARES[stage], FARS[stage], _HALVES[stage]
        for i in range(n):
            _input(stage, step, delay[i], w[i % w.shape[0]], w0[i], shared, u[i], at, past, z[i])
        for i in range(n):
            activate_row(codes[i], a[i], b[i], z[i])
            if method == EXPONENTIAL_EULER:
                for k in range(LANES):
                    total[i, k] = fma(pace[i, k], x[i, k] - z[i, k], z[i, k])
                continue
            for k in range(LANES):
                slope = pace[i, k] * (z[i, k] - at[i, k])
                total[i, k] = fma(share, slope, total[i, k])
                middle[i, k] = fma(half, slope, middle[i, k])
                at[i, k] = fma(far, slope, x[i, k])
    x[:] = total


@njit(cache=True, nogil=True, error_model="numpy")
def integrate_delayed(  # type: ignore[no-untyped-def]  # noqa: C901
    block_start, block_stop, method, n_steps, record_every, weights, codes, parameters, pace, drive, noise, keys, x,
    out, delay,
):  # fmt: skip
    """Integrate some blocks of runs with delays and write their states down.

    Parameters
    ----------
    block_start, block_stop, method, n_steps, record_every, weights, codes, parameters, pace, drive, noise, keys, x, out
        As in `integrate`, parameters `prepared` too.
    delay : (N, N) int64 array, steps, >= 0
        `delay[post, pre]`.
    """
    n_runs, n = x.shape
    shared = weights.shape[0] == 1
    w = np.empty((1 if shared else n, n, LANES))
    rows, scratch = np.empty((6, n, LANES)), np.empty((3, n, LANES))
    past = np.empty((delay.max() + 1, 2, n, LANES))
    before = np.empty((n, LANES))
    a, b, h, u, sd, now = rows[0], rows[1], rows[2], rows[3], rows[4], rows[5]
    roots = np.empty(LANES, np.uint64)
    for block in range(block_start, block_stop):
        first = block * LANES
        if not shared:
            for i in range(n):
                load(weights[:, i], True, first, n_runs, w[i])
        load(parameters[0], parameters.shape[1] > 1, first, n_runs, a)
        load(parameters[1], parameters.shape[1] > 1, first, n_runs, b)
        load(pace, pace.shape[0] > 1, first, n_runs, h)
        load(x, True, first, n_runs, now)
        if noise.shape[0] > 0:
            load(noise, noise.shape[0] > 1, first, n_runs, sd)
        for k in range(LANES):
            roots[k] = keys[min(first + k, n_runs - 1)]
        past[:] = now
        step = 0
        for record in range(out.shape[1]):
            for _ in range(record_every):
                load(drive[:, step if drive.shape[1] > 1 else 0], drive.shape[0] > 1, first, n_runs, u)
                _step(method, step, delay, shared, w, weights[0], codes, a, b, h, u, now, scratch, past)
                if noise.shape[0] > 0:
                    before[:] = now
                    add_noise(roots, step, sd, now)
                    middle = past[step % past.shape[0], _MIDDLE]
                    for i in range(n):
                        for k in range(LANES):
                            middle[i, k] = fma(0.5, now[i, k] - before[i, k], middle[i, k])
                step += 1
            for k in range(min(LANES, n_runs - first)):
                for i in range(n):
                    out[first + k, record, i] = now[i, k]
