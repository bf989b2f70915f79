"""TimeCode: elapsed times as waves of many lengths."""

from __future__ import annotations

import math

import torch
from torch import nn


class TimeCode(nn.Module):
    """cos(w t + b), with learnt w and b.

    Parameters
    ----------
    width : int, >= 1
        Waves.
    shortest, longest : float, s, > 0
        The first frequencies are one over times that are spread evenly, on a logarithmic scale, between these two.

    Notes
    -----
    TGN's code spreads them between 1 and 10^9 whatever the unit of time; `spread` sets them by the stream instead.

    References
    ----------
    Xu, Ruan, Korpeoglu, Kumar, Achan (2020), ICLR: equation 5 in the form with a phase that Rossi et al. (2020) use.
    """

    def __init__(self, width: int, shortest: float = 1.0, longest: float = 1e9) -> None:
        super().__init__()
        self.frequency = nn.Parameter(torch.empty(width))
        self.phase = nn.Parameter(torch.zeros(width))
        self.spread(shortest, longest)

    @torch.no_grad()
    def spread(self, shortest: float, longest: float) -> None:
        """Begin with waves between two lengths, in seconds."""
        steps = torch.linspace(math.log(shortest), math.log(max(longest, shortest)), len(self.frequency))
        self.frequency.copy_(torch.exp(-steps))

    def forward(self, elapsed: torch.Tensor) -> torch.Tensor:
        """Give the code of (...) times in seconds, (..., width)."""
        told = elapsed.to(self.frequency.dtype).unsqueeze(-1)
        return torch.cos(torch.addcmul(self.phase, told, self.frequency))


def elapsed(time: torch.Tensor, since: torch.Tensor) -> torch.Tensor:
    """Give the seconds from `since` to `time`, float64; 0 where `since` is -inf, which stands for never."""
    return torch.where(torch.isneginf(since), 0.0, time - since)
