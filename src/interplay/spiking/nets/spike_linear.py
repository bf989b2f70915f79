"""A dense layer driven by spikes: where few fire, the rows that they name are added and the zeros left alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional

from interplay.ops.spike_product import BLOCK, add_rows, count_spikes, list_spikes, turn_lists

#: Fewer multiplications than this are not worth looking at the spikes.
_LEAST = 1 << 22
#: Above this share of spikes the dense product is faster (measured at 512 units: level at .45).
_MOST = 0.35
#: Rows of a gradient taken together, so that a block of its columns stays in the second cache.
_ROWS = 800


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
    if rows * weight.numel() < _LEAST or not _fitting(x, weight, bias):
        return functional.linear(x, weight, bias)
    flat = x.reshape(rows, x.shape[-1]).contiguous()
    spikes = flat.detach().numpy()
    pointer = np.empty(rows + 1, np.int64)
    if not count_spikes(spikes, pointer) or pointer[-1] > _MOST * spikes.size:
        return functional.linear(x, weight, bias)
    index = np.empty(pointer[-1], np.int32)
    list_spikes(spikes, pointer, index)
    found: Tensor = _SpikeProduct.apply(  # type: ignore[no-untyped-call]
        flat, weight, bias, torch.from_numpy(pointer), torch.from_numpy(index)
    )
    return found.reshape(*x.shape[:-1], len(weight))


def _fitting(x: Tensor, weight: Tensor, bias: Tensor | None) -> bool:
    """Say whether the kernels can take these tensors; what fits nowhere is left to torch to refuse."""
    if x.device.type != "cpu" or x.dtype not in (torch.float32, torch.float64):
        return False
    others = [weight] if bias is None else [weight, bias]
    same = all(other.device == x.device and other.dtype == x.dtype for other in others)
    return same and weight.dim() == 2 and x.shape[-1] == weight.shape[1]


class _SpikeProduct(torch.autograd.Function):
    """Sums of rows forward and for the weights' gradient; the spikes' gradient is a dense product."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None, pointer: Tensor, index: Tensor) -> Tensor:
        """Add, for every sample, the weights of its spikes."""
        n_out = len(weight)
        width = -(-n_out // BLOCK) * BLOCK
        table = weight.new_zeros(weight.shape[1], width)
        table[:, :n_out] = weight.t()
        out = x.new_zeros(len(x), width) if bias is None else functional.pad(bias, (0, width - n_out)).repeat(len(x), 1)
        add_rows(pointer.numpy(), 0, len(x), index.numpy(), table.numpy(), out.numpy())
        # The lists too are saved as tensors, so that recomputation in place of memory can let go of them.
        ctx.save_for_backward(weight, pointer, index)
        return out if width == n_out else out[:, :n_out].contiguous()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Any) -> Any:
        """Add, for every unit, the gradients of the samples in which it fired."""
        weight, *lists = ctx.saved_tensors
        (gradient,) = gradients
        pointer, index = (found.numpy() for found in lists)
        by_x = gradient @ weight if ctx.needs_input_grad[0] else None
        by_bias = gradient.sum(dim=0) if ctx.needs_input_grad[2] else None
        by_weight = None
        if ctx.needs_input_grad[1]:
            n_out, n_in = weight.shape
            width = -(-n_out // BLOCK) * BLOCK
            padded = gradient.contiguous() if width == n_out else functional.pad(gradient, (0, width - n_out))
            total = weight.new_zeros(n_in, width)
            turned, rows = np.empty(n_in + 1, np.int64), np.empty(len(index), np.int32)
            for first in range(0, len(padded), _ROWS):
                turn_lists(pointer, index, first, min(first + _ROWS, len(padded)), turned, rows)
                add_rows(turned, 0, n_in, rows, padded.numpy(), total.numpy())
            by_weight = total[:, :n_out].t()
        return by_x, by_weight, by_bias, None, None
