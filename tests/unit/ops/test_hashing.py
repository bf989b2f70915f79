"""The compiled hash gives the bits of the vectorised one."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit

from interplay._core.rng import key_word, uniform
from interplay.ops.hashing import fold, start, to_unit

words = st.integers(-(2**63), 2**63 - 1)


@njit
def keyed(seed, name, i, j, k):
    return to_unit(fold(fold(fold(fold(start(seed), name), i), j), k))


@njit
def bare(seed):
    return to_unit(start(seed))


@given(seed=st.integers(0, 2**64 - 1), name=st.text(max_size=8), i=words, j=words, k=words)
@settings(max_examples=300, deadline=None)
def test_the_compiled_hash_equals_the_vectorised_one(seed, name, i, j, k):
    fast = keyed(np.uint64(seed), np.uint64(key_word(name)), np.int64(i), np.int64(j), np.int64(k))
    assert fast == float(uniform(seed, name, i, j, np.int64(k)))
    assert bare(np.uint64(seed)) == float(uniform(seed))


@given(i=words)
@settings(max_examples=50, deadline=None)
def test_arrays_and_integers_hash_alike(i):
    assert float(uniform(0, i)) == float(uniform(0, np.array(i))) == float(uniform(0, np.array([i]))[0])


def test_unsigned_arrays_hash_by_their_bits():
    top = np.array([2**64 - 1, 2**63], dtype=np.uint64)
    assert np.array_equal(uniform(0, top), uniform(0, np.array([-1, -(2**63)])))
