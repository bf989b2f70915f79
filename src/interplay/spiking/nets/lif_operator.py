"""Sequences of LIF units as an operator of torch, which torch.compile takes as it is, kernels and gradient."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from interplay._core.errors import ConfigError
from interplay.spiking.estimators import UnitRule
from interplay.spiking.nets.lif_autograd import backward_run, forward_run
from interplay.spiking.nets.lif_checks import check_values
from interplay.spiking.nets.lif_passes import LIFSettings, Passes, passes_on


def run_compiled(
    current: Tensor,
    variance: Tensor | float,
    decay: Tensor,
    mean: Tensor | None,
    spread: Tensor | None,
    membrane_0: Tensor,
    spikes_0: Tensor,
    settings: LIFSettings,
) -> tuple[Tensor, Tensor, Tensor]:
    """Run as `LIFRun` does, as an operator that torch.compile takes as it is; values are checked when it runs."""
    rule = settings.rule
    seed = settings.seed if settings.seed < 2**63 else settings.seed - 2**64
    told = (rule.gradient, rule.noise, float(settings.threshold), settings.reset, seed, settings.first)
    among = (mean, spread if rule.stochastic else None)
    number = 1.0 if isinstance(variance, Tensor) else float(variance)
    tensor = variance if isinstance(variance, Tensor) else None
    spikes, membrane, last, _, _ = torch.ops.interplay.lif(
        current, tensor, number, decay, *among, membrane_0, spikes_0, *told, settings.through_reset
    )
    return spikes, membrane, last


_TOLD = "str gradient, str law, float threshold, int reset, SymInt seed, SymInt first, bool through_reset"
_GIVEN = "Tensor decay, Tensor? mean, Tensor? spread, Tensor membrane, Tensor spikes"


def _settings(
    gradient: str, law: Any, threshold: float, reset: int, seed: int, first: int, through_reset: bool
) -> LIFSettings:
    rule = UnitRule(gradient=gradient, noise=law)
    return LIFSettings(rule, threshold, reset, seed % 2**64, first, through_reset)


def _laid_out(like: Tensor) -> Tensor:
    return torch.empty_like(like, memory_format=torch.contiguous_format)


def _passes(tensor: Tensor) -> Passes:
    passes = passes_on(tensor.device)
    if passes is None:
        raise ConfigError(f"LIF units compile on processors and on cards with Triton, got a tensor on {tensor.device}.")
    return passes


@torch.library.custom_op(
    "interplay::lif",
    mutates_args=(),
    schema=f"(Tensor current, Tensor? variance, float number, {_GIVEN}, {_TOLD}) -> ({', '.join(['Tensor'] * 5)})",
)
def _lif(current: Tensor, variance: Tensor | None, number: float, *rest: Any) -> tuple[Tensor, ...]:
    """Give spikes, membrane and spikes after the last step, all membranes, and the variance where it was added to."""
    given, told = rest[:5], rest[5:]
    spread = number if variance is None else variance
    check_values(current, given[0], spread, given[1:3], given[3:5])
    noise, membrane, spikes = forward_run(current, spread, given, _settings(*told), _passes(current))
    used = noise if given[2] is not None else noise.new_empty(0)
    return spikes, membrane[-1].clone(), spikes[-1].clone(), membrane, used


@_lif.register_fake
def _(current: Tensor, variance: Tensor | None, number: float, *rest: Any) -> tuple[Tensor, ...]:
    whole, state = _laid_out(current), _laid_out(rest[3])
    used = _laid_out(current) if rest[2] is not None else whole.new_empty(0)
    return whole, state, _laid_out(state), _laid_out(whole), used


@torch.library.custom_op(
    "interplay::lif_back",
    mutates_args=(),
    schema=f"(Tensor noise, {_GIVEN}, Tensor membranes, Tensor fired, Tensor[] to, bool wanted, {_TOLD}) -> Tensor[]",
)
def _lif_back(noise: Tensor, *rest: Any) -> list[Tensor]:
    """Give the gradients of `backward_run`, empty tensors for those that there are none of."""
    given, (membranes, fired, to, wanted), told = rest[:5], rest[5:9], rest[9:]
    found = backward_run(noise, given, membranes, fired, tuple(to), wanted, _settings(*told), _passes(noise))
    # Compiled code is told the strides beforehand: all are those of contiguous arrays.
    return [noise.new_empty(0) if x is None else x.contiguous() for x in found]


@_lif_back.register_fake
def _(noise: Tensor, *rest: Any) -> list[Tensor]:
    (decay, mean, spread, start, _), (membranes, _, _, wanted) = rest[:5], rest[5:9]
    none = noise.new_empty(0)
    return [
        _laid_out(membranes), _laid_out(membranes) if wanted else none, _laid_out(decay),
        none.new_empty(0) if mean is None else _laid_out(mean),
        _laid_out(spread) if spread is not None and wanted else none.new_empty(0),
        _laid_out(start), _laid_out(start),
    ]  # fmt: skip


def _keep(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, ...]) -> None:
    current, variance, number = inputs[:3]
    spikes, _, _, membrane, used = output
    added = inputs[5] is not None
    noise = used if added else variance if variance is not None else current.new_full((1, 1, current.shape[-1]), number)
    ctx.save_for_backward(noise, *inputs[3:8], membrane, spikes)
    ctx.told, ctx.varies = inputs[8:], variance is not None


def _return(ctx: Any, *gradients: Any) -> tuple[Any, ...]:
    noise, *given, membrane, spikes = ctx.saved_tensors
    stochastic = UnitRule(gradient=ctx.told[0]).stochastic
    wanted = stochastic and (given[2] is not None or (ctx.varies and ctx.needs_input_grad[1]))
    to = [torch.zeros_like(spikes) if gradients[0] is None else gradients[0]]
    to += [torch.zeros_like(given[3]) if g is None else g for g in gradients[1:3]]
    found = torch.ops.interplay.lif_back(noise.contiguous(), *given, membrane, spikes, to, wanted, *ctx.told)
    by_variance = found[1] if ctx.varies and wanted else None
    by_mean = None if given[1] is None else found[3]
    by_spread = found[4] if given[2] is not None and wanted else None
    return found[0], by_variance, None, found[2], by_mean, by_spread, *found[5:], *(None,) * len(ctx.told)


_lif.register_autograd(_return, setup_context=_keep)
