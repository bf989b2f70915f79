"""One progress bar per long stage, drawn on standard error; silent where that is not a terminal."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from interplay._core.protocols import Progress as Report


class Bars:
    """Progress bars as the `observer` of a run."""

    def __init__(self) -> None:
        self.console = Console(stderr=True)
        self._bars = Progress(
            TextColumn("{task.description:<22s}"),
            BarColumn(bar_width=32),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=self.console,
            disable=not self.console.is_terminal,
        )

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def stage(self, name: str) -> Report:
        """Open a bar and give the function that moves it."""
        task = self._bars.add_task(name, total=None)

        def report(done: int, total: int) -> None:
            self._bars.update(task, completed=done, total=total)

        return report

    def done(self, name: str, *, reused: bool, seconds: float) -> None:
        """Say that a stage has ended; on a terminal its bar is completed."""
        for task in self._bars.tasks:
            if task.description == name and not task.finished:
                total = task.total or 1
                self._bars.update(task.id, completed=total, total=total)
        if not self.console.is_terminal or reused:
            how = "as before" if reused else f"{seconds:.1f} s"
            self.console.print(f"{name}: {how}", highlight=False)
