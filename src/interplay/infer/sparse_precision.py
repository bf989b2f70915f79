"""Graphical lasso of one window: the path of penalties, and which to take."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from interplay.ops.graphical_lasso import descend

Penalty = float | Literal["ebic", "cv"]

_TOLERANCE = 1e-7
_ROUNDS = 200
#: Penalties tried, from the one that leaves no edge down to this share of it, evenly in the logarithm.
_TRIED, _LOWEST = 16, 0.01
_FOLDS = 4


class Sparse(NamedTuple):
    """One sparse precision matrix, and how it was found."""

    precision: NDArray[np.float64]
    penalty: float
    converged: bool


def sparse_precision(
    z: NDArray[np.float64], correlation: NDArray[np.float64], n_samples: float, penalty: Penalty, gamma: float
) -> Sparse:
    """Fit the graphical lasso of one correlation matrix.

    Parameters
    ----------
    z : (T, n) float64 array
        Standardised samples; only "cv" looks at them.
    correlation : (n, n) float64 array
        Positive semidefinite.
    n_samples : float
    penalty : float, > 0, "ebic" or "cv"
    gamma : float, in [0, 1]
        Of the extended criterion.

    Returns
    -------
    Sparse

    References
    ----------
    Foygel, Drton (2010), for "ebic".
    """
    if not isinstance(penalty, str):
        (found,) = _path(correlation, np.array([float(penalty)]))
        return found
    tried = _penalties(correlation)
    path = _path(correlation, tried)
    if penalty == "ebic":
        cost = np.array([_ebic(correlation, found.precision, n_samples, gamma) for found in path])
    else:
        cost = _held_out(z, tried)
    return path[int(np.argmin(cost))]


def _penalties(correlation: NDArray[np.float64]) -> NDArray[np.float64]:
    top = float(np.abs(correlation - np.diag(np.diag(correlation))).max())
    return max(top, 1e-6) * np.geomspace(1.0, _LOWEST, _TRIED)


def _path(correlation: NDArray[np.float64], penalties: NDArray[np.float64]) -> list[Sparse]:
    """Fit falling penalties, each from the one before."""
    diagonal = np.diag(np.diag(correlation))
    w, b = diagonal.copy(), np.zeros_like(correlation)
    before = max(float(np.abs(correlation - diagonal).max()), 1e-300)
    found = []
    for penalty in penalties.tolist():
        # Rounds stay positive definite from a start within the penalty of the correlations (Mazumder, Hastie 2012).
        w = correlation + (w - correlation) * min(1.0, penalty / before)
        before = penalty
        precision = np.empty_like(correlation)
        rounds = descend(correlation, penalty, w, b, _TOLERANCE, _ROUNDS, precision)
        found.append(Sparse(precision, penalty, rounds > 0))
    return found


def _likelihood(correlation: NDArray[np.float64], precision: NDArray[np.float64]) -> float:
    """Twice the Gaussian log-likelihood of a sample, without its constant; -inf where P is not positive definite."""
    sign, log_det = np.linalg.slogdet(precision)
    return float(log_det - (correlation * precision).sum()) if sign > 0 else -np.inf


def _ebic(correlation: NDArray[np.float64], precision: NDArray[np.float64], n_samples: float, gamma: float) -> float:
    edges = int(np.count_nonzero(np.triu(precision, 1)))
    price = np.log(n_samples) + 4.0 * gamma * np.log(len(correlation))
    return float(-n_samples * _likelihood(correlation, precision) + edges * price)


def _held_out(z: NDArray[np.float64], penalties: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean cost of left-out samples, in blocks of consecutive samples, for every penalty."""
    cost = np.zeros(len(penalties))
    for block in np.array_split(np.arange(len(z)), _FOLDS):
        rest = np.delete(z, block, axis=0)
        train = rest.T @ rest / len(rest)
        test = z[block].T @ z[block] / len(block)
        cost -= [_likelihood(test, found.precision) for found in _path(train, penalties)]
    return cost
