"""The command `circuit`: a motif, a matrix of weights or a recording, seen as a game and judged."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

_FIT = "Fit to a recording"


def circuit(
    source: Annotated[
        str | None,
        typer.Argument(
            metavar="MOTIF|FILE",
            help="A motif (--list shows them); a square matrix of weights, row receives from column (.csv, .npy, or an "
            ".npz with weights, sign, tau); or a recording, to which a circuit is fitted.",
        ),
    ] = None,
    settings_: Annotated[
        list[str] | None, typer.Option("--set", help="A setting of the motif: key=value, for example w_ee=1.5.")
    ] = None,
    drive: Annotated[
        str | None,
        typer.Option(help="Input: a number per unit, per excitatory unit, or one for all of these: 0.6,0."),
    ] = None,
    phi: Annotated[
        str | None, typer.Option(help="Activation, for example relu, clip:top=1 or logistic:steepness=4,threshold=1.")
    ] = None,
    tau: Annotated[
        str | None, typer.Option(help="Time constants of the units, s: one for all, or, of a matrix, one each.")
    ] = None,
    sign: Annotated[
        str | None,
        typer.Option(help="Of a matrix's units: e,e,i (0 where unknown); read from its columns if not given."),
    ] = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="The page: one .html file.")] = Path("circuit.html"),
    values: Annotated[
        Path | None, typer.Option("--json", help="Everything found, with the proofs, as a .json file too.")
    ] = None,
    jobs: Annotated[
        int, typer.Option("--jobs", "-j", min=1, help="Threads of a fit; the result does not depend on it.")
    ] = 2,
    show: Annotated[bool, typer.Option("--list", help="List the motifs and their settings, and end.")] = False,
    hint: Annotated[
        list[str] | None,
        typer.Option(
            help="What the file does not say about itself: key=value; may be repeated. The file is then a recording.",
            rich_help_panel=_FIT,
        ),
    ] = None,
    units: Annotated[
        int | None,
        typer.Option(
            min=2,
            help="So many units, the most active; 24, 16, 12, 8, 6 or 4, by the size of the data, if not given.",
            rich_help_panel=_FIT,
        ),
    ] = None,
    window_s: Annotated[
        float | None, typer.Option(help="Length of a window, s; by size if not given.", rich_help_panel=_FIT)
    ] = None,
    draws: Annotated[
        int | None,
        typer.Option(min=0, help="Bootstrap draws per window; 100 if not given.", rich_help_panel=_FIT),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Seed of the draws; 0 if not given.", rich_help_panel=_FIT)
    ] = None,
) -> None:
    """Say in which regime a circuit is, whether it is certified stable and why, and who would gain by deviating.

    Examples: interplay circuit wilson-cowan --set w_ee=1.5 --drive 0.6,0; interplay circuit weights.csv --sign e,e,i;
    interplay circuit session.nwb
    """
    from interplay._core.errors import ConfigError
    from interplay.cli.progress import Bars
    from interplay.job.circuit_alone import CircuitAsked, circuit_alone
    from interplay.job.outputs import require_file

    if show:
        _list_motifs()
        return
    if source is None:
        raise ConfigError("`MOTIF|FILE` must be given, got nothing. `interplay circuit --list` shows the motifs.")
    require_file(out, (".html",), [source])
    if values is not None:
        require_file(values, (".json",), [source, out], option="json")
    asked = CircuitAsked(
        source=source,
        settings=tuple(settings_ or ()),
        drive=drive,
        phi=phi,
        tau=tau,
        sign=sign,
        units=units,
        window_s=window_s,
        draws=draws,
        hint=tuple(hint or ()),
        seed=seed,
    )
    with Bars() as bars:
        told = circuit_alone(asked, out, values, jobs=jobs, observer=bars)
    for line in told.lines:
        typer.echo(line)
    for note in told.notes:
        typer.echo(f"note: {note}")
    typer.echo(f"page: {out}" + ("" if values is None else f"\nvalues: {values}"))


def _list_motifs() -> None:
    from dataclasses import fields

    from interplay.circuits import MOTIFS

    wide = max(map(len, MOTIFS))
    for name, motif in MOTIFS.items():
        about = (motif.__doc__ or "").strip().split("\n")[0]
        typer.echo(f"{name:{wide}s}  {about}")
        for field in fields(motif):
            if field.init:
                typer.echo(f"{'':{wide}s}    {field.name}={field.default}")
