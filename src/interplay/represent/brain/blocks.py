"""What every transformer here is built of: attention, a pre-norm block, and codes of place."""

from __future__ import annotations

import math
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional


class SelfAttention(nn.Module):
    """Scaled dot-product attention of tokens among themselves, without ever laying out its weights.

    Parameters
    ----------
    width : int
        D, a multiple of `heads`.
    heads : int
    """

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.fc_out = nn.Linear(width, width)

    def forward(self, x: Tensor, present: Tensor | None = None) -> Tensor:
        """Mix (B, N, D) tokens; nobody listens to tokens that are not `present`, (B, N) bool."""
        q, k, v = self._parts(x)
        out = functional.scaled_dot_product_attention(q, k, v, attn_mask=_mask(present))
        return cast(Tensor, self.fc_out(out.transpose(1, 2).flatten(2)))

    def weights(self, x: Tensor, present: Tensor | None = None) -> Tensor:
        """Give the attention weights, (B, H, N, N); rows are who listens and sum to one."""
        q, k, _ = self._parts(x)
        score = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])
        mask = _mask(present)
        return torch.softmax(score if mask is None else score.masked_fill(~mask, -math.inf), dim=-1)

    def _parts(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        q, k, v = self.qkv(x).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        return q, k, v


def _mask(present: Tensor | None) -> Tensor | None:
    return None if present is None else present[:, None, None, :]


class TransformerBlock(nn.Module):
    """Pre-norm block: attention, then two linear layers with GELU, each added to what came in.

    Parameters
    ----------
    width, heads, hidden : int
        D, heads, and the width between the two layers.
    dropout : float
        Of what either half adds.
    """

    def __init__(self, width: int, heads: int, hidden: int, dropout: float = 0.1) -> None:
        super().__init__()
        self.attn = SelfAttention(width, heads)
        self.norm1 = nn.LayerNorm(width)
        self.norm2 = nn.LayerNorm(width)
        self.mlp = nn.Sequential(nn.Linear(width, hidden), nn.GELU(), nn.Linear(hidden, width))
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, present: Tensor | None = None) -> Tensor:
        """Map (B, N, D) tokens to (B, N, D)."""
        x = x + self.dropout(self.attn(self.norm1(x), present))
        return cast(Tensor, x + self.dropout(self.mlp(self.norm2(x))))


class LearntPlaces(nn.Module):
    """A vector per region, learnt; begins as standard normal numbers."""

    def __init__(self, count: int, width: int) -> None:
        super().__init__()
        self.pe = nn.Parameter(torch.randn(count, width))

    def forward(self, x: Tensor, places: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Add the code to (B, R, D); give the sum and the code."""
        return x + self.pe, self.pe.expand_as(x)


class GivenPlaces(nn.Module):
    """Coordinates that come from outside, (R, G), as those of functional gradients: LayerNorm(x + a W g).

    Parameters
    ----------
    count : int
        G.
    width : int
        D.
    """

    def __init__(self, count: int, width: int) -> None:
        super().__init__()
        self.proj = nn.Linear(count, width)
        self.ln = nn.LayerNorm(width)
        self.alpha = nn.Parameter(torch.tensor(0.1))

    def forward(self, x: Tensor, places: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Add the code of (R, G) or (B, R, G) places to (B, R, D); give the normalised sum and the code."""
        code = self.alpha * self.proj(places)
        return self.ln(x + code), code.expand_as(x)


class NoPlaces(nn.Module):
    """No code: what follows cannot tell regions apart but by what they do."""

    def forward(self, x: Tensor, places: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Leave (B, R, D) as it is; the code is 0."""
        return x, torch.zeros_like(x)


def sinusoids(count: int, width: int, like: Tensor) -> Tensor:
    """Give the code of places 0 ... count - 1 by sines and cosines of falling frequency, (count, width).

    Vaswani et al. (2017), section 3.5: even columns sin(p / 10000^(2i / D)), odd ones the cosine.
    """
    place = torch.arange(count, device=like.device, dtype=torch.float64)[:, None]
    rate = torch.exp(torch.arange(0, width, 2, device=like.device, dtype=torch.float64) * (-math.log(1e4) / width))
    out = torch.empty(count, width, device=like.device, dtype=torch.float64)
    out[:, 0::2] = torch.sin(place * rate)
    out[:, 1::2] = torch.cos(place * rate)[:, : width // 2]
    return out.to(like.dtype)
