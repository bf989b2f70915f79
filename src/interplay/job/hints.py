"""Hints of a plan: "key=value" as typed, to what `interplay.load` takes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from interplay._core.errors import ConfigError, unknown_name
from interplay.io.hints import KINDS, Hints

_COLUMNS = ("time_column", "src_column", "dst_column", "weight_column", "unit_column")
_WHOLE, _NUMBER = ("n_nodes", "n_units"), ("rate_hz", "dt_s")
_TRUTH = {"true": True, "false": False}


def read_hints(pairs: Iterable[str]) -> dict[str, Any]:
    """Turn the hints of a plan into keywords of `interplay.load`.

    Parameters
    ----------
    pairs : iterable of str
        Each "key=value"; the keys are the fields of `interplay.io.Hints`, and "kind". A column is a position if it is
        written in digits; a span is "start,stop"; `sort` is "true" or "false".

    Returns
    -------
    dict
        Checked, each value of the type that its key needs.

    Raises
    ------
    ConfigError
        If a hint has no "=", is given twice, is unknown, or has a value of the wrong kind.
    """
    found: dict[str, Any] = {}
    for pair in pairs:
        key, equals, text = pair.partition("=")
        key, text = key.strip().replace("-", "_"), text.strip()
        if not (equals and key and text):
            raise ConfigError(f"`hint` must be written key=value, got {pair!r}. Write for example rate_hz=2.16.")
        if key in found:
            raise ConfigError(f"`hint` must name each key once, got {key!r} twice. Leave one out.")
        found[key] = _value(key, text)
    kind = found.get("kind")
    if kind is not None and kind not in KINDS:
        raise ConfigError(unknown_name("kind", kind, KINDS))
    Hints.of({key: value for key, value in found.items() if key != "kind"})
    return found


def _value(key: str, text: str) -> Any:
    if key in _COLUMNS:
        return int(text) if text.isascii() and text.isdigit() else text
    if key == "sort":
        if text.lower() not in _TRUTH:
            raise ConfigError(f"the hint `sort` must be true or false, got {text!r}. Write sort=true.")
        return _TRUTH[text.lower()]
    try:
        if key in _WHOLE:
            return int(text)
        if key in _NUMBER:
            return float(text)
        if key == "span":
            return tuple(float(part) for part in text.split(","))
    except ValueError as error:
        wanted = "a whole number" if key in _WHOLE else "a number" if key in _NUMBER else "start,stop in seconds"
        raise ConfigError(f"the hint `{key}` must be {wanted}, got {text!r}. Write it in plain digits.") from error
    return text
