"""Attention over the last events of a node, with its projections moved to the side where there is less to project."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import nn
from torch.autograd.function import once_differentiable

from interplay.ops.recent_attention import pool_recent, pull_recent


class _Pooling(torch.autograd.Function):
    """`pool_recent` and its slopes; none of `told`, which is data."""

    @staticmethod
    def forward(
        ctx: Any,
        rows: torch.Tensor,
        code: torch.Tensor,
        turned: torch.Tensor,
        keep: torch.Tensor,
        place: torch.Tensor,
        told: torch.Tensor,
        held: torch.Tensor,
        root: float,
    ) -> torch.Tensor:
        share, pooled = torch.empty_like(keep), torch.empty_like(turned)
        given = [x.detach().contiguous() for x in (rows, place, told, code, held, turned, keep)]
        arrays: list[Any] = [*(x.numpy() for x in given), root, share.numpy(), pooled.numpy()]
        pool_recent(*arrays)
        ctx.save_for_backward(*given, share)
        ctx.root = root
        return pooled

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *given_slopes: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        *given, share = ctx.saved_tensors
        rows, _, _, code, _, turned, keep = given
        slopes = [torch.zeros_like(x) for x in (rows, code, turned, keep)]
        after = (share, given_slopes[0].contiguous(), *slopes)
        arrays: list[Any] = [*(x.numpy() for x in given), ctx.root, *(x.numpy() for x in after)]
        pull_recent(*arrays)
        return (*slopes, None, None, None, None)


class RecentAttention(nn.Module):
    """Multi-head attention of Q nodes, each over K vectors of its own, beside a linear map of the node itself.

    Parameters
    ----------
    own : int
        Numbers of a node.
    width : int
        F, numbers of a vector that is attended to.
    out : int
        D, a multiple of `heads`.
    heads : int, >= 1
    dropout : float, in [0, 1)
        Of the attention weights, while training.

    Notes
    -----
    ``out = skip(own) + sum_k a_k V x_k`` per head, a = softmax over k of ``(W own) . (U x_k) / sqrt(D / heads)``.
    Since ``(W own) . (U x) = (U' W own) . x`` and ``sum_k a_k V x_k = V sum_k a_k x_k``, neither keys nor values of the
    Q K vectors are ever made, nor the vectors themselves: O(Q H F (D / H + K)) instead of O(Q K F D). Keys need no bias
    (the softmax takes it away); values have none, so that a node without events is ``skip(own)``.

    References
    ----------
    Vaswani et al. (2017), NeurIPS 30, equation 1; the skip as Shi et al. (2021), IJCAI, equation 3.
    """

    def __init__(self, own: int, width: int, out: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads, self.dropout = heads, dropout
        self._root = math.sqrt(out // heads)
        self.query, self.skip = nn.Linear(own, out), nn.Linear(own, out)
        self.key, self.value = nn.Parameter(torch.empty(out, width)), nn.Parameter(torch.empty(out, width))
        for weight in (self.key, self.value):
            nn.init.xavier_uniform_(weight)

    def forward(
        self,
        own: torch.Tensor,
        rows: torch.Tensor,
        place: torch.Tensor,
        told: torch.Tensor,
        code: torch.Tensor,
        held: torch.Tensor,
        weights: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Attend.

        Parameters
        ----------
        own : (Q, own) tensor
        rows : (n, D) tensor
        place : (Q, K) int64 tensor
            Which row the first part of each vector is.
        told : (Q, K, R) tensor
            Second parts, without a gradient.
        code : (Q, K, W) tensor
            Third parts; D + R + W = F.
        held : (Q,) int64 tensor
            How many of the K vectors there are: the first ones.
        weights : (Q, K) tensor or None
            Multiply the attention weights, after the softmax; with a gradient.

        Returns
        -------
        (Q, out) tensor
        """
        asked = self.query(own).view(len(own), self.heads, -1).transpose(0, 1)
        key = self.key.view(self.heads, -1, self.key.shape[1])
        turned = torch.bmm(asked, key).transpose(0, 1).contiguous()
        keep = torch.ones(len(own), self.heads, place.shape[1], dtype=own.dtype)
        keep = nn.functional.dropout(keep, self.dropout, self.training)
        if weights is not None:
            keep = keep * weights[:, None, :].to(own.dtype)
        pooled = _Pooling.apply(rows, code, turned, keep, place, told, held, self._root)  # type: ignore[no-untyped-call]
        found = torch.bmm(pooled.transpose(0, 1), self.value.view_as(key).transpose(1, 2))
        out: torch.Tensor = found.transpose(0, 1).flatten(1) + self.skip(own)
        return out

    @torch.no_grad()
    def shares(
        self,
        own: torch.Tensor,
        rows: torch.Tensor,
        place: torch.Tensor,
        told: torch.Tensor,
        code: torch.Tensor,
        held: torch.Tensor,
    ) -> torch.Tensor:
        """Give the attention weights, mean over the heads, (Q, K); the arguments are those of `forward`."""
        asked = self.query(own).view(len(own), self.heads, -1)
        turned = torch.einsum("qhd,hdf->qhf", asked, self.key.view(self.heads, -1, self.key.shape[1]))
        found = torch.einsum("qhf,qkf->qhk", turned, torch.cat([rows[place], told, code], -1)) / self._root
        there = torch.arange(place.shape[1]) < held[:, None]
        share: torch.Tensor = torch.softmax(found.masked_fill(~there[:, None], -1e30), -1).mean(1) * there
        return share
