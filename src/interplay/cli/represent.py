"""The command `represent`: a model of networks over time, alone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from interplay._core.errors import ConfigError, unknown_name
from interplay.cli import STOPPED_PRETRAINING, STOPPED_TRAINING, Stopped
from interplay.cli.options import with_plan_options
from interplay.job.plan import Plan
from interplay.represent import COHORT_METHODS, METHODS, STREAM_METHODS

_SUFFIXES = (".npz", ".csv")
#: Settings of a plan that the command takes: of the model, then of how a recording becomes networks.
FIELDS = (
    "latent",
    "hidden",
    "node_features",
    "device",
    "seed",
    "hint",
    "window_s",
    "step_s",
    "lag_s",
    "bin_s",
    "surrogates",
    "threshold",
    "alpha",
    "density",
)


def _represent(
    source: Annotated[
        str,
        typer.Argument(
            metavar="INPUT",
            help="Networks (an .npz of `interplay infer` or `interplay run`), a recording, an event list, or a cohort.",
        ),
    ],
    method: Annotated[
        str,
        typer.Option(
            "--method",
            "-m",
            metavar="NAME",
            help=f"The model: of networks {', '.join(METHODS)}; of lists of events {', '.join(STREAM_METHODS)}; of "
            f"cohorts {', '.join(COHORT_METHODS)}.",
        ),
    ] = "tavrnn",
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Where to: .npz (all of it) or .csv (one row per node and window).")
    ] = Path("embedding.npz"),
    epochs: Annotated[
        int | None,
        typer.Option(
            help="Passes over the windows, at most; 400 if not given. Nine tenths of them, at most 100, are warm-up."
        ),
    ] = None,
    settings_: Annotated[
        list[str] | None,
        typer.Option("--set", help="Any other setting of the model: key=value, for example convolution=sage."),
    ] = None,
    train_until: Annotated[
        float | None, typer.Option(help="Train on windows that end by then, s; later ones are only embedded.")
    ] = None,
    nodes: Annotated[
        int | None, typer.Option(help="Embed so many nodes, the best connected; all if not given.")
    ] = None,
    undirected: Annotated[
        bool, typer.Option("--undirected", help="Take directed networks: a pair is joined where either direction is.")
    ] = False,
    recording: Annotated[
        str | None,
        typer.Option(help="Where INPUT holds networks: the recording, for features that are read from it."),
    ] = None,
    model: Annotated[
        Path | None,
        typer.Option(
            readable=False,
            help="Of cohorts: the model.npz of `interplay pretrain` or `interplay run`; pre-trained here if not given.",
        ),
    ] = None,
    jobs: Annotated[
        int, typer.Option("--jobs", "-j", min=1, help="Threads of the inference, at most one per processor.")
    ] = 2,
    **settings: Any,
) -> None:
    """Embed networks over time: a vector for every node in every window. The same command goes on where it stopped."""
    from interplay.cli.progress import Bars
    from interplay.job.embedding_alone import Alone, TrainingStopped, represent_alone
    from interplay.job.outputs import require_file

    require_file(out, _SUFFIXES, [source, recording, model])
    given = {name: value for name, value in settings.items() if value is not None and value != []}
    others: dict[str, Any] = {"train_until": train_until, "nodes": nodes, "recording": recording}
    others["undirected"] = undirected or None
    if method in COHORT_METHODS:
        if epochs is not None:
            given["cohort_epochs"] = epochs
        _cohort(Plan.of(input=source, **given), method, tuple(settings_ or ()), out, model, others)
        return
    others["model"] = model
    if method in STREAM_METHODS:
        _stream(Plan.of(input=source, epochs=epochs, **given), method, tuple(settings_ or ()), out, others)
        return
    if method not in METHODS:
        raise ConfigError(unknown_name("model", method, (*METHODS, *STREAM_METHODS, *COHORT_METHODS)))
    if model is not None:
        raise ConfigError("`--model` must be left out for a model of networks, which is trained here. Remove it.")
    asked = Alone(
        plan=Plan.of(input=source, epochs=epochs, **given),
        method=method,
        settings=tuple(settings_ or ()),
        recording=recording,
        nodes=nodes,
        train_until=train_until,
        undirected=undirected,
    )
    try:
        with Bars() as bars:
            result, notes = represent_alone(asked, out, jobs=jobs, observer=bars)
    except TrainingStopped:
        raise Stopped(STOPPED_TRAINING) from None
    windows, n, depth = result.embedding.shape
    typer.echo(f"{method}: {n} nodes in {windows} windows, {depth} numbers each")
    for name, values in (("reconstruction", result.reconstruction), ("prediction", result.prediction)):
        known = values["auc"][~np.isnan(values["auc"])] if "auc" in values else ()
        if len(known):
            typer.echo(f"AUC of edges, {name}: {np.mean(known):.3f} (mean over {len(known)} windows)")
    epochs = len(next(iter(result.loss.values()), ()))
    ended = "nothing improved any more" if result.converged else "the last epoch"
    typer.echo(f"trained for {epochs} epochs, until {ended}; kept epoch {result.best_epoch}")
    for note in notes:
        typer.echo(f"note: {note}")
    typer.echo(f"written: {out}")


def _cohort(
    plan: Plan, method: str, settings: tuple[str, ...], out: Path, model: Path | None, others: dict[str, Any]
) -> None:
    """Put a model of cohorts to work, and say what came of it."""
    from interplay.cli.progress import Bars
    from interplay.job.cohort_alone import represent_cohort
    from interplay.job.embedding_alone import TrainingStopped

    _require_left_out(others, "cohorts, which reads scans as they stand")
    try:
        with Bars() as bars:
            found, notes = represent_cohort(plan, method, settings, out, model=model, observer=bars)
    except TrainingStopped:
        raise Stopped(STOPPED_PRETRAINING) from None
    scans, regions, depth = found.embedding.shape
    typer.echo(f"{method}: {scans} scans of {regions} regions, {depth} numbers each")
    for note in notes:
        typer.echo(f"note: {note}")
    typer.echo(f"written: {out}")


def _require_left_out(others: dict[str, Any], of: str) -> None:
    """Refuse options that only models of networks have."""
    unused = next((name for name, value in others.items() if value is not None), None)
    if unused is not None:
        raise ConfigError(f"`--{unused.replace('_', '-')}` must be left out for a model of {of}. Remove the option.")


def _stream(plan: Plan, method: str, settings: tuple[str, ...], out: Path, others: dict[str, Any]) -> None:
    """Train a model of streams, and say what came of it."""
    from interplay.cli.progress import Bars
    from interplay.job.embedding_alone import TrainingStopped
    from interplay.job.stream_alone import represent_stream

    _require_left_out(others, "streams, which reads all events as they stand")
    try:
        with Bars() as bars:
            found = represent_stream(plan, method, settings, out, observer=bars)
    except TrainingStopped:
        raise Stopped(STOPPED_TRAINING) from None
    trained = found.trained
    n, depth = found.vectors.shape
    typer.echo(f"{method}: {n} nodes at the end of the stream, {depth} numbers each")
    watched = trained.loss.get("held_out", ())
    if len(watched):
        what = "area under the curve of signs" if trained.aim == "sign" else "average precision of links"
        typer.echo(f"validation: {what} {1 - watched[trained.best_epoch]:.3f}")
    ended = "nothing improved any more" if trained.converged else "the last epoch"
    typer.echo(f"trained for {len(trained.loss['loss'])} epochs, until {ended}; kept epoch {trained.best_epoch}")
    for note in trained.notes:
        typer.echo(f"note: {note}")
    typer.echo(f"written: {out}")


represent = with_plan_options(_represent, fields=FIELDS)
