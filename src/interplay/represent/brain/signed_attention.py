"""Attention along a signed graph: sizes decide how much is heard, signs whether it is added or taken away."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, cast

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

#: Numbers of one map that are worked on at once on a processor: what stays in its cache.
_CHUNK = 1 << 18
#: In the place of the size of what is not heard: its share is 0, and a row without anyone stays finite.
_NOBODY = -1e30


def signed_attention(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    graphs: Tensor,
    *,
    present: Tensor | None = None,
    mask_absent: bool = False,
    dropout: float = 0.0,
) -> Tensor:
    """Gather values along one or several weightings of the same nodes.

    Parameters
    ----------
    q, k, v : (B, H, R, C) float tensors
        Queries, keys and values per head.
    graphs : (B, K, R, R) float tensor
        ``graphs[b, hop, i, j]`` is the weight with which node i hears node j, of any sign; 0: not at all.
    present : (B, R) bool tensor or None
        Nodes that are there; the others are heard by nobody and do not count.
    mask_absent : bool
        Whether pairs of weight 0 are left out of the denominator. As published they add exp(0) = 1 to it each.
    dropout : float, in [0, 1)
        Share of the entries that is left out, in steps of 1 / 65536; the others are scaled up.

    Returns
    -------
    (B, H, R, C) float tensor

    Notes
    -----
    With s = q k' / sqrt(C) and e = s w, entrywise: out = mean over hops of [sign(e) exp(|e|) / sum_j exp(|e|)] v. The
    greatest |e| of a row is taken off before the exponential, so that no size of weight overflows. Of each map only
    the result is kept for the way back, 4 B H K R^2 bytes in single precision; what lies between is made piece by
    piece. With a the map, g the incoming slope and G = g v': the slope of e is |a| G - a (g . out), which needs neither
    e nor the sum. In single precision where automatic half precision is on.
    """
    with torch.autocast(q.device.type, enabled=False):
        parts = [x.to(graphs.dtype) for x in (q, k, v)]
        return cast(Tensor, _SignedAttention.apply(*parts, graphs, present, mask_absent, dropout))  # type: ignore[no-untyped-call]


def signed_maps(
    q: Tensor, k: Tensor, graphs: Tensor, present: Tensor | None = None, *, mask_absent: bool = False
) -> Tensor:
    """Give the maps themselves, mean over hops, (B, H, R, R): row i is what node i hears of every node, signed."""
    score = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])
    found = [_map(score, graphs[:, hop], present, mask_absent) for hop in range(graphs.shape[1])]
    return torch.stack(found).mean(dim=0)


def _map(score: Tensor, graph: Tensor, present: Tensor | None, mask_absent: bool) -> Tensor:
    """Signed shares of (B, H, R, R) scores along (B, R, R) weights."""
    e = score * graph[:, None]
    size = e.abs()
    if present is not None:
        size.masked_fill_(~present[:, None, None, :], _NOBODY)
    if mask_absent:
        size.masked_fill_((graph == 0)[:, None], _NOBODY)
    return e.sign_().mul_(torch.softmax(size, dim=-1))


def _chunks(q: Tensor) -> Iterator[tuple[slice, slice]]:
    """Cut scans and heads so that a piece of the maps fits: several scans with all heads, or heads of one scan."""
    n_batch, n_heads, n, _ = q.shape
    room = _CHUNK if q.device.type == "cpu" else 64 * _CHUNK
    scans = max(1, room // (n_heads * n * n))
    heads = n_heads if scans > 1 else max(1, min(n_heads, room // (n * n)))
    for b in range(0, n_batch, scans):
        for h in range(0, n_heads, heads):
            yield slice(b, b + scans), slice(h, h + heads)


def _keep(shape: tuple[int, ...], share: float, device: torch.device) -> Tensor:
    """Draw which entries stay; four of 16 bits from every word of the generator, which is what draws cost."""
    count = math.prod(shape)
    words = torch.empty(-(-count // 4), dtype=torch.int64, device=device).random_(-(1 << 63), None)
    return (words.view(torch.int16)[:count] >= round(share * 65536) - 32768).view(shape)


class _SignedAttention(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        q: Tensor,
        k: Tensor,
        v: Tensor,
        graphs: Tensor,
        present: Tensor | None,
        mask_absent: bool,
        dropout: float,
    ) -> Tensor:
        n_batch, n_heads, n, _ = q.shape
        hops = graphs.shape[1]
        q = q / math.sqrt(q.shape[-1])
        heard = graphs if present is None else graphs.masked_fill(~present[:, None, None, :], 0.0)
        kept = _keep((hops, n_batch, n_heads, n, n), dropout, q.device) if dropout > 0 else None
        saved = any(ctx.needs_input_grad)
        maps = q.new_empty((hops, n_batch, n_heads, n, n)) if saved else None
        out = torch.zeros_like(q)
        for b, h in _chunks(q):
            score = q[b, h] @ k[b, h].transpose(-2, -1)
            for hop in range(hops):
                a = _map(score, heard[b, hop], None if present is None else present[b], mask_absent)
                if maps is not None:
                    maps[hop, b, h] = a
                if kept is not None:
                    a = a.mul_(kept[hop, b, h])
                out[b, h] += a @ v[b, h]
        factor = 1 / (hops * (1 - dropout))
        ctx.save_for_backward(q, k, v, heard, maps, kept)
        ctx.factor = factor
        return out.mul_(factor)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, slope: Tensor) -> tuple[Tensor | None, ...]:
        q, k, v, heard, maps, kept = ctx.saved_tensors
        hops = heard.shape[1]
        slope = slope * ctx.factor
        dq, dk, dv = torch.empty_like(q), torch.empty_like(k), torch.zeros_like(v)
        dw = torch.zeros_like(heard) if ctx.needs_input_grad[3] else None
        for b, h in _chunks(q):
            fresh = slope[b, h] @ v[b, h].transpose(-2, -1)
            total: Tensor | None = None
            for hop in range(hops):
                a = maps[hop, b, h]
                dropped, value = a, fresh
                if kept is not None:
                    dropped, value = a * kept[hop, b, h], fresh * kept[hop, b, h]
                dv[b, h] += dropped.transpose(-2, -1) @ slope[b, h]
                mean = (a * value).sum(dim=-1, keepdim=True)
                de = a.abs().mul_(value).addcmul_(a, mean, value=-1)
                if dw is not None:
                    dw[b, hop] += (de * (q[b, h] @ k[b, h].transpose(-2, -1))).sum(dim=1)
                de.mul_(heard[b, hop][:, None])
                total = de if total is None else total.add_(de)
            assert total is not None
            dq[b, h] = total @ k[b, h]
            dk[b, h] = total.transpose(-2, -1) @ q[b, h]
        return dq.mul_(1 / math.sqrt(q.shape[-1])), dk, dv, dw, None, None, None
