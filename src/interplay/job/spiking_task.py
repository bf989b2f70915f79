"""The tasks of spiking networks: where samples come from, who learns from which, and what is foreign to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import ConfigError, DataError, unknown_name
from interplay._core.rng import stream
from interplay.data import LabelledEvents, LabelledImages
from interplay.job.spiking_files import read_samples

Rows = NDArray[np.int64]
Samples = LabelledEvents | LabelledImages

#: Shares of the samples (or groups) that are judged, and of the others that are watched.
_TEST, _WATCHED = 0.25, 0.12
#: Whole groups are kept on one side from so many on.
_GROUPS = 5
#: Look-alikes: trained within a minute on one core.
LOOK_ALIKES: dict[str, dict[str, Any]] = {
    "spoken": {"n_per_class": 120, "classes": 8, "events": 2000.0, "speakers": 60},
    "gestures": {"n_per_class": 40, "size": 32, "subjects": 20, "duration_s": 1.0},
}
#: Words and first seed of what is trained on and judged here. Settings of `TASKS` were chosen on other words and seeds
#: (benchmarks/quality/spiking_defaults.py), and no benchmark takes these.
_VOCABULARY, _FIRST = 7, 10_000
#: Real pictures cannot be drawn anew: who of them is judged is the same for all seeds, and no setting was chosen on it.
_PARTING = 10_000


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One task.

    Attributes
    ----------
    method : str
        The network that is taken if none is named.
    settings : mapping of str to object
        Of that network, for samples of this task.
    about : str
        What its default data are.
    synthetic : bool
        Whether these are look-alikes.
    """

    method: str
    settings: Mapping[str, Any]
    about: str
    synthetic: bool


#: Tasks by name.
TASKS = {
    "spoken": Kind(
        method="recurrent_spiking",
        settings={
            "pool": 10,
            "steps": 50,
            "step_s": 0.024,
            "width": 128,
            "layers": 1,
            "tau_s": 0.2,
            "readout_tau_s": 0.1,
            "epochs": 60,
            "learning_rate": 0.006,
            "keep": "best",
        },
        about="Made-up words as spikes of a made-up cochlea: look-alikes of the Spiking Heidelberg Digits, not these. "
        "Words of a family have the same sounds in another order, so that counts do not tell them.",
        synthetic=True,
    ),
    "gestures": Kind(
        method="conv_spiking",
        settings={
            "pool": 2,
            "steps": 16,
            "step_s": 0.0625,
            "width": 12,
            "layers": 3,
            "tau_s": 0.12,
            "epochs": 60,
            "learning_rate": 0.01,
            "keep": "best",
        },
        about="Made-up movements seen by a made-up event camera: look-alikes of DVS Gesture, not these.",
        synthetic=True,
    ),
    "digits": Kind(
        method="binary_residual",
        settings={"layers": 4, "width": 24, "epochs": 40},
        about="Handwritten digits of 8 x 8 pixels (UCI optical recognition, shipped with scikit-learn): real pictures.",
        synthetic=False,
    ),
}


@dataclass(frozen=True, eq=False, kw_only=True)
class Task:
    """Samples and their sides.

    Attributes
    ----------
    name : str
    learn, judge : LabelledEvents or LabelledImages
        Samples to learn from and to be judged on; one object, or the two files of a set.
    train, watched : (n,) int64 arrays
        Rows of `learn`.
    test : (n,) int64 array
        Rows of `judge`.
    about : str
    synthetic, by_group : bool
    held_out : samples or None
        Of the class that was left out of everything.
    notes : tuple of str
    """

    name: str
    learn: Samples
    judge: Samples
    train: Rows
    watched: Rows
    test: Rows
    about: str
    synthetic: bool
    by_group: bool
    held_out: Samples | None = None
    notes: tuple[str, ...] = field(default=())

    @property
    def digests(self) -> tuple[Any, ...]:
        """All that a result on this task depends on."""
        held = None if self.held_out is None else self.held_out.digest
        return (self.learn.digest, self.judge.digest, self.train, self.watched, self.test, held)


def read_task(name: str, source: Path | None, *, hold_out: str | None = None, seed: int = 0) -> Task:
    """Read or simulate the samples of a task, and part them.

    Parameters
    ----------
    name : str
        A key of `TASKS`.
    source : Path or None
        A file or folder; None takes the task's default data.
    hold_out : str or None
        Class to be left out of training and judging, as foreign samples.
    seed : int, >= 0
        Of look-alikes and of the parting; the digits that are judged are the same for all.

    Returns
    -------
    Task

    Raises
    ------
    ConfigError
        If the task or the class is unknown.
    DataError
        If the files cannot be read as samples, or are too few to be parted.
    """
    kind = kind_of(name)
    learn, judge = (_default(name, seed),) * 2 if source is None else read_samples(name, source)
    own_test = learn is not judge
    held_out, notes = None, tuple(learn.notes)
    if hold_out is not None:
        held_out = _of_class(judge, hold_out)
        learn, judge = _without(learn, hold_out), _without(judge, hold_out) if own_test else judge
        notes = (*notes, f"Samples of the class {hold_out!r} were left out of training and judging: they are foreign.")
    by_group = len(_groups(learn)) >= _GROUPS
    if own_test:
        inner, test = np.arange(len(learn)), np.arange(len(judge))
    else:
        judge = learn
        real = source is None and not kind.synthetic
        inner, test = _parted(learn, 1 - _TEST, _PARTING if real else seed, by_group, None)
    train, watched = _parted(learn, 1 - _WATCHED, seed + 1, by_group, inner)
    return Task(
        name=name,
        learn=learn,
        judge=judge,
        train=train,
        watched=watched,
        test=test,
        about=kind.about if source is None else f"Samples read from {source.name}.",
        synthetic=kind.synthetic and source is None,
        by_group=by_group,
        held_out=held_out,
        notes=notes,
    )


def fresh_samples(name: str, source: Path | None, seed: int) -> Samples:
    """Read or simulate samples to judge a trained network on; look-alikes are of other speakers than before.

    Parameters
    ----------
    name : str
    source : Path or None
    seed : int, >= 0
        Of look-alikes.

    Returns
    -------
    LabelledEvents or LabelledImages

    Raises
    ------
    ConfigError, DataError
        As `read_task`; ConfigError also where the task has no other samples than those trained on.
    """
    kind = kind_of(name)
    if source is not None:
        return read_samples(name, source)[1]
    if not kind.synthetic:
        raise ConfigError(
            f"`DATA` must be given for the task {name!r}: its default samples were trained on. Give a file of others."
        )
    return _default(name, seed)


def kind_of(name: str) -> Kind:
    """Give a task by its name, or raise ConfigError."""
    if name not in TASKS:
        raise ConfigError(unknown_name("task", name, TASKS))
    return TASKS[name]


def foreign_samples(task: Task, *, seed: int = 0) -> dict[str, tuple[str, Samples]]:
    """Make samples that belong to no class of the task.

    Parameters
    ----------
    task : Task
    seed : int, >= 0

    Returns
    -------
    dict of name to (what they are, samples)
        Noise; the judged samples with their order destroyed; the class that was held out, if any.
    """
    judged = task.judge.take(task.test)
    out: dict[str, tuple[str, Samples]] = (
        _foreign_events(judged, seed) if isinstance(judged, LabelledEvents) else _foreign_pictures(judged, seed)
    )
    if task.held_out is not None:
        out["held-out class"] = ("Samples of a class that the networks have never seen.", _relabelled(task))
    return out


def _relabelled(task: Task) -> Samples:
    """Give the held-out samples under the task's classes, where a label is needed and never looked at."""
    assert task.held_out is not None
    return replace(task.held_out, label=np.zeros(len(task.held_out), np.int64), classes=task.judge.classes)


def _foreign_events(judged: LabelledEvents, seed: int) -> dict[str, tuple[str, Samples]]:
    rng = stream(seed, "spiking", "foreign")
    time, unit = np.array(judged.time), np.array(judged.unit)
    noise_time = np.empty_like(time)
    for k in range(len(judged)):
        part = slice(judged.pointer[k], judged.pointer[k + 1])
        unit[part] = rng.permutation(unit[part])
        n = part.stop - part.start
        noise_time[part] = np.sort(rng.random(n) * judged.duration_s[k] * (1 - 1e-6)).astype(time.dtype)
    noise_unit = rng.integers(judged.n_units, size=len(unit))
    return {
        "permuted time": (
            "The judged samples with their times shuffled among their events: the counts of every unit and the course "
            "of the sum are the same, who fires when is not.",
            replace(judged, unit=unit),
        ),
        "noise": (
            "As many events per sample, each at a random time and unit.",
            replace(judged, time=noise_time, unit=noise_unit),
        ),
    }


def _foreign_pictures(judged: LabelledImages, seed: int) -> dict[str, tuple[str, Samples]]:
    rng = stream(seed, "spiking", "foreign")
    flat = np.array(judged.image).reshape(len(judged), -1)
    shuffled = rng.permuted(flat, axis=1).reshape(judged.image.shape)
    noise = rng.uniform(flat.min(), flat.max(), judged.image.shape).astype(flat.dtype)
    return {
        "permuted pixels": (
            "The judged pictures with their pixels shuffled: the same brightness, no shape.",
            replace(judged, image=shuffled),
        ),
        "noise": (
            "Pictures of independent, evenly distributed pixels between the least and the greatest brightness.",
            replace(judged, image=noise),
        ),
    }


def _default(name: str, seed: int) -> Samples:
    if name == "digits":
        from interplay.io import digits

        return digits()
    from interplay.spiking import gestures, spoken_digits

    size, first = LOOK_ALIKES[name], _FIRST + seed
    if name == "spoken":
        return spoken_digits(**size, vocabulary=_VOCABULARY, seed=first)
    return gestures(**size, seed=first)


def _groups(data: Samples) -> set[str]:
    assert data.group is not None
    return {name for name in data.group.tolist() if name}


def _parted(data: Samples, share: float, seed: int, by_group: bool, rows: Rows | None) -> tuple[Rows, Rows]:
    if by_group:
        assert data.group is not None
        among = data.group if rows is None else data.group[rows]
        by_group = len(np.unique(among)) >= 2
    return data.split(share, seed=seed, by_group=by_group, rows=rows)


def _class_number(data: Samples, name: str) -> int:
    names: list[str] = data.classes.tolist()
    if name not in names:
        raise ConfigError(unknown_name("class", name, names))
    if len(names) < 3:
        raise DataError(f"`hold_out` must leave two classes to tell apart, got {len(names)} in all. Leave it out.")
    return names.index(name)


def _of_class(data: Samples, name: str) -> Samples:
    return data.take(np.flatnonzero(data.label == _class_number(data, name)))


def _without(data: Samples, name: str) -> Samples:
    number = _class_number(data, name)
    kept = data.take(np.flatnonzero(data.label != number))
    return replace(kept, label=kept.label - (kept.label > number), classes=np.delete(data.classes, number))


def only_judged(name: str, samples: Samples, source: Path | None, *, hold_out: str | None) -> Task:
    """Make a task of which nothing is learnt: all samples are judged, but for the class that was held out.

    Parameters
    ----------
    name : str
        A key of `TASKS`.
    samples : LabelledEvents or LabelledImages
    source : Path or None
        Where they come from; None for look-alikes.
    hold_out : str or None
        Class that the networks were not trained on.

    Returns
    -------
    Task
    """
    kind = kind_of(name)
    held_out = None
    if hold_out is not None and hold_out in samples.classes.tolist():
        held_out, samples = _of_class(samples, hold_out), _without(samples, hold_out)
    none = np.empty(0, np.int64)
    return Task(
        name=name,
        learn=samples,
        judge=samples,
        train=none,
        watched=none,
        test=np.arange(len(samples)),
        about=kind.about if source is None else f"Samples read from {source.name}.",
        synthetic=kind.synthetic and source is None,
        by_group=False,
        held_out=held_out,
        notes=tuple(samples.notes),
    )
