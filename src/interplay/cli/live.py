"""The command `interplay live`: a session in the browser, as it runs."""

from __future__ import annotations

from typing import Annotated

import typer

from interplay._core.errors import ConfigError


def live(
    player: Annotated[
        str,
        typer.Argument(metavar="[PLAYER]", help='As in `interplay play`: "dish", "oracle", "dqn:observation=ball".'),
    ] = "dish",
    seed: Annotated[int, typer.Option(min=0, help="Seed of the serves and of the player.")] = 0,
    host: Annotated[
        str, typer.Option(help="Address to listen at; the default answers this machine only.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes any free one.")] = 8000,
    speed: Annotated[
        str, typer.Option(help='Seconds of the game per second, or "max"; can be changed on the page.')
    ] = "1.0",
    seconds: Annotated[
        float | None,
        typer.Option(help="Length of the session, s; none: 70 rallies and 20 minutes, the longer of both."),
    ] = None,
    stop_when_left: Annotated[
        bool, typer.Option("--stop-when-left", help="End when the last page has been closed.")
    ] = False,
) -> None:
    """Show a session in the browser while it runs; Ctrl-C ends it."""
    from interplay.web import live as show

    show(
        player,
        seed=seed,
        host=host,
        port=port,
        speed=_speed(speed),
        seconds=seconds,
        stop_when_left=stop_when_left,
        ready=lambda address: typer.echo(f"open {address}   (Ctrl-C ends)"),
    )
    typer.echo("ended")


def _speed(text: str) -> float | None:
    if text == "max":
        return None
    try:
        return float(text)
    except ValueError as error:
        raise ConfigError(f'`speed` must be a number of seconds per second, or "max", got {text!r}.') from error
