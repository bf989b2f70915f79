"""Auxiliary losses of a whole network: the mean of its layers'."""

from __future__ import annotations

import torch
from torch import Tensor

from interplay.spiking.estimators import auxiliary_snr, auxiliary_u2
from interplay.spiking.nets.passing import Pass


def auxiliary(passed: Pass, u2_weight: float, snr_weight: float) -> Tensor:
    """Give the weighted sum of both, each a mean over layers of units."""
    zero = torch.zeros((), device=passed.fired[-1].mean.device)
    if not (u2_weight or snr_weight):
        return zero
    u2 = torch.stack([auxiliary_u2(fired.mean, fired.scale) for fired in passed.fired]).mean()
    return zero + u2_weight * u2
