"""Matrices whose diagonal stability is known by construction."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def planted_stability(
    n: int, rng: np.random.Generator, distance: float, *, skew: float = 1.0, spread: float = 1.0, rank: int = 0
) -> tuple[Floats, Floats, Floats]:
    """Plant a matrix on the boundary of diagonal stability and move it off by a known distance.

    Parameters
    ----------
    n : int, >= 3
    rng : numpy.random.Generator
    distance : float
        > 0: diagonally stable; < 0: not, though (for small distances) Hurwitz.
    skew : float, >= 0
        Size of the skew part relative to the symmetric part.
    spread : float, >= 0
        Standard deviation of the logarithms by which rows and columns are scaled at the end.
    rank : int, >= 0
        Of the refuting matrix; 0 takes n / 4, at least 1.

    Returns
    -------
    (N, N), (N,), (N, N) float arrays
        A; the q that proves it if distance > 0; the H that refutes it if distance < 0.

    Notes
    -----
    With H = V V' and S positive semidefinite on the complement of V, A = K - S - distance I for a skew K with
    diag(K H) = 0: then A + A' = -2 S - 2 distance I, and diag(A H) = -distance diag(H).
    """
    rank = rank or max(1, n // 4)
    base, _ = np.linalg.qr(rng.normal(size=(n, n)))
    v, rest = base[:, :rank], base[:, rank:]
    h = (v * rng.uniform(0.5, 1.5, rank)) @ v.T
    s = (rest * rng.uniform(0.1, 1.5, n - rank)) @ rest.T
    k = rng.normal(size=(n, n)) / np.sqrt(n)
    k = skew * (k - k.T)
    gram = (np.diag((h * h).sum(1)) - h * h) / 2
    shift, *_ = np.linalg.lstsq(gram, np.einsum("ij,ji->i", k, h), rcond=None)
    k = k - (shift[:, None] * h - h * shift) / 2
    a = k - s - distance * np.eye(n)
    left, right = np.exp(spread * rng.normal(size=(2, n)))
    dual = h * right[:, None] ** -1 / right
    q = right / left
    return left[:, None] * a * right, q / q.mean(), (dual + dual.T) / (2 * np.trace(dual))
