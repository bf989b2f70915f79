"""A network with a head, and where the vectors come from that the head reads."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from interplay._core.rng import stream
from interplay.represent.brain.batches import BrainReader
from interplay.represent.brain.embedding import function_vectors, structure_vectors
from interplay.represent.brain.network import BrainNetwork
from interplay.represent.brain.scaling import nodes_of, regions_of
from interplay.tensors import torch_threads

#: Width of the hidden layer where all regions are read side by side.
_SIDE_BY_SIDE = 64


class Vectors(NamedTuple):
    """Vectors of some scans' regions by stream, (B, R, D), who has which stream, (B,), and which regions, (B, R)."""

    function: Tensor | None
    structure: Tensor | None
    has_function: Tensor
    has_structure: Tensor
    present: Tensor


class BrainPredictor(nn.Module):
    """A network with a head: regions are fused, pooled, standardised, and read by a linear layer.

    Parameters
    ----------
    network : BrainNetwork
    n_out : int
    pool : {"mean", "attention", "regions"}
    """

    centre: Tensor
    spread: Tensor
    function_centre: Tensor
    function_spread: Tensor
    structure_centre: Tensor
    structure_spread: Tensor

    def __init__(self, network: BrainNetwork, width: int, n_out: int, pool: str) -> None:
        super().__init__()
        self.network, self.pool = network, pool
        n = network.sizes.n_regions
        size = n * width if pool == "regions" else width
        if pool == "attention":
            self.query = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, 1))
        for stream_name in ("function", "structure"):
            self.register_buffer(f"{stream_name}_centre", torch.zeros(width))
            self.register_buffer(f"{stream_name}_spread", torch.ones(width))
        self.register_buffer("centre", torch.zeros(size))
        self.register_buffer("spread", torch.ones(size))
        self.head: nn.Module = nn.Linear(size, n_out)
        if pool == "regions":
            self.head = nn.Sequential(
                nn.Linear(size, _SIDE_BY_SIDE), nn.GELU(), nn.Dropout(0.1), nn.Linear(_SIDE_BY_SIDE, n_out)
            )

    def pooled(self, v: Vectors) -> tuple[Tensor, Tensor | None]:
        """Give one vector per scan, (B, P), and the gate, (B, R, D), where there are two streams."""
        fused, gate = self._fused(v)
        if self.pool == "regions":
            return (fused * v.present[..., None]).flatten(1), gate
        if self.pool == "attention":
            score = self.query(fused)[..., 0].masked_fill(~v.present, -torch.inf)
            weight = torch.softmax(score, dim=1)
        else:
            weight = v.present / v.present.sum(dim=1, keepdim=True)
        return torch.einsum("brd,br->bd", fused, weight.to(fused.dtype)), gate

    def forward(self, v: Vectors) -> Tensor:
        """Foretell from vectors, (B, K)."""
        pooled, _ = self.pooled(v)
        found: Tensor = self.head((pooled - self.centre) / self.spread)
        return found

    def _fused(self, v: Vectors) -> tuple[Tensor, Tensor | None]:
        if v.function is None or v.structure is None:
            only = v.structure if v.function is None else v.function
            assert only is not None
            return only, None
        function = (v.function - self.function_centre) / self.function_spread
        structure = (v.structure - self.structure_centre) / self.structure_spread
        fused, gate = self.network.gate(function, structure)
        has_function, has_structure = v.has_function[:, None, None], v.has_structure[:, None, None]
        fused = torch.where(has_function & has_structure, fused, torch.where(has_function, function, structure))
        return fused, gate


class VectorSource:
    """Where vectors come from: computed once (a probe), or by the network as it learns."""

    def __init__(
        self,
        reader: BrainReader,
        modality: str,
        network: BrainNetwork,
        *,
        width: int,
        still: bool,
        drop: float,
        seed: int,
    ) -> None:
        self.reader, self.width, self.seed, self.still, self.drop = reader, width, seed, still, drop
        cohort, sizes = reader.cohort, network.sizes
        self.has_function = cohort.has_function & sizes.function & (modality != "structure")
        self.has_structure = cohort.has_structure & sizes.structure & (modality != "function")
        self.usable = self.has_function | self.has_structure
        self.streams = (bool(self.has_function.any()), bool(self.has_structure.any()))
        self.present = np.zeros((len(cohort), cohort.n_regions), bool)
        for s in np.flatnonzero(self.usable):
            if self.has_function[s]:
                self.present[s] |= regions_of(cohort, int(s))
            if self.has_structure[s]:
                self.present[s] |= nodes_of(cohort, int(s))
        self._kept: tuple[Tensor | None, Tensor | None] = (None, None)

    def settle(self, network: BrainNetwork, threads: int) -> None:
        """Compute the vectors of all scans, means over their stretches, and keep them."""
        kept: list[Tensor | None] = []
        ways = ((self.has_function, function_vectors), (self.has_structure, structure_vectors))
        with torch.no_grad(), torch_threads(threads):
            for (has, read), used in zip(ways, self.streams, strict=True):
                if not used:
                    kept.append(None)
                    continue
                out = torch.zeros(len(has), self.reader.cohort.n_regions, self.width)
                for s in np.flatnonzero(has):
                    out[int(s)] = torch.from_numpy(read(network, self.reader, int(s))).float()
                kept.append(out.to(self.reader.device))
        self._kept = (kept[0], kept[1])

    def vectors(self, network: BrainNetwork, rows: NDArray[np.int64], epoch: int) -> Vectors:
        """Give the vectors of some scans; in an epoch of training some scans lose one of two streams."""
        has = self._kept_streams(rows, epoch)
        if self.still:
            function, structure = (None if kept is None else kept[torch.from_numpy(rows)] for kept in self._kept)
        else:
            function = self._fresh(rows, has[0], self.streams[0], lambda r: self._function(network, r, epoch))
            structure = self._fresh(rows, has[1], self.streams[1], lambda r: self._structure(network, r))
        place = self.reader.device
        flags = [torch.from_numpy(np.ascontiguousarray(h)).to(place) for h in has]
        return Vectors(function, structure, flags[0], flags[1], torch.from_numpy(self.present[rows]).to(place))

    def _kept_streams(self, rows: NDArray[np.int64], epoch: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        has = (self.has_function[rows], self.has_structure[rows])
        if epoch < 0 or not self.drop:
            return has
        drawn = np.array([stream(self.seed, "labels", "drop", epoch, int(s)).random() for s in rows])
        both = has[0] & has[1]
        return has[0] & ~(both & (drawn < self.drop / 2)), has[1] & ~(both & (drawn >= 1 - self.drop / 2))

    def _fresh(self, rows: NDArray[np.int64], has: NDArray[np.bool_], used: bool, read: Any) -> Tensor | None:
        if not used:
            return None
        if has.all():
            found: Tensor = read(rows)
            return found
        if not has.any():
            return torch.zeros(len(rows), self.reader.cohort.n_regions, self.width, device=self.reader.device)
        found = read(rows[has])
        out = found.new_zeros((len(rows), *found.shape[1:]))
        return out.index_copy(0, torch.from_numpy(np.flatnonzero(has)).to(out.device), found)

    def _function(self, network: BrainNetwork, rows: NDArray[np.int64], epoch: int) -> Tensor:
        left = self.reader.cohort.lengths[rows] - self.reader.times
        starts = [
            0 if epoch < 0 else int(stream(self.seed, "labels", "start", epoch, int(s)).integers(k + 1))
            for s, k in zip(rows, left, strict=True)
        ]
        x, present = self.reader.function(rows, np.array(starts))
        return network.read_function(x, present, None, self.reader.places)[1]

    def _structure(self, network: BrainNetwork, rows: NDArray[np.int64]) -> Tensor:
        weights, present = self.reader.structure(rows)
        return network.read_structure(weights, present, self.reader.places)
