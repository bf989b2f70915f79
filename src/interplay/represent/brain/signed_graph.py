"""The stream that reads structure: a transformer whose attention is weighed, and signed, by the graph."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn

from interplay.represent.brain.functional import region_places
from interplay.represent.brain.positions import LAPLACIAN_PLACES, LaplacianPlaces
from interplay.represent.brain.signed_attention import signed_attention, signed_maps

#: Hops of "multi_hop"; terms and their falling weight of "diffusion", as published.
HOPS, TERMS, THETA = 2, 9, 0.1


class SignedGraphLayer(nn.Module):
    """Post-norm layer: signed attention, then two linear layers with ReLU, each added to what came in and normalised.

    Parameters
    ----------
    width, heads : int
        D, and heads; the hidden layer is 4 D wide.
    dropout : float
        Of the attention maps and of what the second half adds.
    mask_absent : bool
        See `signed_attention`.
    """

    def __init__(self, width: int, heads: int, dropout: float = 0.1, *, mask_absent: bool = False) -> None:
        super().__init__()
        self.heads, self.mask_absent = heads, mask_absent
        self.q_linear = nn.Linear(width, width)
        self.k_linear = nn.Linear(width, width)
        self.v_linear = nn.Linear(width, width)
        self.out_linear = nn.Linear(width, width)
        self.layer_norm1 = nn.LayerNorm(width)
        self.layer_norm2 = nn.LayerNorm(width)
        self.ffn = nn.Sequential(nn.Linear(width, 4 * width), nn.ReLU(), nn.Linear(4 * width, width))
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, graphs: Tensor, present: Tensor | None = None) -> Tensor:
        """Map (B, R, D) vectors along (B, K, R, R) weightings [who hears, who is heard] to (B, R, D)."""
        q, k, v = (self._split(part(x)) for part in (self.q_linear, self.k_linear, self.v_linear))
        dropout = self.dropout.p if self.training else 0.0
        heard = signed_attention(q, k, v, graphs, present=present, mask_absent=self.mask_absent, dropout=dropout)
        x = self.layer_norm1(x + self.out_linear(heard.transpose(1, 2).flatten(2)))
        return cast(Tensor, self.layer_norm2(x + self.dropout(self.ffn(x))))

    def weights(self, x: Tensor, graphs: Tensor, present: Tensor | None = None) -> Tensor:
        """Give the signed attention of (B, R, D) vectors, mean over heads and hops, (B, R, R)."""
        q, k = self._split(self.q_linear(x)), self._split(self.k_linear(x))
        heard = graphs if present is None else graphs.masked_fill(~present[:, None, None, :], 0.0)
        return signed_maps(q, k, heard, present, mask_absent=self.mask_absent).mean(dim=1)

    def _split(self, x: Tensor) -> Tensor:
        return x.view(*x.shape[:2], self.heads, -1).transpose(1, 2)


class SignedGraphTransformer(nn.Module):
    """Regions as nodes of a signed, possibly directed graph.

    Parameters
    ----------
    n_regions : int
        R; only sizes a learnt code of places.
    n_features : int
        F, numbers that describe a region; its row of the graph in BrainSymphony, then F = R.
    width, heads, layers : int
    dropout : float
    attention : {"first_hop", "multi_hop", "diffusion"}
        What weighs attention: the graph; the graph and its product with itself, attended apart and averaged; or the sum
        of powers of the normalised graph.
    positions : {"learnable", "laplacian", "gradient", "none"}
        "laplacian" takes the eigenvectors of each graph that is read; see `laplacian_positions`.
    n_places : int
        G, coordinates of a region for "gradient".
    mask_absent : bool
        See `signed_attention`.
    highest : bool
        Take the Laplacian's highest frequencies, as the published code does.

    Notes
    -----
    A region hears the regions from which edges come to it: ``weights[src, dst]`` weighs what dst hears of src. The
    published code does not say which way its matrices point; for symmetric ones it makes no difference.
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
        mask_absent: bool = False,
        highest: bool = False,
    ) -> None:
        super().__init__()
        self.attention = attention
        self.input_proj = nn.Linear(n_features, width)
        self.pos_enc = (
            LaplacianPlaces(LAPLACIAN_PLACES, width, highest=highest)
            if positions == "laplacian"
            else region_places(positions, n_regions, n_places, width)
        )
        self.layers = nn.ModuleList(
            SignedGraphLayer(width, heads, dropout, mask_absent=mask_absent) for _ in range(layers)
        )

    def forward(
        self, features: Tensor, weights: Tensor, present: Tensor | None = None, places: Tensor | None = None
    ) -> Tensor:
        """Read graphs.

        Parameters
        ----------
        features : (B, R, F) float tensor
            Finite.
        weights : (B, R, R) float tensor
            ``[src, dst]``, of any sign and size; 0 for edges that are not there, or must not be seen.
        present : (B, R) bool tensor or None
            Regions that are there; the others are heard by nobody.
        places : (R, G) or (B, R, G) float tensor or None
            Coordinates of the regions, for positions="gradient".

        Returns
        -------
        (B, R, D) tensor
            A row of zeros in the place of regions that are missing.
        """
        x, graphs = self._begin(features, weights, present, places)
        for layer in self.layers:
            x = layer(x, graphs, present)
        return x if present is None else x.masked_fill(~present[..., None], 0.0)

    def weights(
        self, features: Tensor, weights: Tensor, present: Tensor | None = None, places: Tensor | None = None
    ) -> Tensor:
        """Signed attention along the graph, mean over layers, heads and hops, (B, R, R); row = who hears."""
        x, graphs = self._begin(features, weights, present, places)
        found = []
        for layer in cast(list[SignedGraphLayer], self.layers):
            found.append(layer.weights(x, graphs, present))
            x = layer(x, graphs, present)
        return torch.stack(found).mean(dim=0)

    def _begin(
        self, features: Tensor, weights: Tensor, present: Tensor | None, places: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        if present is not None:
            weights = weights.masked_fill(~(present[:, :, None] & present[:, None, :]), 0.0)
        if isinstance(self.pos_enc, LaplacianPlaces):
            places = self.pos_enc.places(weights, present)
        x, _ = self.pos_enc(self.input_proj(features), places)
        return x, graph_weights(weights.transpose(1, 2), self.attention)


def graph_weights(coupling: Tensor, attention: str) -> Tensor:
    """Give what weighs attention.

    Parameters
    ----------
    coupling : (B, R, R) float tensor
        ``[who hears, who is heard]``.
    attention : {"first_hop", "multi_hop", "diffusion"}

    Returns
    -------
    (B, K, R, R) float tensor
        K = 1 but for "multi_hop".

    Notes
    -----
    "multi_hop": W and W W divided by its Frobenius norm. "diffusion": I + sum over k = 1 .. 9 of theta^k A^k with
    A = S^(-1/2) W S^(-1/2), S the row sums of |W|, theta = 0.1; a node without edges keeps its 1 on the diagonal.
    """
    if attention == "multi_hop":
        found = [coupling]
        for _ in range(1, HOPS):
            power = found[-1] @ coupling
            found.append(power / power.flatten(1).norm(dim=1).clamp_min(1e-8)[:, None, None])
        return torch.stack(found, dim=1)
    if attention == "diffusion":
        strength = coupling.abs().sum(dim=-1)
        scale = torch.where(strength > 0, strength, torch.inf).rsqrt()
        step = THETA * scale[:, :, None] * coupling * scale[:, None, :]
        unit = torch.eye(coupling.shape[-1], dtype=coupling.dtype, device=coupling.device)
        total = unit + step
        for _ in range(1, TERMS):
            total = unit + step @ total
        return total[:, None]
    return coupling[:, None]
