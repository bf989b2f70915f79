"""Randomness keyed by event: the same event draws the same number, whatever else happens.

Two doors. `stream` gives a generator of its own to every named purpose, so that adding a draw in one place cannot
shift another. `uniform` goes further and hashes (seed, event identity) straight into a number: two scenarios that
share an event share its draw, which is what paired comparisons of interventions need. `interplay.ops.hashing` holds
the compiled twin of `uniform` for use inside kernels; both give the same bits.

References
----------
Buffalo, Pearson, Klein (2026), arXiv 2603.11084: event-keyed hashing for common random numbers.
Steele, Lea, Flood (2014), OOPSLA, for the 64-bit finaliser (constants of Stafford's variant 13).
"""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.errors import ConfigError

#: Part of every hash. A change of the encoding below must change it, so that old and new numbers cannot be confused.
HASH_VERSION = 1

GOLDEN = 0x9E3779B97F4A7C15
MIX_A = 0xBF58476D1CE4E5B9
MIX_B = 0x94D049BB133111EB
_MASK = 0xFFFFFFFFFFFFFFFF


def key_word(key: int | str) -> int:
    """Encode one part of an event's identity as 64 bits: integers as themselves, names by blake2b."""
    if isinstance(key, str):
        return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest(), "little")
    if isinstance(key, bool) or not isinstance(key, int | np.integer):
        raise TypeError(f"`key` parts must be int or str, got {key!r}. Use an ordinal instead of a time in seconds.")
    return int(key) & _MASK


def stream(seed: int, *key: int | str) -> np.random.Generator:
    """Give the generator that belongs to one named purpose.

    Parameters
    ----------
    seed : int, >= 0
        The run's seed.
    *key : int or str
        The purpose, from coarse to fine, for example ("jitter", unit).

    Returns
    -------
    numpy.random.Generator
        Philox, so streams of different keys are independent.

    Raises
    ------
    ConfigError
        If the seed is negative.
    """
    if seed < 0:
        raise ConfigError(f"`seed` must be >= 0, got {seed}. Any whole number from 0 on will do.")
    words = tuple(key_word(k) for k in key)
    spawn = tuple(half for w in words for half in (w & 0xFFFFFFFF, w >> 32))
    return np.random.Generator(np.random.Philox(np.random.SeedSequence(seed, spawn_key=(HASH_VERSION, *spawn))))


def _mix(word: NDArray[np.uint64]) -> NDArray[np.uint64]:
    word = (word ^ (word >> np.uint64(30))) * np.uint64(MIX_A)
    word = (word ^ (word >> np.uint64(27))) * np.uint64(MIX_B)
    return word ^ (word >> np.uint64(31))


def uniform(seed: int, *key: int | str | ArrayLike) -> NDArray[np.float64]:
    """Hash (seed, event identity) to uniform numbers in [0, 1).

    Parameters
    ----------
    seed : int
        The run's seed.
    *key : int, str, or integer array
        The identity of the event, from coarse to fine: process name, entity ids, step. Arrays broadcast.
        Sort the two ids of an unordered pair yourself.

    Returns
    -------
    float64 array of the broadcast shape, in [0, 1)
        53 random bits each.

    Notes
    -----
    Each part is folded in by h <- mix(h xor mix(part + GOLDEN)), with mix a 64-bit bijection; the order of parts
    counts. The seed is mixed twice: mixed once like a part, seed and first part could be swapped without a trace.
    Cost: two finalisers per part and element, memory traffic only.

    Examples
    --------
    >>> both = uniform(7, "infect", [3, 4], 10)
    >>> float(both[1]) == float(uniform(7, "infect", 4, 10))
    True
    """
    with np.errstate(over="ignore"):
        first = np.uint64((key_word(int(seed)) + HASH_VERSION * GOLDEN) & _MASK)
        state = _mix(_mix(first[None]))[0]  # type: ignore[index]
        for part in key:
            if isinstance(part, int | str):
                word = np.asarray(key_word(part), dtype=np.uint64)
            else:
                array = np.asarray(part)
                if array.dtype.kind not in "iu":
                    raise TypeError(f"`key` arrays must be integers, got dtype {array.dtype}. Use an ordinal.")
                word = (
                    array.astype(np.int64, copy=False).view(np.uint64)
                    if array.dtype.kind == "i"
                    else array.astype(np.uint64)
                )
            state = _mix(state ^ _mix(word + np.uint64(GOLDEN)))
    return np.asarray((state >> np.uint64(11)) * 2.0**-53, dtype=np.float64)
