"""The law of a unit's noise, standardised: cumulative, density and hazard, finite however far out."""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor

Law = Literal["gaussian", "logistic"]
LAWS: tuple[str, ...] = ("gaussian", "logistic")
_ROOT = math.sqrt(2 * math.pi)
#: Below -this, where erfc would underflow, the Gaussian hazard is its asymptotic series.
_FAR = {torch.float64: 30.0, torch.float32: 10.0}


def probability(z: Tensor, law: str) -> Tensor:
    """Give P = F(z).

    Parameters
    ----------
    z : tensor
        Pre-activation over noise scale.
    law : {"gaussian", "logistic"}
    """
    return torch.sigmoid(z) if law == "logistic" else torch.special.ndtr(z)


def density(z: Tensor, law: str) -> Tensor:
    """Give f(z) = F'(z)."""
    if law == "logistic":
        return torch.sigmoid(z) * torch.sigmoid(-z)
    return (z.square() * -0.5).exp_() / _ROOT


def hazard(z: Tensor, law: str) -> Tensor:
    """Give f(z) / F(z), whose reflection f(z) / (1 - F(z)) = hazard(-z).

    Parameters
    ----------
    z : tensor
    law : {"gaussian", "logistic"}

    Returns
    -------
    tensor
        It tends to -z (Gaussian) or 1 (logistic) as z falls, and keeps full precision there: relative error of the
        order of the type's own.
    """
    if law == "logistic":
        return torch.sigmoid(-z)
    far = _FAR.get(z.dtype, 10.0)
    near = z.clamp(min=-far)
    found = (near.square() * -0.5).exp_().mul_(2 / _ROOT).div_(torch.special.erfc(near * -math.sqrt(0.5)))
    if z.numel() and float(z.min()) < -far:
        x = -z.clamp(max=-far)
        y = x.square().reciprocal()
        found = torch.where(z < -far, x * (1 + y * (1 - y * (2 - y * (10 - y * (74 - 706 * y))))), found)
    return found


def logit(z: Tensor, law: str) -> Tensor:
    """Give log P - log(1 - P)."""
    return z if law == "logistic" else torch.special.log_ndtr(z) - torch.special.log_ndtr(-z)
