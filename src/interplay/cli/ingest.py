"""`interplay ingest`: a long event list as a folder of columns that is opened without being read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def ingest(
    source: Annotated[
        Path, typer.Argument(metavar="FILE", readable=False, help="An event list; Parquet may be larger than memory.")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder to write, new or empty.")],
    hint: Annotated[
        list[str] | None, typer.Option(help="What the file does not say about itself: key=value; may be repeated.")
    ] = None,
) -> None:
    """Write an event list as a folder of columns with its index; every command then opens it without reading it."""
    from interplay.cli.progress import Bars
    from interplay.io import ingest_events
    from interplay.job.hints import read_hints

    with Bars() as bars:
        graph = ingest_events(source, out, progress=bars.stage("ingest"), **read_hints(hint or ()))
    typer.echo(repr(graph))
    for note in graph.notes:
        typer.echo(f"note: {note}")
    typer.echo(f"written: {out}")
