"""Compiled integration of firing-rate networks, many runs at once.

Runs lie in blocks of 64 lanes, `state[unit][lane]`: one loop over the lanes does the same arithmetic for 64 runs, which
the compiler turns into vectors. The sum over the sending units goes in their order, with fused products, and everything
else is done lane by lane; so a run has the same bits alone or among others, whatever the layout and the threads.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from interplay._core.rng import GOLDEN
from interplay.ops.activation import (
    CLIP,
    IDENTITY,
    LEAKY_RELU,
    LOGISTIC,
    POWER,
    RELU,
    SOFT_THRESHOLD,
    SOFTPLUS,
    TANH,
    THRESHOLD_LINEAR,
)
from interplay.ops.hashing import fold, mix, start
from interplay.ops.lane_math import activate, fma, normal

#: Runs per block.
LANES = 64
#: Methods.
RK4, EXPONENTIAL_EULER = 0, 1
_GOLDEN = np.uint64(GOLDEN)
_SIXTH, _THIRD = 1.0 / 6.0, 1.0 / 3.0
#: Of Runge and Kutta's four slopes: the share in the step, and how far the next stage goes along it. (Arrays: of a
#: tuple, the compiler makes a branch for every stage, and copies of all that follows.)
SHARES, FARS = np.array([_SIXTH, _THIRD, _THIRD, _SIXTH]), np.array([0.5, 0.5, 1.0, 0.0])


@njit(cache=True, nogil=True, error_model="numpy")
def activate_row(code, a, b, z):  # type: ignore[no-untyped-def]  # noqa: C901
    """Replace one unit's inputs z (L,) by its rates; a, b (L,) are its parameters."""
    n = z.shape[0]
    if code == IDENTITY:
        return
    if code == RELU:
        for k in range(n):
            z[k] = activate(RELU, a[k], b[k], z[k])
    elif code == CLIP:
        for k in range(n):
            z[k] = activate(CLIP, a[k], b[k], z[k])
    elif code == THRESHOLD_LINEAR:
        for k in range(n):
            z[k] = activate(THRESHOLD_LINEAR, a[k], b[k], z[k])
    elif code == LEAKY_RELU:
        for k in range(n):
            z[k] = activate(LEAKY_RELU, a[k], b[k], z[k])
    elif code == SOFT_THRESHOLD:
        for k in range(n):
            z[k] = activate(SOFT_THRESHOLD, a[k], b[k], z[k])
    elif code == TANH:
        for k in range(n):
            z[k] = activate(TANH, a[k], b[k], z[k])
    elif code == LOGISTIC:
        for k in range(n):
            z[k] = activate(LOGISTIC, a[k], b[k], z[k])
    elif code == SOFTPLUS:
        for k in range(n):
            z[k] = activate(SOFTPLUS, a[k], b[k], z[k])
    else:
        for k in range(n):
            z[k] = activate(POWER, a[k], b[k], z[k])


@njit(forceinline=True, error_model="numpy")
def _sums(n, w, u, x, z):  # type: ignore[no-untyped-def]
    """Z = u + W x with own weights of every lane: w (N, N, L); others (N, L). With a constant n the sum is unrolled."""
    for i in range(n):
        for k in range(LANES):
            s = u[i, k]
            for j in range(n):
                s = fma(w[i, j, k], x[j, k], s)
            z[i, k] = s


@njit(cache=True, nogil=True, error_model="numpy")
def _inputs_own(w, u, x, z):  # type: ignore[no-untyped-def]  # noqa: C901
    """Do so for any n."""
    # Rows are indexed and not passed on: a view of each would cost more than its sum.
    n = x.shape[0]
    if n == 1:
        _sums(1, w, u, x, z)
    elif n == 2:
        _sums(2, w, u, x, z)
    elif n == 3:
        _sums(3, w, u, x, z)
    elif n == 4:
        _sums(4, w, u, x, z)
    elif n == 5:
        _sums(5, w, u, x, z)
    elif n == 6:
        _sums(6, w, u, x, z)
    elif n == 7:
        _sums(7, w, u, x, z)
    elif n == 8:
        _sums(8, w, u, x, z)
    else:
        for i in range(n):
            for k in range(LANES):
                s = u[i, k]
                for j in range(8):
                    s = fma(w[i, j, k], x[j, k], s)
                z[i, k] = s
            j = 8
            while j + 4 <= n:
                for k in range(LANES):
                    s = fma(w[i, j + 1, k], x[j + 1, k], fma(w[i, j, k], x[j, k], z[i, k]))
                    z[i, k] = fma(w[i, j + 3, k], x[j + 3, k], fma(w[i, j + 2, k], x[j + 2, k], s))
                j += 4
            while j < n:
                for k in range(LANES):
                    z[i, k] = fma(w[i, j, k], x[j, k], z[i, k])
                j += 1


@njit(cache=True, nogil=True, error_model="numpy")
def _input_shared(w, u, x, z):  # type: ignore[no-untyped-def]
    """Z = u + sum_j w_j x_j for one receiving unit: w (N,) weights that all lanes share, x (N, L)."""
    n = x.shape[0]
    for k in range(LANES):
        z[k] = u[k]
    j = 0
    while j + 4 <= n:
        a, b, c, d = w[j], w[j + 1], w[j + 2], w[j + 3]
        for k in range(LANES):
            s = fma(b, x[j + 1, k], fma(a, x[j, k], z[k]))
            z[k] = fma(d, x[j + 3, k], fma(c, x[j + 2, k], s))
        j += 4
    while j < n:
        a = w[j]
        for k in range(LANES):
            z[k] = fma(a, x[j, k], z[k])
        j += 1


@njit(cache=True, nogil=True, error_model="numpy")
def _inputs_shared(w, u, x, z):  # type: ignore[no-untyped-def]
    """Do so for four receiving units at once, so that every x is read once for four sums: w (4, N), u and z (4, L)."""
    n = x.shape[0]
    for i in range(4):
        for k in range(LANES):
            z[i, k] = u[i, k]
    j = 0
    while j + 4 <= n:
        a0, b0, c0, d0 = w[0, j], w[0, j + 1], w[0, j + 2], w[0, j + 3]
        a1, b1, c1, d1 = w[1, j], w[1, j + 1], w[1, j + 2], w[1, j + 3]
        a2, b2, c2, d2 = w[2, j], w[2, j + 1], w[2, j + 2], w[2, j + 3]
        a3, b3, c3, d3 = w[3, j], w[3, j + 1], w[3, j + 2], w[3, j + 3]
        for k in range(LANES):
            p, q, r, s = x[j, k], x[j + 1, k], x[j + 2, k], x[j + 3, k]
            z[0, k] = fma(d0, s, fma(c0, r, fma(b0, q, fma(a0, p, z[0, k]))))
            z[1, k] = fma(d1, s, fma(c1, r, fma(b1, q, fma(a1, p, z[1, k]))))
            z[2, k] = fma(d2, s, fma(c2, r, fma(b2, q, fma(a2, p, z[2, k]))))
            z[3, k] = fma(d3, s, fma(c3, r, fma(b3, q, fma(a3, p, z[3, k]))))
        j += 4
    while j < n:
        a0, a1, a2, a3 = w[0, j], w[1, j], w[2, j], w[3, j]
        for k in range(LANES):
            p = x[j, k]
            z[0, k] = fma(a0, p, z[0, k])
            z[1, k] = fma(a1, p, z[1, k])
            z[2, k] = fma(a2, p, z[2, k])
            z[3, k] = fma(a3, p, z[3, k])
        j += 1


@njit(cache=True, nogil=True, error_model="numpy")
def _inputs(shared, w, w0, u, x, z):  # type: ignore[no-untyped-def]
    """Give the inputs z (N, L) of all units of a block."""
    if not shared:
        _inputs_own(w, u, x, z)
        return
    n, i = x.shape[0], 0
    while i + 4 <= n:
        _inputs_shared(w0[i : i + 4], u[i : i + 4], x, z[i : i + 4])
        i += 4
    while i < n:
        _input_shared(w0[i], u[i], x, z[i])
        i += 1


@njit(cache=True, nogil=True, error_model="numpy")
def _copy(source, target):  # type: ignore[no-untyped-def]
    """Copy (N, L): an assignment of slices takes long to compile where it is inlined."""
    for i in range(source.shape[0]):
        for k in range(LANES):
            target[i, k] = source[i, k]


@njit(forceinline=True, error_model="numpy")
def _move(code, i, share, far, a, b, pace, x, z, at, total):  # type: ignore[no-untyped-def]
    """Take one unit through a stage: its slope from its input, its share of the step, and where the next stage is."""
    for k in range(LANES):
        slope = pace[i, k] * (activate(code, a[i, k], b[i, k], z[i, k]) - at[i, k])
        total[i, k] = fma(share, slope, total[i, k])
        at[i, k] = fma(far, slope, x[i, k])


@njit(cache=True, nogil=True, error_model="numpy")
def _moves(codes, share, far, a, b, pace, x, z, at, total):  # type: ignore[no-untyped-def]
    """Take all units through a stage."""
    for i in range(x.shape[0]):
        code = codes[i]
        if code == IDENTITY:
            _move(IDENTITY, i, share, far, a, b, pace, x, z, at, total)
        elif code == RELU:
            _move(RELU, i, share, far, a, b, pace, x, z, at, total)
        elif code == CLIP:
            _move(CLIP, i, share, far, a, b, pace, x, z, at, total)
        elif code == THRESHOLD_LINEAR:
            _move(THRESHOLD_LINEAR, i, share, far, a, b, pace, x, z, at, total)
        elif code == LEAKY_RELU:
            _move(LEAKY_RELU, i, share, far, a, b, pace, x, z, at, total)
        elif code == SOFT_THRESHOLD:
            _move(SOFT_THRESHOLD, i, share, far, a, b, pace, x, z, at, total)
        elif code == TANH:
            _move(TANH, i, share, far, a, b, pace, x, z, at, total)
        elif code == LOGISTIC:
            _move(LOGISTIC, i, share, far, a, b, pace, x, z, at, total)
        elif code == SOFTPLUS:
            _move(SOFTPLUS, i, share, far, a, b, pace, x, z, at, total)
        else:
            _move(POWER, i, share, far, a, b, pace, x, z, at, total)


@njit(cache=True, nogil=True, error_model="numpy")
def _step(method, shared, w, w0, codes, a, b, pace, u, x, at, total, z):  # type: ignore[no-untyped-def]
    """Advance one block by one step; `at`, `total` and z (N, L) are scratch."""
    n = x.shape[0]
    if method == EXPONENTIAL_EULER:
        _inputs(shared, w, w0, u, x, z)
        for i in range(n):
            activate_row(codes[i], a[i], b[i], z[i])
            for k in range(LANES):
                x[i, k] = fma(pace[i, k], x[i, k] - z[i, k], z[i, k])
        return
    _copy(x, at)
    _copy(x, total)
    for stage in range(4 if method == RK4 else 0):
        _inputs(shared, w, w0, u, at, z)
        _moves(codes, SHARES[stage], FARS[stage], a, b, pace, x, z, at, total)
    _copy(total, x)


@njit(forceinline=True, error_model="numpy")
def _pair_steps(code, n_steps, w, a, b, pace, u, x):  # type: ignore[no-untyped-def]
    """Advance a block of two-unit circuits by RK4, everything of a step in registers."""
    for _ in range(n_steps):
        for k in range(LANES):
            w00, w01, w10, w11 = w[0, 0, k], w[0, 1, k], w[1, 0, k], w[1, 1, k]
            u0, u1, h0, h1 = u[0, k], u[1, k], pace[0, k], pace[1, k]
            a0, a1, b0, b1 = a[0, k], a[1, k], b[0, k], b[1, k]
            x0, x1 = x[0, k], x[1, k]
            s0 = h0 * (activate(code, a0, b0, fma(w01, x1, fma(w00, x0, u0))) - x0)
            s1 = h1 * (activate(code, a1, b1, fma(w11, x1, fma(w10, x0, u1))) - x1)
            t0, t1 = fma(_SIXTH, s0, x0), fma(_SIXTH, s1, x1)
            y0, y1 = fma(0.5, s0, x0), fma(0.5, s1, x1)
            s0 = h0 * (activate(code, a0, b0, fma(w01, y1, fma(w00, y0, u0))) - y0)
            s1 = h1 * (activate(code, a1, b1, fma(w11, y1, fma(w10, y0, u1))) - y1)
            t0, t1 = fma(_THIRD, s0, t0), fma(_THIRD, s1, t1)
            y0, y1 = fma(0.5, s0, x0), fma(0.5, s1, x1)
            s0 = h0 * (activate(code, a0, b0, fma(w01, y1, fma(w00, y0, u0))) - y0)
            s1 = h1 * (activate(code, a1, b1, fma(w11, y1, fma(w10, y0, u1))) - y1)
            t0, t1 = fma(_THIRD, s0, t0), fma(_THIRD, s1, t1)
            y0, y1 = x0 + s0, x1 + s1
            s0 = h0 * (activate(code, a0, b0, fma(w01, y1, fma(w00, y0, u0))) - y0)
            s1 = h1 * (activate(code, a1, b1, fma(w11, y1, fma(w10, y0, u1))) - y1)
            x[0, k] = fma(_SIXTH, s0, t0)
            x[1, k] = fma(_SIXTH, s1, t1)


@njit(forceinline=True, error_model="numpy")
def _pair_stages(code, n_steps, w, a, b, pace, u, x, at, total):  # type: ignore[no-untyped-def]
    """Advance them stage by stage, for activations so long that whole steps would leave the processor waiting."""
    for step in range(4 * n_steps):
        stage = step % 4
        share, far = SHARES[stage], FARS[stage]
        if stage == 0:
            _copy(x, at)
            _copy(x, total)
        for k in range(LANES):
            y0, y1 = at[0, k], at[1, k]
            z0 = fma(w[0, 1, k], y1, fma(w[0, 0, k], y0, u[0, k]))
            z1 = fma(w[1, 1, k], y1, fma(w[1, 0, k], y0, u[1, k]))
            s0 = pace[0, k] * (activate(code, a[0, k], b[0, k], z0) - y0)
            s1 = pace[1, k] * (activate(code, a[1, k], b[1, k], z1) - y1)
            total[0, k], total[1, k] = fma(share, s0, total[0, k]), fma(share, s1, total[1, k])
            at[0, k], at[1, k] = fma(far, s0, x[0, k]), fma(far, s1, x[1, k])
        if stage == 3:
            _copy(total, x)


@njit(cache=True, nogil=True, error_model="numpy")
def _advance(n_steps, method, shared, w, w0, codes, a, b, pace, u, x, at, total, z):  # type: ignore[no-untyped-def]
    """Advance one block by some steps under one input."""
    kind = codes[0] if method == RK4 and len(codes) == 2 and codes[0] == codes[1] else -1
    if kind == RELU:
        _pair_steps(RELU, n_steps, w, a, b, pace, u, x)
        return
    if kind == CLIP:
        _pair_steps(CLIP, n_steps, w, a, b, pace, u, x)
        return
    if kind == TANH:
        _pair_stages(TANH, n_steps, w, a, b, pace, u, x, at, total)
        return
    if kind == LOGISTIC:
        _pair_stages(LOGISTIC, n_steps, w, a, b, pace, u, x, at, total)
        return
    for _ in range(n_steps):
        _step(method, shared, w, w0, codes, a, b, pace, u, x, at, total, z)


@njit(cache=True, nogil=True, error_model="numpy")
def load(source, own, first, n_runs, out):  # type: ignore[no-untyped-def]
    """Lay rows (runs or 1, N) of a block's runs out as (N, L); lanes without a run repeat the last one."""
    for k in range(LANES):
        b = min(first + k, n_runs - 1) if own else 0
        for i in range(out.shape[0]):
            out[i, k] = source[b, i]


@njit(cache=True, nogil=True, error_model="numpy")
def add_noise(keys, step, sd, x):  # type: ignore[no-untyped-def]
    """Add normal deviates keyed by (run, step, unit); keys (L,) hold everything up to the run."""
    n = x.shape[0]
    step_word = mix(np.uint64(step) + _GOLDEN)
    for i in range(n):
        unit_word = mix(np.uint64(i) + _GOLDEN)
        for k in range(LANES):
            x[i, k] = fma(sd[i, k], normal(mix(mix(keys[k] ^ step_word) ^ unit_word)), x[i, k])


@njit(cache=True, nogil=True, error_model="numpy")
def run_keys(seed, name, runs):  # type: ignore[no-untyped-def]
    """Hash (seed, name, run): (B,) uint64 array."""
    out = np.empty(len(runs), np.uint64)
    for b in range(len(runs)):
        out[b] = fold(fold(start(seed), name), runs[b])
    return out


@njit(cache=True, nogil=True, error_model="numpy")
def integrate(  # type: ignore[no-untyped-def]  # noqa: C901
    block_start, block_stop, method, n_steps, record_every, weights, codes, parameters, pace, drive, noise, keys, x, out
):
    """Integrate some blocks of runs without delays and write their states down.

    Parameters
    ----------
    block_start, block_stop : int
        Blocks of 64 runs, [start, stop).
    method : int
        RK4 or EXPONENTIAL_EULER.
    n_steps, record_every : int
        The second divides the first.
    weights : (B or 1, N, N) float64 array
    codes : (N,) int64 array
    parameters : (2, B or 1, N) float64 array
        As `prepared` for `activate`.
    pace : (B or 1, N) float64 array
        dt / tau for RK4, exp(-dt / tau) for the exponential method.
    drive : (B or 1, n_steps or 1, N) float64 array
    noise : (B or 1, N) float64 array
        Spread of what is added after each step; an array of no rows for none.
    keys : (B,) uint64 array
        Hash states of the runs, to which step and unit are folded.
    x : (B, N) float64 array, changed in place
        From the start to the end.
    out : (B, n_steps // record_every, N) float64 array, changed in place
        States after every `record_every` steps.
    """
    n_runs, n = x.shape
    shared = weights.shape[0] == 1 and n > 4
    w = np.empty((1 if shared else n, n, LANES))
    rows, roots = np.empty((9, n, LANES)), np.empty(LANES, np.uint64)
    a, b, h, u, sd, now, at, total, z = rows[0], rows[1], rows[2], rows[3], rows[4], rows[5], rows[6], rows[7], rows[8]
    varying, noisy = drive.shape[1] > 1, noise.shape[0] > 0
    for block in range(block_start, block_stop):
        first = block * LANES
        if not shared:
            for k in range(LANES):
                for i in range(n):
                    for j in range(n):
                        w[i, j, k] = weights[min(first + k, len(weights) - 1), i, j]
        load(parameters[0], parameters.shape[1] > 1, first, n_runs, a)
        load(parameters[1], parameters.shape[1] > 1, first, n_runs, b)
        load(pace, pace.shape[0] > 1, first, n_runs, h)
        load(drive[:, 0], drive.shape[0] > 1, first, n_runs, u)
        load(x, True, first, n_runs, now)
        if noisy:
            load(noise, noise.shape[0] > 1, first, n_runs, sd)
        for k in range(LANES):
            roots[k] = keys[min(first + k, n_runs - 1)]
        step = 0
        for record in range(out.shape[1]):
            if varying or noisy:
                for _ in range(record_every):
                    if varying:
                        load(drive[:, step], drive.shape[0] > 1, first, n_runs, u)
                    _advance(1, method, shared, w, weights[0], codes, a, b, h, u, now, at, total, z)
                    if noisy:
                        add_noise(roots, step, sd, now)
                    step += 1
            else:
                _advance(record_every, method, shared, w, weights[0], codes, a, b, h, u, now, at, total, z)
            for k in range(min(LANES, n_runs - first)):
                for i in range(n):
                    out[first + k, record, i] = now[i, k]
        for k in range(min(LANES, n_runs - first)):
            for i in range(n):
                x[first + k, i] = now[i, k]
