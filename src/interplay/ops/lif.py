"""Leaky integrate-and-fire units over T steps, forward and back, one pass over memory each.

Arrays are (T, B, N) and contiguous, and are read in their order; the state of B N units is read again a step later,
from the second cache. Nothing is allocated in the loops; scratch rows come from the caller. Compiled code releases the
GIL.
Firing and slopes, row by row, are in `interplay.ops.spike_laws`.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from interplay.ops.hashing import fold, start
from interplay.ops.spike_laws import fire_row, slope_row

_HARD = 0


@njit(cache=True, nogil=True, error_model="numpy")
def seed_word(seed):  # type: ignore[no-untyped-def]
    """Give the word (uint64) that keys the noise of all steps."""
    return start(np.uint64(seed))


@njit(cache=True, nogil=True, error_model="numpy")
def step_word(seed, step):  # type: ignore[no-untyped-def]
    """Give the word (uint64) that keys the noise of one step."""
    return fold(seed_word(seed), np.uint64(step))


@njit(error_model="numpy")
def _membrane_row(before, fired, current, decay, reset, threshold, out):  # type: ignore[no-untyped-def]
    one = out.dtype.type(1)
    if reset == _HARD:
        for n in range(len(out)):
            out[n] = decay[n] * before[n] * (one - fired[n]) + current[n]
    else:
        for n in range(len(out)):
            out[n] = decay[n] * before[n] - threshold * fired[n] + current[n]


@njit(error_model="numpy")
def _standard_row(membrane, variance, threshold, stochastic, out):  # type: ignore[no-untyped-def]
    if stochastic:
        for n in range(len(out)):
            out[n] = (membrane[n] - threshold) / np.sqrt(variance[n])
    else:
        for n in range(len(out)):
            out[n] = membrane[n] - threshold


@njit(error_model="numpy")
def _carry_row(out, before, fired, decay, reset, to_decay, carried):  # type: ignore[no-untyped-def]
    """Hand the membrane's gradient to the step before, and to the decay."""
    one = out.dtype.type(1)
    # Loops of few arrays: compilers give up on telling many of them apart.
    if reset == _HARD:
        for n in range(len(out)):
            to_decay[n] += np.float64(out[n]) * np.float64(before[n] * (one - fired[n]))
        for n in range(len(out)):
            carried[n] = out[n] * decay[n] * (one - fired[n])
    else:
        for n in range(len(out)):
            to_decay[n] += np.float64(out[n]) * np.float64(before[n])
        for n in range(len(out)):
            carried[n] = out[n] * decay[n]


@njit(cache=True, nogil=True, error_model="numpy")
def lif_forward(  # type: ignore[no-untyped-def]
    current, variance, decay, membrane_0, spikes_0, membrane, spikes, z, rule, table, reset, threshold, seed, first
):
    """Fill `membrane` and `spikes`, (T, B, N), from currents of the same shape.

    Parameters
    ----------
    current : (T, B, N) array
    variance : (T or 1, B or 1, N) array, > 0
        Of the noise; not looked at where units have a threshold only.
    decay : (N,) array
    membrane_0, spikes_0 : (B, N) arrays
        State before the first step.
    membrane, spikes : (T, B, N) arrays
    z : (N,) array
        Scratch.
    rule : (kind, parameter, law)
        Of `UnitRule.kernel`.
    table : (K,) float64 array
    reset : int
        0 hard, 1 soft.
    threshold : number of the arrays' type
    seed : uint64
    first : int
        Number of the first step, for the noise.

    Notes
    -----
    v_t = decay v (1 - b) + current (hard) or decay v - threshold b + current (soft); b_t = 1[u < F((v_t - threshold) /
    s)], with u of (seed, step, place in the row of B N units).
    """
    steps, batch, n = current.shape
    by_step, by_sample = variance.shape[0] > 1, variance.shape[1] > 1
    kind, _, law = rule
    for t in range(steps):
        for b in range(batch):
            before = membrane_0[b] if t == 0 else membrane[t - 1, b]
            fired = spikes_0[b] if t == 0 else spikes[t - 1, b]
            _membrane_row(before, fired, current[t, b], decay, reset, threshold, membrane[t, b])
            spread = variance[t if by_step else 0, b if by_sample else 0]
            _standard_row(membrane[t, b], spread, threshold, kind < 10, z)
            fire_row(kind, law, z, step_word(seed, first + t), b * n, spikes[t, b])


@njit(cache=True, nogil=True, error_model="numpy")
def lif_backward(  # type: ignore[no-untyped-def]
    variance,
    decay,
    membrane_0,
    spikes_0,
    membrane,
    spikes,
    to_spikes,
    to_membrane,
    to_current,
    to_variance,
    to_decay,
    to_start,
    scratch,
    row,
    rule,
    table,
    reset,
    threshold,
    through_reset,
):
    """Go back through T steps.

    Parameters
    ----------
    variance, decay, membrane_0, spikes_0, membrane, spikes
        As in and from `lif_forward`.
    to_spikes : (T, B, N) array
        Gradient with respect to the spikes; with `through_reset` what resets add is added here.
    to_membrane : (B, N) array
        In: gradient with respect to the membrane after the last step. Out: to that before the first.
    to_current : (T, B, N) array
        Out.
    to_variance : (T, B, N) array, or one without entries
        Out, where wanted.
    to_decay : (N,) float64 array
        Out, added to.
    to_start : (B, N) array
        Out, added to: with respect to the spikes before the first step, by the reset.
    scratch : (2, N) array
    row : (N,) float64 array
        Scratch too.
    rule, table, reset, threshold
        As in `lif_forward`.
    through_reset : bool
        Whether the gradient goes through the reset too.
    """
    steps, batch, n = membrane.shape
    by_step, by_sample = variance.shape[0] > 1, variance.shape[1] > 1
    kind, parameter, law = rule
    z, slope = scratch[0], scratch[1]
    real = membrane.dtype.type
    half = real(0.5)
    for t in range(steps - 1, -1, -1):
        for b in range(batch):
            carried = to_membrane[b]
            before = membrane_0[b] if t == 0 else membrane[t - 1, b]
            fired = spikes_0[b] if t == 0 else spikes[t - 1, b]
            now, done, out, upon = membrane[t, b], spikes[t, b], to_current[t, b], to_spikes[t, b]
            spread = variance[t if by_step else 0, b if by_sample else 0]
            _standard_row(now, spread, threshold, kind < 10, z)
            slope_row(kind, parameter, law, table, z, done, row, slope)
            if kind < 10:
                for k in range(n):
                    slope[k] /= np.sqrt(spread[k])
            # `carried` holds the next step's gradient times decay and what the reset left, or what comes from outside.
            for k in range(n):
                out[k] = upon[k] * slope[k] + carried[k]
            if to_variance.size:
                back = to_variance[t, b]
                for k in range(n):
                    back[k] = -upon[k] * slope[k] * z[k] * half / np.sqrt(spread[k])
            _carry_row(out, before, fired, decay, reset, to_decay, carried)
            if through_reset:
                earlier = to_start[b] if t == 0 else to_spikes[t - 1, b]
                for k in range(n):
                    share = -decay[k] * before[k] if reset == _HARD else -threshold
                    earlier[k] += share * out[k]
