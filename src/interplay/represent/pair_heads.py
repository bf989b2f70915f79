"""PairHead: from two vectors to a logit, and the losses of links and of signs."""

from __future__ import annotations

import torch
from torch import nn

from interplay.tensors.event_batch import EventBatch


class PairHead(nn.Module):
    """``w . relu(A u + B v + b) + c``.

    Parameters
    ----------
    width : int
        Numbers of u and of v.
    hidden : int
    """

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.src, self.dst = nn.Linear(width, hidden), nn.Linear(width, hidden, bias=False)
        self.last = nn.Linear(hidden, 1)

    def forward(self, u: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
        """Give the logits of (B, D) sources and (B, D) destinations, (B,)."""
        return self.joined(self.src(u), self.dst(v))

    def joined(self, u: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
        """Give the logits where both sides went through their maps already."""
        found: torch.Tensor = self.last(torch.relu(u + v)).squeeze(-1)
        return found


def link_loss(positive: torch.Tensor, negative: torch.Tensor) -> torch.Tensor:
    """Cross entropy of pairs that met against pairs that did not, each side with its own mean, halved."""
    return 0.5 * (nn.functional.softplus(-positive).mean() + nn.functional.softplus(negative).mean())


def sign_loss(logit: torch.Tensor, batch: EventBatch, positive_share: torch.Tensor) -> torch.Tensor:
    """Cross entropy of signs, in which both signs weigh the same over the whole of training.

    Parameters
    ----------
    logit : (B,) tensor
    batch : EventBatch
        A weight above 0 is a positive sign, one below a negative; an event of weight 0 has no sign and no part.
    positive_share : () tensor, in (0, 1)
        Of the training events.
    """
    positive = batch.weight > 0
    share = torch.where(positive, positive_share, 1.0 - positive_share).to(logit.dtype)
    wrong = nn.functional.softplus(torch.where(positive, -logit, logit))
    return signed_mean(0.5 * wrong / share, batch)


def signed_mean(values: torch.Tensor, batch: EventBatch) -> torch.Tensor:
    """Give the mean of (B,) values over the events that have a sign; 0, with a gradient of 0, where none has one."""
    signed = batch.weight != 0
    return values[signed].mean() if bool(signed.any()) else 0.0 * values.sum()
