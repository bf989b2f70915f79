"""Numbers and lists in words, the same everywhere on the page."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

_THIN = "\N{NARROW NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"
DASH = "\N{EN DASH}"


def number(value: float | int | None, digits: int = 3) -> str:
    """Write with `digits` significant digits; thousands parted by a thin space; a dash where undefined."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return DASH
    if isinstance(value, int):
        text = f"{value:,}".replace(",", _THIN)
    elif value == 0 or 1e-3 <= abs(value) < 1e6:
        places = max(0, digits - 1 - (math.floor(math.log10(abs(value))) if value else 0))
        text = f"{value:,.{places}f}"
        text = (text.rstrip("0").rstrip(".") if "." in text else text).replace(",", _THIN)
    else:
        text = f"{value:.{digits - 1}e}"
    return text.replace("-", MINUS)


def score(value: float) -> str:
    """Write a score or a correlation with two decimals."""
    return DASH if math.isnan(value) else f"{value:.2f}".replace("-", MINUS)


def seconds(value: float) -> str:
    """Write a time in seconds to a thousandth (from 100 s on, to a tenth), without needless zeros."""
    return _places(value, 1 if abs(value) >= 100 else 3)


def _places(value: float, places: int) -> str:
    text = f"{value:,.{places}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text.replace(",", _THIN).replace("-", MINUS)


def duration(value: float) -> str:
    """Write a length of time in the unit a reader expects."""
    if value < 120:
        return f"{number(float(value))} s"
    if value < 7200:
        return f"{value / 60:.1f} min"
    return f"{value / 3600:.1f} h"


def window(start: float, stop: float) -> str:
    """Write a half-open window; short ones keep thousandths."""
    places = 1 if stop - start >= 5 else 3
    return f"[{_places(start, places)}, {_places(stop, places)}) s"


def pvalue(value: float) -> str:
    """Write a p-value."""
    if math.isnan(value):
        return "no p-value"
    return "p < 0.0001" if value < 1e-4 else f"p = {value:.2g}"


def interval(value: float, low: float, high: float) -> str:
    """Write a score with its interval."""
    return f"{score(value)} [{score(low)}, {score(high)}]"


def plural(n: int, one: str, many: str = "") -> str:
    """Count things."""
    return f"{number(n)} {one if n == 1 else many or one + 's'}"


def listing(items: Iterable[str], most: int = 8) -> str:
    """Join with commas and a final "and"."""
    parts: Sequence[str] = list(items)
    if len(parts) > most:
        parts = [*parts[:most], f"{len(parts) - most} more"]
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}" if parts else ""


def plain_name(name: str) -> str:
    """Write the name of a measure in words."""
    text = name.replace("_", " ").strip()
    return f"E/I{text[2:]}" if text.startswith("ei ") else text


def title(name: str) -> str:
    """Turn the name of a measure into a heading."""
    text = plain_name(name)
    return text[:1].upper() + text[1:]
