"""What a file holds, in lines a person can read."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

import numpy as np

from interplay.data import Cohort, LabelledEvents, LabelledImages, Recording, TemporalGraph


def describe(data: Recording | TemporalGraph | Cohort | LabelledEvents | LabelledImages, kind: str) -> list[str]:
    """Describe loaded data.

    Parameters
    ----------
    data : Recording, TemporalGraph, Cohort, LabelledEvents or LabelledImages
    kind : str
        Name of the file format.

    Returns
    -------
    list of str
    """
    lines = [f"format: {kind}", f"content: {data!r}"]
    if isinstance(data, TemporalGraph):
        lines.append(f"weights: {data.weight.min():g} to {data.weight.max():g}" if len(data) else "weights: no event")
    elif isinstance(data, Cohort):
        lines += _cohort(data)
    elif isinstance(data, LabelledEvents | LabelledImages):
        lines += _labelled(data)
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


def _cohort(cohort: Cohort) -> list[str]:
    """Say what a cohort holds; only lengths and labels are read, not the scans."""
    named = np.unique(cohort.regions.group[cohort.regions.group != ""]).tolist()
    lines = [f"regions: {cohort.regions!r}"]
    if named:
        lines.append(f"networks: {_some(named)}")
    sessions = np.unique(cohort.session[cohort.session != ""]).tolist()
    if sessions:
        lines.append(f"sessions: {_some(sessions)}")
    lengths = cohort.lengths[cohort.has_function]
    if len(lengths):
        lines.append(
            f"function: {len(lengths)} scans of {lengths.min()} to {lengths.max()} samples, one every {cohort.dt_s:g} s"
        )
    if cohort.has_structure.any():
        matrices = len(np.unique(cohort.structure_of[cohort.has_structure]))
        lines.append(f"structure: {matrices} matrices for {int(cohort.has_structure.sum())} scans")
    for name, values in cohort.covariates.items():
        lines.append(f"covariate {name}: {_covariate(values)}")
    return lines


def _labelled(data: LabelledEvents | LabelledImages) -> list[str]:
    """Say what labelled samples hold: classes with their numbers of samples, groups, events or brightness."""
    counts = np.bincount(data.label, minlength=data.n_classes).tolist()
    lines = [f"classes: {_some([f'{n} ({k})' for n, k in zip(data.classes.tolist(), counts, strict=True)], most=40)}"]
    groups = sorted({str(g) for g in np.unique(data.group)} - {""})
    lines.append(f"groups: {len(groups)} ({_some(groups)})" if groups else "groups: not known")
    if isinstance(data, LabelledImages):
        low, high = (data.image.min(), data.image.max()) if data.image.size else (0.0, 0.0)
        return [*lines, f"brightness: {low:g} to {high:g}"]
    if len(data):
        low, middle, high = np.quantile(data.n_events, (0.0, 0.5, 1.0))
        lines.append(f"events per sample: {low:.0f} to {high:.0f}, median {middle:.0f}")
        lines.append(f"durations: {data.duration_s.min():.3g} to {data.duration_s.max():.3g} s")
    lines.append("use: `interplay spiking train`")
    return lines


def _covariate(values: Any) -> str:
    if values.dtype.kind in "US":
        names, counts = np.unique(values[values != ""], return_counts=True)
        told = [f"{name} ({count})" for name, count in zip(names.tolist(), counts.tolist(), strict=True)]
        return f"{_some(told)}; unknown in {int((values == '').sum())} scans"
    number = values.astype(np.float64)
    known = number[np.isfinite(number)]
    if not len(known):
        return "unknown in all scans"
    return f"{known.min():g} to {known.max():g}, mean {known.mean():.4g}; unknown in {len(number) - len(known)} scans"


def _some(names: list[str], most: int = 8) -> str:
    return ", ".join(map(str, names[:most])) + (" ..." if len(names) > most else "")


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
