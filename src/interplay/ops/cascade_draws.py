"""Chance of cascades, 64 at a time: which of 64 runs have an edge, from a hash of (seed, run, edge).

A lane is one of the 64 cascades that share a word. What an edge does in a lane depends on the seed, the run and the
edge alone, so cascades from different seeds meet the same live edges.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import njit, types
from numba.extending import intrinsic

from interplay._core.rng import GOLDEN, key_word
from interplay.ops.hashing import fold, mix, start

#: Lanes of a word.
LANES = 64
#: Binary digits of a probability.
DIGITS = 53

_ZERO = np.uint64(0)
_ONE = np.uint64(1)
_SIX = np.uint64(6)
_ELEVEN = np.uint64(11)
_TOP = np.uint64(DIGITS - 1)
_FULL = np.uint64(1 << DIGITS)
_GOLDEN = np.uint64(GOLDEN)
_PURPOSE = np.uint64(key_word("cascade"))
_ROWS = np.uint64(key_word("row"))
_WORDS = np.uint64(key_word("word"))


@intrinsic
def _lowest(typingctx, word):  # type: ignore[no-untyped-def]
    """Give the number of the lowest bit set; 64 if none is."""

    def build(context, builder, signature, args):  # type: ignore[no-untyped-def]
        return builder.cttz(args[0], ir.Constant(ir.IntType(1), 0))

    return types.uint64(types.uint64), build


# Type checkers count the typing context as an argument, which compiled code does not see.
lowest: Any = _lowest


@njit(cache=True, forceinline=True)
def scramble(word):  # type: ignore[no-untyped-def]
    """Call `mix`, inlined by the machine-code compiler alone: bodies stay small until then, and compile sooner."""
    return mix(word)


@njit(cache=True, forceinline=True)
def unit(word):  # type: ignore[no-untyped-def]
    """Turn a place in a sequence of words into a uniform number in [0, 1) with 53 random bits."""
    return np.float64(np.int64(scramble(word) >> _ELEVEN)) * 2.0**-53


@njit(cache=True, nogil=True)
def block_key(seed, block):  # type: ignore[no-untyped-def]
    """Hash (seed, block of 64 runs), for draws that all lanes make together."""
    return fold(fold(fold(start(seed), _PURPOSE), _WORDS), block)


@njit(cache=True, nogil=True)
def run_keys(seed, block, keys):  # type: ignore[no-untyped-def]
    """Hash (seed, run) for the 64 runs of a block, for draws that each lane makes alone; fills `keys`, (64,) uint64."""
    state = fold(fold(start(seed), _PURPOSE), _ROWS)
    for lane in range(LANES):
        keys[lane] = fold(state, block * LANES + lane)


@njit(cache=True, forceinline=True)
def digits_of(chance):  # type: ignore[no-untyped-def]
    """First 53 binary digits of a probability, as a whole number up to 2^53."""
    return np.uint64(np.int64(chance * 9007199254740992.0))


@njit(cache=True, forceinline=True)
def stream(key, number):  # type: ignore[no-untyped-def]
    """Find the place in the key's sequence of words that belongs to an edge or node; 64 words each."""
    return key + (np.uint64(number) << _SIX) * _GOLDEN


@njit(cache=True, forceinline=True)
def lanes_below(word, digits, lanes):  # type: ignore[no-untyped-def]
    """Decide in which lanes a uniform number lies below ``digits / 2^53``.

    Parameters
    ----------
    word : uint64
        From `stream`; its sequence of words holds the digits of the numbers, most significant first.
    digits : uint64
    lanes : uint64
        Who asks.

    Notes
    -----
    The numbers are compared digit by digit, one word of digits for all lanes, until every lane asked for is decided:
    about log2(lanes) + 2 words. Lanes that are not asked for are 0; what the others get does not depend on that.
    """
    if digits >= _FULL:
        return lanes
    live = _ZERO
    while lanes != _ZERO and digits != _ZERO:
        draw = scramble(word)
        word += _GOLDEN
        one = _ZERO - ((digits >> _TOP) & _ONE)  # all ones where the digit is 1
        live |= lanes & ~draw & one
        lanes &= draw ^ ~one
        digits = (digits << _ONE) & (_FULL - _ONE)
    return live
