"""Compiled integration of firing-rate networks one run at a time, vectorised over the units: for few or large runs.

The arithmetic of a run is that of `interplay.ops.rate_network`, operation by operation, so the bits are the same.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from interplay._core.rng import GOLDEN
from interplay.ops.hashing import mix
from interplay.ops.lane_math import fma, normal
from interplay.ops.rate_network import EXPONENTIAL_EULER, FARS, RK4, SHARES, activate_row

_GOLDEN = np.uint64(GOLDEN)


@njit(cache=True, nogil=True, error_model="numpy")
def _rates(w, u, x, codes, a, b, z):  # type: ignore[no-untyped-def]
    """Z = phi(W x + u); w (N, N) is transposed, `w[pre, post]`."""
    n = len(x)
    z[:] = u
    j = 0
    while j + 8 <= n:
        x0, x1, x2, x3, x4, x5, x6, x7 = x[j], x[j + 1], x[j + 2], x[j + 3], x[j + 4], x[j + 5], x[j + 6], x[j + 7]
        w0, w1, w2, w3 = w[j], w[j + 1], w[j + 2], w[j + 3]
        w4, w5, w6, w7 = w[j + 4], w[j + 5], w[j + 6], w[j + 7]
        for i in range(n):
            s = fma(w3[i], x3, fma(w2[i], x2, fma(w1[i], x1, fma(w0[i], x0, z[i]))))
            z[i] = fma(w7[i], x7, fma(w6[i], x6, fma(w5[i], x5, fma(w4[i], x4, s))))
        j += 8
    while j < n:
        x0, w0 = x[j], w[j]
        for i in range(n):
            z[i] = fma(w0[i], x0, z[i])
        j += 1
    begin = 0
    while begin < n:
        end = begin + 1
        while end < n and codes[end] == codes[begin]:
            end += 1
        activate_row(codes[begin], a[begin:end], b[begin:end], z[begin:end])
        begin = end


@njit(cache=True, nogil=True, error_model="numpy")
def _step(method, w, codes, a, b, pace, u, x, at, total, z):  # type: ignore[no-untyped-def]
    """Advance one run by one step; `at`, `total`, z (N,) are scratch."""
    n = len(x)
    if method == EXPONENTIAL_EULER:
        _rates(w, u, x, codes, a, b, z)
        for i in range(n):
            x[i] = fma(pace[i], x[i] - z[i], z[i])
        return
    at[:] = x
    total[:] = x
    for stage in range(4 if method == RK4 else 0):
        share, far = SHARES[stage], FARS[stage]
        _rates(w, u, at, codes, a, b, z)
        for i in range(n):
            slope = pace[i] * (z[i] - at[i])
            total[i] = fma(share, slope, total[i])
            at[i] = fma(far, slope, x[i])
    x[:] = total


@njit(cache=True, nogil=True, error_model="numpy")
def integrate_wide(  # type: ignore[no-untyped-def]
    run_start, run_stop, method, n_steps, record_every, weights, codes, parameters, pace, drive, noise, keys, x, out
):
    """Integrate some runs without delays and write their states down.

    Parameters
    ----------
    run_start, run_stop : int
        Runs [start, stop).
    method, n_steps, record_every, codes, parameters, pace, drive, noise, keys, x, out : as in `integrate`, parameters
        `prepared` too
    weights : (B or 1, N, N) float64 array
        Transposed: `weights[run, pre, post]`.
    """
    n = x.shape[1]
    at, total, z = np.empty(n), np.empty(n), np.empty(n)
    for run in range(run_start, run_stop):
        w = weights[run if weights.shape[0] > 1 else 0]
        which = run if parameters.shape[1] > 1 else 0
        a, b = parameters[0, which], parameters[1, which]
        h = pace[run if pace.shape[0] > 1 else 0]
        u = drive[run if drive.shape[0] > 1 else 0]
        now = x[run]
        step = 0
        for record in range(out.shape[1]):
            for _ in range(record_every):
                _step(method, w, codes, a, b, h, u[step if len(u) > 1 else 0], now, at, total, z)
                if noise.shape[0] > 0:
                    sd = noise[run if noise.shape[0] > 1 else 0]
                    key = mix(np.uint64(step) + _GOLDEN) ^ keys[run]
                    for i in range(n):
                        now[i] = fma(sd[i], normal(mix(mix(key) ^ mix(np.uint64(i) + _GOLDEN))), now[i])
                step += 1
            out[run, record] = now
