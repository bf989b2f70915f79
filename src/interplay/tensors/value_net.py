"""A small network whose parameters are one vector, and whose dense layers know their own derivative.

Averaging, shrinking and masking the network are one operation each. For a batch of 32 and layers of 64 the derivative
written out takes a quarter of the time of torch's general machinery, which does the convolutions only.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

import torch
from torch import nn

from interplay._core.errors import ConfigError


class Front(Protocol):
    """Who makes the layers between an observation and the dense ones."""

    def __call__(self, shape: Sequence[int]) -> tuple[nn.Module, int]:
        """Give a module that maps (B, *shape) to (B, W), differentiable, and W."""
        ...


class ValueNet:
    """Stem for pictures, dense layers, and one linear layer of heads: one number, or M logits, per head and action.

    Parameters
    ----------
    shape : (D,) or (H, W) or (C, H, W)
        Of one observation; pictures go through two convolutions first.
    n_actions, n_heads, n_bins : int
        A, K and M; M = 1 for scalar values.
    width : int
        Units of a dense hidden layer.
    depth : int, >= 0
        Number of those.
    front : Front or None
        Makes layers of another kind, which come first, in the place of the convolutions.

    Attributes
    ----------
    flat, gradient : (P,) float32 tensor
        All parameters: the trunk's layers, then the heads' weights (head by head), then their biases.
    n_trunk : int
        Parameters before the heads.
    matrices : list of slice
        Where the weights of the trunk's layers lie in `flat`.

    Raises
    ------
    ConfigError
        If the shape is none of these, or a picture is smaller than 16 pixels a side.

    Notes
    -----
    Weights begin as torch's own layers do, from torch's global generator: make it inside `seeded_torch`.
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
        front: Front | None = None,
    ) -> None:
        self.sizes = (n_heads, n_actions, n_bins)
        self.stem: nn.Module | None
        self.stem, inputs = _stem(shape) if front is None else front(shape)
        dense = []
        for outputs in [width] * depth + [math.prod(self.sizes)]:
            dense.append(nn.Linear(inputs, outputs))
            inputs = outputs
        layers = [] if self.stem is None else list(self.stem.parameters())
        layers += [p for layer in dense for p in layer.parameters()]
        self.flat = torch.cat([p.detach().reshape(-1) for p in layers])
        self.gradient = torch.zeros_like(self.flat)
        start, self.matrices = 0, []
        for layer in layers:
            stop = start + layer.numel()
            layer.data = self.flat[start:stop].view(layer.shape)
            layer.grad = self.gradient[start:stop].view(layer.shape)
            if layer.dim() > 1:
                self.matrices.append(slice(start, stop))
            start = stop
        self.matrices.pop()  # the heads'
        self._dense = [(layer.weight.data, layer.bias.data) for layer in dense]
        self._slopes = [_gradients(layer) for layer in dense]
        self.last = self._dense[-1]
        self.n_trunk = start - self.last[0].numel() - self.last[1].numel()

    def __call__(self, observation: torch.Tensor, last: Sequence[torch.Tensor] | None = None) -> torch.Tensor:
        """Map (B, *shape) observations to (B, K, A, M) outputs; `last` stands in for weight and bias of the heads."""
        with torch.no_grad():
            signal = observation if self.stem is None else self.stem(observation)
            for weight, bias in self._dense[:-1]:
                signal = torch.addmm(bias, signal, weight.t()).relu_()
            weight, bias = self.last if last is None else last
            return torch.addmm(bias, signal, weight.t()).view(-1, *self.sizes)

    def trace(self, observation: torch.Tensor) -> tuple[torch.Tensor, list[torch.Tensor]]:
        """Map observations to outputs and keep what the derivative needs: the input of every dense layer."""
        signal = observation if self.stem is None else self.stem(observation)
        kept = [signal]
        with torch.no_grad():
            for weight, bias in self._dense[:-1]:
                kept.append(torch.addmm(bias, kept[-1], weight.t()).relu_())
            weight, bias = self.last
            return torch.addmm(bias, kept[-1], weight.t()).view(-1, *self.sizes), kept

    def backward(self, slope: torch.Tensor, kept: list[torch.Tensor]) -> None:
        """Fill `gradient` with the derivative of a loss.

        Parameters
        ----------
        slope : (B, K, A, M) float tensor
            Derivative of the loss by the outputs.
        kept : list of tensor
            As `trace` gave it.
        """
        with torch.no_grad():
            slope = slope.view(len(slope), -1)
            for layer in range(len(self._dense) - 1, -1, -1):
                by_weight, by_bias = self._slopes[layer]
                torch.mm(slope.t(), kept[layer].detach(), out=by_weight)
                torch.sum(slope, 0, out=by_bias)
                if layer:
                    slope = torch.mm(slope, self._dense[layer][0]).mul_(kept[layer] > 0)
        if self.stem is not None:
            for parameter in self.stem.parameters():
                parameter.grad.zero_()  # type: ignore[union-attr]
            kept[0].backward(torch.mm(slope, self._dense[0][0]))  # type: ignore[no-untyped-call]

    def head_slices(self, head: int) -> tuple[slice, slice]:
        """Say where weights and biases of one head lie in `flat`."""
        weights, biases = (part.numel() // self.sizes[0] for part in self.last)
        first = self.n_trunk + self.last[0].numel()
        return (
            slice(self.n_trunk + head * weights, self.n_trunk + (head + 1) * weights),
            slice(first + head * biases, first + (head + 1) * biases),
        )


def _gradients(layer: nn.Linear) -> tuple[torch.Tensor, torch.Tensor]:
    assert layer.weight.grad is not None
    assert layer.bias.grad is not None
    return layer.weight.grad, layer.bias.grad


def _stem(shape: Sequence[int]) -> tuple[nn.Module | None, int]:
    if len(shape) == 1:
        return None, int(shape[0])
    if len(shape) not in (2, 3) or min(shape[-2:]) < 16:
        raise ConfigError(
            f"observations must be vectors, or pictures of at least 16 x 16 pixels, got shape {tuple(shape)}. "
            "Flatten or rescale them."
        )
    channels = 1 if len(shape) == 2 else int(shape[0])
    layers: list[nn.Module] = [nn.Unflatten(1, (1, int(shape[0])))] if len(shape) == 2 else []
    layers += [nn.Conv2d(channels, 8, 8, stride=4), nn.ReLU(), nn.Conv2d(8, 16, 3, stride=2), nn.ReLU(), nn.Flatten()]
    side = [((int(n) - 8) // 4 + 1 - 3) // 2 + 1 for n in shape[-2:]]
    return nn.Sequential(*layers), 16 * side[0] * side[1]
