"""Two losses that keep the gradient's bias low: units near threshold, and little curvature for the units below."""

from __future__ import annotations

import torch
from torch import Tensor

from interplay._core.errors import DataError


def auxiliary_u2(mean: Tensor, scale: Tensor | float) -> Tensor:
    """Give the mean over units of u² = (m / s)².

    Parameters
    ----------
    mean : tensor
        m, pre-activation means.
    scale : tensor that broadcasts to it, or float
        s, noise scale.

    Returns
    -------
    scalar tensor
        0 where every unit is at its threshold: P = 1/2 kills the bias term in p - 1/2, and the slope f(0) / s is as
        large as it can be.
    """
    return (mean / scale).square().mean()


def auxiliary_snr(weights: Tensor, probability: Tensor, scale: Tensor | float) -> Tensor:
    """Give Σ_j Σ_i w_ji² P_i (1 - P_i) / s_j², the curvature that flips of the units i meet; mean over samples.

    Parameters
    ----------
    weights : (J, I) tensor
        `weights[post, pre]`.
    probability : (B, I) tensor
        P of the units below.
    scale : (B, J) tensor or float
        Noise of the units above.

    Returns
    -------
    scalar tensor

    Raises
    ------
    DataError
        If shapes do not fit.
    """
    if weights.dim() != 2 or probability.shape[-1:] != weights.shape[1:]:
        raise DataError(
            f"`probability` must be (B, I) for `weights` (J, I), got {tuple(probability.shape)} and "
            f"{tuple(weights.shape)}."
        )
    flips = torch.nn.functional.linear(probability * (1 - probability), weights.square())
    return (flips / (scale * scale)).sum(dim=-1).mean()
