"""Whether a classifier knows that a sample is none of its own: how unsure it is, and how well that tells."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes
from interplay._core.errors import DataError
from interplay.measures.calibration import require_probabilities
from interplay.measures.calibration_results import Detection
from interplay.ops.areas import curve_areas

Floats = NDArray[np.float64]


def least_confidence(probabilities: ArrayLike) -> Floats:
    """Give 1 - probability of the told class. Higher is less sure.

    Parameters
    ----------
    probabilities : (S, C) float array
        Each row in [0, 1] with sum 1.

    Returns
    -------
    (S,) float64 array, in [0, 1 - 1 / C]

    References
    ----------
    Hendrycks, Gimpel (2017), ICLR: the maximum softmax probability as the baseline.
    """
    return np.asarray(1.0 - require_probabilities(Shapes(), probabilities).max(axis=1))


def predictive_entropy(probabilities: ArrayLike) -> Floats:
    """Give the entropy of the predicted classes, nats. Higher is less sure.

    Parameters
    ----------
    probabilities : (S, C) float array
        Each row in [0, 1] with sum 1; of a network that is drawn, the mean over draws.

    Returns
    -------
    (S,) float64 array, in [0, log C]
    """
    return _entropy(require_probabilities(Shapes(), probabilities))


def draw_information(drawn: ArrayLike) -> Floats:
    """Give the mutual information of the class and the network drawn, nats: how far draws disagree.

    Parameters
    ----------
    drawn : (D, S, C) float array
        Probabilities that each of D drawn networks gives.

    Returns
    -------
    (S,) float64 array, in [0, log C]
        Entropy of the mean less mean of the entropies. 0 for one draw, and where all agree; differences below 0 by
        rounding are 0.

    References
    ----------
    Houlsby, Huszár, Ghahramani, Lengyel (2011), arXiv 1112.5745, equation 2.
    """
    shapes = Shapes()
    told = shapes.array("drawn", drawn, "D S C")
    if not len(told):
        raise DataError("`drawn` must hold at least one draw, got D=0. Draw some.")
    each = [require_probabilities(Shapes(S=told.shape[1], C=told.shape[2]), one, "drawn") for one in told]
    mean = np.mean(each, axis=0)
    return np.asarray(np.maximum(_entropy(mean) - np.mean([_entropy(one) for one in each], axis=0), 0.0))


def detect_foreign(own: ArrayLike, foreign: ArrayLike) -> Detection:
    """Judge a score by how well it tells foreign samples from the task's own.

    Parameters
    ----------
    own : (n,) float array, finite
        Of samples of the task.
    foreign : (m,) float array, finite
        Of samples of none of its classes; they should score higher.

    Returns
    -------
    Detection

    Raises
    ------
    DataError
        If one side is empty or a score is not finite.
    """
    shapes = Shapes()
    inside = shapes.array("own", own, "n").astype(np.float64)
    outside = shapes.array("foreign", foreign, "m").astype(np.float64)
    if not (len(inside) and len(outside)):
        raise DataError(f"`own` and `foreign` must each hold a sample, got {len(inside)} and {len(outside)}.")
    auroc, precision = curve_areas(outside, inside)
    # The highest threshold that still refuses 95 % of the foreign samples.
    threshold = np.sort(outside)[len(outside) // 20]
    return Detection(
        auroc=auroc,
        aupr_foreign=precision,
        aupr_own=curve_areas(-inside, -outside)[1],
        false_alarms=float((inside >= threshold).mean()),
        n_foreign=len(outside),
        n_own=len(inside),
    )


def _entropy(told: Floats) -> Floats:
    safe = np.where(told > 0, told, 1.0)
    return np.asarray(-(told * np.log(safe)).sum(axis=1) + 0.0)
