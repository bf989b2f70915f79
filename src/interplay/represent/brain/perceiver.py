"""The Perceiver of BrainSymphony: one latent per region reads all pairs of a region and a time, and restores series."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal, NamedTuple, cast, get_args

import torch
from torch import Tensor, nn
from torch.nn import functional

from interplay._core.errors import ConfigError, unknown_name
from interplay.represent.brain.blocks import TransformerBlock
from interplay.represent.brain.functional import CHANNELS, TAPS, ContextStream
from interplay.represent.brain.lattice import lattice_attention, region_shares

Path = Literal["lattice", "tokens"]


class _Parts(NamedTuple):
    """What the tokens are made of, centred over channels."""

    regions: Tensor  # (B, R, D)
    times: Tensor  # (B, T, D)
    taps: Tensor  # (D, 5)


class Perceiver(nn.Module):
    """Join the three functional streams: latents, one per region, attend to all R T tokens.

    A token is LayerNorm(W [roi_proj(region) | time_proj(time) | signal_proj(context channels)]). Nothing before the
    LayerNorm is curved, so it is a sum of a part of the region, one of the time, and five samples times a matrix, and
    its mean and variance are known without writing it down. "lattice" computes the attention from these sums
    (`interplay.ops.lattice_attention`), "tokens" writes the tokens down: the same numbers to rounding.

    Parameters
    ----------
    n_regions, n_times : int
        R and T.
    width : int
        D, of latents, and of region and time vectors.
    heads : int
        Of the attention to tokens and of the blocks.
    part : int
        Width of each of the three projections: 64 in the published weights, 128 in the published code.
    layers, hidden : int
        Blocks over the latents, and the width inside.
    dropout : float
        Of the blocks.
    path : {"lattice", "tokens"}
        Tensors that are not on the CPU always go by "tokens".

    Raises
    ------
    ConfigError
        If `path` is unknown.

    Notes
    -----
    Names and shapes of parameters are those of the published `fusion.pth`: 451 848 numbers at R = 450, T = 200.
    Dropout of attention weights (.1 in the published training) is left out: they are never laid out. Under autocast,
    "tokens" takes queries, keys and values to the narrow type; all else up to the latents stays in single precision,
    for the variance of a token is a small difference of large products.

    References
    ----------
    Jaegle et al. (2021), section 3; Khajehnejad et al. (2025), BrainSymphony, and its published weights.
    """

    def __init__(
        self,
        n_regions: int,
        n_times: int,
        *,
        width: int = 128,
        heads: int = 2,
        part: int = 64,
        layers: int = 1,
        hidden: int = 512,
        dropout: float = 0.1,
        path: Path = "lattice",
    ) -> None:
        super().__init__()
        if path not in get_args(Path):
            raise ConfigError(unknown_name("path", path, get_args(Path)))
        self.path = path
        self.latents = nn.Parameter(torch.randn(n_regions, width))
        self.input_proj = nn.Linear(3 * part, width)
        self.input_ln = nn.LayerNorm(width)
        # Holds the parameters under their published names and draws them as usual; its own forward is never called.
        self.cross_attn = nn.MultiheadAttention(width, heads, batch_first=True)
        self.cross_attn_norm = nn.LayerNorm(width)
        self.latent_transformers = nn.ModuleList(TransformerBlock(width, heads, hidden, dropout) for _ in range(layers))
        self.head = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, n_times))
        self.roi_proj = nn.Linear(width, part)
        self.time_proj = nn.Linear(width, part)
        self.signal_proj = nn.Linear(CHANNELS, part)

    def forward(
        self,
        regions: Tensor,
        times: Tensor,
        series: Tensor,
        context: ContextStream,
        positions: Tensor,
        present: Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Read all tokens and restore the series.

        Parameters
        ----------
        regions, times : (B, R, D), (B, T, D) float tensors
            Vectors of the spatial and of the temporal transformer.
        series : (B, R, T) float tensor
            What the model may see: masked already, 0 in regions that are missing.
        context : ContextStream
            Its convolution reads `series`.
        positions : (B, R, D) float tensor
            Code of the regions, added to the latents.
        present : (B, R) bool tensor or None
            Regions that are there. Others have no tokens and are listened to by nobody, but have a latent, which tells
            them from the rest. Latents of a scan without any find 0.

        Returns
        -------
        tuple of (B, R, T), (B, R, D) tensors
            Restored series, and the latents: the vectors of regions.
        """
        latents = self.cross_attn_norm(self.read(regions, times, series, context, positions, present))
        for block in self.latent_transformers:
            latents = block(latents, present)
        return self.head(latents), latents

    def read(
        self,
        regions: Tensor,
        times: Tensor,
        series: Tensor,
        context: ContextStream,
        positions: Tensor,
        present: Tensor | None = None,
    ) -> Tensor:
        """Give what the latents find in the tokens, (B, R, D), before it is normalised; arguments as in `forward`."""
        kind, series = series.device.type, series.to(self.latents.dtype)
        with _single(kind) as narrow:
            query, parts = self._queries(positions), self._parts(regions, times, context)
            if self.path == "tokens" or kind != "cpu":
                found = self._by_tokens(query, parts, series, present, narrow)
            else:
                found = self._by_lattice(query, parts, series, present)
            return cast(Tensor, self.cross_attn.out_proj(found.transpose(1, 2).flatten(2)))

    @torch.no_grad()
    def attention_by_region(
        self,
        regions: Tensor,
        times: Tensor,
        series: Tensor,
        context: ContextStream,
        positions: Tensor,
        present: Tensor | None = None,
    ) -> Tensor:
        """Give the attention that each latent pays to each region, summed over times, mean over heads.

        Parameters
        ----------
        regions, times, series, context, positions, present
            As in `forward`.

        Returns
        -------
        (B, R, R) float tensor
            Row: whose latent listens; column: to which region. Rows sum to one; columns of missing regions are 0.
        """
        series = series.to(self.latents.dtype)
        with _single(series.device.type):
            query, parts = self._queries(positions), self._parts(regions, times, context)
            scores, inverse = self._scores(query, parts), self._inverse(parts, series)
        if series.device.type == "cpu":
            return region_shares(*scores, series, inverse, present).mean(1).to(series.dtype)
        windows = _windows(series)
        found = torch.empty(*series.shape[:2], series.shape[1], device=series.device, dtype=series.dtype)
        for row in range(series.shape[1]):
            p, q, u = (part[:, :, row] for part in scores)
            score = p[..., None] + q[:, :, None] + torch.einsum("bhk,brtk->bhrt", u, windows)
            score = score * inverse[:, None]
            if present is not None:
                score = score.masked_fill(~present[:, None, :, None], -math.inf)
            found[:, row] = score.flatten(2).softmax(-1).view(score.shape).sum(-1).mean(1)
        return found if present is None else found.masked_fill(~present.any(1)[:, None, None], 0.0)

    def _split(self, x: Tensor) -> Tensor:
        """Turn (B, N, D) into (B, H, N, D / H)."""
        return x.view(*x.shape[:-1], self.cross_attn.num_heads, self.cross_attn.head_dim).transpose(1, 2)

    def _of_heads(self, weight: Tensor) -> Tensor:
        """Turn (D, ...) weights into (H, D / H, ...)."""
        return weight.view(self.cross_attn.num_heads, self.cross_attn.head_dim, *weight.shape[1:])

    def _queries(self, positions: Tensor) -> Tensor:
        """Give the queries of the latents, scaled, (B, H, R, D / H)."""
        attention = self.cross_attn
        weight, bias = attention.in_proj_weight.chunk(3)[0], attention.in_proj_bias.chunk(3)[0]
        query = functional.linear(self.latents + positions.to(self.latents.dtype), weight, bias)
        return self._split(query) / math.sqrt(attention.head_dim)

    def _parts(self, regions: Tensor, times: Tensor, context: ContextStream) -> _Parts:
        """Project regions, times and samples first; tokens are sums of the three."""
        by_region, by_time, by_signal = self.input_proj.weight.chunk(3, dim=1)
        kernel, start = context.conv1d.weight[:, 0], cast(Tensor, context.conv1d.bias)
        signal = by_signal @ self.signal_proj.weight
        taps = signal @ kernel
        constant = signal @ start + by_signal @ self.signal_proj.bias + self.input_proj.bias
        rows = functional.linear(self.roi_proj(regions.to(kernel.dtype)), by_region, constant)
        columns = functional.linear(self.time_proj(times.to(kernel.dtype)), by_time)
        rows, columns = rows - rows.mean(-1, keepdim=True), columns - columns.mean(-1, keepdim=True)
        return _Parts(rows, columns, taps - taps.mean(0))

    def _scores(self, query: Tensor, parts: _Parts) -> tuple[Tensor, Tensor, Tensor]:
        """Tell what region, time and samples bring to each score; what is the same for all tokens is left out."""
        key = self._of_heads(self.cross_attn.in_proj_weight.chunk(3)[1])
        seen = (query @ key) * self.input_ln.weight
        return (
            seen @ parts.regions[:, None].transpose(-2, -1),
            seen @ parts.times[:, None].transpose(-2, -1),
            seen @ parts.taps,
        )

    def _by_lattice(self, query: Tensor, parts: _Parts, series: Tensor, present: Tensor | None) -> Tensor:
        """Attended values of every latent and head, (B, H, R, D / H), from the three small sums."""
        m, n, y = lattice_attention(*self._scores(query, parts), series, self._inverse(parts, series), present)
        mean = m @ parts.regions[:, None] + n @ parts.times[:, None] + y @ parts.taps.T
        value = self._of_heads(self.cross_attn.in_proj_weight.chunk(3)[2])
        bias = self._of_heads(self.cross_attn.in_proj_bias.chunk(3)[2])
        found = (mean * self.input_ln.weight + self.input_ln.bias) @ value.transpose(1, 2) + bias[:, None]
        return found if present is None else found.masked_fill(~present.any(1)[:, None, None, None], 0.0)

    def _by_tokens(
        self, query: Tensor, parts: _Parts, series: Tensor, present: Tensor | None, narrow: torch.dtype | None
    ) -> Tensor:
        """Attended values of every latent and head, (B, H, R, D / H), from tokens that are written down."""
        tokens = parts.regions[:, :, None] + parts.times[:, None] + _windows(series) @ parts.taps.T
        tokens = functional.layer_norm(
            tokens, tokens.shape[-1:], self.input_ln.weight, self.input_ln.bias, self.input_ln.eps
        )
        kind = narrow or query.dtype
        weight, bias = self.cross_attn.in_proj_weight.to(kind).chunk(3), self.cross_attn.in_proj_bias.to(kind).chunk(3)
        flat = tokens.flatten(1, 2).to(kind)
        key, value = (self._split(functional.linear(flat, weight[i], bias[i])) for i in (1, 2))
        mask = None if present is None else present.repeat_interleave(series.shape[-1], dim=1)[:, None, None]
        found = functional.scaled_dot_product_attention(query.to(kind), key, value, attn_mask=mask, scale=1.0)
        return found.to(query.dtype)

    def _inverse(self, parts: _Parts, series: Tensor) -> Tensor:
        """Give 1 / sigma of every token, (B, R, T): the mean square of a sum of centred parts, from their products."""
        rows, columns, taps = parts
        windows = _windows(series)
        square = rows.square().sum(-1)[:, :, None] + columns.square().sum(-1)[:, None]
        square = square + 2.0 * rows @ columns.transpose(1, 2)
        mixed = 2.0 * ((rows @ taps)[:, :, None] + (columns @ taps)[:, None]) + windows @ (taps.T @ taps)
        square = square + (windows * mixed).sum(-1)
        # The mean square cannot be negative but by rounding.
        return torch.rsqrt(square.clamp(min=0.0) / len(taps) + self.input_ln.eps)


@contextmanager
def _single(kind: str) -> Iterator[torch.dtype | None]:
    """Leave autocast, and say to which type it would have taken what may be narrow."""
    if not torch.amp.is_autocast_available(kind):
        yield None
        return
    narrow = torch.get_autocast_dtype(kind) if torch.is_autocast_enabled(kind) else None
    with torch.autocast(kind, enabled=False):
        yield narrow


def _windows(series: Tensor) -> Tensor:
    """Give the five samples around every time, (B, R, T, 5), zeros beyond the ends."""
    return functional.pad(series, (TAPS // 2, TAPS // 2)).unfold(-1, TAPS, 1)
