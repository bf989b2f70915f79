"""The tournament as a job: the same bytes on any number of workers, and after a kill at any moment."""

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from interplay._core.errors import ConfigError
from interplay.job import report_again, run
from interplay.job import tournament as job
from interplay.job.folder import Folder
from interplay.job.plan import Plan
from interplay.job.tournament import play
from interplay.job.tournament_plan import TournamentPlan, parse_seeds

PLAYERS = Path(__file__).parents[1] / "loop"
SETTINGS = {"players": ("chance", "random", "frozen"), "seeds": "0:3", "rallies": 3, "seconds": 60.0}


@pytest.fixture
def own(monkeypatch):
    monkeypatch.syspath_prepend(PLAYERS)
    yield
    sys.modules.pop("misbehaving_players", None)


@pytest.fixture
def no_page(monkeypatch):
    """Leave out the page, which takes most of a small tournament's time and is tested elsewhere."""
    monkeypatch.setattr(job, "game_page", lambda result, plan: "no page")


def content(folder):
    """Every file but those that say how long it took, on what, and who holds the folder; of sessions only the names."""
    skip = ("timings.csv", "environment.json", "lock")
    return {
        str(p.relative_to(folder)): None if p.parent.name == "sessions" else p.read_bytes()
        for p in sorted(folder.rglob("*"))
        if p.is_file() and p.name not in skip
    }


@pytest.mark.slow
def test_what_a_tournament_leaves(tmp_path):
    done = play(TournamentPlan.of(**SETTINGS), tmp_path, engine="serial")
    names = {p.name for p in tmp_path.iterdir()}
    assert names == {
        "plan.toml", "sessions", "stages", "rallies.csv", "sessions.csv", "timings.csv", "summary.json",
        "settings.json", "environment.json", "report.html",
    }  # fmt: skip
    with (tmp_path / "rallies.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(done.result.rallies["hits"])
    assert list(rows[0]) == ["player", "seed", "rally", "hits", "start_s", "stop_s", "elapsed_s", "finished"]
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert summary["players"] == list(SETTINGS["players"])
    assert summary["seeds"] == [0, 1, 2]
    assert {row["player"] for row in summary["summaries"]} == set(SETTINGS["players"])
    assert len(summary["published"]) == 6
    assert "NaN" not in (tmp_path / "summary.json").read_text()
    assert "wall_s" not in (tmp_path / "sessions.csv").read_text()
    settings = json.loads((tmp_path / "settings.json").read_text())
    assert settings["random"] == {"hold_ticks": 1}
    assert TournamentPlan.read(tmp_path / "plan.toml") == TournamentPlan.of(**SETTINGS)
    page = (tmp_path / "report.html").read_text()
    assert page.startswith("<!DOCTYPE html>")
    assert "Chance" in page
    assert done.report == tmp_path / "report.html"
    within = (done.result.rallies["player"] == "chance") & (done.result.rallies["stop_s"] <= 60.0)
    within &= done.result.rallies["finished"]
    assert done.summary_text.splitlines()[1].split()[:3] == ["Chance", "3", str(int(within.sum()))]


def test_the_same_bytes_twice_and_resumed(tmp_path, no_page):
    plan = TournamentPlan.of(**SETTINGS)
    play(plan, tmp_path / "one", engine="serial")
    play(plan, tmp_path / "two", engine="serial")
    assert content(tmp_path / "one") == content(tmp_path / "two")
    sessions = sorted((tmp_path / "two" / "sessions").iterdir())
    for k in (0, 4, 8):
        sessions[k].unlink()
    (tmp_path / "two" / "summary.json").unlink()
    play(plan, tmp_path / "two", engine="serial")
    assert content(tmp_path / "one") == content(tmp_path / "two")


def test_what_a_kill_left_half_written_is_swept_away(tmp_path, no_page):
    plan = TournamentPlan.of(**SETTINGS)
    play(plan, tmp_path, engine="serial")
    before = content(tmp_path)
    shelter = tmp_path / "sessions" / ".chance.00000.npz.abcdefgh"
    shelter.mkdir()
    (shelter / "draft.npz").write_bytes(b"half")
    play(plan, tmp_path, engine="serial")
    assert content(tmp_path) == before


def test_lost_sessions_are_in_the_summary(own, tmp_path, no_page):
    players = ("chance", "python:misbehaving_players:Raises")
    done = play(TournamentPlan.of(**{**SETTINGS, "players": players}), tmp_path, engine="serial")
    text = done.summary_text
    assert "LOST: 3 of 6 sessions. The same command tries them again." in text
    assert "python:misbehaving_players:Raises, seed 0 (raised): player 'raises' must answer every call" in text
    assert "no session" in text
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert [f["seed"] for f in summary["failures"]] == [0, 1, 2]


def test_a_held_folder_is_refused(tmp_path):
    with Folder(tmp_path).locked(), pytest.raises(ConfigError, match="another run is writing"):
        play(TournamentPlan.of(**SETTINGS), tmp_path, engine="serial")


def test_the_folder_of_an_analysis_is_refused_and_left_as_it_is(tmp_path):
    plan = Plan.of().toml()
    (tmp_path / "plan.toml").write_text(plan)
    with pytest.raises(ConfigError, match=r"plan of something else: it sets alpha.*Choose another folder"):
        play(TournamentPlan.of(**SETTINGS), tmp_path, engine="serial")
    assert (tmp_path / "plan.toml").read_text() == plan
    assert not (tmp_path / "sessions").exists()


@pytest.mark.parametrize("call", [lambda folder: run(Plan.of(), folder), report_again], ids=["run", "report"])
def test_an_analysis_refuses_the_folder_of_a_tournament(tmp_path, call):
    plan = TournamentPlan.of(**SETTINGS).toml()
    (tmp_path / "plan.toml").write_text(plan)
    with pytest.raises(ConfigError, match=r"plan of something else: it sets ablations"):
        call(tmp_path)
    assert (tmp_path / "plan.toml").read_text() == plan


def test_observer_hears_of_play_and_report(tmp_path, no_page):
    heard = []

    class Observer:
        def stage(self, name):
            return lambda done, total: heard.append((name, done, total))

        def done(self, name, *, reused, seconds):
            heard.append((name, "done"))

    play(TournamentPlan.of(**SETTINGS), tmp_path, engine="serial", observer=Observer())
    assert heard[0] == ("play", 0, 9)
    assert ("play", 9, 9) in heard
    assert heard[-1] == ("report", "done")


def test_seeds_are_read():
    assert parse_seeds("3,5,8") == (3, 5, 8)
    assert parse_seeds(" 7 , 0:3") == (0, 1, 2, 7)
    for text, message in (
        ("", "must read like 0:30"),
        ("a", "must read like 0:30"),
        ("-1", "must read like 0:30"),
        ("0:30:2", "must read like 0:30"),
        ("5:5", "the range 5:5 is empty"),
        ("0:3,2", "each seed once"),
        ("1e3", "must read like"),
        ("0:999999999", "at most 100000 numbers"),
    ):
        with pytest.raises(ConfigError, match=message):
            parse_seeds(text)


def test_ablations_play_beside_every_dish():
    plan = TournamentPlan.of(
        players=("chance", "dish:feedback=fep|silent"), ablations=("zero_spikes", "shuffled_feedback")
    )
    cells = [(s.name, s.settings.get("feedback"), s.settings.get("ablation")) for s in plan.specs]
    assert cells == [
        ("chance", None, None),
        ("dish", "fep", "none"),
        ("dish", "fep", "zero_spikes"),
        ("dish", "fep", "shuffled_feedback"),
        ("dish", "silent", "none"),
        ("dish", "silent", "zero_spikes"),
    ]
    with pytest.raises(ConfigError, match="`ablations` need a dish that can have them, got chance"):
        _ = TournamentPlan.of(players=("chance",), ablations=("zero_spikes",)).specs
    with pytest.raises(ConfigError, match="`ablations` need a dish that can have them"):
        _ = TournamentPlan.of(players=("dish:feedback=rest",), ablations=("shuffled_feedback",)).specs


def test_a_wrong_plan_names_the_setting(tmp_path):
    with pytest.raises(ConfigError, match="Unknown setting 'seed'; did you mean 'seeds'"):
        TournamentPlan.of(seed=3)
    with pytest.raises(ConfigError, match="`rallies`: input should be greater than or equal to 1, got 0"):
        TournamentPlan.of(rallies=0)
    (tmp_path / "plan.toml").write_text("players = 3")
    with pytest.raises(ConfigError, match="`players`"):
        TournamentPlan.read(tmp_path / "plan.toml")
    with pytest.raises(ConfigError, match="must be a readable TOML file"):
        TournamentPlan.read(tmp_path / "absent.toml")


SCRIPT = """
    import sys
    sys.path.insert(0, {players!r})
    from interplay.job.tournament import play
    from interplay.job.tournament_plan import TournamentPlan
    if __name__ == "__main__":
        play(TournamentPlan.read({plan!r}), {out!r}, jobs=2)
"""


@pytest.mark.slow
def test_a_killed_tournament_goes_on(own, tmp_path):
    players = ("chance", "frozen", "python:misbehaving_players:Slow")
    plan = TournamentPlan.of(**{**SETTINGS, "players": players, "seeds": "0:8"})
    play(plan, tmp_path / "undisturbed", jobs=1)
    (tmp_path / "plan.toml").write_text(plan.toml())
    out = tmp_path / "killed"
    script = tmp_path / "script.py"
    script.write_text(
        textwrap.dedent(SCRIPT.format(players=str(PLAYERS), plan=str(tmp_path / "plan.toml"), out=str(out)))
    )
    for enough in (3, 12):
        process = subprocess.Popen([sys.executable, str(script)], start_new_session=True)
        end = time.monotonic() + 60
        while len(list((out / "sessions").glob("*.npz"))) < enough and process.poll() is None:
            assert time.monotonic() < end
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    stood = len(list((out / "sessions").glob("*.npz")))
    assert stood < 24
    assert not (out / "summary.json").exists()
    play(plan, out, jobs=2)
    assert content(out) == content(tmp_path / "undisturbed")
    shutil.rmtree(out)


def test_learning_agents_may_play_fewer_seeds(tmp_path: Path) -> None:
    plan = TournamentPlan.of(
        players=("chance", "value:start=50,explore=50,updates=1"),
        seeds="0:3",
        agent_seeds="1",
        rallies=1,
        seconds=10.0,
    )
    result = play(plan, tmp_path, engine="serial").result
    chance, agent = (entry.player for entry in result.players)
    assert result.seeds_of == {chance: (0, 1, 2), agent: (1,)}
    assert result.n_wanted == 4
    assert result.summary(chance, "seconds").n_sessions == 3
    assert result.summary(agent, "seconds").n_sessions == 1
    page = (tmp_path / "report.html").read_text()
    assert "the seeds 0 to 2" in page
    assert "the seeds 1," in page
