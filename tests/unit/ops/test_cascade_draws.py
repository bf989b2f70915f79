"""Binary digits drawn for 64 lanes at once, beside Python's whole numbers."""

import numpy as np

from interplay.ops.cascade_draws import block_key, digits_of, lanes_below, run_keys, stream

MASK = (1 << 64) - 1


def mixed(word):
    word = ((word ^ (word >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & MASK
    return word ^ (word >> 31)


def drawn(word, lane):
    """The lane's number, 53 digits, one from each word."""
    digits = 0
    for k in range(53):
        digits = digits << 1 | mixed((word + k * 0x9E3779B97F4A7C15) & MASK) >> lane & 1
    return digits


def test_lanes_are_compared_with_their_own_numbers():
    key = np.uint64(block_key(np.uint64(3), 5))
    for number, chance in enumerate([0.0, 1e-3, 0.1, 0.5, 0.75, 1 - 2**-53, 1.0]):
        word = np.uint64(stream(key, number))
        below = int(lanes_below(word, np.uint64(digits_of(chance)), np.uint64(MASK)))
        assert below == sum((drawn(int(word), lane) < chance * 2**53) << lane for lane in range(64))
        some = np.uint64(0xF0F0F0F0F0F0F0F0)
        assert int(lanes_below(word, np.uint64(digits_of(chance)), some)) == below & int(some)


def test_shares_are_right():
    """64 lanes, 4000 edges: six standard errors, a false alarm in 10^9."""
    key = np.uint64(block_key(np.uint64(0), 0))
    for chance in (0.01, 0.3):
        live = sum(
            int(lanes_below(np.uint64(stream(key, e)), np.uint64(digits_of(chance)), np.uint64(MASK))).bit_count()
            for e in range(4000)
        )
        trials = 64 * 4000
        assert abs(live - trials * chance) < 6 * np.sqrt(trials * chance * (1 - chance))


def test_runs_have_keys_of_their_own():
    keys = np.empty((3, 64), np.uint64)
    for block in range(3):
        run_keys(np.uint64(7), block, keys[block])
    assert len(np.unique(keys)) == 192
    assert int(block_key(np.uint64(7), 0)) not in keys.ravel().tolist()
