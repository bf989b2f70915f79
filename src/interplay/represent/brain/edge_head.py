"""The weight of an edge told from the vectors of its two ends, for the pairs that are asked for and no others."""

from __future__ import annotations

from typing import cast

from torch import Tensor, nn
from torch.nn import functional


class EdgeHead(nn.Module):
    """Perceptron of two vectors side by side, 2 D -> 4 D -> D -> 1 with ReLU.

    Parameters
    ----------
    width : int
        D. At 128 the sizes are the published ones.

    Notes
    -----
    The first layer is linear in [h_i, h_j], so its two halves are applied once per region, and only their sums are
    formed per pair.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.width = width
        self.edge_weight_predictor = nn.Sequential(
            nn.Linear(2 * width, 4 * width), nn.ReLU(), nn.Linear(4 * width, width), nn.ReLU(), nn.Linear(width, 1)
        )

    def forward(self, vectors: Tensor, pairs: Tensor) -> Tensor:
        """Tell n weights, (n,), from (B, R, D) vectors and (n, 3) triples of matrix, source and target."""
        first = cast(nn.Linear, self.edge_weight_predictor[0])
        n_regions = vectors.shape[1]
        as_source = functional.linear(vectors, first.weight[:, : self.width], first.bias).flatten(0, 1)
        as_target = functional.linear(vectors, first.weight[:, self.width :]).flatten(0, 1)
        source, target = pairs[:, 0] * n_regions + pairs[:, 1], pairs[:, 0] * n_regions + pairs[:, 2]
        inner = as_source.index_select(0, source) + as_target.index_select(0, target)
        return cast(Tensor, self.edge_weight_predictor[1:](inner)[:, 0])
