"""The command `play`: players times seeds under one sample budget."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from interplay.cli import EXIT_DONE, EXIT_NOT_CONVERGED

_HELP = (
    "Let players play Pong under the same sample budget: PLAYERS times seeds, then tables, tests and a report.",
    "Without PLAYERS: chance, random, sweep, frozen, oracle and dish. A player is a name with settings, "
    "name:key=value,key=value; a choice of values, key=one|other, is multiplied out (quote it). --list shows them.",
    "Every session goes on until both budgets are spent, so one tournament serves the rally-matched and the "
    "time-matched comparison. The same command goes on where it stopped; more seeds or players only add to it. "
    "A player that raises, hangs or crashes loses that session only: the rest is finished, the loss is reported, and "
    "the exit code is 4.",
    "Examples:",
    "  interplay play",
    "  interplay play chance dish dqn ppo:observation=ball --seeds 0:30 --agent-seeds 0:10 --jobs 8",
    "  interplay play chance 'dish:feedback=fep|silent|open_loop|rest,plasticity=stdp|frozen'",
    "  interplay play dish --random-spikes --zero-spikes --frozen-decoder --shuffled-feedback",
    "  interplay play chance python:my_module:MyPlayer --seconds 300 --rallies 20",
)


def play(
    players: Annotated[
        list[str] | None, typer.Argument(metavar="[PLAYERS]...", help="Who plays; none: six players, see above.")
    ] = None,
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Folder of the tournament; the same command goes on where it stopped.")
    ] = Path("interplay-tournament"),
    plan: Annotated[
        Path | None, typer.Option(readable=False, help="Settings from a TOML file; options given here win.")
    ] = None,
    seeds: Annotated[
        str | None, typer.Option(help="Seeds that every player plays: 0:30, or 3,5,8. [dim]\\[default: 0:5][/dim]")
    ] = None,
    agent_seeds: Annotated[
        str | None, typer.Option(help="Seeds of the learning agents, whose sessions cost most; none: --seeds.")
    ] = None,
    rallies: Annotated[int | None, typer.Option(help="Rally-matched budget. [dim]\\[default: 70][/dim]")] = None,
    seconds: Annotated[
        float | None, typer.Option(help="Time-matched budget, s on the clock of the game. [dim]\\[default: 1200][/dim]")
    ] = None,
    rules: Annotated[
        Literal["dish", "port"] | None,
        typer.Option(help="The dish's game, or the authors' faster port. [dim]\\[default: dish][/dim]"),
    ] = None,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, help="Sessions at a time.")] = 2,
    engine: Annotated[
        Literal["processes", "ray", "serial"],
        typer.Option(help="Where sessions run: in processes, on a Ray cluster (extra 'scale'), or right here."),
    ] = "processes",
    timeout_s: Annotated[
        float | None,
        typer.Option(help="Wall time after which a session is stopped as hung, s. [dim]\\[default: 3600][/dim]"),
    ] = None,
    random_spikes: Annotated[
        bool, typer.Option("--random-spikes", help="Ablation beside every dish: the decoder hears random spikes.")
    ] = False,
    zero_spikes: Annotated[
        bool, typer.Option("--zero-spikes", help="Ablation beside every dish: the decoder hears no spikes.")
    ] = False,
    frozen_decoder: Annotated[
        bool, typer.Option("--frozen-decoder", help="Ablation beside every dish: the decoder does not adapt.")
    ] = False,
    shuffled_feedback: Annotated[
        bool,
        typer.Option("--shuffled-feedback", help="Ablation beside every fep dish: feedback tells nothing of the game."),
    ] = False,
    show: Annotated[bool, typer.Option("--list", help="List the players and their settings, and end.")] = False,
) -> int:
    """Read the plan, hold the tournament, say what came of it."""
    import sys

    from interplay.job.tournament import play as hold
    from interplay.job.tournament_plan import TournamentPlan

    if show:
        _list_players()
        return EXIT_DONE
    ablations = {
        "random_spikes": random_spikes,
        "zero_spikes": zero_spikes,
        "frozen_decoder": frozen_decoder,
        "shuffled_feedback": shuffled_feedback,
    }
    given: dict[str, Any] = {
        "players": tuple(players) if players else None,
        "ablations": tuple(name for name, wanted in ablations.items() if wanted) or None,
        "seeds": seeds,
        "agent_seeds": agent_seeds,
        "rallies": rallies,
        "seconds": seconds,
        "rules": rules,
        "timeout_s": timeout_s,
    }
    given = {name: value for name, value in given.items() if value is not None}
    base = TournamentPlan.read(plan).model_dump() if plan is not None else {}
    if str(Path.cwd()) not in sys.path:
        sys.path.append(str(Path.cwd()))  # where a player of the user's own lies, as with `python -m`
    from interplay.cli.progress import Bars

    with Bars() as bars:
        done = hold(TournamentPlan.of(**{**base, **given}), out, jobs=jobs, engine=engine, observer=bars)
    typer.echo(done.summary_text)
    typer.echo(f"report: {done.report}")
    if done.result.failures:
        lost = f"interplay: {len(done.result.failures)} sessions were lost; everything else is complete."
        typer.secho(lost, err=True, fg=typer.colors.RED)
        return EXIT_NOT_CONVERGED
    return EXIT_DONE


play.__doc__ = "\n\n".join(_HELP)


def _list_players() -> None:
    from interplay._core.errors import MissingExtraError
    from interplay.loop.registry import PLAYERS, settings_of

    wide = max(map(len, PLAYERS))
    for name, known in PLAYERS.items():
        typer.echo(f"{name:{wide}s}  {known.about}")
        try:
            settings = settings_of(name)
        except MissingExtraError as error:
            typer.echo(f"{'':{wide}s}  {error}")
            continue
        for key, value in settings.items():
            typer.echo(f"{'':{wide}s}    {key}={value}")
    typer.echo(f"{'python':{wide}s}  a player of your own: python:package.module:factory")
