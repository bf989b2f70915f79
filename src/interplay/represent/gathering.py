"""Gathering: how the nodes of every window hear each other, laid out once per data and without parameters.

References
----------
Kipf, Welling (2017), ICLR, equation 2 (gcn). Hamilton, Ying, Leskovec (2017), NeurIPS, algorithm 1 with the mean
aggregator (sage). Xu, Hu, Leskovec, Jegelka (2019), ICLR, equation 4.1 (gin). Weighted and signed edges are ours.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any, TypeAlias

import torch
from torch.autograd.function import once_differentiable

from interplay.represent.architecture import Architecture, Convolution, Edges
from interplay.tensors import SnapshotTensors

#: One matrix per window.
Matrices: TypeAlias = torch.Tensor | list[torch.Tensor]

#: Up to this many nodes matrices are dense whatever they hold, and from this share of pairs on, whatever their size.
SMALL, DENSE = 256, 0.1


class Gather:
    """How the nodes of every window hear each other.

    Parameters
    ----------
    forth, back : sequence over the kinds of edges, of sequences over the windows, of (n, n) matrices
        Dense or sparse; `back` holds the transposed ones. One kind, or with signed edges excitation and inhibition.
    itself : bool
        Whether what a node has itself stands apart, before what it hears (sage, gin).
    """

    def __init__(self, forth: Sequence[Matrices], back: Sequence[Matrices], *, itself: bool) -> None:
        self._forth, self._back, self._itself = forth, back, itself

    @property
    def parts(self) -> int:
        """Parts side by side in what is gathered, K."""
        return len(self._forth) + self._itself

    def window(self, t: int, x: torch.Tensor) -> torch.Tensor:
        """Gather in one window: (n, F) to (n, K F), K parts side by side."""
        heard = [_product(matrices[t], back[t], x) for matrices, back in zip(self._forth, self._back, strict=True)]
        return torch.cat([x, *heard] if self._itself else heard, -1) if self.parts > 1 else heard[0]

    def windows(self, x: torch.Tensor) -> torch.Tensor:
        """Gather in all windows: (n, F) or (T, n, F) to (T, n, K F)."""
        first = self._forth[0]
        if isinstance(first, torch.Tensor):
            heard = [matrices @ x for matrices in self._forth if isinstance(matrices, torch.Tensor)]
            own = [x.expand_as(heard[0])] if self._itself else []
            return torch.cat([*own, *heard], -1) if self.parts > 1 else heard[0]
        return torch.stack([self.window(t, x if x.ndim == 2 else x[t]) for t in range(len(first))])

    def into(self, out: torch.Tensor, t: int, x: torch.Tensor) -> None:
        """Gather in one window, without a gradient, into `out` (n, K F)."""
        if self.parts == 1:
            torch.mm(self._forth[0][t], x, out=out)
            return
        places = out.chunk(self.parts, 1)
        if self._itself:
            places[0].copy_(x)
        for matrices, place in zip(self._forth, places[self._itself :], strict=True):
            place.copy_(matrices[t] @ x)

    def returned(self, t: int, slope: torch.Tensor) -> torch.Tensor:
        """Turn the slope of what was gathered, (n, K F), into that of the input, (n, F)."""
        if self.parts == 1:
            return self._back[0][t] @ slope
        places = slope.chunk(self.parts, 1)
        found = places[0].clone() if self._itself else torch.zeros_like(places[0])
        for matrices, place in zip(self._back, places[self._itself :], strict=True):
            found += matrices[t] @ place
        return found


def gather(data: SnapshotTensors, architecture: Architecture) -> Gather:
    """Lay out who hears whom, once per data.

    Parameters
    ----------
    data : SnapshotTensors
    architecture : Architecture

    Returns
    -------
    Gather
        A holds 1 for an edge (binary) or its absolute weight over the mean one of its window (weighted, signed), and 1
        for edges of the history node. gcn: Deg^-1/2 (A + I) Deg^-1/2; sage: Deg^-1 A; gin: A. Deg is the row sum; of
        signed edges over both kinds, so that excitation and inhibition together weigh as much as they would unsigned. A
        node without neighbours hears only itself. Matrices are sparse where few of many pairs are joined.
    """

    def make() -> Gather:
        return _layout(data, architecture.convolution, architecture.edges)

    if data.scale is not None:
        return make()
    return data.remember(("gather", architecture.convolution, architecture.edges), make)


def strength(data: SnapshotTensors) -> torch.Tensor:
    """Tell how strong each edge is, by the mean of its window.

    Parameters
    ----------
    data : SnapshotTensors

    Returns
    -------
    (E,) float tensor
        Absolute weights over their window's mean; 1 where all of a window are zero.
    """
    size = data.weight.abs()
    total = size.new_zeros(len(data)).index_add_(0, data.owner, size)
    count = torch.bincount(data.owner, minlength=len(data))
    mean = (total / count.clamp(min=1))[data.owner]
    return torch.where(mean > 0, size / torch.where(mean > 0, mean, 1), 1)


def is_sparse(data: SnapshotTensors) -> bool:
    """Tell whether matrices over all pairs would hold next to nothing but zeros."""
    return data.n_nodes > SMALL and 2 * len(data.src) < DENSE * len(data) * data.n_nodes**2


def _layout(data: SnapshotTensors, convolution: Convolution, edges: Edges) -> Gather:
    passed = torch.ones_like(data.weight) if edges == "binary" else strength(data)
    if data.scale is not None:
        passed = passed * data.scale
    negative = data.weight < 0
    kinds = [passed.masked_fill(negative, 0), passed.masked_fill(~negative, 0)] if edges == "signed" else [passed]
    owner, row, column = _places(data, self_loops=convolution == "gcn")
    others = len(owner) - 2 * len(passed)
    values = [
        torch.cat([kind, kind, torch.full((others,), float(k == 0), dtype=kind.dtype, device=kind.device)])
        for k, kind in enumerate(kinds)
    ]
    at = owner * data.n_nodes + row
    degree = torch.zeros(len(data) * data.n_nodes, dtype=passed.dtype, device=passed.device)
    for value in values:
        degree = degree.index_add(0, at, value)
    if convolution == "gcn":
        root = degree.rsqrt()
        values = [value * root[at] * root[owner * data.n_nodes + column] for value in values]
    elif convolution == "sage":
        share = torch.where(degree > 0, 1 / torch.where(degree > 0, degree, 1), 0)
        values = [value * share[at] for value in values]
    put = _sparse if is_sparse(data) and data.scale is None else _dense
    forth = [put(data, owner, row, column, value) for value in values]
    back = forth if convolution != "sage" else [put(data, owner, column, row, value) for value in values]
    return Gather(forth, back, itself=convolution != "gcn")


def _places(data: SnapshotTensors, *, self_loops: bool) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """List window, row and column: of the edges, of the same the other way round, and of what holds in every window."""
    owner, row, column = [data.owner, data.owner], [data.src, data.dst], [data.dst, data.src]
    n, device = data.n_nodes, data.src.device
    if data.history_node:
        window, unit = data.present[:, :-1].nonzero(as_tuple=True)
        last = torch.full_like(unit, n - 1)
        owner, row, column = [*owner, window, window], [*row, unit, last], [*column, last, unit]
    if self_loops:
        every = torch.arange(n, device=device).repeat(len(data))
        owner.append(torch.arange(len(data), device=device).repeat_interleave(n))
        row, column = [*row, every], [*column, every]
    return torch.cat(owner), torch.cat(row), torch.cat(column)


def _dense(
    data: SnapshotTensors, owner: torch.Tensor, row: torch.Tensor, column: torch.Tensor, value: torch.Tensor
) -> torch.Tensor:
    n = data.n_nodes
    flat = value.new_zeros(len(data) * n * n)
    return flat.index_put(((owner * n + row) * n + column,), value).view(len(data), n, n)


def _sparse(
    data: SnapshotTensors, owner: torch.Tensor, row: torch.Tensor, column: torch.Tensor, value: torch.Tensor
) -> list[torch.Tensor]:
    n = data.n_nodes
    order = torch.argsort((owner * n + row) * n + column)
    column, value = column[order], value[order]
    count = torch.bincount(owner * n + row, minlength=len(data) * n)
    ends = torch.cat([count.new_zeros(1), count.cumsum(0)])
    found = []
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Sparse CSR tensor support is in beta")
        for t in range(len(data)):
            rows = ends[t * n : (t + 1) * n + 1]
            cut = slice(int(rows[0]), int(rows[-1]))
            parts = (rows - rows[0], column[cut], value[cut])
            found.append(torch.sparse_csr_tensor(*parts, (n, n), check_invariants=False))
    return found


def _product(matrix: torch.Tensor, back: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    if matrix.layout is torch.strided:
        return matrix @ x
    found: torch.Tensor = _Sparse.apply(matrix, back, x)  # type: ignore[no-untyped-call]
    return found


class _Sparse(torch.autograd.Function):
    """A sparse matrix, of which no gradient is wanted, times a dense one."""

    @staticmethod
    def forward(ctx: Any, matrix: torch.Tensor, back: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        ctx.back = back
        return matrix @ x

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *slopes: torch.Tensor) -> tuple[None, None, torch.Tensor]:
        return None, None, ctx.back @ slopes[0]
