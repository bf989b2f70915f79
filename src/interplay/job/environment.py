"""What the run ran on: enough to make it again, nothing that differs between two equal runs on one machine."""

from __future__ import annotations

import platform
import subprocess
from pathlib import Path
from typing import Any

from interplay._core.provenance import versions
from interplay.data import Cohort, LabelledEvents, LabelledImages, Recording, TemporalGraph


def environment(data: Recording | TemporalGraph | Cohort | LabelledEvents | LabelledImages) -> dict[str, Any]:
    """Describe versions, machine and source state.

    Parameters
    ----------
    data : Recording, TemporalGraph, Cohort, LabelledEvents or LabelledImages
        Its digest is recorded.

    Returns
    -------
    dict
        Plain values for JSON.
    """
    return {
        "input_digest": data.digest,
        "versions": versions(),
        "platform": platform.platform(),
        "processor": platform.processor() or platform.machine(),
        "device": "cpu",
        "git": _git(),
    }


def _git() -> str | None:
    """Commit of the source tree the package runs from, with a mark if it was changed; None outside a checkout."""
    here = Path(__file__).resolve().parent
    try:
        answer = subprocess.run(
            ["git", "-C", str(here), "describe", "--always", "--dirty", "--abbrev=12"],
            capture_output=True,
            text=True,
            timeout=5,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.strip() or None
