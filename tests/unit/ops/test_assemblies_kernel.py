"""The compiled culture equals its slow twin."""

import numpy as np
import pytest
from tests.oracles.assemblies import simulate as slow

from interplay._core.rng import key_word, stream
from interplay.ops.assemblies import advance, prefixes

N, STEPS, DEPTH = 5, 2000, 9
DECAYS = (0.9, 0.95, 0.8, 0.96)


def world(seed):
    rng = stream(seed, "world")
    edges = [(i, j) for i in range(N) for j in range(N) if i != j and rng.random() < 0.6]
    sign = np.where(np.arange(N) < 3, 1, -1)
    return {
        "scale_hz": rng.uniform(20, 60, N),
        "bias": rng.uniform(-0.5, 0.2, N),
        "pool": np.arange(N) % 2,
        "gain": np.array([0.0, 0.5, 1.0, 0.5, 0.0]),
        "drive": rng.uniform(-0.2, 0.2, N),
        "edges": [(i, j, sign[i] * rng.uniform(0.5, 1.5), int(rng.integers(1, DEPTH))) for i, j in edges],
    }


def fast(world, key, cuts=(STEPS,), learn=0.0):
    src, dst, weight, delay = (np.array(c) for c in zip(*world["edges"], strict=True))
    pointer = np.searchsorted(src, np.arange(N + 1))
    state = [np.zeros(N), np.zeros(N), np.zeros(N), np.zeros(N, np.int64), np.zeros((DEPTH, 2, N)), np.zeros(2)]
    keys = [prefixes(np.uint64(key), np.uint64(key_word(name)), n) for name, n in (("spike", N), ("shared", 2))]
    bias, first, found = world["bias"].copy(), 0, []
    for stop in cuts:
        unit, frame = np.zeros(N * (stop - first), np.int64), np.zeros(N * (stop - first), np.int64)
        count = advance(
            first, stop - first, 0.001, world["scale_hz"], bias, world["pool"], world["gain"], world["drive"],
            pointer, dst, weight, delay, *state, *keys, np.array([*DECAYS, 0.9, 2]), learn, unit, frame,
        )  # fmt: skip
        found += list(zip(unit[:count].tolist(), frame[:count].tolist(), strict=True))
        first = stop
    return found, bias


@pytest.mark.parametrize("seed", range(2))
def test_the_kernel_equals_the_plain_loop(seed):
    w = world(seed)
    expected = slow(
        n_steps=STEPS, dt_s=0.001, scale_hz=w["scale_hz"], bias=w["bias"], pool=w["pool"], gain=w["gain"],
        drive=w["drive"], edges=w["edges"], decays=DECAYS, tired_after=0.9, rest_steps=2, key=seed,
    )  # fmt: skip
    found, _ = fast(w, seed)
    assert len(found) > 100
    assert found == expected


def test_the_kernel_may_be_called_in_pieces():
    whole, bias = fast(world(0), 1)
    assert fast(world(0), 1, cuts=(1, 700, 1701, STEPS))[0] == whole
    assert np.array_equal(bias, world(0)["bias"])


def test_learning_brings_rates_to_where_they_should_be():
    w = world(0) | {"bias": np.full(N, 1.5)}
    late, bias = fast(w, 2, cuts=(STEPS, 20 * STEPS), learn=0.05)
    count = np.bincount([u for u, f in late if f >= 20 * STEPS], minlength=N) / (19 * STEPS * 0.001)
    assert np.allclose(count, w["scale_hz"], rtol=0.15)
    assert (bias < 1.5).all()
