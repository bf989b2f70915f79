"""The whole network: streams of function, stream of structure, and the gate where they meet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import torch
from torch import Tensor, nn

from interplay.represent.brain.edge_head import EdgeHead
from interplay.represent.brain.functional import ContextStream, SpatialTransformer, TemporalTransformer
from interplay.represent.brain.perceiver import Perceiver
from interplay.represent.brain.signed_graph import SignedGraphTransformer

if TYPE_CHECKING:
    from interplay.represent.brain.method import BrainSymphony

#: Which parameters a stage of pre-training moves, by the beginning of their names.
STAGES: dict[str, tuple[str, ...]] = {
    "spatial": ("spatial.", "spatial_head."),
    "temporal": ("temporal.", "temporal_head."),
    "context": ("context.",),
    "fusion": (
        "spatial.",
        "temporal.embedding_layer.",
        "temporal.layers.",
        "context.mask_token",
        "context.conv1d.",
        "perceiver.",
    ),
    "structural": ("graph.", "edges."),
}
#: Stages that read function; the other reads structure.
FUNCTIONAL = ("spatial", "temporal", "context", "fusion")


class AdaptiveGate(nn.Module):
    """Per region and channel, how much of function and how much of structure: g F + (1 - g) S, g = sig(W [F S] + b)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.gate_proj = nn.Linear(2 * width, width)

    def forward(self, function: Tensor, structure: Tensor) -> tuple[Tensor, Tensor]:
        """Fuse two (B, R, D) tensors; give the sum and the gate, both (B, R, D)."""
        gate = torch.sigmoid(self.gate_proj(torch.cat([function, structure], dim=-1)))
        return gate * function + (1 - gate) * structure, gate


@dataclass(frozen=True)
class Sizes:
    """What of the data shapes the network: R, T, G, and which modalities there are."""

    n_regions: int
    n_times: int
    n_places: int
    function: bool
    structure: bool


class BrainNetwork(nn.Module):
    """All parts of BrainSymphony; a part whose modality no scan has is not built.

    Parameters
    ----------
    config : BrainSymphony
    sizes : Sizes
    """

    def __init__(self, config: BrainSymphony, sizes: Sizes) -> None:
        super().__init__()
        self.sizes = sizes
        n, t, width = sizes.n_regions, sizes.n_times, config.width
        shared: dict[str, Any] = {
            "width": width,
            "heads": config.heads,
            "hidden": config.hidden,
            "dropout": config.dropout,
        }
        if sizes.function:
            self.spatial = SpatialTransformer(
                n, t, layers=config.layers, positions=config.positions, n_places=sizes.n_places, **shared
            )
            self.temporal = TemporalTransformer(n, layers=config.layers, **shared)
            self.context = ContextStream()
            self.perceiver = Perceiver(
                n,
                t,
                width=width,
                part=width // 2,
                layers=config.latent_layers,
                hidden=config.hidden,
                dropout=config.dropout,
            )
            self.spatial_head = nn.Linear(width, t)
            self.temporal_head = nn.Linear(width, n)
        if sizes.structure:
            self.graph = SignedGraphTransformer(
                n,
                n,
                width=width,
                heads=config.heads,
                layers=config.graph_layers,
                dropout=config.dropout,
                attention=config.graph_attention,
                positions=config.graph_positions,
                n_places=sizes.n_places,
                mask_absent=config.mask_absent,
                highest=config.highest_frequencies,
            )
            self.edges = EdgeHead(width)
        if sizes.function and sizes.structure:
            self.gate = AdaptiveGate(width)

    def read_function(
        self, x: Tensor, present: Tensor | None = None, hidden: Tensor | None = None, places: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Read signals.

        Parameters
        ----------
        x : (B, R, T) float tensor
            Scaled; 0 for missing regions.
        present : (B, R) bool tensor or None
        hidden : (B, R) bool tensor or None
            Regions that no stream may see.
        places : (R, G) float tensor or None

        Returns
        -------
        tuple of (B, R, T), (B, R, D) tensors
            The series as restored, and the vectors of the regions.
        """
        seen = x if hidden is None else x.masked_fill(hidden[..., None], 0.0)
        regions, code = self.spatial(seen, present, hidden, places)
        moments = self.temporal(seen)
        series = self.context.masked(seen, None if hidden is None else hidden[..., None].expand_as(x))
        return cast(tuple[Tensor, Tensor], self.perceiver(regions, moments, series, self.context, code, present))

    def read_structure(self, weights: Tensor, present: Tensor | None = None, places: Tensor | None = None) -> Tensor:
        """Read matrices (B, R, R) [src, dst], which are profile and neighbourhood at once; (B, R, D)."""
        return cast(Tensor, self.graph(weights, weights, present, places))


def stage_parameters(network: BrainNetwork, stage: str) -> None:
    """Let only the parameters of one stage learn."""
    prefixes = STAGES[stage]
    for name, value in network.named_parameters():
        value.requires_grad_(name.startswith(prefixes))
