import os

import pytest

from interplay._core.errors import DataError
from interplay.io.atomic import aside, write_aside


def test_a_file_appears_only_at_the_end(tmp_path):
    target = tmp_path / "a.txt"
    target.write_text("old")
    with aside(target) as draft:
        draft.write_text("new")
        assert draft.suffix == ".txt"
        assert target.read_text() == "old"
    assert target.read_text() == "new"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_a_failure_leaves_nothing_and_keeps_the_old_file(tmp_path):
    target = tmp_path / "a.txt"
    target.write_text("old")

    def fail(draft):
        draft.write_text("half")
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        write_aside(target, fail)
    assert target.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_a_writer_that_writes_nothing_is_an_error(tmp_path):
    with pytest.raises(DataError, match="nothing was written"), aside(tmp_path / "a.txt"):
        pass
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("content", "raw"),
    [("a\nß", "a\nß".encode()), (b"\x00\r\n", b"\x00\r\n"), (lambda p: p.write_bytes(b"by hand"), b"by hand")],
)
def test_text_bytes_and_writers_are_written_as_they_are(tmp_path, content, raw):
    assert write_aside(tmp_path / "a", content).read_bytes() == raw


def test_folders_are_refused(tmp_path):
    with pytest.raises(DataError, match="must name a file"):
        write_aside(tmp_path, "x")
    with pytest.raises(DataError, match="existing folder"):
        write_aside(tmp_path / "none" / "a.txt", "x")


def test_the_written_file_has_ordinary_permissions(tmp_path):
    mask = os.umask(0o022)
    try:
        assert write_aside(tmp_path / "a", "x").stat().st_mode & 0o777 == 0o644
    finally:
        os.umask(mask)
