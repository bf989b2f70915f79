"""Hiding edges of a graph: in both directions where it has none, and with the truth that is asked for."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from interplay._core.rng import stream
from interplay.represent.brain.masks import count_hidden


class HiddenEdges(NamedTuple):
    """Matrices with hidden entries, and what was there.

    Attributes
    ----------
    seen : (B, R, R) float tensor
        0 at every hidden entry: features, attention and positions come from nothing else.
    pairs : (n, 3) int64 tensor
        Matrix, source, target of the entries that are asked for. Of a symmetric matrix each hidden pair once, the lower
        number first where the sum of both is even, so that every region takes either part.
    truth : (n,) float tensor
        The hidden weights.
    """

    seen: Tensor
    pairs: Tensor
    truth: Tensor


def hide_edges(
    weights: Tensor,
    present: Tensor | None,
    *,
    share: float,
    seed: int,
    key: tuple[int | str, ...],
    rows: NDArray[np.int64],
) -> HiddenEdges:
    """Hide a share of the pairs of different regions, edges or not.

    Parameters
    ----------
    weights : (B, R, R) float tensor
        ``[src, dst]``; a matrix that equals its transpose is undirected.
    present : (B, R) bool tensor or None
        Regions that are there; at least two per matrix.
    share : float, in (0, 1)
    seed : int, >= 0
    key : tuple of int or str
        Stage and epoch.
    rows : (B,) int array
        Scans, which key the draws of each matrix for itself.

    Returns
    -------
    HiddenEdges
    """
    values = weights.detach().cpu().numpy()
    there = np.ones(values.shape[:2], bool) if present is None else present.cpu().numpy()
    found = []
    hidden = np.zeros(values.shape, bool)
    for b, s in enumerate(rows.tolist()):
        candidates = np.outer(there[b], there[b])
        undirected = np.array_equal(values[b], values[b].T)
        candidates = np.triu(candidates, 1) if undirected else candidates & ~np.eye(len(candidates), dtype=bool)
        src, dst = np.nonzero(candidates)
        order = stream(seed, "mask", *key, s).permutation(len(src))[: count_hidden(share, len(src))]
        src, dst = src[order], dst[order]
        hidden[b, src, dst] = True
        if undirected:
            hidden[b, dst, src] = True
            turn = (src + dst) % 2 == 1
            src, dst = np.where(turn, dst, src), np.where(turn, src, dst)
        found.append(np.stack([np.full(len(src), b), src, dst], axis=1))
    pairs = torch.from_numpy(np.concatenate(found)).to(weights.device)
    truth = weights[pairs[:, 0], pairs[:, 1], pairs[:, 2]]
    return HiddenEdges(weights.masked_fill(torch.from_numpy(hidden).to(weights.device), 0.0), pairs, truth)
