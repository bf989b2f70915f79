"""The streams that read function: regions as tokens, moments as tokens, and the neighbourhood of every sample."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from interplay.represent.brain.blocks import GivenPlaces, LearntPlaces, NoPlaces, TransformerBlock, sinusoids

#: Samples that the context stream sees at once, and its channels, as published.
TAPS, CHANNELS = 5, 64


def region_places(kind: str, n_regions: int, n_places: int, width: int) -> nn.Module:
    """Build the code of regions: "learnable", "gradient" (coordinates from outside) or "none"."""
    if kind == "learnable":
        return LearntPlaces(n_regions, width)
    return GivenPlaces(n_places, width) if kind == "gradient" else NoPlaces()


class SpatialTransformer(nn.Module):
    """Regions as tokens: each region's whole series is one token.

    Parameters
    ----------
    n_regions, n_times : int
        R and T; the first only sizes a learnt code.
    width, heads, hidden, layers : int
    dropout : float
    positions : {"learnable", "gradient", "none"}
    n_places : int
        G, coordinates of a region for "gradient".
    """

    def __init__(
        self,
        n_regions: int,
        n_times: int,
        *,
        width: int = 128,
        heads: int = 4,
        hidden: int = 512,
        layers: int = 6,
        dropout: float = 0.1,
        positions: str = "learnable",
        n_places: int = 10,
    ) -> None:
        super().__init__()
        self.embedding_layer = nn.Linear(n_times, width)
        self.mask_token = nn.Parameter(0.02 * torch.randn(width))
        self.pos_enc = region_places(positions, n_regions, n_places, width)
        self.layers = nn.ModuleList(TransformerBlock(width, heads, hidden, dropout) for _ in range(layers))

    def forward(
        self, x: Tensor, present: Tensor | None = None, hidden: Tensor | None = None, places: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Read regions.

        Parameters
        ----------
        x : (B, R, T) float tensor
        present : (B, R) bool tensor or None
            Regions that are there; the others are listened to by nobody.
        hidden : (B, R) bool tensor or None
            Regions whose series must not be seen: a learnt token stands in.
        places : (R, G) or (B, R, G) float tensor or None
            Coordinates of the regions, for positions="gradient".

        Returns
        -------
        tuple of (B, R, D), (B, R, D) tensors
            Vectors, and the code of places that went in.
        """
        tokens, code = self.tokens(x, hidden, places)
        for layer in self.layers:
            tokens = layer(tokens, present)
        return tokens, code

    def tokens(self, x: Tensor, hidden: Tensor | None, places: Tensor | None) -> tuple[Tensor, Tensor]:
        """Give what the first layer reads, (B, R, D), and the code of places."""
        if hidden is None:
            found = self.embedding_layer(x)
        else:
            found = self.embedding_layer(x.masked_fill(hidden[..., None], 0.0))
            found = torch.where(hidden[..., None], self.mask_token.to(found.dtype), found)
        return cast(tuple[Tensor, Tensor], self.pos_enc(found, places))

    def weights(self, x: Tensor, present: Tensor | None = None, places: Tensor | None = None) -> Tensor:
        """Attention among regions, mean over layers and heads, (B, R, R); row = who listens."""
        tokens, _ = self.tokens(x, None, places)
        found = []
        for layer in cast(list[TransformerBlock], self.layers):
            found.append(layer.attn.weights(layer.norm1(tokens), present).mean(dim=1))
            tokens = layer(tokens, present)
        return torch.stack(found).mean(dim=0)


class TemporalTransformer(nn.Module):
    """Moments as tokens: the state of all regions at one time is one token.

    Parameters
    ----------
    n_regions : int
        R.
    width, heads, hidden, layers : int
    dropout : float
    """

    def __init__(
        self,
        n_regions: int,
        *,
        width: int = 128,
        heads: int = 4,
        hidden: int = 512,
        layers: int = 6,
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        self.embedding_layer = nn.Linear(n_regions, width)
        self.mask_token = nn.Parameter(0.02 * torch.randn(width))
        self.layers = nn.ModuleList(TransformerBlock(width, heads, hidden, dropout) for _ in range(layers))

    def forward(self, x: Tensor, hidden: Tensor | None = None) -> Tensor:
        """Read moments.

        Parameters
        ----------
        x : (B, R, T) float tensor
            0 where a region is missing or must not be seen.
        hidden : (B, T) bool tensor or None
            Moments that must not be seen: a learnt token stands in.

        Returns
        -------
        (B, T, D) tensor
        """
        moments = x.transpose(1, 2)
        if hidden is None:
            tokens = self.embedding_layer(moments)
        else:
            tokens = self.embedding_layer(moments.masked_fill(hidden[..., None], 0.0))
            tokens = torch.where(hidden[..., None], self.mask_token.to(tokens.dtype), tokens)
        tokens = tokens + sinusoids(tokens.shape[1], tokens.shape[2], tokens)
        for layer in self.layers:
            tokens = layer(tokens)
        return cast(Tensor, tokens)


class ContextStream(nn.Module):
    """The neighbourhood of every sample: one convolution over time, shared by all regions, without a non-linearity.

    Notes
    -----
    Sizes are the published ones (5 samples, 64 channels, 2738 parameters). The decoder is used where samples are
    restored, and only for those.
    """

    def __init__(self) -> None:
        super().__init__()
        self.mask_token = nn.Parameter(torch.randn(1))
        self.conv1d = nn.Conv1d(1, CHANNELS, TAPS, padding=TAPS // 2)
        self.decoder = nn.Sequential(nn.Linear(CHANNELS, 32), nn.GELU(), nn.Linear(32, 8), nn.GELU(), nn.Linear(8, 1))

    def masked(self, x: Tensor, hidden: Tensor | None = None) -> Tensor:
        """Put the learnt number in the place of hidden samples; `hidden` is (B, R, T) bool."""
        return x if hidden is None else torch.where(hidden, self.mask_token.to(x.dtype), x)

    def features(self, x: Tensor) -> Tensor:
        """Give the channels of every sample of (B, R, T), (B, R, T, 64)."""
        return cast(Tensor, self.conv1d(x.flatten(0, 1)[:, None]).transpose(1, 2).unflatten(0, x.shape[:2]))

    def restore(self, x: Tensor, hidden: Tensor) -> Tensor:
        """Tell the n hidden samples of (B, R, T) from their neighbourhood, (n,); the others are not computed."""
        half = TAPS // 2
        windows = functional.pad(self.masked(x, hidden), (half, half)).unfold(-1, TAPS, 1)[hidden]
        channels = functional.linear(windows, self.conv1d.weight[:, 0], self.conv1d.bias)
        return cast(Tensor, self.decoder(channels)[:, 0])
