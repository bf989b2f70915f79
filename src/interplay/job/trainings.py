"""The trainings of a run: each is a part of its own in the folder, and goes on inside training after a kill.

They do not depend on each other, so they can be done in processes of their own, each of which writes its part.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import InterplayError, NumericalError
from interplay._core.executor import execute
from interplay._core.protocols import Progress
from interplay._core.provenance import digest, versions
from interplay.data import Recording, Snapshots
from interplay.job.embeddable import LEAST_PAST, Embeddable
from interplay.job.folder import Folder
from interplay.job.plan import Plan
from interplay.job.store import load_result, save_result
from interplay.job.training_size import TrainingSize, work
from interplay.represent.results import EmbeddingResult

#: How the methods are called where a person reads of them.
LABELS = {"tavrnn": "TAVRNN", "vgrnn": "VGRNN", "vgae": "VGAE", "statistics": "GRU on statistics"}
#: Files of trainings under way begin like this; none of them is left when all are done.
PREFIX = "training-"
#: Work of all trainings, in pairs, from which on processes are started: each costs about 2 s before it trains, which is
#: what so many pairs take.
_WORTH_PROCESSES = 1_000_000_000


@dataclass(frozen=True, eq=False, kw_only=True)
class WindowSet:
    """Networks that are embedded together: those of the run, or those of a read-out in windows of its own.

    Attributes
    ----------
    name : str
        For files and bars.
    network : Embeddable
    size : TrainingSize
    recording : Recording or None
        With the units that are the nodes, for features that are read from it.
    until_s : float, s
        The trainings that are scored on what comes later see the windows that end by then.
    """

    name: str
    network: Embeddable
    size: TrainingSize
    recording: Recording | None
    until_s: float


@dataclass(frozen=True, eq=False, kw_only=True)
class Trained:
    """What came of the trainings on one set of windows, one entry per seed.

    Attributes
    ----------
    everything : tuple of EmbeddingResult
        Trained on windows of the whole recording (transductive).
    past : tuple of EmbeddingResult
        Trained on windows that end by `until_s` (inductive); empty where these are too few.
    """

    everything: tuple[EmbeddingResult, ...]
    past: tuple[EmbeddingResult, ...]


@dataclass(frozen=True, eq=False, kw_only=True)
class _Training:
    """One training, with all that a process needs to do it.

    `name` and `key` are those of its part in the folder; `work` is counted in pairs.
    """

    windows: int
    past: bool
    config: Any
    snapshots: Snapshots
    chosen: NDArray[np.int64]
    recording: Recording | None
    until: float | None
    device: str
    name: str
    key: str
    work: float


def configure(plan: Plan, *, epochs: int, warm_up: int, seed: int) -> Any:
    """Build the configuration of the plan's model.

    Parameters
    ----------
    plan : Plan
        `represent` names a method.
    epochs, warm_up, seed : int

    Returns
    -------
    Config of a method of `interplay.represent`
        Settings of the plan that the method does not have are left out.
    """
    from interplay.represent import METHODS

    method = METHODS["tavrnn" if plan.represent == "auto" else plan.represent]
    settings = {
        "hidden": plan.hidden,
        "latent": plan.latent,
        "features": plan.node_features,
        "epochs": epochs,
        "warm_up": warm_up,
        "seed": seed,
    }
    known = {field.name for field in fields(method)}
    return method(**{name: value for name, value in settings.items() if name in known})


def train_all(plan: Plan, sets: list[WindowSet], folder: Folder, progress: Progress, *, jobs: int = 1) -> list[Trained]:
    """Do every training that is not done yet.

    Parameters
    ----------
    plan : Plan
    sets : list of WindowSet
    folder : Folder
        Keeps what is finished, and where an unfinished training stands.
    progress : callable
        Hears of every epoch; where processes train, of every training that has ended.
    jobs : int, >= 1
        Processes that train at a time, on a CPU and where there is enough to do for a second one; the result does not
        depend on them.

    Returns
    -------
    list of Trained
        One per set.

    Raises
    ------
    DataError, ConfigError, NumericalError
        As the trainings do, from whichever process.
    NumericalError
        If a process of a training ended on its own.
    """
    todo = [
        _training(plan, windows, k, until, plan.seed + number)
        for k, windows in enumerate(sets)
        for until in _protocols(windows)
        for number in range(windows.size.seeds)
    ]
    missing = [one for one in todo if folder.standing(one.name, one.key) is None]
    workers = min(jobs, len(missing))
    if workers > 1 and plan.device == "cpu" and sum(one.work for one in missing) >= _WORTH_PROCESSES:
        _in_processes(missing, folder, progress, len(todo), workers)
        progress = _silent
    found: list[EmbeddingResult] = []
    for done, one in enumerate(todo):

        def step(epoch: int, epochs: int, done: int = done) -> None:
            progress(1000 * done + 1000 * epoch // max(epochs, 1), 1000 * len(todo))

        found.append(_train(one, folder, step))
        step(1, 1)
    return [
        Trained(
            everything=tuple(r for one, r in zip(todo, found, strict=True) if one.windows == k and not one.past),
            past=tuple(r for one, r in zip(todo, found, strict=True) if one.windows == k and one.past),
        )
        for k in range(len(sets))
    ]


def clear(folder: Folder) -> None:
    """Remove what trainings under way keep, once all that came of them is stored elsewhere."""
    for left in (folder.path / "stages").glob(f"{PREFIX}*"):
        left.unlink()


def _protocols(windows: WindowSet) -> tuple[float | None, ...]:
    """Train on everything, and on the past where enough of it can be learnt from."""
    kept = windows.size.trained(windows.network.learnable)
    early = windows.network.snapshots.bounds[kept, 1] <= windows.until_s
    return (None, windows.until_s) if LEAST_PAST <= early.sum() < len(early) else (None,)


def _training(plan: Plan, windows: WindowSet, k: int, until: float | None, seed: int) -> _Training:
    size, snapshots = windows.size, windows.network.snapshots
    config = configure(plan, epochs=size.epochs, warm_up=size.warm_up, seed=seed)
    chosen = size.trained(windows.network.learnable)
    source = None if windows.recording is None else windows.recording.digest
    seen = len(chosen) if until is None else int((snapshots.bounds[chosen, 1] <= until).sum())
    return _Training(
        windows=k,
        past=until is not None,
        config=config,
        snapshots=snapshots,
        chosen=chosen,
        recording=windows.recording,
        until=until,
        device=plan.device,
        name=f"{PREFIX}{windows.name}-{'all' if until is None else 'past'}-{seed}",
        key=digest(config, snapshots.digest, chosen, until, source, plan.device, versions()),
        work=work(size, seen, snapshots.n_nodes),
    )


def _silent(done: int, total: int) -> None:
    """Hear nothing."""


def _in_processes(missing: list[_Training], folder: Folder, progress: Progress, total: int, workers: int) -> None:
    """Let processes do trainings and leave their parts in the folder."""
    done = total - len(missing)
    with closing(execute(_alone, [(one, folder.path) for one in missing], jobs=workers)) as outcomes:  # type: ignore[type-var]
        for outcome in outcomes:
            if outcome.kind == "died":
                raise NumericalError(
                    f"the training {missing[outcome.task].name} must end, but "
                    f"{outcome.text.removesuffix(' The other tasks go on.')} Give it more memory, or train in turn "
                    "with `jobs` 1; what is trained so far is kept."
                )
            if outcome.kind != "done":
                raise RuntimeError(outcome.text)
            if outcome.value is not None:
                raise outcome.value
            done += 1
            progress(1000 * done, 1000 * total)


def _alone(one: _Training, path: Path) -> Exception | None:
    """Do one training in a process of its own; what goes wrong travels as a value, so that it arrives as it is."""
    try:
        _train(one, Folder(path), _silent)
    except (InterplayError, OSError) as error:
        return error
    return None


def _train(one: _Training, folder: Folder, progress: Progress) -> EmbeddingResult:
    # A name of its own for every training: settings that changed meanwhile never meet another one's checkpoint.
    checkpoint = folder.path / "stages" / f"{one.name}-{one.key[:12]}.pt"

    def make() -> EmbeddingResult:
        return fit_and_embed(
            one.config,
            one.snapshots,
            one.chosen,
            recording=one.recording,
            until=one.until,
            checkpoint=checkpoint,
            device=one.device,
            progress=progress,
        )

    def save(path: Path, result: EmbeddingResult) -> None:
        save_result(path, result)
        checkpoint.unlink(missing_ok=True)

    result: EmbeddingResult = folder.stage(one.name, f"stages/{one.name}.npz", one.key, make, save, load_result)[0]
    return result


def fit_and_embed(
    config: Any,
    snapshots: Snapshots,
    chosen: NDArray[np.int64],
    *,
    recording: Recording | None = None,
    until: float | None = None,
    checkpoint: Path | None = None,
    device: str = "cpu",
    progress: Progress | None = None,
) -> EmbeddingResult:
    """Train on some windows and embed all.

    Parameters
    ----------
    config : config of a method
    snapshots : Snapshots
        T windows.
    chosen : (R,) int array, rising
        Windows to train on.
    recording : Recording or None
        For features that are read from it.
    until : float, s, or None
        Train only on those of them that end by then.
    checkpoint : Path or None
    device : str
    progress : callable or None

    Returns
    -------
    EmbeddingResult
        Of all T windows; `trained` tells which ones the parameters were fitted to.
    """
    options: dict[str, Any] = {"recording": recording, "device": device}
    doors: dict[str, Any] = {"train_until": until, "checkpoint": checkpoint, "progress": progress}
    if len(chosen) == len(snapshots):
        whole: EmbeddingResult = config.fit(snapshots, **options, **doors)
        return whole
    fitted: EmbeddingResult = config.fit(snapshots.take(chosen.tolist()), **options, **doors)
    embedded: EmbeddingResult = config.embed(fitted, snapshots, **options)
    trained = np.zeros(len(snapshots), dtype=bool)
    trained[chosen] = fitted.trained
    return replace(embedded, trained=trained, notes=fitted.notes)
