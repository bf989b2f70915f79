"""From a matplotlib drawing to a figure of the page: themed SVG, and where its time axis lies."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal

from interplay.plot import style
from interplay.plot.circuit_proof import NAMED, beside
from interplay.report.parts import Axis, Figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Width at which the drawing for a telephone is made.
NARROW = 350

Draw = Callable[[float], "Sequence[Axes]"]


def figure(
    key: str,
    draw: Draw,
    *,
    width: float,
    axis: Literal["time", "window", "square"] | None = None,
    narrow: bool = False,
    **words: Any,
) -> Figure:
    """Draw once, or once more for narrow screens.

    Parameters
    ----------
    key : str
        Unique on the page.
    draw : callable (width in pixels) -> panels
        Makes the picture; the panels that share the time axis, from top to bottom.
    width : float
        Natural width in pixels.
    axis : {"time", "window", "square"} or None
        What runs along the panels.
    narrow : bool
        Whether a second drawing is made for telephones.
    **words
        The other fields of `Figure`.
    """
    svg, place, size = _one(key, draw, width, axis)
    more: dict[str, Any] = {}
    if narrow:
        more["narrow_svg"], more["narrow_axis"], _ = _one(f"{key}-n", draw, NARROW, axis)
    return Figure(key=key, svg=svg, axis=place, size=size, **more, **words)


def room_below(width: float, labels: Sequence[str]) -> float:
    """Find the room that names below a panel of `width` pixels need: upright where they do not fit side by side."""
    if len(labels) > NAMED or beside(labels, width):
        return 38.0
    return 28.0 + 6.4 * max(map(len, labels))


def square(width: float, labels: Sequence[str]) -> Axes:
    """Make a square panel for a matrix, with room for the names of its units and for a scale at the right.

    Parameters
    ----------
    width : float
        Of the whole picture, in pixels.
    labels : sequence of str
        Of the rows and columns.

    Returns
    -------
    Axes
    """
    named = len(labels) <= NAMED
    left = min(24.0 + 6.4 * max(map(len, labels), default=1), 0.3 * width) if named else 50.0
    side = width - left - 66
    return style.stack(width, [side], left=left, right=66, top=8, bottom=room_below(side, labels))[1][0]


def _one(key: str, draw: Draw, width: float, kind: str | None) -> tuple[str, Axis | None, tuple[float, float]]:
    with style.house_defaults():
        panels = draw(width)
        drawing = panels[0].get_figure(root=True)
        assert drawing is not None
        svg = themed(style.to_svg(drawing, key), key)
        first, last = panels[0].get_position(), panels[-1].get_position()
        low, high = panels[0].get_xlim()
        size = tuple(float(v) * 72 for v in drawing.get_size_inches())
    place = None
    if kind is not None:
        box = (first.x0, 1 - first.y1, first.x1, 1 - last.y0)
        place = Axis(
            kind="time" if kind == "time" else "window",
            box=(round(box[0], 5), round(box[1], 5), round(box[2], 5), round(box[3], 5)),
            start=float(low),
            stop=float(high),
            square=kind == "square",
        )
    return svg, place, (size[0], size[1])


def themed(svg: str, key: str) -> str:
    """Prepare SVG for a page: no header, no global style, identifiers of its own, colours by name.

    The colours of the palette become CSS variables with the old colour as the fall-back, which is what lets one
    picture serve a light and a dark page.
    """
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>\s*", "", svg, flags=re.S)
    svg = re.sub(r"<defs>\s*<style[^>]*>.*?</style>\s*</defs>\s*", "", svg, flags=re.S)
    svg = re.sub(r"<!--.*?-->\s*", "", svg, flags=re.S)
    used = set(re.findall(r'(?:url\(#|href="#)([^)"]+)', svg))
    svg = re.sub(r' id="([^"]+)"', lambda m: f' id="{key}-{m[1]}"' if m[1] in used else "", svg)
    svg = re.sub(r'(url\(#|href="#)', rf"\g<1>{key}-", svg)
    svg = re.sub(r' width="[\d.]+pt" height="[\d.]+pt"', "", svg, count=1)
    # A hundredth of a pixel is enough for any path, and halves the bytes.
    svg = re.sub(r' d="[^"]*"', lambda m: re.sub(r"(\.\d\d)\d+", r"\1", m[0]), svg)
    svg = re.sub(r' xmlns(:xlink)?="[^"]*"| version="[\d.]+"', "", svg).replace("xlink:href", "href")
    for colour, name in style.THEME.items():
        svg = svg.replace(colour, f"var(--{name})")
    return svg.strip()
