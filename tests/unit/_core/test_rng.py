"""Streams and event-keyed numbers: same key, same bits; different keys, independent numbers."""

import numpy as np
import pytest

from interplay._core.rng import key_word, stream, uniform


def kolmogorov(x):
    """Largest distance between the empirical and the uniform distribution, times sqrt(n)."""
    x, n = np.sort(x), len(x)
    grid = np.arange(n + 1) / n
    return np.sqrt(n) * max((grid[1:] - x).max(), (x - grid[:-1]).max())


ROW, COLUMN = np.meshgrid(np.arange(200), np.arange(250), indexing="ij")
KEYED = {
    "one counter": uniform(0, np.arange(50_000)),
    "pairs": uniform(1, "infect", ROW, COLUMN).ravel(),
    "high bits": uniform(2, np.arange(50_000) << 40),
    "negative": uniform(3, -np.arange(50_000)),
    "seeds": np.array([float(uniform(s, "x", 5)) for s in range(5_000)]),
    "deep": uniform(4, "a", 1, "b", np.arange(50_000), 2),
}


@pytest.mark.parametrize("name", KEYED)
def test_numbers_over_structured_keys_are_uniform(name):
    x = KEYED[name]
    assert x.min() >= 0
    assert x.max() < 1
    assert kolmogorov(x) < 1.95  # p = 0.001


@pytest.mark.parametrize("name", KEYED)
def test_neighbouring_keys_are_uncorrelated(name):
    x = KEYED[name] - 0.5
    for lag in (1, 2, 3, 16, 200, 250):
        r = (x[lag:] * x[:-lag]).mean() * 12
        assert abs(r) < 4 / np.sqrt(len(x) - lag)


def test_no_two_keys_collide():
    pairs = uniform(0, ROW, COLUMN).ravel()
    triples = uniform(0, ROW, COLUMN, 1).ravel()
    everything = np.concatenate(
        [pairs, triples, uniform(1, ROW, COLUMN).ravel(), uniform(0, "name", ROW, COLUMN).ravel()]
    )
    # 200 000 numbers of 53 bits: a chance collision has probability 2e-6.
    assert len(np.unique(everything)) == len(everything)


def test_every_bit_of_the_mantissa_is_used_evenly():
    bits = (uniform(0, np.arange(20_000)) * 2.0**53).astype(np.uint64)
    share = [((bits >> np.uint64(k)) & np.uint64(1)).mean() for k in range(53)]
    assert np.abs(np.array(share) - 0.5).max() < 4.5 * 0.5 / np.sqrt(20_000)


def test_seeds_give_independent_numbers():
    key = np.arange(50_000)
    assert abs(np.corrcoef(uniform(0, key), uniform(1, key))[0, 1]) < 0.02


def test_the_order_of_evaluation_does_not_matter():
    order = np.random.Generator(np.random.Philox(0)).permutation(1000)
    assert np.array_equal(uniform(7, "x", order), uniform(7, "x", np.arange(1000))[order])


def test_the_order_of_key_parts_matters():
    assert uniform(7, 1, 2) != uniform(7, 2, 1)
    assert uniform(1, 2) != uniform(2, 1)
    assert uniform(7, "a", "b") != uniform(7, "b", "a")


def test_scalars_and_arrays_agree_and_broadcast():
    table = uniform(3, "edge", np.arange(3)[:, None], np.arange(4))
    assert table.shape == (3, 4)
    assert table[2, 1] == uniform(3, "edge", 2, 1)
    assert uniform(3, "edge", np.int32(2), np.uint8(1)) == table[2, 1]


def test_the_encoding_is_frozen():
    # A change of these numbers changes every seeded result: raise HASH_VERSION and say so in the changelog.
    assert key_word("infect") == 0xC22B3F67B73DAE0
    assert float(uniform(0)) == 0.28176129772258496
    assert uniform(7, "infect", [3, 4], 10).tolist() == [0.5592563327435908, 0.33911290195086397]
    assert stream(3, "a", 5).bit_generator.random_raw() == 6720606510683850849


@pytest.mark.parametrize("key", [1.5, True, None, (1, 2)])
def test_key_words_refuse_what_has_no_exact_form(key):
    with pytest.raises(TypeError, match=r"`key` parts must be int or str, got .* Use an ordinal"):
        key_word(key)


def test_float_arrays_are_refused_as_keys():
    with pytest.raises(TypeError, match=r"`key` arrays must be integers, got dtype float64. Use an ordinal"):
        uniform(0, np.array([0.5]))


def test_streams_repeat_and_differ():
    assert stream(0, "a", 1).random() == stream(0, "a", 1).random()
    drawn = {stream(s, name, k).random() for s in (0, 1) for name in ("a", "b") for k in (0, 1, 2**40)}
    assert len(drawn) == 12


def test_streams_leave_the_global_generator_alone():
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    stream(0, "x").random(10)
    uniform(0, np.arange(10))
    assert np.array_equal(before, np.random.get_state()[1])  # noqa: NPY002
