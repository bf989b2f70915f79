"""Spiking networks trained and judged: stages in a folder, a page, and values for other programs."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from interplay._core.errors import ConfigError, DataError, NumericalError
from interplay._core.protocols import Progress
from interplay._core.provenance import digest, versions
from interplay.job.describe import as_csv
from interplay.job.embedding_alone import TrainingStopped
from interplay.job.environment import environment
from interplay.job.folder import Folder
from interplay.job.spiking_judging import (
    ASKED,
    Judged,
    best_baseline,
    difference,
    judge_network,
    judge_readout,
    shown_activity,
)
from interplay.job.spiking_linear import LinearReadout, linear_readouts
from interplay.job.spiking_pages import score_columns, spiking_lines, spiking_page, spiking_summary
from interplay.job.spiking_plan import BASELINES, TABLE, SpikingPlan
from interplay.job.spiking_task import Task, foreign_samples, fresh_samples, only_judged, read_task
from interplay.job.stages import Observer, Stages
from interplay.report.spiking_findings import SpikingCourse, SpikingFindings, SpikingScore
from interplay.spiking.nets import load_model, save_model
from interplay.spiking.nets.results import SpikingModel

#: The network that was asked for, in the folder.
MODEL = "model.npz"
_LINEAR = "stages/linear.npz"
_BESIDE = "stages/beside.npz"


@dataclass(frozen=True, eq=False, kw_only=True)
class SpikingDone:
    """What came of a training or of judging.

    Attributes
    ----------
    lines : list of str
        For the terminal.
    notes : tuple of str
    report, model : Path
    """

    lines: list[str]
    notes: tuple[str, ...]
    report: Path
    model: Path


@dataclass(frozen=True, eq=False, kw_only=True)
class _Trained:
    """Networks by name, the one that was asked for first, what needs none, and the baseline to compare with."""

    models: Mapping[str, SpikingModel]
    linear: tuple[LinearReadout, ...]
    beside: str
    notes: tuple[str, ...]


def train_spiking(plan: SpikingPlan, out: Path, *, observer: Observer) -> SpikingDone:
    """Train a network and its baselines on a task, judge all of them, and write what was found.

    Parameters
    ----------
    plan : SpikingPlan
    out : Path
        Folder. The same call goes on from the last finished stage, and inside a training from its last epoch.
    observer : Observer

    Returns
    -------
    SpikingDone

    Raises
    ------
    ConfigError, DataError, NumericalError
        As reading and training do.
    TrainingStopped
        For KeyboardInterrupt, once there is a checkpoint.
    """
    source = None if plan.input is None else Path(plan.input)
    folder = Folder(out)
    with folder.locked():
        folder.refuse_others((TABLE,))
        stages = Stages(folder, observer)
        task = read_task(plan.task, source, hold_out=plan.hold_out, seed=plan.seed)
        folder.write("plan.toml", plan.toml())
        trained = _train(plan, task, stages)
        findings = _judge(plan, task, trained, stages)
        return _written(plan, task, trained, findings, folder, folder.path / MODEL, source)


def evaluate_spiking(
    place: Path,
    source: Path | None,
    out: Path,
    *,
    draws: int | None = None,
    seed: int | None = None,
    device: str | None = None,
    observer: Observer,
) -> SpikingDone:
    """Judge networks that `train_spiking` left in a folder on other samples.

    Parameters
    ----------
    place : Path
        That folder.
    source : Path or None
        Samples; None takes new look-alikes of the task, of other speakers or subjects.
    out : Path
        Folder for what is found.
    draws : int or None
        Networks averaged; None takes as many as in training.
    seed : int or None
        Of draws and of look-alikes; None takes the next after that of the training.
    device : str or None
        None takes that of the training.
    observer : Observer

    Returns
    -------
    SpikingDone

    Raises
    ------
    ConfigError, DataError
        As reading does; DataError also where the folder holds no trained network, or the samples are those that it was
        trained on.
    """
    known = SpikingPlan.read(place / "plan.toml")
    chosen = known.seed + 1 if seed is None else seed
    plan = SpikingPlan(
        **{
            **{name: getattr(known, name) for name in SpikingPlan.__dataclass_fields__},
            "input": None if source is None else str(source),
            "draws": known.draws if draws is None else draws,
            "seed": chosen,
            "device": known.device if device is None else device,
        }
    )
    trained = _kept(place, known)
    folder = Folder(out)
    with folder.locked():
        folder.refuse_others((TABLE,))
        stages = Stages(folder, observer)
        samples = fresh_samples(plan.task, source, plan.seed)
        task = only_judged(plan.task, samples, source, hold_out=known.hold_out)
        _require_others(task, trained.models[ASKED])
        folder.write("plan.toml", plan.toml())
        findings = _judge(plan, task, trained, stages)
        return _written(plan, task, trained, findings, folder, place / MODEL, source)


def _train(plan: SpikingPlan, task: Task, stages: Stages) -> _Trained:
    models: dict[str, SpikingModel] = {}
    notes: list[str] = []
    wanted: dict[str, dict[str, Any]] = {ASKED: {}}
    if plan.baselines:
        wanted |= {name: changed for name, (changed, _) in BASELINES.items()}
    for k, (name, changed) in enumerate(wanted.items()):
        try:
            config = plan.config(**changed)
            models[name] = _network(plan, task, stages, name, config, MODEL if k == 0 else _baseline_file(k))
        except (ConfigError, NumericalError) as error:
            if k == 0:
                raise
            notes.append(f"The baseline {name!r} could not be trained: {error}")
    _clear(stages.folder)
    linear = stages.keep(
        "linear baselines",
        _LINEAR,
        task.digests,
        lambda progress: linear_readouts(task.learn, task.train, task.watched),
    )
    parameters = [dict(model.parameters) for model in models.values()]
    beside = stages.keep(
        "choose the baseline to compare with",
        _BESIDE,
        (*task.digests, parameters, plan.seed, plan.device),
        lambda progress: best_baseline(
            {name: model for name, model in models.items() if name != ASKED},
            linear,
            task.learn,
            task.watched,
            seed=plan.seed,
            device=plan.device,
        ),
    )
    return _Trained(models=models, linear=tuple(linear), beside=beside, notes=tuple(notes))


def _baseline_file(k: int) -> str:
    return f"baseline-{k}.npz"


def _network(plan: SpikingPlan, task: Task, stages: Stages, name: str, config: Any, file: str) -> SpikingModel:
    key = (config, *task.digests)
    checkpoint = stages.folder.path / "stages" / f"spiking-{digest(*key, versions())[:12]}.checkpoint"

    def make(progress: Progress) -> SpikingModel:
        try:
            found: SpikingModel = config.fit(
                task.learn,
                train=task.train,
                validation=task.watched,
                checkpoint=checkpoint,
                device=plan.device,
                progress=progress,
            )
            return found
        except KeyboardInterrupt:
            if checkpoint.is_file():
                raise TrainingStopped from None
            raise

    model: SpikingModel = stages.keep(f"train {name}", file, key, make, save=save_model, load=load_model)
    return model


def _clear(folder: Folder) -> None:
    """Remove the checkpoints of finished or abandoned trainings."""
    for left in (folder.path / "stages").glob(f"spiking-{'[0-9a-f]' * 12}.checkpoint"):
        left.unlink(missing_ok=True)


def _kept(place: Path, plan: SpikingPlan) -> _Trained:
    from interplay.job.store import load_result

    if not (place / MODEL).is_file():
        raise DataError(f"{place} must hold a trained network, but {MODEL} is missing. Let the training end first.")
    models = {ASKED: load_model(place / MODEL)}
    for k, name in enumerate(BASELINES, start=1):
        if plan.baselines and (place / _baseline_file(k)).is_file():
            models[name] = load_model(place / _baseline_file(k))
    linear = load_result(place / _LINEAR) if (place / _LINEAR).is_file() else ()
    beside = load_result(place / _BESIDE) if (place / _BESIDE).is_file() else ""
    return _Trained(models=models, linear=tuple(linear), beside=beside, notes=())


def _require_others(task: Task, model: SpikingModel) -> None:
    """Refuse to judge a network on the very samples that it was trained on."""
    if str(task.judge.digest) == model.made_from:
        raise DataError(
            "`DATA` must hold samples that the network has not seen, but these are the ones it was trained with. "
            "Training has judged the part that it kept aside: see its report. Give other samples, or another seed."
        )


def _judge(plan: SpikingPlan, task: Task, trained: _Trained, stages: Stages) -> SpikingFindings:
    foreign = foreign_samples(task, seed=plan.seed)
    judged: dict[str, Judged] = {}
    for k, (name, model) in enumerate(trained.models.items()):
        key = (model.config, dict(model.parameters), *task.digests, plan.draws, plan.seed, plan.device)
        about = BASELINES[name][1] if name in BASELINES else "The network that was asked for."
        judged[name] = stages.keep(
            f"judge {name}", f"stages/judged-{k}.npz", key, _judging(plan, task, name, about, model, foreign)
        )
    rows = [score for found in judged.values() for score in found.scores]
    rows += [judge_readout(readout, task.judge, task.test, seed=plan.seed) for readout in trained.linear]
    rows.sort(key=lambda row: ("model", "baseline", "chance").index(row.role))
    asked = trained.models[ASKED]
    unseen = asked.config.unseen(asked.config.prepare(task.judge), task.test)
    return SpikingFindings(
        task=task.name,
        method=asked.method,
        synthetic=task.synthetic,
        about=task.about,
        by_group=task.by_group,
        classes=tuple(map(str, task.judge.classes)),
        n_train=len(task.train),
        n_watched=len(task.watched),
        n_test=len(task.test),
        n_groups=len(np.unique(_group(task))),
        scores=tuple(rows),
        **_compared(rows, trained.beside, task, plan.seed),
        foreign={kind: about for kind, (about, _) in foreign.items()},
        detected=tuple(score for found in judged.values() for score in found.detected),
        energy={name: found.energy for name, found in judged.items()},
        rates={name: found.rates for name, found in judged.items()},
        courses=tuple(_course(name, model, judged[name]) for name, model in trained.models.items()),
        activity=shown_activity(asked, task.judge, task.test, draws=plan.draws, seed=plan.seed),
        draws=plan.draws,
        without_baselines=not plan.baselines,
        notes=(*task.notes, *trained.notes, *asked.notes, *(f"Of the judged samples: {said}" for said in unseen)),
    )


def _judging(
    plan: SpikingPlan, task: Task, name: str, about: str, model: SpikingModel, foreign: Mapping[str, Any]
) -> Callable[[Progress], Judged]:
    def make(progress: Progress) -> Judged:
        done = 0

        def tick() -> None:
            nonlocal done
            done += 1
            progress(done, 1 + len(foreign))

        return judge_network(
            name,
            "model" if name == ASKED else "baseline",
            about,
            model,
            task.judge,
            task.test,
            foreign,
            draws=plan.draws,
            seed=plan.seed,
            device=plan.device,
            tick=tick,
        )

    return make


def _group(task: Task) -> Any:
    assert task.judge.group is not None
    return task.judge.group[task.test]


def _compared(rows: list[SpikingScore], beside: str, task: Task, seed: int) -> dict[str, Any]:
    """Compare the network at the most draws with the baseline that was best before anything was judged."""
    mine = max((row for row in rows if row.role == "model"), key=lambda row: row.draws or 0)
    best = next((row for row in rows if row.name == beside), None)
    if best is None:
        return {"compared": (mine.name, ""), "difference": (float("nan"),) * 3}
    gap = difference(mine, best, task.judge, task.test, seed=seed)
    return {"compared": (mine.name, best.name), "difference": gap}


def _course(name: str, model: SpikingModel, judged: Judged) -> SpikingCourse:
    # A file keeps its entries by name; the layers as they were passed stand in the counts.
    layers = [str(layer) for layer in judged.energy.layers]
    return SpikingCourse(
        name=name,
        role="model" if name == ASKED else "baseline",
        trace=dict(model.trace),
        best_epoch=model.best_epoch,
        gradient_start={layer: model.gradient_start[layer] for layer in layers},
        gradient_end={layer: model.gradient_end[layer] for layer in layers},
        parameters=sum(int(np.size(values)) for values in model.parameters.values()),
    )


def _written(
    plan: SpikingPlan,
    task: Task,
    trained: _Trained,
    findings: SpikingFindings,
    folder: Folder,
    model: Path,
    source: Path | None,
) -> SpikingDone:
    """Write the page, the tables and the summary; the page last, since its presence says that all is done."""
    folder.write("scores.csv", as_csv(score_columns(findings)))
    summary = spiking_summary(findings)
    folder.write("summary.json", json.dumps(summary, indent=1, sort_keys=True) + "\n")
    folder.write("environment.json", json.dumps(environment(task.judge), indent=1, sort_keys=True) + "\n")
    report = folder.write("report.html", spiking_page(plan, task, trained.models, findings, source=source))
    return SpikingDone(lines=spiking_lines(findings), notes=findings.notes, report=report, model=model)
