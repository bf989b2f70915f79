"""Opens the live view in headless Chromium while a session runs, and works it as a viewer would."""

import contextlib
import importlib.util
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from interplay.loop import Budget
from interplay.loop.references import Oracle
from interplay.web import Show

pytest.importorskip("uvicorn", reason="the extra web is not installed")
pytestmark = pytest.mark.browser

_spec = importlib.util.spec_from_file_location(
    "watched_players", Path(__file__).resolve().parents[1] / "unit" / "web" / "players.py"
)
_players = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_players)


@contextlib.contextmanager
def served(make, **settings):
    import uvicorn

    from interplay.web import create_app
    from interplay.web.serve import listen_at

    show = Show(make, **{"seed": 1, "speed": 20.0, **settings})
    door = listen_at("127.0.0.1", 0)
    config = uvicorn.Config(create_app(show), log_level="error", lifespan="on", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None
    thread = threading.Thread(target=server.run, kwargs={"sockets": [door]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{door.getsockname()[1]}/", show, server
    finally:
        server.should_exit = True
        thread.join(20)
        show.stop()
        door.close()


@contextlib.contextmanager
def visit(browser, address, **context):
    tab = browser.new_page(viewport={"width": 1280, "height": 900}, **context)
    seen = SimpleNamespace(problems=[], requests=[])
    tab.on("console", lambda m: seen.problems.append(m.text) if m.type in ("error", "warning") else None)
    tab.on("pageerror", lambda e: seen.problems.append(str(e)))
    tab.on("request", lambda r: seen.requests.append(r.url))
    tab.goto(address)
    tab.wait_for_selector("html[data-ready=yes]")
    yield tab, seen
    tab.close()


def picture(tab, name):
    return tab.evaluate(f"document.getElementById('{name}').toDataURL()")


def comes_true(tab, condition, seconds=20.0):
    """Wait for a condition; the page's own policy forbids the driver to poll by itself."""
    end = time.monotonic() + seconds
    while not tab.evaluate(condition):
        assert time.monotonic() < end, condition
        tab.wait_for_timeout(20)


def changes(tab, name, seconds=5.0):
    before, end = picture(tab, name), time.monotonic() + seconds
    while time.monotonic() < end:
        if picture(tab, name) != before:
            return True
        tab.wait_for_timeout(20)
    return False


def test_the_page_shows_a_running_session_and_asks_its_own_server_only(browser):
    with served(_players.Cultured) as (address, _, _), visit(browser, address) as (tab, seen):
        assert tab.text_content("#player") == "cultured"
        for canvas in ("game", "track", "raster", "array", "motor"):
            assert changes(tab, canvas), canvas
        comes_true(tab, "document.getElementById('finished').textContent !== '0 finished'")
        assert "%" in tab.text_content("#aces")
        assert tab.text_content("#aces-chance") == "chance 58 %"
        assert tab.text_content("#rate-up") == "1.5 Hz"
        assert tab.text_content("#clock") != "0:00.0"
        assert seen.problems == []
        assert all(url.startswith((address, "data:")) for url in seen.requests)


def test_a_session_can_be_held_and_goes_on(browser):
    with served(_players.Cultured) as (address, show, _), visit(browser, address) as (tab, seen):
        tab.click("#hold")
        tab.wait_for_selector("#hold[aria-pressed=true]")
        assert show.pace.held
        tab.wait_for_timeout(200)
        clock = tab.text_content("#clock")
        assert not changes(tab, "track", 0.5)
        assert tab.text_content("#clock") == clock
        tab.focus("#field")
        tab.keyboard.press(" ")
        tab.wait_for_selector("#hold[aria-pressed=false]")
        assert changes(tab, "game")
        assert tab.text_content("#clock") != clock
        assert seen.problems == []


def test_keys_and_the_menu_choose_the_speed(browser):
    with served(_players.Cultured) as (address, show, _), visit(browser, address) as (tab, _):
        tab.select_option("#speed", "5")
        comes_true(tab, "document.getElementById('speed').value === '5'")
        end = time.monotonic() + 5
        while show.pace.speed != 5.0 and time.monotonic() < end:
            time.sleep(0.02)
        assert show.pace.speed == 5.0
        tab.focus("#field")
        tab.keyboard.press("7")
        comes_true(tab, "document.getElementById('speed').value === 'max'")
        assert show.pace.speed is None


def test_a_player_without_spikes_has_no_raster(browser):
    with served(Oracle) as (address, _, _), visit(browser, address) as (tab, seen):
        assert tab.is_hidden("#raster")
        assert tab.is_hidden("#array")
        assert changes(tab, "game")
        assert seen.problems == []


def test_the_end_is_told_and_the_game_can_be_played_again(browser):
    short = Budget(rallies=None, seconds=20.0, most_s=20.0)
    with served(Oracle, budget=short) as (address, show, _), visit(browser, address) as (tab, seen):
        tab.wait_for_selector("#over:not([hidden])")
        assert tab.text_content("#over").startswith("The session is over.")
        assert tab.is_disabled("#hold")
        tab.fill("#seed", "12")
        tab.click("#again")
        comes_true(tab, "document.getElementById('about').textContent.startsWith('seed 12')")
        assert show.seed == 12
        assert seen.problems == []


def test_a_failing_player_is_shown_as_text_not_as_markup(browser):
    with served(_players.Failing) as (address, _, _):
        tab = browser.new_page()
        tab.goto(address)
        tab.wait_for_selector("#over.bad")
        assert "out of <order>" in tab.text_content("#over")
        assert tab.query_selector("#over *") is None
        tab.close()


def test_a_server_that_ends_is_noticed(browser):
    with served(Oracle) as (address, _, server), visit(browser, address) as (tab, _):
        server.should_exit = True
        tab.wait_for_selector("#connection.bad")
        assert "server is gone" in tab.text_content("#connection")
        # Tries follow each other at growing distances: half a second, one, two.
        tries = []
        tab.on("websocket", lambda _: tries.append(time.monotonic()))
        tab.wait_for_timeout(2600)
        assert len(tries) <= 3


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [400, 1280])
def test_nothing_hangs_over_the_edge(browser, scheme, width):
    with served(_players.Cultured) as (address, _, _), visit(browser, address, color_scheme=scheme) as (tab, _):
        tab.set_viewport_size({"width": width, "height": 900})
        over = tab.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert over <= 0
