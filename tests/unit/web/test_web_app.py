import contextlib
import json
import time

import pytest

from interplay.loop import Budget
from interplay.loop.references import FrozenCentre, Oracle
from interplay.web import Show
from interplay.web.assets import PARTS

pytest.importorskip("fastapi", reason="the extra web is not installed")
testclient = pytest.importorskip("fastapi.testclient", reason="httpx is not installed")
from starlette.websockets import WebSocketDisconnect  # noqa: E402

from interplay.web import create_app  # noqa: E402

FRAME = {
    "type", "number", "seconds", "phase", "left_s", "ball", "paddle", "rally", "hits", "finished", "mean_hits", "aces",
    "long_rallies", "catches", "recent", "events", "spikes", "n_spikes", "pulses", "rates", "speed",
}  # fmt: skip
OURS = {"origin": "http://testserver"}


@contextlib.contextmanager
def server(make=FrozenCentre, host="testserver", **settings):
    left = []
    show = Show(make, **{"seed": 1, "speed": 20.0, **settings})
    app = create_app(show, host=host, when_left=lambda: left.append(True))
    with testclient.TestClient(app) as client:
        client.show, client.left = show, left
        yield client


def until(socket, wanted, tries=4000):
    for _ in range(tries):
        message = socket.receive_json()
        if wanted(message):
            return message
    raise AssertionError("it never came")


def refused(client, headers):
    try:
        with client.websocket_connect("/socket", headers=headers):
            return None
    except WebSocketDisconnect as problem:
        return problem.code


def is_frame(message):
    return message["type"] == "frame"


def test_every_part_of_the_page_is_served_with_its_kind_and_policy():
    with server() as client:
        page = client.get("/")
        assert page.status_code == 200
        assert "script-src 'self'" in page.headers["content-security-policy"]
        assert "http" not in page.text.replace("http-equiv", "")
        for name, kind in PARTS.items():
            answer = client.get(f"/live/{name}")
            assert (answer.status_code, answer.headers["content-type"]) == (200, kind)
            assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "path", ["/live/nothing.js", "/live/..%2Fapp.py", "/live/__init__.py", "/docs", "/openapi.json"]
)
def test_nothing_else_is_served(path):
    with server() as client:
        assert client.get(path).status_code == 404


def test_the_session_begins_with_the_first_page():
    with server() as client:
        assert not client.show.begun
        with client.websocket_connect("/socket", headers=OURS) as socket:
            hello = until(socket, lambda m: m["type"] == "hello")
            assert hello["player"] == "frozen"
            frame = until(socket, is_frame)
            assert set(frame) == FRAME
            assert frame["phase"] == "play"
            assert len(frame["ball"]) == 2


def test_a_page_that_comes_later_learns_what_it_must_know():
    with server() as client, client.websocket_connect("/socket", headers=OURS) as one:
        until(one, is_frame)
        with client.websocket_connect("/socket", headers=OURS) as two:
            kinds = [two.receive_json()["type"] for _ in range(3)]
            assert kinds == ["hello", "frame", "state"]
            later = until(two, is_frame)
            assert until(one, lambda m: is_frame(m) and m["number"] == later["number"]) == later


def test_pages_hold_and_hurry_the_session_for_all():
    with server() as client, client.websocket_connect("/socket", headers=OURS) as one:
        until(one, is_frame)
        with client.websocket_connect("/socket", headers=OURS) as two:
            one.send_text('{"do": "pause"}')
            assert until(two, lambda m: m["type"] == "state" and m["held"])["running"]
            assert client.show.pace.held
            two.send_text('{"do": "resume"}')
            assert not until(one, lambda m: m["type"] == "state" and not m["held"])["held"]
            two.send_text('{"do": "speed", "value": "max"}')
            assert until(one, lambda m: m["type"] == "state" and m["speed"] is None)
            before = until(one, is_frame)["seconds"]
            assert until(one, lambda m: is_frame(m) and m["seconds"] > before + 20)


def test_a_page_ends_the_session_and_plays_again():
    with server(Oracle) as client, client.websocket_connect("/socket", headers=OURS) as socket:
        until(socket, is_frame)
        socket.send_text('{"do": "stop"}')
        assert until(socket, lambda m: m["type"] == "end")["why"] == "stopped"
        socket.send_text('{"do": "again", "value": 5}')
        assert until(socket, lambda m: m["type"] == "hello")["seed"] == 5
        until(socket, is_frame)


def test_a_session_that_is_over_says_so():
    with server(budget=Budget(rallies=None, seconds=5.0, most_s=5.0), speed=None) as client:
        with client.websocket_connect("/socket", headers=OURS) as socket:
            assert until(socket, lambda m: m["type"] == "end")["why"] == "done"
        with client.websocket_connect("/socket", headers=OURS) as socket:
            kinds = [socket.receive_json()["type"] for _ in range(4)]
            assert kinds == ["hello", "frame", "end", "state"]


@pytest.mark.parametrize("text", ["", "{", '{"do": "format the disk"}', '{"do": "speed", "value": -3}', "x" * 500])
def test_bad_messages_are_answered_and_harm_nothing(text):
    with server() as client, client.websocket_connect("/socket", headers=OURS) as socket:
        until(socket, is_frame)
        socket.send_text(text)
        assert until(socket, lambda m: m["type"] == "error")["text"]
        assert client.show.running
        until(socket, is_frame)


def test_bytes_are_answered_with_an_error_too():
    with server() as client, client.websocket_connect("/socket", headers=OURS) as socket:
        socket.send_bytes(b"\xff\xfe")
        assert until(socket, lambda m: m["type"] == "error")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://testserver.evil.example"},
        {"origin": "http://testserver:81"},
        {"origin": "file://testserver"},
    ],
)
def test_pages_of_another_origin_are_refused(headers):
    with server() as client:
        assert refused(client, headers) == 1008
        assert not client.show.begun


def test_a_foreign_name_that_leads_here_is_refused():
    with server(host="127.0.0.1") as client:
        assert client.get("/").status_code == 403
        assert client.get("/", headers={"host": "127.0.0.1:8000"}).status_code == 200
        assert client.get("/", headers={"host": "localhost"}).status_code == 200
        assert client.get("/", headers={"host": "[::1]:8000"}).status_code == 200
        assert client.get("/", headers={"host": "192.168.1.7:8000"}).status_code == 403
        assert client.get("/", headers={"host": "evil.example"}).status_code == 403
        assert refused(client, {"host": "evil.example", "origin": "http://evil.example"}) == 1008
    with server(host="0.0.0.0") as client:
        assert client.get("/", headers={"host": "192.168.1.7:8000"}).status_code == 200
        assert client.get("/", headers={"host": "evil.example"}).status_code == 403


def test_leaving_is_noticed_and_the_session_goes_on():
    with server() as client:
        with client.websocket_connect("/socket", headers=OURS) as one:
            until(one, is_frame)
            with client.websocket_connect("/socket", headers=OURS) as two:
                until(two, is_frame)
            assert client.left == []
        for _ in range(200):
            if client.left:
                break
            time.sleep(0.01)
        assert client.left == [True]
        assert client.show.running


def test_the_server_ends_its_session():
    with server() as client, client.websocket_connect("/socket", headers=OURS) as socket:
        until(socket, is_frame)
        show = client.show
    assert not show.running


def test_frames_are_plain_json():
    with server() as client, client.websocket_connect("/socket", headers=OURS) as socket:
        text = socket.receive_text()
        assert json.loads(text, parse_constant=lambda name: pytest.fail(name))
