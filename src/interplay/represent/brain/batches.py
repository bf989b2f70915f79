"""From scans to tensors: one batch at a time, read when it is its turn."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from interplay._core.errors import DataError
from interplay.data import Cohort
from interplay.represent.brain.scaling import Scaling, nodes_of, quartiles, regions_of


class FunctionBatch(NamedTuple):
    """Scaled signals of some scans: x (B, R, T), and which regions are there, (B, R) bool, None where all are."""

    x: Tensor
    present: Tensor | None


class StructureBatch(NamedTuple):
    """Scaled structure of some scans: weights (B, R, R) [src, dst], and which regions are there, None where all are."""

    weights: Tensor
    present: Tensor | None


class BrainReader:
    """Reads scans of a cohort as the network wants them; holds nothing but where to look.

    Parameters
    ----------
    cohort : Cohort
        May be mapped: only the rows asked for are read.
    scaling : Scaling
    times : int
        T, samples of a stretch.
    places : (R, G) float array
        Coordinates of the regions; G may be 0.
    device : torch.device
    """

    def __init__(
        self, cohort: Cohort, scaling: Scaling, times: int, places: NDArray[np.float64], device: torch.device
    ) -> None:
        self.cohort, self.scaling, self.times, self.device = cohort, scaling, times, device
        self._there: dict[int, NDArray[np.bool_]] = {}
        self._own: dict[int, tuple[NDArray[np.float64], NDArray[np.float64]]] = {}
        self.places = torch.from_numpy(places.astype(np.float32)).to(device) if places.shape[1] else None

    def require_length(self, rows: NDArray[np.int64]) -> None:
        """Refuse scans that are shorter than a stretch."""
        lengths = self.cohort.lengths[rows]
        short = (lengths > 0) & (lengths < self.times)
        if short.any():
            s = int(rows[np.argmax(short)])
            raise DataError(
                f"every scan must have at least `times`={self.times} samples, but {self.cohort.named(s)} has "
                f"{self.cohort.lengths[s]}. Lower `times`, or leave the scan out."
            )

    def stretches(self, s: int) -> NDArray[np.int64]:
        """Give where the stretches of scan s begin that do not overlap, evenly spread, (K,)."""
        length = int(self.cohort.lengths[s])
        count = length // self.times
        return np.linspace(0, length - self.times, count).astype(np.int64)

    def function(self, rows: NDArray[np.int64], starts: NDArray[np.int64]) -> FunctionBatch:
        """Read the stretches of `rows` that begin at `starts`."""
        found, there = [], []
        for s, start in zip(rows.tolist(), starts.tolist(), strict=True):
            # What needs the whole scan is looked up once: a long scan is read in many stretches.
            if s not in self._there:
                self._there[s] = regions_of(self.cohort, s)
                if self.scaling.by == "scan":
                    self._own[s] = quartiles(self.cohort.scan(s))
            there.append(self._there[s])
            values = self.cohort.scan(s)[start : start + self.times]
            found.append(self.scaling.signal(values, self._own.get(s)))
        return FunctionBatch(self._tensor(np.stack(found)), self._present(there))

    def structure(self, rows: NDArray[np.int64]) -> StructureBatch:
        """Read the matrices of `rows`."""
        there = [nodes_of(self.cohort, s) for s in rows.tolist()]
        found = np.stack([self.scaling.weights(self.cohort.matrix(s)) for s in rows.tolist()])
        return StructureBatch(self._tensor(found), self._present(there))

    def _present(self, there: list[NDArray[np.bool_]]) -> Tensor | None:
        mask = np.stack(there)
        return None if mask.all() else torch.from_numpy(mask).to(self.device)

    def _tensor(self, array: NDArray[np.float32]) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(array)).to(self.device)


def in_batches(rows: NDArray[np.int64], size: int) -> list[NDArray[np.int64]]:
    """Cut rows into batches, in order; the last may be smaller."""
    return [rows[k : k + size] for k in range(0, len(rows), size)]
