"""How many directions an embedding really uses: the sizes of its principal axes, and a word where they are one line."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: An axis that holds more than this share is called a line.
LINE = 0.95
_BEGINS = "The vectors lie on one line:"


def axis_sizes(points: Floats) -> Floats:
    """Give the mean square of points along their principal axes.

    Parameters
    ----------
    points : (P, D) float array
        Seen from the origin: take their mean away first for variances.

    Returns
    -------
    (D,) float64 array, >= 0
        From the largest to the smallest.
    """
    size = np.linalg.eigvalsh(points.T @ points / max(len(points), 1))[::-1]
    return np.asarray(np.maximum(size, 0.0))


def dimensions_in_use(points: Floats) -> float:
    """Count the dimensions that points spread over, in fractions.

    Parameters
    ----------
    points : (P, D) float array

    Returns
    -------
    float, in [1, D]
        The participation ratio (Σ v)² / Σ v² of the variances v along the principal axes: k where k of them are equal
        and the others zero. NaN where nothing varies by more than rounding.
    """
    if not points.size:
        return float("nan")
    variance = axis_sizes(points - points.mean(axis=0))
    total = float(variance.sum())
    # Differences at the level of rounding are no direction.
    if total <= 1e-24 * max(1.0, float(np.square(points).sum())):
        return float("nan")
    return float(total**2 / np.square(variance).sum())


def line_notes(embedding: Floats, present: NDArray[np.bool_]) -> tuple[str, ...]:
    """Say it where the vectors lie on one line.

    Parameters
    ----------
    embedding : (T, N, D) float array
    present : (T, N) bool array

    Returns
    -------
    tuple of str
        One note where one axis, through the origin or about the mean, holds more than 95 % of the present nodes'
        squared lengths; else none. Nor with D = 1 or with two vectors, which cannot do otherwise.
    """
    points = embedding[present]
    if points.shape[1] < 2 or len(points) < 3:
        return ()
    through, about = (_largest_share(axis_sizes(x)) for x in (points, points - points.mean(axis=0)))
    if max(through, about) <= LINE:
        return ()
    return (
        f"{_BEGINS} one axis through the origin holds {through:.1%} of their squared lengths, one about their mean "
        f"{about:.1%} of the variance. They tell little more than one number per node; compare with other seeds and "
        "more epochs.",
    )


def without_line_notes(notes: tuple[str, ...]) -> tuple[str, ...]:
    """Leave out what `line_notes` said of other vectors.

    Parameters
    ----------
    notes : tuple of str

    Returns
    -------
    tuple of str
    """
    return tuple(note for note in notes if not note.startswith(_BEGINS))


def _largest_share(size: Floats) -> float:
    total = float(size.sum())
    return float(size[0]) / total if total > 0 else 0.0
