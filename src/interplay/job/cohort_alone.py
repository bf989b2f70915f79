"""A model of cohorts without a run: pre-trained and kept, and put to work on scans."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from interplay._core.errors import ConfigError, DataError
from interplay._core.protocols import Progress
from interplay.data import Cohort
from interplay.data.cohort import CohortSplit
from interplay.job.cohort_files import write_brain_embedding
from interplay.job.cohort_input import is_cohort, read_cohort, require_cohort
from interplay.job.cohort_model import (
    MODEL,
    checkpoint_folder,
    clear_checkpoints,
    config_of,
    load_model,
    pretrain,
    seen_by_model,
)
from interplay.job.cohort_size import CohortSize, cohort_size
from interplay.job.describe import as_csv
from interplay.job.embedding_alone import TrainingStopped
from interplay.job.folder import Folder
from interplay.job.hints import read_hints
from interplay.job.plan import Plan
from interplay.job.stages import Observer, Stages

#: Share of the subjects that stages are stopped by.
_WATCHED = 0.15
#: Settings of a plan that pre-training has a use for.
PRETRAINS = (
    "hint",
    "cohort_modality",
    "cohort_transform",
    "cohort_times",
    "cohort_width",
    "cohort_layers",
    "cohort_epochs",
    "device",
    "seed",
)
#: What of `interplay represent` a model of cohorts has a use for, that is trained already.
_READS = ("hint", "device")


@dataclass(frozen=True, eq=False, kw_only=True)
class Pretrained:
    """A model, and what it was made from.

    Attributes
    ----------
    model : BrainModel
    cohort : Cohort
    split : CohortSplit
    path : Path
        Of the model.
    notes : tuple of str
        What was chosen, and why.
    """

    model: Any
    cohort: Cohort
    split: CohortSplit
    path: Path
    notes: tuple[str, ...] = field(default=())


def pretrain_alone(
    plan: Plan,
    out: Path,
    *,
    method: str = "brainsymphony",
    settings: tuple[str, ...] = (),
    held_out: float = 0.0,
    observer: Observer,
) -> Pretrained:
    """Pre-train on a cohort, and keep the model.

    Parameters
    ----------
    plan : Plan
        Its input is a cohort; none simulates one.
    out : Path
        Folder. The same call goes on from the last pass that a checkpoint was written after.
    method : str
        A name of `interplay.represent.COHORT_METHODS`.
    settings : tuple of str
        Of the method, each "key=value".
    held_out : float, in [0, 1)
        Share of the subjects that nothing is learnt from, for a later read-out.
    observer : Observer

    Returns
    -------
    Pretrained

    Raises
    ------
    ConfigError, DataError, NumericalError
        As loading and the method do.
    TrainingStopped
        For KeyboardInterrupt, once there is a checkpoint.
    """
    plan = plan.model_copy(update={"simulation": "cohort"}) if plan.input is None else plan
    require_scans(plan)
    folder = Folder(out)
    with folder.locked():
        folder.refuse_others(Plan.model_fields)
        stages = Stages(folder, observer)
        cohort = read_cohort(plan, stages)
        seen = seen_by_model(plan, cohort)
        split = _split(seen, held_out, plan.seed)
        size = cohort_size(plan, seen, split.train, settings, method=method)
        folder.write("plan.toml", plan.toml())
        place = folder.path / "stages"

        def make(progress: Progress) -> Any:
            return _trained(size, seen, split, place, plan.device, progress)

        key = (size.config, seen.digest, split.train, split.validation)
        model = stages.keep("pre-train", MODEL, key, make)
        clear_checkpoints(place)
        folder.write("training.csv", as_csv(training_columns(model)))
        who = [("train", split.train), ("validation", split.validation), ("held out", split.test)]
        rows = [(str(cohort.subject[s]), str(cohort.session[s]), side) for side, part in who for s in part]
        columns = dict(zip(("subject", "session", "side"), map(list, zip(*rows, strict=True)), strict=True))
        folder.write("split.csv", as_csv(columns))
    return Pretrained(model=model, cohort=cohort, split=split, path=folder.path / MODEL, notes=size.notes)


def _trained(size: CohortSize, cohort: Cohort, split: CohortSplit, place: Path, device: str, progress: Progress) -> Any:
    """Pre-train; say of Ctrl-C what it leaves behind."""
    try:
        return pretrain(size, cohort, split, place, device=device, progress=progress)
    except KeyboardInterrupt:
        left = checkpoint_folder(place, size, cohort, split)
        if left.is_dir() and any(left.iterdir()):
            raise TrainingStopped from None
        raise


def _split(cohort: Cohort, held_out: float, seed: int) -> CohortSplit:
    if not 0 <= held_out < 1:
        raise ConfigError(f"`held_out` must be a share in [0, 1), got {held_out:g}.")
    none = np.empty(0, dtype=np.int64)
    if cohort.n_subjects < 2:
        if held_out:
            raise DataError("`held_out` must be 0 for one subject, which is all there is to learn from.")
        return CohortSplit(np.arange(len(cohort)), none, none)
    try:
        return cohort.split(validation=_WATCHED if cohort.n_subjects >= 4 else 0.0, test=held_out, seed=seed)
    except DataError:
        return cohort.split(validation=0.0, test=held_out, seed=seed)


def training_columns(model: Any) -> dict[str, list[Any]]:
    """Give the course of every stage as columns.

    Parameters
    ----------
    model : BrainModel

    Returns
    -------
    dict of str to list
        stage, epoch (from 1), loss, held_out (NaN without), kept.
    """
    out: dict[str, list[Any]] = {name: [] for name in ("stage", "epoch", "loss", "held_out", "kept")}
    for stage, parts in model.loss.items():
        n = len(parts["loss"])
        held = parts.get("held_out", np.full(n, np.nan))
        out["stage"] += [stage] * n
        out["epoch"] += list(range(1, n + 1))
        out["loss"] += parts["loss"].tolist()
        out["held_out"] += np.asarray(held, dtype=np.float64).tolist()
        out["kept"] += [k == model.best_epoch[stage] for k in range(n)]
    return out


def represent_cohort(
    plan: Plan,
    method: str,
    settings: tuple[str, ...],
    out: Path,
    *,
    model: Path | None,
    observer: Observer,
) -> tuple[Any, tuple[str, ...]]:
    """Give every region of every scan its vector, and write them.

    Parameters
    ----------
    plan : Plan
        Its input is a cohort.
    method : str
    settings : tuple of str
        Of the method, where it is trained here.
    out : Path
        Ends in .npz or .csv. While a model is trained, checkpoints stand in a folder beside it.
    model : Path or None
        A model.npz; without one a model is pre-trained on this cohort, without its covariates.
    observer : Observer

    Returns
    -------
    embedding : BrainEmbedding
    notes : tuple of str

    Raises
    ------
    ConfigError, DataError, NumericalError
        As loading and the method do; ConfigError also for settings of a model that is trained already.
    TrainingStopped
        For KeyboardInterrupt, once there is a checkpoint.
    """
    from interplay.io import load

    require_scans(plan)
    _require_use(plan, settings, trained=model is not None)
    known = None if model is None else load_model(model)
    if known is not None and known.method != method:
        raise ConfigError(f"`--method` must be that of the model, got {method!r} and {known.method!r}. Change one.")
    cohort = require_cohort(load(str(plan.input), **read_hints(plan.hint)), str(plan.input))
    notes: tuple[str, ...] = ()
    if known is None:
        split = _split(cohort, 0.0, plan.seed)
        size = cohort_size(plan, cohort, split.train, settings, method=method)
        place = out.parent / f"{out.name}.checkpoints"
        known = _trained(size, cohort, split, place, plan.device, observer.stage("pre-train"))
        notes = (*size.notes, "The model was pre-trained on these scans: it has seen all of them, and no covariate.")
        clear_checkpoints(place)
        if place.is_dir():
            place.rmdir()
    config = config_of(known)
    found = config.embed(known, cohort, device=plan.device, progress=observer.stage("represent"))
    write_brain_embedding(out, found)
    seen = int(np.isin(np.unique(cohort.subject), known.trained_on).sum())
    if model is not None and seen:
        notes = (*notes, f"{seen} of {cohort.n_subjects} subjects are among those that the model was trained on.")
    return found, (*notes, *found.notes)


def require_scans(plan: Plan) -> None:
    """Refuse an input that is no folder of scans, before it is read.

    Parameters
    ----------
    plan : Plan

    Raises
    ------
    DataError
    """
    if plan.input is not None and not is_cohort(plan):
        raise DataError(
            f"`input` must be a folder of scans of subjects for a model of cohorts, got {plan.input}. Give a cohort "
            "folder, or a BIDS derivative."
        )


def _require_use(plan: Plan, settings: tuple[str, ...], *, trained: bool) -> None:
    free = {"input", *(_READS if trained else (*_READS, "seed", "cohort_epochs"))}
    for name in sorted(plan.model_fields_set - free):
        if getattr(plan, name) not in (None, ()):
            why = "which is trained already" if trained else "which has no use for it"
            raise ConfigError(
                f"`--{name.replace('_', '-')}` must be left out for this model of cohorts, {why}. Remove the option."
            )
    if trained and settings:
        raise ConfigError(f"`--set` must be left out for a model that is trained already, got {settings[0]!r}.")
