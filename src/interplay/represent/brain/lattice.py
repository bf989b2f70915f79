"""Attention over every pair of a region and a time, as a torch function: exact, and no token is ever written down."""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from typing import Any, cast

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from interplay.ops.lattice_attention import NEVER, REACH, TAPS, attend, attend_back, padded

#: Inputs of the kernels that all heads of a scan share.
_OF_SCANS = ("x", "inverse", "present")
_LOG2_E = math.log2(math.e)


def lattice_attention(
    p: Tensor, q: Tensor, u: Tensor, x: Tensor, inverse: Tensor, present: Tensor | None = None
) -> tuple[Tensor, Tensor, Tensor]:
    """Attend to all pairs of a region and a time, with scores (p_r + q_t + sum_k u_k x(r, t+k-2)) / sigma(r, t).

    Parameters
    ----------
    p, q, u : (B, H, G, R), (B, H, G, T), (B, H, G, 5) float tensors
        What the region, the time and the five samples around it bring to the score of each query.
    x : (B, R, T) float tensor
        Series; samples before the first and after the last count as 0.
    inverse : (B, R, T) float tensor
        1 / sigma.
    present : (B, R) bool tensor or None
        Regions that have tokens; None: all.

    Returns
    -------
    tuple of (B, H, G, R), (B, H, G, T), (B, H, G, 5) float tensors
        With w = alpha / sigma, alpha the softmax of the scores over all pairs: w summed over times, over regions, and
        over both times the sample x(r, t+k-2). All 0 for a scan without a region.

    Notes
    -----
    Differentiable once, by every float input; runs on the CPU, in single precision, or double if `p` is. Time
    O(B H G R T), memory O(B H G (R + T)). The heads of all scans are shared out over torch's threads; what is computed
    does not depend on their number.
    """
    dtype = p.dtype if p.dtype == torch.float64 else torch.float32
    there = torch.ones(x.shape[:2], dtype=torch.bool) if present is None else present
    made = _Lattice.apply(*(part.to(dtype) for part in (p, q, u, x, inverse)), there)  # type: ignore[no-untyped-call]
    return cast(tuple[Tensor, Tensor, Tensor], made[:3])


def region_shares(p: Tensor, q: Tensor, u: Tensor, x: Tensor, inverse: Tensor, present: Tensor | None = None) -> Tensor:
    """Give the attention that each query pays to each region, over all times: (B, H, G, R), without a gradient.

    Parameters
    ----------
    p, q, u, x, inverse, present
        As in `lattice_attention`.

    Returns
    -------
    (B, H, G, R) float tensor
        Each query's sum to one.
    """
    with torch.no_grad():
        dtype = p.dtype if p.dtype == torch.float64 else torch.float32
        there = torch.ones(x.shape[:2], dtype=torch.bool) if present is None else present
        return _forward(_prepared((p.to(dtype), q.to(dtype), u.to(dtype)), x.to(dtype), inverse.to(dtype), there))[
            "share"
        ]


def _prepared(scores: tuple[Tensor, Tensor, Tensor], x: Tensor, inverse: Tensor, present: Tensor) -> dict[str, Tensor]:
    """Lay the inputs out for the kernels: scores to base two, times padded to whole lanes."""
    p, q, u = scores
    n_times = x.shape[-1]
    width = padded(n_times)
    wide = q.new_full((*q.shape[:-1], width), NEVER)
    wide[..., :n_times] = q * _LOG2_E
    series = x.new_zeros(*x.shape[:-1], width + TAPS - 1)
    series[..., REACH : REACH + n_times] = x
    scale = inverse.new_ones(*inverse.shape[:-1], width)
    scale[..., :n_times] = inverse
    return {
        "p": (p * _LOG2_E).contiguous(),
        "q": wide,
        "u": (u * _LOG2_E).contiguous(),
        "x": series,
        "inverse": scale,
        "present": present.contiguous(),
    }


def _forward(made: dict[str, Tensor]) -> dict[str, Tensor]:
    """Run the forward kernel on every head of every scan."""
    p, q = made["p"], made["q"]
    out = {"m": torch.empty_like(p), "n": torch.empty_like(q), "y": torch.empty_like(made["u"])}
    out |= {"share": torch.empty_like(p), "top": p.new_empty(p.shape[:-1])}
    _on_heads(attend, p.shape, made, out)
    return out


def _on_heads(kernel: Callable[..., None], shape: torch.Size, *groups: dict[str, Tensor]) -> None:
    """Call a kernel for every scan and head with its parts of the tensors, in order; heads share what has no heads."""
    arrays = [(name in _OF_SCANS, part.detach().numpy()) for group in groups for name, part in group.items()]

    def work(place: tuple[int, int]) -> None:
        kernel(*(array[place[0]] if shared else array[place] for shared, array in arrays))

    places = list(product(range(shape[0]), range(shape[1])))
    threads = min(torch.get_num_threads(), len(places))
    if threads < 2:
        for place in places:
            work(place)
    else:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(work, places))


class _Lattice(torch.autograd.Function):
    """The kernels, and their gradients."""

    @staticmethod
    def forward(
        ctx: Any, p: Tensor, q: Tensor, u: Tensor, x: Tensor, inverse: Tensor, present: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Sum alpha / sigma over times, regions, and samples."""
        ctx.made = _prepared((p, q, u), x, inverse, present)
        out = _forward(ctx.made)
        ctx.top, ctx.n_times = out["top"], x.shape[-1]
        m, n, y = out["m"], out["n"][..., : x.shape[-1]].contiguous(), out["y"]
        ctx.save_for_backward(m, n, y)
        return m, n, y

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, dm: Tensor, dn: Tensor, dy: Tensor) -> tuple[Tensor | None, ...]:
        """Take the gradients of the sums to those of the inputs."""
        m, n, y = ctx.saved_tensors
        made, n_times = ctx.made, ctx.n_times
        p, q = made["p"], made["q"]
        mean = (m * dm).sum(-1) + (n * dn).sum(-1) + (y * dy).sum(-1)
        wide = torch.zeros_like(q)
        wide[..., :n_times] = dn
        given = {"top": ctx.top, "mean": mean, "dm": dm.contiguous(), "dn": wide, "dy": dy.contiguous()}
        out = {"dp": torch.empty_like(p), "dq": torch.empty_like(q), "du": torch.empty_like(made["u"])}
        heads, scale = p.shape[:2], made["inverse"]
        out["dinverse"] = scale.new_zeros(*heads, *scale.shape[1:])
        wanted = ctx.needs_input_grad[3]
        out["dx"] = torch.zeros_like(out["dinverse"]) if wanted else scale.new_zeros(*heads, 0, 0)
        out["scratch"] = scale.new_zeros(*heads, 2, made["x"].shape[-1])
        _on_heads(attend_back, p.shape, made, given, out)
        dx = out["dx"].sum(1)[..., :n_times] if wanted else None
        return out["dp"], out["dq"][..., :n_times], out["du"], dx, out["dinverse"].sum(1)[..., :n_times], None
