"""Pictures of what single methods of inference find beside their networks: states, factors, filters, correlograms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from interplay.plot import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]

#: Steps nearer than this share of the whole touch: sums of steps round.
_TOUCHING = 1e-9


def plot_shares(
    start_s: Floats, stop_s: Floats, shares: Floats, *, stacked: bool = True, ax: Axes | None = None
) -> Axes:
    """Draw the activity of states (stacked, they sum to 1) or of factors (as lines) over time.

    Parameters
    ----------
    start_s, stop_s : (T,) float64 arrays, s
        Of steps that follow each other; what lies between two of them was not observed, and is shaded.
    shares : (T, C) float64 array
        NaN where nothing is known.
    stacked : bool
    ax : Axes or None

    Returns
    -------
    Axes
    """
    ax = style.axes_or_new(ax, 700, 150)
    if not len(start_s):
        return style.message(ax, "nothing over time")
    edges, shown = _with_gaps(start_s, stop_s, shares)
    for low, high in zip(stop_s[:-1], start_s[1:], strict=True):
        if high - low > _TOUCHING * (stop_s[-1] - start_s[0]):
            ax.axvspan(low, high, facecolor=style.SHADE, linewidth=0)
    if stacked:
        below = np.zeros(len(shown))
        for c, share in enumerate(shown.T):
            above = below + share
            ax.stairs(above, edges, baseline=below, fill=True, color=style.category(c), label=f"state {c + 1}")
            below = above
        ax.set_ylim(0, 1)
    else:
        for c, share in enumerate(shown.T):
            ax.stairs(share, edges, baseline=None, color=style.category(c), linewidth=1.3, label=f"factor {c + 1}")
        ax.set_ylim(0, 1.03)
    ax.set_xlim(float(edges[0]), float(edges[-1]))
    style.dress(ax, x="time (s)", y="probability" if stacked else "activity")
    style.few_ticks(ax, "x", 7)
    style.few_ticks(ax, "y", 3)
    if shares.shape[1] <= len(style.CATEGORIES):
        style.quiet_legend(ax, columns=min(shares.shape[1], 4))
    return ax


def _with_gaps(start_s: Floats, stop_s: Floats, shares: Floats) -> tuple[Floats, Floats]:
    """Put a step of NaN wherever two steps do not touch."""
    room = start_s[1:] - stop_s[:-1] > _TOUCHING * (stop_s[-1] - start_s[0])
    after = np.flatnonzero(room)
    shown = np.insert(shares, after + 1, np.nan, axis=0)
    edges = np.append(np.insert(start_s, after + 1, stop_s[after]), stop_s[-1])
    return edges, shown


def plot_signed_matrix(
    weights: Floats, *, top: float | None = None, directed: bool = True, ax: Axes | None = None
) -> Axes:
    """Draw a signed network: rows are sources, columns targets; colour follows the root of the size.

    Parameters
    ----------
    weights : (N, N) float64 array
        NaN is grey.
    top : float or None
        Size at full colour.
    directed : bool
    ax : Axes or None

    Returns
    -------
    Axes
    """
    from matplotlib.colors import LinearSegmentedColormap

    ax = style.axes_or_new(ax, 240, 240)
    image = np.array(weights, dtype=np.float64)
    np.fill_diagonal(image, np.nan)
    high = top or float(np.nanmax(np.abs(image), initial=0.0)) or 1.0
    ramp = LinearSegmentedColormap.from_list("signed", [style.NEGATIVE, "#ffffff", style.POSITIVE])
    shown = np.sign(image) * np.sqrt(np.minimum(np.abs(image) / high, 1.0))
    ax.imshow(shown, cmap=ramp.with_extremes(bad=style.GRID), vmin=-1, vmax=1, interpolation="none")
    style.dress(ax, x="target" if directed else "unit", y="source" if directed else "unit")
    style.few_ticks(ax, "both", 4, whole=True)
    return ax


def plot_filters(
    lags_s: Floats, filters: Floats, errors: Floats | None, *, y: str = "change of the drive", ax: Axes | None = None
) -> Axes:
    """Draw coupling filters: blue where the sum over lags excites, orange where it inhibits, with two standard errors.

    Parameters
    ----------
    lags_s : (L,) float64 array, s
    filters : (K, L) float64 array
    errors : (K, L) float64 array or None
    y : str
        What a filter adds to.
    ax : Axes or None

    Returns
    -------
    Axes
    """
    ax = style.axes_or_new(ax, 460, 240)
    ax.axhline(0, color=style.FAINT, linewidth=1)
    for k, line in enumerate(filters):
        colour = style.POSITIVE if line.sum() > 0 else style.NEGATIVE
        if errors is not None:
            ax.fill_between(
                1000 * lags_s, line - 2 * errors[k], line + 2 * errors[k], color=colour, alpha=0.12, linewidth=0
            )
        ax.plot(1000 * lags_s, line, color=colour, linewidth=1.4, marker="o", markersize=2.5)
    style.dress(ax, x="lag (ms)", y=y, grid=True)
    style.few_ticks(ax, "both", 5)
    return ax


def plot_correlogram(lag_s: Floats, counts: NDArray[Any], baseline: Floats, *, ax: Axes | None = None) -> Axes:
    """Draw a correlogram with the counts that its surroundings lead to expect.

    Parameters
    ----------
    lag_s : (M,) float64 array, s
        Centres of bins.
    counts : (M,) array
    baseline : (M,) float64 array
    ax : Axes or None

    Returns
    -------
    Axes
    """
    ax = style.axes_or_new(ax, 220, 140)
    step = float(lag_s[1] - lag_s[0]) if len(lag_s) > 1 else 1.0
    edges = 1000 * np.append(lag_s - step / 2, lag_s[-1] + step / 2)
    ax.stairs(counts, edges, fill=True, color=style.OTHER)
    ax.plot(1000 * lag_s, baseline, color=style.NEGATIVE, linewidth=1.2)
    ax.axvline(0, color=style.MUTED, linewidth=0.8, dashes=(3, 2))
    ax.set_xlim(edges[0], edges[-1])
    ax.set_ylim(0, None)
    style.dress(ax)
    style.few_ticks(ax, "both", 3)
    return ax


def plot_scores(names: Sequence[str], values: Sequence[Floats], *, x: str = "", ax: Axes | None = None) -> Axes:
    """Draw a score of several models, each fold a stroke and the mean a dot.

    Parameters
    ----------
    names : sequence of str
    values : sequence of (F,) float64 arrays
    x : str
        What the score is.
    ax : Axes or None

    Returns
    -------
    Axes
    """
    ax = style.axes_or_new(ax, 460, 50 + 26 * len(names), left=130)
    for y, row in enumerate(values):
        known = np.asarray(row, dtype=np.float64)
        known = known[np.isfinite(known)]
        if len(known):
            ax.plot(known, np.full(len(known), y), "|", color=style.MUTED, markersize=9, alpha=0.7)
            ax.plot(known.mean(), y, "o", color=style.ACCENT, markeredgecolor=style.PAPER, markersize=7.5)
    ax.set_ylim(len(names) - 0.4, -0.6)
    style.dress(ax, x=x)
    ax.spines["left"].set_visible(False)
    ax.set_yticks(range(len(names)), [style.plain(n) for n in names])
    ax.tick_params(axis="y", length=0)
    style.few_ticks(ax, "x", 4)
    return ax


def plot_relaxation(sweeps: NDArray[Any], energy: Floats, error: Floats, *, ax: Axes | None = None) -> Axes:
    """Draw the mean energy of chains that start apart: they must meet.

    Parameters
    ----------
    sweeps : (R,) int array
    energy, error : (3, R) float64 arrays, nats
        Of chains started at data, at independent units, and where training left them.
    ax : Axes or None

    Returns
    -------
    Axes
    """
    ax = style.axes_or_new(ax, 460, 240)
    labels = ("from data", "from independent units", "of training")
    for k, name in enumerate(labels):
        colour = style.category(k)
        ax.fill_between(sweeps, energy[k] - error[k], energy[k] + error[k], color=colour, alpha=0.2, linewidth=0)
        ax.plot(sweeps, energy[k], color=colour, linewidth=1.4, label=name)
    style.dress(ax, x="sweeps", y="mean energy (nats)", grid=True)
    style.few_ticks(ax, "both", 5)
    style.quiet_legend(ax, columns=2 if ax.bbox.width < 320 else 3)
    return ax
