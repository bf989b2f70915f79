"""What training gives back, and the way of parameters to arrays and home again."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from interplay._core.errors import DataError

E = TypeVar("E", bound=nn.Module)


@dataclass(frozen=True, eq=False, kw_only=True)
class Trained(Generic[E]):
    """A trained encoder, and how it got there.

    Attributes
    ----------
    encoder : torch.nn.Module
        With the parameters of `best_epoch`, in evaluation mode, on the plan's device.
    trace : mapping of str to (E,) float64 arrays
        One number per epoch that was run, for every part of the loss, and "held_out" where the task has it. Parts are
        means over the batches of the epoch, taken while its steps are made; "held_out" is taken at its end.
    best_epoch : int
        Epoch whose parameters were kept, counted from 0.
    converged : bool
        Whether training stopped because the plan's patience ran out.
    notes : tuple of str
        What a reader must know.
    """

    encoder: E
    trace: Mapping[str, NDArray[np.float64]]
    best_epoch: int
    converged: bool
    notes: tuple[str, ...] = ()


def parameters_of(encoder: nn.Module) -> dict[str, NDArray[Any]]:
    """Copy everything an encoder holds to arrays.

    Parameters
    ----------
    encoder : torch.nn.Module

    Returns
    -------
    dict of str to arrays
        Parameters and buffers by name. Real numbers come as float64, which holds every float32 exactly.
    """
    found = {}
    for name, value in encoder.state_dict().items():
        kept = value.detach().cpu()
        found[name] = (kept.double() if kept.is_floating_point() else kept).numpy().copy()
    return found


def with_parameters(encoder: E, parameters: Mapping[str, NDArray[Any]]) -> E:
    """Give a copy of an encoder other parameters.

    Parameters
    ----------
    encoder : torch.nn.Module
        Stays as it is. The copy keeps its device.
    parameters : mapping of str to arrays
        As from `parameters_of` of an encoder of the same build.

    Returns
    -------
    torch.nn.Module
        In evaluation mode and double precision, which holds every array exactly; cast it with ``.to`` where another
        type is wanted.

    Raises
    ------
    DataError
        If a name is missing or unknown, or a shape differs.
    """
    own = encoder.state_dict()
    missing, unknown = sorted(own.keys() - parameters.keys()), sorted(parameters.keys() - own.keys())
    if missing or unknown:
        raise DataError(
            f"`parameters` must name what the encoder holds: missing {missing or 'nothing'}, unknown "
            f"{unknown or 'nothing'}. Give the parameters of an encoder with the same settings."
        )
    for name, value in own.items():
        if np.shape(parameters[name]) != tuple(value.shape):
            raise DataError(
                f"`parameters[{name!r}]` must have shape {tuple(value.shape)}, got {np.shape(parameters[name])}. "
                "Give the parameters of an encoder with the same settings and as many nodes or features."
            )
    copied = copy.deepcopy(encoder).double()
    copied.load_state_dict({name: torch.from_numpy(np.array(parameters[name])) for name in own})
    return copied.eval()
