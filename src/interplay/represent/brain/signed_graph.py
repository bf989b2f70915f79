"""The signed graph transformer: attention that a graph scales, cuts and turns round."""

from __future__ import annotations

import math
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from interplay.represent.brain.functional import region_places
from interplay.represent.brain.positions import EIGENVECTORS, laplacian_positions

#: Terms of the diffusion series, and how much each counts less than the one before, as published.
TERMS, THETA = 9, 0.1


class _SignedSoftmax(torch.autograd.Function):
    """sign(e) exp|e| / sum exp|e| over the last axis, e = score * weight; only the outcome is kept for the gradient."""

    @staticmethod
    def forward(ctx: Any, score: Tensor, weight: Tensor, counted: Tensor | None) -> Tensor:
        e = score * weight
        size = e.abs()
        if counted is not None:
            size = size.masked_fill_(~counted, -math.inf)
        top = size.amax(dim=-1, keepdim=True).clamp_(min=0.0)
        size = size.sub_(top).exp_()
        size = size.div_(size.sum(dim=-1, keepdim=True).clamp_(min=1e-30))
        out = size.mul_(e.sign_())
        ctx.save_for_backward(out, weight)
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *slopes: Tensor) -> tuple[Tensor | None, ...]:
        out, weight = ctx.saved_tensors
        (slope,) = slopes
        pull = (slope * out).sum(dim=-1, keepdim=True)
        # d|e| = p (g sign - pull), and e moves |e| by its sign: p g - out * pull.
        return (out.abs() * slope - out * pull) * weight, None, None


class SignedAttention(nn.Module):
    """Attention whose scores are multiplied with a graph before a softmax that keeps their sign."""

    def __init__(self, width: int, heads: int, dropout: float, *, mask_absent: bool = False) -> None:
        super().__init__()
        self.heads, self.mask_absent = heads, mask_absent
        self.q_linear = nn.Linear(width, width)
        self.k_linear = nn.Linear(width, width)
        self.v_linear = nn.Linear(width, width)
        self.out_linear = nn.Linear(width, width)
        self.dropout = nn.Dropout(dropout)

    def weights(self, x: Tensor, graphs: Tensor, present: Tensor | None) -> Tensor:
        """Give the signed weights, (B, H, R, R), mean over K graphs (B, K, R, R)."""
        q, k = (self._split(layer(x)) for layer in (self.q_linear, self.k_linear))
        score = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])
        total: Tensor | None = None
        for hop in range(graphs.shape[1]):
            graph = graphs[:, hop, None]
            counted = None if present is None else present[:, None, None, :]
            if self.mask_absent:
                counted = graph != 0 if counted is None else counted & (graph != 0)
            found = cast(Tensor, _SignedSoftmax.apply(score, graph.to(score.dtype), counted))  # type: ignore[no-untyped-call]
            total = found if total is None else total + found
        assert total is not None
        return total if graphs.shape[1] == 1 else total / graphs.shape[1]

    def forward(self, x: Tensor, graphs: Tensor, present: Tensor | None) -> Tensor:
        """Mix (B, R, D) tokens."""
        attention = self.dropout(self.weights(x, graphs, present))
        mixed = attention.to(x.dtype) @ self._split(self.v_linear(x))
        return cast(Tensor, self.out_linear(mixed.transpose(1, 2).flatten(2)))

    def _split(self, x: Tensor) -> Tensor:
        return x.reshape(*x.shape[:-1], self.heads, -1).transpose(1, 2)


class SignedGraphLayer(nn.Module):
    """Post-norm layer: signed attention, then two linear layers with ReLU; 198 272 parameters at width 128."""

    def __init__(self, width: int, heads: int, dropout: float, *, mask_absent: bool = False) -> None:
        super().__init__()
        self.attention = SignedAttention(width, heads, dropout, mask_absent=mask_absent)
        self.layer_norm1 = nn.LayerNorm(width)
        self.layer_norm2 = nn.LayerNorm(width)
        self.ffn = nn.Sequential(nn.Linear(width, 4 * width), nn.ReLU(), nn.Linear(4 * width, width))
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, graphs: Tensor, present: Tensor | None) -> Tensor:
        """Map (B, R, D) to (B, R, D)."""
        x = self.layer_norm1(x + self.attention(x, graphs, present))
        return cast(Tensor, self.layer_norm2(x + self.dropout(self.ffn(x))))


class SignedGraphTransformer(nn.Module):
    """Regions as tokens, and a signed weighted graph that scales what they say to each other.

    Parameters
    ----------
    n_regions, n_features : int
        R, and the length of a region's features (R where they are its row of the matrix).
    width, heads, layers : int
    dropout : float
    attention : {"first_hop", "multi_hop", "diffusion"}
    positions : {"learnable", "laplacian", "gradient", "none"}
    n_places : int
        Coordinates for "gradient".
    hops : int, >= 1
        Of "multi_hop".
    theta : float
        Of "diffusion".
    mask_absent : bool
        Leave pairs without an edge out of the denominator; as published they count there, with exp(0) = 1.
    highest : bool
        Laplacian positions of the highest frequencies, as published; otherwise the lowest but the first.
    """

    def __init__(
        self,
        n_regions: int,
        n_features: int,
        *,
        width: int = 128,
        heads: int = 4,
        layers: int = 6,
        dropout: float = 0.1,
        attention: str = "first_hop",
        positions: str = "learnable",
        n_places: int = 10,
        hops: int = 2,
        theta: float = THETA,
        mask_absent: bool = False,
        highest: bool = False,
    ) -> None:
        super().__init__()
        self.kind, self.hops, self.theta, self.highest = attention, hops, theta, highest
        self.input_proj = nn.Linear(n_features, width)
        self.by_graph = positions == "laplacian"
        if self.by_graph:
            self.positional_proj = nn.Linear(EIGENVECTORS, width)
        else:
            self.pos_enc = region_places(positions, n_regions, n_places, width)
        self.layers = nn.ModuleList(
            SignedGraphLayer(width, heads, dropout, mask_absent=mask_absent) for _ in range(layers)
        )

    def forward(
        self, features: Tensor, weights: Tensor, present: Tensor | None = None, places: Tensor | None = None
    ) -> Tensor:
        """Read regions.

        Parameters
        ----------
        features : (B, R, F) float tensor
        weights : (B, R, R) float tensor
            ``[src, dst]``, signed; 0 where there is no edge or a region is missing. Region r listens along row r.
        present : (B, R) bool tensor or None
        places : (R, G) float tensor or None

        Returns
        -------
        (B, R, D) tensor
        """
        x, graphs = self._tokens(features, weights, places), self.graphs(weights)
        for layer in self.layers:
            x = layer(x, graphs, present)
        return x

    def weights(
        self, features: Tensor, weights: Tensor, present: Tensor | None = None, places: Tensor | None = None
    ) -> Tensor:
        """Signed attention, mean over layers and heads, (B, R, R); row = who listens. Arguments as in `forward`."""
        x, graphs = self._tokens(features, weights, places), self.graphs(weights)
        found = []
        for layer in cast(list[SignedGraphLayer], self.layers):
            found.append(layer.attention.weights(x, graphs, present).mean(dim=1))
            x = layer(x, graphs, present)
        return torch.stack(found).mean(dim=0)

    def graphs(self, weights: Tensor) -> Tensor:
        """Give the K matrices that scale attention, (B, K, R, R)."""
        if self.kind == "multi_hop":
            found, power = [weights], weights
            for _ in range(self.hops - 1):
                power = power @ weights
                power = power / (torch.linalg.matrix_norm(power, keepdim=True) + 1e-8)
                found.append(power)
            return torch.stack(found, dim=1)
        if self.kind == "diffusion":
            return _diffusion(weights, self.theta)[:, None]
        return weights[:, None]

    def _tokens(self, features: Tensor, weights: Tensor, places: Tensor | None) -> Tensor:
        x: Tensor = self.input_proj(features)
        if not self.by_graph:
            return cast(Tensor, self.pos_enc(x, places)[0])
        code = laplacian_positions(weights, EIGENVECTORS, highest=self.highest)
        if self.training and not self.highest:
            # An eigenvector's sign is arbitrary: what is learnt must not hang on it.
            code = code * (2 * torch.randint(0, 2, code.shape[::2], device=code.device) - 1)[:, None]
        found: Tensor = x + self.positional_proj(code.to(x.dtype))
        return found


def _diffusion(weights: Tensor, theta: float) -> Tensor:
    """I + sum over k of theta^k (D^-1/2 W D^-1/2)^k, D the row sums of |W|; without an edge only the own row."""
    degree = weights.abs().sum(dim=-1)
    scale = torch.where(degree > 0, degree, 1.0).rsqrt() * (degree > 0)
    step = theta * scale[:, :, None] * weights * scale[:, None, :]
    out = torch.eye(weights.shape[-1], device=weights.device, dtype=weights.dtype).expand_as(weights).clone()
    power = out
    for _ in range(TERMS):
        power = power @ step
        out = out + power
    return out
