"""Leaky integrate-and-fire units over time: one differentiable function, its state in and out in the open."""

from __future__ import annotations

import math
from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from interplay._core.checks import require_setting
from interplay._core.errors import ConfigError, DataError
from interplay.spiking.estimators import UnitRule
from interplay.spiking.nets.lif_noise import step_uniform
from interplay.spiking.nets.lif_passes import LIFSettings, Passes, passes_on

Reset = Literal["hard", "soft"]
_RESETS = ("hard", "soft")


class LIFState(NamedTuple):
    """Where units stand between two calls.

    Attributes
    ----------
    membrane, spikes : (B, N) tensors
        After the last step.
    step : int
        Steps made; keys the noise of those that come.
    """

    membrane: Tensor
    spikes: Tensor
    step: int = 0


def lif(
    current: Tensor,
    *,
    decay: Tensor,
    rule: UnitRule,
    threshold: float = 1.0,
    reset: Reset = "hard",
    variance: Tensor | float | None = None,
    recurrent: tuple[Tensor, ...] | None = None,
    state: LIFState | None = None,
    seed: int = 0,
    detach_reset: bool = True,
) -> tuple[Tensor, LIFState]:
    """Let LIF units run over T steps.

    Parameters
    ----------
    current : (T, B, N) tensor
        Means of the currents from outside.
    decay : (N,) tensor, in [0, 1)
        λ = exp(-Δt / τ) of each membrane.
    rule : UnitRule
        In the code of 0 and 1.
    threshold : float, > 0
        θ.
    reset : {"hard", "soft"}
        v_t = λ v (1 - b) + m_t, or v_t = λ v - θ b + m_t, with v and b of the step before.
    variance : (T, B, N) tensor, float, or None; > 0
        s² of the noise, for units that fire by chance: b_t = 1 with P = F((v_t - θ) / s_t). None: 1.
    recurrent : (mean,) or (mean, variance), (N, N) tensors, or None
        `coupling[post, pre]`: spikes of the step before add to the current's mean, and to its variance.
    state : LIFState or None
        None: rest, at step 0.
    seed : int, >= 0
        Of the noise, which is a function of (seed, step, sample, unit).
    detach_reset : bool
        Whether the reset is a constant on the way back.

    Returns
    -------
    spikes : (T, B, N) tensor of 0 and 1
    LIFState

    Raises
    ------
    DataError
        If shapes do not fit, a current is not finite, a decay lies outside [0, 1), or a variance is not above 0.
    ConfigError
        If the threshold is not above 0 or the reset unknown.

    Notes
    -----
    Gradients go to current, decay, variance, recurrent weights and the state before, by the equations written out: one
    function, no graph per step; second derivatives are refused. A sequence in two calls, with the state handed on, has
    the bits of one call (with weights among units up to the rounding of their products). Memory T B N numbers for the
    membranes beside input and output. Compiled kernels on the processor, and on graphics cards where Triton is there;
    elsewhere step by step in torch. The noise is the same on all, and spikes up to rounding of P.

    As s falls to 0, units fire where v > θ; s = 0 itself is refused, as its slope is nowhere defined.

    References
    ----------
    Gerstner, Kistler, Naud, Paninski (2014), Neuronal Dynamics, chapters 1 and 9 (escape noise).
    """
    variance = _checked(current, decay, rule, threshold, reset, variance, recurrent, seed)
    steps = len(current)
    state = _state(state, current)
    if steps == 0:
        return current.new_zeros(current.shape), state
    passes = passes_on(current.device)
    if passes is None:
        return lif_plain(
            current, decay=decay, rule=rule, threshold=threshold, reset=reset, variance=variance, recurrent=recurrent,
            state=state, seed=seed, detach_reset=detach_reset,
        )  # fmt: skip
    settings = LIFSettings(rule, threshold, _RESETS.index(reset), seed, state.step, not detach_reset)
    mean, spread = (*(recurrent or ()), None, None)[:2]
    spikes, membrane, last = _Run.apply(  # type: ignore[no-untyped-call]
        current, variance, decay, mean, spread, state.membrane, state.spikes, settings, passes
    )
    return spikes, LIFState(membrane, last, state.step + steps)


def lif_step(current: Tensor, state: LIFState | None = None, **settings: Any) -> tuple[Tensor, LIFState]:
    """Make one step.

    Parameters
    ----------
    current : (B, N) tensor
    state : LIFState or None
    **settings
        As of `lif`; `variance` is (B, N) or a number.

    Returns
    -------
    spikes : (B, N) tensor
    LIFState
    """
    if current.dim() != 2:
        raise DataError(f"`current` must be (B, N) for one step, got shape {tuple(current.shape)}. Use `lif` for more.")
    variance = settings.pop("variance", None)
    if isinstance(variance, Tensor):
        variance = variance[None]
    spikes, after = lif(current[None], state=state, variance=variance, **settings)
    return spikes[0], after


def leaky_readout(current: Tensor, decay: float) -> Tensor:
    """Give the mean over time of leaky integrators, y_t = λ y_{t-1} + (1 - λ) x_t from rest.

    Parameters
    ----------
    current : (T, B, N) tensor
    decay : float, in [0, 1)
        λ.

    Returns
    -------
    (B, N) tensor
        Both are linear and alike for all, so x_s counts (1 - λ^(T - s)) / T; weights may be applied after it.
    """
    require_setting("decay", decay, least=0, below=1)
    if current.dim() != 3 or len(current) == 0:
        raise DataError(f"`current` must be (T, B, N) with T >= 1, got shape {tuple(current.shape)}.")
    left = torch.arange(len(current), 0, -1, device=current.device, dtype=current.dtype)
    return torch.einsum("t,tbn->bn", (1 - decay**left) / len(current), current)


def lif_plain(
    current: Tensor,
    *,
    decay: Tensor,
    rule: UnitRule,
    threshold: float,
    reset: Reset,
    variance: Tensor | float,
    recurrent: tuple[Tensor, ...] | None,
    state: LIFState,
    seed: int,
    detach_reset: bool,
) -> tuple[Tensor, LIFState]:
    """Run as `lif` does, step by step in torch's own operations, on any device.

    Parameters
    ----------
    current, decay, rule, threshold, reset, variance, recurrent, state, seed, detach_reset
        As of `lif`, nothing left out.

    Returns
    -------
    spikes : (T, B, N) tensor
    LIFState
    """
    membrane, fired, out = state.membrane, state.spikes, []
    for t, driven in enumerate(current):
        spread = variance[t] if isinstance(variance, Tensor) else variance
        if recurrent is not None:
            driven = driven + fired @ recurrent[0].t()
            if len(recurrent) > 1 and rule.stochastic:
                spread = spread + fired @ recurrent[1].t()
        cut = fired.detach() if detach_reset else fired
        membrane = (
            decay * membrane * (1 - cut) + driven if reset == "hard" else decay * membrane - threshold * cut + driven
        )
        uniform = None
        if rule.stochastic:
            uniform = step_uniform(seed, state.step + t, membrane)
        scale = spread.sqrt() if isinstance(spread, Tensor) else math.sqrt(spread)
        fired = rule.fire(membrane - threshold, scale, uniform=uniform)
        out.append(fired)
    return torch.stack(out), LIFState(membrane, fired, state.step + len(current))


class _Run(torch.autograd.Function):
    """T steps forward, and back by the equations."""

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
        """Run the kernels; with weights among the units step by step, each with one product."""
        ctx.set_materialize_grads(False)
        current, decay = current.contiguous(), decay.contiguous()
        spread = spread if settings.rule.stochastic else None
        noise = _noise(variance, current, spread)
        varies = isinstance(variance, Tensor) or spread is not None
        membrane, spikes = torch.empty_like(current), torch.empty_like(current)
        driven = current if mean is None else current.clone()

        def run(part: slice, before: Tensor, fired: Tensor) -> None:
            passes.forward_pass(
                driven[part], noise[part] if varies else noise, decay, before, fired, membrane[part], spikes[part],
                settings, settings.first + (part.start or 0),
            )  # fmt: skip

        before, fired = membrane_0.contiguous(), spikes_0.contiguous()
        if mean is None:
            run(slice(None), before, fired)
        else:
            for t in range(len(current)):
                driven[t].addmm_(fired, mean.t())
                if spread is not None:
                    noise[t].addmm_(fired, spread.t())
                run(slice(t, t + 1), before, fired)
                before, fired = membrane[t], spikes[t]
        ctx.save_for_backward(noise, decay, mean, spread, membrane_0, spikes_0, membrane, spikes)
        ctx.settings, ctx.passes, ctx.varies, ctx.given = settings, passes, varies, isinstance(variance, Tensor)
        # Copies: a view of the last step would keep all steps alive for as long as the state is.
        return spikes, membrane[-1].clone(), spikes[-1].clone()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Any) -> Any:
        """Go back step by step."""
        noise, decay, mean, spread, membrane_0, spikes_0, membrane, spikes = ctx.saved_tensors
        settings: LIFSettings = ctx.settings
        passes: Passes = ctx.passes
        changes = mean is not None or settings.through_reset
        to_spikes, to_membrane = _gradients(gradients, spikes, changes)
        wanted = settings.rule.stochastic and (spread is not None or ctx.needs_input_grad[1])
        to_current = torch.empty_like(membrane)
        to_variance = torch.empty_like(membrane) if wanted else membrane.new_empty((0, 0, 0))
        to_decay = torch.zeros_like(decay, dtype=torch.float64)
        to_start = torch.zeros_like(membrane_0, memory_format=torch.contiguous_format)
        start = (membrane_0.contiguous(), spikes_0.contiguous())

        def run(part: slice, before: Tensor, fired: Tensor) -> None:
            passes.backward_pass(
                noise[part] if ctx.varies else noise, decay, before, fired, membrane[part], spikes[part],
                to_spikes[part], to_membrane, to_current[part], to_variance[part] if wanted else to_variance, to_decay,
                to_start, settings,
            )  # fmt: skip

        if mean is None:
            run(slice(None), *start)
        else:
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
        by_mean = by_spread = None
        if mean is not None:
            before = torch.cat([start[1][None], spikes[:-1]]).flatten(0, 1)
            by_mean = to_current.flatten(0, 1).t() @ before
            if spread is not None and wanted:
                by_spread = to_variance.flatten(0, 1).t() @ before
        by_variance = to_variance if ctx.given and wanted else None
        return (
            to_current, by_variance, to_decay.to(decay.dtype), by_mean, by_spread, to_membrane, to_start, None, None,
        )  # fmt: skip


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


def _state(state: LIFState | None, current: Tensor) -> LIFState:
    shape = current.shape[1:]
    if state is None:
        return LIFState(current.new_zeros(shape), current.new_zeros(shape))
    for name in ("membrane", "spikes"):
        found = getattr(state, name)
        if found.shape != shape or found.dtype != current.dtype:
            raise DataError(
                f"`state.{name}` must be (B, N)={tuple(shape)} {current.dtype}, got {tuple(found.shape)} {found.dtype}."
            )
    return state


def _checked(
    current: Tensor,
    decay: Tensor,
    rule: UnitRule,
    threshold: float,
    reset: str,
    variance: Tensor | float | None,
    recurrent: tuple[Tensor, ...] | None,
    seed: int,
) -> Tensor | float:
    """Check everything and give the variance."""
    if current.dim() != 3 or current.dtype not in (torch.float32, torch.float64):
        raise DataError(
            f"`current` must be (T, B, N) of float32 or float64, got shape {tuple(current.shape)}, {current.dtype}."
        )
    n = current.shape[-1]
    if decay.shape != (n,) or decay.dtype != current.dtype:
        raise DataError(
            f"`decay` must be (N,)=({n},) of the type of `current`, got {tuple(decay.shape)}, {decay.dtype}. Give one "
            "number per unit."
        )
    if n and not bool(((decay >= 0) & (decay < 1)).all()):
        raise DataError("`decay` must lie in [0, 1), got other values. Give exp(-step / time constant).")
    require_setting("threshold", threshold, above=0, below=math.inf)
    require_setting("seed", seed, least=0, below=2**64, whole=True)
    if reset not in _RESETS:
        raise ConfigError(f"`reset` must be 'hard' or 'soft', got {reset!r}.")
    if rule.code != "01":
        raise ConfigError(f"`rule` must be in the code '01' for spikes, got {rule.code!r}. Build it with code='01'.")
    if not bool(torch.isfinite(current.detach().sum())) and not bool(torch.isfinite(current).all()):
        raise DataError("`current` must be finite, got NaN or infinity. Lower the learning rate, or check the input.")
    _check_recurrent(recurrent, current)
    return _checked_variance(1.0 if variance is None else variance, current)


def _check_recurrent(recurrent: tuple[Tensor, ...] | None, current: Tensor) -> None:
    if recurrent is None:
        return
    if len(recurrent) not in (1, 2):
        raise DataError(f"`recurrent` must be (mean,) or (mean, variance), got {len(recurrent)} matrices.")
    n = current.shape[-1]
    for k, matrix in enumerate(recurrent):
        if matrix.shape != (n, n) or matrix.dtype != current.dtype:
            raise DataError(
                f"`recurrent[{k}]` must be (N, N)=({n}, {n}) of the type of `current`, got {tuple(matrix.shape)}, "
                f"{matrix.dtype}."
            )
        if not bool(torch.isfinite(matrix.detach()).all()):
            raise DataError(f"`recurrent[{k}]` must be finite, got NaN or infinity. Lower the learning rate.")
    if len(recurrent) == 2 and n and float(recurrent[1].detach().min()) < 0:
        raise DataError("`recurrent[1]` must hold variances, >= 0, got negative ones. Give squares of spreads.")


def _checked_variance(variance: Tensor | float, current: Tensor) -> Tensor | float:
    if not isinstance(variance, Tensor):
        require_setting("variance", variance, above=0, below=math.inf)
        return float(variance)
    if variance.shape != current.shape or variance.dtype != current.dtype:
        raise DataError(
            f"`variance` must have shape and type of `current`, {tuple(current.shape)} {current.dtype}, got "
            f"{tuple(variance.shape)} {variance.dtype}."
        )
    if variance.numel() and not float(variance.detach().min()) > 0:
        raise DataError(
            "`variance` must be above 0 everywhere, got values that are not. Give units noise of their own (a floor)."
        )
    return variance
