"""The likelihood of edges over all pairs of nodes, value and gradient in one pass, in blocks that fit a cache.

No matrix of logits is kept: memory is that of the latents.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional

from interplay._core.errors import DataError
from interplay.represent.gathering import is_sparse
from interplay.tensors import SnapshotTensors

#: Pairs in a block.
BLOCK = 1 << 16


class Pairs:
    """Which pairs count, which of them are joined, and the weights that follow.

    Parameters
    ----------
    data : SnapshotTensors
    reconstruct_all : bool
        Whether each node with itself and the history node count too.

    Attributes
    ----------
    edge_weight : (T,) float tensor
        (P - S) / S for P counted pairs, S of them edges.
    scale : (T,) float tensor
        1 / (2 (P - S)): turns a sum over the pairs into the window's likelihood.
    weight, joined : (T, n, n) float tensors or None
        Weight of every pair (0: not counted), and 1 for the edges among them; None where the data are sparse.

    Raises
    ------
    DataError
        If a window has no edge, or no pair without one.
    """

    def __init__(self, data: SnapshotTensors, reconstruct_all: bool) -> None:
        self.data, self.all = data, reconstruct_all
        self.who = data.present.clone()
        if data.history_node and not reconstruct_all:
            self.who[:, -1] = False
        real = data.weight.dtype
        members = self.who.sum(1)
        edges = 2 * torch.bincount(data.owner, minlength=len(data))
        pairs = members * (members - 1)
        if reconstruct_all:
            edges = edges + members + (2 * (members - 1) if data.history_node else 0)
            pairs = members**2
        _require(pairs, edges)
        self.edge_weight = ((pairs - edges).to(torch.float64) / edges).to(real)
        self.scale = (0.5 / (pairs - edges).to(torch.float64)).to(real)
        self.weight = self.joined = None
        if not is_sparse(data):
            self.joined = self._joined(real)
            here = self.who.to(real)
            counted = here[:, :, None] * here[:, None, :]
            if not reconstruct_all:
                counted.diagonal(dim1=1, dim2=2).fill_(0)
            self.weight = counted + (self.edge_weight - 1)[:, None, None] * self.joined

    def _joined(self, real: torch.dtype) -> Tensor:
        data = self.data
        joined = torch.zeros(len(data), data.n_nodes, data.n_nodes, dtype=real, device=data.src.device)
        joined[data.owner, data.src, data.dst] = 1
        joined[data.owner, data.dst, data.src] = 1
        if self.all:
            here = self.who.to(real)
            if data.history_node:
                joined[:, -1], joined[:, :, -1] = here, here
            joined.diagonal(dim1=1, dim2=2).copy_(here)
        return joined


def _require(pairs: Tensor, edges: Tensor) -> None:
    for what, count in (("no edge", edges), ("no pair without an edge", pairs - edges)):
        if bool((count == 0).any()):
            t = int((count == 0).nonzero()[0])
            raise DataError(
                f"every window to be reconstructed must have pairs with and without an edge, but window {t} has "
                f"{what} among its {int(pairs[t])} counted pairs. Leave it out, merge it with its neighbour, or "
                "infer with another threshold."
            )


def pairs(data: SnapshotTensors, reconstruct_all: bool) -> Pairs:
    """Count the pairs, once per data; refuses windows that cannot be reconstructed.

    Parameters
    ----------
    data : SnapshotTensors
    reconstruct_all : bool

    Returns
    -------
    Pairs

    Raises
    ------
    DataError
        See `Pairs`.
    """
    return data.remember(("pairs", reconstruct_all), lambda: Pairs(data, reconstruct_all))


def presence(sample: Tensor, found: Pairs) -> Tensor:
    """Give the weighted negative log likelihood of edges and non-edges, summed over the windows.

    Parameters
    ----------
    sample : (T, n, D) tensor
    found : Pairs

    Returns
    -------
    scalar tensor, nats
    """
    value: Tensor = _Presence.apply(sample, found)  # type: ignore[no-untyped-call]
    return value


class _Presence(torch.autograd.Function):
    """Inner products, Bernoulli, weights and sum as one operation."""

    @staticmethod
    def forward(ctx: Any, sample: Tensor, found: Pairs) -> Tensor:
        value, slope = (_dense if found.weight is not None else _sparse)(sample.detach(), found)
        ctx.save_for_backward(slope)
        return value

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *slopes: Tensor) -> tuple[Tensor, None]:
        return ctx.saved_tensors[0] * slopes[0], None


def _dense(sample: Tensor, found: Pairs) -> tuple[Tensor, Tensor]:
    """With w the weight and y the edges: Σ w softplus(x) - w y x; slope of x: w sigmoid(x) - w y. All are symmetric."""
    windows, n, _ = sample.shape
    assert found.weight is not None
    assert found.joined is not None
    # Laid out (D, n): with few numbers per node, products of that shape take a quarter of the time.
    across = sample.transpose(1, 2).contiguous()
    pull = found.edge_weight[:, None, None] * (across @ found.joined)
    total = -(across * pull).sum((1, 2))
    slope = -2 * pull
    together, rows = max(1, BLOCK // n**2), max(1, BLOCK // n)
    for s in range(0, windows, together):
        z, weight, out = (x[s : s + together] for x in (across, found.weight, slope))
        for i in range(0, n, rows):
            j = min(i + rows, n)
            logits = z[:, :, i:j].transpose(1, 2) @ z[:, :, i:]
            cost = functional.softplus(logits).mul_(weight[:, i:j, i:])
            push = logits.sigmoid_().mul_(weight[:, i:j, i:])
            within = j - i
            total[s : s + together] += cost[:, :, :within].sum((1, 2)) + 2 * cost[:, :, within:].sum((1, 2))
            out[:, :, i:j] += 2 * (z[:, :, i:] @ push.transpose(1, 2))
            if j < n:
                out[:, :, j:] += 2 * (z[:, :, i:j] @ push[:, :, within:])
    return (found.scale * total).sum(), (found.scale[:, None, None] * slope).transpose(1, 2).contiguous()


def _sparse(sample: Tensor, found: Pairs) -> tuple[Tensor, Tensor]:
    """All pairs as if none were joined, and then what the edges change."""
    slope = torch.zeros_like(sample)
    total = sample.new_zeros(len(sample))
    for t, here in enumerate(found.who):
        members = here.nonzero()[:, 0]
        z = sample[t, members]
        total[t], slope[t, members] = _all_pairs(z, found.all)
    owner, src, dst, times = _edges(found)
    flat, slopes = sample.flatten(0, 1), slope.view(-1, sample.shape[2])
    a, b = flat[src], flat[dst]
    logits = (a * b).sum(1)
    weight = found.edge_weight[owner]
    total.index_add_(0, owner, times * (weight * functional.softplus(-logits) - functional.softplus(logits)))
    push = (times * (-weight * torch.sigmoid(-logits) - torch.sigmoid(logits)))[:, None]
    slopes.index_add_(0, src, push * b)
    slopes.index_add_(0, dst, push * a)
    return (found.scale * total).sum(), found.scale[:, None, None] * slope


def _edges(found: Pairs) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """List window, both ends (as places among all nodes of all windows) and how often it counts, of every edge."""
    data, n = found.data, found.data.n_nodes
    owner, src, dst = [data.owner], [data.src], [data.dst]
    alone = 0
    if found.all:
        if data.history_node:
            window, node = found.who[:, :-1].nonzero(as_tuple=True)
            owner, src, dst = [*owner, window], [*src, node], [*dst, torch.full_like(node, n - 1)]
        window, node = found.who.nonzero(as_tuple=True)
        owner, src, dst = [*owner, window], [*src, node], [*dst, node]
        alone = len(node)
    windows = torch.cat(owner)
    times = torch.full((len(windows),), 2, dtype=data.weight.dtype, device=windows.device)
    times[len(times) - alone :] = 1
    return windows, windows * n + torch.cat(src), windows * n + torch.cat(dst), times


def _all_pairs(z: Tensor, with_itself: bool) -> tuple[Tensor, Tensor]:
    """Sum softplus over all ordered pairs of rows, and its slope."""
    across, total = z.T.contiguous(), z.new_zeros(())
    slope = torch.zeros_like(across)
    rows = max(1, BLOCK // max(1, len(z)))
    for i in range(0, len(z), rows):
        j = min(i + rows, len(z))
        logits = z[i:j] @ across[:, i:]
        total += functional.softplus(logits[:, : j - i]).sum() + 2 * functional.softplus(logits[:, j - i :]).sum()
        push = logits.sigmoid_()
        slope[:, i:j] += 2 * (across[:, i:] @ push.T)
        slope[:, j:] += 2 * (across[:, i:j] @ push[:, j - i :])
    slope = slope.T
    if not with_itself:
        itself = (z * z).sum(1, keepdim=True)
        total -= functional.softplus(itself).sum()
        slope = slope - 2 * torch.sigmoid(itself) * z
    return total, slope
