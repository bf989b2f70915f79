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
    hidden, asked = [], []
    for b in range(n_batch):
        generator = stream(seed, "mask", *key, int(which[b]))
        ends, ordered = _drawn(b, table[b], np.flatnonzero(there[b]), share, generator)
        hidden.append(np.stack([np.full(ends.shape[1], b), *ends]))
        asked.append(np.stack([np.full(ordered.shape[1], b), *ordered]))
    gone, pairs = (torch.from_numpy(np.concatenate(part, axis=1)).to(weights.device) for part in (hidden, asked))
    seen = weights.clone()
    seen[gone[0], gone[1], gone[2]] = 0
    seen[gone[0], gone[2], gone[1]] = 0
    return HiddenEdges(seen, pairs, weights[pairs[0], pairs[1], pairs[2]])


def _drawn(
    b: int, matrix: NDArray[np.float32], there: NDArray[np.int64], share: float, generator: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give the ends of hidden pairs, lower first, (2, n), and source and target of what is asked, (2, n or 2 n)."""
    if len(there) < 2:
        raise DataError(
            f"structure must have at least two regions to hide an edge, but scan {b} of the batch has {len(there)}. "
            "Leave the scan out of training."
        )
    ends = np.stack(np.triu_indices(len(there), k=1))
    chosen = np.sort(generator.permutation(ends.shape[1])[: max(1, round(share * ends.shape[1]))])
    ends = there[ends[:, chosen]]
    if np.abs(matrix - matrix.T).max() > _SAME * np.abs(matrix).max():
        return ends, np.concatenate([ends, ends[::-1]], axis=1)
    turned = generator.random(ends.shape[1]) < 0.5
    return ends, np.where(turned, ends[::-1], ends)
