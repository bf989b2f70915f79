"""Weights of edges from the vectors of their ends, for the pairs that are asked for and no others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional

#: Pairs that are worked on at once on a processor: what stays in its cache.
_CHUNK = 1024


class EdgeHead(nn.Module):
    """Three linear layers with ReLU on the vectors of source and target, side by side.

    Parameters
    ----------
    width : int
        D; the two hidden layers are 4 D and D wide, 512 and 128 as published.

    Notes
    -----
    The first layer is linear before its ReLU, so it is applied once per region and end, W_a h_src + W_b h_dst + b, and
    added up per pair: R products of D x 4 D twice, in the place of one of 2 D x 4 D per pair. The sums are made piece
    by piece, and once more on the way back; only the second layer, 4 D bytes per pair, is kept. Order counts: the
    two directions of a pair have scores of their own.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = nn.Linear(2 * width, 4 * width)
        self.second = nn.Linear(4 * width, width)
        self.last = nn.Linear(width, 1)

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
        weights = (x.to(sources.dtype) for x in (self.second.weight, self.second.bias, self.last.weight))
        hidden = _PairScores.apply(sources, targets, scan * n + src, scan * n + dst, *weights)  # type: ignore[no-untyped-call]
        return cast(Tensor, hidden + self.last.bias)

    def both(self, vectors: Tensor, pairs: Tensor) -> Tensor:
        """Score pairs without direction: the mean of both orders, (n,)."""
        return cast(Tensor, self(vectors, pairs) + self(vectors, pairs[[0, 2, 1]])) / 2


def _chunks(src: Tensor) -> Iterator[slice]:
    size = _CHUNK if src.device.type == "cpu" else 64 * _CHUNK
    return (slice(k, k + size) for k in range(0, len(src), size))


def _sums(sources: Tensor, targets: Tensor, src: Tensor, dst: Tensor) -> Tensor:
    """First hidden layer of some pairs."""
    return sources.index_select(0, src).add_(targets.index_select(0, dst)).relu_()


class _PairScores(torch.autograd.Function):
    """Second and third layer on relu(sources[src] + targets[dst]), without the last bias."""

    @staticmethod
    def forward(
        ctx: Any, sources: Tensor, targets: Tensor, src: Tensor, dst: Tensor, w: Tensor, b: Tensor, last: Tensor
    ) -> Tensor:
        narrow = torch.empty((len(src), len(b)), dtype=sources.dtype, device=sources.device)
        for k in _chunks(src):
            torch.addmm(b, _sums(sources, targets, src[k], dst[k]), w.T, out=narrow[k])
        narrow.relu_()
        ctx.save_for_backward(sources, targets, src, dst, w, last, narrow)
        return narrow @ last[0]

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, slope: Tensor) -> tuple[Tensor | None, ...]:
        sources, targets, src, dst, w, last, narrow = ctx.saved_tensors
        exact = torch.promote_types(sources.dtype, torch.float32)
        d_sources, d_targets = torch.zeros_like(sources, dtype=exact), torch.zeros_like(targets, dtype=exact)
        dw, db = torch.zeros_like(w, dtype=exact), torch.zeros_like(w[:, 0], dtype=exact)
        for k in _chunks(src):
            wide = _sums(sources, targets, src[k], dst[k])
            inner = (slope[k, None] * last).mul_(narrow[k] > 0)
            dw += inner.T @ wide
            db += inner.sum(dim=0)
            back = (inner @ w).mul_(wide > 0).to(exact)
            d_sources.index_add_(0, src[k], back)
            d_targets.index_add_(0, dst[k], back)
        found = (x.to(sources.dtype) for x in (d_sources, d_targets, dw, db))
        one, two, three, four = found
        return one, two, None, None, three, four, (slope @ narrow)[None]
