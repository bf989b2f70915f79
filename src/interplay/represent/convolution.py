"""Graph convolutions: what a node hears from the nodes it is joined to, and what it makes of it.

Every convolution here first gathers (from the edges, without parameters) and then transforms (node by node): so
several convolutions of one input share the gathering, and what does not depend on the state is gathered for all windows
at once.

References
----------
Kipf, Welling (2017), ICLR, equation 2 (gcn). Hamilton, Ying, Leskovec (2017), NeurIPS, algorithm 1 with the mean
aggregator (sage). Xu, Hu, Leskovec, Jegelka (2019), ICLR, equation 4.1 (gin). Weighted and signed edges are ours.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import nn

from interplay.represent.architecture import Architecture, Convolution, Edges
from interplay.tensors import SnapshotTensors


class Gather(NamedTuple):
    """How the nodes of every window hear each other.

    Attributes
    ----------
    matrices : tuple of (T, n, n) float tensors
        One, or with signed edges one of excitation and one of inhibition.
    itself : bool
        Whether what a node has itself stands apart, before what it hears (sage, gin).
    """

    matrices: tuple[torch.Tensor, ...]
    itself: bool

    def window(self, t: int, x: torch.Tensor) -> torch.Tensor:
        """Gather in one window: (n, F) to (n, K F), K parts side by side."""
        heard = [matrix[t] @ x for matrix in self.matrices]
        return torch.cat([x, *heard] if self.itself else heard, -1) if len(heard) + self.itself > 1 else heard[0]

    def windows(self, x: torch.Tensor) -> torch.Tensor:
        """Gather in all windows: (n, F) or (T, n, F) to (T, n, K F)."""
        heard = [matrix @ x for matrix in self.matrices]
        own = [x.expand_as(heard[0])] if self.itself else []
        return torch.cat([*own, *heard], -1) if len(heard) + self.itself > 1 else heard[0]


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
        node without neighbours hears only itself.
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


def _layout(data: SnapshotTensors, convolution: Convolution, edges: Edges) -> Gather:
    passed = torch.ones_like(data.weight) if edges == "binary" else strength(data)
    if data.scale is not None:
        passed = passed * data.scale
    negative = data.weight < 0
    if edges == "signed":
        matrices = [_dense(data, passed.masked_fill(negative, 0)), _dense(data, passed.masked_fill(~negative, 0))]
    else:
        matrices = [_dense(data, passed)]
    matrices[0] = matrices[0] + _fixed(data, self_loops=convolution == "gcn")
    degree = torch.stack(matrices).sum(0).sum(-1)
    if convolution == "gcn":
        root = degree.rsqrt()
        matrices = [root[:, :, None] * matrix * root[:, None, :] for matrix in matrices]
    elif convolution == "sage":
        share = torch.where(degree > 0, 1 / torch.where(degree > 0, degree, 1), 0)
        matrices = [share[:, :, None] * matrix for matrix in matrices]
    return Gather(tuple(matrices), itself=convolution != "gcn")


def _dense(data: SnapshotTensors, value: torch.Tensor) -> torch.Tensor:
    n = data.n_nodes
    flat = value.new_zeros(len(data) * n * n)
    there = (data.owner * n + data.src) * n + data.dst
    back = (data.owner * n + data.dst) * n + data.src
    return flat.index_put((torch.cat([there, back]),), torch.cat([value, value])).view(len(data), n, n)


def _fixed(data: SnapshotTensors, *, self_loops: bool) -> torch.Tensor:
    """Lay out what holds in every window: self-loops, and the edges of the history node to all present nodes."""
    n = data.n_nodes
    fixed = data.weight.new_zeros(len(data), n, n)
    if data.history_node:
        joined = data.present.to(fixed.dtype)
        fixed[:, -1], fixed[:, :, -1] = joined, joined
    fixed.diagonal(dim1=1, dim2=2).fill_(float(self_loops))
    return fixed


class GraphConvolution(nn.Module):
    """The transforming half of a convolution; see `gather` for the other.

    Parameters
    ----------
    widths : tuple of int
        Widths of the inputs, which stand side by side.
    out : int
        Width of one block of the output.
    architecture : Architecture
        Its convolution and edges.
    blocks : int, >= 1
        Convolutions of the same inputs that are computed as one; their outputs stand side by side.
    bias : bool

    Notes
    -----
    gin: the perceptron is Linear, ReLU, Linear, and its epsilon is trained, one per block.
    """

    def __init__(
        self, widths: tuple[int, ...], out: int, architecture: Architecture, *, blocks: int = 1, bias: bool = False
    ) -> None:
        super().__init__()
        self._widths, self._out, self._blocks = widths, out, blocks
        self._convolution = architecture.convolution
        kinds = n_matrices(architecture) + (architecture.convolution == "sage")
        self.weight = nn.Parameter(torch.empty(kinds, sum(widths), blocks * out))
        self.bias = nn.Parameter(torch.zeros(blocks * out)) if bias else None
        gin = architecture.convolution == "gin"
        self.epsilon = nn.Parameter(torch.zeros(blocks)) if gin else None
        self.second = nn.Parameter(torch.empty(blocks, out, out)) if gin else None
        with torch.no_grad():
            for block in range(blocks):
                for kind in self.weight:
                    nn.init.xavier_uniform_(kind[:, block * out : (block + 1) * out])
                if self.second is not None:
                    nn.init.xavier_uniform_(self.second[block])

    def matrices(self) -> tuple[torch.Tensor, ...]:
        """Give what each gathered input is multiplied with: (K F, blocks out) per input."""
        kinds: torch.Tensor = self.weight
        if self.epsilon is not None:
            own = (1 + self.epsilon).repeat_interleave(self._out) * kinds[:1]
            kinds = torch.cat([own, kinds])
        parts = torch.split(kinds, list(self._widths), 1)
        return tuple(part.reshape(-1, self._blocks * self._out) for part in parts)

    def finish(self, x: torch.Tensor) -> torch.Tensor:
        """Make the output, before its activation, of the sum of the products."""
        if self.second is not None:
            hidden = torch.relu(x).view(*x.shape[:-1], self._blocks, self._out)
            x = torch.einsum("...bi,bio->...bo", hidden, self.second).flatten(-2)
        return x if self.bias is None else x + self.bias

    def forward(self, *gathered: torch.Tensor) -> torch.Tensor:
        """Transform inputs (..., K F) that were gathered to (..., blocks out)."""
        x = sum((x @ matrix for x, matrix in zip(gathered, self.matrices(), strict=True)), torch.tensor(0.0))
        return self.finish(x)


def n_matrices(architecture: Architecture) -> int:
    """Count the kinds of edges that are heard apart: 2 if signed, else 1."""
    return 2 if architecture.edges == "signed" else 1
