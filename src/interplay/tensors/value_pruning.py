"""Magnitude pruning: which weights of a matrix stay."""

from __future__ import annotations

import torch


def magnitude_mask(weights: torch.Tensor, sparsity: float) -> torch.Tensor:
    """Mark what stays when the smallest weights go.

    Parameters
    ----------
    weights : float tensor, any shape
    sparsity : float, in [0, 1]
        Share that goes, rounded to whole weights.

    Returns
    -------
    tensor like `weights`
        1 where a weight stays, 0 where it goes; of equal weights the first go.
    """
    flat = weights.detach().reshape(-1)
    mask = torch.ones_like(flat)
    order = torch.argsort(flat.abs(), stable=True)
    mask[order[: round(sparsity * flat.numel())]] = 0.0
    return mask.view_as(weights)
