"""Passes over a sequence of LIF units, forward and back, on the devices that have kernels for them."""

from __future__ import annotations

import importlib.util
from typing import Any, NamedTuple, Protocol

import numpy as np
import torch
from torch import Tensor

from interplay.ops.lif import lif_backward, lif_forward
from interplay.spiking.estimators import UnitRule


class LIFSettings(NamedTuple):
    """What is no tensor.

    Attributes
    ----------
    rule : UnitRule
    threshold : float
    reset : int
        0 hard, 1 soft.
    seed : int
    first : int
        Number of the first step.
    through_reset : bool
        Whether gradients go through the reset.
    """

    rule: UnitRule
    threshold: float
    reset: int
    seed: int
    first: int
    through_reset: bool


class Passes(Protocol):
    """What a device offers; arguments as of `interplay.ops.lif`, contiguous tensors in place of arrays."""

    def forward_pass(
        self,
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
        """Fill `membrane` and `spikes`, (T, B, N), from step `first` on."""

    def backward_pass(
        self,
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
        """Fill `to_current` and `to_variance`, turn `to_membrane` into that of the start, add to the others."""


class _Compiled:
    """Kernels of the processor."""

    def forward_pass(
        self,
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
        """Run `lif_forward`."""
        kernel: Any = lif_forward
        arrays = map(_array, (current, variance, decay, before, fired, membrane, spikes))
        scratch = np.empty(len(decay), _real(decay))
        kernel(*arrays, scratch, *_fixed(settings, decay), np.uint64(settings.seed), first)

    def backward_pass(
        self,
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
        """Run `lif_backward`."""
        kernel: Any = lif_backward
        given = map(_array, (variance, decay, before, fired, membrane, spikes))
        slopes = map(_array, (to_spikes, to_membrane, to_current, to_variance, to_decay, to_start))
        scratch, row = np.empty((2, len(decay)), _real(decay)), np.empty(len(decay))
        kernel(*given, *slopes, scratch, row, *_fixed(settings, decay), settings.through_reset)


_COMPILED = _Compiled()


def passes_on(device: torch.device) -> Passes | None:
    """Give the passes of a device: compiled kernels of the processor, Triton's on graphics cards that have it, or None.

    Parameters
    ----------
    device : torch.device

    Returns
    -------
    Passes or None
        None: the sequence is to be run in torch's own operations.
    """
    if device.type == "cpu":
        return _COMPILED
    if device.type == "cuda" and importlib.util.find_spec("triton") is not None:
        from interplay.spiking.nets import lif_triton

        return lif_triton
    return None


def _array(tensor: Tensor) -> Any:
    return tensor.detach().numpy()


def _real(like: Tensor) -> Any:
    return np.float32 if like.dtype == torch.float32 else np.float64


def _fixed(settings: LIFSettings, like: Tensor) -> tuple[Any, ...]:
    return settings.rule.kernel, settings.rule.table, settings.reset, _real(like)(settings.threshold)
