"""What the network is trained for: edges that are likely given the latents, and latents the past has foreseen.

References
----------
Kipf, Welling (2016), arXiv:1611.07308: the weights of the likelihood and of the divergence. Hajiramezanali et al.
(2019), NeurIPS, equation 9: the bound over time. Strength and sign of edges are ours.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import nn

from interplay._core.errors import ConfigError
from interplay.represent.architecture import Architecture
from interplay.represent.bernoulli import pairs, presence
from interplay.represent.gathering import strength
from interplay.represent.latents import Latents
from interplay.represent.module import VariationalGraphNetwork
from interplay.tensors import SnapshotTensors


def elbo(
    latents: Latents, data: SnapshotTensors, architecture: Architecture
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Give the negative evidence lower bound, and its two parts.

    Parameters
    ----------
    latents : Latents
    data : SnapshotTensors
        The same windows; at least one pair with and one without an edge in each.
    architecture : Architecture
        Its `edges` and `reconstruct_all`.

    Returns
    -------
    loss, likelihood, divergence : scalar tensors, nats
        Sums over the windows; the first is the sum of the other two. Lower is better.

    Raises
    ------
    DataError
        If a window has no edge, or no pair without one: the weights of the likelihood are undefined there.

    Notes
    -----
    Of P counted pairs S hold an edge: each window's likelihood is P / (2 (P - S)) times the mean over the pairs of the
    Bernoulli's, its edges weighted by (P - S) / S. Counted are the ordered pairs of different present nodes without the
    history node; as published (`reconstruct_all`) also each node with itself, and the history node. The divergence is
    the mean over the m present nodes (the history node too) of KL(posterior ‖ prior), over m.
    Weighted edges add, as a mean over the edges, half the squared error of the strength, which is standardised within
    its window and predicted as Σ_d c_d z_i z_j + c; signed ones also the Bernoulli's of their sign, predicted alike.
    """
    likelihood = presence(latents.sample, pairs(data, architecture.reconstruct_all))
    if architecture.edges != "binary":
        likelihood = likelihood + _of_edges(latents, data, signed=architecture.edges == "signed")
    divergence = _divergence(latents, data)
    return likelihood + divergence, likelihood, divergence


def link_logits(mean: torch.Tensor) -> torch.Tensor:
    """Give how likely every pair is joined.

    Parameters
    ----------
    mean : (..., n, D) tensor
        Latents of the nodes.

    Returns
    -------
    (..., n, n) tensor
        Logits: inner products.
    """
    return mean @ mean.transpose(-1, -2)


def _of_edges(latents: Latents, data: SnapshotTensors, *, signed: bool) -> torch.Tensor:
    """Sum over the windows the mean over the edges of what their strength and sign cost."""
    assert latents.coefficients is not None
    size, share = data.remember("standardised", lambda: _standardised(data))
    product = latents.sample[data.owner, data.src] * latents.sample[data.owner, data.dst]
    said = product @ latents.coefficients[:, :-1].T + latents.coefficients[:, -1]
    cost = 0.5 * (said[:, 0] - size) ** 2
    if signed:
        cost = cost + nn.functional.softplus(torch.where(data.weight < 0, said[:, 1], -said[:, 1]))
    return (share * cost).sum()


def _standardised(data: SnapshotTensors) -> tuple[torch.Tensor, torch.Tensor]:
    """Standardise the strengths within each window (0 where all are equal), and give one over the number of edges."""
    size = strength(data)
    share = (1 / torch.bincount(data.owner, minlength=len(data)).to(size.dtype))[data.owner]
    mean = size.new_zeros(len(data)).index_add_(0, data.owner, share * size)
    size = size - mean[data.owner]
    variance = size.new_zeros(len(data)).index_add_(0, data.owner, share * size**2)[data.owner]
    return torch.where(variance > 1e-12, size / variance.clamp(min=1e-12).sqrt(), 0), share


def _divergence(latents: Latents, data: SnapshotTensors) -> torch.Tensor:
    here = data.present.to(latents.mean.dtype)
    share = here / here.sum(1, keepdim=True).clamp(min=1) ** 2
    ratio = latents.spread / latents.prior_spread
    apart = (latents.mean - latents.prior_mean) / latents.prior_spread
    return 0.5 * (share * (ratio**2 + apart**2 - 1 - 2 * ratio.log()).sum(-1)).sum()


@dataclass(frozen=True, kw_only=True)
class GraphTask:
    """Train on the first windows, and watch later ones of them.

    Parameters
    ----------
    architecture : Architecture
    windows : int or None, >= 1
        Prefix that may be used; None is all.
    held_out_windows : int, >= 0
        How many windows at the end of the prefix are not fitted but watched, to stop in time.
    warm_up : int, epochs, >= 0
        The first epochs, over which the noise of the samples and the weight of the divergence grow evenly from 0 to 1.
        (Ours: without it the recurrent models spend hundreds of epochs with all nodes on one line.)

    Raises
    ------
    ConfigError
        If nothing is left to train on.
    """

    architecture: Architecture
    windows: int | None = None
    held_out_windows: int = 0
    warm_up: int = 0
    parts: ClassVar[tuple[str, ...]] = ("loss", "likelihood", "divergence")

    def batches(self, data: SnapshotTensors, epoch: int) -> Iterable[tuple[SnapshotTensors, float]]:
        """Give the windows to train on, all at once, and how far the warm-up is, in [0, 1]."""
        used, fitted = self._cuts(data)
        pairs(data.part(0, used), self.architecture.reconstruct_all)
        return ((data.part(0, fitted), min(epoch / self.warm_up, 1.0) if self.warm_up else 1.0),)

    def loss(
        self, encoder: VariationalGraphNetwork, batch: tuple[SnapshotTensors, float], generator: torch.Generator
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Give the negative bound and its parts; see `elbo`. Warming up, only a share of the divergence counts."""
        data, share = batch
        latents, _ = encoder(data, generator=generator, noise_share=share)
        loss, likelihood, divergence = elbo(latents, data, self.architecture)
        return loss if share == 1 else likelihood + share * divergence, likelihood, divergence

    def held_out(self, encoder: VariationalGraphNetwork, data: SnapshotTensors) -> float | None:
        """Give the negative bound at the means, per window that is watched; None without such windows."""
        used, fitted = self._cuts(data)
        if used == fitted:
            return None
        with torch.no_grad():
            latents, _ = encoder(data.part(0, used))
            loss, _, _ = elbo(latents.part(fitted, used), data.part(fitted, used), self.architecture)
        return float(loss) / (used - fitted)

    def _cuts(self, data: SnapshotTensors) -> tuple[int, int]:
        used = len(data) if self.windows is None else min(self.windows, len(data))
        if used - self.held_out_windows < 1:
            raise ConfigError(
                f"`held_out_windows` must leave a window to train on, got {self.held_out_windows} of {used}. "
                "Hold out fewer."
            )
        return used, used - self.held_out_windows
