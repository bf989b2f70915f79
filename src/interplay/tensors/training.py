"""The one training loop: a plan, a task that knows the loss, and an encoder that only computes."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Generic, Literal, Protocol, TypeVar

import numpy as np
import torch
from torch import nn

from interplay._core.checks import require_setting
from interplay._core.errors import ConfigError, DataError, NumericalError, unknown_name
from interplay._core.protocols import Progress
from interplay._core.provenance import digest
from interplay._core.rng import stream
from interplay.tensors.adamw import AdamW
from interplay.tensors.checkpoint import read_checkpoint, write_checkpoint
from interplay.tensors.devices import require_device
from interplay.tensors.rng import seeded_torch
from interplay.tensors.threads import torch_threads
from interplay.tensors.trained import E, Trained, parameters_of

Data = TypeVar("Data", contravariant=True)
Batch = TypeVar("Batch")

#: Adam's own, as published.
EPSILON = 1e-8

#: What may change between the calls that share a checkpoint: how far to go, and how often to write.
_FREE = ("epochs", "checkpoint_every")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingPlan:
    """How to train, whatever is trained.

    Parameters
    ----------
    epochs : int, >= 1
        Passes over the data, at most.
    learning_rate : float, > 0
        Of Adam.
    weight_decay : float, >= 0
        Shrinks the parameters by this share of the learning rate per step, apart from the gradient.
    clip : float, > 0, or None
        Gradients with a larger norm, over all parameters together, are scaled down to this one.
    patience : int, epochs, >= 1, or None
        Stop after so many epochs without improvement of the watched number: "held_out" where the task has one, else the
        loss. None never stops early.
    tolerance : float, in [0, 1)
        An improvement counts for `patience` if it is larger than this share of the last value that counted.
    keep : {"best", "last"}
        Which epoch's parameters are kept: those at the end of the one with the smallest watched number, or of the last.
    warm_up : int, epochs, >= 0
        The first epochs, whose numbers count neither for `keep` nor for `patience`: a task may train on another loss in
        them. Where nothing comes after them, the last epoch is kept.
    retreats : int, >= 0
        How often training may go back to the best parameters that are known to give finite numbers, with half the
        learning rate, when a number is not finite. 0 refuses at once.
    device : str
        "cpu", "cuda" or "cuda:K".
    dtype : {"float32", "float64"}
        Of the encoder's numbers. The task's data must match.
    checkpoint_every : int, epochs, >= 1
        From one checkpoint to the next; the last epoch has one in any case.
    seed : int, >= 0
        Of every draw during training.
    threads : int, >= 1
        That an operation on the processor takes, whatever the rest of the process has; part of what decides the bits.

    Raises
    ------
    ConfigError
        If a number is out of range or a word is unknown.
    """

    epochs: int = 200
    learning_rate: float = 0.01
    weight_decay: float = 0.0
    clip: float | None = None
    patience: int | None = None
    tolerance: float = 1e-4
    keep: Literal["best", "last"] = "best"
    warm_up: int = 0
    retreats: int = 0
    device: str = "cpu"
    dtype: Literal["float32", "float64"] = "float32"
    checkpoint_every: int = 25
    seed: int = 0
    threads: int = 1

    def __post_init__(self) -> None:
        require_setting("epochs", self.epochs, least=1, whole=True)
        require_setting("learning_rate", self.learning_rate, above=0, below=math.inf)
        require_setting("weight_decay", self.weight_decay, least=0, below=math.inf)
        if self.clip is not None:
            require_setting("clip", self.clip, above=0)
        if self.patience is not None:
            require_setting("patience", self.patience, least=1, whole=True)
        require_setting("tolerance", self.tolerance, least=0, below=1)
        require_setting("warm_up", self.warm_up, least=0, whole=True)
        require_setting("retreats", self.retreats, least=0, whole=True)
        require_setting("checkpoint_every", self.checkpoint_every, least=1, whole=True)
        require_setting("seed", self.seed, least=0, whole=True)
        require_setting("threads", self.threads, least=1, whole=True)
        for name, valid in (("keep", ("best", "last")), ("dtype", ("float32", "float64"))):
            if getattr(self, name) not in valid:
                raise ConfigError(unknown_name(f"`{name}`", getattr(self, name), valid))


class Task(Protocol[Data, Batch]):
    """What is to be learnt: the loss of an encoder on data. It holds no state that training changes."""

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of the numbers that `loss` gives; the first is "loss", and is the one that is differentiated."""
        ...

    def batches(self, data: Data, epoch: int) -> Iterable[Batch]:
        """Give the batches of one epoch; each is one step. Full-batch tasks yield the data once.

        The order may depend on `epoch` and on the task's own seed, on nothing else, so that a training that was stopped
        goes on as if it had not been.
        """
        ...

    def loss(self, encoder: Any, batch: Batch, generator: torch.Generator) -> tuple[torch.Tensor, ...]:
        """Give one scalar per part; whatever is drawn is drawn from `generator`, which is on the plan's device."""
        ...

    def held_out(self, encoder: Any, data: Data) -> float | None:
        """Give a number on data that are not trained on, lower is better; None, always, where there are none.

        Called without gradients and in evaluation mode.
        """
        ...


@dataclass(slots=True)
class _Standing(Generic[E]):
    """Everything that a step changes, but for the encoder's parameters and the optimiser's moments."""

    trace: dict[str, list[float]]
    kept: dict[str, torch.Tensor]
    # Parameters from which an epoch went well: a retreat to `kept`, which are one step on, may meet the same end again.
    safe: dict[str, torch.Tensor]
    best: float = math.inf
    best_epoch: int = -1
    reference: float = math.inf
    waited: int = 0
    epoch: int = field(default=0)
    retreats: list[int] = field(default_factory=list)

    def judge(self, encoder: E, plan: TrainingPlan, before: dict[str, torch.Tensor]) -> None:
        """Look at the epoch that has just ended: is it the one to keep, and was it worth its time."""
        watched = self.trace.get("held_out", self.trace["loss"])[-1]
        counts = self.epoch >= plan.warm_up
        if not counts or watched < self.best:
            self.safe = before
        if plan.keep == "last" or not counts or watched < self.best:
            self.best_epoch = self.epoch
            self.kept = _copied(encoder)
        self.epoch += 1
        if not counts:
            return
        self.best = min(self.best, watched)
        if math.isinf(self.reference) or watched < self.reference - plan.tolerance * abs(self.reference):
            self.reference, self.waited = watched, 0
        else:
            self.waited += 1

    def done(self, plan: TrainingPlan) -> bool:
        """Tell whether patience has run out."""
        return plan.patience is not None and self.waited >= plan.patience


def train(
    encoder: E,
    task: Task[Data, Batch],
    data: Data,
    plan: TrainingPlan,
    *,
    checkpoint: Path | None = None,
    key: str = "",
    progress: Progress | None = None,
) -> Trained[E]:
    """Train a copy of an encoder.

    Parameters
    ----------
    encoder : torch.nn.Module
        Initialised by the caller, inside `seeded_torch`. Stays as it is.
    task : Task
    data : whatever the task reads
        On the plan's device and of its type already.
    plan : TrainingPlan
    checkpoint : Path or None
        File to go on from, where there is one, and to write to. It stays when training has ended: the same call then
        gives the same result at once, and a call with more epochs goes on.
    key : str
        Digest of the data and of the settings of task and encoder; required with `checkpoint`. Plan and initial
        parameters are added to it here.
    progress : callable or None
        Called as progress(done, total) after every epoch (and its checkpoint), in epochs; done = total when training
        stops early. An exception that it raises ends training; what the checkpoint holds stays.

    Returns
    -------
    Trained

    Raises
    ------
    ConfigError
        If the device is not there, the encoder has nothing to train, or `checkpoint` comes without `key`.
    DataError
        If the task gives no batch, or the checkpoint is damaged, of another training, or further than the plan goes.
    NumericalError
        If a loss, a gradient or the held-out number is not finite, and no retreat is left.

    Notes
    -----
    A retreat repeats the epoch that failed, with the same draws, from the parameters with which the best epoch so far
    began (while warming up: the last one that went well), an Adam without moments, and half the learning rate; the
    notes name the epochs.

    Adam with Kingma and Ba's moments (0.9, 0.999) and epsilon 1e-8; decay is apart from the gradient (Loshchilov,
    Hutter). The draws of an epoch depend on seed and epoch only, hence a training that was stopped and resumed has the
    bits of one that was not. Torch's global generators serve only what cannot take a generator (dropout), seeded per
    epoch and put back after it. On CPU: same seed and versions, same bits.

    Without held-out data the watched loss is the one seen while the epoch's steps were made; the parameters kept are
    those at its end, one step further.

    References
    ----------
    Kingma, Ba (2015), ICLR, algorithm 1. Loshchilov, Hutter (2019), ICLR, algorithm 2.
    """
    device = require_device(plan.device)
    if checkpoint is not None and not key:
        raise ConfigError("`key` must be given with `checkpoint`, got ''. Give a digest of data and settings.")
    whole_key = digest(key, _fixed(plan), task.parts, parameters_of(encoder)) if checkpoint is not None else ""
    encoder = copy.deepcopy(encoder).to(device=device, dtype=getattr(torch, plan.dtype))
    slopes = _Slopes(encoder)
    optimiser = _optimiser(plan, slopes, 0)
    standing = _Standing[E](trace={name: [] for name in task.parts}, kept={}, safe=_copied(encoder))
    if checkpoint is not None:
        state = read_checkpoint(Path(checkpoint), whole_key, device)
        if state is not None:
            optimiser = _optimiser(plan, slopes, len(state["retreats"]))
            _restore(state, encoder, optimiser, standing, plan, Path(checkpoint))
    while standing.epoch < plan.epochs and not standing.done(plan):
        before = _copied(encoder) if plan.retreats else {}
        try:
            _run_epoch(encoder, task, data, plan, slopes, optimiser, standing, device)
        except NumericalError:
            if len(standing.retreats) == plan.retreats:
                raise
            standing.retreats.append(standing.epoch)
            encoder.load_state_dict(standing.safe)
            optimiser = _optimiser(plan, slopes, len(standing.retreats))
            continue
        standing.judge(encoder, plan, before)
        last = standing.epoch == plan.epochs or standing.done(plan)
        if checkpoint is not None and (last or standing.epoch % plan.checkpoint_every == 0):
            write_checkpoint(Path(checkpoint), whole_key, _pack(encoder, optimiser, standing))
        if progress is not None:
            progress(plan.epochs if last else standing.epoch, plan.epochs)
    encoder.load_state_dict(standing.kept)
    encoder.zero_grad(set_to_none=True)
    return Trained(
        encoder=encoder.eval(),
        trace={name: np.array(values) for name, values in standing.trace.items()},
        best_epoch=standing.best_epoch,
        converged=standing.done(plan),
        notes=_notes(standing, plan),
    )


def _copied(encoder: nn.Module) -> dict[str, torch.Tensor]:
    return {name: value.detach().clone() for name, value in encoder.state_dict().items()}


def _fixed(plan: TrainingPlan) -> dict[str, Any]:
    return {f.name: getattr(plan, f.name) for f in fields(plan) if f.name not in _FREE}


class _Slopes:
    """The trained parameters of an encoder as one vector, and their gradients as another: both are seen through."""

    def __init__(self, encoder: nn.Module) -> None:
        trained = [p for p in encoder.parameters() if p.requires_grad]
        if not trained:
            raise ConfigError("`encoder` must have parameters to train, got none. Unfreeze some, or use it as it is.")
        self.flat = torch.cat([p.detach().reshape(-1) for p in trained])
        self.gradient = torch.zeros_like(self.flat)
        place = 0
        for p in trained:
            part = slice(place, place + p.numel())
            p.data, p.grad = self.flat[part].view(p.shape), self.gradient[part].view(p.shape)
            place = part.stop


def _optimiser(plan: TrainingPlan, slopes: _Slopes, retreats: int) -> AdamW:
    """Begin Adam anew, at the learning rate that so many retreats have left."""
    rate = plan.learning_rate * 0.5**retreats
    flat = slopes.flat
    return AdamW(len(flat), rate, plan.weight_decay, EPSILON, device=flat.device, dtype=flat.dtype)


def _run_epoch(
    encoder: nn.Module,
    task: Task[Data, Batch],
    data: Data,
    plan: TrainingPlan,
    slopes: _Slopes,
    optimiser: AdamW,
    standing: _Standing[Any],
    device: torch.device,
) -> None:
    """Take the steps of one epoch and append its numbers to the trace."""
    epoch = standing.epoch
    generator = torch.Generator(device)
    generator.manual_seed(int(stream(plan.seed, "train", epoch).integers(2**63)))
    rows = []
    encoder.train()
    with torch_threads(plan.threads), seeded_torch(plan.seed, "train", epoch, devices=_cards(device)):
        for batch in task.batches(data, epoch):
            parts = task.loss(encoder, batch, generator)
            rows.append(_step(task.parts, parts, plan, slopes, optimiser, epoch))
        encoder.eval()
        with torch.no_grad():
            held_out = task.held_out(encoder, data)
    if not rows:
        raise DataError(f"`task` must give a batch per epoch, got none in epoch {epoch}. Give data to train on.")
    for name, value in zip(task.parts, np.mean(rows, axis=0), strict=True):
        standing.trace[name].append(float(value))
    if held_out is not None:
        _require_finite({"held_out": float(held_out)}, epoch, plan)
        standing.trace.setdefault("held_out", []).append(float(held_out))


def _cards(device: torch.device) -> list[int]:
    if device.type != "cuda":
        return []
    return [torch.cuda.current_device() if device.index is None else device.index]


def _step(
    names: tuple[str, ...],
    parts: tuple[torch.Tensor, ...],
    plan: TrainingPlan,
    slopes: _Slopes,
    optimiser: AdamW,
    epoch: int,
) -> list[float]:
    """Move the parameters once, unless a number is not finite; give the parts."""
    slopes.gradient.zero_()
    parts[0].backward()  # type: ignore[no-untyped-call]
    norm = torch.linalg.vector_norm(slopes.gradient)
    numbers: list[float] = torch.stack([*(p.detach().double() for p in parts), norm.double()]).tolist()
    _require_finite(dict(zip((*names, "gradient"), numbers, strict=True)), epoch, plan)
    if plan.clip is not None and numbers[-1] > plan.clip:
        slopes.gradient.mul_(plan.clip / numbers[-1])
    optimiser.step(slopes.flat, slopes.gradient)
    return numbers[:-1]


def _require_finite(numbers: dict[str, float], epoch: int, plan: TrainingPlan) -> None:
    bad = [f"{name}={value}" for name, value in numbers.items() if not math.isfinite(value)]
    if bad:
        raise NumericalError(
            f"training must stay finite: {', '.join(bad)} in epoch {epoch}. Lower `learning_rate` "
            f"(now {plan.learning_rate:g}), set `clip`, or look for huge values in the features."
        )


def _pack(encoder: nn.Module, optimiser: AdamW, standing: _Standing[Any]) -> dict[str, Any]:
    state = {name: getattr(standing, name) for name in ("trace", "kept", "safe", *_NUMBERS)}
    moments = {name: getattr(optimiser, name) for name in _MOMENTS}
    return state | {"encoder": encoder.state_dict(), "optimiser": moments}


_MOMENTS = ("mean", "square", "steps")
_NUMBERS = ("best", "best_epoch", "reference", "waited", "epoch", "retreats")


def _restore(
    state: dict[str, Any],
    encoder: nn.Module,
    optimiser: AdamW,
    standing: _Standing[Any],
    plan: TrainingPlan,
    path: Path,
) -> None:
    if state["epoch"] > plan.epochs:
        raise DataError(
            f"`checkpoint` must not be further than the plan goes: {path} is {state['epoch']} epochs old and "
            f"`epochs` is {plan.epochs}. Raise `epochs`, remove the file, or give another path."
        )
    encoder.load_state_dict(state["encoder"])
    for name in _MOMENTS:
        setattr(optimiser, name, state["optimiser"][name])
    for name in ("trace", "kept", "safe", *_NUMBERS):
        setattr(standing, name, state[name])


def _notes(standing: _Standing[Any], plan: TrainingPlan) -> tuple[str, ...]:
    notes: tuple[str, ...] = ()
    if standing.epoch <= plan.warm_up:
        notes = (
            f"Training ended with the last epoch asked for ({plan.epochs}), while it was still warming up "
            f"({plan.warm_up} epochs); its last parameters are kept.",
        )
    if standing.retreats:
        notes += (
            f"Training went back to its best parameters {len(standing.retreats)} times, each time with half the "
            f"learning rate, when a number was not finite: in epochs {', '.join(map(str, standing.retreats))}.",
        )
    if plan.patience is None or standing.done(plan) or standing.epoch <= plan.warm_up:
        return notes
    return (
        *notes,
        f"Training ended with the last epoch asked for ({plan.epochs}), before the watched number had been without "
        f"improvement for {plan.patience} epochs; more `epochs` may improve it.",
    )
