"""The executor on Ray: one actor per worker, on this machine or on the cluster that `RAY_ADDRESS` names."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from interplay._core.errors import MissingExtraError
from interplay._core.executor import _ONE_THREAD, Outcome, attempt, described, over_time


class _Actor:
    """What runs in a worker: one task at a time."""

    def __init__(self, call: Callable[..., Any]) -> None:
        self._call = call

    def ready(self) -> bool:
        return True

    def work(self, arguments: tuple[Any, ...]) -> tuple[str, Any, str, float]:
        return attempt(self._call, arguments)


def on_ray(
    call: Callable[..., Any], tasks: Sequence[tuple[Any, ...]], *, jobs: int, timeout_s: float | None
) -> Iterator[Outcome]:
    """Run tasks on Ray; see `executor.execute`.

    Parameters
    ----------
    call : callable
    tasks : sequence of tuple
    jobs : int
        Actors at a time, one processor each.
    timeout_s : float or None, s

    Yields
    ------
    Outcome
    """
    try:
        import ray
    except ImportError as error:
        raise MissingExtraError.of("engine 'ray'", "ray", "scale") from error
    return _pool(ray, call, tasks, jobs=min(jobs, max(1, len(tasks))), timeout_s=timeout_s)


def _pool(
    ray: Any, call: Callable[..., Any], tasks: Sequence[tuple[Any, ...]], *, jobs: int, timeout_s: float | None
) -> Iterator[Outcome]:
    ours = not ray.is_initialized()
    if ours:
        where = {} if os.environ.get("RAY_ADDRESS") else {"num_cpus": jobs}
        ray.init(log_to_driver=False, include_dashboard=False, configure_logging=False, **where)
    kind = ray.remote(num_cpus=1, max_restarts=0, max_task_retries=0)(_Actor)
    kind = kind.options(runtime_env={"env_vars": dict.fromkeys(_ONE_THREAD, "1")})
    waiting = deque(range(len(tasks)))
    running: dict[Any, tuple[Any, int | None, float]] = {}

    def start() -> None:
        actor = kind.remote(call)
        running[actor.ready.remote()] = (actor, None, time.perf_counter())

    def feed(actor: Any) -> None:
        if waiting:
            task = waiting.popleft()
            running[actor.work.remote(tasks[task])] = (actor, task, time.perf_counter())
        else:
            ray.kill(actor)

    try:
        for _ in range(jobs):
            start()
        while running:
            finished, _ = ray.wait(list(running), num_returns=1, timeout=0.2)
            for reference in finished:
                actor, task, since = running.pop(reference)
                try:
                    answer = ray.get(reference)
                except Exception as error:
                    if task is None:
                        raise
                    yield _lost(task, error, time.perf_counter() - since)
                    if waiting:
                        start()
                    continue
                if task is not None:
                    how, value, text, seconds = answer
                    yield Outcome(task=task, kind=how, value=value, text=text, seconds=seconds)
                feed(actor)
            for reference, (actor, task, since) in list(running.items()):
                spent = time.perf_counter() - since
                if task is not None and timeout_s is not None and spent > timeout_s:
                    del running[reference]
                    ray.kill(actor)
                    yield Outcome(task=task, kind="timeout", value=None, text=over_time(timeout_s), seconds=spent)
                    if waiting:
                        start()
    finally:
        for actor, _, _ in running.values():
            ray.kill(actor)
        if ours:
            ray.shutdown()


def _lost(task: int, error: Exception, seconds: float) -> Outcome:
    died = type(error).__name__.endswith("ActorDiedError") or "actor" in str(error).lower()
    text = "its process ended on its own. The other tasks go on." if died else described(error)
    return Outcome(task=task, kind="died" if died else "raised", value=None, text=text, seconds=seconds)
