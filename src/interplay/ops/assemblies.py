"""Compiled simulation of spiking units with escape noise, in fixed steps, driven by event-keyed draws."""

from __future__ import annotations

import numpy as np
from numba import njit

from interplay.ops.hashing import fold, start, to_unit

#: Frames per second of the recorded clock: spikes are stamped on the 20 kHz grid of the electrode array.
FRAMES_PER_S = 20_000
_SQRT_12 = np.sqrt(12.0)


@njit(cache=True, nogil=True)
def prefixes(seed, name, n):  # type: ignore[no-untyped-def]
    """Hash (seed, name, 0 ... n - 1) up to the point where the step is folded in: (n,) uint64 array."""
    out = np.empty(n, np.uint64)
    for i in range(n):
        out[i] = fold(fold(start(seed), name), i)
    return out


@njit(cache=True, nogil=True)
def advance(  # type: ignore[no-untyped-def]
    first, n_steps, dt_s, scale_hz, bias, pool, gain, drive, pointer, target, weight, delay,
    excite, inhibit, tired, wait, queue, shared, unit_key, pool_key, constants, learn, out_unit, out_frame,
):  # fmt: skip
    """Advance all units by some steps and write down their spikes.

    Parameters
    ----------
    first : int
        Number of the first step since the beginning of time; part of every draw's key.
    n_steps : int
    dt_s : float, s
    scale_hz : (N,) float array, Hz
        Hazard at level 0.
    bias : (N,) float array
        Level without input; changed in place if `learn` > 0.
    pool : (N,) int array, in [0, K)
        Which shared fluctuation reaches the unit.
    gain : (N,) float array
        Amplitude of that fluctuation in the unit's level.
    drive : (N,) float array
        External input to the level, constant over the call.
    pointer, target, weight, delay : CSR edges by source
        ``target[pointer[i]:pointer[i + 1]]`` receive `weight` (signed) after `delay` steps, 1 <= delay < D.
    excite, inhibit, tired : (N,) float arrays, changed in place
        Leaky sums of excitation and inhibition, and the relative refractoriness.
    wait : (N,) int array, changed in place
        Steps of absolute refractoriness left.
    queue : (D, 2, N) float array, changed in place
        Ring buffer of input under way (excitation, inhibition).
    shared : (K,) float array, changed in place
        The shared fluctuations, of unit variance.
    unit_key, pool_key : (N,) and (K,) uint64 arrays
        Hash states to which the step is folded.
    constants : (6,) float array
        Decay per step of excitation, inhibition, refractoriness and fluctuation; value of the relative
        refractoriness after a spike, in [0, 1]; steps of the absolute one.
    learn : float
        Homeostatic step per spike that is missing from `scale_hz`; 0 in a recording.
    out_unit, out_frame : (M,) int arrays, changed in place
        Where spikes go, M >= N * (n_steps // (steps of absolute refractoriness + 1) + 1).

    Returns
    -------
    int
        Number of spikes written, sorted by step, then by unit.

    Notes
    -----
    Level x = bias + excite - inhibit + gain shared + drive; hazard scale (1 - tired) phi(x), with phi(x) = exp(x) below
    0 and 1 + x above: as smooth as the exponential near rest, and never steeper than a line, so a network whose
    linear branching ratio is below 1 cannot run away. A unit spikes in a step with probability 1 - exp(-hazard dt);
    the position of the draw under that probability places the spike inside its step.
    Cost O(N) per step and O(out-degree) per spike; no memory is taken.
    """
    n_units = len(bias)
    depth = len(queue)
    frames = round(dt_s * FRAMES_PER_S)
    keep_e, keep_i, keep_t, keep_s, jump, rest = constants
    innovation = np.sqrt(1.0 - keep_s * keep_s)
    count = 0
    for step in range(first, first + n_steps):
        slot = step % depth
        for k in range(len(shared)):
            noise = (to_unit(fold(pool_key[k], step)) - 0.5) * _SQRT_12
            shared[k] = keep_s * shared[k] + innovation * noise
        for i in range(n_units):
            excite[i] = keep_e * excite[i] + queue[slot, 0, i]
            inhibit[i] = keep_i * inhibit[i] + queue[slot, 1, i]
            queue[slot, 0, i] = 0.0
            queue[slot, 1, i] = 0.0
            tired[i] *= keep_t
            if wait[i] > 0:
                wait[i] -= 1
                bias[i] += learn * scale_hz[i] * dt_s
                continue
            level = bias[i] + excite[i] - inhibit[i] + gain[i] * shared[pool[i]] + drive[i]
            relative = np.exp(level) if level < 0.0 else 1.0 + level
            expected = scale_hz[i] * relative * (1.0 - tired[i]) * dt_s
            draw = to_unit(fold(unit_key[i], step))
            # 1 - exp(-x) <= x: most draws are settled without the second exponential.
            if learn == 0.0 and draw >= expected:
                continue
            chance = 1.0 - np.exp(-expected)
            bias[i] += learn * (scale_hz[i] * dt_s - chance)
            if draw < chance:
                out_unit[count] = i
                out_frame[count] = step * frames + min(int(frames * (draw / chance)), frames - 1)
                count += 1
                wait[i] = int(rest)
                tired[i] = jump
                for edge in range(pointer[i], pointer[i + 1]):
                    w = weight[edge]
                    place = (step + delay[edge]) % depth
                    if w > 0:
                        queue[place, 0, target[edge]] += w
                    else:
                        queue[place, 1, target[edge]] -= w
    return count
