"""The main job: the same bits twice, on any number of threads, and after a kill at any stage."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

import interplay as ip
from interplay._core.errors import ConfigError, DataError
from interplay.data import Recording
from interplay.io import load_snapshots, save_nwb
from interplay.io.dish_game import game_statistics
from interplay.io.npz import load_header
from interplay.job import Plan, infer_named, pipeline, report_again, run, write_snapshots
from interplay.job.simulation import BEHAVIOR
from interplay.spiking import Assemblies

SMALL = {"hidden": 4, "latent": 2, "epochs": 2, "embedding_seeds": 2}
CIRCUIT = {"circuit_units": 4, "circuit_window_s": 75.0, "circuit_draws": 4}
SETTINGS = (
    {
        "window_s": 12.0,
        "surrogates": 20,
        "nulls": 1,
        "permutations": 19,
        "behavior": "context",
        "folds": 3,
    }
    | SMALL
    | CIRCUIT
)
STAGES = ("record", "infer", "network", "measure", "represent", "read out", "circuit", "recover", "report")


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    path = tmp_path_factory.mktemp("input") / "small.nwb"
    save_nwb(Assemblies(n_units=20, n_assemblies=2, duration_s=150.0, context_s=(10, 20), seed=3).simulate(), path)
    return path


@pytest.fixture(scope="module")
def plan(source):
    return Plan.of(input=str(source), **SETTINGS)


@pytest.fixture(scope="module")
def undisturbed(plan, tmp_path_factory):
    folder = tmp_path_factory.mktemp("undisturbed")
    run(plan, folder)
    return folder


#: What both runs see that are held against each other, the one that was killed and the one that was not.
ALONE = {**os.environ, "OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}


def command_of(plan, folder):
    options = [f"--{k.replace('_', '-')}={v}" for k, v in SETTINGS.items()]
    return [sys.executable, "-m", "interplay", "run", plan.input, "--out", str(folder), *options]


def run_apart(plan, folder):
    done = subprocess.run(command_of(plan, folder), env=ALONE, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]


@pytest.fixture(scope="module")
def undisturbed_apart(plan, tmp_path_factory):
    folder = tmp_path_factory.mktemp("apart")
    run_apart(plan, folder)
    return folder


def content(folder):
    """Every file but those that say how long it took, on what state of the source tree, and who holds the folder."""
    return {
        str(p.relative_to(folder)): p.read_bytes()
        for p in sorted(folder.rglob("*"))
        if p.is_file() and p.name not in ("seconds.json", "lock", "environment.json")
    }


@pytest.fixture
def no_page(monkeypatch):
    """Leave out the drawing of the page, which takes most of a small run's time and is tested elsewhere."""
    monkeypatch.setattr(pipeline, "write_page", lambda *_, **__: "no page")


def but_the_page(folder):
    return {name: data for name, data in content(folder).items() if name != "report.html"}


class Breaker:
    """Stops a run when a stage begins, or when it first reports progress."""

    def __init__(self, stage=None, at="begin"):
        self.where, self.at, self.reused = stage, at, {}

    def stage(self, name):
        if name == self.where and self.at == "begin":
            raise KeyboardInterrupt

        def progress(done, total):
            if name == self.where:
                raise KeyboardInterrupt

        return progress

    def done(self, name, *, reused, seconds):
        self.reused[name] = reused


def test_a_run_leaves_what_it_promises(undisturbed):
    names = set(content(undisturbed))
    promised = {
        "embedding.npz",
        "plan.toml",
        "recording.nwb",
        "snapshots.npz",
        "result.npz",
        "summary.json",
        "report.html",
    }
    assert promised <= names
    assert (undisturbed / "environment.json").is_file()
    assert isinstance(ip.load(undisturbed / "recording.nwb"), ip.Recording)
    assert load_snapshots(undisturbed / "snapshots.npz").n_nodes == 20
    summary = json.loads((undisturbed / "summary.json").read_text())
    roles = [row["role"] for row in summary["readouts"][0]["rows"]]
    assert roles.count("baseline") >= 4
    assert "chance" in roles
    assert summary["recovery"]["baseline_auc"]["product of firing rates"] > 0
    assert summary["changes_s"]["firing_rate_alone"] is not None
    assert Plan.read(undisturbed / "plan.toml").step_s == 6.0
    page = (undisturbed / "report.html").read_text()
    assert "4 of the recording&#x27;s" in page
    assert 'id="embedding"' in page
    assert "of the time after the training" in page
    assert "TAVRNN, mean over units" in page


def test_two_runs_and_any_number_of_threads_give_the_same_bytes(plan, undisturbed, tmp_path):
    run(plan, tmp_path / "again", jobs=3)
    assert content(tmp_path / "again") == content(undisturbed)


@pytest.mark.parametrize(
    ("stage", "at"),
    [(s, "begin") for s in STAGES] + [("infer", "progress"), ("measure", "progress"), ("circuit", "progress")],
)
def test_a_run_that_was_stopped_goes_on_to_the_same_bytes(no_page, plan, undisturbed, tmp_path, stage, at):
    with pytest.raises(KeyboardInterrupt):
        run(plan, tmp_path, observer=Breaker(stage, at))
    watcher = Breaker()
    run(plan, tmp_path, observer=watcher)
    assert [watcher.reused[s] for s in STAGES[: STAGES.index(stage)]] == [True] * STAGES.index(stage)
    assert but_the_page(tmp_path) == but_the_page(undisturbed)


@pytest.mark.slow
@pytest.mark.parametrize(
    "marker",
    ["record", "infer", "network", "measure", "training-windows-all-0", "represent", "read-out", "circuit", "recover"],
)
def test_a_run_that_was_killed_goes_on_to_the_same_bytes(plan, undisturbed_apart, tmp_path, marker):
    process = subprocess.Popen(
        command_of(plan, tmp_path), env=ALONE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    while process.poll() is None and not (tmp_path / "stages" / f"{marker}.json").exists():
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait()
    run_apart(plan, tmp_path)
    left = {k for k in content(tmp_path) if k.startswith(".") or "draft" in k}
    assert not left
    assert content(tmp_path) == content(undisturbed_apart)


def test_only_what_depends_on_a_setting_is_done_again(no_page, plan, undisturbed, tmp_path):
    run(plan, tmp_path)
    watcher = Breaker()
    run(plan.model_copy(update={"nulls": 2}), tmp_path, observer=watcher)
    again = {name for name, reused in watcher.reused.items() if not reused}
    assert again == {"measure", "report"}


def test_a_tampered_stage_is_not_trusted(no_page, plan, undisturbed, tmp_path):
    run(plan, tmp_path)
    path = tmp_path / "stages" / "infer.npz"
    path.write_bytes(path.read_bytes()[:-7])
    run(plan, tmp_path)
    assert but_the_page(tmp_path) == but_the_page(undisturbed)


def test_the_report_can_be_written_again(plan, undisturbed, tmp_path):
    shutil.copytree(undisturbed, tmp_path, dirs_exist_ok=True)
    (tmp_path / "report.html").unlink()
    assert report_again(tmp_path).read_bytes() == (undisturbed / "report.html").read_bytes()
    with pytest.raises(ConfigError, match="must be the folder of a run"):
        report_again(tmp_path / "stages")


@pytest.mark.parametrize("damage", ["not json", "3", None])
def test_a_report_survives_lost_reasons_for_its_choices(no_page, undisturbed, tmp_path, damage):
    shutil.copytree(undisturbed, tmp_path, dirs_exist_ok=True)
    path = tmp_path / "stages" / "choices.json"
    path.unlink() if damage is None else path.write_text(damage)
    assert report_again(tmp_path).is_file()


def test_a_recording_of_traces_takes_correlation(tmp_path):
    rng = np.random.default_rng(1)
    traces = ip.Series.regular(rng.normal(size=(400, 6)).cumsum(axis=0) * 0.1 + rng.normal(size=(400, 6)), dt_s=0.5)
    save_nwb(ip.Recording(traces=traces), tmp_path / "traces.nwb")
    done = run(Plan.of(input=str(tmp_path / "traces.nwb"), surrogates=19, nulls=1, represent="none"), tmp_path / "out")
    assert done.network.method == "correlation"
    assert done.readouts == ()
    assert "Nothing was read out" in done.report.read_text()
    with pytest.raises(DataError, match="must hold spikes for `tiling`"):
        run(Plan.of(input=str(tmp_path / "traces.nwb"), method="tiling"), tmp_path / "other")


def test_an_event_list_is_cut_measured_and_reported(tmp_path):
    rng = np.random.default_rng(2)
    rows = np.column_stack([rng.integers(0, 8, 300), rng.integers(0, 8, 300), np.sort(rng.uniform(0, 500, 300))])
    path = tmp_path / "events.csv"
    path.write_text("src,dst,time\n" + "\n".join(f"{int(a)},{int(b)},{t!r}" for a, b, t in rows.tolist()))
    done = run(Plan.of(input=str(path), nulls=1, stream_models=("none",), **SMALL), tmp_path / "out")
    assert len(done.network.snapshots) == 40
    told = done.summary["events"]["foretelling"][0]
    assert told["aim"] == "link"
    assert {row["role"] for row in told["rows"]} == {"baseline"}
    assert "Foretelling events" in done.report.read_text()
    assert done.network.snapshots.weight.sum() == pytest.approx(300, abs=1)
    assert (tmp_path / "out" / "events.npz").is_file()
    assert done.summary["changes_s"]["firing_rate_alone"] is None
    assert done.summary["events"]["begin"] is None
    assert done.summary["representation"]["windows"] == 40
    assert any("no directions" in note for note in done.representation.notes)
    assert sum(done.summary["events"]["per_window"]) == 300
    assert done.summary["measures"]["density"]["correlation_with_events_per_window"] > 0.8
    visible = re.sub(
        r"(?s)<script.*?</script>|<style.*?</style>|<svg.*?</svg>|<pre.*?</pre>", "", done.report.read_text()
    )
    prose = re.sub(r"<[^>]+>", " ", visible.split('id="methods"')[0])
    for neural in ("iring", "spike", "neuron", "ρ with rate", "of every unit", "units measured"):
        assert neural not in prose
        assert neural not in done.summary_text
    assert "number of events per window" in prose
    assert "Rate hz" not in visible
    with pytest.raises(ConfigError, match="`behavior` must be left out"):
        run(Plan.of(input=str(path), behavior="x"), tmp_path / "other")


def test_an_absent_input_is_named(tmp_path):
    with pytest.raises(DataError, match=r"there is no file .*absent\.nwb"):
        run(Plan.of(input=str(tmp_path / "absent.nwb")), tmp_path / "out")


@pytest.mark.parametrize("what", ["pipe", "device", "home folder"])
def test_what_is_no_recording_is_refused_before_it_is_hashed(tmp_path, monkeypatch, what):
    path = tmp_path / "input"
    if what == "pipe":
        os.mkfifo(path)
    elif what == "device":
        path = "/dev/zero"
    else:
        (path / "deep").mkdir(parents=True)
        (path / "deep" / "photo.jpg").write_bytes(b"x")

    def hashed(place):
        raise AssertionError(f"{place} was hashed")

    monkeypatch.setattr(pipeline, "file_digest", hashed)
    with pytest.raises(DataError, match=r"neither a file nor a folder|is a folder without"):
        run(Plan.of(input=str(path)), tmp_path / "out")


def test_only_the_files_of_a_session_are_hashed(tmp_path):
    for name in ("events.txt", "spikes.bin", "map.cfg", "film.mp4"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "events.txt").write_bytes(b"x")
    expected = ["events.txt", "map.cfg", "spikes.bin"]
    assert [p.name for p in pipeline._session(tmp_path)] == expected
    assert [p.name for p in pipeline._session(tmp_path / "events.txt")] == expected


def test_there_are_never_more_threads_than_processors(monkeypatch, source):
    seen = {}

    def infer_network(plan, data, *, jobs, progress):
        seen["jobs"] = jobs
        raise KeyboardInterrupt

    monkeypatch.setattr(pipeline, "infer_network", infer_network)
    with pytest.raises(KeyboardInterrupt):
        pipeline.infer(Plan.of(input=str(source)), jobs=10**6)
    assert seen["jobs"] == os.cpu_count()


def test_the_record_stage_depends_on_the_hints(no_page, tmp_path):
    rng = np.random.default_rng(3)
    np.save(tmp_path / "m.npy", rng.normal(size=(6, 300)))
    common = {"input": str(tmp_path / "m.npy"), "surrogates": 0, "nulls": 1, "window_s": 60.0, "represent": "none"}
    out = tmp_path / "out"
    first = run(Plan.of(hint=("rows=units", "rate_hz=2"), **common), out)
    assert (first.data.n_units, first.data.duration) == (6, 150.0)
    assert Plan.read(out / "plan.toml").hint == ("rows=units", "rate_hz=2")
    watcher = Breaker()
    second = run(Plan.of(hint=("rows=units", "rate_hz=1"), **common), out, observer=watcher)
    assert not watcher.reused["record"]
    assert second.data.duration == 300.0
    with pytest.raises(ConfigError, match="`hint` must be left out"):
        run(Plan.of(hint=("rate_hz=2",)), tmp_path / "simulated")


def test_the_report_still_says_why_windows_were_chosen(tmp_path):
    path = tmp_path / "events.csv"
    path.write_text("src,dst,time\n" + "\n".join(f"{k % 3},{(k + 1) % 3},{k}" for k in range(90)))
    first = run(Plan.of(input=str(path), nulls=1, represent="none"), tmp_path / "out").report.read_bytes()
    assert b"40th of the observed span" in first
    assert report_again(tmp_path / "out").read_bytes() == first


def test_the_report_needs_no_input(no_page, source, tmp_path, monkeypatch):
    shutil.copy(source, tmp_path / "moved.nwb")
    monkeypatch.chdir(tmp_path)
    run(Plan.of(input="moved.nwb", **SETTINGS), "out")
    (tmp_path / "moved.nwb").unlink()
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    before = content(tmp_path / "out")
    (tmp_path / "out" / "report.html").unlink()
    report_again(tmp_path / "out")
    assert content(tmp_path / "out") == before
    (tmp_path / "out" / "recording.nwb").unlink()
    with pytest.raises(DataError, match=r"moved\.nwb"):
        report_again(tmp_path / "out")


@pytest.mark.parametrize(("change", "words"), [({"behavior": "contxt"}, "contxt"), ({"target": "end"}, "holds epochs")])
def test_a_wrong_behaviour_is_refused_before_anything_is_inferred(plan, tmp_path, change, words):
    watcher = Breaker()
    with pytest.raises(ConfigError, match=words):
        run(plan.model_copy(update=change), tmp_path, observer=watcher)
    assert list(watcher.reused) == ["record"]


def test_a_recording_of_another_input_does_not_stay_beside(no_page, source, tmp_path):
    events = tmp_path / "events.csv"
    events.write_text("src,dst,time\n" + "\n".join(f"{k % 3},{(k + 1) % 3},{k}" for k in range(90)))
    for path, kept, gone in [
        (source, "recording.nwb", "events.npz"),
        (events, "events.npz", "recording.nwb"),
        (source, "recording.nwb", "events.npz"),
    ]:
        with pytest.raises(KeyboardInterrupt):
            run(Plan.of(input=str(path)), tmp_path / "out", observer=Breaker("infer"))
        assert (tmp_path / "out" / kept).is_file()
        assert not (tmp_path / "out" / gone).exists()


def test_names_of_nodes_are_kept(no_page, tmp_path):
    path = tmp_path / "people.csv"
    who = ["ann", "bob", "cy"]
    path.write_text("src,dst,time\n" + "\n".join(f"{who[k % 3]},{who[(k + 1) % 3]},{k}" for k in range(90)))
    run(Plan.of(input=str(path), nulls=1, window_s=30.0), tmp_path / "out")
    assert load_header(tmp_path / "out" / "snapshots.npz")["about"] == {"names": who}
    snapshots, names = infer_named(Plan.of(input=str(path), window_s=30.0))
    assert names == who
    write_snapshots(tmp_path / "s.csv", snapshots, names)
    rows = [line.split(",") for line in (tmp_path / "s.csv").read_text().splitlines()]
    assert rows[0][3:5] == ["src", "dst"]
    assert {tuple(row[3:5]) for row in rows[1:]} == {("ann", "bob"), ("bob", "cy"), ("cy", "ann")}


def test_numbers_stay_numbers(source):
    data = ip.load(source)
    assert pipeline.node_names(data) is None


def test_the_embedded_recordings_name_what_they_offer() -> None:
    offered = set(get_args(Plan.model_fields["simulation"].annotation))
    assert set(BEHAVIOR) == offered - {"cohort"}


@pytest.mark.slow
def test_the_embedded_default_is_a_session_of_the_dish(tmp_path: Path) -> None:
    outcome = run(Plan.of(permutations=20, surrogates=20), tmp_path / "run")
    data = outcome.data
    assert isinstance(data, Recording)
    assert {"rallies", "pauses", "phase"} <= set(data.epochs)
    assert data.behavior["game"].names == ("paddle_y", "ball_x", "ball_y")
    assert data.truth is not None
    assert game_statistics(data).n_rallies > 30
    again = run(Plan.of(permutations=20, surrogates=20), tmp_path / "run")
    assert again.data.digest == data.digest
