"""Hints: what a file does not say about itself, said by its user."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from interplay._core.checks import require_setting
from interplay._core.errors import ConfigError, unknown_name

#: Seconds per unit of time.
SECONDS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9, "min": 60.0, "h": 3600.0, "day": 86400.0}
KINDS = ("graph", "spikes", "traces")


@dataclass(frozen=True, kw_only=True)
class Hints:
    """What a user may say about a file; every one is optional.

    Parameters
    ----------
    time_column, src_column, dst_column, weight_column, unit_column : str or int or None
        Columns of a table, by name or by position from 0.
    time_unit : {"s", "ms", "us", "ns", "min", "h", "day"} or None
        Unit of the times in the file; seconds are assumed, and said, where None.
    n_nodes : int or None
        The ids in the file are node numbers in [0, n_nodes). Where None, the nodes are the ids that occur.
    n_units : int or None
        The same for spike lists.
    span : (start, stop) or None
        Observed interval [start, stop) in seconds. Where None, from the first to just after the last event.
    rate_hz, dt_s : float or None
        Sampling of a bare matrix: give one of them.
    rows : {"time", "units"} or None
        What the rows of a bare matrix are; never guessed.
    variable : str or None
        Which variable or series of a file with several is meant.
    select : str or None
        Which files of a study are meant: words "key-value" of their names, separated by commas, as "task-rest".
    atlas : str or None
        Path of an atlas image, that volumes are averaged over; for a study also the name of one of its atlases.
    labels : str or None
        Path of a file with the names of the regions.
    confounds : str or None
        Path of a table of signals to regress out of a volume; in a study, the one beside each volume where None.
    confound_columns : str or None
        Which of its columns, separated by commas. None: nothing is regressed out.
    sort : bool
        Put events that are out of order in order; said in `notes`, with their number.
    """

    time_column: str | int | None = None
    src_column: str | int | None = None
    dst_column: str | int | None = None
    weight_column: str | int | None = None
    unit_column: str | int | None = None
    time_unit: str | None = None
    n_nodes: int | None = None
    n_units: int | None = None
    span: tuple[float, float] | None = None
    rate_hz: float | None = None
    dt_s: float | None = None
    rows: str | None = None
    variable: str | None = None
    select: str | None = None
    atlas: str | None = None
    labels: str | None = None
    confounds: str | None = None
    confound_columns: str | None = None
    sort: bool = False

    def __post_init__(self) -> None:
        self._check_words()
        self._check_numbers()
        if self.span is not None:
            object.__setattr__(self, "span", _span(self.span))

    def _check_words(self) -> None:
        if self.time_unit is not None and self.time_unit not in SECONDS:
            raise ConfigError(unknown_name("time_unit", str(self.time_unit), SECONDS))
        if self.rows is not None and self.rows not in ("time", "units"):
            raise ConfigError(unknown_name("rows", str(self.rows), ("time", "units")))
        for name in ("select", "atlas", "labels", "confounds", "confound_columns"):
            value = getattr(self, name)
            if value is not None and not (isinstance(value, str | os.PathLike) and str(value).strip()):
                raise ConfigError(
                    f"`{name}` must be a text that is not empty, got {value!r}. Leave it out, or fill it."
                )
            object.__setattr__(self, name, None if value is None else os.fspath(value))
        for name in ("time_column", "src_column", "dst_column", "weight_column", "unit_column"):
            value = getattr(self, name)
            if value is not None and (isinstance(value, bool) or not isinstance(value, str | int)):
                raise ConfigError(f"`{name}` must be a column's name or its position from 0, got {value!r}.")

    def _check_numbers(self) -> None:
        if self.rate_hz is not None and self.dt_s is not None:
            raise ConfigError("`rate_hz` and `dt_s` say the same thing; give one of them, not both.")
        for name, low in (("n_nodes", 1), ("n_units", 1)):
            value = getattr(self, name)
            if value is not None and (isinstance(value, bool) or not isinstance(value, int | np.integer)):
                raise ConfigError(f"`{name}` must be an int >= {low}, got {value!r}.")
            if value is not None:
                require_setting(name, int(value), least=low)
        for name in ("rate_hz", "dt_s"):
            value = getattr(self, name)
            if value is not None:
                if isinstance(value, bool) or not isinstance(value, int | float | np.number):
                    raise ConfigError(f"`{name}` must be a number > 0, got {value!r}.")
                require_setting(name, float(value), above=0, below=float("inf"))

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Hints:
        """Build from keywords; an unknown one is an error with a suggestion."""
        valid = [f.name for f in dataclasses.fields(cls)]
        for name in given:
            if name not in valid:
                raise ConfigError(unknown_name("hint", name, valid))
        return cls(**given)

    def given(self) -> list[str]:
        """Name the hints that were given."""
        return [f.name for f in dataclasses.fields(self) if getattr(self, f.name) not in (None, False)]

    def require_used(self, accepted: Iterable[str], what: str) -> None:
        """Refuse hints that mean nothing for this kind of file."""
        allowed = set(accepted)
        idle = [name for name in self.given() if name not in allowed]
        if idle:
            raise ConfigError(
                f"the hint `{idle[0]}` means nothing for {what}. "
                f"Leave it out; valid here: {', '.join(sorted(allowed)) or 'none'}."
            )

    @property
    def step_s(self) -> float | None:
        """Sampling step of a bare matrix, s."""
        if self.rate_hz is not None:
            return 1.0 / float(self.rate_hz)
        return None if self.dt_s is None else float(self.dt_s)


def _span(value: Any) -> tuple[float, float]:
    try:
        start, stop = (float(x) for x in value)
    except (TypeError, ValueError) as error:
        raise ConfigError(f"`span` must be two numbers (start, stop) in seconds, got {value!r}.") from error
    if not (np.isfinite(start) and np.isfinite(stop) and start < stop):
        raise ConfigError(f"`span` must be finite with start < stop, got ({start}, {stop}).")
    return start, stop
