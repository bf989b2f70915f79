"""Masked training, stage by stage: what is hidden is what is asked for, and nothing else counts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from interplay._core.rng import stream
from interplay.represent.brain.batches import BrainReader, in_batches
from interplay.represent.brain.edge_masks import hide_edges
from interplay.represent.brain.masks import hide_samples, hide_some
from interplay.represent.brain.network import BrainNetwork


class Step(NamedTuple):
    """Scans of one step, and the epoch that keys what is hidden of them (-1: the fixed draw of validation)."""

    rows: NDArray[np.int64]
    epoch: int


class MaskedTask:
    """One stage of pre-training.

    Parameters
    ----------
    stage : {"spatial", "temporal", "context", "fusion", "structural"}
    reader : BrainReader
    rows, validation : int arrays
        Scans to learn from, and to watch; both have the stage's modality.
    batch : int
        Scans per step.
    share : float, in (0, 1)
        Of regions, moments, samples or edges that is hidden.
    seed : int
    precision : {"float32", "bfloat16"}

    Notes
    -----
    Mean squared error of the hidden entries, in scaled units. What is hidden is drawn by seed, stage, epoch and scan,
    so that it does not depend on who shares a batch, and a training that was stopped goes on as if it had not been.
    """

    parts = ("loss",)

    def __init__(
        self,
        stage: str,
        reader: BrainReader,
        rows: NDArray[np.int64],
        validation: NDArray[np.int64],
        *,
        batch: int,
        share: float,
        seed: int,
        precision: str = "float32",
    ) -> None:
        self.stage, self.reader, self.rows, self.watched = stage, reader, rows, validation
        self.batch, self.share, self.seed, self.precision = batch, share, seed, precision
        self._error = getattr(self, f"_{stage}")

    def batches(self, data: Any, epoch: int) -> Iterator[Step]:
        """Give the scans in an order that the epoch's number decides."""
        order = stream(self.seed, self.stage, "order", epoch).permutation(self.rows)
        return (Step(rows, epoch) for rows in in_batches(order, self.batch))

    def loss(self, encoder: BrainNetwork, batch: Step, generator: torch.Generator) -> tuple[Tensor, ...]:
        """Hide, and tell how far off the guess is."""
        with casting(self.precision, self.reader.device):
            total, count = self._error(encoder, batch)
        return (total / count,)

    def held_out(self, encoder: BrainNetwork, data: Any) -> float | None:
        """Mean squared error on hidden entries of the validation scans, the same ones in every epoch."""
        if not len(self.watched):
            return None
        with casting(self.precision, self.reader.device):
            sums = [self._error(encoder, Step(rows, -1)) for rows in in_batches(self.watched, self.batch)]
        total, count = sum(float(error) for error, _ in sums), sum(int(count) for _, count in sums)
        return total / count

    def _read(self, step: Step) -> tuple[Tensor, Tensor | None, NDArray[np.bool_]]:
        """Read one stretch per scan: the epoch decides where it begins."""
        lengths = self.reader.cohort.lengths[step.rows] - self.reader.times
        free = [
            0 if step.epoch < 0 else int(stream(self.seed, self.stage, "start", step.epoch, int(s)).integers(left + 1))
            for s, left in zip(step.rows, lengths, strict=True)
        ]
        x, present = self.reader.function(step.rows, np.array(free))
        there = np.ones(x.shape[:2], bool) if present is None else present.cpu().numpy()
        return x, present, there

    def _tensor(self, masks: list[NDArray[np.bool_]]) -> Tensor:
        return torch.from_numpy(np.stack(masks)).to(self.reader.device)

    def _regions(self, step: Step, there: NDArray[np.bool_]) -> Tensor:
        key = (self.stage, step.epoch)
        return self._tensor(
            [hide_some(self.share, t, self.seed, *key, int(s)) for s, t in zip(step.rows, there, strict=True)]
        )

    def _spatial(self, network: BrainNetwork, step: Step) -> tuple[Tensor, int]:
        x, present, there = self._read(step)
        hidden = self._regions(step, there)
        vectors, _ = network.spatial(x, present, hidden, self.reader.places)
        return _squares(network.spatial_head(vectors[hidden]), x[hidden])

    def _temporal(self, network: BrainNetwork, step: Step) -> tuple[Tensor, int]:
        x, present, _ = self._read(step)
        every = np.ones(x.shape[2], bool)
        hidden = self._tensor(
            [hide_some(self.share, every, self.seed, "temporal", step.epoch, int(s)) for s in step.rows]
        )
        guess, truth = network.temporal_head(network.temporal(x, hidden)[hidden]), x.transpose(1, 2)[hidden]
        if present is not None:
            kept = present[:, None, :].expand(-1, x.shape[2], -1)[hidden]
            guess, truth = guess[kept], truth[kept]
        return _squares(guess, truth)

    def _context(self, network: BrainNetwork, step: Step) -> tuple[Tensor, int]:
        x, _, there = self._read(step)
        shape = x.shape[1:]
        masks = [hide_samples(self.share, *shape, self.seed, "context", step.epoch, int(s)) for s in step.rows]
        hidden = self._tensor([m & t[:, None] for m, t in zip(masks, there, strict=True)])
        return _squares(network.context.restore(x, hidden), x[hidden])

    def _fusion(self, network: BrainNetwork, step: Step) -> tuple[Tensor, int]:
        x, present, there = self._read(step)
        hidden = self._regions(step, there)
        restored, _ = network.read_function(x, present, hidden, self.reader.places)
        return _squares(restored[hidden], x[hidden])

    def _structural(self, network: BrainNetwork, step: Step) -> tuple[Tensor, int]:
        weights, present = self.reader.structure(step.rows)
        hidden = hide_edges(
            weights, present, share=self.share, seed=self.seed, key=("structural", step.epoch), rows=step.rows
        )
        vectors = network.read_structure(hidden.seen, present, self.reader.places)
        return _squares(network.edges(vectors, hidden.pairs), hidden.truth)


def _squares(guess: Tensor, truth: Tensor) -> tuple[Tensor, int]:
    """Sum of squared errors, and over how many."""
    return (guess.float() - truth.float()).square().sum(), truth.numel()


def casting(precision: str, device: torch.device) -> AbstractContextManager[Any]:
    """Let products run in bfloat16 where that is asked for."""
    if precision == "float32":
        return nullcontext()
    return torch.autocast(device.type, dtype=torch.bfloat16)
