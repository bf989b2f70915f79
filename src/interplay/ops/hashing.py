"""The compiled twin of `interplay._core.rng.uniform`, for use inside kernels.

Compose it: ``to_unit(fold(fold(start(seed), i), j))`` equals ``uniform(seed, i, j)`` bit for bit.
Names (strings) are encoded outside compiled code by `interplay._core.rng.key_word`, and passed as `np.uint64`.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from interplay._core.rng import GOLDEN, HASH_VERSION, MIX_A, MIX_B

_GOLDEN = np.uint64(GOLDEN)
_OFFSET = np.uint64((HASH_VERSION * GOLDEN) & 0xFFFFFFFFFFFFFFFF)
_MIX_A = np.uint64(MIX_A)
_MIX_B = np.uint64(MIX_B)


@njit(cache=True, inline="always")
def mix(word):  # type: ignore[no-untyped-def]
    """Scramble 64 bits by a bijection."""
    word = (word ^ (word >> np.uint64(30))) * _MIX_A
    word = (word ^ (word >> np.uint64(27))) * _MIX_B
    return word ^ (word >> np.uint64(31))


@njit(cache=True, inline="always")
def start(seed):  # type: ignore[no-untyped-def]
    """Begin a hash from the run's seed (uint64)."""
    return mix(mix(np.uint64(seed) + _OFFSET))


@njit(cache=True, inline="always")
def fold(state, part):  # type: ignore[no-untyped-def]
    """Fold one part of the event's identity into the hash."""
    return mix(state ^ mix(np.uint64(part) + _GOLDEN))


@njit(cache=True, inline="always")
def to_unit(state):  # type: ignore[no-untyped-def]
    """Turn the hash into a float64 in [0, 1) with 53 random bits."""
    return np.float64(state >> np.uint64(11)) * 2.0**-53
