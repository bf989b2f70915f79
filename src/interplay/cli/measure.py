"""`interplay measure`: a list of events, or networks over time, in numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer


def measure(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="INPUT",
            readable=False,
            help="A list of events; or an .npz of networks written by `interplay infer` or `interplay run`.",
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            help="A .csv with one row per bin or window; of events also a .json with everything. None prints.",
        ),
    ] = None,
    bins: Annotated[int | None, typer.Option(min=1, help="Events: number of bins of time.")] = None,
    unit: Annotated[str | None, typer.Option(help="Events: length of a bin, such as hour, day, week, month.")] = None,
    share: Annotated[float, typer.Option(help="Events: share of them before the split of surprise.")] = 0.85,
    motif_window_s: Annotated[
        float | None,
        typer.Option(help="Events: longest time within a motif of three; 0 counts none. Else a node's median wait."),
    ] = None,
    hint: Annotated[
        list[str] | None,
        typer.Option(help="Events: what the file does not say about itself: key=value; may be repeated."),
    ] = None,
    nulls: Annotated[int, typer.Option(min=1, help="Networks: null networks per window, small-world index.")] = 10,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the null networks and of the null of balance.")] = 0,
) -> None:
    """Measure a list of events: novelty, surprise, rhythm, motifs, balance; or networks over time: density and more."""
    from interplay.job.outputs import require_file

    if out is not None:
        require_file(out, (".csv", ".json"), [source])
    if _networks(source):
        _measure_networks(source, out, nulls, seed)
    else:
        given = {"bins": bins, "unit": unit, "share": share, "seed": seed}
        _measure_events(source, out, motif_window_s, hint or [], given)


def _networks(source: Path) -> bool:
    """Tell whether a file holds networks; whatever is wrong with it is said by who reads it."""
    from interplay.io.npz import load_header

    if source.suffix != ".npz":
        return False
    header = load_header(source)
    return header is None or header.get("holds") not in ("TemporalGraph", "Recording")


def _measure_networks(source: Path, out: Path | None, nulls: int, seed: int) -> None:
    from interplay._core.errors import ConfigError
    from interplay.cli.progress import Bars
    from interplay.io import load_snapshots
    from interplay.job.describe import as_csv
    from interplay.measures import measure as measure_all

    if out is not None and out.suffix != ".csv":
        raise ConfigError(f"`out` must end in .csv for networks, got {out.name}. Only events are written as .json.")
    with Bars() as bars:
        result = measure_all(load_snapshots(source), nulls=nulls, seed=seed, progress=bars.stage("measure"))
    _give(as_csv(result.to_columns()), out)


def _measure_events(
    source: Path, out: Path | None, window: float | None, hint: list[str], given: dict[str, Any]
) -> None:
    import json

    from interplay._core.errors import DataError
    from interplay.cli.progress import Bars
    from interplay.data import TemporalGraph
    from interplay.io import load
    from interplay.job.cohort_input import require_no_cohort
    from interplay.job.describe import as_csv
    from interplay.job.event_text import event_text, event_values, usual_wait
    from interplay.job.hints import read_hints
    from interplay.measures import measure_events

    graph = require_no_cohort(load(source, **read_hints(hint)))
    if not isinstance(graph, TemporalGraph):
        raise DataError(
            f"`measure` takes a list of events or networks, got a recording in {source.name}. Infer its networks "
            "first, with `interplay infer`."
        )
    with Bars() as bars:
        motif_window_s = (usual_wait(graph) if window is None else window) or None
        result = measure_events(graph, motif_window_s=motif_window_s, progress=bars.stage("measure"), **given)
    if out is not None and out.suffix == ".json":
        _give(json.dumps(event_values(result), indent=1) + "\n", out)
    elif out is not None:
        _give(as_csv(result.to_columns()), out)
    typer.echo(repr(graph))
    for line in [*event_text(result), *(f"note: {note}" for note in graph.notes)]:
        typer.echo(line)


def _give(text: str, out: Path | None) -> None:
    from interplay.io.atomic import write_aside

    if out is None:
        typer.echo(text, nl=False)
    else:
        write_aside(out, text)
        typer.echo(f"written: {out}")
