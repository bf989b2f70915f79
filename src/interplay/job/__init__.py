"""The main job: a plan, its stages, and the folder it leaves behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interplay._core.lazy import exports

if TYPE_CHECKING:
    from interplay.job.network_files import about_network, write_snapshots
    from interplay.job.pipeline import infer, infer_named, infer_result, report_again, run
    from interplay.job.plan import Plan

_HOME = {
    "Plan": "plan",
    "about_network": "network_files",
    "infer": "pipeline",
    "infer_named": "pipeline",
    "infer_result": "pipeline",
    "report_again": "pipeline",
    "run": "pipeline",
    "write_snapshots": "network_files",
}

__all__ = ["Plan", "about_network", "infer", "infer_named", "infer_result", "report_again", "run", "write_snapshots"]

__getattr__, __dir__ = exports(__name__, _HOME)
