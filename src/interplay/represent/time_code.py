"""TimeCode: elapsed times as waves of many lengths."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import nn
from torch.autograd.function import once_differentiable

from interplay.ops.waves import add_wave_slopes, write_waves


class _Waves(torch.autograd.Function):
    """`write_waves` and its slopes in frequency and phase; none in time, which is data."""

    @staticmethod
    def forward(ctx: Any, elapsed: torch.Tensor, frequency: torch.Tensor, phase: torch.Tensor) -> torch.Tensor:
        found = torch.empty(2, len(elapsed), len(frequency), dtype=frequency.dtype)
        cosine, sine = found.unbind()
        write_waves(*(x.detach().contiguous().numpy() for x in (elapsed, frequency, phase, cosine, sine)))
        ctx.save_for_backward(elapsed, sine)
        return cosine

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *slopes: torch.Tensor) -> tuple[None, torch.Tensor, torch.Tensor]:
        elapsed, sine = ctx.saved_tensors
        found = torch.zeros(2, sine.shape[1], dtype=torch.float64)
        add_wave_slopes(*(x.numpy() for x in (elapsed, sine, slopes[0].contiguous(), found[0], found[1])))
        frequency, phase = found.to(sine.dtype)
        return None, frequency, phase


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
    Angles are taken in float64 whatever the type of the parameters: a long time keeps its phase.

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
        """Give the code of (...) times in seconds, without a gradient of their own: (..., width)."""
        code: torch.Tensor = _Waves.apply(elapsed.double().flatten(), self.frequency, self.phase)  # type: ignore[no-untyped-call]
        return code.view(*elapsed.shape, len(self.frequency))


def elapsed(time: torch.Tensor, since: torch.Tensor) -> torch.Tensor:
    """Give the seconds from `since` to `time`, float64; 0 where `since` is -inf, which stands for never."""
    return torch.where(torch.isneginf(since), 0.0, time - since)
