"""A small network whose parameters are one vector, so that averaging, shrinking and masking are one operation each."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import nn

from interplay._core.errors import ConfigError


class ValueNet(nn.Module):
    """Trunk and one linear layer of heads: observation to one number, or M logits, per head and action.

    Parameters
    ----------
    shape : (D,) or (H, W) or (C, H, W)
        Of one observation; images go through two convolutions first.
    n_actions, n_heads, n_bins : int
        A, K and M; M = 1 for scalar values.
    width, depth : int
        Hidden layers of the trunk.

    Raises
    ------
    ConfigError
        If the shape is none of these, or an image is smaller than 16 pixels a side.

    Notes
    -----
    `flat` is a leaf that shares memory with every layer, and its gradient with every layer's gradient: the optimiser
    sees one parameter. It holds the trunk first, then the heads' weights (head by head), then their biases.
    """

    def __init__(
        self,
        shape: Sequence[int],
        n_actions: int,
        *,
        n_heads: int = 1,
        n_bins: int = 1,
        width: int = 64,
        depth: int = 2,
    ) -> None:
        super().__init__()
        self.sizes = (n_heads, n_actions, n_bins)
        trunk, inputs = _stem(shape)
        for _ in range(depth):
            trunk += [nn.Linear(inputs, width), nn.ReLU()]
            inputs = width
        self.trunk = nn.Sequential(*trunk)
        self.head = nn.Linear(inputs, math.prod(self.sizes))
        self._share()

    def _share(self) -> None:
        layers = [*self.trunk.parameters(), *self.head.parameters()]
        flat = torch.cat([p.detach().reshape(-1) for p in layers])
        self.flat = nn.Parameter(flat)
        self.flat.grad = torch.zeros_like(flat)
        start, self.matrices = 0, []
        for layer in layers:
            stop = start + layer.numel()
            layer.data = self.flat.data[start:stop].view(layer.shape)
            layer.grad = self.flat.grad[start:stop].view(layer.shape)
            if layer.dim() > 1:
                self.matrices.append(slice(start, stop))
            start = stop
        self.n_trunk = sum(p.numel() for p in self.trunk.parameters())

    def forward(self, observation: torch.Tensor, last: Sequence[torch.Tensor] | None = None) -> torch.Tensor:
        """Map (B, *shape) observations to (B, K, A, M) outputs; `last` stands in for weight and bias of the heads."""
        features = self.trunk(observation)
        out: torch.Tensor = self.head(features) if last is None else nn.functional.linear(features, *last)
        return out.view(-1, *self.sizes)

    def head_slices(self, head: int) -> tuple[slice, slice]:
        """Say where weights and biases of one head lie in `flat`."""
        weights, biases = self.head.weight.numel() // self.sizes[0], self.head.bias.numel() // self.sizes[0]
        first = self.n_trunk + self.head.weight.numel()
        return (
            slice(self.n_trunk + head * weights, self.n_trunk + (head + 1) * weights),
            slice(first + head * biases, first + (head + 1) * biases),
        )


def _stem(shape: Sequence[int]) -> tuple[list[nn.Module], int]:
    if len(shape) == 1:
        return [], int(shape[0])
    if len(shape) not in (2, 3) or min(shape[-2:]) < 16:
        raise ConfigError(
            f"observations must be vectors, or images of at least 16 x 16 pixels, got shape {tuple(shape)}. "
            "Flatten or rescale them."
        )
    channels = 1 if len(shape) == 2 else int(shape[0])
    layers: list[nn.Module] = [nn.Unflatten(1, (1, int(shape[0])))] if len(shape) == 2 else []
    layers += [nn.Conv2d(channels, 8, 8, stride=4), nn.ReLU(), nn.Conv2d(8, 16, 3, stride=2), nn.ReLU(), nn.Flatten()]
    side = [((int(n) - 8) // 4 + 1 - 3) // 2 + 1 for n in shape[-2:]]
    return layers, 16 * side[0] * side[1]
