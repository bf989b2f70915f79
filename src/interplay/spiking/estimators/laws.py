"""The law of a unit's noise, standardised: cumulative, density, and both hazards, finite however far out."""

from __future__ import annotations

import math
from typing import Literal, NamedTuple

import torch
from torch import Tensor

Law = Literal["gaussian", "logistic"]
LAWS: tuple[str, ...] = ("gaussian", "logistic")
_LOG_ROOT = 0.5 * math.log(2 * math.pi)


class Firing(NamedTuple):
    """What the law says at z: P = F(z), density f(z), f / P and f / (1 - P), and log P - log(1 - P)."""

    probability: Tensor
    density: Tensor
    up: Tensor
    down: Tensor
    logit: Tensor


def firing(z: Tensor, law: str) -> Firing:
    """Evaluate a law.

    Parameters
    ----------
    z : tensor
        Pre-activation over noise scale.
    law : {"gaussian", "logistic"}

    Returns
    -------
    Firing
        Hazards come from logarithms, so that they keep their limits where P or 1 - P underflows: f / P tends to -z for
        the Gaussian and to 1 for the logistic law as z falls.
    """
    if law == "logistic":
        probability, other = torch.sigmoid(z), torch.sigmoid(-z)
        return Firing(probability, probability * other, other, probability, z)
    log_density = -0.5 * z.square() - _LOG_ROOT
    low, high = torch.special.log_ndtr(z), torch.special.log_ndtr(-z)
    return Firing(
        torch.special.ndtr(z), log_density.exp(), (log_density - low).exp(), (log_density - high).exp(), low - high
    )


def probability(z: Tensor, law: str) -> Tensor:
    """Give P = F(z) alone."""
    return torch.sigmoid(z) if law == "logistic" else torch.special.ndtr(z)
