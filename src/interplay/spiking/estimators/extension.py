"""The variance of the next pre-activation between the corners where spikes live: linear in each spike."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from interplay._core.checks import require_setting
from interplay._core.errors import ConfigError, DataError


def multilinear_variance(
    spikes: Tensor, weight_variance: Tensor, *, code: Literal["01", "pm1"] = "01", floor: float = 0.0
) -> Tensor:
    """Give s² of the pre-activation Σ_i w_ji b_i + noise, continued multilinearly off the corners.

    Parameters
    ----------
    spikes : (..., I) tensor
        In the given code.
    weight_variance : (J, I) tensor, >= 0
        σ² of `weights[post, pre]`.
    code : {"01", "pm1"}
    floor : float, >= 0
        s₀, noise that the units have of their own, as a standard deviation. With 0 and 1 and no floor a layer that
        nothing drives has no noise, and no gradient that could be estimated.

    Returns
    -------
    (..., J) tensor
        Σ_i σ²_ji b_i + s₀² for 0 and 1; Σ_i σ²_ji + s₀² for -1 and 1, which passes no gradient to the spikes.

    Raises
    ------
    ConfigError
        If the code is unknown or the floor negative.
    DataError
        If shapes do not fit, or a variance is negative.

    Notes
    -----
    On the corners b² equals b (0 and 1) or 1 (signs), so every form gives the same loss; the derivative that goes back
    does not. The expected loss is multilinear in independent spikes, b² is not.

    Examples
    --------
    >>> import torch
    >>> spikes = torch.tensor([1.0, 0.0, 1.0])
    >>> multilinear_variance(spikes, torch.tensor([[0.5, 2.0, 0.25]]), floor=1.0)
    tensor([1.7500])
    """
    require_setting("floor", floor, least=0, below=float("inf"))
    if code not in ("01", "pm1"):
        raise ConfigError(f"`code` must be one of 01, pm1, got {code!r}.")
    if weight_variance.dim() != 2 or spikes.shape[-1:] != weight_variance.shape[1:]:
        raise DataError(
            f"`spikes` must be (..., I) for `weight_variance` (J, I), got {tuple(spikes.shape)} and "
            f"{tuple(weight_variance.shape)}."
        )
    if weight_variance.numel() and not float(weight_variance.detach().min()) >= 0:
        raise DataError("`weight_variance` must be >= 0 everywhere, got values that are not. Give squares of spreads.")
    if code == "01":
        return torch.nn.functional.linear(spikes, weight_variance) + floor * floor
    every = weight_variance.sum(dim=1) + floor * floor
    return every.expand(*spikes.shape[:-1], len(every))
