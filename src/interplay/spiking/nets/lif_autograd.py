"""Sequences of LIF units for torch: one function with a gradient of its own."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from interplay.spiking.nets.lif_passes import LIFSettings, Passes
from interplay.spiking.nets.spike_lists import SpikeLists, packed, padded, spike_lists, worth_listing

#: decay, mean, spread, membrane before, spikes before.
Given = tuple[Tensor, Tensor | None, Tensor | None, Tensor, Tensor]
#: Fewer multiplications than this in a step are not worth looking at its spikes.
STEP_LEAST = 1 << 20
_ARRAYS = {torch.float32: np.float32, torch.float64: np.float64}


class LIFRun(torch.autograd.Function):
    """T steps forward, and back by the equations; gives spikes, and membrane and spikes after the last step."""

    @staticmethod
    def forward(
        ctx: Any,
        current: Tensor,
        variance: Tensor | float,
        decay: Tensor,
        mean: Tensor | None,
        spread: Tensor | None,
        membrane_0: Tensor,
        spikes_0: Tensor,
        settings: LIFSettings,
        passes: Passes,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Run the kernels."""
        ctx.set_materialize_grads(False)
        given = (decay, mean, spread if settings.rule.stochastic else None, membrane_0, spikes_0)
        noise, membrane, spikes = forward_run(current, variance, given, settings, passes)
        ctx.save_for_backward(noise, *given, membrane, spikes)
        ctx.settings, ctx.passes, ctx.varies = settings, passes, isinstance(variance, Tensor)
        # Copies: a view of the last step would keep all steps alive for as long as the state is.
        return spikes, membrane[-1].clone(), spikes[-1].clone()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Any) -> Any:
        """Run the kernels that go back."""
        noise, *given, membrane, spikes = ctx.saved_tensors
        wanted = ctx.settings.rule.stochastic and (given[2] is not None or ctx.needs_input_grad[1])
        found = backward_run(noise, tuple(given), membrane, spikes, gradients, wanted, ctx.settings, ctx.passes)
        return found[0], found[1] if ctx.varies else None, *found[2:], None, None


def forward_run(
    current: Tensor, variance: Tensor | float, given: Given, settings: LIFSettings, passes: Passes
) -> tuple[Tensor, Tensor, Tensor]:
    """Give the variance as it was used, membranes and spikes; with weights among units step by step, a product each."""
    decay, mean, spread, membrane_0, spikes_0 = given
    current, decay = current.contiguous(), decay.contiguous()
    noise = _noise(variance, current, spread)
    membrane, spikes = _unfilled(current), _unfilled(current)
    driven = current if mean is None else current.clone()

    def run(part: slice, before: Tensor, fired: Tensor) -> None:
        passes.forward_pass(
            driven[part], _part(noise, part, len(current)), decay, before, fired, membrane[part], spikes[part],
            settings, settings.first + (part.start or 0),
        )  # fmt: skip

    before, fired = membrane_0.contiguous(), spikes_0.contiguous()
    if mean is None:
        run(slice(None), before, fired)
        return noise, membrane, spikes
    among = _Among(mean, spread, len(fired))
    for t in range(len(current)):
        among.add(fired, driven[t], noise[t] if spread is not None else None)
        run(slice(t, t + 1), before, fired)
        before, fired = membrane[t], spikes[t]
    return noise, membrane, spikes


def backward_run(
    noise: Tensor,
    given: Given,
    membrane: Tensor,
    spikes: Tensor,
    gradients: tuple[Tensor | None, ...],
    wanted: bool,
    settings: LIFSettings,
    passes: Passes,
) -> tuple[Tensor | None, ...]:
    """Give the gradients of current, variance (where `wanted`), decay, mean, spread, membrane and spikes before."""
    decay, mean, spread, membrane_0, spikes_0 = given
    to_spikes, to_membrane = _gradients(gradients, spikes, mean is not None or settings.through_reset)
    to_current = _unfilled(membrane)
    to_variance = _unfilled(membrane) if wanted else membrane.new_empty((0, 0, 0))
    to_decay = torch.zeros_like(decay, dtype=torch.float64)
    to_start = torch.zeros_like(membrane_0, memory_format=torch.contiguous_format)
    start = (membrane_0.contiguous(), spikes_0.contiguous())

    def run(part: slice, before: Tensor, fired: Tensor) -> None:
        passes.backward_pass(
            _part(noise, part, len(membrane)), decay.contiguous(), before, fired, membrane[part], spikes[part],
            to_spikes[part], to_membrane, to_current[part], to_variance[part] if wanted else to_variance, to_decay,
            to_start, settings,
        )  # fmt: skip

    back = to_variance if wanted else None
    if mean is None:
        run(slice(None), *start)
        return to_current, back, to_decay.to(decay.dtype), None, None, to_membrane, to_start
    for t in range(len(membrane) - 1, -1, -1):
        first = t == 0
        run(slice(t, t + 1), start[0] if first else membrane[t - 1], start[1] if first else spikes[t - 1])
        earlier = to_start if first else to_spikes[t - 1]
        if settings.through_reset and not first:
            earlier.add_(to_start)
            to_start.zero_()
        earlier.addmm_(to_current[t], mean)
        if spread is not None and wanted:
            earlier.addmm_(to_variance[t], spread)
    sent = torch.cat([start[1][None], spikes[:-1]]).flatten(0, 1)
    lists = spike_lists(sent) if worth_listing(len(sent), mean) else None
    by_mean = _by_weights(to_current, sent, lists)
    by_spread = _by_weights(to_variance, sent, lists) if spread is not None and wanted else None
    return to_current, back, to_decay.to(decay.dtype), by_mean, by_spread, to_membrane, to_start


class _Among:
    """Weights among the units: adds what spikes send, row by row where few fire, else as dense products."""

    def __init__(self, mean: Tensor, spread: Tensor | None, n_rows: int) -> None:
        self._weights = [mean.detach()] if spread is None else [mean.detach(), spread.detach()]
        self._tables = (
            [packed(w.t()) for w in self._weights] if worth_listing(n_rows, *self._weights, least=STEP_LEAST) else []
        )

    def add(self, fired: Tensor, mean: Tensor, variance: Tensor | None) -> None:
        """Add W fired to `mean`, (B, N), and σ² fired to `variance`, where there are variances of weights."""
        sums = (mean,) if variance is None else (mean, variance)
        lists = spike_lists(fired) if self._tables else None
        if lists is None:
            for weights, total in zip(self._weights, sums, strict=True):
                total.addmm_(fired, weights.t())
            return
        for table, total in zip(self._tables, sums, strict=True):
            n = total.shape[1]
            whole = total if len(table) * table.shape[2] == n else padded(total)
            lists.add(table, whole)
            if whole is not total:
                total.copy_(whole[:, :n])


def _by_weights(slopes: Tensor, sent: Tensor, lists: SpikeLists | None) -> Tensor:
    """Give the gradient of weights from those of what they drive and the spikes that went through them."""
    rows = slopes.flatten(0, 1)
    return rows.t() @ sent if lists is None else lists.gather(rows, sent.shape[1])


def _unfilled(like: Tensor) -> Tensor:
    """Give memory for a result of this shape: on the processor numpy's, which asks for large pages as torch does not.

    The first touch of small pages takes as long as a pass over the data.
    """
    if like.device.type != "cpu" or like.dtype not in _ARRAYS:
        return torch.empty_like(like, memory_format=torch.contiguous_format)
    return torch.from_numpy(np.empty(tuple(like.shape), _ARRAYS[like.dtype]))


def _part(noise: Tensor, part: slice, steps: int) -> Tensor:
    """Give the variance of some steps: that of all where it is the same for all."""
    return noise[part] if len(noise) == steps else noise


def _gradients(gradients: tuple[Tensor | None, ...], spikes: Tensor, changes: bool) -> tuple[Tensor, Tensor]:
    """Give the gradients of all spikes and of the last membrane, as arrays that may be written to where they change."""
    to_spikes, to_membrane, to_last = gradients
    if to_spikes is None:
        found = torch.zeros_like(spikes)
    elif changes or to_last is not None:
        found = to_spikes.clone(memory_format=torch.contiguous_format)
    else:
        found = to_spikes.contiguous()
    if to_last is not None:
        found[-1] += to_last
    if to_membrane is None:
        return found, torch.zeros_like(spikes[0])
    return found, to_membrane.clone(memory_format=torch.contiguous_format)


def _noise(variance: Tensor | float, current: Tensor, spread: Tensor | None) -> Tensor:
    """Lay the variance out: one row where it is the same everywhere, a copy where weights among units add to it."""
    if isinstance(variance, Tensor):
        return variance.contiguous() if spread is None else variance.clone(memory_format=torch.contiguous_format)
    shape = (1, 1, current.shape[-1]) if spread is None else tuple(current.shape)
    return current.new_full(shape, variance)
