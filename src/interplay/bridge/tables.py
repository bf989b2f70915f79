"""Data objects as pandas tables, and back."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from interplay._core.errors import DataError
from interplay.data import Events, Intervals, Series, Snapshots, TemporalGraph, Units

if TYPE_CHECKING:
    import pandas as pd


def to_pandas(data: Events | Series | Intervals | Units | TemporalGraph | Snapshots) -> pd.DataFrame:
    """Turn a data object into a tidy table.

    Parameters
    ----------
    data : Events, Series, Intervals, Units, TemporalGraph or Snapshots

    Returns
    -------
    pandas.DataFrame
        Events: time, unit. Series: one column per channel, indexed by time. Intervals: start, stop, label.
        Units: id, group, sign, x_um, y_um(, z_um). TemporalGraph: src, dst, time, weight. Snapshots: snapshot, start,
        stop, src, dst, weight(, pvalue). Spans and node counts do not fit into a table: keep them for the way back.
    """
    import pandas as pd

    for kind, columns in _COLUMNS.items():
        if isinstance(data, kind):
            return columns(data) if kind is Series else pd.DataFrame(columns(data))
    raise DataError(f"`data` must be one of {', '.join(k.__name__ for k in _COLUMNS)}, got {type(data).__name__}.")


def _series(series: Series) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(
        np.array(series.values), index=pd.Index(series.time, name="time"), columns=list(series.names or ())
    )


def _units(units: Units) -> dict[str, Any]:
    columns: dict[str, Any] = {"id": units.id, "group": units.group, "sign": units.sign}
    if units.position_um is not None:
        columns |= {
            f"{axis}_um": units.position_um[:, k]
            for k, axis in zip(range(units.position_um.shape[1]), "xyz", strict=False)
        }
    return columns


def _snapshots(snapshots: Snapshots) -> dict[str, Any]:
    owner = snapshots.snapshot
    columns = {
        "snapshot": owner,
        "start": snapshots.bounds[owner, 0],
        "stop": snapshots.bounds[owner, 1],
        "src": snapshots.src,
        "dst": snapshots.dst,
        "weight": snapshots.weight,
    }
    return columns if snapshots.pvalues is None else {**columns, "pvalue": snapshots.pvalues}


_COLUMNS: dict[type, Callable[[Any], Any]] = {
    Events: lambda e: {"time": e.time, "unit": e.unit},
    Series: _series,
    Intervals: lambda i: {"start": i.start, "stop": i.stop, "label": i.label},
    Units: _units,
    TemporalGraph: lambda g: {"src": g.src, "dst": g.dst, "time": g.time, "weight": g.weight},
    Snapshots: _snapshots,
}


def _require(frame: pd.DataFrame, *columns: str) -> None:
    missing = [c for c in columns if c not in frame.columns]
    if missing:
        raise DataError(f"`frame` must have the columns {columns}, got {tuple(frame.columns)}. Rename them first.")


def events_from_pandas(frame: pd.DataFrame, *, n_units: int, span: tuple[float, float]) -> Events:
    """Build events from the columns `time` (s, any order) and `unit` (int).

    Parameters
    ----------
    frame : pandas.DataFrame
    n_units : int
    span : (start, stop), s

    Returns
    -------
    Events
    """
    _require(frame, "time", "unit")
    return Events.from_events(frame["time"].to_numpy(), frame["unit"].to_numpy(), n_units=n_units, span=span)


def graph_from_pandas(frame: pd.DataFrame, *, n_nodes: int, span: tuple[float, float]) -> TemporalGraph:
    """Build a temporal graph from the columns `src`, `dst`, `time` and, where present, `weight`.

    Parameters
    ----------
    frame : pandas.DataFrame
        Rows in any order.
    n_nodes : int
    span : (start, stop), s

    Returns
    -------
    TemporalGraph
    """
    _require(frame, "src", "dst", "time")
    weight = frame["weight"].to_numpy() if "weight" in frame.columns else None
    src, dst, time = (frame[c].to_numpy() for c in ("src", "dst", "time"))
    return TemporalGraph.from_events(src, dst, time, weight, n_nodes=n_nodes, span=span)


def series_from_pandas(frame: pd.DataFrame, *, unit: str = "") -> Series:
    """Build a series from a table indexed by time in seconds, one column per channel.

    Parameters
    ----------
    frame : pandas.DataFrame
    unit : str
        Unit of measure of the values.

    Returns
    -------
    Series
    """
    return Series(time=frame.index.to_numpy(), values=frame.to_numpy(), names=tuple(map(str, frame.columns)), unit=unit)
