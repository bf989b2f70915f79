"""The network of `StatisticsGRU`, what it is trained for, and how its results come about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from interplay._core.errors import ConfigError, DataError
from interplay._core.protocols import Progress
from interplay._core.provenance import digest
from interplay.data import Snapshots
from interplay.represent.axes import line_notes, without_line_notes
from interplay.represent.fitting import plan_of
from interplay.represent.results import EmbeddingResult
from interplay.represent.statistics import STATISTICS, StatisticsGRU, node_statistics
from interplay.represent.training_windows import require_readable, training_windows, watched_windows
from interplay.tensors import parameters_of, require_device, seeded_torch, torch_threads, train, with_parameters

Floats = NDArray[np.float64]


class Course(NamedTuple):
    """Statistics of T windows.

    Attributes
    ----------
    values : (T, N, F) float tensor
    present : (T, N) bool tensor
    """

    values: torch.Tensor
    present: torch.Tensor


class StatisticsNetwork(nn.Module):
    """A recurrent unit shared by all nodes, its projection, and what that foresees.

    Parameters
    ----------
    hidden, latent : int
    """

    def __init__(self, hidden: int, latent: int) -> None:
        super().__init__()
        width = len(STATISTICS)
        self.recurrence = nn.GRU(width, hidden)
        self.projection = nn.Linear(hidden, latent)
        self.foresight = nn.Linear(latent, width)
        self.centre: torch.Tensor
        self.scale: torch.Tensor
        self.register_buffer("centre", torch.zeros(width))
        self.register_buffer("scale", torch.ones(width))

    def standardised(self, course: Course) -> torch.Tensor:
        """Give (values - centre) / scale, and 0 for absent nodes."""
        return (course.values - self.centre) / self.scale * course.present[..., None]

    def forward(self, course: Course) -> tuple[torch.Tensor, torch.Tensor]:
        """Give the embedding (T, N, D), and the statistics it foresees for one window later, (T, N, F)."""
        states, _ = self.recurrence(self.standardised(course))
        embedding = self.projection(states)
        return embedding, self.foresight(embedding)


@dataclass(frozen=True, kw_only=True)
class StatisticsTask:
    """Foresee the next window.

    Parameters
    ----------
    windows : int, >= 2
        Prefix that may be used.
    held_out_windows : int, >= 0
        How many at its end are foreseen to watch, not to learn.
    """

    windows: int
    held_out_windows: int
    parts: ClassVar[tuple[str, ...]] = ("loss",)

    def batches(self, data: Course, epoch: int) -> Iterable[Course]:
        """Give the windows to fit, all at once."""
        fitted = self.windows - self.held_out_windows
        return (Course(data.values[:fitted], data.present[:fitted]),)

    def loss(self, encoder: StatisticsNetwork, batch: Course, generator: torch.Generator) -> tuple[torch.Tensor]:
        """Give the mean squared error, in variances of the training windows."""
        _, foreseen = encoder(batch)
        return (_error(foreseen[:-1], encoder.standardised(batch)[1:], batch.present[:-1] & batch.present[1:]),)

    def held_out(self, encoder: StatisticsNetwork, data: Course) -> float | None:
        """Give the same of the windows that are watched."""
        if self.held_out_windows == 0:
            return None
        fitted, used = self.windows - self.held_out_windows, self.windows
        _, foreseen = encoder(Course(data.values[:used], data.present[:used]))
        both = data.present[fitted - 1 : used - 1] & data.present[fitted:used]
        if not both.any():
            raise DataError(
                f"the {used - fitted} watched window(s) must hold a node that is present in the window before too, got "
                "none. Set `validation`=0."
            )
        target = encoder.standardised(data)[fitted:used]
        return float(_error(foreseen[fitted - 1 : used - 1], target, both))


def _error(foreseen: torch.Tensor, target: torch.Tensor, counted: torch.Tensor) -> torch.Tensor:
    return (foreseen - target)[counted].square().mean()


def fit_statistics(
    config: StatisticsGRU,
    snapshots: Snapshots,
    *,
    train_until: float | None,
    checkpoint: Path | None,
    device: str,
    progress: Progress | None,
) -> EmbeddingResult:
    """Train and embed; see `StatisticsGRU.fit`."""
    require_readable(snapshots)
    prefix, notes = training_windows(snapshots, train_until)
    watched = watched_windows(config.validation, prefix) if prefix > 1 else 0
    fitted = prefix - watched
    _require_pairs(snapshots, fitted)
    course = _course(config, snapshots, device)
    with seeded_torch(config.seed, "init"):
        encoder = StatisticsNetwork(config.hidden, config.latent)
    _standardise(encoder, course, fitted)
    trained = train(
        encoder,
        StatisticsTask(windows=prefix, held_out_windows=watched),
        course,
        plan_of(config, device),
        checkpoint=checkpoint,
        key=digest("represent", config.name, config.hidden, config.latent, snapshots.digest, prefix, watched),
        progress=progress,
    )
    found = _read_off(snapshots, trained.encoder, course)
    return EmbeddingResult(
        config=config,
        made_from=snapshots.digest,
        seed=config.seed,
        notes=(
            *notes,
            _comparison(trained.trace, trained.best_epoch, encoder, course, fitted, prefix),
            *trained.notes,
            *line_notes(found["embedding"], snapshots.present),
        ),
        method=config.name,
        loss=trained.trace,
        trained=np.arange(len(snapshots)) < prefix,
        parameters=parameters_of(trained.encoder),
        best_epoch=trained.best_epoch,
        converged=trained.converged,
        **found,
    )


def embed_statistics(
    config: StatisticsGRU, result: EmbeddingResult, snapshots: Snapshots, *, device: str
) -> EmbeddingResult:
    """Embed with parameters that were trained before; see `StatisticsGRU.embed`."""
    require_readable(snapshots)
    made = result.config
    if result.method != config.name or (made.hidden, made.latent) != (config.hidden, config.latent):
        raise ConfigError(
            f"`result` must be of a fit with these settings: {config.name}, hidden={config.hidden}, "
            f"latent={config.latent}; got {result.method}, hidden={made.hidden}, latent={made.latent}. Call embed of "
            "`result.config`."
        )
    with seeded_torch(made.seed, "init"):
        encoder = with_parameters(StatisticsNetwork(made.hidden, made.latent), result.parameters)
    course = _course(made, snapshots, device)
    found = _read_off(snapshots, encoder.to(device=device, dtype=course.values.dtype), course)
    same = snapshots.digest == result.made_from
    return replace(
        result,
        made_from=snapshots.digest,
        notes=(
            *(without_line_notes(result.notes) if same else ()),
            *line_notes(found["embedding"], snapshots.present),
        ),
        trained=result.trained if same else np.zeros(len(snapshots), dtype=bool),
        **found,
    )


def _comparison(
    trace: Mapping[str, Floats], epoch: int, encoder: StatisticsNetwork, course: Course, fitted: int, prefix: int
) -> str:
    """Hold the foresight against saying that everything stays as it is."""
    known = encoder.double().cpu().standardised(Course(course.values.cpu().double(), course.present.cpu()))
    first, stop = (fitted, prefix) if prefix > fitted else (1, fitted)
    both = (course.present[first - 1 : stop - 1] & course.present[first:stop]).cpu()
    stays = float(_error(known[first - 1 : stop - 1], known[first:stop], both))
    which = "watched" if prefix > fitted else "fitted"
    cost = trace["held_out" if prefix > fitted else "loss"][epoch]
    return (
        f"Foreseeing the statistics of the next window costs {cost:.3g} per number on the windows that were {which}; "
        f"saying that they stay as they are costs {stays:.3g}, and the mean of the fitted windows about 1."
    )


def _require_pairs(snapshots: Snapshots, fitted: int) -> None:
    if fitted < 2:
        raise DataError(
            f"at least two windows must be fitted, so that one can foresee the other, got {fitted}. Give more windows, "
            "raise `train_until`, or lower `validation`."
        )
    if not (snapshots.present[: fitted - 1] & snapshots.present[1:fitted]).any():
        raise DataError(
            f"a node must be present in two windows that follow each other, got none in the {fitted} windows to fit. "
            "Use longer windows."
        )


def _course(config: StatisticsGRU, snapshots: Snapshots, device: str) -> Course:
    where = require_device(device)
    values = torch.tensor(node_statistics(snapshots), dtype=getattr(torch, config.dtype), device=where)
    return Course(values, torch.tensor(np.array(snapshots.present), device=where))


def _standardise(encoder: StatisticsNetwork, course: Course, fitted: int) -> None:
    """Give the network centre and scale of the windows to fit; what never varies is left unscaled."""
    rows = course.values[:fitted][course.present[:fitted]].double()
    spread = rows.std(dim=0, unbiased=False)
    encoder.centre.copy_(rows.mean(dim=0))
    encoder.scale.copy_(torch.where(spread > 1e-9, spread, 1.0))


def _read_off(snapshots: Snapshots, encoder: StatisticsNetwork, course: Course) -> dict[str, Any]:
    with torch.no_grad(), torch_threads(1):
        embedding, _ = encoder(course)
    undefined = np.full(len(snapshots), np.nan)
    return {
        "embedding": np.asarray(embedding.cpu().double()),
        "spread": None,
        "history": None,
        "attention": None,
        "bounds": snapshots.bounds,
        "present": snapshots.present,
        "reconstruction": {"auc": undefined, "ap": undefined},
    }
