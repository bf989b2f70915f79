"""The Gumbel-Rao estimator of a binary unit with its noise integrated out: two weights, as integrals and as a table."""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import require_finite, require_setting
from interplay.ops.spike_laws import TABLE_END, TABLE_PIECES

#: Where in a piece of the table its cubic meets the value.
_PLACES = np.array([0.0, 0.25, 0.75, 1.0])
_PANELS, _NODES = 14, 16
_ROWS = 512
#: Below this the closed form at τ = 1 loses digits: it divides by (1 - exp(-η))³.
_NEAR = 0.5

Floats = NDArray[np.float64]


def agr_weights(eta: ArrayLike, tau: float) -> tuple[Floats, Floats]:
    """Give the weights W1 and W0 of the analytical Gumbel-Rao estimator: ĝ = W_b / P(b) · f'(b).

    Parameters
    ----------
    eta : array_like, finite
        Logits of P.
    tau : float, > 0
        Temperature.

    Returns
    -------
    two float64 arrays of the shape of `eta`
        As τ falls to 0 both tend to P (1 - P) / 2: the estimator is IW-ST(1/2). As τ grows they tend to P / (4 τ) and
        (1 - P) / (4 τ): the straight-through estimator, scaled down.

    Raises
    ------
    ConfigError
        If `tau` is not above 0.
    DataError
        If a logit is not finite.

    Notes
    -----
    With σ' the logistic density, W1(η) = ∫₀^∞ σ'(τl - η) σ'(l) dl and W0(η) = W1(-η): the integral of
    α s^τ (1 - s)^τ / (s^τ + α (1 - s)^τ)², α = exp(η), over a relaxed sample s from 1/2 to 1, with l = logit s. In
    closed form at τ = 1; else, and near η = 0, by Gauss-Legendre panels that crowd where either factor bends. Relative
    error below 1e-9 for τ in [0.01, 1000] and abs(η) <= 40; a test holds it to that.

    References
    ----------
    Paulus, Maddison, Krause (2021), ICLR, for the conditional expectation. The binary case is derived on the method's
    page.

    Examples
    --------
    The factor by which the estimator is off where the loss is linear.

    >>> up, down = agr_weights([-2.0, 0.3, 1.5], 1.0)
    >>> chance = 1 / (1 + np.exp([2.0, -0.3, -1.5]))
    >>> np.round((up + down) / (chance * (1 - chance)), 2).tolist()
    [1.08, 0.68, 0.9]
    """
    require_setting("tau", tau, above=0, below=np.inf)
    at = np.asarray(eta, dtype=np.float64)
    require_finite("eta", at)
    flat = at.ravel()
    up, down = np.empty_like(flat), np.empty_like(flat)
    for first in range(0, len(flat), _ROWS):
        part = slice(first, first + _ROWS)
        up[part], down[part] = _upper(flat[part], tau), _upper(-flat[part], tau)
    return up.reshape(at.shape), down.reshape(at.shape)


@functools.lru_cache(maxsize=32)
def slope_table(tau: float, normalised: bool = False) -> Floats:
    """Tabulate W1 / P, or W1 / (W1 + W0), over the logit from -`TABLE_END` to `TABLE_END`.

    Parameters
    ----------
    tau : float, > 0
    normalised : bool
        Whether to tabulate W1 / (W1 + W0).

    Returns
    -------
    (4 K,) read-only float64 array
        Four coefficients for each of K = 2 `TABLE_END` `TABLE_PIECES` pieces: a piece is the cubic, in x from 0 to 1,
        through its ends, 1/4 and 3/4. Within 1e-9 of the value for τ in [0.01, 1000], and continuous to rounding.
        W0 / (1 - P) is W1 / P at the negative logit.

    Notes
    -----
    Both are analytic for abs(Im η) < π whatever τ, which is why pieces of 1/32 do for all.
    """
    pieces = round(2 * TABLE_END * TABLE_PIECES)
    eta = (np.arange(pieces)[:, None] + _PLACES[:3]).ravel() / TABLE_PIECES - TABLE_END
    eta = np.append(eta, TABLE_END)
    value = np.concatenate([_tabulated(part, tau, normalised) for part in np.array_split(eta, 32)])
    through = value[3 * np.arange(pieces)[:, None] + np.arange(4)]
    table: Floats = (through @ np.linalg.inv(np.vander(_PLACES, increasing=True)).T).ravel()
    table.flags.writeable = False
    return table


def log_beyond_table(eta: ArrayLike, tau: float) -> Floats:
    """Give the logarithm of the factor by which W1 / P falls from the table's end to a logit above it.

    Parameters
    ----------
    eta : array_like
    tau : float, > 0

    Returns
    -------
    float64 array, <= 0
        log σ'(η / t) - log σ'(`TABLE_END` / t), t = max(τ, 1); 0 for logits up to the table's end.

    Notes
    -----
    Far out W1 is the tail of the wider of its two factors: within 1e-3 of the value, except for τ from 1 to 1.3, where
    a factor that is close to linear is left out; W1 is below 1e-14 there.
    """
    wide = max(tau, 1.0)
    far = np.maximum(np.asarray(eta, dtype=np.float64), TABLE_END)
    return np.asarray(
        (TABLE_END - far) / wide + 2 * (np.log1p(np.exp(-TABLE_END / wide)) - np.log1p(np.exp(-far / wide)))
    )


def _tabulated(eta: Floats, tau: float, normalised: bool) -> Floats:
    up = _upper(eta, tau)
    return up / (up + _upper(-eta, tau)) if normalised else up * (1 + np.exp(-eta))


def _upper(eta: Floats, tau: float) -> Floats:
    """Give W1."""
    if tau != 1:
        return _half_line(eta, tau)
    found = np.where(eta >= 0, *_closed(np.maximum(np.abs(eta), _NEAR)))
    near = np.abs(eta) < _NEAR
    found[near] = _half_line(eta[near], 1.0)
    return np.asarray(found)


def _closed(eta: Floats) -> tuple[Floats, Floats]:
    """Give W1 at τ = 1 for logits η > 0 and for -η: A(1) - A((1 + α) / 2), both sides written in exp(-η)."""
    small = np.exp(-eta)
    factor = small / (1 - small) ** 3
    bent = (1 + small) * np.log((1 + small) / 2)
    rest = (1 + small) / 2 - 2 * small / (1 + small)
    return factor * (-(1 - small) + bent + (1 + small) * eta - rest), factor * (-(1 - small) - bent + rest)


def _half_line(eta: Floats, tau: float) -> Floats:
    """Integrate σ'(τl - η) σ'(l) over l > 0: to where the first factor peaks, and from there on."""
    # For small τ the product is spent long before that peak.
    peak = np.minimum(np.maximum(eta, 0) / tau, 60 / (1 - tau) if tau < 1 else np.inf)
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    both = (1 - np.cos(np.pi * np.linspace(0, 1, _PANELS + 1))) / 2
    total = np.zeros_like(eta)
    for start, length, edges in (
        (np.zeros_like(eta), peak, both),
        (peak, np.full_like(eta, 50 / (1 + tau)), np.linspace(0, 1, _PANELS + 1) ** 2),
    ):
        middle, half = (edges[:-1] + edges[1:]) / 2, np.diff(edges) / 2
        x = (middle[:, None] + half[:, None] * nodes).ravel()
        weight = (half[:, None] * weights).ravel()
        l = start[:, None] + length[:, None] * x  # noqa: E741 - the logit of a relaxed sample, as on the page
        total += length * ((_density(tau * l - eta[:, None]) * _density(l)) @ weight)
    return total


def _density(x: Floats) -> Floats:
    fallen = np.exp(-np.abs(x))
    return np.asarray(fallen / np.square(1 + fallen))
