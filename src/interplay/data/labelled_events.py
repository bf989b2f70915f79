"""LabelledEvents: many short samples of events, each with a class. Spoken digits, gestures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes, require_ids, require_setting
from interplay._core.errors import ConfigError, DataError
from interplay._core.frozen import reduce_by_fields
from interplay._core.provenance import digest
from interplay.data.events import Events
from interplay.data.labelled_split import row_numbers, split_rows


@dataclass(frozen=True, eq=False, kw_only=True)
class LabelledEvents:
    """S samples of timed events, laid end to end, each with a class and, where known, a group (speaker, subject).

    Parameters
    ----------
    time : (K,) float array, s, >= 0
        From the sample's own start, never decreasing within a sample, below the sample's duration. float32 stays
        float32: half the memory, and exact to a microsecond below 8 s.
    unit : (K,) int array, in [0, n_units)
        Kept as int32.
    pointer : (S + 1,) int array
        Sample k owns events ``pointer[k]:pointer[k + 1]``; it may own none.
    label : (S,) int array, in [0, C)
        Class of each sample.
    classes : (C,) text array
        Names of the classes, each once. A class may have no sample.
    n_units : int, >= 1
        Units that never fire count too.
    duration_s : (S,) float array, s, > 0
        How long each sample was observed; silence up to there is an observation.
    grid : (channels, height, width) or None
        Where units are pixels: ``unit = (channel * height + y) * width + x``, and y runs downward.
    group : (S,) text array or None
        Who spoke or moved; None is "" for all.
    notes : tuple of str
        What a reader must know.

    Raises
    ------
    DataError
        If anything is out of range or out of order; the message says where.

    Examples
    --------
    >>> data = LabelledEvents(
    ...     time=[0.1, 0.25, 0.0], unit=[0, 3, 1], pointer=[0, 2, 3], label=[1, 0], classes=["left", "right"],
    ...     n_units=4, duration_s=[0.5, 0.5],
    ... )
    >>> data
    LabelledEvents(2 samples, 2 classes, 3 events, 4 units, 0.5 s)
    >>> data.counts([0], step_s=0.25, n_steps=2)[:, 0].astype(int).tolist()
    [[1, 0, 0, 0], [0, 0, 0, 1]]
    """

    time: NDArray[Any]
    unit: NDArray[Any]
    pointer: NDArray[np.int64]
    label: NDArray[np.int64]
    classes: NDArray[np.str_]
    n_units: int
    duration_s: NDArray[np.float64]
    grid: tuple[int, int, int] | None = None
    group: NDArray[np.str_] = field(default=cast(Any, None))
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        n_units = _whole("n_units", self.n_units)
        grid = _require_grid(self.grid, n_units)
        shapes = Shapes()
        time = shapes.array("time", self.time, "K", finite=False)
        unit = _narrow(shapes, self.unit, n_units)
        pointer = shapes.array("pointer", self.pointer, "P", "int")
        if len(pointer) == 0:
            raise DataError("`pointer` must have shape (S + 1,), got (0,). Begin it with 0.")
        shapes.sizes["S"] = len(pointer) - 1
        label, classes, group = require_labels(shapes, self.label, self.classes, self.group)
        duration = shapes.array("duration_s", self.duration_s, "S").astype(np.float64, copy=False)
        duration.flags.writeable = False
        if (duration <= 0).any():
            k = int(np.argmax(duration <= 0))
            raise DataError(f"`duration_s` must be > 0: duration_s[{k}]={duration[k]}. Say how long was observed.")
        _require_pointer(pointer, len(time))
        _require_times(time, pointer, duration)
        fields = {
            "time": time, "unit": unit, "pointer": pointer, "label": label, "classes": classes, "n_units": n_units,
            "duration_s": duration, "grid": grid, "group": group, "notes": tuple(map(str, self.notes)),
        }  # fmt: skip
        for name, value in fields.items():
            object.__setattr__(self, name, value)

    @classmethod
    def of(cls, samples: Sequence[Events], label: ArrayLike, classes: ArrayLike, **more: Any) -> LabelledEvents:
        """Lay samples end to end.

        Parameters
        ----------
        samples : sequence of Events
            All with the same number of units; times are taken from the start of each span.
        label : (S,) int array, in [0, C)
        classes : (C,) text array
        **more
            `grid`, `group`, `notes`.

        Returns
        -------
        LabelledEvents
        """
        units = sorted({one.n_units for one in samples})
        if len(units) != 1:
            raise DataError(
                f"`samples` must all have the same number of units, got {units}. Give each the true number."
            )
        moved = [one.shift(-one.span[0]) for one in samples]
        return cls(
            time=np.concatenate([one.time for one in moved]),
            unit=np.concatenate([one.unit for one in moved]),
            pointer=np.concatenate([[0], np.cumsum([len(one) for one in moved])]),
            label=np.asarray(label),
            classes=np.asarray(classes),
            n_units=units[0],
            duration_s=np.array([one.span[1] for one in moved]),
            **more,
        )

    __reduce__ = reduce_by_fields

    def __len__(self) -> int:
        return len(self.label)

    def __repr__(self) -> str:
        where = "" if self.grid is None else f" on a grid {'x'.join(map(str, self.grid))}"
        low, high = (self.duration_s.min(), self.duration_s.max()) if len(self) else (0.0, 0.0)
        span = f"{low:.3g} s" if low == high else f"{low:.3g} to {high:.3g} s"
        return (
            f"LabelledEvents({len(self)} samples, {len(self.classes)} classes, {len(self.time)} events, "
            f"{self.n_units} units{where}, {span})"
        )

    @property
    def n_classes(self) -> int:
        """C."""
        return len(self.classes)

    @property
    def n_events(self) -> NDArray[np.int64]:
        """(S,) int64 array: events of each sample."""
        return np.diff(self.pointer)

    @cached_property
    def digest(self) -> str:
        """Digest of the content; notes do not count."""
        parts = (self.time, self.unit, self.pointer, self.label, self.classes, self.n_units, self.duration_s)
        return digest("LabelledEvents", *parts, self.grid, self.group)

    def take(self, rows: ArrayLike) -> LabelledEvents:
        """Keep some samples, in the order given.

        Parameters
        ----------
        rows : (B,) int array, in [0, S)
            A sample may be named more than once.

        Returns
        -------
        LabelledEvents
        """
        chosen = row_numbers(rows, len(self))
        cuts = [slice(a, b) for a, b in zip(self.pointer[chosen], self.pointer[chosen + 1], strict=True)]
        return replace(
            self,
            time=np.concatenate([self.time[cut] for cut in cuts]) if cuts else self.time[:0],
            unit=np.concatenate([self.unit[cut] for cut in cuts]) if cuts else self.unit[:0],
            pointer=np.concatenate([[0], np.cumsum(self.n_events[chosen])]),
            label=self.label[chosen],
            duration_s=self.duration_s[chosen],
            group=self.group[chosen],
        )

    def sample(self, k: int) -> Events:
        """Give one sample by itself.

        Parameters
        ----------
        k : int, in [0, S)

        Returns
        -------
        Events
            Its span is [0, duration) of the sample.
        """
        row = int(row_numbers([k], len(self))[0])
        cut = slice(self.pointer[row], self.pointer[row + 1])
        return Events(
            time=self.time[cut].astype(np.float64),
            unit=self.unit[cut].astype(np.int64),
            n_units=self.n_units,
            span=(0.0, float(self.duration_s[row])),
        )

    def counts(
        self,
        rows: ArrayLike | None = None,
        *,
        step_s: float,
        n_steps: int,
        pool: int = 1,
        beyond: Literal["error", "ignore"] = "error",
    ) -> NDArray[np.float32]:
        """Count events per step, sample and unit.

        Parameters
        ----------
        rows : (B,) int array, in [0, S), or None
            Which samples, in which order; None means all.
        step_s : float, s, > 0
        n_steps : int, >= 0
            T.
        pool : int, >= 1
            So many neighbouring units are counted as one; must divide `n_units`. Pixels are pooled by `pooled`.
        beyond : {"error", "ignore"}
            What to do about events after the last step, at ``n_steps * step_s`` or later: refuse, or leave out.

        Returns
        -------
        (T, B, n_units // pool) float32 array, events
            Step t holds times in [t step_s, (t + 1) step_s); a time that lacks less than 1e-9 of a step (in single
            precision: less than what it was rounded by) counts to the next. After the end of a short sample there
            are zeros.

        Raises
        ------
        DataError
            If events lie after the last step and are not to be left out, or pixels are pooled in a line.
        ConfigError
            If a setting is out of its range.
        """
        from interplay.ops.labelled_counts import SINGLE, count_steps

        chosen = row_numbers(rows, len(self))
        require_setting("step_s", step_s, above=0, below=np.inf)
        require_setting("n_steps", n_steps, least=0, whole=True)
        _require_pool("pool", pool, "n_units", self.n_units)
        if beyond not in ("error", "ignore"):
            raise ConfigError(f"`beyond` must be 'error' or 'ignore', got {beyond!r}.")
        if pool > 1 and self.grid is not None:
            raise DataError("`pool` must be 1 for pixels: neighbours in a line are no squares. Use `pooled` first.")
        out = np.zeros((int(n_steps), len(chosen), self.n_units // pool), dtype=np.float32)
        rounding = SINGLE if self.time.dtype == np.float32 else 0.0
        left, first = count_steps(self.time, self.unit, self.pointer, chosen, float(step_s), rounding, int(pool), out)
        if left and beyond == "error":
            longest = float(self.duration_s[chosen].max())
            needed = int(np.ceil(longest / step_s))
            raise DataError(
                f"`n_steps`={n_steps} of {step_s:g} s must hold all events: {left} event(s) come later, the first in "
                f"sample {int(chosen[first])}. Take n_steps={needed}, or leave them out with beyond='ignore'."
            )
        return out

    def pooled(self, factor: int) -> LabelledEvents:
        """Join squares of pixels, or neighbouring units where there is no grid, into one unit each; no event is lost.

        Parameters
        ----------
        factor : int, >= 1
            Side of a square, in pixels; must divide height and width. Without a grid: units per unit, must divide
            `n_units`.

        Returns
        -------
        LabelledEvents
            With times and samples as they were.
        """
        if self.grid is None:
            _require_pool("factor", factor, "n_units", self.n_units)
            return replace(self, unit=self.unit // np.int32(factor), n_units=self.n_units // factor)
        channels, height, width = self.grid
        _require_pool("factor", factor, "height", height)
        _require_pool("factor", factor, "width", width)
        line, x = np.divmod(self.unit, np.int32(width))
        line //= np.int32(factor)  # height is a multiple of the factor, so lines of two channels never meet
        line *= np.int32(width // factor)
        line += x // np.int32(factor)
        grid = (channels, height // factor, width // factor)
        return replace(self, unit=line, n_units=channels * grid[1] * grid[2], grid=grid)

    def split(
        self, train: float = 0.8, *, seed: int = 0, by_group: bool = False, rows: ArrayLike | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Part samples into two sides at random.

        Parameters
        ----------
        train : float, in (0, 1)
            Share of the first side.
        seed : int, >= 0
        by_group : bool
            Keep every group whole, so that nobody is on both sides. The share is then met as nearly as whole groups
            allow, and of 200 random orders of the groups the one is taken that shares the classes most evenly.
        rows : (B,) int array, in [0, S), or None
            Samples to part; None means all. Three sides are made by parting one of two.

        Returns
        -------
        (first, second) : int64 arrays
            Rising numbers of samples. Without `by_group` every class is shared alike, up to one sample, and a class
            of two or more samples is on both sides.

        Raises
        ------
        DataError
            If there are fewer than two groups.
        ConfigError
            If one side would be empty.
        """
        return split_rows(self.label, self.group, train, seed=seed, by_group=by_group, rows=rows)


def _narrow(shapes: Shapes, unit: ArrayLike, n_units: int) -> NDArray[np.int32]:
    """Check unit ids and keep them as int32; the wide copy that other data types keep would be large here."""
    array = np.asarray(unit)
    if array.dtype.kind not in "iu" or array.shape != (shapes.sizes["K"],):
        array = shapes.array("unit", array, "K", "int")  # says what is wrong, or widens the empty list
    require_ids("unit", array, n_units, "n_units")
    view = array.astype(np.int32, copy=False).view()
    view.flags.writeable = False
    return view


def _whole(name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or not 1 <= value < 2**31:
        raise DataError(f"`{name}` must be a whole number from 1 to 2**31 - 1, got {value!r}. Give the true number.")
    return int(value)


def _require_grid(grid: Any, n_units: int) -> tuple[int, int, int] | None:
    if grid is None:
        return None
    try:
        channels, height, width = (_whole("grid", side) for side in grid)
    except (TypeError, ValueError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"`grid` must be (channels, height, width), got {grid!r}.") from error
    if channels * height * width != n_units:
        raise DataError(
            f"`grid`={channels}x{height}x{width} must have n_units={n_units} places, got {channels * height * width}."
        )
    return channels, height, width


def _require_pool(name: str, factor: int, what: str, size: int) -> None:
    require_setting(name, factor, least=1, whole=True)
    if size % factor:
        raise ConfigError(
            f"`{name}`={factor} must divide {what}={size}: {size % factor} would be left over. Take another one."
        )


def require_labels(
    shapes: Shapes, label: Any, classes: Any, group: Any
) -> tuple[NDArray[np.int64], NDArray[np.str_], NDArray[np.str_]]:
    """Check what every labelled data type has: classes, labels, groups."""
    names = shapes.array("classes", classes, "C", "text")
    if len(np.unique(names)) != len(names) or "" in names.tolist():
        raise DataError(f"`classes` must name each class once, got {names.tolist()[:8]}. Correct the names.")
    codes = shapes.array("label", label, "S", "int")
    require_ids("label", codes, len(names), "C")
    whose = np.full(shapes.sizes["S"], "") if group is None else group
    return codes, names, shapes.array("group", whose, "S", "text")


def _require_pointer(pointer: NDArray[np.int64], n_events: int) -> None:
    if pointer[0] != 0 or pointer[-1] != n_events or (np.diff(pointer) < 0).any():
        raise DataError(
            f"`pointer` must rise from 0 to K={n_events}, got {pointer[0]} to {pointer[-1]}"
            f"{', with a step back' if (np.diff(pointer) < 0).any() else ''}. Give where each sample begins, and K."
        )


def _require_times(time: NDArray[Any], pointer: NDArray[np.int64], duration: NDArray[np.float64]) -> None:
    from interplay.ops.labelled_counts import first_outside

    s, k, kind = first_outside(time, pointer, duration)
    if kind == 1:
        raise DataError(
            f"`time` must not decrease within a sample: in sample {s}, time[{k - 1}]={time[k - 1].item()!r} comes "
            f"before time[{k}]={time[k].item()!r}. Sort the events of each sample first."
        )
    if kind == 2:
        raise DataError(
            f"`time` must lie in [0, {duration[s]:g}) in sample {s}: time[{k}]={time[k].item()!r}. Count from the "
            "sample's own start, and give the duration that was observed."
        )
