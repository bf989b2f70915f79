"""Temporal attention: the state of now is drawn from the states of all windows so far.

References
----------
Khajehnejad et al. (2024), arXiv:2410.00665, the temporal attention layer.
"""

from __future__ import annotations

import math

import torch
from torch import nn

from interplay.represent.architecture import Architecture
from interplay.tensors import SnapshotTensors


class TemporalAttention(nn.Module):
    """One head; its weights are one number per window, shared by all nodes.

    Parameters
    ----------
    hidden : int
        H.

    Notes
    -----
    With M_t the state of the recurrence at t, M_τ for τ < t the attended states of before, and m their summary (the
    history node's row, or the mean over the present nodes): α = softmax over τ of q(m_t) · k(m_τ) / √H, and
    H_t = Σ_τ α_τ v(M_τ). No residual and no norm, as published; H_0 is not among the states. Keys and values are
    computed once per window. The published keys have a bias; it adds the same to every score, which the softmax takes
    away again, so that it could never be trained and is left out.
    """

    def __init__(self, hidden: int) -> None:
        super().__init__()
        self.query, self.value = nn.Linear(hidden, hidden), nn.Linear(hidden, hidden)
        self.key = nn.Linear(hidden, hidden, bias=False)
        self._root = math.sqrt(hidden)

    def forward(
        self, state: torch.Tensor, summary: torch.Tensor, keys: list[torch.Tensor], values: list[torch.Tensor]
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Attend.

        Parameters
        ----------
        state : (n, H) tensor
            M_t.
        summary : (H,) tensor
            m_t.
        keys : list of (H,) tensors
        values : list of (n, H) tensors
            Of the windows before that are in reach.

        Returns
        -------
        attended : (n, H) tensor
            H_t.
        alpha : (len(keys) + 1,) tensor
        """
        alpha = torch.softmax(torch.stack([*keys, self.key(summary)]) @ self.query(summary) / self._root, 0)
        attended = torch.tensordot(alpha, torch.stack([*values, self.value(state)]), 1)
        return attended, alpha


def pooling(data: SnapshotTensors, architecture: Architecture) -> torch.Tensor:
    """Give the weights whose sum over the nodes is a window's summary.

    Parameters
    ----------
    data : SnapshotTensors
    architecture : Architecture

    Returns
    -------
    (T, n) float tensor
        1 for the history node, or equal shares of the present nodes (0 everywhere if there are none).
    """

    def make() -> torch.Tensor:
        if architecture.query == "history":
            last = torch.zeros_like(data.present, dtype=data.weight.dtype)
            last[:, -1] = 1
            return last
        here = data.present.to(data.weight.dtype)
        return here / here.sum(1, keepdim=True).clamp(min=1)

    return data.remember(("pooling", architecture.query), make)


def reach(past: int, architecture: Architecture) -> int:
    """Count the windows before that attention reaches.

    Parameters
    ----------
    past : int, >= 0
        Windows there are.
    architecture : Architecture

    Returns
    -------
    int
    """
    return past if architecture.window is None else min(past, architecture.window - 1)
