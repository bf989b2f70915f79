"""What is typed of a circuit: activation, time constants, signs and input, from words to values."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import ConfigError
from interplay.job.embedding_options import setting

if TYPE_CHECKING:
    from interplay.circuits import Activation

_SIGNS = {"e": 1, "+": 1, "+1": 1, "1": 1, "i": -1, "-": -1, "-1": -1, "0": 0, "?": 0}


def read_numbers(option: str, text: str) -> NDArray[np.float64]:
    """Read numbers between commas.

    Parameters
    ----------
    option : str
        For messages.
    text : str
        For example "0.6,0".

    Returns
    -------
    (K,) float64 array, finite

    Raises
    ------
    ConfigError
    """
    parts = [part.strip() for part in text.split(",")]
    try:
        numbers = [float(part) for part in parts]
    except ValueError:
        numbers = []
    if not numbers or not all(map(math.isfinite, numbers)) or "_" in text:
        raise ConfigError(f"`{option}` must be finite numbers between commas, got {text!r}. Write for example 0.6,0.")
    return np.array(numbers)


def read_signs(text: str) -> NDArray[np.int64]:
    """Read one sign per unit: "e,e,i", "eei", or "1,1,-1"; 0 or ? where it is not known.

    Parameters
    ----------
    text : str

    Returns
    -------
    (N,) int64 array in {-1, 0, 1}

    Raises
    ------
    ConfigError
    """
    words = [w.strip().lower() for w in text.split(",")] if "," in text else list(text.strip().lower())
    if text.strip() in ("-1", "+1"):
        words = [text.strip()]
    if not words or any(w not in _SIGNS for w in words):
        raise ConfigError(
            f"`sign` must be one of e, i and 0 per unit (or 1, -1 and 0, between commas), got {text!r}. "
            "Write for example e,e,i."
        )
    return np.array([_SIGNS[w] for w in words], dtype=np.int64)


def read_phi(text: str) -> Activation:
    """Read an activation: its name, with its parameters behind a colon.

    Parameters
    ----------
    text : str
        For example "relu", "clip:top=2" or "logistic:steepness=4,threshold=1".

    Returns
    -------
    Activation

    Raises
    ------
    ConfigError
    """
    from interplay.circuits import ACTIVATIONS, activation

    name, colon, rest = text.strip().partition(":")
    name = name.replace("-", "_")
    if not rest.strip():
        if colon:
            raise ConfigError(f"`phi` must be written name:key=value, got {text!r}. Leave the colon out.")
        return activation(name)
    known = [key for key, *_ in ACTIVATIONS[name].parameters] if name in ACTIVATIONS else []
    if not known:
        activation(name)  # an unknown name is refused by its own message
        raise ConfigError(f"`phi`: {name!r} has no parameters, got {rest!r}. Write {name} alone.")
    return activation(name, **read_settings(rest.split(","), known, option="phi"))


def read_settings(
    pairs: list[str] | tuple[str, ...], known: Any, *, option: str = "set", example: str = ""
) -> dict[str, Any]:
    """Read settings, each said once.

    Parameters
    ----------
    pairs : sequence of str
        Each "key=value".
    known : collection of str
    option, example : str
        For messages; by default the first that is known is the example.

    Returns
    -------
    dict

    Raises
    ------
    ConfigError
    """
    found: dict[str, Any] = {}
    example = example or f"{next(iter(known), 'key')}=1"
    for pair in pairs:
        key, value = setting(pair, known, option=option, example=example)
        if key in found:
            raise ConfigError(f"`{option}` must name each key once, got {key!r} twice. Leave one out.")
        found[key] = value
    return found


def spread_drive(numbers: NDArray[np.float64], sign: NDArray[np.int64]) -> tuple[NDArray[np.float64], str]:
    """Lay inputs out over units.

    Parameters
    ----------
    numbers : (K,) float64 array
        One per unit; or one per excitatory unit; or one for all excitatory units. Without excitatory units, one for
        all.
    sign : (N,) int64 array

    Returns
    -------
    drive : (N,) float64 array
    said : str
        What was done with fewer numbers than units; "" for one per unit.

    Raises
    ------
    ConfigError
    """
    n, excitatory = len(sign), np.flatnonzero(sign > 0)
    if len(numbers) == n:
        return numbers, ""
    target = excitatory if len(excitatory) else np.arange(n)
    if len(numbers) not in (1, len(target)):
        also = f", {len(target)} (the excitatory ones)" if len(excitatory) else ""
        raise ConfigError(
            f"`drive` must hold {n} numbers, one per unit{also}, or 1, got {len(numbers)}. Add or drop some."
        )
    drive = np.zeros(n)
    drive[target] = numbers
    others = "" if len(target) == n else "; 0 to the others"
    who = "unit" if len(target) == n else "excitatory unit"
    said = f"{numbers[0]:g} to every {who}" if len(numbers) == 1 else f"one number to each {who}"
    return drive, f"Input: {said}{others}."


def require_none(options: Mapping[str, Any], where: str, remedy: str) -> None:
    """Refuse options that would have no effect.

    Parameters
    ----------
    options : mapping of str to value
        None, and an empty list, are as good as not given.
    where : str
        What they have no meaning for.
    remedy : str

    Raises
    ------
    ConfigError
    """
    for name, value in options.items():
        if value is not None and value not in ((), []):
            raise ConfigError(f"`--{name}` must be left out for {where}, got {_typed(value)}. {remedy}")


def _typed(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple | list) else str(value)
