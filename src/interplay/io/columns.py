"""A table as it stands in a file: columns, their names, and the way back from a row to its line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import DataError


@dataclass(frozen=True, eq=False, kw_only=True)
class Columns:
    """Columns of equal length, each float64, int64 or text.

    Parameters
    ----------
    names : list of str or None
        None where the file has no header.
    arrays : list of (E,) arrays
    place : callable
        Words for row k, for example "line 18".
    notes : tuple of str
    """

    names: list[str] | None
    arrays: list[NDArray[Any]]
    place: Callable[[int], str] = field(default=lambda k: f"row {k}")
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.arrays[0]) if self.arrays else 0

    def label(self, k: int) -> str:
        """Words for column k."""
        return f"column {k}" if self.names is None else f"column {self.names[k]!r}"

    def is_text(self, k: int) -> bool:
        """Whether column k could not be read as numbers."""
        return bool(self.arrays[k].dtype.kind == "U")

    def numbers(self, k: int, *, missing: bool = False) -> NDArray[Any]:
        """Give column k as numbers; anything else, NaN and infinity included, is an error with its line.

        Parameters
        ----------
        k : int
        missing : bool
            Whether empty fields and NaN are let through, as NaN.
        """
        array = self.arrays[k]
        if array.dtype.kind == "U":
            array = self._parse(k, missing)
        if array.dtype.kind == "f":
            bad = np.isinf(array) if missing else ~np.isfinite(array)
            if bad.any():
                row = int(np.argmax(bad))
                raise DataError(
                    f"{self.place(row)}: {self.label(k)} must hold finite numbers, got {array[row]} "
                    f"({int(bad.sum())} such value(s) in all). Correct or remove these rows."
                )
        return array

    def _parse(self, k: int, missing: bool) -> NDArray[Any]:
        out = np.empty(len(self))
        for row, text in enumerate(self.arrays[k].tolist()):
            try:
                if "_" in text:
                    raise ValueError(text)
                out[row] = np.nan if missing and not text else float(text)
            except ValueError:
                raise DataError(
                    f"{self.place(row)}: {self.label(k)} must hold numbers, got {text[:40]!r}. Correct this field, or "
                    "say which columns are meant (`time_column=...` and so on)."
                ) from None
        return out

    def integers(self, k: int) -> NDArray[np.int64]:
        """Give column k as int64; a fraction, or a number it cannot hold exactly, is an error with its line."""
        array = self.numbers(k)
        if array.dtype.kind in "iu" and not (array.dtype == np.uint64 and (array > np.iinfo(np.int64).max).any()):
            return array.astype(np.int64, copy=False)
        array = array.astype(np.float64, copy=False)
        bad = (array != np.floor(array)) | (np.abs(array) > 2.0**53)
        if bad.any():
            row = int(np.argmax(bad))
            raise DataError(
                f"{self.place(row)}: {self.label(k)} must hold whole numbers, got {float(array[row])!r}. "
                "Correct it, or say which columns are meant."
            )
        return array.astype(np.int64)
