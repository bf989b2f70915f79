"""`interplay play`: help, wrong usage, exit codes."""

import json
import re
import sys
from pathlib import Path

import pytest

from interplay.cli import EXIT_DATA, EXIT_DONE, EXIT_NOT_CONVERGED, EXIT_STOPPED, EXIT_USAGE
from interplay.cli.app import call
from interplay.job import tournament as job

PLAYERS = Path(__file__).parents[1] / "loop"
SHORT = ["--seeds", "0:2", "--rallies", "3", "--seconds", "30", "--engine", "serial"]


@pytest.fixture(autouse=True)
def quick(monkeypatch, tmp_path):
    monkeypatch.setattr(job, "game_page", lambda result, plan: "no page")
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)


def test_help_shows_examples(capsys):
    assert call(["play", "--help"]) == EXIT_DONE
    out = capsys.readouterr().out
    for text in ("interplay play chance dish dqn", "--random-spikes", "--shuffled-feedback", "[default: 0:5]", "ray"):
        assert text in out


def test_list_shows_players_and_their_settings(capsys):
    assert call(["play", "--list"]) == EXIT_DONE
    out = capsys.readouterr().out
    assert re.search(r"oracle +knows where the ball will arrive", out)
    assert "feedback=fep" in out
    assert "python:package.module:factory" in out
    assert not Path("interplay-tournament").exists()


def test_a_tournament_from_the_command_line(capsys, tmp_path):
    assert call(["play", "chance", "random:hold_ticks=3", *SHORT, "--out", "t"]) == EXIT_DONE
    out = capsys.readouterr().out
    assert "hits per rally" in out
    assert "report: t/report.html" in out
    again = tmp_path / "t" / "plan.toml"
    assert call(["play", "--plan", str(again), "--seeds", "0:3", "--engine", "serial", "--out", "t"]) == EXIT_DONE
    summary = json.loads(Path("t/summary.json").read_text())
    assert summary["players"] == ["chance", "random:hold_ticks=3"]
    assert summary["seeds"] == [0, 1, 2]
    assert summary["budget"]["rallies"] == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["oracel"], "Unknown player 'oracel'; did you mean 'oracle'"),
        (["dish:feedbak=fep"], "did you mean 'feedback'"),
        (["chance", "--seeds", "x"], "`seeds` must read like 0:30 or 3,5,8, got 'x'"),
        (["chance", "--seeds", "9:3"], "the range 9:3 is empty"),
        (["chance", "--seconds", "-1"], "`seconds`: input should be greater than 0"),
        (["chance", "--random-spikes"], "`ablations` need a dish"),
        (["chance", "chance"], "each player once"),
        (["chance", "--engine", "threads"], "--engine"),
        (["chance", "--plan", "absent.toml"], "must be a readable TOML file"),
        (["python:nowhere:x"], "must name something that can be imported"),
    ],
)
def test_wrong_usage(capsys, arguments, message):
    assert call(["play", *arguments, "--out", "t"]) == EXIT_USAGE
    assert message in " ".join(capsys.readouterr().err.split())
    assert not Path("t/sessions").exists()


def test_lost_sessions_give_an_exit_code_of_their_own(capsys, monkeypatch):
    monkeypatch.syspath_prepend(PLAYERS)
    try:
        bad = "python:misbehaving_players:Raises"
        assert call(["play", "chance", bad, *SHORT, "--out", "t"]) == EXIT_NOT_CONVERGED
        caught = capsys.readouterr()
        assert "LOST: 2 of 4 sessions" in caught.out
        assert "2 sessions were lost; everything else is complete" in caught.err
        assert Path("t/report.html").exists()
        assert call(["play", bad, *SHORT, "--out", "u"]) == EXIT_DATA
        assert "all 2 were lost" in capsys.readouterr().err
    finally:
        sys.modules.pop("misbehaving_players", None)


def test_ctrl_c_speaks_of_sessions(capsys, monkeypatch):
    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(job, "run_tournament", stop)
    assert call(["play", "chance", *SHORT, "--out", "t"]) == EXIT_STOPPED
    said = "interplay: Stopped. Sessions that were finished stand; the same command plays the others.\n"
    assert capsys.readouterr().err.endswith(said)


def test_a_player_in_the_current_folder_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "my_own_player.py").write_text((PLAYERS / "misbehaving_players.py").read_text())
    try:
        assert call(["play", "python:my_own_player:Good", *SHORT, "--out", "t"]) == EXIT_DONE
    finally:
        sys.modules.pop("my_own_player", None)
