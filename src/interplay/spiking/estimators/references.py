"""Other ways to the same gradient, to compare with: the score function, and Gumbel-Rao by drawing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

from interplay._core.checks import require_setting
from interplay._core.errors import ConfigError, DataError
from interplay.spiking.estimators.laws import density, hazard, probability
from interplay.spiking.estimators.unit_rule import UnitRule

Baseline = Literal["none", "mean", "taylor"]
_BASELINES = ("none", "mean", "taylor")


def iw_st(
    preactivation: Tensor,
    scale: Tensor | float = 1.0,
    *,
    weight: str = "st",
    noise: Literal["gaussian", "logistic"] = "gaussian",
    code: Literal["01", "pm1"] = "01",
    uniform: Tensor | None = None,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Let binary units fire, with the importance-weighted straight-through gradient.

    Parameters
    ----------
    preactivation : tensor
        a.
    scale : tensor or float, > 0
        s of the noise.
    weight : str
        "st", "half", "const(p)", "interp(λ)", "power(r)", "agr(τ)" or "agr(τ,normalised)"; see `UnitRule`.
    noise : {"gaussian", "logistic"}
    code : {"01", "pm1"}
    uniform : tensor like `preactivation`, or None
    generator : torch.Generator or None
        One of both is needed.

    Returns
    -------
    tensor
        Spikes, differentiable with respect to `preactivation` and `scale`.

    Raises
    ------
    ConfigError
        If the weight is not of the family, a number out of range, or nothing to draw from is given.
    DataError
        If shapes do not fit.
    """
    rule = UnitRule(gradient=weight, noise=noise, code=code)
    if not rule.stochastic:
        raise ConfigError(f"`weight` must belong to the straight-through family, got {weight!r}. Use `UnitRule`.")
    return rule.fire(preactivation, scale, uniform=uniform, generator=generator)


def score_function(
    preactivation: Tensor,
    loss: Callable[[Tensor], Tensor],
    *,
    noise: Literal["gaussian", "logistic"] = "gaussian",
    baseline: Baseline = "none",
    uniform: Tensor,
) -> Tensor:
    """Estimate the gradient of E[loss(b)] with respect to the pre-activation by the score function.

    Parameters
    ----------
    preactivation : (U,) tensor
        Of U units whose noise is independent, of scale 1.
    loss : callable
        Maps (S, U) spikes of 0 and 1 to (S,); differentiable where the baseline is "taylor".
    noise : {"gaussian", "logistic"}
    baseline : {"none", "mean", "taylor"}
        What is taken off the loss: nothing, the mean of the other samples (S >= 2), or its first-order expansion
        about the sample, taken at P: loss(b) + ∇loss(b) (P - b), unit by unit.
    uniform : (S, U) tensor, in [0, 1)

    Returns
    -------
    (S, U) tensor
        One estimate per sample. "none" and "mean" are unbiased; "taylor" is IW-ST(1 - P), sample by sample.

    Raises
    ------
    ConfigError
        If the baseline is unknown.
    DataError
        If shapes do not fit.

    References
    ----------
    Williams (1992), Machine Learning 8:229.
    """
    if baseline not in _BASELINES:
        raise ConfigError(f"`baseline` must be one of {', '.join(_BASELINES)}, got {baseline!r}.")
    least = 2 if baseline == "mean" else 1
    if uniform.dim() != 2 or uniform.shape[1:] != preactivation.shape or len(uniform) < least:
        raise DataError(
            f"`uniform` must be (S, U) with U={len(preactivation)} and S >= {least}, got {tuple(uniform.shape)}."
        )
    spikes = (uniform < probability(preactivation, noise)).to(preactivation.dtype).requires_grad_(baseline == "taylor")
    value = loss(spikes)
    # With z turned to the side that was drawn, d log P(b) / da = ± f / P(b) and b - P = ± (1 - P(b)).
    sign = 2 * spikes.detach() - 1
    side = sign * preactivation
    if baseline == "taylor":
        (gradient,) = torch.autograd.grad(value.sum(), spikes)
        return hazard(side, noise) * probability(-side, noise) * gradient
    value = value.detach()
    if baseline == "mean":
        value = value - (value.sum() - value) / (len(value) - 1)
    return sign * hazard(side, noise) * value[:, None]


def gumbel_rao(
    preactivation: Tensor,
    loss: Callable[[Tensor], Tensor],
    *,
    tau: float,
    inner: int,
    uniform: Tensor,
    generator: torch.Generator,
) -> Tensor:
    """Estimate the gradient by Gumbel-Rao: hard samples forward, the relaxed slope back, its noise drawn anew given b.

    Parameters
    ----------
    preactivation : (U,) tensor
        Logits; the noise is logistic, of scale 1.
    loss : callable
        Maps (S, U) spikes of 0 and 1 to (S,), differentiable.
    tau : float, > 0
        Temperature.
    inner : int, >= 1
        K draws of the noise per sample; their mean tends to the analytical estimator, "agr(τ)", as K grows.
    uniform : (S, U) tensor, in [0, 1)
    generator : torch.Generator
        Of the inner draws.

    Returns
    -------
    (S, U) tensor

    Raises
    ------
    ConfigError
        If a number is out of range.
    DataError
        If shapes do not fit.

    Notes
    -----
    Given b = 1 the relaxed logit η + ε is what is above 0 of a logistic variable about η: with v uniform, the noise
    leaves P v above itself. Given b = 0 it is the same with η and ε turned round.

    References
    ----------
    Paulus, Maddison, Krause (2021), ICLR, section 3, for two classes.
    """
    require_setting("tau", tau, above=0)
    require_setting("inner", inner, least=1, whole=True)
    if uniform.dim() != 2 or uniform.shape[1:] != preactivation.shape:
        raise DataError(f"`uniform` must be (S, U) with U={len(preactivation)}, got {tuple(uniform.shape)}.")
    spikes = (uniform < torch.sigmoid(preactivation)).to(preactivation.dtype).requires_grad_()
    (gradient,) = torch.autograd.grad(loss(spikes).sum(), spikes)
    side = torch.where(spikes.detach() > 0, preactivation, -preactivation)
    shape = (inner, *spikes.shape)
    v = torch.rand(shape, generator=generator, device=uniform.device, dtype=preactivation.dtype)
    # The slope is even in the relaxed logit: its distance from 0 is enough.
    distance = side - functional.logsigmoid(side) - v.log() + torch.log1p(-torch.sigmoid(side) * v)
    return gradient * (density(distance / tau, "logistic") / tau).mean(dim=0)
