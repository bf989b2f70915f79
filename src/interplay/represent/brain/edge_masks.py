"""Edges that are hidden in training: gone from everything the network reads, in both directions."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from interplay._core.errors import DataError
from interplay._core.rng import stream

#: Difference of the two directions, as a share of the largest entry, up to which a matrix counts as symmetric.
_SAME = 1e-6


class HiddenEdges(NamedTuple):
    """What may be seen, and what is asked for.

    Attributes
    ----------
    seen : (B, R, R) float tensor
        The matrices with 0 where an edge is hidden, both directions.
    pairs : (3, n) int64 tensor
        Scan in the batch, source, target of what is asked for.
    truth : (n,) float tensor
        Their weights.
    """

    seen: Tensor
    pairs: Tensor
    truth: Tensor


def hide_edges(
    weights: Tensor,
    present: Tensor | None = None,
    *,
    share: float,
    seed: int,
    key: tuple[int | str, ...] = (),
    rows: NDArray[np.int64] | None = None,
) -> HiddenEdges:
    """Hide a share of the pairs of every scan, whether they have an edge or not.

    Parameters
    ----------
    weights : (B, R, R) float tensor
        ``[src, dst]``.
    present : (B, R) bool tensor or None
        Pairs are drawn among regions that are there.
    share : float, in (0, 1)
        The nearest number of pairs, at least one.
    seed : int, >= 0
    key : tuple of int and str
        Stage and epoch.
    rows : (B,) int array or None
        What tells the scans apart in the draw; None: their place in the batch.

    Returns
    -------
    HiddenEdges
        A pair of a symmetric matrix is asked for once, in a direction that is drawn with it; of any other matrix, both
        directions are asked for.

    Raises
    ------
    DataError
        If a scan has fewer than two regions.

    Notes
    -----
    An entry on the diagonal is never hidden. A matrix counts as symmetric if its directions differ by at most 1e-6 of
    its largest entry. Hidden and absent edges look alike: both are 0.
    """
    n_batch, n, _ = weights.shape
    table = weights.detach().cpu().numpy()
    there = np.ones((n_batch, n), bool) if present is None else present.cpu().numpy()
    which = np.arange(n_batch) if rows is None else rows
    parts = []
    for b in range(n_batch):
        generator = stream(seed, "mask", *key, int(which[b]))
        parts.append(_drawn(b, table[b], np.flatnonzero(there[b]), share, generator))
    scan, low, high, asked = (np.concatenate(column) for column in zip(*parts, strict=True))
    seen = weights.clone()
    index = [torch.from_numpy(x).to(weights.device) for x in (scan, low, high)]
    seen[index[0], index[1], index[2]] = 0
    seen[index[0], index[2], index[1]] = 0
    pairs = np.concatenate(
        [np.stack([scan, low, high])[:, asked != 2], np.stack([scan, high, low])[:, asked != 1]], axis=1
    )
    chosen = torch.from_numpy(pairs).to(weights.device)
    return HiddenEdges(seen, chosen, weights[chosen[0], chosen[1], chosen[2]])


def _drawn(
    b: int, matrix: NDArray[np.float32], there: NDArray[np.int64], share: float, generator: np.random.Generator
) -> tuple[NDArray[np.int64], ...]:
    """Scan, lower and higher end of the hidden pairs, and what is asked: 0 both, 1 low to high, 2 high to low."""
    if len(there) < 2:
        raise DataError(
            f"structure must have at least two regions to hide an edge, but scan {b} of the batch has {len(there)}. "
            "Leave the scan out of training."
        )
    low, high = np.triu_indices(len(there), k=1)
    count = max(1, round(share * len(low)))
    chosen = np.sort(generator.permutation(len(low))[:count])
    coin = generator.integers(1, 3, size=count)
    symmetric = np.abs(matrix - matrix.T).max() <= _SAME * np.abs(matrix).max()
    asked = coin if symmetric else np.zeros(count, np.int64)
    return np.full(count, b), there[low[chosen]], there[high[chosen]], asked
