"""Files of our own with labelled samples; digits; what `interplay info` says."""

import numpy as np
import pytest
from typer.testing import CliRunner

import interplay as ip
from interplay._core.errors import ConfigError, DataError
from interplay.cli.app import app
from interplay.data import LabelledEvents, LabelledImages
from interplay.io import digits, save_labelled_events, save_labelled_images
from interplay.spiking import gestures, spoken_digits
from interplay.testing.camera_files import write_gesture_films


def pictures():
    return LabelledImages(
        image=np.arange(24.0).reshape(4, 1, 2, 3) / 23, label=np.array([0, 1, 0, 1]), classes=np.array(["a", "b"]),
        group=np.array(["x", "x", "y", ""]), notes=("made up",),
    )  # fmt: skip


def test_events_and_images_come_back_with_their_digest_and_notes(tmp_path):
    for data in (gestures(1, size=16, duration_s=0.2), spoken_digits(1, classes=2, channels=16, events=50)):
        back = ip.load(save_labelled_events(data, tmp_path / "a.npz"))
        assert isinstance(back, LabelledEvents)
        assert (back.digest, back.notes, back.grid) == (data.digest, data.notes, data.grid)
        assert (back.time.dtype, back.group.tolist()) == (data.time.dtype, data.group.tolist())
    back = ip.load(save_labelled_images(pictures(), tmp_path / "b.npz"))
    assert isinstance(back, LabelledImages)
    assert (back.digest, back.notes) == (pictures().digest, pictures().notes)
    with pytest.raises(ConfigError, match="says everything itself"):
        ip.load(tmp_path / "b.npz", rate_hz=2.0)


def test_changed_content_is_refused(tmp_path):
    path = save_labelled_images(pictures(), tmp_path / "b.npz")
    with np.load(path) as file:
        arrays = dict(file)
    arrays["label"] = np.array([0, 1, 1, 1])
    np.savez(path, **arrays)
    with pytest.raises(DataError, match="The file is damaged or was changed"):
        ip.load(path)


def test_digits_are_those_of_scikit_learn():
    from sklearn.datasets import load_digits

    data = digits()
    found = load_digits()
    assert data.image.shape == (1797, 1, 8, 8)
    assert np.array_equal(data.image.reshape(1797, 64) * 16, found.data)
    assert (data.label == found.target).all()
    assert (float(data.image.min()), float(data.image.max())) == (0.0, 1.0)


def info(path):
    done = CliRunner().invoke(app, ["info", str(path)])
    assert done.exit_code == 0, done.output
    return done.output


def test_info_says_what_there_is(tmp_path):
    text = info(save_labelled_images(pictures(), tmp_path / "b.npz"))
    for part in ("classes: a (2), b (2)", "groups: 2 (x, y)", "brightness: 0 to 1", "note: made up"):
        assert part in text
    text = info(write_gesture_films(tmp_path / "films"))
    for part in (
        "format: gestures",
        "hand clapping (1)",
        "groups: 3 (user01, user02, user03)",
        "durations: 0.7 to 0.7",
    ):
        assert part in text
    assert "use: `interplay spiking train`" in text


@pytest.mark.parametrize("command", ["run", "infer"])
def test_what_analyses_recordings_says_which_command_takes_them(tmp_path, command):
    data = spoken_digits(1, classes=2, channels=16, events=50)
    path = save_labelled_events(data, tmp_path / "words.npz")
    done = CliRunner().invoke(app, [command, str(path), "--out", str(tmp_path / "out.npz")])
    assert done.exit_code != 0
    assert "interplay spiking train" in " ".join((done.output + str(done.exception)).split())


def test_a_folder_of_gestures_is_no_cohort(tmp_path):
    done = CliRunner().invoke(
        app, ["run", str(write_gesture_films(tmp_path / "films")), "--out", str(tmp_path / "out")]
    )
    assert "interplay spiking train" in " ".join((done.output + str(done.exception)).split())
