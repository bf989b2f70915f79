"""Auxiliary losses of a whole network: each a mean over its layers of units."""

from __future__ import annotations

import torch
from torch import Tensor

from interplay.spiking.estimators import UnitRule, auxiliary_u2
from interplay.spiking.estimators.laws import probability
from interplay.spiking.nets.passing import Pass


def auxiliary(passed: Pass, rule: UnitRule, u2_weight: float, snr_weight: float) -> Tensor:
    """Give the weighted sum of both.

    Parameters
    ----------
    passed : Pass
        Of a network whose layer k of weights (from the second on) is driven by layer k of units.
    rule : UnitRule
    u2_weight, snr_weight : float, >= 0
        0 computes nothing.

    Notes
    -----
    The signal-to-noise loss is that of `auxiliary_snr` for any layer of weights; branches of a residual network count
    as they are added, scaled.
    """
    total = passed.fired[-1].mean.new_zeros(())
    if u2_weight:
        total = total + u2_weight * torch.stack([auxiliary_u2(f.mean, f.scale) for f in passed.fired]).mean()
    if snr_weight:
        parts = []
        for below, driven, above in zip(passed.fired, passed.driven[1:], passed.fired[1:], strict=False):
            p = probability(below.mean / below.scale, rule.noise)
            spread = p * (1 - p) * (4 if rule.code == "pm1" else 1)  # signs are two apart
            flips = driven.layer.product(spread, (driven.share * driven.layer.mean).square(), None)
            parts.append((flips / (above.scale * above.scale)).flatten(1).sum(dim=1).mean())
        if parts:
            total = total + snr_weight * torch.stack(parts).mean()
    return total
