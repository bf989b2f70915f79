"""The commands. Each one parses, calls the library, and prints; no science lives here."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from interplay._core.errors import ConfigError, DataError, InterplayError, NumericalError
from interplay.cli import EXIT_BUG, EXIT_DATA, EXIT_DONE, EXIT_NOT_CONVERGED, EXIT_STOPPED, EXIT_USAGE, Stopped, stopped
from interplay.cli.circuit import circuit
from interplay.cli.compare import compare
from interplay.cli.influence import influence
from interplay.cli.ingest import ingest
from interplay.cli.live import live
from interplay.cli.measure import measure
from interplay.cli.options import with_plan_options
from interplay.cli.play import play
from interplay.cli.pretrain import pretrain
from interplay.cli.represent import represent
from interplay.cli.spiking import spiking
from interplay.job.plan import Plan

app = typer.Typer(
    name="interplay",
    help="The open laboratory for living networks: a recording in, dynamic signed networks and an honest report out.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_EXITS = (
    (ConfigError, EXIT_USAGE),
    (DataError, EXIT_DATA),
    (NumericalError, EXIT_NOT_CONVERGED),
    (InterplayError, EXIT_USAGE),
)
# typer carries its own copy of click from 0.2x on; this finds "ClickException" in either.
_UsageProblem: Any = next(kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "ClickException")
_ALL = tuple(name for name in Plan.model_fields if name != "input")
_INFER = (
    "hint",
    "window_s",
    "step_s",
    "method",
    "method_set",
    "lag_s",
    "bin_s",
    "surrogates",
    "threshold",
    "alpha",
    "density",
    "seed",
)

Out = Annotated[Path, typer.Option("--out", "-o", help="Folder of the run; the same command goes on where it stopped.")]
Jobs = Annotated[
    int,
    typer.Option(
        "--jobs",
        "-j",
        min=1,
        help="Threads (processes, to train models), at most one per processor; the result does not depend on it.",
    ),
]


def call(arguments: Sequence[str]) -> int:
    """Run one command and translate what went wrong into a message and an exit code.

    Parameters
    ----------
    arguments : sequence of str
        Without the program's name.

    Returns
    -------
    int
        0 done, 2 wrong usage, 3 bad data, 4 no usable result, 130 stopped, 1 a defect of ours.
    """
    try:
        code = app(args=list(arguments), prog_name="interplay", standalone_mode=False)
        # Newer versions of typer turn Ctrl-C into this code themselves, older ones let it through.
        return (
            _say(stopped(list(arguments)), code)
            if code == EXIT_STOPPED
            else code
            if isinstance(code, int)
            else EXIT_DONE
        )
    except (typer.Abort, KeyboardInterrupt):
        return _say(stopped(list(arguments)), EXIT_STOPPED)
    except Stopped as stop:
        return _say(str(stop), EXIT_STOPPED)
    except _UsageProblem as error:
        error.show()
        return EXIT_USAGE
    except InterplayError as error:
        code = next(code for kind, code in _EXITS if isinstance(error, kind))
        return _say(" ".join(str(error).split()), code)
    except BrokenPipeError:
        sys.stderr.close()
        return EXIT_DONE
    except OSError as error:
        place = f" {error.filename}" if error.filename else ""
        return _say(
            f"the system refused{place}: {error.strerror or error}. "
            "Check the path, its permissions and the free space.",
            EXIT_DATA,
        )
    except Exception:  # our own defect: keep the traceback for a report, show one paragraph
        return _crash()


def _say(message: str, code: int) -> int:
    typer.secho(f"interplay: {message}", err=True, fg=typer.colors.RED if code != EXIT_STOPPED else None)
    return code


def _crash() -> int:
    import tempfile

    with tempfile.NamedTemporaryFile("w", prefix="interplay-", suffix=".txt", delete=False, encoding="utf-8") as file:
        file.write(traceback.format_exc())
    return _say(f"this is a defect of ours, not of your data. Please report it with the file {file.name}.", EXIT_BUG)


def _plan(plan_file: Path | None, source: str | None, settings: dict[str, Any]) -> Plan:
    given = {k: v for k, v in settings.items() if v is not None and v != []}
    if source is not None:
        given["input"] = source
    if plan_file is None:
        return Plan.of(**given)
    return Plan.of(**{**Plan.read(plan_file).model_dump(), **given})


def _run(
    source: Annotated[
        str | None, typer.Argument(metavar="[INPUT]", help="A recording, event list or cohort; none: a simulated one.")
    ] = None,
    out: Out = Path("interplay-report"),
    plan: Annotated[
        Path | None, typer.Option(readable=False, help="Settings from a TOML file; options given here win.")
    ] = None,
    jobs: Jobs = 2,
    **settings: Any,
) -> None:
    """Analyse a recording or a cohort, from file to report. Without INPUT, simulate one with known truth."""
    from interplay.cli.progress import Bars
    from interplay.job import run

    with Bars() as bars:
        done = run(_plan(plan, source, settings), out, jobs=jobs, observer=bars)
    typer.echo(done.summary_text)
    typer.echo(f"report: {done.report}")


app.command("run")(with_plan_options(_run, fields=_ALL))


@app.command()
def info(
    file: Annotated[Path, typer.Argument(readable=False, help="Any file or folder that `run` takes.")],
    hint: Annotated[
        list[str] | None, typer.Option(help="What the file does not say about itself: key=value; may be repeated.")
    ] = None,
) -> None:
    """Say what a file holds: kind, units, times, behaviours, and what had to be guessed."""
    from interplay.io import load, sniff
    from interplay.job.describe import describe
    from interplay.job.hints import read_hints

    hints = read_hints(hint or ())
    kind = sniff(file)
    for line in describe(load(file, **hints), kind):
        typer.echo(line)


@app.command()
def fetch(
    name: Annotated[str | None, typer.Argument(help="Which set; none lists them.")] = None,
    to: Annotated[Path, typer.Option(help="Folder to put it in.")] = Path("data"),
) -> None:
    """Download a public data set, checked against its known digest."""
    from interplay.cli.progress import Bars
    from interplay.io import DATASETS
    from interplay.io import fetch as download

    if name is None:
        wide = max(map(len, DATASETS))
        for key, entry in sorted(DATASETS.items()):
            typer.echo(f"{key:{wide}s} {entry.size / 1e6:7.2f} MB  {entry.about} [{entry.licence}]")
        return
    with Bars() as bars:
        typer.echo(str(download(name, to, progress=bars.stage(f"fetch {name}"))))


def _infer(
    source: Annotated[str, typer.Argument(metavar="INPUT", help="A recording or event list.")],
    out: Annotated[
        Path,
        typer.Option(
            "--out", "-o", help="Where to: .npz (with method, settings and notes) or .csv (one row per edge)."
        ),
    ] = Path("snapshots.npz"),
    jobs: Jobs = 2,
    **settings: Any,
) -> None:
    """Infer the networks of a recording, one per window, and write them."""
    from interplay.cli.progress import Bars
    from interplay.job import about_network, infer_result, write_snapshots
    from interplay.job.outputs import require_file

    require_file(out, (".npz", ".csv"), [source])
    with Bars() as bars:
        result, names = infer_result(_plan(None, source, settings), jobs=jobs, observer=bars)
        write_snapshots(out, result.snapshots, names, about=about_network(result))
    typer.echo(f"{result.snapshots!r}\n{result.method}: {result.quantity}")
    for note in result.notes:
        typer.echo(f"note: {note}")
    typer.echo(f"written: {out}")


app.command("infer")(with_plan_options(_infer, fields=_INFER))


app.command()(measure)
app.command("represent")(represent)
app.command("pretrain")(pretrain)
app.command()(ingest)
app.command()(compare)
app.command()(circuit)
app.command()(influence)
app.command()(play)
app.command()(live)
app.add_typer(spiking)


@app.command()
def report(
    folder: Annotated[Path, typer.Argument(metavar="DIR", readable=False, help="The folder of a finished run.")],
) -> None:
    """Write the report of a run again from what it left in its folder."""
    from interplay.job import report_again

    typer.echo(f"report: {report_again(folder)}")


def _version(show: bool) -> None:
    if show:
        from interplay import __version__

        typer.echo(f"interplay {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass
