"""Compiled simulation of a culture of Izhikevich units: state by blocks of 64 units, synapses by event.

Everything is float32 and nothing is reordered or fused, so the same inputs give the same bits on any processor. The
state lies in blocks, ``state[block][row][lane]``: the rows of 64 units stand side by side, at distances that the
compiler knows, and one loop without branches or calls advances them.
"""

from __future__ import annotations

import numpy as np
from numba import njit

#: Units per block.
LANES = 64
#: Rows of a block: membrane potential (mV) and recovery; the open conductances of AMPA, NMDA and GABA; a, b of the
#: unit; mean and spread of its background input.
V, U, AMPA, NMDA, GABA, A, B, MEAN, SPREAD = range(9)
ROWS = 9
#: Rows of the input under way: excitatory, inhibitory.
PORTS = 2
#: A unit fires at this potential, mV.
PEAK_MV = 30.0

_0, _1, _8, _15, _16 = (np.uint32(k) for k in (0, 1, 8, 15, 16))
_MASK = np.uint32(0x00FF00FF)
_LOW = np.uint32(0xFFFF)
_MIX_A, _MIX_B = np.uint32(0x7FEB352D), np.uint32(0x846CA68B)
_L, _WIDE, _DEEP = np.uint64(LANES), np.uint64(LANES * ROWS), np.uint64(LANES * PORTS)
_V, _U, _AMPA, _NMDA, _GABA, _A, _B, _MEAN, _SPREAD = (np.uint64(LANES * k) for k in range(ROWS))
_ZERO64 = np.uint64(0)
_f = np.float32
_PEAK = _f(PEAK_MV)
_SQUARE, _LINEAR, _CONSTANT = _f(0.04), _f(5.0), _f(140.0)
_NMDA_SHIFT, _NMDA_SCALE = _f(80.0), _f(3600.0)
_ONE, _NOTHING = _f(1.0), _f(0.0)
#: Added to conductances at every step: without it they decay to denormal numbers, which are slow.
_TINY = _f(1e-25)
#: Four bytes of a hashed word: their sum has this mean and this spread.
_BYTES_MEAN, _BYTES_SCALE = _f(510.0), _f(1.0 / np.sqrt(4 * (256**2 - 1) / 12))


@njit(cache=True, inline="always", error_model="numpy")
def bell(word):  # type: ignore[no-untyped-def]
    """Hash 32 bits and add up their bytes: mean 0, variance 1, within 3.45, a cubic spline shaped like a bell."""
    # numba widens every product to 64 bits; each is cut back, so that 32-bit lanes suffice.
    word = np.uint32(np.uint32(word ^ (word >> _16)) * _MIX_A)
    word = np.uint32(np.uint32(word ^ (word >> _15)) * _MIX_B)
    word = np.uint32(word ^ (word >> _16))
    pairs = np.uint32((word & _MASK) + ((word >> _8) & _MASK))
    total = np.uint32((pairs & _LOW) + (pairs >> _16))
    return (_f(np.int32(total)) - _BYTES_MEAN) * _BYTES_SCALE


@njit(cache=True, nogil=True, error_model="numpy")
def advance_block(state, base, queue, slot, keys, first, step_key, dt, keep, e_gaba, nmda_share):  # type: ignore[no-untyped-def]
    """Advance the 64 units of one block by one step; give the number of those that reached the peak.

    Parameters
    ----------
    state : (blocks * 9 * 64,) float32 array, changed in place
    base : uint64
        Where the block begins in `state`.
    queue : float32 array, changed in place
        What arrives now is taken out.
    slot : uint64
        Where the block's 64 excitatory and then 64 inhibitory inputs of this step begin.
    keys : (lanes,) uint32 array
    first : uint64
        The block's first lane.
    step_key : uint32
        Xored with a unit's key, it is the word that the unit's noise of this step is hashed from.
    dt : float32, ms
    keep : three float32, in (0, 1)
        What is left of AMPA's, NMDA's and GABA's conductance after a step.
    e_gaba, nmda_share : float32

    Returns
    -------
    int32

    Notes
    -----
    With x = ((v + 80) / 60)^2 and g = ampa + nmda x / (1 + x) + gaba,

        v <- (v + dt (0.04 v^2 + 5 v + 140 - u + noise + gaba e_gaba)) / (1 + dt g),  u <- u + dt a (b v - u):

    Euler's step, but implicit in the conductances, so that no conductance makes it unstable. On the right stand the
    values of the step's start; conductances have decayed and received their input before.
    """
    keep_ampa, keep_nmda, keep_gaba = keep
    fired = np.int32(0)
    for lane in range(_ZERO64, _L):
        arrived = queue[slot + lane] + _TINY
        braked = queue[slot + _L + lane] + _TINY
        queue[slot + lane] = _NOTHING
        queue[slot + _L + lane] = _NOTHING
        at = base + lane
        ampa = state[at + _AMPA] * keep_ampa + arrived
        nmda = state[at + _NMDA] * keep_nmda + nmda_share * arrived
        gaba = state[at + _GABA] * keep_gaba + braked
        state[at + _AMPA] = ampa
        state[at + _NMDA] = nmda
        state[at + _GABA] = gaba
        noise = state[at + _MEAN] + state[at + _SPREAD] * bell(keys[first + lane] ^ step_key)
        v = state[at]
        u = state[at + _U]
        above = v + _NMDA_SHIFT
        above = above * above
        below = above + _NMDA_SCALE
        drift = (_SQUARE * v + _LINEAR) * v + _CONSTANT - u + noise + gaba * e_gaba
        # Both quotients (NMDA's gate, and the implicit step) over one bar: a division costs as much as all the rest.
        after = (v + dt * drift) * below / ((_ONE + dt * (ampa + gaba)) * below + dt * nmda * above)
        state[at + _U] = u + dt * (state[at + _A] * (state[at + _B] * v - u))
        state[at] = after
        fired += np.int32(after >= _PEAK)
    return fired
