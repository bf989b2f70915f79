"""The Gumbel-Rao estimator of a binary unit with its noise integrated out: two weights, as integrals and as a table."""

from __future__ import annotations

import functools
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import require_setting

#: The table's end and step in the logit; beyond it the limits hold to double precision.
TABLE_END = 40.0
TABLE_STEP = 0.005
_PANELS, _NODES = 24, 24
_ROWS = 512


def agr_weights(eta: ArrayLike, tau: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give the weights W1 and W0 of the analytical Gumbel-Rao estimator: ĝ = W_b / P(b) · f'(b).

    Parameters
    ----------
    eta : array_like
        Logits of P.
    tau : float, > 0
        Temperature.

    Returns
    -------
    two float64 arrays of the shape of `eta`

    Raises
    ------
    ConfigError
        If `tau` is not above 0.

    Notes
    -----
    With σ' the logistic density, W1(η) = ∫₀^∞ σ'(τl - η) σ'(l) dl and W0(η) = W1(-η): the integral over the relaxed
    sample s of the note's h(s), with l = logit s. Gauss-Legendre panels on l where τ <= 1 and on τl - η where τ > 1,
    which keeps both factors wide; relative error below 1e-10 for τ in [0.05, 50] and abs(η) <= 20.

    References
    ----------
    Paulus, Maddison, Krause (2021), ICLR, for the conditional expectation; binary case derived here.
    """
    require_setting("tau", tau, above=0, below=np.inf)
    at = np.asarray(eta, dtype=np.float64)
    flat = at.ravel()
    up, down = np.empty_like(flat), np.empty_like(flat)
    for first in range(0, len(flat), _ROWS):
        part = slice(first, first + _ROWS)
        up[part], down[part] = _half_line(flat[part], tau), _half_line(-flat[part], tau)
    return up.reshape(at.shape), down.reshape(at.shape)


@functools.lru_cache(maxsize=32)
def slope_table(tau: float) -> NDArray[np.float64]:
    """Tabulate W1 / P over the logit, from -`TABLE_END` to `TABLE_END` in steps of `TABLE_STEP`.

    Parameters
    ----------
    tau : float, > 0

    Returns
    -------
    read-only float64 array
        W0 / (1 - P) is the same table read backwards. Between its entries a straight line is within 1e-6.
    """
    eta = np.arange(-TABLE_END, TABLE_END + TABLE_STEP / 2, TABLE_STEP)
    table = np.concatenate([_half_line(part, tau) * (1 + np.exp(-part)) for part in np.array_split(eta, 40)])
    table.flags.writeable = False
    return table


def _half_line(eta: NDArray[np.float64], tau: float) -> NDArray[np.float64]:
    """Integrate σ'(τl - η) σ'(l) over l > 0."""
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    if tau <= 1:
        start, stop, rate = np.zeros_like(eta), np.full_like(eta, 45.0), 1.0
    else:
        # In y = τl - η: from -η on, where σ'(y) decays on both sides and σ'((y + η) / τ) is wide.
        start, stop, rate = -eta, np.maximum(-eta, 0) + 45.0 * np.minimum(tau, 20.0), 1 / tau
    edges = np.linspace(0, 1, _PANELS + 1) ** 2
    total = np.zeros_like(eta)
    for low, high in pairwise(edges.tolist()):
        x = (low + high) / 2 + (high - low) / 2 * nodes
        y = start[:, None] + (stop - start)[:, None] * x
        value = (
            _density(tau * y - eta[:, None]) * _density(y)
            if tau <= 1
            else _density(y) * _density((y + eta[:, None]) / tau)
        )
        total += (high - low) / 2 * (stop - start) * (value @ weights)
    return np.asarray(total * rate)


def _density(x: NDArray[np.float64]) -> NDArray[np.float64]:
    fallen = np.exp(-np.abs(x))
    return np.asarray(fallen / np.square(1 + fallen))
