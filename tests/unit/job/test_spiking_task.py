"""Tasks of spiking networks: who learns from which samples, and what is foreign."""

import numpy as np
import pytest
from tests.unit.job.made_samples import made_arrays, made_file

from interplay._core.errors import ConfigError, DataError
from interplay.data import LabelledEvents, LabelledImages
from interplay.io import save_labelled_events
from interplay.job import spiking_task
from interplay.job.spiking_task import TASKS, foreign_samples, fresh_samples, only_judged, read_task


def events(**more):
    arrays = made_arrays(**more)
    return LabelledEvents(**{**arrays, "n_units": int(arrays["n_units"])})


def test_no_sample_and_no_group_is_on_two_sides(tmp_path):
    task = read_task("spoken", tmp_path / made_file(tmp_path / "a.npz").split("/")[-1])
    sides = [task.train, task.watched, task.test]
    assert sorted(np.concatenate(sides).tolist()) == list(range(36))
    groups = [set(task.learn.group[rows].tolist()) for rows in sides]
    assert task.by_group
    assert len(set.union(*groups)) == sum(map(len, groups))
    assert not task.synthetic


def test_few_groups_are_parted_by_samples(tmp_path):
    made_file(tmp_path / "a.npz", groups=2)
    task = read_task("spoken", tmp_path / "a.npz")
    assert not task.by_group
    assert set(task.judge.label[task.test].tolist()) == {0, 1, 2}


def test_a_class_that_is_held_out_is_nowhere_but_among_the_foreign(tmp_path):
    made_file(tmp_path / "a.npz")
    task = read_task("spoken", tmp_path / "a.npz", hold_out="class 1")
    assert task.learn.classes.tolist() == ["class 0", "class 2"]
    assert len(task.learn) == 24
    assert task.judge is task.learn
    assert sorted(np.concatenate([task.train, task.watched, task.test]).tolist()) == list(range(24))
    whole = events()
    kept = whole.take(np.flatnonzero(whole.label != 1))
    np.testing.assert_array_equal(task.learn.time, kept.time)
    np.testing.assert_array_equal(task.learn.label, np.where(kept.label == 2, 1, 0))
    held = foreign_samples(task)["held-out class"][1]
    np.testing.assert_array_equal(held.time, whole.take(np.flatnonzero(whole.label == 1)).time)
    assert held.classes.tolist() == task.judge.classes.tolist()


def test_foreign_events_keep_what_they_say_they_keep(tmp_path):
    made_file(tmp_path / "a.npz")
    task = read_task("spoken", tmp_path / "a.npz")
    own = task.judge.take(task.test)
    made = foreign_samples(task, seed=3)
    permuted, noise = made["permuted time"][1], made["noise"][1]
    np.testing.assert_array_equal(permuted.time, own.time)
    for k in range(len(own)):
        part = slice(own.pointer[k], own.pointer[k + 1])
        np.testing.assert_array_equal(np.sort(permuted.unit[part]), np.sort(own.unit[part]))
        assert (noise.time[part] < own.duration_s[k]).all()
    assert (permuted.unit != own.unit).any()
    np.testing.assert_array_equal(noise.n_events, own.n_events)
    again = foreign_samples(task, seed=3)["noise"][1]
    np.testing.assert_array_equal(again.unit, noise.unit)
    other = foreign_samples(task, seed=4)["noise"][1]
    assert (other.unit != noise.unit).any()


def test_foreign_pictures_have_the_same_brightness(tmp_path):
    rng = np.random.default_rng(0)
    np.savez(tmp_path / "p.npz", image=rng.random((20, 1, 4, 4)), label=np.arange(20) % 2, classes=np.array(["a", "b"]))
    task = read_task("digits", tmp_path / "p.npz")
    assert isinstance(task.learn, LabelledImages)
    own = task.judge.take(task.test).image
    made = foreign_samples(task)
    shuffled = made["permuted pixels"][1].image
    np.testing.assert_array_equal(
        np.sort(shuffled.reshape(len(own), -1), axis=1), np.sort(own.reshape(len(own), -1), axis=1)
    )
    assert (shuffled != own).any()
    noise = made["noise"][1].image
    assert own.min() <= noise.min()
    assert noise.max() <= own.max()


def test_files_of_our_own_are_read_too(tmp_path):
    save_labelled_events(events(), tmp_path / "own.npz")
    task = read_task("spoken", tmp_path / "own.npz")
    assert task.learn.digest == events().digest


def test_new_look_alikes_are_of_other_speakers(monkeypatch):
    monkeypatch.setitem(spiking_task.LOOK_ALIKES["spoken"], "n_per_class", 2)
    first, second = (fresh_samples("spoken", None, seed).take([0]) for seed in (0, 1))
    assert first.classes.tolist() == second.classes.tolist()
    assert len(first.time) != len(second.time) or (first.time != second.time).any()


def test_the_digits_that_are_judged_are_the_same_for_all_seeds():
    first, second = (read_task("digits", None, seed=seed) for seed in (0, 5))
    np.testing.assert_array_equal(first.test, second.test)
    assert sorted(first.train) != sorted(second.train)
    assert not set(first.test.tolist()) & {*second.train.tolist(), *second.watched.tolist()}


def test_settings_were_chosen_on_samples_that_are_never_judged(monkeypatch):
    from benchmarks.quality import spiking_defaults

    from interplay.spiking import spoken_digits

    monkeypatch.setitem(spiking_task.LOOK_ALIKES["spoken"], "n_per_class", 1)
    judged = fresh_samples("spoken", None, 0)
    for drawing in spiking_defaults.DRAWINGS:
        chosen = spoken_digits(**spiking_task.LOOK_ALIKES["spoken"], vocabulary=drawing, seed=drawing)
        assert judged.digest != chosen.digest
        same = spoken_digits(**spiking_task.LOOK_ALIKES["spoken"], vocabulary=drawing, seed=spiking_task._FIRST)
        assert judged.digest != same.digest


def test_settings_are_the_best_that_were_measured():
    """Least mean surprise over the drawings; a soft reset, which NIR does not know, is left out."""
    from benchmarks.quality import spiking_defaults

    for task, (shared, _) in spiking_defaults.CANDIDATES.items():
        means = {}
        for row in spiking_defaults.measured():
            if row["task"] == task and row["said"].get("reset") != "soft":
                means.setdefault(tuple(row["said"].items()), []).append(row["nll"])
        assert {len(values) for values in means.values()} == {2}
        best = min(means, key=lambda said: sum(means[said]))
        assert TASKS[task].settings == {**shared, **dict(best)}


def test_all_samples_are_judged_where_nothing_is_learnt():
    task = only_judged("spoken", events(), None, hold_out="class 0")
    assert (len(task.train), len(task.watched), len(task.test)) == (0, 0, 24)
    assert task.held_out is not None
    assert task.judge.classes.tolist() == ["class 1", "class 2"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"time": np.zeros(1)}, "must hold the arrays .* but unit, pointer"),
        ({"image": np.zeros((1, 1, 2, 2))}, "label, classes is missing"),
        ({**made_arrays(), "n_units": np.array([6, 6])}, "`n_units` must be one whole number"),
        ({**made_arrays(), "label": np.full(36, 7)}, "`label` must lie in"),
    ],
)
def test_files_of_something_else_are_refused(tmp_path, content, message):
    np.savez(tmp_path / "a.npz", **content)
    with pytest.raises(DataError, match=message):
        read_task("spoken", tmp_path / "a.npz")


def test_what_is_not_there_is_refused(tmp_path):
    with pytest.raises(DataError, match="must be a file or folder that exists"):
        read_task("spoken", tmp_path / "absent.npz")
    with pytest.raises(DataError, match=r"shd_train.h5 is missing"):
        read_task("spoken", tmp_path)
    (tmp_path / "a.txt").write_text("no picture")
    with pytest.raises(DataError, match=r"must be an .npz of pictures"):
        read_task("digits", tmp_path / "a.txt")
    with pytest.raises(ConfigError, match=r"Unknown task .spokn.; did you mean"):
        read_task("spokn", None)
    made_file(tmp_path / "a.npz")
    with pytest.raises(ConfigError, match="Unknown class"):
        read_task("spoken", tmp_path / "a.npz", hold_out="class 9")
    made_file(tmp_path / "two.npz", n_classes=2)
    with pytest.raises(DataError, match="`hold_out` must leave two classes"):
        read_task("spoken", tmp_path / "two.npz", hold_out="class 1")
    with pytest.raises(ConfigError, match="were trained on"):
        fresh_samples("digits", None, 1)


def test_every_task_names_a_network_whose_settings_are_known():
    from interplay.spiking.nets import SPIKING_METHODS

    for kind in TASKS.values():
        assert SPIKING_METHODS[kind.method](**kind.settings).name == kind.method


def test_the_halves_of_the_public_sets_are_kept_apart(tmp_path, monkeypatch):
    """The second file is judged, all of it, and nothing of it is learnt."""
    import interplay.io

    (tmp_path / "shd_train.h5").write_bytes(b"")
    (tmp_path / "shd_test.h5.zip").write_bytes(b"")
    asked_for = []

    def read(path):
        asked_for.append(path.name)
        return events(seed=len(asked_for), samples=30)

    monkeypatch.setattr(interplay.io, "read_spoken_digits", read, raising=False)
    task = read_task("spoken", tmp_path)
    assert asked_for == ["shd_train.h5", "shd_test.h5.zip"]
    assert task.learn.digest == events(seed=1, samples=30).digest
    assert task.judge.digest == events(seed=2, samples=30).digest
    assert task.test.tolist() == list(range(30))
    assert sorted(np.concatenate([task.train, task.watched]).tolist()) == list(range(30))
    held = read_task("spoken", tmp_path, hold_out="class 1")
    assert held.judge is not held.learn
    assert len(held.test) == 20

    (tmp_path / "trials_to_train.txt").write_text("")
    halves = []
    monkeypatch.setattr(
        interplay.io, "read_gestures", lambda path, half="all": halves.append(half) or events(), raising=False
    )
    read_task("gestures", tmp_path)
    assert halves == ["train", "test"]
