"""The main job: a plan, its stages, and the folder it leaves behind."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from interplay.job.pipeline import infer, report_again, run, write_snapshots
    from interplay.job.plan import Plan

_HOME = {
    "Plan": "plan",
    "infer": "pipeline",
    "report_again": "pipeline",
    "run": "pipeline",
    "write_snapshots": "pipeline",
}

__all__ = ["Plan", "infer", "report_again", "run", "write_snapshots"]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f"interplay.job.{_HOME[name]}"), name)
    raise AttributeError(f"module 'interplay.job' has no attribute {name!r}")
