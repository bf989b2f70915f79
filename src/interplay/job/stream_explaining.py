"""What a model of a stream goes by: the explain stage of an event list."""

from __future__ import annotations

from dataclasses import fields, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from interplay._core.errors import DataError
from interplay._core.protocols import Progress
from interplay._core.provenance import digest, versions
from interplay.data import TemporalGraph, split_events
from interplay.job.folder import Folder
from interplay.job.plan import Plan
from interplay.job.store import load_result, save_result
from interplay.job.stream_size import stream_size
from interplay.job.stream_stage import scored_part
from interplay.job.stream_trainings import MODELS
from interplay.report.stream_findings import StreamFindings
from interplay.represent import STREAM_METHODS

#: Models whose single events can be weighed, the first that was trained is explained; links before signs.
_WEIGHABLE = ("tgn",)
#: Events that all passes of the explainer may read, and its passes: at most and at least.
_BUDGET, _EPOCHS, _LEAST_EPOCHS = 300_000, 20, 3
#: Events that are asked about in training and in the test.
_LEARNT, _TESTED = 1000, 300
#: Part of the stage's key.
RULE = (_WEIGHABLE, _BUDGET, _EPOCHS, _LEAST_EPOCHS, _LEARNT, _TESTED)


def explain(
    plan: Plan,
    graph: TemporalGraph,
    folder: Folder,
    foretold: tuple[StreamFindings, ...] | str,
    *,
    progress: Progress,
) -> Any:
    """Train an explainer on a trained model, and hold it against simpler ways of scoring events.

    Parameters
    ----------
    plan : Plan
    graph : TemporalGraph
    folder : Folder
        Keeps the trained explainer, and where an unfinished training stands.
    foretold : tuple of StreamFindings, or str
        Whose trained models may be explained.
    progress : callable

    Returns
    -------
    EventExplanation, or str
        Why there is nothing to explain.
    """
    if plan.stream_explain == "none":
        return "Nothing was explained: none was asked for."
    if isinstance(foretold, str):
        return "Nothing was explained, for no model was trained."
    name = explained_model(foretold)
    findings = next((one for one in foretold if name in one.trained), None)
    if findings is None:
        return (
            "Nothing was explained: that takes a model that looks back at single events, which of those there are "
            f"{', '.join(_WEIGHABLE)} does, and none was trained."
        )
    trained = _with_config(findings.trained[name][0], name)
    part = scored_part(graph, stream_size(plan, graph))
    try:
        return _explained(plan, part, trained, folder, progress)
    except DataError as error:
        return f"Nothing was explained: {error}"


def explained_model(foretold: tuple[StreamFindings, ...] | str) -> str:
    """Name the model that is explained.

    Parameters
    ----------
    foretold : tuple of StreamFindings, or str

    Returns
    -------
    str
        Empty where none was trained that can be.
    """
    if isinstance(foretold, str):
        return ""
    return next((name for one in foretold for name in _WEIGHABLE if name in one.trained), "")


def _with_config(trained: Any, name: str) -> Any:
    """Give a stored model a configuration that builds it again; what the folder keeps is a record of its settings."""
    method = STREAM_METHODS[name]
    return replace(trained, config=method(**{f.name: getattr(trained.config, f.name) for f in fields(method)}))


def _explained(plan: Plan, graph: TemporalGraph, trained: Any, folder: Folder, progress: Progress) -> Any:
    from interplay.explain.temp_me import TempME

    split = split_events(graph)
    epochs = int(np.clip(_BUDGET // max(split.validation_stop, 1), _LEAST_EPOCHS, _EPOCHS))
    config = TempME(epochs=epochs, queries=_LEARNT, seed=plan.seed)
    parameters = {key: np.asarray(value) for key, value in trained.parameters.items()}
    key = digest("temp_me", config, graph.digest, parameters, versions())
    name = f"temp_me-{trained.method}-{trained.aim}"
    checkpoint = folder.path / "stages" / f"stream-{name}-{key[:12]}.pt"

    def learn() -> Any:
        told = partial(_share, progress, 0, 7)
        return config.fit(trained, graph, split=split, checkpoint=checkpoint, progress=told)

    def save(path: Path, result: Any) -> None:
        save_result(path, result)
        checkpoint.unlink(missing_ok=True)

    (folder.path / MODELS).mkdir(exist_ok=True)
    learnt = folder.stage(f"train {name}", f"{MODELS}/{name}.npz", key, learn, save, load_result)[0]
    found = config.explain(
        learnt, trained, graph, split=split, queries=_TESTED, progress=partial(_share, progress, 7, 3)
    )
    progress(1000, 1000)
    return replace(found, notes=(*found.notes, *learnt.notes))


def _share(progress: Progress, before: int, share: int, done: int, total: int) -> None:
    """Tell of some tenths of the stage."""
    progress(100 * before + 100 * share * done // max(total, 1), 1000)
