"""How the errors of a t-batched stream become one loss."""

from __future__ import annotations

from typing import Literal, get_args

import torch

from interplay._core.errors import ConfigError, unknown_name

#: What weighs the events of a step: see `reduce_errors`.
Reduction = Literal["tbatch_mean", "item_sum", "full_sum"]


def require_reduction(reduction: str) -> None:
    """Refuse an unknown word."""
    if reduction not in get_args(Reduction):
        raise ConfigError(unknown_name("`reduction`", reduction, get_args(Reduction)))


def reduce_errors(error: torch.Tensor, group: torch.Tensor, width: int, reduction: Reduction) -> torch.Tensor:
    """Add up the squared errors of B events.

    Parameters
    ----------
    error : (B,) tensor, >= 0
        Squared error of every event, summed over the `width` numbers that were predicted.
    group : (B,) int64 tensor, 0 to G - 1, all of which occur
        The t-batch of every event.
    width : int, >= 1
    reduction : {"tbatch_mean", "item_sum", "full_sum"}
        "tbatch_mean": the mean over the events and numbers of each t-batch, summed over t-batches, as JODIE is trained;
        an event then weighs one over the size of its t-batch. "item_sum": the mean over numbers, summed over events.
        "full_sum": the sum over both. In the last two an event weighs the same wherever it stands.

    Returns
    -------
    () tensor

    Raises
    ------
    ConfigError
        If the reduction is unknown.

    References
    ----------
    Loghmani, Fazli (2023), arXiv 2308.06862: the three losses.

    Examples
    --------
    >>> error, group = torch.tensor([4.0, 8.0, 6.0]), torch.tensor([0, 0, 1])
    >>> [float(reduce_errors(error, group, 2, name)) for name in ("tbatch_mean", "item_sum", "full_sum")]
    [6.0, 9.0, 18.0]
    """
    require_reduction(reduction)
    if reduction == "full_sum":
        return error.sum()
    if reduction == "item_sum":
        return error.sum() / width
    size = torch.bincount(group)
    return (error / size[group].to(error.dtype)).sum() / width
