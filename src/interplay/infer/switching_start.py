"""Where a switching model starts: stretches of time grouped by what a single model leaves unexplained in them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from interplay.infer.emissions import Emission
from interplay.infer.switching_design import Design
from interplay.infer.switching_em import Parameters

Floats = NDArray[np.float64]


def stretch_scores(
    data: Design, at: Parameters, emission: Emission, length: int, dimensions: int
) -> tuple[Floats, NDArray[np.int64]]:
    """Describe each stretch by the direction in which it would pull the parameters of a single model.

    Parameters
    ----------
    data : Design
    at : Parameters
        Of a model with one state.
    emission : Emission
    length : int, samples
    dimensions : int
        Principal components kept.

    Returns
    -------
    scores : (B, dimensions) float64 array
    owner : (T,) int64 array
        Which stretch each sample is in.
    """
    score, fisher = emission.score(data.x, data.h @ at.weight[0].T + at.bias[0], data.known.astype(float), at.noise)
    n = score.shape[1]
    size = np.diff(data.pointer)
    count = np.maximum(size // length, 1)
    within = np.arange(len(score)) - np.repeat(data.pointer[:-1], size)
    owner = np.repeat(np.cumsum(count) - count, size) + np.minimum(within // length, np.repeat(count, size) - 1)
    edge = np.flatnonzero(np.diff(owner, prepend=-1))
    reach = np.sqrt(fisher.sum(axis=0))[:, None] * np.sqrt((data.h**2).mean(axis=0))[None, :]
    pulls = np.empty((len(edge), n * (n + 1)))
    for b, (low, high) in enumerate(zip(edge, [*edge[1:], len(score)], strict=True)):
        pull = score[low:high].T @ data.h[low:high] / np.maximum(reach, 1e-12)
        level = score[low:high].sum(axis=0) / np.maximum(np.sqrt(fisher.sum(axis=0)), 1e-12)
        pulls[b] = np.concatenate([pull.ravel(), level])
    pulls -= pulls.mean(axis=0)
    left, strength, _ = np.linalg.svd(pulls, full_matrices=False)
    keep = min(dimensions, len(strength))
    return left[:, :keep] * strength[:keep], owner


def grouped(points: Floats, n_groups: int, rng: np.random.Generator, rounds: int = 50) -> NDArray[np.int64]:
    """Group points by k-means: seeds drawn by squared distance, then alternation.

    Parameters
    ----------
    points : (B, D) float64 array
    n_groups : int
    rng : numpy.random.Generator
    rounds : int
        At most so many alternations.

    Returns
    -------
    (B,) int64 array
    """
    centre = points[rng.integers(len(points))][None]
    for _ in range(n_groups - 1):
        far = ((points[:, None] - centre) ** 2).sum(axis=2).min(axis=1)
        chance = far / far.sum() if far.sum() > 0 else np.full(len(far), 1 / len(far))
        centre = np.vstack([centre, points[rng.choice(len(points), p=chance)]])
    label = np.zeros(len(points), dtype=np.int64)
    for _ in range(rounds):
        found = ((points[:, None] - centre) ** 2).sum(axis=2).argmin(axis=1)
        if (found == label).all():
            break
        label = found
        for k in range(n_groups):
            if (label == k).any():
                centre[k] = points[label == k].mean(axis=0)
    return label


def soft(label: NDArray[np.int64], n_states: int, sure: float = 0.8) -> Floats:
    """Turn labels into probabilities that leave some doubt."""
    out = np.full((len(label), n_states), (1 - sure) / max(n_states - 1, 1))
    out[np.arange(len(label)), label] = sure if n_states > 1 else 1.0
    return out
