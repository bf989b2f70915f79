"""The trainings of a run: each is a part of its own in the folder, and goes on inside training after a kill."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplay._core.protocols import Progress
from interplay._core.provenance import digest, versions
from interplay.data import Recording, Snapshots
from interplay.job.embeddable import Embeddable
from interplay.job.folder import Folder
from interplay.job.plan import Plan
from interplay.job.store import load_result, save_result
from interplay.job.training_size import TrainingSize
from interplay.represent.results import EmbeddingResult

#: How the methods are called where a person reads of them.
LABELS = {"tavrnn": "TAVRNN", "vgrnn": "VGRNN", "vgae": "VGAE", "statistics": "GRU on statistics"}
#: Files of trainings under way begin like this; none of them is left when all are done.
PREFIX = "training-"


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


def configure(plan: Plan, *, epochs: int, seed: int) -> Any:
    """Build the configuration of the plan's model.

    Parameters
    ----------
    plan : Plan
        `represent` names a method.
    epochs, seed : int

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
        "seed": seed,
    }
    known = {field.name for field in fields(method)}
    return method(**{name: value for name, value in settings.items() if name in known})


def train_all(plan: Plan, sets: list[WindowSet], folder: Folder, progress: Progress) -> list[Trained]:
    """Do every training that is not done yet.

    Parameters
    ----------
    plan : Plan
    sets : list of WindowSet
    folder : Folder
        Keeps what is finished, and where an unfinished training stands.
    progress : callable

    Returns
    -------
    list of Trained
        One per set.
    """
    todo = [(k, until, seed) for k, s in enumerate(sets) for until in _protocols(s) for seed in range(s.size.seeds)]
    found: list[tuple[int, bool, EmbeddingResult]] = []
    for done, (k, until, number) in enumerate(todo):

        def step(epoch: int, epochs: int, done: int = done) -> None:
            progress(1000 * done + 1000 * epoch // max(epochs, 1), 1000 * len(todo))

        found.append((k, until is not None, _train(plan, sets[k], until, plan.seed + number, folder, step)))
        step(1, 1)
    return [
        Trained(
            everything=tuple(r for j, past, r in found if j == k and not past),
            past=tuple(r for j, past, r in found if j == k and past),
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
    return (None, windows.until_s) if 2 <= early.sum() < len(early) else (None,)


def _train(
    plan: Plan, windows: WindowSet, until: float | None, seed: int, folder: Folder, progress: Progress
) -> EmbeddingResult:
    config = configure(plan, epochs=windows.size.epochs, seed=seed)
    chosen = windows.size.trained(windows.network.learnable)
    source = None if windows.recording is None else windows.recording.digest
    key = digest(config, windows.network.snapshots.digest, chosen, until, source, plan.device, versions())
    name = f"{PREFIX}{windows.name}-{'all' if until is None else 'past'}-{seed}"
    # A name of its own for every training: settings that changed meanwhile never meet another one's checkpoint.
    checkpoint = folder.path / "stages" / f"{name}-{key[:12]}.pt"

    def make() -> EmbeddingResult:
        return fit_and_embed(
            config,
            windows.network.snapshots,
            chosen,
            recording=windows.recording,
            until=until,
            checkpoint=checkpoint,
            device=plan.device,
            progress=progress,
        )

    def save(path: Path, result: EmbeddingResult) -> None:
        save_result(path, result)
        checkpoint.unlink(missing_ok=True)

    result: EmbeddingResult = folder.stage(name, f"stages/{name}.npz", key, make, save, load_result)[0]
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
