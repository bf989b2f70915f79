import pytest

from interplay import web
from interplay.cli.app import call


@pytest.fixture
def shown(monkeypatch):
    asked = {}

    def live(player, **settings):
        asked.update(player=player, **settings)
        settings["ready"]("http://127.0.0.1:8000/")

    monkeypatch.setattr(web, "live", live, raising=False)
    return asked


def test_options_reach_the_live_view(shown, capsys):
    options = [
        "oracle",
        "--seed",
        "3",
        "--port",
        "0",
        "--speed",
        "max",
        "--seconds",
        "60",
        "--stop-when-left",
        "--host",
        "::1",
    ]
    assert call(["live", *options]) == 0
    assert shown.pop("ready")
    assert shown == {
        "player": "oracle",
        "seed": 3,
        "host": "::1",
        "port": 0,
        "speed": None,
        "seconds": 60.0,
        "stop_when_left": True,
    }
    assert "open http://127.0.0.1:8000/   (Ctrl-C ends)" in capsys.readouterr().out


def test_by_default_the_dish_plays_at_its_own_pace_for_this_machine(shown):
    assert call(["live"]) == 0
    assert (shown["player"], shown["speed"], shown["host"], shown["port"]) == ("dish", 1.0, "127.0.0.1", 8000)


@pytest.mark.parametrize("speed", ["fast", "", "1,5"])
def test_a_speed_that_is_none_is_wrong_usage(shown, capsys, speed):
    assert call(["live", "--speed", speed]) == 2
    assert '`speed` must be a number of seconds per second, or "max"' in capsys.readouterr().err
    assert shown == {}


def test_an_unknown_player_is_wrong_usage(capsys):
    assert call(["live", "nobody", "--port", "0"]) == 2
    assert "Unknown player 'nobody'" in capsys.readouterr().err
