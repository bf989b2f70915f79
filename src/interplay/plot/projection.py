"""One flat view of an embedding, the same at all times."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interplay.represent.results import EmbeddingResult

#: A frame less high than this part of its width is stretched, to about the second part.
FLAT, LEGIBLE = 0.15, 0.35


@dataclass(frozen=True, eq=False, kw_only=True)
class Projection:
    """Where the first two principal axes put every node in every window.

    Attributes
    ----------
    xy : (T, N, 2) float array
        Places of the nodes, those of absent ones too.
    history : (T, 2) float array or None
        Places of the history node.
    origin : (2,) float array
        Where the origin of the embedding lies in this view.
    share : (2,) float array, in [0, 1]
        Share of the variance that each axis shows; NaN where nothing varies.
    low, high : (2,) float arrays
        Corners of a frame that holds the present nodes and the history node of all windows.
    stretch : float, >= 1
        How much larger the second axis is drawn than the first; 1 unless the places would lie on a line. Angles can be
        read off the picture only where it is 1.
    dimensions : float, in [1, D]
        How many dimensions are in use, `EmbeddingResult.dimensions`: k where k principal axes have equal variances and
        the others none. NaN where nothing varies.
    """

    xy: NDArray[np.float64]
    history: NDArray[np.float64] | None
    origin: NDArray[np.float64]
    share: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    stretch: float = 1.0
    dimensions: float = float("nan")


def project(result: EmbeddingResult) -> Projection:
    """Turn the embedding of all windows together onto its first two principal axes.

    Parameters
    ----------
    result : EmbeddingResult

    Returns
    -------
    Projection

    Notes
    -----
    The axes are fitted to the present nodes of all windows; the history node, which is no unit, and absent nodes do not
    shape them. Each axis points to the side of its largest loading, so equal input gives equal pictures. With D = 1 the
    second coordinate is zero. An embedding that is all but one-dimensional would be a line: then the second axis is
    drawn larger, and `stretch` says so. Time O(T N D^2).
    """
    points = result.embedding[result.present]
    depth = result.embedding.shape[2]
    middle = points.mean(axis=0) if len(points) else np.zeros(depth)
    around = points - middle
    variance, axes = np.linalg.eigh(around.T @ around / max(len(points), 1))
    variance, axes = np.maximum(variance[::-1], 0.0), axes[:, ::-1]
    # Differences at the level of rounding are no direction.
    if not depth or variance.sum() <= 1e-24 * max(1.0, float(np.square(points).sum())):
        variance = np.zeros(depth)
    axes = axes * np.where(np.take_along_axis(axes, np.abs(axes).argmax(axis=0)[None], axis=0)[0] < 0, -1.0, 1.0)
    plane, part = np.zeros((depth, 2)), np.zeros(2)
    shown = min(2, depth)
    plane[:, :shown], part[:shown] = axes[:, :shown], variance[:shown]
    total = float(variance.sum())
    xy = (result.embedding - middle) @ plane
    history = None if result.history is None else (result.history - middle) @ plane
    inside = xy[result.present]
    if history is not None:
        inside = np.concatenate([inside, history])
    low = inside.min(axis=0) if len(inside) else np.zeros(2)
    high = inside.max(axis=0) if len(inside) else np.zeros(2)
    scale = np.array([1.0, _stretch(high - low)])
    return Projection(
        xy=xy * scale,
        history=None if history is None else history * scale,
        origin=-middle @ plane * scale,
        share=part / total if total > 0 else np.full(2, np.nan),
        low=low * scale,
        high=high * scale,
        stretch=float(scale[1]),
        dimensions=result.dimensions,
    )


def percent(share: float) -> str:
    """Write a share in per cent; next to none and next to all keep a decimal.

    Parameters
    ----------
    share : float, in [0, 1]

    Returns
    -------
    str
        Without the sign of per cent; empty where undefined.
    """
    if not np.isfinite(share):
        return ""
    return f"{100 * share:.1f}" if 0 < share < 0.01 or 0.99 < share < 1 else f"{100 * share:.0f}"


def _stretch(size: NDArray[np.float64]) -> float:
    """Give a factor of two digits that makes a very flat frame legible; what is flat but for rounding stays flat."""
    if not 1e-6 * size[0] < size[1] < FLAT * size[0]:
        return 1.0
    return float(f"{LEGIBLE * size[0] / size[1]:.2g}")
