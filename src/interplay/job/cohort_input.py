"""Where a cohort comes from: simulated, a folder of scans, or a folder of ours that is opened without being read."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from interplay._core.errors import ConfigError, DataError
from interplay._core.protocols import Progress
from interplay.data import Cohort, LabelledEvents, LabelledImages, Recording, TemporalGraph
from interplay.job.folder import file_digest
from interplay.job.hints import read_hints
from interplay.job.plan import Plan
from interplay.job.stages import Stages

#: Where a run keeps the cohort that it simulated or put together.
COHORT = "cohort"
#: What of a simulated cohort is not as `simulate_cohort` has it: two scans each, and effects that a scan can show.
SIMULATED = {"n_subjects": 100, "sessions": 2, "gain": 0.8, "strength": 0.8}
#: Kinds of folders that hold something else.
_OTHERS = ("dish", "events")
#: Files up to this size are known by their content, larger ones by size and time of change.
_HASHED = 1 << 26
#: Settings that say how a recording or an event list is analysed.
_UNUSED = (
    "behavior",
    "readout_window_s",
    "window_s",
    "step_s",
    "method_set",
    "bin_s",
    "surrogates",
    "epochs",
    "embedding_seeds",
    "embedding_nodes",
    "circuit_units",
    "circuit_window_s",
    "circuit_tau_s",
    "circuit_draws",
    "stream_epochs",
    "stream_seeds",
    "stream_batch",
)


def is_cohort(plan: Plan) -> bool:
    """Tell whether a plan is about a cohort.

    Parameters
    ----------
    plan : Plan

    Returns
    -------
    bool
        True for a simulated one, and for a folder of scans of subjects.

    Raises
    ------
    DataError
        For a folder of labelled gestures, which is for another command.
    """
    if plan.input is None:
        return plan.simulation == "cohort"
    path = Path(plan.input)
    if not path.is_dir():
        return False
    from interplay.io import sniff

    kind = sniff(path)
    if kind == "gestures":
        raise _labelled(f"labelled gestures in {path}")
    return kind not in _OTHERS


def require_use(plan: Plan) -> None:
    """Refuse settings that say how a recording is analysed.

    Parameters
    ----------
    plan : Plan

    Raises
    ------
    ConfigError
    """
    for name in _UNUSED:
        if getattr(plan, name) not in (None, ()):
            raise ConfigError(
                f"`{name}` must be left out for a cohort, which has no use for it, got {getattr(plan, name)!r}. Remove "
                "the option; settings of cohorts begin with --cohort."
            )


def read_cohort(plan: Plan, stages: Stages, *, again: bool = False) -> Cohort:
    """Give the cohort of a plan: mapped from a folder of ours, or kept as one in the folder of the run.

    Parameters
    ----------
    plan : Plan
    stages : Stages
    again : bool
        Whether the cohort that the folder keeps is taken as it stands, where it keeps one.

    Returns
    -------
    Cohort

    Raises
    ------
    ConfigError, DataError
        As loading does.
    """
    from interplay.io import load, open_cohort, save_cohort, sniff
    from interplay.io.cohort_store import MANIFEST

    stored = stages.folder.standing("record") if again else None
    if stored is not None:
        start = time.perf_counter()
        stages.observer.stage("record")
        kept = open_cohort(stored.parent)
        stages.ended("record", start, reused=True)
        return kept
    hints = read_hints(plan.hint)
    if plan.input is not None and sniff(plan.input) == "cohort":
        found = load(plan.input, **hints)
        return require_cohort(found, plan.input)
    if plan.input is None and hints:
        raise ConfigError("`hint` must be left out where there is no `input` to say something about.")

    def make(progress: Progress) -> Cohort:
        if plan.input is None:
            from interplay.circuits import simulate_cohort

            return simulate_cohort(seed=plan.seed, **SIMULATED)
        return require_cohort(load(plan.input, **hints), plan.input)

    key: tuple[Any, ...] = ("simulated", SIMULATED, plan.seed)
    if plan.input is not None:
        root = Path(plan.input)
        key = ("folder", [(str(p.relative_to(root)), _mark(p)) for p in _files(root)], sorted(hints.items()))
    return stages.keep(  # type: ignore[no-any-return]
        "record",
        f"{COHORT}/{MANIFEST}",
        key,
        make,
        save=lambda path, cohort: save_cohort(cohort, path.parent),
        load=lambda path: open_cohort(path.parent),
    )


def require_cohort(found: Any, source: str) -> Cohort:
    """Refuse what is no cohort."""
    if not isinstance(found, Cohort):
        raise DataError(f"`input` must be a cohort, got {found!r} in {source}. Name a folder of scans of subjects.")
    return found


def require_no_cohort(
    data: Recording | TemporalGraph | Cohort | LabelledEvents | LabelledImages,
) -> Recording | TemporalGraph:
    """Refuse a cohort, or labelled samples, where a recording or an event list is to be analysed.

    Parameters
    ----------
    data : Recording, TemporalGraph, Cohort, LabelledEvents or LabelledImages

    Returns
    -------
    Recording or TemporalGraph

    Raises
    ------
    DataError
    """
    if isinstance(data, Cohort):
        raise DataError(
            f"`input` must be a recording or an event list here, got {data!r}. Take `interplay run`, or `interplay "
            "represent --method brainsymphony`."
        )
    if isinstance(data, LabelledEvents | LabelledImages):
        raise _labelled(repr(data))
    return data


def _labelled(what: str) -> DataError:
    return DataError(
        f"`input` must be a recording, an event list or a cohort here, got {what}. Labelled samples are for `interplay "
        "spiking train`."
    )


def _files(root: Path) -> list[Path]:
    found = (p for p in root.rglob("*") if p.is_file())
    return sorted(p for p in found if not any(part.startswith(".") for part in p.relative_to(root).parts))


def _mark(path: Path) -> Any:
    stat = path.stat()
    return file_digest(path) if stat.st_size <= _HASHED else [stat.st_size, stat.st_mtime_ns]
