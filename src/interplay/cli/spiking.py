"""The commands `spiking train` and `spiking evaluate`: spiking networks with a posterior over their weights."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from interplay.cli import STOPPED_SPIKING, Stopped

spiking = typer.Typer(
    name="spiking",
    help="Spiking and binary networks with a posterior over their weights: train them, judge them beside baselines.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)

Data = Annotated[
    str | None,
    typer.Argument(
        metavar="[DATA]",
        help="Samples: a folder of shd_train.h5 and shd_test.h5 (spoken), a folder of DVS Gesture (gestures), or an "
        ".npz of your own; none: look-alikes (spoken, gestures) or scikit-learn's digits.",
    ),
]


@spiking.command()
def train(
    data: Data = None,
    task: Annotated[
        str, typer.Option("--task", "-t", metavar="NAME", help="What is told: spoken, gestures or digits.")
    ] = "spoken",
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder; the same command goes on where it stopped.")] = Path(
        "interplay-spiking"
    ),
    method: Annotated[
        str | None,
        typer.Option(
            "--method",
            "-m",
            metavar="NAME",
            help="The network: recurrent_spiking, conv_spiking or binary_residual; by the task if not given.",
        ),
    ] = None,
    gradient: Annotated[
        str | None,
        typer.Option(
            "--gradient",
            "-g",
            metavar="RULE",
            help="How the gradient passes units. By chance: st, half, const(p), interp(l), agr(t), power(r); with a "
            "threshold: fast_sigmoid(k), arctan(a), triangle(w), hard_tanh.",
        ),
    ] = None,
    settings_: Annotated[
        list[str] | None,
        typer.Option(
            "--set", help="Any other setting of the network: key=value, for example width=256; may be repeated."
        ),
    ] = None,
    draws: Annotated[
        int, typer.Option(min=1, help="Networks drawn from the posterior whose probabilities are averaged.")
    ] = 20,
    hold_out: Annotated[
        str | None,
        typer.Option(metavar="CLASS", help="Leave a class out of training, and see whether the network doubts it."),
    ] = None,
    baselines: Annotated[
        bool,
        typer.Option(
            "--baselines/--no-baselines",
            help="Train the network with surrogate gradient, straight-through hard tanh and batch normalisation too.",
        ),
    ] = True,
    device: Annotated[str, typer.Option(help="cpu, or cuda where a GPU is.")] = "cpu",
    seed: Annotated[int, typer.Option(min=0, help="Of weights, order, draws, look-alikes and of who is judged.")] = 0,
) -> None:
    """Train a spiking network, judge it beside its baselines, and write a report.

    Examples: interplay spiking train; interplay spiking train --task digits --gradient st --set layers=12;
    interplay spiking train SHD_FOLDER --task spoken --set width=256 --device cuda
    """
    from interplay.cli.progress import Bars
    from interplay.job.embedding_alone import TrainingStopped
    from interplay.job.outputs import require_folder
    from interplay.job.spiking_plan import SpikingPlan
    from interplay.job.spiking_run import train_spiking

    require_folder(out, data)
    plan = SpikingPlan(
        task=task,
        input=data,
        method=method,
        gradient=gradient,
        settings=tuple(settings_ or ()),
        draws=draws,
        hold_out=hold_out,
        baselines=baselines,
        device=device,
        seed=seed,
    )
    try:
        with Bars() as bars:
            done = train_spiking(plan, out, observer=bars)
    except TrainingStopped:
        raise Stopped(STOPPED_SPIKING) from None
    _tell(done.lines, done.notes)
    typer.echo(f"model: {done.model}\nreport: {done.report}")


@spiking.command()
def evaluate(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", readable=False, help="Folder of a finished `interplay spiking train`.")
    ],
    data: Annotated[
        str | None,
        typer.Argument(metavar="[DATA]", help="Samples as in training; none: new look-alikes, of other speakers."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder for what is found; DIR/evaluation if not given.")
    ] = None,
    draws: Annotated[
        int | None, typer.Option(min=1, help="Networks averaged; as many as in training if not given.")
    ] = None,
    device: Annotated[str | None, typer.Option(help="cpu, or cuda; that of the training if not given.")] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Of draws and look-alikes; the next after the training's if not given.")
    ] = None,
) -> None:
    """Judge the networks of a training on other samples, and write a report."""
    from interplay.cli.progress import Bars
    from interplay.job.outputs import require_folder
    from interplay.job.spiking_run import evaluate_spiking

    place = folder / "evaluation" if out is None else out
    require_folder(place, folder)
    require_folder(place, data)
    with Bars() as bars:
        done = evaluate_spiking(
            folder,
            None if data is None else Path(data),
            place,
            draws=draws,
            seed=seed,
            device=device,
            observer=bars,
        )
    _tell(done.lines, done.notes)
    typer.echo(f"report: {done.report}")


def _tell(lines: list[str], notes: tuple[str, ...]) -> None:
    for line in lines:
        typer.echo(line)
    for note in notes:
        typer.echo(f"note: {note}")
