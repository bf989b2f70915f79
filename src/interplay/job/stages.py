"""The stages of a run: told to who watches, kept in the folder, reused while their inputs stand."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any, Protocol

from interplay._core.protocols import Progress
from interplay._core.provenance import digest, versions
from interplay.job.folder import Folder
from interplay.job.store import load_result, save_result

#: Part of every stage's key. Raise it when a stage leaves something of another shape: old folders are then done again.
LAYOUT = 2


class Observer(Protocol):
    """Who wants to know how far a run is."""

    def stage(self, name: str) -> Progress:
        """Take note of a stage that begins; give the function that hears of its progress."""
        ...

    def done(self, name: str, *, reused: bool, seconds: float) -> None:
        """Take note of a stage that has ended."""
        ...


class Nobody:
    """An observer that hears nothing."""

    def stage(self, name: str) -> Progress:
        """Give a function that does nothing."""
        return lambda done, total: None

    def done(self, name: str, *, reused: bool, seconds: float) -> None:
        """Do nothing."""


class Stages:
    """The stages of one run.

    Parameters
    ----------
    folder : Folder
    observer : Observer
    """

    def __init__(self, folder: Folder, observer: Observer) -> None:
        self.folder, self.observer = folder, observer
        self.versions = versions()
        self.seconds: dict[str, float] = {}

    def keep(self, name: str, file: Any, key: tuple[Any, ...], make: Callable[[Progress], Any], **doors: Any) -> Any:
        """Give a stage's result, made now or taken from the folder.

        Parameters
        ----------
        name : str
        file : str, or callable from the result to str
            Below the folder.
        key : tuple
            All that the result depends on, but for the versions of packages.
        make : callable
            Hears how to tell of its progress.
        **doors
            `save` and `load`, where the result is no tree of plain values and arrays.

        Returns
        -------
        object
        """
        start = time.perf_counter()
        progress = self.observer.stage(name)
        save, load = doors.get("save", save_result), doors.get("load", load_result)
        whole = digest(LAYOUT, name, list(key), self.versions)
        result, reused = self.folder.stage(name, file, whole, lambda: make(progress), save, load)
        self.ended(name, start, reused=reused)
        return result

    def ended(self, name: str, start: float, *, reused: bool = False) -> None:
        """Take the time of a stage that began at `start`, s of the performance counter, and tell of its end."""
        self.seconds[name] = time.perf_counter() - start
        self.observer.done(name, reused=reused, seconds=self.seconds[name])


def threads(jobs: int) -> int:
    """Cut to the processors: more threads only take memory and turns from each other."""
    return min(jobs, os.cpu_count() or 1)
