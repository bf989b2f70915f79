"""Trainings of a run: every seed and protocol once, parts that a kill leaves are used, nothing is left in the end."""

import numpy as np
import pytest
from tests.unit.job.toy_model import Toy

from interplay.data import Snapshots
from interplay.job import Plan
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
