"""Bit sets and path kernels on the smallest cases."""

import numpy as np
import pytest

from interplay.ops.bits import count_bits, pack_bits
from interplay.ops.motifs_triangles import triangle_counts, triangle_sums
from interplay.ops.paths import all_distances, inverse_hops


def test_bits_count_as_python_counts():
    rng = np.random.default_rng(0)
    for word in [0, 1, 2**64 - 1, 2**63, *rng.integers(0, 2**63, 50).tolist()]:
        assert count_bits(np.uint64(word)) == int(word).bit_count()
    links = rng.random((70, 70)) < 0.4
    bits = pack_bits(links)
    assert bits.shape == (70, 2)
    for i, j in [(0, 0), (3, 63), (3, 64), (69, 69), (12, 65)]:
        assert bool(int(bits[i, j // 64]) >> (j % 64) & 1) == links[i, j]


@pytest.mark.parametrize("n", [0, 1, 2])
def test_paths_on_nothing(n):
    assert all_distances(np.full((n, n), np.inf)).shape == (n, n)
    assert inverse_hops(pack_bits(np.zeros((n, n), bool)), n).tolist() == [0.0] * n


def test_triangle_kernels_are_half_the_cube():
    rng = np.random.default_rng(1)
    a = rng.random((9, 9)) < 0.5
    np.fill_diagonal(a, False)
    s = (a.astype(float) + a.T).astype(float)
    half = np.diag(s @ s @ s) / 2
    assert triangle_counts(a, pack_bits(a), pack_bits(np.ascontiguousarray(a.T))).tolist() == half.tolist()
    w = rng.random((9, 9)) * (s > 0)
    w = w + w.T
    assert triangle_sums(w) == pytest.approx(np.diag(w @ w @ w) / 2, rel=1e-12)
