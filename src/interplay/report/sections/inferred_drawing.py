"""Drawings that chapters on methods of inference share: networks side by side, activity over time, small panels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from interplay.plot import inferred as pictures
from interplay.plot import style
from interplay.report import draw, words
from interplay.report.parts import Figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]

#: How many networks, filters or correlograms are drawn.
MOST = 12
#: A strip of a page needs no more steps than this.
_STEPS = 1500


class Stretch(NamedTuple):
    """Activity over time in steps, `start_s`, `stop_s` (T,) and `share` (T, C); what lies between was not observed."""

    start_s: Floats
    stop_s: Floats
    share: Floats

    @property
    def step_s(self) -> float:
        """Longest step drawn, s."""
        return float((self.stop_s - self.start_s).max(initial=0.0))


def pooled(start_s: Sequence[float], parts: Sequence[Floats], dt_s: float) -> Stretch:
    """Average neighbouring samples inside every run, so that a page can draw them.

    Parameters
    ----------
    start_s : sequence of K floats, s
    parts : sequence of K (T_k, C) float64 arrays
    dt_s : float, s

    Returns
    -------
    Stretch
        By time; no step crosses the end of a run.
    """
    pool = max(1, -(-sum(map(len, parts)) // _STEPS))
    starts, stops, shares = [], [], []
    for k in np.argsort(start_s, kind="stable").tolist():
        part = parts[k]
        if not len(part):
            continue
        first = np.arange(0, len(part), pool)
        size = np.diff(np.append(first, len(part)))
        starts.append(start_s[k] + dt_s * first)
        stops.append(start_s[k] + dt_s * (first + size))
        shares.append(np.add.reduceat(part, first, axis=0) / size[:, None])
    return Stretch(np.concatenate(starts), np.concatenate(stops), np.concatenate(shares))


def strip(key: str, stretch: Stretch, *, stacked: bool, title: str, caption: str = "") -> Figure:
    """Draw states or factors over time.

    Parameters
    ----------
    key : str
    stretch : Stretch
    stacked : bool
    title, caption : str

    Returns
    -------
    Figure
    """

    def make(width: float) -> list[Axes]:
        panel = style.stack(width, [120], left=48, top=24 if stretch.share.shape[1] <= 4 else 42)[1][0]
        return [pictures.plot_shares(stretch.start_s, stretch.stop_s, stretch.share, stacked=stacked, ax=panel)]

    return draw.figure(key, make, width=1000, narrow=True, axis="time", title=title, caption=caption, alt=title)


def panels(
    width: float, count: int, one: Callable[[int, Axes], str], *, high: float = 84.0, last: str = ""
) -> list[Axes]:
    """Lay small panels four to a row, two on a telephone.

    Parameters
    ----------
    width : float, pixels
    count : int
    one : callable (k, axes) -> title
        Draws panel k.
    high : float, pixels
    last : str
        Label under the last panel.

    Returns
    -------
    list of Axes
    """
    columns = min(count, 4 if width > 400 else 2)
    rows = -(-count // columns)
    wide = (width - 44 * columns) / columns
    height = rows * (high + 50) + 14
    figure = style.new_figure(width, height)
    drawn = []
    for k in range(count):
        x, y = 40 + (k % columns) * (wide + 44), height - 22 - (k // columns) * (high + 50) - high
        panel = figure.add_axes((x / width, y / height, wide / width, high / height))
        label = one(k, panel)
        panel.set_title(style.plain(label), color=style.MUTED, fontsize=style.SMALL - 0.5, loc="left", pad=3)
        drawn.append(panel)
    drawn[-1].set_xlabel(last, color=style.MUTED, fontsize=style.SMALL)
    return drawn


def matrices(
    key: str,
    networks: Floats,
    labels: Sequence[str],
    title: str,
    *,
    directed: bool,
    meaning: str,
    coloured: bool = True,
) -> Figure:
    """Draw networks beside each other, three to a row, two on a telephone, at one scale.

    Parameters
    ----------
    key : str
    networks : (K, N, N) float64 array
    labels : sequence of K str
    title : str
    directed : bool
    meaning : str
        What the two colours say.
    coloured : bool
        Whether labels take the colours of categories, as in a strip above.

    Returns
    -------
    Figure
        The first twelve.
    """
    shown = networks[:MOST]
    off = ~np.eye(networks.shape[1], dtype=bool)
    known = np.abs(shown[:, off])
    top = float(np.nanquantile(known, 0.995)) if np.isfinite(known).any() else 1.0
    top = top or 1.0

    def make(width: float) -> list[Any]:
        columns = 3 if width > 400 else 2
        rows = -(-len(shown) // columns)
        side = (width - 52 * columns - 10) / columns
        height = rows * (side + 66)
        figure = style.new_figure(width, height)
        drawn = []
        for k, weights in enumerate(shown):
            x = 46 + (k % columns) * (side + 52)
            y = height - 24 - (k // columns) * (side + 66) - side
            panel = figure.add_axes((x / width, y / height, side / width, side / height))
            pictures.plot_signed_matrix(weights, top=top, directed=directed, ax=panel)
            colour = style.category(k) if coloured else style.MUTED
            panel.set_title(labels[k], color=colour, fontsize=style.SMALL, loc="left", pad=4)
            drawn.append(panel)
        return drawn

    left = f" The first {MOST} of {len(networks)}." if len(networks) > MOST else ""
    return draw.figure(
        key,
        make,
        width=700,
        narrow=True,
        title=title,
        caption=f"{meaning} One scale for all: full colour at {words.number(top)} and above, colour by the root of the "
        f"size; grey is not known.{left}",
        alt=f"Weight matrices of {len(shown)} networks.",
    )


def off_diagonal(weights: Floats) -> Floats:
    """Give the known entries off the diagonal."""
    off = weights[~np.eye(len(weights), dtype=bool)]
    return np.asarray(off[np.isfinite(off)])
