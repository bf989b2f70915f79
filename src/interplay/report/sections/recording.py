"""The recording on its clock, and its units."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplay.data import Recording, Snapshots
from interplay.plot import recording as pictures
from interplay.plot import style
from interplay.plot.layout import node_layout
from interplay.report import draw, words
from interplay.report.parts import Cell, Figure, Section, Table

#: Behaviour channels drawn in the overview; the rest are named.
MOST_BEHAVIOR = 3
#: Width of the overview, pixels.
WIDE = 980.0
#: Epoch kinds drawn in the overview.
MOST_EPOCHS = 6


def section_recording(recording: Recording, *, order: NDArray[np.int64] | None = None) -> Section:
    """Show the raster, population rate, behaviour, epochs, gaps and units of a recording.

    Parameters
    ----------
    recording : Recording
    order : (N,) int array or None
        Units from bottom to top in the raster, for example by community; as recorded where None.

    Returns
    -------
    Section
    """
    figures = [_overview(recording, order)]
    if recording.events is not None:
        figures.append(
            draw.figure(
                "rates",
                lambda width: [_rates(recording, width)],
                width=420,
                span=5,
                title="Firing rates",
                caption="Mean rate of each unit over the observed time; logarithmic axis.",
                alt="Histogram of the mean firing rates of all units.",
            )
        )
    place = recording.units.position_um
    if place is not None and np.isfinite(place[:, :2]).all(axis=1).any():
        figures.append(_map(recording))
    return Section(
        key="recording",
        title="Recording",
        text=tuple(_text(recording)),
        figures=tuple(figures),
        tables=(*_facts(recording), units_table(recording)),
        notes=recording.notes,
    )


def _rates(recording: Recording, width: float) -> Any:
    assert recording.events is not None
    _, (ax,) = style.stack(width, [150], left=46)
    return pictures.plot_rate_histogram(recording.events, observed_s=recording.duration, ax=ax)


def _map(recording: Recording) -> Figure:
    empty = np.empty(0, dtype=np.int64)
    none = Snapshots(
        bounds=np.array([recording.span]), pointer=np.zeros(2, dtype=np.int64), src=empty, dst=empty,
        weight=np.empty(0), n_nodes=recording.n_units, directed=False,
    )  # fmt: skip
    layout = node_layout(recording.units, none)

    def make(width: float) -> list[Any]:
        ax = style.stack(width, [150 if width > 400 else 130], left=54, top=26)[1][0]
        return [pictures.plot_units(recording, xy=layout.xy, ax=ax)]

    return draw.figure(
        "map",
        make,
        width=540,
        span=7,
        narrow=True,
        title="Where the units are",
        caption=f"Area follows the mean rate. {layout.note}",
        alt=f"Positions of {recording.n_units} units.",
    )


def _overview(recording: Recording, order: NDArray[np.int64] | None) -> Figure:
    behavior = list(recording.behavior.items())[:MOST_BEHAVIOR]
    epochs = dict(list(recording.epochs.items())[:MOST_EPOCHS])

    def make(width: float) -> Sequence[Any]:
        rows = 12 + 20 * len(epochs) if epochs else 0
        tall = float(np.clip(60 + 2.2 * recording.n_units, 90, 300))
        with_rate = [70.0] if recording.events is not None else []
        heights = [*([float(rows)] if epochs else []), tall, *with_rate, *[60.0] * len(behavior)]
        _, panels = style.stack(width, heights, gap=20, left=58 if width > 400 else 52)
        rest = list(panels)
        if epochs:
            pictures.plot_epochs(epochs, ax=rest.pop(0))
        main = rest.pop(0)
        columns = _columns(width)
        if recording.events is not None:
            pictures.plot_raster(recording.events, order=order, columns=columns, ax=main)
            pictures.plot_rate(recording, bins=int(min(240, width / 3)), ax=rest.pop(0))
        else:
            assert recording.traces is not None
            pictures.plot_traces(recording.traces, columns=columns, ax=main)
        for name, series in behavior:
            pictures.plot_behavior(series, name=name[:18], columns=int(width), ax=rest.pop(0))
        for ax in panels:
            pictures.shade_gaps(ax, recording.observed, recording.span)
            ax.set_xlim(*recording.span)
            if width < 400:
                style.few_ticks(ax, "x", 4)
            ax.tick_params(labelbottom=ax is panels[-1])
        panels[-1].set_xlabel("time (s)", color=style.MUTED, fontsize=style.SMALL)
        return panels

    return draw.figure(
        "overview",
        make,
        width=WIDE,
        narrow=True,
        axis="time",
        title="The recording",
        caption=_caption(recording, order is not None),
        alt=f"Activity of {recording.n_units} units over {words.duration(recording.duration)}, with what surrounds it.",
    )


def _columns(width: float) -> int:
    return int(min(pictures.RASTER_COLUMNS, 1.6 * width))


def _caption(recording: Recording, ordered: bool) -> str:
    if recording.events is None:
        text = "Each row is one channel in its own standard deviations, cut at 3."
    else:
        width, units = pictures.raster_grain(recording.events, _columns(WIDE))
        narrow, _ = pictures.raster_grain(recording.events, _columns(draw.NARROW))
        rows = "one unit" if units == 1 else f"{units} neighbouring units"
        text = (
            f"Raster: each row is {rows}, each mark {words.number(width, 2)} s wide ({words.number(narrow, 2)} s on a "
        )
        text += "narrow screen), darker where it holds more spikes"
        text += "; no spike is left out. Below: mean rate per unit."
    text += " Units are sorted by their usual community." if ordered else ""
    if len(recording.observed) > 1:
        text += " Hatched: not observed."
    more = len(recording.behavior) - MOST_BEHAVIOR
    if more > 0:
        names = words.listing(list(recording.behavior)[MOST_BEHAVIOR:])
        text += f" {words.plural(more, 'further behaviour')} not drawn: {names}."
    more = len(recording.epochs) - MOST_EPOCHS
    if more > 0:
        names = words.listing(list(recording.epochs)[MOST_EPOCHS:])
        text += f" {words.plural(more, 'further kind')} of epochs not drawn: {names}."
    return text + " The band marks the current window; a click moves it."


def _text(recording: Recording) -> list[str]:
    text = [f"The recording spans {words.window(*recording.span)}"]
    gaps = len(recording.observed) - 1
    if gaps:
        text[0] += f", of which {words.seconds(recording.duration)} s were observed, with {words.plural(gaps, 'gap')}"
        text[0] += "; no window crosses one."
    else:
        text[0] += " without a gap."
    if recording.events is not None:
        silent = int((recording.events.counts() == 0).sum())
        if silent:
            text.append(f"{words.plural(silent, 'unit')} never fired and cannot carry an edge.")
    sign = recording.units.sign
    if (sign != 0).any():
        text.append(
            f"{int((sign > 0).sum())} units are known to be excitatory, {int((sign < 0).sum())} inhibitory, "
            f"{int((sign == 0).sum())} are of unknown kind."
        )
    if not recording.behavior and not recording.epochs:
        text.append(
            "No behaviour and no epochs came with this recording, so nothing could be read out from outside it."
        )
    return text


def _facts(recording: Recording) -> list[Table]:
    rows: list[tuple[Cell, ...]] = [(k, v) for k, v in recording.meta.items() if v]
    for name, series in recording.behavior.items():
        rate = f"{len(series)} samples, every {words.number(series.dt_s)} s" + (
            f", {series.unit}" if series.unit else ""
        )
        rows.append((f"behaviour: {name}", rate))
    for name, epochs in recording.epochs.items():
        rows.append((f"epochs: {name}", f"{words.plural(len(epochs), 'interval')}, {words.seconds(epochs.total)} s"))
    return (
        [Table(caption="About this session", columns=("item", "value"), rows=tuple(rows), folded=True)] if rows else []
    )


def units_table(recording: Recording) -> Table:
    """List the units: identity, group, kind, position, spikes, rate."""
    units = recording.units
    columns = ["unit"]
    cells: list[list[Cell]] = [units.id.tolist()]
    if (units.group != "").any():
        columns.append("group")
        cells.append(units.group.tolist())
    if (units.sign != 0).any():
        columns.append("kind")
        cells.append([{1: "excitatory", -1: "inhibitory", 0: "unknown"}[s] for s in units.sign.tolist()])
    if units.position_um is not None:
        for k, axis in enumerate("xyz"[: units.position_um.shape[1]]):
            columns.append(f"{axis} (µm)")
            cells.append(units.position_um[:, k].tolist())
    if recording.events is not None:
        counts = recording.events.counts()
        columns += ["spikes", "rate (Hz)"]
        cells += [counts.tolist(), (counts / recording.duration).tolist()]
    rows = tuple(zip(*cells, strict=True))
    caption = f"Units ({words.number(recording.n_units)})"
    return Table(caption=caption, columns=tuple(columns), rows=rows, name="units", folded=True)
