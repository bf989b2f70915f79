"""The command `pretrain`: a model of brain scans, trained without labels and kept."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from interplay._core.errors import ConfigError, unknown_name
from interplay.cli import STOPPED_PRETRAINING, Stopped
from interplay.cli.options import with_plan_options
from interplay.job.plan import Plan
from interplay.represent import COHORT_METHODS

#: Settings of a plan that the command takes.
FIELDS = (
    "hint",
    "cohort_modality",
    "cohort_transform",
    "cohort_times",
    "cohort_width",
    "cohort_layers",
    "cohort_epochs",
    "device",
    "seed",
)


def _pretrain(
    source: Annotated[
        str | None,
        typer.Argument(metavar="[INPUT]", help="A cohort folder or a BIDS derivative; none: a simulated cohort."),
    ] = None,
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Folder of the model; the same command goes on where it stopped.")
    ] = Path("interplay-model"),
    method: Annotated[
        str, typer.Option("--method", "-m", metavar="NAME", help=f"The model: {', '.join(COHORT_METHODS)}.")
    ] = "brainsymphony",
    settings_: Annotated[
        list[str] | None,
        typer.Option("--set", help="Any other setting of the model: key=value, for example graph_attention=diffusion."),
    ] = None,
    held_out: Annotated[
        float,
        typer.Option(min=0.0, help="Share of the subjects that nothing is learnt from, to be scored on later."),
    ] = 0.0,
    **settings: Any,
) -> None:
    """Pre-train a model on brain scans without labels: parts are hidden, and told from the rest."""
    from interplay.cli.progress import Bars
    from interplay.job.cohort_alone import pretrain_alone
    from interplay.job.embedding_alone import TrainingStopped
    from interplay.job.outputs import require_folder

    if method not in COHORT_METHODS:
        raise ConfigError(unknown_name("model of cohorts", method, COHORT_METHODS))
    require_folder(out, source)
    given = {name: value for name, value in settings.items() if value is not None and value != []}
    try:
        with Bars() as bars:
            found = pretrain_alone(
                Plan.of(input=source, **given),
                out,
                method=method,
                settings=tuple(settings_ or ()),
                held_out=held_out,
                observer=bars,
            )
    except TrainingStopped:
        raise Stopped(STOPPED_PRETRAINING) from None
    model = found.model
    count = sum(values.size for values in model.parameters.values())
    sides = [len(set(found.cohort.subject[rows].tolist())) for rows in found.split]
    typer.echo(repr(found.cohort))
    typer.echo(f"{method}: {count} parameters, learnt from {sides[0]} subjects, watched {sides[1]}, left {sides[2]}")
    for stage, parts in model.loss.items():
        kept = model.best_epoch[stage]
        watched = f", watched scans {parts['held_out'][kept]:.4f}" if "held_out" in parts else ""
        typer.echo(
            f"{stage}: loss {parts['loss'][0]:.4f} to {parts['loss'][kept]:.4f}{watched} "
            f"({len(parts['loss'])} passes, kept {kept + 1})"
        )
    for note in (*found.notes, *model.notes):
        typer.echo(f"note: {note}")
    typer.echo(f"written: {found.path}")


pretrain = with_plan_options(_pretrain, fields=FIELDS)
