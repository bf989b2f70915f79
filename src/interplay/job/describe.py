"""What a file holds, in lines a person can read."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

import numpy as np

from interplay.data import Recording, TemporalGraph


def describe(data: Recording | TemporalGraph, kind: str) -> list[str]:
    """Describe loaded data.

    Parameters
    ----------
    data : Recording or TemporalGraph
    kind : str
        Name of the file format.

    Returns
    -------
    list of str
    """
    lines = [f"format: {kind}", f"content: {data!r}"]
    if isinstance(data, TemporalGraph):
        lines.append(f"weights: {data.weight.min():g} to {data.weight.max():g}" if len(data) else "weights: no event")
    else:
        lines += _recording(data)
    lines += [f"note: {note}" for note in data.notes]
    return [*lines, f"digest: {data.digest}"]


def _recording(recording: Recording) -> list[str]:
    units = recording.units
    lines = [f"units: {units!r}", f"observed: {recording.duration:g} s in {len(recording.observed)} interval(s)"]
    if recording.events is not None:
        rates = recording.events.counts() / recording.duration
        low, middle, high = np.quantile(rates, (0.0, 0.5, 1.0)) if len(rates) else (0.0, 0.0, 0.0)
        lines.append(
            f"spikes: {len(recording.events)}; rate per unit {low:.3g} to {high:.3g} Hz, median {middle:.3g} Hz"
        )
    if recording.traces is not None:
        lines.append(f"traces: {recording.traces!r}")
    lines += [
        f"behavior {name}: {series!r}, channels {', '.join(series.names or ())}"
        for name, series in recording.behavior.items()
    ]
    for name, epochs in recording.epochs.items():
        labels = sorted(set(map(str, epochs.label))) if epochs.label is not None else []
        shown = ", ".join(labels[:8]) + (" ..." if len(labels) > 8 else "")
        lines.append(f"epochs {name}: {epochs!r}, labels {shown}")
    return lines


def as_csv(columns: Mapping[str, Any]) -> str:
    """Write columns of equal length as CSV; floats keep every digit.

    Parameters
    ----------
    columns : mapping of name to (R,) array

    Returns
    -------
    str
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*(np.asarray(column).tolist() for column in columns.values()), strict=True))
    return out.getvalue()
