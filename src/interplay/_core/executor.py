"""Many independent tasks: one after the other, in processes, or on the machines of a Ray cluster.

What a task gives depends on its arguments alone, so neither the back end nor the number of workers can change a number;
only the order in which results arrive differs, and each says which task it belongs to. A task that raises, hangs or
kills its process loses itself and nothing else.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import pickle
import signal
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any, Literal

from interplay._core.checks import require_setting
from interplay._core.errors import ConfigError, InterplayError, unknown_name

Engine = Literal["serial", "processes", "ray"]
ENGINES: tuple[Engine, ...] = ("serial", "processes", "ray")

#: A worker that is not ready after so long is replaced; so many failed starts in a row end the whole.
_START_S = 300.0
_STARTS = 3
#: Libraries that would open a pool of threads of their own in every worker.
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of one task.

    Attributes
    ----------
    task : int
        Its place in the sequence that was handed in.
    kind : {"done", "raised", "timeout", "died"}
    value : object
        What the task gave back; None unless done.
    text : str
        What went wrong, in one paragraph; empty if nothing did.
    seconds : float, s
        Wall time of the task.
    """

    task: int
    kind: Literal["done", "raised", "timeout", "died"]
    value: Any
    text: str
    seconds: float


def execute(
    call: Callable[..., Any],
    tasks: Sequence[tuple[Any, ...]],
    *,
    jobs: int = 1,
    engine: Engine = "processes",
    timeout_s: float | None = None,
) -> Iterator[Outcome]:
    """Call one function on many argument tuples and give the outcomes as they come.

    Parameters
    ----------
    call : callable
        Of a module's top level, so that a worker can import it.
    tasks : sequence of tuple
        Arguments of each call; they must pickle.
    jobs : int, >= 1
        Workers at a time. On Ray: actors of one processor each.
    engine : {"processes", "serial", "ray"}
        "serial" runs everything in this process, where a task can neither be stopped nor survived if it kills the
        process.
    timeout_s : float or None, s
        A task that takes longer is stopped with its worker, which is replaced.

    Yields
    ------
    Outcome
        One per task, in the order of completion.

    Raises
    ------
    ConfigError
        On an unknown engine, `jobs` < 1, or a time limit with the serial engine.
    MissingExtraError
        If Ray is asked for and absent.
    InterplayError
        If workers cannot be started.

    Notes
    -----
    Workers are started fresh ("spawn"), ignore Ctrl-C (the caller gets it, and ends them), compute with one thread per
    numerical library, and end themselves when this process is gone. A script that calls this needs the usual
    ``if __name__ == "__main__":`` guard.
    """
    if engine not in ENGINES:
        raise ConfigError(unknown_name("engine", engine, ENGINES))
    require_setting("jobs", jobs, least=1)
    if timeout_s is not None:
        require_setting("timeout_s", timeout_s, above=0)
        if engine == "serial":
            raise ConfigError(
                "`timeout_s` needs workers that can be stopped, got engine 'serial'. Use 'processes', or no limit."
            )
    if engine == "serial":
        return _serially(call, tasks)
    if engine == "ray":
        from interplay._core.executor_ray import on_ray

        return on_ray(call, tasks, jobs=jobs, timeout_s=timeout_s)
    return _in_processes(call, tasks, jobs=min(jobs, len(tasks)), timeout_s=timeout_s)


def attempt(call: Callable[..., Any], arguments: tuple[Any, ...]) -> tuple[str, Any, str, float]:
    """Call once; give (kind, value, text, seconds). Only Ctrl-C gets through."""
    start = time.perf_counter()
    try:
        value = call(*arguments)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        return "raised", None, described(error), time.perf_counter() - start
    return "done", value, "", time.perf_counter() - start


def described(error: BaseException) -> str:
    """Put an error into one line: our own speak for themselves, others are named with the place they came from."""
    text = " ".join(str(error).split())
    if isinstance(error, InterplayError):
        return text
    frames = traceback.extract_tb(error.__traceback__)
    place = f" (in {frames[-1].name}, line {frames[-1].lineno} of {os.path.basename(frames[-1].filename)})"  # noqa: PTH119
    return f"{type(error).__name__}{': ' if text else ''}{text}{place if frames else ''}"


def over_time(timeout_s: float) -> str:
    """Word a time-out."""
    return f"it did not end within the limit of {timeout_s:g} s and was stopped. Raise `timeout_s` if it is only slow."


def _serially(call: Callable[..., Any], tasks: Sequence[tuple[Any, ...]]) -> Iterator[Outcome]:
    for k, arguments in enumerate(tasks):
        kind, value, text, seconds = attempt(call, arguments)
        yield Outcome(task=k, kind=kind, value=value, text=text, seconds=seconds)  # type: ignore[arg-type]


class _Worker:
    """One process, one task at a time."""

    def __init__(self, call: Callable[..., Any]) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_work, args=(call, theirs), daemon=True)
        with _one_thread(), _deaf_to_ctrl_c():
            self.process.start()
        theirs.close()
        self.ready = False
        self.task: int | None = None
        self.since = time.perf_counter()

    def give(self, task: int, arguments: tuple[Any, ...]) -> None:
        self.task, self.since = task, time.perf_counter()
        self.pipe.send(arguments)

    def hear(self) -> Any:
        """Give its message, or None if it is gone."""
        try:
            return self.pipe.recv()
        except (EOFError, OSError):
            return None

    def end(self) -> str:
        """Stop it for good and say how it ended."""
        if self.process.is_alive() and self.task is None and self.ready:
            self.process.terminate()
        self.process.join(0.2)
        code = self.process.exitcode
        if code is None:
            self.process.kill()
            self.process.join()
        self.pipe.close()
        if code is not None and code < 0:
            name = signal.Signals(-code).name if -code in set(signal.Signals) else str(-code)
            return f"signal {name}{', as when memory runs out' if -code == signal.SIGKILL else ''}"
        return f"exit code {code}"


def _in_processes(
    call: Callable[..., Any], tasks: Sequence[tuple[Any, ...]], *, jobs: int, timeout_s: float | None
) -> Iterator[Outcome]:
    waiting = deque(range(len(tasks)))
    workers: list[_Worker] = []
    failed_starts = 0
    try:
        while waiting or any(worker.task is not None for worker in workers):
            busy = sum(worker.task is not None for worker in workers)
            while len(workers) < min(jobs, busy + len(waiting)):
                workers.append(_Worker(call))
            wait([worker.pipe for worker in workers], _patience(workers, timeout_s))
            for worker in list(workers):
                outcome, gone, started = _look_after(worker, timeout_s)
                if gone:
                    workers.remove(worker)
                    failed_starts += not worker.ready
                    if failed_starts >= _STARTS:
                        raise InterplayError(
                            f"workers must start, but {failed_starts} processes ended before they were ready "
                            f"({outcome}). Guard the script with `if __name__ == '__main__':`, and see what they "
                            "wrote on standard error; engine 'serial' needs no workers."
                        )
                if started:
                    failed_starts = 0
                if isinstance(outcome, Outcome):
                    yield outcome
                while not gone and worker.ready and worker.task is None and waiting:
                    task = waiting.popleft()
                    problem = _give(worker, task, tasks[task])
                    if problem is not None:
                        yield problem
    finally:
        for worker in workers:
            worker.process.kill()
        for worker in workers:
            worker.process.join()
            worker.pipe.close()


def _patience(workers: Sequence[_Worker], timeout_s: float | None) -> float:
    """Seconds until the first worker that starts or works has used up its time; an idle one has all the time."""
    due = [worker.since + _START_S for worker in workers if not worker.ready]
    if timeout_s is not None:
        due += [worker.since + timeout_s for worker in workers if worker.task is not None]
    return max(0.0, min([3600.0, *(moment - time.perf_counter() for moment in due)]))


def _look_after(worker: _Worker, timeout_s: float | None) -> tuple[Outcome | str | None, bool, bool]:
    """Hear one worker: (outcome or how it ended, whether it is gone, whether it has just become ready)."""
    spent = time.perf_counter() - worker.since
    task = worker.task
    if worker.pipe.poll():
        message = worker.hear()
        if message is not None and not worker.ready:
            worker.ready = True
            return None, False, True
        if message is not None and task is not None:
            worker.task = None
            kind, value, text, seconds = message
            return Outcome(task=task, kind=kind, value=value, text=text, seconds=seconds), False, False
        how = worker.end()
        if task is None:
            return how, True, False
        text = f"its process ended on its own with {how}. The other tasks go on."
        return Outcome(task=task, kind="died", value=None, text=text, seconds=spent), True, False
    limit = _START_S if not worker.ready else timeout_s
    if limit is not None and spent > limit and (task is not None or not worker.ready):
        worker.process.kill()
        how = worker.end()
        if task is None:
            return how, True, False
        return Outcome(task=task, kind="timeout", value=None, text=over_time(limit), seconds=spent), True, False
    return None, False, False


def _give(worker: _Worker, task: int, arguments: tuple[Any, ...]) -> Outcome | None:
    try:
        worker.give(task, arguments)
    except BrokenPipeError:
        return None  # it is gone; the next look finds that out
    except Exception as error:  # arguments that do not pickle: nothing was sent
        worker.task = None
        return Outcome(task=task, kind="raised", value=None, text=described(error), seconds=0.0)
    return None


@contextlib.contextmanager
def _one_thread() -> Iterator[None]:
    """Let a process that is started inside compute with one thread; this one keeps its own setting."""
    before = {name: os.environ.get(name) for name in ONE_THREAD}
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextlib.contextmanager
def _deaf_to_ctrl_c() -> Iterator[None]:
    """Let a process started inside never hear Ctrl-C, from its first moment on; this one hears it afterwards."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _work(call: Callable[..., Any], pipe: Connection) -> None:
    """Live as a worker: say "ready", then answer one task after the other."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    try:
        pipe.send("ready")
        while True:
            answer = attempt(call, pipe.recv())
            try:
                packed = pickle.dumps(answer)
            except Exception as error:
                packed = pickle.dumps(
                    ("raised", None, f"its result cannot be sent back: {described(error)}", answer[3])
                )
            pipe.send_bytes(packed)
    except (EOFError, OSError):
        return


def _leave_with_parent() -> None:
    """End at once when the process that started this one is gone, however busy the main thread is."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
