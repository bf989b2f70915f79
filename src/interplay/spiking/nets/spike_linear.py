"""A dense layer driven by spikes: where few fire, the rows that they name are added and the zeros left alone."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional

from interplay.spiking.nets.spike_lists import SpikeLists, packed, padded, spike_lists, worth_listing


def spike_linear(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """Give x Wᵀ + bias.

    Parameters
    ----------
    x : (..., I) tensor
        Any numbers; where all are 0 or 1 and few are 1, on the processor, time goes with their number.
    weight : (J, I) tensor
        `weight[post, pre]`.
    bias : (J,) tensor or None

    Returns
    -------
    (..., J) tensor
        As from the dense product up to the order of sums, and weights that are not finite count only where a spike
        names them; differentiable once with respect to all.
    """
    rows = x.numel() // max(x.shape[-1], 1)
    if not _fitting(x, weight, bias) or not worth_listing(rows, weight):
        return functional.linear(x, weight, bias)
    flat = x.reshape(rows, x.shape[-1]).contiguous()
    lists = spike_lists(flat)
    if lists is None:
        return functional.linear(x, weight, bias)
    found: Tensor = _SpikeProduct.apply(flat, weight, bias, *map(torch.from_numpy, lists))  # type: ignore[no-untyped-call]
    return found.reshape(*x.shape[:-1], len(weight))


def _fitting(x: Tensor, weight: Tensor, bias: Tensor | None) -> bool:
    """Say whether the kernels can take these tensors together; what fits nowhere is left to torch to refuse."""
    others = [weight] if bias is None else [weight, bias]
    same = all(other.device == x.device and other.dtype == x.dtype for other in others)
    return same and weight.dim() == 2 and x.shape[-1] == weight.shape[1]


class _SpikeProduct(torch.autograd.Function):
    """Sums of rows forward and for the weights' gradient; the spikes' gradient is a dense product."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None, pointer: Tensor, index: Tensor) -> Tensor:
        """Add, for every sample, the weights of its spikes."""
        n_out = len(weight)
        table = packed(weight.t())
        width = len(table) * table.shape[2]
        out = table.new_zeros(len(x), width) if bias is None else padded(bias[None]).repeat(len(x), 1)
        SpikeLists(pointer.numpy(), index.numpy()).add(table, out)
        # The lists too are saved as tensors, so that recomputation in place of memory can let go of them.
        ctx.save_for_backward(weight, pointer, index)
        return out if width == n_out else out[:, :n_out].contiguous()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Any) -> Any:
        """Add, for every unit, the gradients of the samples in which it fired."""
        weight, pointer, index = ctx.saved_tensors
        (gradient,) = gradients
        by_x = gradient @ weight if ctx.needs_input_grad[0] else None
        by_bias = gradient.sum(dim=0) if ctx.needs_input_grad[2] else None
        lists = SpikeLists(pointer.numpy(), index.numpy())
        by_weight = lists.gather(gradient, weight.shape[1]) if ctx.needs_input_grad[1] else None
        return by_x, by_weight, by_bias, None, None
