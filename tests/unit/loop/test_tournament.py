"""Tournaments: who misbehaves loses only itself, what stands is not played again, and nothing depends on the order."""

import dataclasses
import json
import sys
from pathlib import Path

import numpy as np
import pytest

from interplay._core.errors import ConfigError, DataError
from interplay.io.npz import load_arrays, load_header, save_arrays
from interplay.loop import Budget, play
from interplay.loop import tournament as module
from interplay.loop.registry import Spec, make_player, parse_spec
from interplay.loop.session_files import read_session, session_key, session_path
from interplay.loop.tournament import run_tournament

SHORT = Budget(rallies=3, seconds=40.0, most_s=80.0)
QUICK = ("chance", "random", "frozen")


@pytest.fixture
def own(monkeypatch):
    monkeypatch.syspath_prepend(Path(__file__).parent)
    yield
    sys.modules.pop("misbehaving_players", None)


def named(*players):
    return [f"python:misbehaving_players:{player}" for player in players]


def same(one, two):
    """Everything but wall time is the same, to the bit."""
    assert list(one.rallies) == list(two.rallies)
    for name, column in one.rallies.items():
        np.testing.assert_array_equal(column, two.rallies[name])
    for name, column in one.sessions.items():
        if name != "wall_s":
            np.testing.assert_array_equal(column, two.sessions[name])
    assert one.made_from == two.made_from
    assert repr(plain(one)) == repr(plain(two))


def plain(value):
    if dataclasses.is_dataclass(value):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value) if f.name != "sessions"}
    if isinstance(value, tuple):
        return [plain(v) for v in value]
    return value.tolist() if isinstance(value, np.ndarray) else value


def test_every_session_is_what_play_gives(tmp_path):
    result = run_tournament(QUICK, [4, 1], tmp_path, engine="serial", budget=SHORT)
    assert result.seeds == (1, 4)
    for name in QUICK:
        for seed in (1, 4):
            session = play(make_player(name), seed=seed, budget=SHORT)
            mine = (result.rallies["player"] == name) & (result.rallies["seed"] == seed)
            assert result.rallies["hits"][mine].tolist() == session.hits.tolist()
            assert result.rallies["rally"][mine].tolist() == list(range(len(session.hits)))
            assert result.rallies["stop_s"][mine] == pytest.approx(session.stop_tick * 0.01)
            row = (result.sessions["player"] == name) & (result.sessions["seed"] == seed)
            for view, limit in (("rallies", {"rallies": 3}), ("seconds", {"seconds": 40.0})):
                part = session.within(**limit)
                at = row & (result.sessions["view"] == view)
                assert result.sessions["mean_hits"][at] == part.mean_hits
                assert result.sessions["aces"][at] == part.aces
                assert result.sessions["n_rallies"][at] == part.n_rallies


def test_one_session_holds_both_budgets(tmp_path):
    both = run_tournament(QUICK, [0, 1], tmp_path / "both", engine="serial", budget=SHORT)
    for view, alone in (
        ("rallies", Budget(rallies=3, seconds=None, most_s=80.0)),
        ("seconds", Budget(rallies=None, seconds=40.0, most_s=80.0)),
    ):
        one = run_tournament(QUICK, [0, 1], tmp_path / view, engine="serial", budget=alone)
        assert set(one.sessions["view"]) == {view}
        at = both.sessions["view"] == view
        for name in ("player", "seed", "n_rallies", "seconds", "samples", "mean_hits", "aces", "catches"):
            np.testing.assert_array_equal(both.sessions[name][at], one.sessions[name])


def test_what_stands_is_not_played_again(tmp_path, monkeypatch):
    first = run_tournament(QUICK, range(2), tmp_path, engine="serial", budget=SHORT)
    played = []
    real = module._play
    monkeypatch.setattr(module, "_play", lambda *a: played.append(a[:2]) or real(*a))
    heard = []
    again = run_tournament(
        QUICK, range(2), tmp_path, engine="serial", budget=SHORT, progress=lambda *a: heard.append(a)
    )
    assert played == []
    assert heard == [(6, 6)]
    same(first, again)
    more = run_tournament(["oracle", *QUICK], range(3), tmp_path, engine="serial", budget=SHORT)
    assert sorted(played) == sorted([("oracle", k) for k in range(3)] + [(name, 2) for name in QUICK])
    assert len(more.players) == 4
    played.clear()
    run_tournament(QUICK, [0], tmp_path, engine="serial", budget=dataclasses.replace(SHORT, rallies=4))
    assert len(played) == 3


def test_a_damaged_session_is_played_again(tmp_path):
    first = run_tournament(["chance"], [0, 1], tmp_path, engine="serial", budget=SHORT)
    path = next((tmp_path / "sessions").glob("*.00000.npz"))
    whole = path.read_bytes()
    arrays, header = load_arrays(path), load_header(path)
    save_arrays(path, {**arrays, "hits": arrays["hits"] + 1, "hit_tick": arrays["hit_tick"][:0]}, header=header)
    same(first, run_tournament(["chance"], [0, 1], tmp_path, engine="serial", budget=SHORT))
    for broken in (whole[: len(whole) // 2], b"", b"PK nothing"):
        path.write_bytes(broken)
        same(first, run_tournament(["chance"], [0, 1], tmp_path, engine="serial", budget=SHORT))
    assert load_header(path)["player"] == "chance"


def test_the_key_holds_all_that_a_session_depends_on(monkeypatch):
    from interplay.arena.rules import Rules

    spec = parse_spec("random")
    keys = {
        session_key(spec, 0, SHORT, Rules()),
        session_key(spec, 1, SHORT, Rules()),
        session_key(spec, 0, Budget(), Rules()),
        session_key(spec, 0, SHORT, Rules.port()),
        session_key(parse_spec("random:hold_ticks=2"), 0, SHORT, Rules()),
        session_key(parse_spec("chance"), 0, SHORT, Rules()),
        session_key(Spec(**{**vars(spec), "source": "another file"}), 0, SHORT, Rules()),
    }
    assert len(keys) == 7
    monkeypatch.setattr("interplay.loop.session_files.versions", lambda: {"interplay": "other"})
    assert session_key(spec, 0, SHORT, Rules()) not in keys


def test_misbehaving_players_lose_their_own_sessions(own, tmp_path):
    bad = named("Raises", "RaisesInFeel", "NotANumber", "Text", "TooFar", "Exits", "GivesUp", "Cannot")
    players = ["chance", *bad, *named("Good")]
    result = run_tournament(players, [0, 1], tmp_path, engine="serial", budget=SHORT)
    assert [(f.player, f.seed) for f in result.failures] == [(p, s) for s in (0, 1) for p in bad]
    assert set(result.rallies["player"]) == {"chance", *named("Good")}
    texts = {f.player.rsplit(":", 1)[1]: f.text for f in result.failures}
    assert "RuntimeError: tired" in texts["Raises"]
    assert "at tick 51 of seed 1" in texts["Raises"]
    assert "KeyError: 'felt'" in texts["RaisesInFeel"]
    assert "must act with a number in [-1, 1], got nan at tick 0" in texts["NotANumber"]
    assert "got 'up'" in texts["Text"]
    assert "got 1.5" in texts["TooFar"]
    assert "SystemExit: 5" in texts["Exits"]
    assert "must go on until the budget is spent, but its `learn` came back" in texts["GivesUp"]
    assert "never made" in texts["Cannot"]
    lost = sorted((tmp_path / "sessions").glob("*.failed.json"))
    assert len(lost) == 16
    assert set(json.loads(lost[0].read_text())) == {"player", "seed", "kind", "text"}


def test_lost_sessions_are_tried_again(own, tmp_path, monkeypatch):
    monkeypatch.setenv("MISBEHAVE", "yes")
    first = run_tournament(named("Sometimes"), range(4), tmp_path, engine="serial", budget=SHORT)
    assert [f.seed for f in first.failures] == [1, 3]
    assert "OSError: odd" in first.failures[0].text
    monkeypatch.delenv("MISBEHAVE")
    second = run_tournament(named("Sometimes"), range(4), tmp_path, engine="serial", budget=SHORT)
    assert second.failures == ()
    assert set(second.rallies["seed"]) == {0, 1, 2, 3}
    assert not list((tmp_path / "sessions").glob("*.failed.json"))


def test_a_tournament_without_any_session_is_an_error(own, tmp_path):
    with pytest.raises(DataError, match=r"all 2 were lost. The first: .*Raises, seed 0: .*tired"):
        run_tournament(named("Raises"), range(2), tmp_path, engine="serial", budget=SHORT)


@pytest.mark.parametrize(
    ("specs", "seeds", "message"),
    [
        ([], [0], "at least one player"),
        ("oracle", [0], "at least one player, got 'oracle'"),
        (["oracle", "oracle"], [0], "each player once, got 'oracle' twice"),
        (["dish", "dish:feedback=fep"], [0], "each player once"),
        (["oracle"], [], "one or more different numbers"),
        (["oracle"], [1, 1], "one or more different numbers"),
        (["oracle"], [-1], "whole numbers >= 0, got -1"),
        (["oracle"], [0.5], "whole numbers >= 0, got 0.5"),
        (["oracle"], [True], "whole numbers >= 0, got True"),
    ],
)
def test_wrong_arguments(tmp_path, specs, seeds, message):
    with pytest.raises(ConfigError, match=message):
        run_tournament(specs, seeds, tmp_path, engine="serial")
    assert not list(tmp_path.iterdir())


def test_an_unknown_engine(tmp_path):
    with pytest.raises(ConfigError, match="Unknown engine 'threads'"):
        run_tournament(["oracle"], [0], tmp_path, engine="threads")


def test_a_file_of_another_session_does_not_count(tmp_path):
    from interplay.arena.rules import Rules

    run_tournament(["chance"], [0], tmp_path, engine="serial", budget=SHORT)
    folder, spec = tmp_path / "sessions", parse_spec("chance")
    mine = session_path(folder, spec, 0)
    assert read_session(mine, spec, 0, SHORT, Rules()) is not None
    other = session_path(folder, spec, 1)
    other.write_bytes(mine.read_bytes())
    assert read_session(other, spec, 1, SHORT, Rules()) is None
    assert read_session(mine, spec, 0, Budget(), Rules()) is None


@pytest.mark.slow
def test_players_that_hang_or_kill_their_process(own, tmp_path):
    players = ["chance", *named("Hangs", "Dies", "Good")]
    result = run_tournament(players, [0], tmp_path, jobs=2, budget=SHORT, timeout_s=3.0)
    kinds = {f.player.rsplit(":", 1)[1]: f.kind for f in result.failures}
    assert kinds == {"Hangs": "timeout", "Dies": "died"}
    assert "limit of 3 s" in result.failures[0].text
    assert "exit code 9" in result.failures[1].text
    assert set(result.rallies["player"]) == {"chance", *named("Good")}


@pytest.mark.slow
def test_the_number_of_processes_changes_nothing(own, tmp_path):
    players = [*QUICK, "dish:backend=poisson,warmup_s=2", *named("Slow")]
    serial = run_tournament(players, range(3), tmp_path / "serial", engine="serial", budget=SHORT)
    for jobs in (1, 2):
        same(serial, run_tournament(players, range(3), tmp_path / str(jobs), jobs=jobs, budget=SHORT))


@pytest.mark.slow
def test_ray_changes_nothing(tmp_path):
    pytest.importorskip("ray", reason="extra 'scale' is not installed")
    serial = run_tournament(QUICK, range(2), tmp_path / "serial", engine="serial", budget=SHORT)
    same(serial, run_tournament(QUICK, range(2), tmp_path / "ray", jobs=2, engine="ray", budget=SHORT))
