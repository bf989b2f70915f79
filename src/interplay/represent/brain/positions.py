"""Where a region lies: coordinates taken from a matrix, by its Laplacian or by a diffusion map."""

from __future__ import annotations

from typing import cast

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor, nn

from interplay._core.checks import Shapes, require_setting

#: Coordinates from a Laplacian, as published.
LAPLACIAN_PLACES = 30
#: Entries of a row that a diffusion map keeps: the greatest tenth, and in small atlases at least so many.
_KEPT, _LEAST = 0.1, 5
#: Power of the density that is divided out of a diffusion map's affinities.
_ALPHA = 0.5


def laplacian_positions(
    matrix: ArrayLike, count: int = LAPLACIAN_PLACES, *, highest: bool = False
) -> NDArray[np.float64]:
    """Give coordinates of regions by the likeness of their rows.

    Parameters
    ----------
    matrix : (R, R) float array
        Finite; of any sign and scale, directed or not.
    count : int, >= 1
        G.
    highest : bool
        Take the vectors of the highest frequencies, falling, as the published code does; default is the lowest, rising,
        without the first, trivial one.

    Returns
    -------
    (R, G) float64 array
        Columns of length 1, signed so that the entry of greatest size (the first, of several) is positive; the columns
        beyond those there are, R - 1 (R with `highest`), are 0. All 0 where the matrix has no edge, or R = 1.

    Raises
    ------
    DataError
        If the matrix is not square or not finite.

    Notes
    -----
    Affinity of two rows is 1 - angle / pi, in [0, 1]; a row without entries has the angle of a right one to every row,
    itself too. Then the eigenvectors of I - S^(-1/2) A S^(-1/2), S the row sums. Where eigenvalues are equal the basis
    is the solver's. Time O(R^3).

    References
    ----------
    Belkin, Niyogi (2003), Neural Computation 15:1373.

    Examples
    --------
    >>> chain = np.diag(np.ones(4), 1) + np.diag(np.ones(4), -1)
    >>> laplacian_positions(chain, 2).shape
    (5, 2)
    """
    w = _square("matrix", matrix)
    require_setting("count", count, least=1, whole=True)
    n = len(w)
    out = np.zeros((n, count))
    if n < 2 or not w.any():
        return out
    affinity = _angles(w)
    scale = 1 / np.sqrt(affinity.sum(axis=1))
    _, vectors = np.linalg.eigh(scale[:, None] * affinity * scale)
    found = (vectors if highest else vectors[:, -2::-1])[:, :count]
    out[:, : found.shape[1]] = _signed(found)
    return out


def functional_gradients(connectivity: ArrayLike, count: int = 10) -> NDArray[np.float64]:
    """Give coordinates of regions along the slowest gradients of a connectivity matrix, by a diffusion map.

    Parameters
    ----------
    connectivity : (R, R) float array
        Finite, symmetric as correlations are; the diagonal counts as an entry.
    count : int, >= 1
        G.

    Returns
    -------
    (R, G) float64 array
        Falling in importance; signed so that the entry of greatest size is positive. Columns beyond those there are,
        one less than the regions in it, are 0, and so are regions whose row is 0 but for the diagonal: they are left
        out.

    Raises
    ------
    DataError
        If the matrix is not square or not finite.

    Notes
    -----
    The recipe of brain gradients: of every row the greatest tenth stays, at least 5 entries (the rule of small atlases
    is ours), the rest is 0; affinity is 1 - angle / pi of two rows; A = S^(-a) A S^(-a) with a = 1/2; then the
    eigenvectors of the random walk T^(-1) A, T the row sums, of root-mean-square 1, without the constant one, times
    l / (1 - l) of their eigenvalues: the walk summed over all times. Time O(R^3).

    References
    ----------
    Coifman, Lafon (2006), Applied and Computational Harmonic Analysis 21:5. Vos de Wael et al. (2020), Communications
    Biology 3:103.

    Examples
    --------
    >>> place = np.arange(30)
    >>> first = functional_gradients(np.exp(-(((place[:, None] - place) / 5) ** 2)), 1)[:, 0]
    >>> bool(abs(np.corrcoef(first, place)[0, 1]) > 0.9)
    True
    """
    w = _square("connectivity", connectivity)
    require_setting("count", count, least=1, whole=True)
    out = np.zeros((len(w), count))
    kept = np.flatnonzero((w * ~np.eye(len(w), dtype=bool)).any(axis=1))
    n = len(kept)
    if n < 2:
        return out
    affinity = _angles(_greatest(w[np.ix_(kept, kept)]))
    density = affinity.sum(axis=1) ** -_ALPHA
    affinity = density[:, None] * affinity * density
    scale = 1 / np.sqrt(affinity.sum(axis=1))
    values, vectors = np.linalg.eigh(scale[:, None] * affinity * scale)
    values, vectors = values[-2::-1][:count], (scale[:, None] * vectors)[:, -2::-1][:, :count]
    vectors = vectors / np.sqrt((vectors**2).mean(axis=0))
    out[kept, : vectors.shape[1]] = _signed(vectors * (values / (1 - values)))
    return out


def _square(name: str, matrix: ArrayLike) -> NDArray[np.float64]:
    return np.asarray(Shapes().array(name, matrix, "R R"), np.float64)


def _greatest(w: NDArray[np.float64]) -> NDArray[np.float64]:
    n = len(w)
    count = min(n, max(_LEAST, int(_KEPT * n)))
    least = np.partition(w, n - count, axis=1)[:, n - count, None]
    return np.where(w >= least, w, 0.0)


def _angles(w: NDArray[np.float64]) -> NDArray[np.float64]:
    """1 - angle / pi of the rows; every one against every one."""
    w = w / (np.abs(w).max() or 1.0)
    length = np.sqrt((w**2).sum(axis=1))
    unit = w / np.where(length > 0, length, np.inf)[:, None]
    return np.asarray(1 - np.arccos(np.clip(unit @ unit.T, -1, 1)) / np.pi)


def _signed(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    largest = np.argmax(np.round(np.abs(vectors), 9), axis=0)
    return np.asarray(vectors * np.where(vectors[largest, np.arange(vectors.shape[1])] < 0, -1.0, 1.0))


class LaplacianPlaces(nn.Module):
    """A code of places from each graph's own Laplacian: x + W g.

    Parameters
    ----------
    count : int
        G.
    width : int
        D.
    highest : bool
        See `laplacian_positions`.

    Notes
    -----
    Eigenvectors have no sign of their own: in training the sign of each column is drawn anew for every graph, so that
    nothing can be learnt from it.
    """

    def __init__(self, count: int, width: int, *, highest: bool = False) -> None:
        super().__init__()
        self.count, self.highest = count, highest
        self.positional_proj = nn.Linear(count, width)

    def places(self, weights: Tensor, present: Tensor | None = None) -> Tensor:
        """Give the coordinates of (B, R, R) graphs, (B, R, G); 0 for regions that are missing."""
        table = weights.detach().double().cpu().numpy()
        there = np.ones(table.shape[:2], bool) if present is None else present.cpu().numpy()
        out = np.zeros((*table.shape[:2], self.count))
        for b, kept in enumerate(there):
            out[b, kept] = laplacian_positions(table[b][np.ix_(kept, kept)], self.count, highest=self.highest)
        found = torch.from_numpy(out).to(device=weights.device, dtype=weights.dtype)
        if self.training:
            found = found * (2 * torch.randint(0, 2, (len(found), 1, self.count), device=found.device) - 1)
        return found

    def forward(self, x: Tensor, places: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Add the code of (B, R, G) places to (B, R, D); give the sum and the code."""
        code = cast(Tensor, self.positional_proj(places))
        return x + code, code
