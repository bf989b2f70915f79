"""What a sequence of LIF units must be given: shapes and settings, and what the tensors hold."""

from __future__ import annotations

import math
from typing import Literal, get_args

import torch
from torch import Tensor

from interplay._core.checks import require_setting
from interplay._core.errors import ConfigError, DataError
from interplay.spiking.estimators import UnitRule

Reset = Literal["hard", "soft"]
RESETS = get_args(Reset)


def check_given(
    current: Tensor,
    decay: Tensor,
    rule: UnitRule,
    threshold: float,
    reset: str,
    variance: Tensor | float,
    recurrent: tuple[Tensor, ...] | None,
    seed: int,
) -> None:
    """Check shapes, types and settings of `lif`, and look into no tensor."""
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
    require_setting("threshold", threshold, above=0, below=math.inf)
    require_setting("seed", seed, least=0, below=2**64, whole=True)
    if reset not in RESETS:
        raise ConfigError(f"`reset` must be 'hard' or 'soft', got {reset!r}.")
    if rule.code != "01":
        raise ConfigError(f"`rule` must be in the code '01' for spikes, got {rule.code!r}. Build it with code='01'.")
    if not isinstance(variance, Tensor):
        require_setting("variance", variance, above=0, below=math.inf)
    elif variance.shape != current.shape or variance.dtype != current.dtype:
        raise DataError(
            f"`variance` must have shape and type of `current`, {tuple(current.shape)} {current.dtype}, got "
            f"{tuple(variance.shape)} {variance.dtype}."
        )
    if recurrent is not None:
        _check_recurrent(recurrent, current)


def check_values(
    current: Tensor,
    decay: Tensor,
    variance: Tensor | float,
    recurrent: tuple[Tensor | None, ...] | None,
    state: tuple[Tensor, Tensor],
) -> None:
    """Check what the tensors of `lif` hold; `state` is membrane and spikes before."""
    if decay.numel() and not bool(((decay >= 0) & (decay < 1)).all()):
        raise DataError("`decay` must lie in [0, 1), got other values. Give exp(-step / time constant).")
    if not bool(torch.isfinite(current.detach().sum())) and not bool(torch.isfinite(current).all()):
        raise DataError("`current` must be finite, got NaN or infinity. Lower the learning rate, or check the input.")
    if isinstance(variance, Tensor) and variance.numel():
        low, high = map(float, variance.detach().aminmax())
        if not low > 0:
            raise DataError(
                f"`variance` must be above 0 everywhere, got {low:g}. Give units noise of their own (a floor)."
            )
        if high == math.inf:
            raise DataError("`variance` must be finite, got infinity: units would be coins. Scale the input down.")
    for name, before in zip(("membrane", "spikes"), state, strict=True):
        if not bool(torch.isfinite(before.detach()).all()):
            raise DataError(f"`state.{name}` must be finite, got NaN or infinity. Start from rest with state=None.")
    for k, matrix in enumerate(recurrent or ()):
        if matrix is None:
            continue
        if not bool(torch.isfinite(matrix.detach()).all()):
            raise DataError(f"`recurrent[{k}]` must be finite, got NaN or infinity. Lower the learning rate.")
        if k == 1 and matrix.numel() and float(matrix.detach().min()) < 0:
            raise DataError("`recurrent[1]` must hold variances, >= 0, got negative ones. Give squares of spreads.")


def _check_recurrent(recurrent: tuple[Tensor, ...], current: Tensor) -> None:
    if len(recurrent) not in (1, 2):
        raise DataError(f"`recurrent` must be (mean,) or (mean, variance), got {len(recurrent)} matrices.")
    n = current.shape[-1]
    for k, matrix in enumerate(recurrent):
        if matrix.shape != (n, n) or matrix.dtype != current.dtype:
            raise DataError(
                f"`recurrent[{k}]` must be (N, N)=({n}, {n}) of the type of `current`, got {tuple(matrix.shape)}, "
                f"{matrix.dtype}."
            )
