"""From a player's name to a page in the browser: the server's start and its end."""

from __future__ import annotations

import errno
import importlib.util
import logging
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from interplay._core.checks import require_setting
from interplay._core.errors import ConfigError, MissingExtraError
from interplay.loop import Budget
from interplay.loop.player import Learner, Player
from interplay.web.show import Show

#: Seconds that open pages get to close when the server ends.
_GRACE_S = 2


def live(
    player: str | Callable[[], Player | Learner] = "dish",
    *,
    seed: int = 0,
    host: str = "127.0.0.1",
    port: int = 8000,
    speed: float | None = 1.0,
    seconds: float | None = None,
    stop_when_left: bool = False,
    ready: Callable[[str], None] | None = None,
) -> None:
    """Show a session in the browser while it runs; comes back when the server is stopped (Ctrl-C).

    Parameters
    ----------
    player : str or callable () -> Player or Learner
        A name as the tournament takes it ("dish", "dish:feedback=silent", "oracle", "dqn"), or what makes a fresh
        player.
    seed : int, >= 0
    host : str
        Where to listen; the default answers this machine only.
    port : int, 0 to 65535
        0 takes any free one.
    speed : float in [0.05, 1000], or None
        Seconds of the game per second on the wall; None as fast as the machine does.
    seconds : float > 0, s, or None
        Length of the session; None means 70 rallies and 20 minutes, whichever lasts longer.
    stop_when_left : bool
        Whether the server ends when the last page has been closed.
    ready : callable (address) or None
        Called once, when the page can be opened.

    Raises
    ------
    ConfigError
        If the address cannot be listened at, or a setting is out of range.
    MissingExtraError
        If fastapi, uvicorn or websockets is not installed.
    """
    for package in ("fastapi", "uvicorn", "websockets"):
        if importlib.util.find_spec(package) is None:
            raise MissingExtraError.of("the live view", package, "web")
    make = _maker(player) if isinstance(player, str) else player
    budget = None
    if seconds is not None:
        require_setting("seconds", seconds, above=0)
        budget = Budget(rallies=None, seconds=seconds, most_s=seconds)
    show = Show(make, seed=seed, budget=budget, speed=speed)
    door = listen_at(host, port)
    try:
        _serve(show, door, host, stop_when_left, ready)
    finally:
        door.close()


def listen_at(host: str, port: int) -> socket.socket:
    """Take an address, or say why not.

    Raises
    ------
    ConfigError
        If the port is in use, not allowed, or no address of this machine.
    """
    require_setting("port", port, least=0, most=65535)
    try:
        kind, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        door = socket.socket(kind, socket.SOCK_STREAM)
    except OSError as error:
        raise ConfigError(f"`host` must be an address of this machine, got {host!r}: {error.strerror}.") from error
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind(address)
        # Bound sockets share a port on some systems until one listens: ask now, not at the first page.
        door.listen(64)
    except OSError as error:
        door.close()
        if error.errno == errno.EADDRINUSE:
            raise ConfigError(
                f"port {port} of {host} is in use, perhaps by another live view. Stop that one, choose another port, "
                "or take 0 for any free one."
            ) from error
        raise ConfigError(
            f"`host` and `port` must be free and allowed, got {host!r} and {port}: {error.strerror}. Choose others."
        ) from error
    return door


def _serve(
    show: Show, door: socket.socket, host: str, stop_when_left: bool, ready: Callable[[str], None] | None
) -> None:
    import uvicorn

    from interplay.web.app import create_app

    server: Any = None

    def leave() -> None:
        if stop_when_left:
            server.should_exit = True

    app = create_app(show, host=host, when_left=leave)
    config = uvicorn.Config(
        app,
        log_level=logging.WARNING,
        access_log=False,
        lifespan="on",
        ws="websockets-sansio" if _has_sansio() else "websockets",
        ws_max_size=4096,
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=_GRACE_S,
        server_header=False,
    )
    server = uvicorn.Server(config)
    if ready is not None:
        name = f"[{host}]" if ":" in host else host
        ready(f"http://{name}:{door.getsockname()[1]}/")
    # Ctrl-C is the usual way to end a live view: the server closes its pages first, then the signal comes here.
    with suppress(KeyboardInterrupt):
        server.run(sockets=[door])
    show.stop(wait_s=_GRACE_S)


def _has_sansio() -> bool:
    """Newer servers speak to newer websockets without a deprecated layer in between."""
    return importlib.util.find_spec("uvicorn.protocols.websockets.websockets_sansio_impl") is not None


def _maker(spec: str) -> Callable[[], Player | Learner]:
    """Turn a name into what makes players of it; a wrong name is refused at once."""
    from interplay.loop.registry import make_player

    def make() -> Player | Learner:
        return make_player(spec)

    make()
    return make
