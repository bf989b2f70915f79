"""Leaky integrate-and-fire units over time: one differentiable function, its state in and out in the open."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import torch
from torch import Tensor

from interplay._core.checks import require_setting
from interplay._core.errors import DataError
from interplay.spiking.estimators import UnitRule
from interplay.spiking.nets.lif_autograd import LIFRun
from interplay.spiking.nets.lif_checks import RESETS, Reset, check_given, check_values
from interplay.spiking.nets.lif_noise import step_uniform
from interplay.spiking.nets.lif_operator import run_compiled
from interplay.spiking.nets.lif_passes import LIFSettings, passes_on


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
        If shapes do not fit, a current or the state is not finite, a decay lies outside [0, 1), or a variance is not
        above 0 and finite.
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
    variance = 1.0 if variance is None else variance
    check_given(current, decay, rule, threshold, reset, variance, recurrent, seed)
    steps = len(current)
    state = _state(state, current)
    compiling = torch.compiler.is_compiling()
    if not compiling:
        check_values(current, decay, variance, recurrent, state[:2])
    if steps == 0:
        return current.new_zeros(current.shape), state
    passes = passes_on(current.device)
    if passes is None:
        return lif_plain(
            current, decay=decay, rule=rule, threshold=threshold, reset=reset, variance=variance, recurrent=recurrent,
            state=state, seed=seed, detach_reset=detach_reset,
        )  # fmt: skip
    settings = LIFSettings(rule, threshold, RESETS.index(reset), seed, state.step, not detach_reset)
    mean, spread = (*(recurrent or ()), None, None)[:2]
    given = (current, variance, decay, mean, spread, state.membrane, state.spikes, settings)
    spikes, membrane, last = run_compiled(*given) if compiling else LIFRun.apply(*given, passes)  # type: ignore[no-untyped-call]
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
