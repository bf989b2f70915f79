"""The executor: tasks that misbehave lose themselves and nothing else, on every back end."""

import contextlib
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from interplay._core.errors import ConfigError, InterplayError
from interplay._core.executor import execute

TASKS = """
    import os, signal, sys, time

    def work(kind, value):
        if kind == "raise":
            raise ValueError(f"no {value}")
        if kind == "exit":
            sys.exit(3)
        if kind == "die":
            os._exit(7)
        if kind == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if kind == "hang":
            time.sleep(60)
        if kind == "unsendable":
            return lambda: value
        if kind == "threads":
            return os.environ["OMP_NUM_THREADS"]
        return value * value

    def slow(value):
        with open(value, "w") as file:
            file.write(str(os.getpid()))
        while True:
            time.sleep(1)
"""


@pytest.fixture
def tasks(tmp_path, monkeypatch):
    (tmp_path / "misbehaving_tasks.py").write_text(textwrap.dedent(TASKS))
    monkeypatch.syspath_prepend(tmp_path)
    import misbehaving_tasks

    yield misbehaving_tasks
    del sys.modules["misbehaving_tasks"]


def found(outcomes):
    return {o.task: o for o in outcomes}


def test_serial_goes_on_after_what_raises(tasks):
    got = found(execute(tasks.work, [("raise", 1), ("exit", 0), ("", 3)], engine="serial"))
    assert [got[k].kind for k in range(3)] == ["raised", "raised", "done"]
    assert got[0].text.startswith("ValueError: no 1 (in work, line ")
    assert got[1].text.startswith("SystemExit: 3")
    assert got[2].value == 9
    assert got[2].text == ""


@pytest.mark.slow
def test_processes_survive_everything_a_task_can_do(tasks):
    kinds = ["", "raise", "exit", "die", "kill", "hang", "unsendable", "threads", ""]
    got = found(execute(tasks.work, [(kind, k) for k, kind in enumerate(kinds)], jobs=2, timeout_s=1.0))
    ends = ["done", "raised", "raised", "died", "died", "timeout", "raised", "done", "done"]
    assert [got[k].kind for k in range(9)] == ends
    assert got[3].text == "its process ended on its own with exit code 7. The other tasks go on."
    assert "signal SIGKILL, as when memory runs out" in got[4].text
    assert got[5].text.startswith("it did not end within the limit of 1 s and was stopped.")
    assert got[6].text.startswith("its result cannot be sent back:")
    assert got[7].value == "1"
    assert (got[0].value, got[8].value) == (0, 64)


def test_arguments_that_cannot_be_sent_lose_their_task_only(tasks):
    got = found(execute(tasks.work, [("", lambda: 0), ("", 2)], jobs=1))
    assert (got[0].kind, got[1].value) == ("raised", 4)


def test_no_tasks():
    assert list(execute(len, [], jobs=2)) == []


def test_bad_settings():
    with pytest.raises(ConfigError, match="Unknown engine 'process'; did you mean 'processes'"):
        execute(len, [], engine="process")
    with pytest.raises(ConfigError, match="`jobs` must be >= 1, got 0"):
        execute(len, [], jobs=0)
    with pytest.raises(ConfigError, match="`timeout_s` needs workers that can be stopped"):
        execute(len, [], engine="serial", timeout_s=1.0)
    with pytest.raises(ConfigError, match="`timeout_s` must be > 0"):
        execute(len, [], timeout_s=0.0)


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def wait_until(true, seconds=20.0):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_leaving_early_ends_the_workers(tasks, tmp_path):
    place = tmp_path / "pid"
    outcomes = execute(tasks.work, [("", 1), ("hang", 0)], jobs=2)
    assert next(outcomes).value == 1
    with contextlib.closing(outcomes):
        pass
    import multiprocessing

    assert not [child for child in multiprocessing.active_children() if child.is_alive()]
    assert not place.exists()


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="looks for processes in /proc")
@pytest.mark.parametrize("blow", [signal.SIGINT, signal.SIGKILL])
def test_no_worker_outlives_its_caller(tmp_path, blow):
    (tmp_path / "misbehaving_tasks.py").write_text(textwrap.dedent(TASKS))
    script = tmp_path / "script.py"
    script.write_text(
        textwrap.dedent("""
        import sys
        import misbehaving_tasks
        from interplay._core.executor import execute
        if __name__ == "__main__":
            list(execute(misbehaving_tasks.slow, [(name,) for name in sys.argv[1:]], jobs=2))
        """)
    )
    places = [tmp_path / "one", tmp_path / "two"]
    caller = subprocess.Popen([sys.executable, str(script), *map(str, places)], stderr=subprocess.DEVNULL)
    wait_until(lambda: all(p.exists() and p.read_text() for p in places))
    workers = [int(p.read_text()) for p in places]
    assert all(map(alive, workers))
    caller.send_signal(blow)
    assert caller.wait(timeout=10) != 0
    wait_until(lambda: not any(map(alive, workers)), seconds=10)


@pytest.mark.slow
def test_a_script_without_guard_is_told_so(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        textwrap.dedent("""
        import os
        from interplay._core.errors import InterplayError
        from interplay._core.executor import execute
        try:
            list(execute(os.path.basename, [("a/b",)]))
        except InterplayError as error:
            print(error)
        """)
    )
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=60)
    assert "Guard the script with `if __name__ == '__main__':`" in done.stdout


@pytest.mark.slow
def test_ray_gives_the_same(tasks):
    pytest.importorskip("ray", reason="extra 'scale' is not installed")
    kinds = ["", "raise", "die", "hang", ""]
    got = found(execute(tasks.work, [(kind, k) for k, kind in enumerate(kinds)], jobs=2, engine="ray", timeout_s=2.0))
    assert [got[k].kind for k in range(5)] == ["done", "raised", "died", "timeout", "done"]
    assert got[1].text.startswith("ValueError: no 1")
    assert (got[0].value, got[4].value) == (0, 16)


def test_ray_absent_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(InterplayError, match=r"engine 'ray' needs ray.*interplay\[scale\]"):
        execute(len, [], engine="ray")
