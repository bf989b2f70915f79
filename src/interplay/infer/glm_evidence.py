"""What a coupled regression says of single couplings: covariances, Wald's test, and couplings that data rule out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from interplay.infer.glm_design import Design, Floats

#: Smallest eigenvalue, as a share of the largest, of a matrix that is inverted.
SINGULAR = 1e-11
#: Spikes met by a function of the lag, as a share of those expected, that count as none: rounding of the basis.
_NONE = 1e-9


def at_least(model: Floats, other: Floats) -> Floats:
    """Raise covariances to those of the model wherever they are below.

    Parameters
    ----------
    model, other : (..., K, K) float64 arrays
        Symmetric, positive semi-definite.

    Returns
    -------
    (..., K, K) float64 array
        Along the axes that both share (those of ``model^-1 other``), the larger variance of the two: no direction has
        less than either says. 0 along directions where the model has none.
    """
    value, vector = np.linalg.eigh(model)
    known = value > SINGULAR * np.maximum(value[..., -1:], 1e-300)
    root = np.sqrt(np.where(known, value, 1.0))
    whiten = vector * np.where(known, 1.0 / root, 0.0)[..., None, :]
    share, axes = np.linalg.eigh(np.swapaxes(whiten, -1, -2) @ other @ whiten)
    wide = (vector * np.where(known, root, 0.0)[..., None, :]) @ axes
    return np.asarray((wide * np.maximum(share, 1.0)[..., None, :]) @ np.swapaxes(wide, -1, -2))


def wald(coefficients: Floats, blocks: Floats) -> Floats:
    """Test that all coefficients of a pair are 0.

    Parameters
    ----------
    coefficients : (..., K) float64 array
    blocks : (..., K, K) float64 array
        Covariances.

    Returns
    -------
    (...) float64 array in [0, 1]
        From the chi-squared law with as many degrees of freedom as the block has rank; 1 where it has none.
    """
    from scipy.special import chdtrc

    value, vector = np.linalg.eigh(blocks)
    known = value > SINGULAR * np.maximum(value[..., -1:], 1e-300)
    along = np.einsum("...ab,...a->...b", vector, coefficients)
    statistic = np.where(known, along**2 / np.where(known, value, 1.0), 0.0).sum(axis=-1)
    rank = known.sum(axis=-1)
    return np.where(rank > 0, chdtrc(np.maximum(rank, 1), statistic), 1.0)


def ruled_out(design: Design, targets: NDArray[np.int64], least: float) -> NDArray[np.bool_]:
    """Find pairs whose target never fires where some function of the lag after the source's spikes reaches.

    The likelihood rises without bound as that coefficient falls, and the information about it vanishes, and with it
    Wald's statistic (Hauck, Donner 1977).

    Parameters
    ----------
    design : Design
    targets : (M,) int64 array
    least : float, >= 0
        Only where more spikes than this were expected there, at the target's mean rate, at all lags that such
        functions reach.

    Returns
    -------
    (N, M) bool array
        ``[src, target]``; own history too.
    """
    weight = np.ascontiguousarray(design.weight[:, None])
    spikes = np.ascontiguousarray(weight * design.counts[:, targets])
    n, k = design.n_units, design.basis.shape[1]
    reached = design.products(weight)[design.n_other :].reshape(n, k, 1)
    met = design.products(spikes)[design.n_other :].reshape(n, k, len(targets))
    rate = spikes.sum(axis=0) / max(design.n_rows, 1.0)
    none = (reached > 0) & (met <= _NONE * reached * rate)
    # Bins after the source's spikes, at each lag, and the lags that functions without a spike reach together.
    bins = (reached[:, :, 0] / design.basis.sum(axis=0)).max(axis=1)
    lags = (none.transpose(0, 2, 1) @ (design.basis > _NONE).T).sum(axis=-1)
    return np.asarray((lags > 0) & (lags * np.outer(bins, rate) > least))


def likelihood_ratio(lost: float, n_coefficients: int) -> float:
    """Test a coupling by the penalised log-likelihood, in nats, that is lost without it: a p-value (chi-squared)."""
    from scipy.special import chdtrc

    return float(chdtrc(n_coefficients, max(2.0 * lost, 0.0)))
