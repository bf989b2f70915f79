"""Series: sampled values along time. Calcium traces, regional signals, position of an animal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes, require_ids, require_increasing
from interplay._core.errors import DataError
from interplay._core.frozen import reduce_by_fields
from interplay._core.provenance import digest


@dataclass(frozen=True, eq=False, kw_only=True)
class Series:
    """Values of C channels at T times.

    Parameters
    ----------
    time : (T,) float array, s, never decreasing
        Need not be regular; `dt_s` says what it is. Ties are kept: clocks of cameras repeat their stamps.
    values : (T, C) float array, in `unit`
        NaN means "not measured" and is kept; infinity is refused.
    names : sequence of C texts or None
        Channel names; numbers where None.
    unit : str
        Unit of measure of the values, "" if unknown or none.
    """

    time: NDArray[np.float64]
    values: NDArray[Any]
    names: tuple[str, ...] | None = None
    unit: str = ""

    def __post_init__(self) -> None:
        shapes = Shapes()
        time = shapes.array("time", self.time, "T").astype(np.float64, copy=False)
        values = shapes.array("values", self.values, "T C", finite=False)
        require_increasing("time", time, strictly=False, remedy="Sort the samples by time first.")
        if np.isinf(values).any():
            t, c = (int(k) for k in np.argwhere(np.isinf(values))[0])
            raise DataError(
                f"`values` must not be infinite: values[{t}, {c}]={values[t, c]}. Use NaN for a missing sample."
            )
        if len(time) == 0:
            raise DataError("`time` must hold at least one sample, got none.")
        names = tuple(str(c) for c in range(values.shape[1])) if self.names is None else tuple(map(str, self.names))
        if len(names) != values.shape[1]:
            raise DataError(f"`names` must name C={values.shape[1]} channels, got {len(names)}.")
        for key, value in (("time", time), ("values", values), ("names", names), ("unit", str(self.unit))):
            object.__setattr__(self, key, value)

    @classmethod
    def regular(
        cls, values: ArrayLike, *, dt_s: float, start: float = 0.0, names: Sequence[str] | None = None, unit: str = ""
    ) -> Series:
        """Build from samples every `dt_s` seconds, the first at `start`."""
        array = np.asarray(values)
        if not dt_s > 0:
            raise DataError(f"`dt_s` must be positive, got {dt_s}.")
        time = start + dt_s * np.arange(len(array), dtype=np.float64)
        return cls(time=time, values=array, names=None if names is None else tuple(names), unit=unit)

    __reduce__ = reduce_by_fields

    def __len__(self) -> int:
        return len(self.time)

    def __repr__(self) -> str:
        a, b = self.span
        return f"Series({len(self)} samples, {self.n_channels} channels, [{a:g}, {b:g}) s, unit {self.unit!r})"

    @property
    def n_channels(self) -> int:
        """Number of channels C."""
        return int(self.values.shape[1])

    @cached_property
    def dt_s(self) -> float:
        """Median step between samples, s (1.0 for a single sample)."""
        return float(np.median(np.diff(self.time))) if len(self.time) > 1 else 1.0

    @cached_property
    def is_regular(self) -> bool:
        """Whether every step is within 1 % of the median step."""
        return bool((np.abs(np.diff(self.time) - self.dt_s) <= 0.01 * self.dt_s).all())

    @property
    def span(self) -> tuple[float, float]:
        """[first sample, last sample + dt_s), s."""
        return float(self.time[0]), float(self.time[-1] + self.dt_s)

    @cached_property
    def digest(self) -> str:
        """Digest of the content."""
        return digest("Series", self.time, np.asarray(self.values), self.names, self.unit)

    def window(self, start: float, stop: float) -> Series:
        """Keep the samples in [start, stop)."""
        cut = slice(*np.searchsorted(self.time, (start, stop)))
        if cut.start == cut.stop:
            raise DataError(f"the window [{start}, {stop}) must hold a sample; the series covers {self.span}.")
        return replace(self, time=self.time[cut], values=self.values[cut])

    def select(self, channels: Sequence[int]) -> Series:
        """Keep some channels, in the order given."""
        assert self.names is not None
        kept = np.asarray(list(channels), dtype=np.int64)
        require_ids("channels", kept, self.n_channels, "C")
        return replace(self, values=self.values[:, kept], names=tuple(self.names[c] for c in kept))

    def shift(self, seconds: float) -> Series:
        """Move along the time axis."""
        return replace(self, time=self.time + seconds)
