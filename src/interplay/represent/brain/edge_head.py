"""Weights of edges from the vectors of their ends, for the pairs that are asked for and no others."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

#: Widths of the two hidden layers, as published.
WIDE, NARROW = 512, 128


class EdgeHead(nn.Module):
    """Three linear layers with ReLU on the vectors of source and target, side by side.

    Parameters
    ----------
    width : int
        D.

    Notes
    -----
    The first layer is linear before its ReLU, so it is applied once per region and end, W_a h_src + W_b h_dst + b, and
    added up per pair: R products of D x 512 twice, in the place of one of 2 D x 512 per pair. Order counts: the two
    directions of a pair have scores of their own.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = nn.Linear(2 * width, WIDE)
        self.second = nn.Linear(WIDE, NARROW)
        self.last = nn.Linear(NARROW, 1)

    def forward(self, vectors: Tensor, pairs: Tensor) -> Tensor:
        """Score pairs.

        Parameters
        ----------
        vectors : (B, R, D) float tensor
        pairs : (3, n) int64 tensor
            Scan, source and target of each.

        Returns
        -------
        (n,) float tensor
        """
        n = vectors.shape[1]
        a, b = self.first.weight.chunk(2, dim=1)
        flat = vectors.flatten(0, 1)
        sources = functional.linear(flat, a, self.first.bias)
        targets = functional.linear(flat, b)
        scan, src, dst = pairs
        hidden = torch.relu_(sources.index_select(0, scan * n + src) + targets.index_select(0, scan * n + dst))
        return cast(Tensor, self.last(torch.relu_(self.second(hidden)))[:, 0])

    def both(self, vectors: Tensor, pairs: Tensor) -> Tensor:
        """Score pairs without direction: the mean of both orders, (n,)."""
        return cast(Tensor, self(vectors, pairs) + self(vectors, pairs[[0, 2, 1]])) / 2
