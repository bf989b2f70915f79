"""The time series of an NWB file: fluorescence, behaviour, whatever has data and a clock."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import DataError
from interplay.data import Series
from interplay.io import hdf5
from interplay.io.guard import foreign

_DEPTH = 5
#: What has data but no samples of plain values.
_NO_VALUES = {"IntervalSeries", "AnnotationSeries", "ImageSeries", "TwoPhotonSeries", "OnePhotonSeries", "IndexSeries",
              "ImageMaskSeries", "OpticalSeries"}  # fmt: skip


def find_series(group: Any, depth: int = _DEPTH) -> Iterator[Any]:
    """Walk a group for everything that has `data` and a clock."""
    if group is None or depth == 0 or not hdf5.is_group(group):
        return
    if hdf5.is_dataset(hdf5.child(group, "data")):
        yield group
        return
    for name in hdf5.members(group):
        node = hdf5.child(group, name)
        if hdf5.is_group(node):
            yield from find_series(node, depth - 1)


def has_values(series: Any) -> bool:
    """Whether a series holds samples of at most two axes of numbers."""
    data = hdf5.child(series, "data")
    with foreign(hdf5.name_of(data)):
        plain = data.dtype.kind in "fiub" and data.shape is not None and 1 <= len(data.shape) <= 2 and data.shape[0] > 0
    return plain and str(hdf5.attribute(series, "neurodata_type", "")) not in _NO_VALUES


def read_series(series: Any, notes: list[str], *, names: tuple[str, ...] | None = None) -> Series:
    """Read one series: samples by channels, conversion and offset applied, on its clock.

    Raises
    ------
    DataError
        If the clock is missing or damaged, or no axis of the data has as many entries as there are times.
    """
    where = hdf5.name_of(series)
    data = hdf5.require_dataset(series, "data")
    values = hdf5.numbers(data)
    if values.ndim == 1:
        values = values[:, None]
    if values.ndim != 2:
        raise DataError(f"{where}/data must be samples by channels, got shape {values.shape}. Export it again.")
    stamps = hdf5.child(series, "timestamps")
    if hdf5.is_dataset(stamps):
        time = hdf5.numbers(stamps, 1).astype(np.float64)
        if len(time) != values.shape[0]:
            if len(time) != values.shape[1]:
                raise DataError(
                    f"{where} has {len(time)} timestamps, but its data have shape {values.shape}: no axis fits. "
                    "The file is damaged or mislabelled: export it again."
                )
            values = values.T
            notes.append(f"{where}: data lay as channels by samples, against the standard, and were read so")
    else:
        rois = hdf5.child(series, "rois")
        n_rois = int(rois.shape[0]) if hdf5.is_dataset(rois) and rois.shape else 0
        if n_rois == values.shape[0] != values.shape[1] and n_rois:
            values = values.T
            notes.append(
                f"{where}: data lay as ROIs by samples, against the standard (it has {n_rois} ROIs), and were read so"
            )
        time = _regular(series, len(values))
    if not len(time):
        raise DataError(f"{where} holds no sample. Export it again.")
    values = _converted(data, values)
    unit = hdf5.attribute(data, "unit", "")
    try:
        return Series(time=time, values=values, names=names, unit=str(unit if unit is not None else ""))
    except DataError as error:
        raise DataError(f"{where}: {error}") from error


def _regular(series: Any, n: int) -> NDArray[np.float64]:
    where = hdf5.name_of(series)
    start = hdf5.child(series, "starting_time")
    if not hdf5.is_dataset(start):
        raise DataError(
            f"{where} has neither timestamps nor starting_time, so its clock is not known. Export it again."
        )
    first = hdf5.numbers(start).ravel()
    rate = hdf5.attribute(start, "rate")
    with foreign(f"{where}/starting_time"):
        rate_hz = float(np.asarray(rate).ravel()[0])
    if len(first) != 1 or not np.isfinite(first[0]) or not (np.isfinite(rate_hz) and rate_hz > 0):
        raise DataError(
            f"{where}/starting_time must have a finite start and a rate > 0, got rate {rate_hz}. Correct it."
        )
    return np.asarray(float(first[0]) + np.arange(n, dtype=np.float64) / rate_hz)


def _converted(data: Any, values: NDArray[Any]) -> NDArray[Any]:
    where = hdf5.name_of(data)
    with foreign(f"the conversion of {where}"):
        factor = float(np.asarray(hdf5.attribute(data, "conversion", 1.0)).ravel()[0])
        offset = float(np.asarray(hdf5.attribute(data, "offset", 0.0)).ravel()[0])
    if not (np.isfinite(factor) and np.isfinite(offset)):
        raise DataError(f"{where} has conversion {factor} and offset {offset}; both must be finite. Correct the file.")
    if factor == 1.0 and offset == 0.0:
        return values
    with np.errstate(over="ignore"):
        return np.asarray(values.astype(np.float64) * factor + offset)


def read_behavior(file: Any, notes: list[str]) -> dict[str, Series]:
    """Read the series of every processing module but ophys and ours; what is no plain series is left out and said."""
    found: list[Any] = []
    modules = hdf5.child(file, "processing")
    for name in hdf5.members(modules) if hdf5.is_group(modules) else []:
        if name not in ("ophys", "interplay", "ecephys"):
            found += list(find_series(hdf5.child(modules, name)))
    plain = [s for s in found if has_values(s)]
    if len(plain) < len(found):
        left = [hdf5.name_of(s) for s in found if not has_values(s)]
        notes.append(f"not plain samples, left out: {', '.join(left[:6])}")
    short = [hdf5.name_of(s).rsplit("/", 1)[-1] for s in plain]
    out: dict[str, Series] = {}
    for series, name in zip(plain, short, strict=True):
        if short.count(name) > 1:
            name = "/".join(hdf5.name_of(series).split("/")[-2:])
        while name in out:
            name += "'"
        out[name] = read_series(series, notes)
        if np.isnan(out[name].values).all():
            notes.append(f"all samples of {hdf5.name_of(series)} are NaN")
    return out


def choose_traces(file: Any, variable: str | None, has_spikes: bool, notes: list[str]) -> Any | None:
    """Find the series that holds one trace per unit: by name, else the only response series (DfOverF first)."""
    if variable is not None:
        return _by_name(file, variable)
    ophys = hdf5.child(file, "processing/ophys")
    found = [s for s in find_series(ophys) if has_values(s)]
    responses = [s for s in found if str(hdf5.attribute(s, "neurodata_type", "")) == "RoiResponseSeries"]
    for container in ("DfOverF", "Fluorescence", ""):
        hits = [s for s in responses if not container or f"/{container}" in f"/{hdf5.name_of(s)}"]
        if len(hits) == 1:
            rest = [hdf5.name_of(s) for s in responses if s != hits[0]]
            more = f"; not read: {', '.join(rest[:4])} (choose with `variable`)" if rest else ""
            notes.append(f"traces from {hdf5.name_of(hits[0])}{more}")
            return hits[0]
        if len(hits) > 1:
            listed = ", ".join(hdf5.name_of(s) for s in hits[:6])
            if has_spikes:
                notes.append(f"several response series, none read (choose with `variable`): {listed}")
                return None
            raise DataError(f"the file has several response series: {listed}. Say which one: `variable=...`.")
    return None


def _by_name(file: Any, variable: str) -> Any:
    everything = [
        s for top in ("processing", "acquisition", "stimulus", "scratch") for s in find_series(hdf5.child(file, top))
    ]
    usable = [s for s in everything if has_values(s)]
    hits = [s for s in usable if hdf5.name_of(s) == variable.strip("/")]
    hits = hits or [s for s in usable if hdf5.name_of(s).endswith(f"/{variable.strip('/')}")]
    listed = ", ".join(hdf5.name_of(s) for s in usable[:8]) or "none"
    if not hits:
        raise DataError(
            f"there is no series {variable!r} of plain samples; the file has: {listed}. Correct `variable`."
        )
    if len(hits) > 1:
        raise DataError(
            f"{variable!r} names several series: {', '.join(map(hdf5.name_of, hits[:4]))}. Give the whole path."
        )
    return hits[0]
