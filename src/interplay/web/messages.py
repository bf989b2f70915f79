"""What a page may ask for. Nothing else is listened to."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Literal

from interplay._core.errors import ConfigError, unknown_name

#: Longest message from a page, in characters.
LONGEST = 200

Verb = Literal["pause", "resume", "stop", "again", "speed"]
VERBS: tuple[Verb, ...] = ("pause", "resume", "stop", "again", "speed")


@dataclass(frozen=True, kw_only=True)
class Request:
    """One request.

    Attributes
    ----------
    do : {"pause", "resume", "stop", "again", "speed"}
    speed : float or None
        With "speed": seconds of the game per second; None as fast as the machine does.
    seed : int or None
        With "again": of the next session; None for the same.
    """

    do: Verb
    speed: float | None = None
    seed: int | None = None


def read_request(text: str) -> Request:
    """Read a message such as ``{"do": "speed", "value": 2}``.

    Parameters
    ----------
    text : str
        JSON: an object with "do", and with "value" for "speed" (a number in [0.05, 1000], or "max") and, if another
        seed is wanted, for "again" (a whole number in [0, 2**32)).

    Returns
    -------
    Request

    Raises
    ------
    ConfigError
        If the message is anything else.
    """
    if len(text) > LONGEST:
        raise ConfigError(f"a message must have at most {LONGEST} characters, got {len(text)}.")
    try:
        content = json.loads(text)
    except ValueError as error:
        raise ConfigError('a message must be JSON such as {"do": "pause"}.') from error
    if not isinstance(content, dict) or not content.keys() <= {"do", "value"} or not isinstance(content.get("do"), str):
        raise ConfigError('a message must be an object with "do", and "value" where needed.')
    verb, value = content["do"], content.get("value")
    if verb not in VERBS:
        raise ConfigError(unknown_name("request", verb[:30], VERBS))
    if verb == "speed":
        return Request(do="speed", speed=_speed(value))
    if verb == "again":
        return Request(do="again", seed=_seed(value))
    if value is not None:
        raise ConfigError(f'"{verb}" takes no "value".')
    return Request(do=verb)


def _speed(value: object) -> float | None:
    if value == "max":
        return None
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not math.isfinite(value) or not 0.05 <= value <= 1000:  # type: ignore[arg-type, operator]
        raise ConfigError('"value" of "speed" must be a number in [0.05, 1000], or "max".')
    return float(value)  # type: ignore[arg-type]


def _seed(value: object) -> int | None:
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**32:
        raise ConfigError('"value" of "again" must be a whole number in [0, 4294967296).')
    return value
