"""Recorded activity as pynapple objects, and back.

pynapple's intervals are closed, ours half-open. Going out, bounds are passed on as they are, so a window [a, b) becomes
[a, b]. Coming in, the stop moves up by the smallest float step, so that an event at the very end stays inside.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from interplay._core.errors import DataError, MissingExtraError
from interplay.data import Events, Intervals, Series


def _pynapple() -> Any:
    try:
        import pynapple
    except ImportError as error:
        raise MissingExtraError.of("this conversion", "pynapple", "bridges") from error
    return pynapple


def to_pynapple(data: Events | Series | Intervals) -> Any:
    """Turn a data object into its pynapple counterpart.

    Parameters
    ----------
    data : Events, Series or Intervals

    Returns
    -------
    pynapple.TsGroup (Events), TsdFrame (Series) or IntervalSet (Intervals)
        Silent units are kept as empty trains.

    Raises
    ------
    MissingExtraError
        If pynapple is not installed.
    """
    nap = _pynapple()
    if isinstance(data, Events):
        support = nap.IntervalSet(start=data.span[0], end=data.span[1])
        return nap.TsGroup({i: nap.Ts(t=t) for i, t in enumerate(data.trains())}, time_support=support)
    if isinstance(data, Series):
        return nap.TsdFrame(t=np.array(data.time), d=np.array(data.values), columns=list(data.names or ()))
    if isinstance(data, Intervals):
        if not data.disjoint:
            raise DataError("`data` must hold disjoint intervals: pynapple would merge the overlapping ones.")
        return nap.IntervalSet(start=np.array(data.start), end=np.array(data.stop))
    raise DataError(f"`data` must be Events, Series or Intervals, got {type(data).__name__}.")


def from_pynapple(data: Any) -> Events | Series | Intervals:
    """Turn a pynapple object into its counterpart here.

    Parameters
    ----------
    data : pynapple.TsGroup, Tsd, TsdFrame or IntervalSet
        A TsGroup's keys are renumbered 0 .. N-1 in rising order. Its time support must be one interval.

    Returns
    -------
    Events, Series or Intervals
    """
    nap = _pynapple()
    if isinstance(data, nap.TsGroup):
        support = data.time_support
        if len(support) != 1:
            raise DataError(
                f"`data` must have one interval of time support, got {len(support)}. Convert its parts, and put the "
                "intervals into `Recording.observed`."
            )
        span = (float(support.start[0]), float(np.nextafter(support.end[0], np.inf)))
        return Events.from_trains([data[k].index.values for k in sorted(data.keys())], span=span)
    if isinstance(data, nap.TsdFrame):
        return Series(time=data.index.values, values=data.values, names=tuple(map(str, data.columns)))
    if isinstance(data, nap.Tsd):
        return Series(time=data.index.values, values=data.values[:, None])
    if isinstance(data, nap.IntervalSet):
        return Intervals(start=np.asarray(data.start), stop=np.nextafter(np.asarray(data.end), np.inf))
    raise DataError(f"`data` must be a TsGroup, Tsd, TsdFrame or IntervalSet, got {type(data).__name__}.")
