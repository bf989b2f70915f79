"""The command `compare`: methods of inference side by side, on a recording or on simulated ones of known wiring."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from interplay.infer import METHODS


def compare(
    source: Annotated[
        str | None, typer.Argument(metavar="[INPUT]", help="A recording; or none, with --simulated.")
    ] = None,
    simulated: Annotated[
        str | None,
        typer.Option(
            help="Recordings with a known network: culture (spiking cells), poisson (coupled Poisson units), var "
            "(linear traces), ising (binary units), switching (wiring that changes)."
        ),
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, help="How many simulated recordings.")] = 10,
    methods: Annotated[
        list[str] | None,
        typer.Option(
            help="Which, with commas; all that fit the recording if not given, but boltzmann, which takes long. "
            f"Any of {', '.join(METHODS)}."
        ),
    ] = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="The page: one .html file.")] = Path("methods.html"),
    values: Annotated[Path | None, typer.Option("--json", help="Everything found, as a .json file too.")] = None,
    window_s: Annotated[
        float | None, typer.Option(help="Length of a window, s; the whole recording if not given.")
    ] = None,
    step_s: Annotated[float | None, typer.Option(help="Between starts of windows, s; a window if not given.")] = None,
    surrogates: Annotated[
        int, typer.Option(min=0, help="Surrogates per window, for methods that have no p-values of their own.")
    ] = 0,
    quick: Annotated[
        bool, typer.Option("--quick", help="Leave out the halves and the shifted recordings: a third of the time.")
    ] = False,
    hint: Annotated[
        list[str] | None, typer.Option(help="What the file does not say about itself: key=value; may be repeated.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the first simulated recording, and of the methods.")] = 0,
    jobs: Annotated[
        int, typer.Option("--jobs", "-j", min=1, help="Threads of a method; the result does not depend on it.")
    ] = 2,
) -> None:
    """Say which method recovers the network on data like yours, how far methods agree, and what they cost.

    Examples: interplay compare --simulated poisson; interplay compare session.nwb --methods glm,tiling
    """
    from interplay._core.checks import require_setting
    from interplay.cli.progress import Bars
    from interplay.job.methods_compared import CompareAsked, compare_alone
    from interplay.job.outputs import require_file

    require_file(out, (".html",), [source])
    for name, value in (("window_s", window_s), ("step_s", step_s)):
        if value is not None:
            require_setting(name, value, above=0)
    if values is not None:
        require_file(values, (".json",), [source, out], option="json")
    asked = CompareAsked(
        source=source,
        simulated=simulated,
        seeds=seeds,
        methods=tuple(name.strip() for text in methods or () for name in text.split(",") if name.strip()),
        window_s=window_s,
        step_s=step_s,
        surrogates=surrogates,
        checks=not quick,
        hint=tuple(hint or ()),
        seed=seed,
    )
    with Bars() as bars:
        told = compare_alone(asked, out, values, jobs=jobs, observer=bars)
    for line in told.lines:
        typer.echo(line)
    for note in told.notes:
        typer.echo(f"note: {note}")
    typer.echo(f"page: {out}" + ("" if values is None else f"\nvalues: {values}"))
