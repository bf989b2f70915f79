"""The loop of a culture: pulses, all units, spikes, step after step."""

from __future__ import annotations

import numpy as np
from numba import njit

from interplay.ops.culture import LANES, PEAK_MV, PORTS, ROWS, advance_block
from interplay.ops.culture_synapses import FROZEN, SEEN, release, scale, settle, strengthen
from interplay.ops.hashing import fold, start

#: Rows of the packed settings, float32.
(
    DT_MS, KEEP_AMPA, KEEP_NMDA, KEEP_GABA, E_GABA, NMDA_SHARE,
    PLUS, MINUS, MOST, BLEND, PER_S, SPEED, WANTED,
) = range(13)  # fmt: skip
N_SETTINGS = 13
#: Rows of the packed counts, int64.
MODE, EVERY, N_PLASTIC = range(3)

_L, _WIDE, _DEEP = np.uint64(LANES), np.uint64(LANES * ROWS), np.uint64(LANES * PORTS)
_PEAK = np.float32(PEAK_MV)
_32 = np.uint64(32)


@njit(cache=True, nogil=True, error_model="numpy")
def unit_keys(seed, name, n):  # type: ignore[no-untyped-def]
    """Hash (seed, name, 0 ... n - 1) to 32 bits each: (n,) uint32 array."""
    out = np.empty(n, np.uint32)
    for i in range(n):
        out[i] = np.uint32(fold(fold(start(seed), name), i) >> _32)
    return out


@njit(cache=True, nogil=True, error_model="numpy")
def noise_root(seed, name):  # type: ignore[no-untyped-def]
    """Hash (seed, name) up to the point where the step is folded in."""
    return fold(start(seed), name)


@njit(cache=True, nogil=True, error_model="numpy")
def run(  # type: ignore[no-untyped-def]
    first, n_steps, noise_key, n_pulses, counts, settings, state, queue, keys, unit_f, unit_i, pointers,
    edge_i, edge_f, in_i, slow, fast, pulse_i, pulse_mv, near_pointer, near_i, near_f, out_i, out_time, out_electrode,
):  # fmt: skip
    """Advance a culture by some steps and write down its spikes.

    Parameters
    ----------
    first : int
        Number of the first step since the beginning of time.
    n_steps : int
    noise_key : uint64
        Hash state to which the step is folded; the draw of a unit hangs on it and on the unit's key alone.
    n_pulses : int
        Of the pulses listed, the first so many are meant.
    counts : (3,) int64 array
        Mode of plasticity, steps between two scalings, number of units with plastic edges onto them.
    settings : (13,) float32 array
        As named in this module.
    state : (blocks * 9 * 64,) float32 array, changed in place
        As `interplay.ops.culture` lays it out.
    queue : (slots * blocks * 2 * 64,) float32 array, changed in place
        Input under way, a ring of slots; the number of slots is a power of two and exceeds the longest delay.
    keys : (blocks * 64,) uint32 array
        Of the units' noise.
    unit_f, unit_i : (7, N) float32 and (4, N) int32 arrays, changed in place
    pointers : (2, N + 1) int64 array
        Where the edges out of a unit begin, and the plastic edges onto it.
    edge_i, edge_f : (2, E) int32 and (2, E) float32 arrays, changed in place
    in_i : (2, P) int32 array
    slow, fast : (2, M) and (2, L) float32 arrays
        Tables of exponentials.
    pulse_i : (2, Q) int64 array
        Step and electrode of pulses; pulses of other steps are passed over.
    pulse_mv : (Q,) float32 array, mV
    near_pointer, near_i, near_f : (C + 1,) int64, (K,) int32 and (K,) float32 arrays
        Units near each electrode, and the share of a pulse that reaches them.
    out_i : (2, M) int32 array, changed in place
        Step and unit of the spikes; M >= N * n_steps is always enough.
    out_time, out_electrode : (M,) float64 (s) and int64 arrays, changed in place
        Of the spikes that an electrode sees.

    Returns
    -------
    (int, int)
        Spikes written, and spikes seen at electrodes; both by step, then by unit.

    Notes
    -----
    One step: pulses move the potentials; every unit advances; units at the peak send their spikes with the weights of
    the step's start; then plasticity, from traces that hold strictly earlier spikes, so the order of the units within a
    step does not matter; then resets. Cost O(N) per step and O(edges in and out) per spike.
    """
    n_units = unit_f.shape[1]
    width = len(keys) * PORTS
    mask = len(queue) // width - 1
    mode = counts[MODE]
    dt_s = np.float64(settings[DT_MS]) / 1000.0
    count, seen = 0, 0
    for step in range(first, first + n_steps):
        _give_pulses(step, n_pulses, pulse_i, pulse_mv, near_pointer, near_i, near_f, state)
        step_key = np.uint32(fold(noise_key, step) >> _32)
        begin = count
        count = _sweep(step, step_key, (step & mask) * width, n_units, count, settings, state, queue, keys, out_i)
        for s in range(begin, count):
            unit = np.int64(out_i[1, s])
            release(
                unit,
                step,
                mode,
                settings[MINUS],
                queue,
                mask,
                width,
                unit_f,
                unit_i,
                pointers,
                edge_i,
                edge_f,
                slow,
                fast,
            )
            if unit_i[SEEN, unit] >= 0:
                out_time[seen] = step * dt_s
                out_electrode[seen] = unit_i[SEEN, unit]
                seen += 1
        if mode != FROZEN:
            plus, most = settings[PLUS], settings[MOST]
            for s in range(begin, count):
                unit = np.int64(out_i[1, s])
                strengthen(unit, step, mode, plus, most, unit_f, unit_i, pointers, in_i, edge_i, edge_f, slow, fast)
        for s in range(begin, count):
            settle(np.int64(out_i[1, s]), step, state, unit_f, unit_i, fast)
        if mode != FROZEN and (step + 1) % counts[EVERY] == 0:
            scale(
                counts[N_PLASTIC], settings[BLEND], settings[PER_S], settings[SPEED], settings[WANTED], settings[MOST],
                unit_f, unit_i, pointers, in_i, edge_f,
            )  # fmt: skip
    return count, seen


@njit(cache=True, nogil=True, error_model="numpy")
def _give_pulses(step, n_pulses, pulse_i, pulse_mv, near_pointer, near_i, near_f, state):  # type: ignore[no-untyped-def]
    for p in range(n_pulses):
        if pulse_i[0, p] == step:
            electrode = pulse_i[1, p]
            for k in range(near_pointer[electrode], near_pointer[electrode + 1]):
                unit = np.int64(near_i[k])
                state[(unit // LANES) * (LANES * ROWS) + unit % LANES] += near_f[k] * pulse_mv[p]


@njit(cache=True, nogil=True, error_model="numpy")
def _sweep(step, step_key, slot, n_units, count, settings, state, queue, keys, out_i):  # type: ignore[no-untyped-def]
    """Advance all units by one step and list those at the peak behind the first `count` entries."""
    dt, e_gaba, nmda_share = settings[DT_MS], settings[E_GABA], settings[NMDA_SHARE]
    keep = (settings[KEEP_AMPA], settings[KEEP_NMDA], settings[KEEP_GABA])
    for b in range(len(keys) // LANES):
        block = np.uint64(b)
        fired = advance_block(
            state, block * _WIDE, queue, np.uint64(slot) + block * _DEEP, keys, block * _L,
            step_key, dt, keep, e_gaba, nmda_share,
        )  # fmt: skip
        if fired > 0:
            at = b * (LANES * ROWS)
            for lane in range(min(LANES, n_units - b * LANES)):
                if state[at + lane] >= _PEAK:
                    out_i[0, count] = np.int32(step)
                    out_i[1, count] = np.int32(b * LANES + lane)
                    count += 1
    return count
