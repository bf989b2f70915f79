"""The passes of `interplay.ops.lif` on graphics cards: one kernel for all steps, the same noise and formulas.

A program holds a block of the (B, N) units and goes through the steps; between steps nothing is in memory but what the
way back needs. The file is imported where tensors lie on such a card and Triton is there.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
import triton
import triton.language as tl
from torch import Tensor

from interplay.ops.lif import seed_word
from interplay.ops.spike_laws import COEFFICIENTS
from interplay.spiking.nets.lif_passes import LIFSettings

_BLOCK = 128


def forward_pass(
    current: Tensor,
    variance: Tensor,
    decay: Tensor,
    before: Tensor,
    fired: Tensor,
    membrane: Tensor,
    spikes: Tensor,
    settings: LIFSettings,
    first: int,
) -> None:
    """Fill `membrane` and `spikes`, (T, B, N), as `interplay.ops.lif.lif_forward` does.

    Parameters
    ----------
    current, variance, decay, before, fired, membrane, spikes
        Contiguous tensors, as the arrays there; `before` and `fired` are the state.
    settings : LIFSettings
    first : int
        Number of the first step.
    """
    columns = before.numel()
    if columns:
        _forward[_grid(columns)](
            current, variance, decay, before, fired, membrane, spikes, _key(settings), first, len(current), columns,
            *_strides(variance), **_constants(settings, len(decay)),
        )  # fmt: skip


def backward_pass(
    variance: Tensor,
    decay: Tensor,
    before: Tensor,
    fired: Tensor,
    membrane: Tensor,
    spikes: Tensor,
    to_spikes: Tensor,
    to_membrane: Tensor,
    to_current: Tensor,
    to_variance: Tensor,
    to_decay: Tensor,
    to_start: Tensor,
    settings: LIFSettings,
) -> None:
    """Go back through T steps as `interplay.ops.lif.lif_backward` does, but for `to_spikes`, which stays as it is.

    Parameters
    ----------
    variance, decay, before, fired, membrane, spikes
        Contiguous tensors, as the arrays there.
    to_spikes, to_membrane, to_current, to_variance, to_decay, to_start
        Likewise.
    settings : LIFSettings
    """
    columns = before.numel()
    if columns:
        by_column = torch.empty(before.shape, dtype=torch.float64, device=before.device)
        table = torch.tensor(settings.rule.table, device=before.device)
        _backward[_grid(columns)](
            variance, decay, before, fired, membrane, spikes, to_spikes, to_membrane, to_current, to_variance,
            by_column, to_start, table, len(membrane), columns, len(table), *_strides(variance),
            **_constants(settings, len(decay)), PARAMETER=settings.rule.kernel[1],
            THROUGH=settings.through_reset, WANTED=to_variance.numel() > 0,
        )  # fmt: skip
        to_decay += by_column.sum(dim=0)


def _grid(columns: int) -> tuple[int]:
    return (triton.cdiv(columns, _BLOCK),)


def _key(settings: LIFSettings) -> int:
    word = int(seed_word(np.uint64(settings.seed)))
    return word - 2**64 if word >= 2**63 else word


def _strides(variance: Tensor) -> tuple[int, int]:
    """Give the steps of step and sample, 0 where it is the same for all."""
    steps, batch, n = variance.shape
    return (batch * n if steps > 1 else 0), (n if batch > 1 else 0)


def _constants(settings: LIFSettings, n: int) -> dict[str, Any]:
    kind, _, law = settings.rule.kernel
    return {
        "N": n,
        "KIND": kind,
        "LAW": law,
        "HARD": settings.reset == 0,
        "THRESHOLD": settings.threshold,
        "C": COEFFICIENTS,
        "BLOCK": _BLOCK,
        # Products are rounded before they are added, as on the processor.
        "enable_fp_fusion": False,
    }


@triton.jit
def _mixed(word):  # type: ignore[no-untyped-def]
    word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9
    word = (word ^ (word >> 27)) * 0x94D049BB133111EB
    return word ^ (word >> 31)


@triton.jit
def _uniform(key, step, place):  # type: ignore[no-untyped-def]
    """Give `interplay.ops.spike_laws.unit_uniform` of the word of a step."""
    word = _mixed(key.to(tl.uint64) ^ _mixed(step.to(tl.uint64) + 0x9E3779B97F4A7C15))
    x = (place.to(tl.uint32) * 0x9E3779B9) ^ word.to(tl.uint32)
    x = (x ^ (x >> 16)) * 0x7FEB352D
    x = x ^ (word >> 32).to(tl.uint32)
    x = (x ^ (x >> 15)) * 0x846CA68B
    x = x ^ (x >> 16)
    return (x >> 8).to(tl.float64) * 5.9604644775390625e-08


@triton.jit
def _quotient(a, b):  # type: ignore[no-untyped-def]
    """Divide to the nearest number of the type: in single precision the card's own division is not exact."""
    return (a.to(tl.float64) / b.to(tl.float64)).to(a.dtype)


@triton.jit
def _root(a):  # type: ignore[no-untyped-def]
    return tl.sqrt(a.to(tl.float64)).to(a.dtype)


@triton.jit
def _scaled_erfc(x, C: tl.constexpr):  # type: ignore[no-untyped-def]
    w = (x - 3.0) / (x + 3.0)
    p = w * C[20] + C[19]
    for k in tl.static_range(19):
        p = p * w + C[18 - k]
    return p / (1.0 + 2.0 * x)


@triton.jit
def _law(z, LAW: tl.constexpr, C: tl.constexpr):  # type: ignore[no-untyped-def]
    """Give F(z), f(z), f(z) / F(z) and the logit of F(z), in double precision."""
    low = z < 0.0
    if LAW == 0:
        x = tl.abs(z) * 0.7071067811865476
        square = x * x
        bell = tl.exp(-tl.minimum(square, 700.0))
        scaled = _scaled_erfc(x, C)
        tail = 0.5 * bell * scaled
        p = tl.where(low, tail, 1.0 - tail)
        density = bell / 2.5066282746310002
        hazard = tl.where(low, 2.0 / (2.5066282746310002 * scaled), density / (1.0 - tail))
        above = tl.log((1.0 - tail) / (0.5 * scaled)) + square
        return p, density, hazard, tl.where(low, -above, above)
    else:
        fallen = tl.exp(-tl.minimum(tl.abs(z), 700.0))
        less = fallen / (1.0 + fallen)
        p = tl.where(low, less, 1.0 - less)
        other = tl.where(low, 1.0 - less, less)
        return p, p * other, other, z


@triton.jit
def _looked_up(table, entries, logit):  # type: ignore[no-untyped-def]
    """Give the cubic of the logit's piece, or the table's end."""
    pieces = entries // 4
    place = (tl.minimum(tl.maximum(logit, -40.0), 40.0) + 40.0) * 32.0
    piece = tl.minimum(place.to(tl.int64), pieces - 1)
    x = place - piece.to(tl.float64)
    at = table + 4 * piece
    return ((tl.load(at + 3) * x + tl.load(at + 2)) * x + tl.load(at + 1)) * x + tl.load(at)


@triton.jit
def _log_beyond(logit, TAU: tl.constexpr):  # type: ignore[no-untyped-def]
    """Logarithm of the factor by which the slope falls above the table's end."""
    wide = tl.maximum(tl.zeros_like(logit) + TAU, 1.0)
    far = tl.minimum(tl.maximum(logit, 40.0), 1e6)
    ends = 1.0 + tl.exp(-tl.minimum(40.0 / wide, 700.0))
    return (40.0 - far) / wide + 2.0 * tl.log(ends / (1.0 + tl.exp(-tl.minimum(far / wide, 700.0))))


@triton.jit
def _sigmoid(x):  # type: ignore[no-untyped-def]
    return 1.0 / (1.0 + tl.exp(-tl.minimum(tl.maximum(x, -700.0), 700.0)))


@triton.jit
def _stochastic_slope(  # type: ignore[no-untyped-def]
    z, up, table, entries, KIND: tl.constexpr, PARAMETER: tl.constexpr, LAW: tl.constexpr, C: tl.constexpr
):
    """Give the slope in z of what was done; see `UnitRule` for the kinds."""
    wide = z.to(tl.float64)
    side = tl.where(up, wide, -wide)
    _, density, hazard, logit = _law(side, LAW, C)
    if KIND == 0:
        return (1.0 - PARAMETER) * density + 0.5 * PARAMETER * hazard
    elif KIND == 1:
        return tl.where(up, hazard * PARAMETER, hazard * (1.0 - PARAMETER))
    elif KIND == 2:
        return hazard * _sigmoid((1.0 - PARAMETER) * logit)
    elif KIND == 3:
        _, _, other, _ = _law(-side, LAW, C)
        beyond = tl.exp(-tl.minimum(-_log_beyond(logit, PARAMETER), 700.0))
        return _looked_up(table, entries, logit) * beyond * (hazard + other)
    else:
        share = _looked_up(table, entries, logit)
        more = logit - tl.minimum(tl.maximum(logit, -40.0), 40.0)
        more = more + _log_beyond(logit, PARAMETER) - _log_beyond(-logit, PARAMETER)
        return hazard * share / (share + (1.0 - share) * tl.exp(-tl.minimum(tl.maximum(more, -700.0), 700.0)))


@triton.jit
def _surrogate(x, KIND: tl.constexpr, PARAMETER: tl.constexpr):  # type: ignore[no-untyped-def]
    one = tl.zeros_like(x) + 1.0
    if KIND == 10:
        part = 1.0 + PARAMETER * tl.abs(x)
        return _quotient(one, part * part)
    elif KIND == 11:
        part = (1.5707963267948966 * PARAMETER) * x
        return _quotient(one * (0.5 * PARAMETER), 1.0 + part * part)
    elif KIND == 12:
        return _quotient(tl.maximum(1.0 - _quotient(tl.abs(x), one * PARAMETER), 0.0), one * PARAMETER)
    else:
        return tl.where(tl.abs(x) < 1.0, one * 0.5, one * 0.0)


@triton.jit(do_not_specialize=["key", "first", "steps"])
def _forward(  # type: ignore[no-untyped-def]
    current, variance, decay, membrane_0, spikes_0, membrane, spikes, key, first, steps, columns, by_step, by_sample,
    N: tl.constexpr, KIND: tl.constexpr, LAW: tl.constexpr, HARD: tl.constexpr, THRESHOLD: tl.constexpr,
    C: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    at = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    inside = at < columns
    unit, sample = at % N, at // N
    kept = tl.load(decay + unit, mask=inside, other=0.0)
    v = tl.load(membrane_0 + at, mask=inside, other=0.0)
    b = tl.load(spikes_0 + at, mask=inside, other=0.0)
    for t in range(steps):
        here = tl.cast(t, tl.int64) * columns + at
        m = tl.load(current + here, mask=inside, other=0.0)
        v = kept * v * (1.0 - b) + m if HARD else kept * v - THRESHOLD * b + m
        if KIND < 10:
            place = tl.cast(t, tl.int64) * by_step + sample * by_sample + unit
            s = _root(tl.load(variance + place, mask=inside, other=1.0))
            p, _, _, _ = _law(_quotient(v - THRESHOLD, s).to(tl.float64), LAW, C)
            b = (_uniform(key, tl.cast(first + t, tl.int64), at) < p).to(v.dtype)
        else:
            b = (v - THRESHOLD > 0.0).to(v.dtype)
        tl.store(membrane + here, v, mask=inside)
        tl.store(spikes + here, b, mask=inside)


@triton.jit(do_not_specialize=["steps"])
def _backward(  # type: ignore[no-untyped-def]
    variance, decay, membrane_0, spikes_0, membrane, spikes, to_spikes, to_membrane, to_current, to_variance, to_decay,
    to_start, table, steps, columns, entries, by_step, by_sample,
    N: tl.constexpr, KIND: tl.constexpr, LAW: tl.constexpr, HARD: tl.constexpr, THRESHOLD: tl.constexpr,
    C: tl.constexpr, BLOCK: tl.constexpr, PARAMETER: tl.constexpr, THROUGH: tl.constexpr, WANTED: tl.constexpr,
):  # fmt: skip
    at = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    inside = at < columns
    unit, sample = at % N, at // N
    kept = tl.load(decay + unit, mask=inside, other=0.0)
    carried = tl.load(to_membrane + at, mask=inside, other=0.0)
    # What the reset of the step after adds to the gradient of a step's spikes.
    cut = carried * 0.0
    summed = tl.zeros([BLOCK], tl.float64)
    v = tl.load(membrane + tl.cast(steps - 1, tl.int64) * columns + at, mask=inside, other=0.0)
    b = tl.load(spikes + tl.cast(steps - 1, tl.int64) * columns + at, mask=inside, other=0.0)
    for k in range(steps):
        t = tl.cast(steps - 1 - k, tl.int64)
        here = t * columns + at
        if t == 0:
            before = tl.load(membrane_0 + at, mask=inside, other=0.0)
            fired = tl.load(spikes_0 + at, mask=inside, other=0.0)
        else:
            before = tl.load(membrane + here - columns, mask=inside, other=0.0)
            fired = tl.load(spikes + here - columns, mask=inside, other=0.0)
        upon = tl.load(to_spikes + here, mask=inside, other=0.0) + cut
        x = v - THRESHOLD
        if KIND < 10:
            s = _root(tl.load(variance + t * by_step + sample * by_sample + unit, mask=inside, other=1.0))
            z = _quotient(x, s)
            slope = _stochastic_slope(z, b > 0.0, table, entries, KIND, PARAMETER, LAW, C).to(x.dtype)
            slope = _quotient(slope, s)
            if WANTED:
                tl.store(to_variance + here, _quotient(-upon * slope * z * 0.5, s), mask=inside)
        else:
            slope = _surrogate(x, KIND, PARAMETER)
        out = upon * slope + carried
        tl.store(to_current + here, out, mask=inside)
        if HARD:
            left = 1.0 - fired
            summed += out.to(tl.float64) * (before * left).to(tl.float64)
            carried = out * kept * left
            if THROUGH:
                cut = -kept * before * out
        else:
            summed += out.to(tl.float64) * before.to(tl.float64)
            carried = out * kept
            if THROUGH:
                cut = out * (-THRESHOLD)
        v, b = before, fired
    tl.store(to_membrane + at, carried, mask=inside)
    tl.store(to_decay + at, summed, mask=inside)
    if THROUGH:
        tl.store(to_start + at, tl.load(to_start + at, mask=inside, other=0.0) + cut, mask=inside)
