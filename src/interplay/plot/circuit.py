"""What all pictures of circuits share: colours of signs, regimes and verdicts, fields of arrows, colour bars."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from interplay.plot import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]

#: Excitatory and inhibitory.
EXCITATORY, INHIBITORY = style.POSITIVE, style.NEGATIVE
#: Every regime with its rank in the palette; -1 is grey.
REGIMES = {
    "self_regulating": 0,
    "inhibition_stabilised": 1,
    "oscillatory": 2,
    "bistable": 3,
    "runaway": 5,
    "undecided": -1,
}
#: Every verdict with its colour.
VERDICTS = {"certified": style.ACCENT, "refuted": style.CATEGORIES[1], "undecided": style.OTHER}
#: Most arrows along one side of a plane.
ARROWS = 16


def regime_colour(name: str) -> str:
    """Give the colour of a regime; names that are not known are grey."""
    return style.category(REGIMES.get(name, -1))


def in_words(name: str) -> str:
    """Write a name from the code as words."""
    return name.replace("_", "-" if name in REGIMES else " ")


def sign_colour(sign: int) -> str:
    """Give the colour of a unit: excitatory, inhibitory, or neither known."""
    return EXCITATORY if sign > 0 else INHIBITORY if sign < 0 else style.MUTED


def population_order(sign: NDArray[np.int64]) -> NDArray[np.int64]:
    """Put excitatory units first, then those of unknown sign, then inhibitory ones; else as given."""
    return np.argsort(-np.sign(sign), kind="stable")


def arrows(
    ax: Axes, x: Floats, y: Floats, flow: Floats, *, colour: str = style.FAINT, width: float = 0.9, alpha: float = 1.0
) -> None:
    """Draw a vector field as one path of small arrows: direction as on the paper, length by a root of the size.

    Parameters
    ----------
    ax : Axes
        Its limits must be set.
    x, y : (G,) float arrays
    flow : (G, G, 2) float array
        At [index of y, index of x].
    colour : str
    width : float
        Of the lines, in points.
    alpha : float, in [0, 1]
    """
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    rows, columns = (_spread(len(v)) for v in (y, x))
    field = flow[np.ix_(rows, columns)]
    place = np.stack(np.meshgrid(x[columns], y[rows]), axis=-1).reshape(-1, 2)
    (x0, x1), (y0, y1) = ax.get_xlim(), ax.get_ylim()
    size = np.array([x1 - x0, y1 - y0])
    unit = field.reshape(-1, 2) / size
    speed = np.hypot(unit[:, 0], unit[:, 1])
    known = np.isfinite(speed) & (speed > 1e-9 * np.nanmax(speed, initial=1e-300))
    unit, speed, start = unit[known], speed[known], (place[known] - [x0, y0]) / size
    if not len(unit):
        return
    reach = 0.86 / max(len(rows), len(columns))
    along = unit / speed[:, None]
    length = (reach * (0.3 + 0.7 * (speed / speed.max()) ** 0.5))[:, None]
    tail, tip = start - 0.5 * length * along, start + 0.5 * length * along
    across = np.column_stack([-along[:, 1], along[:, 0]])
    head = 0.26 * reach
    left, right = tip - head * along + 0.5 * head * across, tip - head * along - 0.5 * head * across
    points = np.stack([tail, tip, left, tip, right], axis=1).reshape(-1, 2) * size + [x0, y0]
    codes = np.tile(np.array([Path.MOVETO, Path.LINETO, Path.MOVETO, Path.LINETO, Path.LINETO]), len(tail))
    ax.add_patch(
        PathPatch(
            Path(points, codes.astype(Path.code_type)), facecolor="none", edgecolor=colour, linewidth=width,
            alpha=alpha, capstyle="round", joinstyle="round", zorder=1,
        )
    )  # fmt: skip


def _spread(n: int) -> NDArray[np.int64]:
    """Pick places inside 0 ... n - 1 at even distances."""
    step = max(1, round(n / ARROWS))
    return np.arange(step // 2, n, step)


def colour_bar(ax: Axes, drawn: Any, label: str = "", *, ticks: int = 4) -> None:
    """Put a slim scale to the right of a panel."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    figure = ax.get_figure(root=True)
    assert figure is not None
    box = ax.get_position()
    wide = figure.get_size_inches()[0] * 72
    bar = figure.add_axes((box.x1 + 10 / wide, box.y0, 9 / wide, box.height))
    figure.colorbar(drawn, cax=bar)
    bar.yaxis.set_major_locator(MaxNLocator(nbins=ticks, steps=[1, 2, 2.5, 5, 10]))
    bar.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:.3g}".replace("-", "\N{MINUS SIGN}")))
    bar.tick_params(colors=style.MUTED, labelcolor=style.MUTED, labelsize=style.SMALL - 0.5, length=2, width=0.6)
    bar.set_ylabel(label, color=style.MUTED, fontsize=style.SMALL - 0.5, labelpad=4)
    for spine in bar.spines.values():
        spine.set_visible(False)


def signed_ramp() -> Any:
    """Make the colours of signed numbers: inhibitory through white to excitatory; undefined is grey."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list(
        "signed", [style.NEGATIVE, "#ffffff", style.POSITIVE]
    ).with_extremes(bad=style.GRID)  # fmt: skip


def framed(ax: Axes, values: Floats) -> None:
    """Set the height of a panel; where a few values are far beyond all others, curves may leave the picture."""
    known = values[np.isfinite(values)]
    if not known.size:
        return
    usual = float(np.percentile(np.abs(known), 85))
    low, high = float(known.min()), float(known.max())
    if usual > 0:
        far = 2.5 * usual
        low, high = (max(low, -far) if low < -10 * usual else low), (min(high, far) if high > 10 * usual else high)
    pad = 0.06 * (high - low) or 0.05 * max(abs(high), 1.0)
    ax.set_ylim(low - pad, high + pad)


def runs(values: NDArray[Any]) -> list[tuple[int, int, Any]]:
    """Cut a course into stretches of one value: (first, one past the last, value)."""
    if not len(values):
        return []
    cut = [0, *(np.flatnonzero(values[1:] != values[:-1]) + 1).tolist(), len(values)]
    return [(a, b, values[a]) for a, b in itertools.pairwise(cut)]


def cap(values: Floats, share: float = 98.0) -> float:
    """Find a value that most absolute ones stay below, at least a hair above 0."""
    known = np.abs(values[np.isfinite(values)])
    return max(float(np.percentile(known, share)), 1e-12) if known.size else 1.0


def regime_strip(ax: Axes, edges: Floats, names: NDArray[np.str_], height: float = 0.05) -> None:
    """Colour the regimes along the top of a panel, and name them above where there is room.

    Parameters
    ----------
    ax : Axes
        Its limits must be set.
    edges : (S + 1,) float array
        Where each stretch begins, and where the last one ends.
    names : (S,) text array
    height : float
        Of the strip, as a share of the panel's.
    """
    base = ax.get_xaxis_transform()
    low, high = ax.get_xlim()
    for a, b, name in runs(names):
        left, right = float(edges[a]), float(edges[b])
        ax.fill_between([left, right], 1.02, 1.02 + height, color=regime_colour(str(name)), transform=base,
                        linewidth=0, clip_on=False, zorder=2)  # fmt: skip
        text = in_words(str(name))
        if (right - left) / ((high - low) or 1.0) * ax.bbox.width > 5.6 * len(text):
            ax.text((left + right) / 2, 1.03 + height, text, transform=base, ha="center", va="bottom",
                    color=style.MUTED, fontsize=style.SMALL - 1)  # fmt: skip


def edges_between(values: Floats, first: float, last: float) -> Floats:
    """Give the borders of stretches whose middles are given."""
    return np.concatenate([[first], (values[1:] + values[:-1]) / 2, [last]])
