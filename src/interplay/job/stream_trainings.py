"""Models of streams, trained and scored: each is a part of its own in the folder, and goes on inside training."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path
from typing import Any

from interplay._core.errors import InterplayError, NumericalError
from interplay._core.executor import execute
from interplay._core.protocols import Progress
from interplay._core.provenance import digest, versions
from interplay.data import EventSplit, TemporalGraph, split_events
from interplay.job.folder import Folder
from interplay.job.plan import Plan
from interplay.job.store import load_result, save_result
from interplay.job.stream_size import N_NEGATIVES, RULE, StreamSize
from interplay.measures.stream_evaluation import StreamEvaluation
from interplay.represent import STREAM_METHODS

#: Where trained models lie in the folder of a run; unlike other parts they stay, to be used.
MODELS = "models"
#: Events that all trainings read, from which on processes are started: each costs seconds before it trains.
_WORTH_PROCESSES = 100_000


@dataclass(frozen=True, eq=False, kw_only=True)
class StreamPart:
    """One model with one random start, with all that a process needs to train and to score it.

    Attributes
    ----------
    aim, method : str
    config : StreamMethod
    graph : TemporalGraph
    negatives : tuple of str
    batch : int
        Events that are scored together.
    """

    aim: str
    method: str
    config: Any
    graph: TemporalGraph
    negatives: tuple[str, ...]
    batch: int

    @property
    def name(self) -> str:
        """What its files are called."""
        return f"{self.method}-{self.aim}-{self.config.seed}"

    @property
    def key(self) -> str:
        """Digest of what it was trained from."""
        return digest("stream", self.config, self.graph.digest, versions())

    @property
    def score_key(self) -> str:
        """Digest of what it was scored from."""
        return digest(self.key, self.negatives, self.batch, N_NEGATIVES, RULE)


def stream_parts(plan: Plan, graph: TemporalGraph, size: StreamSize, kinds: tuple[str, ...]) -> list[StreamPart]:
    """List what has to be trained.

    Parameters
    ----------
    plan : Plan
    graph : TemporalGraph
        What is learnt from and scored.
    size : StreamSize
    kinds : tuple of str
        Of negatives.

    Returns
    -------
    list of StreamPart
        Model by model, seed by seed.
    """
    return [
        StreamPart(
            aim=aim,
            method=name,
            config=configured(plan, name, aim, epochs=size.epochs, seed=plan.seed + k),
            graph=graph,
            negatives=kinds,
            batch=size.batch[aim],
        )
        for aim in size.aims
        for name in size.models[aim]
        for k in range(size.seeds)
    ]


def configured(plan: Plan, name: str, aim: str, *, epochs: int, seed: int) -> Any:
    """Build the configuration of a model; what the plan leaves open is as the method has it, but for long trainings.

    Parameters
    ----------
    plan : Plan
    name, aim : str
    epochs : int
        Passes that the rule of size allows.
    seed : int

    Returns
    -------
    StreamMethod
    """
    method = STREAM_METHODS[name]
    own: dict[str, Any] = {field.name: field.default for field in fields(method)}
    passes = epochs if plan.stream_epochs else min(epochs, own["epochs"])
    batch = plan.stream_batch or own["batch"]
    return method(aim=aim, epochs=passes, batch=batch, seed=seed)


def train_streams(
    parts: list[StreamPart], folder: Folder, progress: Progress, *, jobs: int = 1
) -> list[tuple[Any, Any]]:
    """Train and score every part that is not done yet.

    Parameters
    ----------
    parts : list of StreamPart
    folder : Folder
        Keeps what is finished, and where an unfinished training stands.
    progress : callable
        Hears of every epoch; where processes train, of every part that has ended.
    jobs : int, >= 1
        Processes that train at a time; the result does not depend on them.

    Returns
    -------
    list of (StreamResult, StreamScores)

    Raises
    ------
    DataError, ConfigError, NumericalError
        As the trainings do, from whichever process; NumericalError also if a process ended on its own.
    """
    (folder.path / MODELS).mkdir(exist_ok=True)
    missing = [p for p in parts if folder.standing(f"score {p.name}", p.score_key) is None]
    workers = min(jobs, len(missing))
    if workers > 1 and sum(len(p.graph) * p.config.epochs for p in missing) >= _WORTH_PROCESSES:
        _in_processes(missing, folder, progress, len(parts), workers)
        progress = _silent
    found = []
    for done, part in enumerate(parts):
        found.append(one_stream(part, folder, partial(_inside, progress, done, len(parts))))
        progress(1000 * (done + 1), 1000 * len(parts))
    return found


def _inside(progress: Progress, before: int, parts: int, done: int, total: int) -> None:
    """Hear of a part's own progress, and tell of the whole."""
    progress(1000 * before + 1000 * done // max(total, 1), 1000 * parts)


def _silent(done: int, total: int) -> None:
    """Hear nothing."""


def one_stream(part: StreamPart, folder: Folder, progress: Progress) -> tuple[Any, Any]:
    """Train one model and score it, from where the folder says it stands.

    Parameters
    ----------
    part : StreamPart
    folder : Folder
    progress : callable
        Nine tenths of it are the training.

    Returns
    -------
    trained, scores : StreamResult and StreamScores
    """
    split = split_events(part.graph)
    # A name of its own for every training: settings that changed meanwhile never meet another one's checkpoint.
    checkpoint = folder.path / "stages" / f"stream-{part.name}-{part.key[:12]}.pt"

    def learn() -> Any:
        return part.config.fit(part.graph, split=split, checkpoint=checkpoint, progress=partial(_from, progress, 0, 9))

    def save(path: Path, result: Any) -> None:
        save_result(path, result)
        checkpoint.unlink(missing_ok=True)

    file = f"{MODELS}/{part.name}.npz"
    trained = folder.stage(f"train {part.name}", file, part.key, learn, save, load_result)[0]

    def score() -> Any:
        return scored(part, trained, split, partial(_from, progress, 9, 1))

    file = f"stages/score-{part.name}.npz"
    scores = folder.stage(f"score {part.name}", file, part.score_key, score, save_result, load_result)[0]
    return trained, scores


def scored(part: StreamPart, trained: Any, split: EventSplit, progress: Progress) -> Any:
    """Score a trained model on the last part of the stream; one StreamScores per kind of negatives."""
    model = part.config.online(trained)
    start, stop = split.validation_stop, len(part.graph)
    return evaluation(part).run(model, part.graph, start, stop, split=split, progress=progress)


def evaluation(part: StreamPart) -> StreamEvaluation:
    """Say how a model is scored; baselines are scored alike."""
    return StreamEvaluation(
        aim=part.aim,  # type: ignore[arg-type]
        negatives=part.negatives,  # type: ignore[arg-type]
        n_negatives=N_NEGATIVES,
        batch=part.batch,
        replay_batch=part.config.batch,
    )


def _from(progress: Progress, before: int, share: int, done: int, total: int) -> None:
    """Tell of some tenths of a part."""
    progress(100 * before + 100 * share * done // max(total, 1), 1000)


def _in_processes(missing: list[StreamPart], folder: Folder, progress: Progress, total: int, workers: int) -> None:
    """Let processes do parts and leave them in the folder."""
    done = total - len(missing)
    tasks = [(part, folder.path) for part in missing]
    with closing(execute(_alone, tasks, jobs=workers)) as outcomes:  # type: ignore[type-var]
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


def _alone(part: StreamPart, path: Path) -> Exception | None:
    """Do one part in a process of its own; what goes wrong travels as a value, so that it arrives as it is."""
    try:
        one_stream(part, Folder(path), _silent)
    except (InterplayError, OSError) as error:
        return error
    return None
