"""The run's folder: reuse only what still stands, lose nothing, let nobody else write."""

import json

import pytest

from interplay._core.errors import ConfigError
from interplay.io.atomic import write_aside
from interplay.job.folder import Folder


class Work:
    """Counts how often it is really done."""

    def __init__(self, value="result"):
        self.value, self.done = value, 0

    def __call__(self):
        self.done += 1
        return self.value


def stage(folder, work, key="k"):
    return folder.stage("s", "s.txt", key, work, write_aside, lambda p: p.read_text())


def test_a_stage_is_reused_while_its_key_and_file_stand(tmp_path):
    folder, work = Folder(tmp_path / "run"), Work()
    assert stage(folder, work) == ("result", False)
    assert stage(folder, work) == ("result", True)
    assert work.done == 1


@pytest.mark.parametrize("damage", ["key", "file", "gone", "marker", "half a marker"])
def test_a_stage_is_done_again_when_anything_differs(tmp_path, damage):
    folder, work = Folder(tmp_path), Work()
    stage(folder, work)
    target, marker = tmp_path / "s.txt", tmp_path / "stages" / "s.json"
    if damage == "file":
        target.write_text("tampered")
    elif damage == "gone":
        target.unlink()
    elif damage == "marker":
        marker.unlink()
    elif damage == "half a marker":
        marker.write_text(marker.read_text()[:20])
    assert stage(folder, work, "other" if damage == "key" else "k") == ("result", False)
    assert work.done == 2
    assert json.loads(marker.read_text())["file"] == "s.txt"


def test_a_kill_between_file_and_marker_does_the_stage_again(tmp_path):
    folder, work = Folder(tmp_path), Work()

    def killed(path, text):
        write_aside(path, text)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        folder.stage("s", "s.txt", "k", work, killed, lambda p: p.read_text())
    assert stage(folder, work) == ("result", False)


def test_a_second_run_in_the_folder_is_refused(tmp_path):
    with (
        Folder(tmp_path).locked(),
        pytest.raises(ConfigError, match="another run is writing"),
        Folder(tmp_path).locked(),
    ):
        pass
    with Folder(tmp_path).locked():
        pass


def test_a_new_folder_of_a_run_that_failed_before_writing_is_gone(tmp_path):
    with pytest.raises(ValueError, match="wrong"), Folder(tmp_path / "new").locked():
        raise ValueError("wrong argument")
    assert not (tmp_path / "new").exists()


def test_what_was_there_or_was_written_stays_after_an_error(tmp_path):
    (tmp_path / "old").mkdir()
    with pytest.raises(ValueError, match="wrong"), Folder(tmp_path / "old").locked():
        raise ValueError("wrong argument")
    assert (tmp_path / "old").is_dir()
    folder = Folder(tmp_path / "new")
    folder.write("plan.toml", "seed = 1\n")
    with pytest.raises(ValueError, match="late"), folder.locked():
        raise ValueError("late error")
    assert (tmp_path / "new" / "plan.toml").read_text() == "seed = 1\n"


def test_what_a_kill_left_half_written_is_swept_away(tmp_path):
    for place in (tmp_path, tmp_path / "stages"):
        (place / ".snapshots.npz.8kizfuoc").mkdir(parents=True)
        (place / ".snapshots.npz.8kizfuoc" / "draft.npz").write_bytes(b"half")
    (tmp_path / ".my.settings").mkdir()
    (tmp_path / ".my.settings" / "kept").write_text("")
    (tmp_path / ".my.textfile").write_text("")
    with Folder(tmp_path).locked():
        pass
    left = {str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*")}
    assert left == {"stages", "stages/lock", ".my.settings", ".my.settings/kept", ".my.textfile"}


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "taken").write_text("")
    with pytest.raises(ConfigError, match="`out` must be a folder"):
        Folder(tmp_path / "taken")
