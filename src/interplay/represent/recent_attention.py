"""Attention over the last events of a node, with its projections moved to the side where there is less to project."""

from __future__ import annotations

import math

import torch
from torch import nn


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
    Q K vectors are ever made: O(Q H F (D / H + K)) instead of O(Q K F D). Keys need no bias (the softmax takes it
    away); values have none, so that a node without events is ``skip(own)``.

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
        self, own: torch.Tensor, seen: torch.Tensor, held: torch.Tensor, weights: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Attend.

        Parameters
        ----------
        own : (Q, own) tensor
        seen : (Q, K, F) tensor
        held : (Q, K) bool tensor
            Which of the vectors there are.
        weights : (Q, K) tensor or None
            Multiply the attention weights, after the softmax.

        Returns
        -------
        (Q, D) tensor
        """
        asked = self.query(own).view(len(own), self.heads, -1).transpose(0, 1)
        key = self.key.view(self.heads, -1, self.key.shape[1])
        value = self.value.view_as(key)
        turned = torch.bmm(asked, key).transpose(0, 1)
        score = torch.matmul(turned, seen.transpose(1, 2)) / self._root
        score = score.masked_fill(~held[:, None, :], -torch.inf)
        # A node without events has nothing to share a weight of one among.
        share = torch.softmax(score, 2).masked_fill(~held[:, None, :], 0.0)
        share = nn.functional.dropout(share, self.dropout, self.training)
        if weights is not None:
            share = share * weights[:, None, :]
        pooled = torch.matmul(share, seen).transpose(0, 1)
        found = torch.bmm(pooled, value.transpose(1, 2)).transpose(0, 1).flatten(1)
        return found + self.skip(own)
