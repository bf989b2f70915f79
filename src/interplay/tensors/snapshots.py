"""Snapshots as tensors: the edges of every window, who was present, and what is known of the nodes."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeVar

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes
from interplay._core.errors import DataError
from interplay.data import Snapshots

Kept = TypeVar("Kept")


@dataclass(frozen=True, eq=False, kw_only=True)
class SnapshotTensors:
    """Undirected networks over time on one device; n = N nodes, and one more where there is a history node (the last).

    Attributes
    ----------
    pointer : (T + 1,) int64 array
        Window t owns the edges ``pointer[t]:pointer[t + 1]``. On the host, since it steers loops.
    owner : (E,) int64 tensor
        Window of each edge.
    src, dst : (E,) int64 tensors, src < dst
        Each undirected edge once. Neither self-loops nor the edges of the history node are stored: all nodes have the
        one, all present nodes the other.
    weight : (E,) float tensor
    stored : (E,) int64 tensor
        Place of each edge among those of the snapshots.
    scale : (E,) float tensor or None
        Factor on what passes along each edge (see `scaled`); None is 1.
    present : (T, n) bool tensor
        The history node is always present.
    features : None, (n, F) or (T, n, F) float tensor
        None stands for the identity, which is never laid out.
    n_units : int
        N, without the history node.
    history_node : bool
    """

    pointer: NDArray[np.int64]
    owner: torch.Tensor
    src: torch.Tensor
    dst: torch.Tensor
    weight: torch.Tensor
    stored: torch.Tensor
    scale: torch.Tensor | None
    present: torch.Tensor
    features: torch.Tensor | None
    n_units: int
    history_node: bool
    _kept: dict[Hashable, Any] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self.pointer) - 1

    @property
    def n_nodes(self) -> int:
        """Nodes with the history node, n."""
        return self.n_units + self.history_node

    @property
    def n_features(self) -> int:
        """Width of the features, F; n for the identity."""
        return self.n_nodes if self.features is None else self.features.shape[-1]

    def part(self, start: int, stop: int) -> SnapshotTensors:
        """Give some windows, one after another.

        Parameters
        ----------
        start, stop : int, 0 <= start <= stop <= T
            Windows [start, stop).

        Returns
        -------
        SnapshotTensors
            The same object each time, so that what was computed for it stays.
        """
        if (start, stop) == (0, len(self)):
            return self

        def cut() -> SnapshotTensors:
            edges = slice(int(self.pointer[start]), int(self.pointer[stop]))
            features = self.features
            return replace(
                self,
                pointer=self.pointer[start : stop + 1] - self.pointer[start],
                owner=self.owner[edges] - start,
                src=self.src[edges],
                dst=self.dst[edges],
                weight=self.weight[edges],
                stored=self.stored[edges],
                scale=None if self.scale is None else self.scale[edges],
                present=self.present[start:stop],
                features=features[start:stop] if features is not None and features.ndim == 3 else features,
                _kept={},
            )

        return self.remember(("part", start, stop), cut)

    def scaled(self, scale: torch.Tensor) -> SnapshotTensors:
        """Let each edge pass on more or less than it does, while it stays the same edge to be reconstructed.

        Parameters
        ----------
        scale : (E of the snapshots,) float tensor
            One factor per edge of the snapshots, in their order; may require a gradient. 0 takes the edge away.

        Returns
        -------
        SnapshotTensors
        """
        return replace(self, scale=scale[self.stored], _kept={})

    def remember(self, key: Hashable, make: Callable[[], Kept]) -> Kept:
        """Compute something once for these windows.

        Parameters
        ----------
        key : hashable
            What it is.
        make : callable
            Called the first time.

        Returns
        -------
        Whatever `make` gave
        """
        if key not in self._kept:
            self._kept[key] = make()
        found: Kept = self._kept[key]
        return found


def snapshot_tensors(
    snapshots: Snapshots,
    *,
    features: ArrayLike | None = None,
    history_node: bool = True,
    device: str = "cpu",
    dtype: Literal["float32", "float64"] = "float32",
) -> SnapshotTensors:
    """Copy snapshots to tensors.

    Parameters
    ----------
    snapshots : Snapshots
        Undirected. Edges from a node to itself say no more than the self-loop every node has, and do not count.
    features : (T, N, F) or (N, F) float array, or None
        What is known of the nodes in every window, or always; None is the identity: nothing but who is who. The row of
        the history node is 1 everywhere.
    history_node : bool
        Whether a node that is joined to all present ones comes last.
    device : str
        Torch device; given, never guessed.
    dtype : {"float32", "float64"}
        Of weights and features.

    Returns
    -------
    SnapshotTensors

    Raises
    ------
    DataError
        If the snapshots are directed, hold no window or no node, or the features have another shape.
    """
    if snapshots.directed:
        raise DataError(
            "`snapshots` must be undirected for this model, got directed ones. Use `snapshots.undirected()` first."
        )
    if len(snapshots) == 0 or snapshots.n_nodes == 0:
        raise DataError(
            "`snapshots` must hold at least one window and one node, "
            f"got {len(snapshots)} windows of {snapshots.n_nodes} nodes. Choose shorter windows or other units."
        )
    real = getattr(torch, dtype)
    kept = np.flatnonzero(snapshots.src != snapshots.dst)
    owner = snapshots.snapshot[kept]
    present = np.column_stack([snapshots.present, np.ones((len(snapshots), int(history_node)), bool)])

    def put(column: NDArray[Any], kind: torch.dtype) -> torch.Tensor:
        return torch.tensor(column, dtype=kind, device=device)

    known = None if features is None else put(_with_history(snapshots, features, history_node), real)
    return SnapshotTensors(
        pointer=np.searchsorted(owner, np.arange(len(snapshots) + 1)).astype(np.int64),
        owner=put(owner, torch.int64),
        src=put(snapshots.src[kept], torch.int64),
        dst=put(snapshots.dst[kept], torch.int64),
        weight=put(snapshots.weight[kept], real),
        stored=put(kept, torch.int64),
        scale=None,
        present=put(present, torch.bool),
        features=known,
        n_units=snapshots.n_nodes,
        history_node=history_node,
    )


def _with_history(snapshots: Snapshots, features: ArrayLike, history_node: bool) -> NDArray[np.float64]:
    array = np.asarray(features)
    shapes = Shapes(T=len(snapshots), N=snapshots.n_nodes)
    array = shapes.array("features", array, "N F" if array.ndim == 2 else "T N F")
    if array.shape[-1] == 0:
        raise DataError("`features` must hold at least one feature, got none. Leave them out for the identity.")
    if not history_node:
        return array
    return np.concatenate([array, np.ones((*array.shape[:-2], 1, array.shape[-1]), array.dtype)], axis=-2)
