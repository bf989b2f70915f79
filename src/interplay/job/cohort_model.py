"""A model of a cohort's scans: trained, kept as a file, and taken up again."""

from __future__ import annotations

import shutil
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import DataError
from interplay._core.protocols import Progress
from interplay._core.provenance import digest, versions
from interplay.data import Cohort
from interplay.data.cohort import CohortSplit
from interplay.job.cohort_size import PROBE, CohortSize
from interplay.job.cohort_targets import CohortTask, as_text
from interplay.job.folder import Folder
from interplay.job.plan import Plan
from interplay.job.store import load_result
from interplay.represent import COHORT_METHODS

#: The trained model in the folder of a run.
MODEL = "model.npz"
#: Trainings on labels: from what, and how deep.
WAYS = {
    "fine-tuned": ("full", True),
    "linear probe": ("probe", True),
    "from scratch": ("full", False),
}


def seen_by_model(plan: Plan, cohort: Cohort) -> Cohort:
    """Give the scans as the model reads them: with the modality that the plan asks for.

    Parameters
    ----------
    plan : Plan
    cohort : Cohort

    Returns
    -------
    Cohort
        The same rows; a scan without the modality is refused.
    """
    if plan.cohort_modality == "both":
        return cohort
    has = cohort.has_function if plan.cohort_modality == "function" else cohort.has_structure
    if not has.all():
        s = int(np.argmin(has))
        raise DataError(
            f"scan {s} (subject {cohort.subject[s]!r}) has no {plan.cohort_modality}, which is all that the model is "
            "to read. Leave the scan out, or take --cohort-modality both."
        )
    return cohort.only(plan.cohort_modality)


def checkpoint_folder(place: Path, size: CohortSize, cohort: Cohort, split: CohortSplit) -> Path:
    """Name the folder in which an unfinished pre-training stands: its own for every training.

    Parameters
    ----------
    place : Path
        Below which it lies.
    size : CohortSize
    cohort : Cohort
    split : CohortSplit

    Returns
    -------
    Path
    """
    key = digest("pre-train", size.config, cohort.digest, split.train, split.validation, versions())
    return place / f"pretrain-{key[:12]}"


def pretrain(
    size: CohortSize, cohort: Cohort, split: CohortSplit, place: Path, *, device: str, progress: Progress
) -> Any:
    """Pre-train, from where an unfinished training stands.

    Parameters
    ----------
    size : CohortSize
    cohort : Cohort
    split : CohortSplit
        Tested subjects are not read.
    place : Path
        Where checkpoints are kept.
    device : str
    progress : callable

    Returns
    -------
    BrainModel
    """
    folder = checkpoint_folder(place, size, cohort, split)
    return size.config.fit(
        cohort, train=split.train, validation=split.validation, checkpoint=folder, device=device, progress=progress
    )


def clear_checkpoints(place: Path) -> None:
    """Remove the checkpoints of finished or abandoned trainings."""
    for left in place.glob(f"pretrain-{'[0-9a-f]' * 12}"):
        shutil.rmtree(left, ignore_errors=True)
    for left in place.glob(f"finetune-{'[0-9a-f]' * 12}.checkpoint"):
        left.unlink(missing_ok=True)


def config_of(model: Any) -> Any:
    """Build the configuration of a model that was read from a file.

    Parameters
    ----------
    model : BrainModel

    Returns
    -------
    BrainSymphony

    Raises
    ------
    DataError
        If it is of a method that is not known here, or has settings that are not.
    """
    if model.method not in COHORT_METHODS:
        raise DataError(f"the model must be of a known method, got {model.method!r}. Train it again.")
    kind = COHORT_METHODS[model.method]
    if isinstance(model.config, kind):
        return model.config
    known = {field.name for field in fields(kind)}
    given = {field.name: getattr(model.config, field.name) for field in fields(model.config)}
    more = sorted(set(given) - known)
    if more:
        raise DataError(f"the model has a setting that this version does not know, {more[0]!r}. Train it again.")
    return kind(**given)


def load_model(path: Path) -> Any:
    """Read a model that a run or `interplay pretrain` left.

    Parameters
    ----------
    path : Path
        An .npz file.

    Returns
    -------
    BrainModel

    Raises
    ------
    DataError
        If the file is missing, damaged, or holds something else.
    """
    from interplay.represent.brain.results import BrainModel

    try:
        found = load_result(path)
    except DataError as error:
        raise DataError(f"{path} must be a model of `interplay pretrain`: {error}") from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DataError(f"{path} must be a model of `interplay pretrain`: it cannot be read ({error}).") from error
    if not isinstance(found, BrainModel):
        raise DataError(
            f"{path} must be a model of `interplay pretrain`, got {type(found).__name__}. Name its model.npz."
        )
    return replace(found, config=config_of(found))


def learn_labels(
    plan: Plan,
    size: CohortSize,
    model: Any,
    cohort: Cohort,
    task: CohortTask,
    way: str,
    folder: Folder,
    progress: Progress,
    *,
    modality: str = "both",
) -> Any:
    """Train a head on labels, and foretell every scan.

    Parameters
    ----------
    plan : Plan
    size : CohortSize
    model : BrainModel
    cohort : Cohort
    task : CohortTask
    way : str
        Of `WAYS`.
    folder : Folder
        Keeps where an unfinished training stands.
    progress : callable
    modality : {"both", "function", "structure"}

    Returns
    -------
    BrainReadout
        Without parameters.
    """
    from interplay.represent.brain.method import Tuning

    depth, pretrained = WAYS[way]
    rate = None if depth == "probe" else size.config.learning_rate / 2
    tuning = Tuning(epochs=PROBE if depth == "probe" else size.epochs, learning_rate=rate, batch=8, patience=10)
    known = as_text(cohort, task)
    key = digest(size.config, tuning, way, modality, cohort.digest, task.name, task.train, task.validation, versions())
    checkpoint = folder.path / "stages" / f"finetune-{key[:12]}.checkpoint"
    found = size.config.finetune(
        model if pretrained else None,
        known,
        task.name,
        train=task.train,
        validation=task.validation if len(task.validation) else None,
        depth=depth,
        modality=modality,
        tuning=tuning,
        checkpoint=checkpoint,
        device=plan.device,
        progress=progress,
    )
    checkpoint.unlink(missing_ok=True)
    return replace(found, parameters={})


def predicted_codes(found: Any, task: CohortTask) -> NDArray[np.float64]:
    """Give what was foretold of the tested scans as numbers, or codes of the task's classes.

    Parameters
    ----------
    found : BrainReadout
    task : CohortTask

    Returns
    -------
    (n,) float64 array
    """
    told = found.prediction[task.test]
    if not task.classes:
        return np.asarray(told, dtype=np.float64)
    place = {name: k for k, name in enumerate(task.classes)}
    return np.array([place[str(name)] for name in told], dtype=np.float64)
