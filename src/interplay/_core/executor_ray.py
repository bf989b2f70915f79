"""The executor on Ray: one actor per worker, on this machine or on the cluster that `RAY_ADDRESS` names."""

from __future__ import annotations

import os
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from interplay._core.errors import InterplayError, MissingExtraError
from interplay._core.executor import ONE_THREAD, Outcome, attempt, described, over_time

_LOOK_S = 0.2


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
    return _run(ray, call, tasks, jobs=min(jobs, len(tasks)), timeout_s=timeout_s)


def _run(
    ray: Any, call: Callable[..., Any], tasks: Sequence[tuple[Any, ...]], *, jobs: int, timeout_s: float | None
) -> Iterator[Outcome]:
    ours = not ray.is_initialized()
    environment = dict.fromkeys(ONE_THREAD, "1")
    if ours:
        elsewhere = bool(os.environ.get("RAY_ADDRESS"))
        ray.init(log_to_driver=False, include_dashboard=False, **({} if elsewhere else {"num_cpus": max(1, jobs)}))
        if not elsewhere:  # workers find the modules that this process finds
            environment["PYTHONPATH"] = os.pathsep.join(p for p in sys.path if p)
    pool = _Pool(ray, call, tasks, timeout_s, environment)
    try:
        for _ in range(jobs):
            pool.start()
        while pool.running:
            yield from pool.finished()
            yield from pool.overdue()
    finally:
        for actor, _, _ in pool.running.values():
            ray.kill(actor)
        if ours:
            ray.shutdown()


class _Pool:
    """Actors, and what each is doing: by the reference of its answer, (actor, task or None while it starts, since)."""

    def __init__(
        self,
        ray: Any,
        call: Callable[..., Any],
        tasks: Sequence[tuple[Any, ...]],
        timeout_s: float | None,
        environment: dict[str, str],
    ) -> None:
        self.ray, self.call, self.tasks, self.timeout_s = ray, call, tasks, timeout_s
        kind = ray.remote(num_cpus=1, max_restarts=0, max_task_retries=0)(_Actor)
        self.kind = kind.options(runtime_env={"env_vars": environment})
        self.waiting = deque(range(len(tasks)))
        self.running: dict[Any, tuple[Any, int | None, float]] = {}

    def start(self) -> None:
        """Start an actor."""
        actor = self.kind.remote(self.call)
        self.running[actor.ready.remote()] = (actor, None, time.perf_counter())

    def finished(self) -> Iterator[Outcome]:
        """Wait a little for answers; feed those who gave one, replace those who died."""
        done, _ = self.ray.wait(list(self.running), num_returns=1, timeout=_LOOK_S)
        for reference in done:
            actor, task, since = self.running.pop(reference)
            try:
                answer = self.ray.get(reference)
            except Exception as error:
                if task is None:
                    raise InterplayError(
                        f"workers must start on Ray, but one did not: {described(error)}. Install interplay, and the "
                        "module of a player of your own, on every machine of the cluster."
                    ) from error
                yield self._lost(task, error, time.perf_counter() - since)
                if self.waiting:
                    self.start()
                continue
            if task is not None:
                kind, value, text, seconds = answer
                yield Outcome(task=task, kind=kind, value=value, text=text, seconds=seconds)
            self._feed(actor)

    def overdue(self) -> Iterator[Outcome]:
        """Stop what takes too long."""
        for reference, (actor, task, since) in list(self.running.items()):
            spent = time.perf_counter() - since
            if task is not None and self.timeout_s is not None and spent > self.timeout_s:
                del self.running[reference]
                self.ray.kill(actor)
                yield Outcome(task=task, kind="timeout", value=None, text=over_time(self.timeout_s), seconds=spent)
                if self.waiting:
                    self.start()

    def _feed(self, actor: Any) -> None:
        if self.waiting:
            task = self.waiting.popleft()
            self.running[actor.work.remote(self.tasks[task])] = (actor, task, time.perf_counter())
        else:
            self.ray.kill(actor)

    def _lost(self, task: int, error: Exception, seconds: float) -> Outcome:
        if isinstance(error, self.ray.exceptions.RayActorError):
            text = "its process ended on its own. The other tasks go on."
            return Outcome(task=task, kind="died", value=None, text=text, seconds=seconds)
        text = f"its result cannot be sent back: {described(error)}"
        return Outcome(task=task, kind="raised", value=None, text=text, seconds=seconds)
