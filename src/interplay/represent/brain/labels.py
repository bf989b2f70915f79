"""A covariate as a head learns it, and the loss of the head."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from interplay._core.errors import DataError
from interplay._core.rng import stream
from interplay.data import Cohort
from interplay.represent.brain.batches import in_batches
from interplay.represent.brain.tasks import casting

if TYPE_CHECKING:
    from interplay.represent.brain.predictor import BrainPredictor, VectorSource


class Labels(NamedTuple):
    """A covariate as the head learns it: standardised numbers (S, 1), or class numbers (S,); and the way back."""

    kind: str
    classes: NDArray[np.str_]
    code: NDArray[Any]
    centre: float
    spread: float
    truth: NDArray[Any]


def labels_of(cohort: Cohort, target: str, rows: NDArray[np.int64]) -> Labels:
    """Code a covariate by what the training scans have of it."""
    column = cohort.covariate(target)
    texts = column.dtype.kind in "Ub"
    truth = column.astype(str) if texts else column.astype(np.float64)
    known = truth != "" if texts else np.isfinite(truth)
    if not known[rows].all():
        s = int(rows[np.argmin(known[rows])])
        raise DataError(
            f"`target`={target!r} must be known in every scan of `train`: {cohort.named(s)} has "
            f"{truth[s].item()!r}. Leave that scan out of `train`."
        )
    if len(np.unique(truth[rows])) < 2:
        raise DataError(
            f"`target`={target!r} must take two values or more in `train`, got one: {truth[rows][0].item()!r}."
        )
    if texts:
        classes = np.unique(truth[rows])
        every = np.searchsorted(classes, truth).clip(0, len(classes) - 1)
        return Labels("class", classes, every.astype(np.int64), 0.0, 1.0, truth)
    centre, spread = float(truth[rows].mean()), float(truth[rows].std())
    return Labels("number", np.empty(0, dtype=str), ((truth - centre) / spread)[:, None], centre, spread, truth)


def known_labels(labels: Labels, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell which scans have a value that the head can be compared with."""
    if labels.kind == "class":
        return np.isin(labels.truth[rows], labels.classes)
    return np.asarray(np.isfinite(labels.truth[rows]))


class LabelTask:
    """The loss of a head: squared error of standardised numbers, or cross-entropy of classes."""

    parts = ("loss",)

    def __init__(
        self,
        source: VectorSource,
        labels: Labels,
        rows: NDArray[np.int64],
        watched: NDArray[np.int64],
        *,
        batch: int,
        seed: int,
        precision: str,
    ) -> None:
        self.source, self.labels, self.rows, self.watched = source, labels, rows, watched
        self.batch, self.seed, self.precision = batch, seed, precision

    def batches(self, data: Any, epoch: int) -> Iterator[tuple[NDArray[np.int64], int]]:
        """Give the scans in an order that the epoch's number decides."""
        order = stream(self.seed, "labels", "order", epoch).permutation(self.rows)
        return ((rows, epoch) for rows in in_batches(order, self.batch))

    def loss(
        self, encoder: BrainPredictor, batch: tuple[NDArray[np.int64], int], generator: torch.Generator
    ) -> tuple[Tensor, ...]:
        """Foretell, and compare."""
        rows, epoch = batch
        with casting(self.precision, self.source.reader.device):
            guess = encoder(self.source.vectors(encoder.network, rows, epoch))
        return (self._error(guess.float(), rows) / len(rows),)

    def held_out(self, encoder: BrainPredictor, data: Any) -> float | None:
        """Mean loss on the validation scans."""
        if not len(self.watched):
            return None
        total = 0.0
        for rows in in_batches(self.watched, self.batch):
            total += float(self._error(encoder(self.source.vectors(encoder.network, rows, -1)).float(), rows))
        return total / len(self.watched)

    def _error(self, guess: Tensor, rows: NDArray[np.int64]) -> Tensor:
        code = torch.from_numpy(self.labels.code[rows]).to(guess.device)
        if self.labels.kind == "class":
            return functional.cross_entropy(guess, code, reduction="sum")
        return (guess - code.to(guess.dtype)).square().sum()
