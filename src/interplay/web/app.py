"""The server: the page, its parts, and one websocket. It can reach nothing but the session that it shows."""

from __future__ import annotations

import asyncio
import ipaddress
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

from interplay._core.errors import ConfigError, MissingExtraError
from interplay.web.assets import PARTS, asset
from interplay.web.hub import Client, Hub
from interplay.web.messages import read_request
from interplay.web.show import Show

try:
    from fastapi import FastAPI, Request, Response, WebSocket, WebSocketDisconnect
except ImportError as error:
    raise MissingExtraError.of("the live view", "fastapi", "web") from error

#: The page may load from its own server only, and run no script that does not stand there as a file.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
}
#: Close codes of a websocket: policy violation.
_REFUSED = 1008


def create_app(show: Show, *, host: str = "127.0.0.1", when_left: Callable[[], None] | None = None) -> FastAPI:
    """Make the server of one show.

    Parameters
    ----------
    show : Show
        Its first session begins when the first page has come.
    host : str
        The address at which the server listens; a page from elsewhere is refused.
    when_left : callable () or None
        Called when the last page has gone.

    Returns
    -------
    FastAPI

    Raises
    ------
    MissingExtraError
        On import of this module, where fastapi is absent.

    Notes
    -----
    Only pages of the same origin may open the websocket, and only requests that name this machine are answered, so
    that no other site that is open in the same browser can look on or interfere. Whoever can open the page may hold,
    hurry, end and repeat the session; there is no password. The page can send five requests and no code.
    """
    hub = Hub()
    show.listen(hub.post)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        hub.open(asyncio.get_running_loop())
        yield
        hub.close()
        await asyncio.to_thread(show.stop, 2.0)

    app = FastAPI(title="Interplay live", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)

    async def page(request: Request) -> Response:
        return _answer(request, host, "live.html")

    async def part(request: Request) -> Response:
        return _answer(request, host, str(request.path_params["name"]))

    async def socket(websocket: WebSocket) -> None:
        if not (_local(websocket.headers.get("host"), host) and _same_origin(websocket)):
            await websocket.close(_REFUSED)
            return
        await websocket.accept()
        client = Client()
        for frame in await asyncio.to_thread(show.backlog):
            client.put(json.dumps(frame), keep=True)
        hub.clients.add(client)
        # What was told while the backlog was fetched did not reach this page.
        client.put(json.dumps(show.state()), keep=True)
        if not show.running and not show.begun:
            await asyncio.to_thread(show.start)
            hub.tell(show.state())
        sending = asyncio.create_task(_send(websocket, client))
        try:
            await _listen(websocket, client, show, hub)
        except WebSocketDisconnect:
            pass
        finally:
            hub.clients.discard(client)
            sending.cancel()
            with suppress(asyncio.CancelledError, WebSocketDisconnect, RuntimeError):
                await sending
            if not hub.clients and when_left is not None:
                when_left()

    app.router.add_route("/", page)
    app.router.add_route("/live/{name}", part)
    app.router.add_websocket_route("/socket", socket)
    return app


async def _send(websocket: WebSocket, client: Client) -> None:
    while True:
        await websocket.send_text(await client.get())


async def _listen(websocket: WebSocket, client: Client, show: Show, hub: Hub) -> None:
    while True:
        message = await websocket.receive()
        if message["type"] == "websocket.disconnect":
            return
        try:
            request = read_request(message.get("text") or "")
        except ConfigError as error:
            client.put(json.dumps({"type": "error", "text": str(error)}), keep=True)
            continue
        if request.do == "pause":
            show.pace.hold()
        elif request.do == "resume":
            show.pace.resume()
        elif request.do == "speed":
            show.pace.set_speed(request.speed)
        elif request.do == "stop":
            await asyncio.to_thread(show.stop)
        else:
            await asyncio.to_thread(show.start, request.seed)
        hub.tell(show.state())


def _answer(request: Request, host: str, name: str) -> Response:
    if not _local(request.headers.get("host"), host):
        return Response("This server answers only under its own address.", status_code=403, media_type="text/plain")
    if name not in PARTS:
        return Response("There is no such part.", status_code=404, media_type="text/plain", headers=_HEADERS)
    return Response(asset(name), media_type=PARTS[name], headers=_HEADERS)


def _local(named: str | None, host: str) -> bool:
    """Say whether a request named this machine: a foreign name that leads here is a trick."""
    try:
        name = urlsplit(f"//{named or ''}").hostname or ""
        if name in (host, "localhost"):
            return True
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    return address.is_loopback or not _is_loopback(host)


def _is_loopback(host: str) -> bool:
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"


def _same_origin(websocket: WebSocket) -> bool:
    """Browsers always name the page that opens a websocket; it must be ours."""
    origin = urlsplit(websocket.headers.get("origin", ""))
    return origin.scheme in ("http", "https") and origin.netloc == websocket.headers.get("host")
