"""Gradients through binary noisy units: one family, its references, and what is known of bias and variance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interplay._core.lazy import exports

if TYPE_CHECKING:
    from interplay.spiking.estimators.auxiliary_losses import auxiliary_snr, auxiliary_u2
    from interplay.spiking.estimators.extension import multilinear_variance
    from interplay.spiking.estimators.gumbel_rao_weights import agr_weights
    from interplay.spiking.estimators.predictions import predicted_bias, predicted_variance
    from interplay.spiking.estimators.references import gumbel_rao, iw_st, score_function
    from interplay.spiking.estimators.unit_rule import UnitRule

_HOME = {
    "UnitRule": "unit_rule",
    "agr_weights": "gumbel_rao_weights",
    "auxiliary_snr": "auxiliary_losses",
    "auxiliary_u2": "auxiliary_losses",
    "gumbel_rao": "references",
    "iw_st": "references",
    "multilinear_variance": "extension",
    "predicted_bias": "predictions",
    "predicted_variance": "predictions",
    "score_function": "references",
}

__all__ = [
    "UnitRule",
    "agr_weights",
    "auxiliary_snr",
    "auxiliary_u2",
    "gumbel_rao",
    "iw_st",
    "multilinear_variance",
    "predicted_bias",
    "predicted_variance",
    "score_function",
]

__getattr__, __dir__ = exports(__name__, _HOME)
