"""Chains of binary units with couplings of pairs and of triples; every number hangs on its event."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from interplay.ops.hashing import fold, to_unit


@njit(cache=True, nogil=True)
def run_chain(key, field, onto, partner, strength, sweeps, parallel, skip, states):  # type: ignore[no-untyped-def]
    """Fill (T, N) int8 `states` with 0 and 1.

    With spins s = 2x - 1, unit i becomes 1 with probability ``1 / (1 + exp(-2 f))``, where
    ``f = field[i] + sum_j onto[i, j] s_j + sum_d strength[i, d] s_a s_b`` and (a, b) = ``partner[i, d]``. Units are
    updated one after the other, by number (Gibbs sampling), `sweeps` times per sample; with `parallel` once, all from
    the sample before (kinetic). `skip` samples are thrown away first. `key` is a hash state (uint64).
    """
    n_samples, n = states.shape
    spin = np.empty(n)
    after = np.empty(n)
    for i in range(n):
        spin[i] = 1.0 if to_unit(fold(fold(fold(key, 0), 0), i)) < 0.5 else -1.0
    for t in range(n_samples + skip):
        for r in range(1 if parallel else sweeps):
            for i in range(n):
                f = field[i]
                for j in range(n):
                    f += onto[i, j] * spin[j]
                for d in range(strength.shape[1]):
                    f += strength[i, d] * spin[partner[i, d, 0]] * spin[partner[i, d, 1]]
                up = to_unit(fold(fold(fold(key, t + 1), r), i)) < 1.0 / (1.0 + math.exp(-2.0 * f))
                after[i] = 1.0 if up else -1.0
                if not parallel:
                    spin[i] = after[i]
            if parallel:
                spin[:] = after
        if t >= skip:
            for i in range(n):
                states[t - skip, i] = 1 if spin[i] > 0 else 0
