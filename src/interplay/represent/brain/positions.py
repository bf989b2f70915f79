"""Where a region stands in a graph: frequencies of a Laplacian, and gradients of functional connectivity."""

from __future__ import annotations

import math

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from interplay._core.checks import Shapes, require_setting

#: Eigenvectors of a Laplacian that are read, as published.
EIGENVECTORS = 30


def laplacian_positions(weights: Tensor, count: int, *, highest: bool = False) -> Tensor:
    """Give every region its values in some eigenvectors of the graph's normalised Laplacian.

    Rows are compared by their angle, A = 1 - arccos(cosine) / pi, and L = I - D^-1/2 A D^-1/2.

    Parameters
    ----------
    weights : (B, R, R) float tensor
    count : int
        Eigenvectors; where there are fewer, columns of 0 follow.
    highest : bool
        Those of the largest eigenvalues, as published, from the largest down; otherwise those of the smallest but the
        first, upwards, in which neighbours are alike.

    Returns
    -------
    (B, R, count) float tensor
        Of unit length. The sign of each column makes its entry of largest size positive (of equal ones the first).
    """
    rows = weights.double()
    rows = rows / (rows.norm(dim=-1, keepdim=True) + 1e-8)
    alike = 1 - torch.arccos((rows @ rows.transpose(-2, -1)).clamp(-1, 1)) / math.pi
    scale = alike.sum(dim=-1).rsqrt()
    size = weights.shape[-1]
    laplacian = torch.eye(size, device=weights.device, dtype=torch.float64) - scale[:, :, None] * alike * scale[:, None]
    vectors = torch.linalg.eigh((laplacian + laplacian.transpose(-2, -1)) / 2).eigenvectors
    chosen = vectors.flip(-1)[..., :count] if highest else vectors[..., 1 : 1 + count]
    top = chosen.abs().argmax(dim=1, keepdim=True)
    sign = chosen.gather(1, top).sign()
    out = torch.zeros(*weights.shape[:2], count, device=weights.device, dtype=weights.dtype)
    out[..., : chosen.shape[-1]] = chosen * torch.where(sign == 0, 1.0, sign)
    return out


def functional_gradients(
    connectivity: ArrayLike, count: int = 10, *, keep: float = 0.1, alpha: float = 0.5
) -> NDArray[np.float64]:
    """Give every region its coordinates along the gradients of connectivity: a diffusion map of alike profiles.

    Parameters
    ----------
    connectivity : (R, R) float array
        Symmetric, as a mean correlation.
    count : int, >= 1
        G, gradients; where R - 1 is smaller, columns of 0 follow.
    keep : float, in (0, 1]
        Share of the largest entries of every row that counts; negative ones never do.
    alpha : float, in [0, 1]
        How much the density of points is taken out (Coifman and Lafon): 0.5 follows the geometry of a diffusion.

    Returns
    -------
    (R, G) float64 array
        Each column divided by its largest size; the entry of largest size is positive. A region without a positive
        entry beside its own lies at 0.

    Notes
    -----
    Margulies et al. (2016): rows are cut, compared by their normalised angle, and embedded by the eigenvectors of the
    diffusion operator, each times its eigenvalue over one minus it (all times together). O(R^3).

    References
    ----------
    Coifman, Lafon (2006), Applied and Computational Harmonic Analysis 21, 5. Margulies et al. (2016), PNAS 113, 12574.
    """
    matrix = np.array(Shapes().array("connectivity", connectivity, "R R"), dtype=np.float64)
    require_setting("count", count, least=1, whole=True)
    require_setting("keep", keep, above=0, most=1)
    require_setting("alpha", alpha, least=0, most=1)
    n = len(matrix)
    np.fill_diagonal(matrix, 0.0)
    kept = max(1, round(keep * (n - 1)))
    cut = np.partition(matrix, n - kept, axis=1)[:, n - kept, None]
    profile = np.where((matrix >= cut) & (matrix > 0), matrix, 0.0)
    size = np.linalg.norm(profile, axis=1)
    there = size > 0
    out = np.zeros((n, count))
    if there.sum() < 2:
        return out
    unit = profile[there] / size[there, None]
    alike = 1 - np.arccos(np.clip(unit @ unit.T, -1, 1)) / np.pi
    density = alike.sum(axis=1) ** -alpha
    kernel = density[:, None] * alike * density
    degree = kernel.sum(axis=1)
    root = 1 / np.sqrt(degree)
    values, vectors = np.linalg.eigh(root[:, None] * kernel * root)
    order = np.argsort(values)[::-1][1 : 1 + count]
    values, vectors = values[order], root[:, None] * vectors[:, order]
    coordinates = vectors * np.clip(values, 0, 1 - 1e-9) / (1 - np.clip(values, 0, 1 - 1e-9))
    top = np.abs(coordinates).argmax(axis=0)
    largest = coordinates[top, np.arange(len(top))]
    scaled = coordinates / np.where(largest == 0, 1.0, largest)
    out[np.flatnonzero(there)[:, None], np.arange(len(top))] = scaled
    return out
