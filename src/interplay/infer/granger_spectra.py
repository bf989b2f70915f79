"""Granger causality by frequency, from autoregressions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from interplay.infer.edges import pair_index
from interplay.ops.lag_conditional import full_model
from interplay.ops.spectral_factor import factor_spectrum

#: Steps of the frequency grid from 0 to half the sampling rate, at least and at most.
_GRID_LEAST, _GRID_MOST = 128, 4096
#: What a correlation must have decayed to at the end of the grid.
_DECAYED = 1e-13
_CHUNK = 256


def pair_spectral(
    sums: NDArray[np.float64], n: int, orders: NDArray[np.int64], n_rows: int, low: float, high: float
) -> NDArray[np.float64]:
    """Average Geweke's measure of every ordered pair over a band.

    Parameters
    ----------
    sums : square float64 array
        Of `interplay.ops.lag_regression.lag_sums`.
    n : int
    orders : (n, n) int64 array
        Of each pair; 0 where it has none.
    n_rows : int
    low, high : float, cycles per sample, 0 <= low < high <= 1/2

    Returns
    -------
    (n, n) float64 array, >= 0, ``[src, dst]``
        NaN where the pair has no order, or its autoregression is not stable.

    References
    ----------
    Geweke (1982), J Am Stat Assoc 77:304.
    """
    out = np.full((n, n), np.nan)
    grid, weight = _grid(low, high)
    first, second = pair_index(n, False)
    for p in np.unique(orders[first, second]).tolist():
        if p < 1:
            continue
        chosen = np.flatnonzero(orders[first, second] == p)
        for part in np.array_split(chosen, max(1, len(chosen) // _CHUNK)):
            i, j = first[part], second[part]
            out[j, i], out[i, j] = _geweke(sums, n, p, n_rows, i, j, grid, weight)
    return out


def _grid(low: float, high: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lay Gauss-Legendre points over a band: smooth spectra are averaged to rounding."""
    point, weight = np.polynomial.legendre.leggauss(96)
    return low + (high - low) * (point + 1.0) / 2.0, weight / 2.0


def _geweke(
    sums: NDArray[np.float64],
    n: int,
    p: int,
    n_rows: int,
    i: NDArray[np.int64],
    j: NDArray[np.int64],
    grid: NDArray[np.float64],
    weight: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Measure j -> i and i -> j of some pairs of one order."""
    column = np.stack([i, j], axis=1)[:, None, :] + n * np.arange(p + 1)[None, :, None]
    column = column.reshape(len(i), -1)
    own = sums[column[:, :, None], column[:, None, :]]
    coefficient = np.linalg.solve(own[:, 2:, 2:], own[:, 2:, :2])
    noise = (own[:, :2, :2] - np.swapaxes(own[:, 2:, :2], 1, 2) @ coefficient) / n_rows
    lagged = coefficient.reshape(len(i), p, 2, 2)
    polynomial = np.eye(2) - np.einsum("fk,bkst->bfts", _turns(grid, p), lagged)
    determinant = polynomial[..., 0, 0] * polynomial[..., 1, 1] - polynomial[..., 0, 1] * polynomial[..., 1, 0]
    # Rows receive: transfer[t, s] onto t from the noise of s; the inverse of a 2 x 2 matrix.
    transfer = np.empty_like(polynomial)
    transfer[..., 0, 0], transfer[..., 1, 1] = polynomial[..., 1, 1], polynomial[..., 0, 0]
    transfer[..., 0, 1], transfer[..., 1, 0] = -polynomial[..., 0, 1], -polynomial[..., 1, 0]
    transfer /= determinant[..., None, None]
    power = np.einsum("bfts,bsu,bftu->bft", transfer, noise, transfer.conj()).real
    found = []
    for t, s in ((0, 1), (1, 0)):
        left = (noise[:, s, s] - noise[:, s, t] ** 2 / noise[:, t, t])[:, None] * np.abs(transfer[..., t, s]) ** 2
        found.append(-np.log1p(-np.minimum(left / power[..., t], 1.0)) @ weight)
    steady = _radius(lagged) < 1.0
    return np.where(steady, found[0], np.nan), np.where(steady, found[1], np.nan)


def _turns(grid: NDArray[np.float64], p: int) -> NDArray[np.complex128]:
    return np.asarray(np.exp(-2j * np.pi * grid[:, None] * np.arange(1, p + 1)))


def _radius(lagged: NDArray[np.float64]) -> NDArray[np.float64]:
    """Spectral radius of autoregressions with coefficients (B, p, source, target)."""
    size, p, n, _ = lagged.shape
    companion = np.zeros((size, p * n, p * n))
    companion[:, :n] = np.swapaxes(lagged, 2, 3).transpose(0, 2, 1, 3).reshape(size, n, p * n)
    companion[:, np.arange(n, p * n), np.arange((p - 1) * n)] = 1.0
    return np.asarray(np.abs(np.linalg.eigvals(companion)).max(axis=1))


def conditional_spectral(
    sums: NDArray[np.float64], n: int, order: int, n_rows: int, low: float, high: float
) -> tuple[NDArray[np.float64], str]:
    """Average Geweke's conditional measure over a band, each source given all other units.

    Parameters
    ----------
    sums : square float64 array
        Of `interplay.ops.lag_regression.lag_sums`.
    n, order, n_rows : int
    low, high : float, cycles per sample, 0 <= low < high <= 1/2

    Returns
    -------
    measure : (n, n) float64 array, ``[src, dst]``
        NaN where it is undefined.
    note : str
        What a reader must know; empty if nothing.

    Notes
    -----
    The process without a source is not an autoregression of finite order: its own filter comes from factoring the
    spectrum that the full autoregression gives it. Fitting a second autoregression instead can make the measure
    negative. O(n F n^3) per round of the factorisation, F frequencies.

    References
    ----------
    Geweke (1984), J Am Stat Assoc 79:907; Chen, Bressler, Ding (2006), J Neurosci Methods 150:228.
    """
    model = full_model(sums, n, order)
    out = np.full((n, n), np.nan)
    defined = ~np.isnan(model.gain).all(axis=1)
    if not defined.all():
        return out, "the regression on all units is singular: a unit repeats others, and no pair has a value"
    lagged = model.coefficient.reshape(order, n, n)
    radius = float(_radius(lagged[None])[0])
    if radius >= 1.0:
        return out, "the fitted autoregression is not stable, and no pair has a value"
    steps = int(np.clip(2 ** np.ceil(np.log2(np.log(_DECAYED) / np.log(max(radius, 0.1)))), _GRID_LEAST, _GRID_MOST))
    grid = np.linspace(0.0, 0.5, steps + 1)
    polynomial: NDArray[np.complex128] = np.eye(n) - np.einsum("fk,kst->fts", _turns(grid, order), lagged)
    transfer = np.asarray(np.linalg.inv(polynomial), dtype=np.complex128)
    noise = model.residual / n_rows
    spectrum = np.asarray(transfer @ noise @ np.swapaxes(transfer.conj(), 1, 2), dtype=np.complex128)
    weight = _trapezoid(grid, low, high)
    smooth = True
    for j in range(n):
        rest = np.delete(np.arange(n), j)
        reduced = factor_spectrum(spectrum[:, rest[:, None], rest])
        smooth &= reduced.converged
        joint = np.linalg.solve(reduced.transfer, transfer[:, rest] @ noise)
        own = np.abs(joint[:, np.arange(n - 1), rest]) ** 2
        ratio = np.log(np.diag(reduced.noise) * np.diag(noise)[rest] / own)
        out[j, rest] = np.maximum(weight @ ratio, 0.0)
    return out, "" if smooth else "a spectral factorisation did not converge; its values are approximate"


def _trapezoid(grid: NDArray[np.float64], low: float, high: float) -> NDArray[np.float64]:
    """Weights that average a function, linear between grid points, over a band."""
    step = grid[1] - grid[0]

    def below(f: float) -> NDArray[np.float64]:
        """Weights of the integral from 0 to f."""
        place = min(int(f / step), len(grid) - 2)
        share = f / step - place
        weight = np.zeros(len(grid))
        weight[: place + 1] = step
        weight[0] = step / 2 if place else 0.0
        weight[place] = step / 2 if place else 0.0
        weight[place] += step * share * (1.0 - share / 2.0)
        weight[place + 1] += step * share * share / 2.0
        return weight

    return (below(high) - below(low)) / (high - low)
