"""Trainings of a run: every seed and protocol once, parts that a kill leaves are used, nothing is left in the end."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from tests.unit.job.toy_model import Toy

from interplay._core.errors import NumericalError
from interplay.data import Snapshots
from interplay.job import Plan, trainings
from interplay.job.embeddable import embeddable
from interplay.job.folder import Folder
from interplay.job.training_size import TrainingSize
from interplay.job.trainings import WindowSet, clear, fit_and_embed, train_all
from interplay.represent import METHODS


@pytest.fixture(autouse=True)
def toy(monkeypatch):
    monkeypatch.setitem(METHODS._table, "tavrnn", "tests.unit.job.toy_model:Toy")
    Toy.done.clear()


def network(n_windows=8, empty=()):
    w = np.zeros((n_windows, 4, 4))
    for t in range(n_windows):
        if t not in empty:
            w[t, t % 3, 3] = w[t, 3, t % 3] = 1
    return Snapshots.from_dense(w, np.column_stack([np.arange(n_windows), np.arange(n_windows) + 1.0]), directed=False)


def windows(until=5.0, empty=(), seeds=2, epochs=4):
    taken = embeddable(network(empty=empty), edges="edges")
    size = TrainingSize(epochs=epochs, seeds=seeds)
    return WindowSet(name="windows", network=taken, size=size, recording=None, until_s=until)


class Stop:
    """Stops at a number of reported steps."""

    def __init__(self, after):
        self.after, self.seen = after, []

    def __call__(self, done, total):
        self.seen.append((done, total))
        if len(self.seen) == self.after:
            raise KeyboardInterrupt


def left(folder):
    return sorted(p.name for p in (folder.path / "stages").glob("training-*"))


def test_every_seed_is_trained_on_all_and_on_the_past(tmp_path):
    (found,) = train_all(Plan(), [windows()], Folder(tmp_path), lambda *_: None)
    assert [r.seed for r in found.everything] == [0, 1]
    assert all(r.trained.all() for r in found.everything)
    assert [r.trained.sum() for r in found.past] == [5, 5]
    assert len(Toy.done) == 4 * 4


def test_there_is_no_past_where_it_would_be_all_or_nothing(tmp_path):
    for until in (0.5, 1.0, 9.0):
        (found,) = train_all(Plan(), [windows(until)], Folder(tmp_path / str(until)), lambda *_: None)
        assert found.past == ()
        assert len(found.everything) == 2


@pytest.mark.parametrize("after", [1, 3, 5, 6, 12])
def test_a_stop_loses_no_epoch(tmp_path, after):
    folder = Folder(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        train_all(Plan(), [windows()], folder, Stop(after))
    assert left(folder)
    (found,) = train_all(Plan(), [windows()], folder, lambda *_: None)
    assert len(Toy.done) == 4 * 4
    assert [r.seed for r in (*found.everything, *found.past)] == [0, 1, 0, 1]
    clear(folder)
    assert left(folder) == []


def test_another_setting_does_not_meet_the_checkpoint_of_a_stopped_training(tmp_path):
    folder = Folder(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        train_all(Plan(), [windows()], folder, Stop(3))
    Toy.done.clear()
    train_all(Plan(latent=3), [windows()], folder, lambda *_: None)
    assert len(Toy.done) == 4 * 4
    clear(folder)
    assert left(folder) == []


def test_no_checkpoint_stays_beside_a_finished_part(tmp_path):
    folder = Folder(tmp_path)
    train_all(Plan(), [windows()], folder, lambda *_: None)
    assert not list((tmp_path / "stages").glob("*.pt"))


def test_progress_only_rises_to_its_total(tmp_path):
    watcher = Stop(10**9)
    train_all(Plan(), [windows()], Folder(tmp_path), watcher)
    done = [d for d, _ in watcher.seen]
    assert done == sorted(done)
    assert watcher.seen[-1] == (4000, 4000)


def test_windows_without_an_edge_are_embedded_but_not_trained_on(tmp_path):
    (found,) = train_all(Plan(), [windows(empty=(1, 6))], Folder(tmp_path), lambda *_: None)
    first, past = found.everything[0], found.past[0]
    assert first.embedding.shape[0] == 8
    assert first.trained.tolist() == [True, False, True, True, True, True, False, True]
    assert past.trained.tolist() == [True, False, True, True, True, False, False, False]
    assert first.loss["loss"][0] == 1.0


def test_all_windows_need_no_second_pass():
    result = fit_and_embed(Toy(), network(), np.arange(8))
    assert result.trained.all()


ROOT = Path(__file__).parents[3]


@pytest.fixture
def processes(monkeypatch):
    """Train in processes, however little there is to do; they must find the toys too."""
    monkeypatch.syspath_prepend(ROOT)
    monkeypatch.setattr(trainings, "_WORTH_PROCESSES", 0)


def parts(folder):
    return {p.name: p.read_bytes() for p in sorted((folder / "stages").iterdir())}


def test_processes_leave_the_same_bytes(processes, tmp_path):
    sets = [windows(), windows(3.0, seeds=1, epochs=2)]
    sets[1] = WindowSet(name="short", network=sets[1].network, size=sets[1].size, recording=None, until_s=3.0)
    train_all(Plan(), sets, Folder(tmp_path / "one"), lambda *_: None)
    whole = len(Toy.done)
    watcher = Stop(2)
    with pytest.raises(KeyboardInterrupt):
        train_all(Plan(), sets, Folder(tmp_path / "two"), watcher, jobs=2)
    assert 2 <= len(list((tmp_path / "two" / "stages").glob("*.json"))) < 6
    watcher.after = 0
    found = train_all(Plan(), sets, Folder(tmp_path / "two"), watcher, jobs=2)
    assert len(Toy.done) == whole  # none of them here
    Folder(tmp_path / "two")._sweep()  # what the stopped processes were writing
    assert parts(tmp_path / "two") == parts(tmp_path / "one")
    assert [(len(t.everything), len(t.past)) for t in found] == [(2, 2), (1, 1)]
    assert watcher.seen[-1] == (6000, 6000)
    assert [d for d, _ in watcher.seen] == sorted(d for d, _ in watcher.seen)


def test_little_work_starts_no_process(monkeypatch, tmp_path):
    monkeypatch.setattr(trainings, "execute", None)
    train_all(Plan(), [windows()], Folder(tmp_path), lambda *_: None, jobs=2)
    assert len(Toy.done) == 4 * 4


@pytest.mark.parametrize(
    ("kind", "words"), [("Blown", "^training must stay finite: loss=nan in epoch 3.$"), ("Killed", "SIGKILL.*`jobs` 1")]
)
def test_the_error_of_a_training_in_a_process_is_its_own(processes, monkeypatch, tmp_path, kind, words):
    monkeypatch.setitem(METHODS._table, "tavrnn", f"tests.unit.job.toy_model:{kind}")
    with pytest.raises(NumericalError, match=words):
        train_all(Plan(), [windows()], Folder(tmp_path), lambda *_: None, jobs=2)


LONG = """
from pathlib import Path
from tests.unit.job.test_trainings import Folder, Plan, train_all, trainings, windows
trainings._WORTH_PROCESSES = 0
train_all(Plan(hidden=4), [windows(epochs=10**6)], Folder(Path({path!r})), lambda *_: None, jobs=2)
"""


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_stop_leaves_no_process_behind_and_keeps_its_checkpoints(tmp_path, how):
    command = [sys.executable, "-c", LONG.format(path=str(tmp_path))]
    parent = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 100
    while len(list((tmp_path / "stages").glob("*.pt"))) < 2 and time.monotonic() < deadline:
        assert parent.poll() is None
        time.sleep(0.02)
    children = Path(f"/proc/{parent.pid}/task/{parent.pid}/children").read_text().split()
    assert len(children) >= 2
    os.kill(parent.pid, how)
    assert parent.wait(60) != 0
    while any(Path(f"/proc/{child}").exists() for child in children) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not [child for child in children if Path(f"/proc/{child}").exists()]
    assert len(list((tmp_path / "stages").glob("*.pt"))) == 2
