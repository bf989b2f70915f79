"""The noise of LIF units on any device: the compiled kernel's hash, in integer arithmetic of torch."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from interplay._core.checks import require_setting
from interplay.ops.lif import step_word

_LOW = 0xFFFFFFFF


def step_uniform(seed: int, step: int, like: Tensor) -> Tensor:
    """Give the uniform numbers of one step.

    Parameters
    ----------
    seed : int, in [0, 2^64)
    step : int, >= 0
    like : (B, N) tensor
        Whose shape, device and type the numbers get.

    Returns
    -------
    (B, N) tensor, in [0, 1)
        Multiples of 2^-24, exact in single precision: the bits that the compiled kernel draws. The place of a unit is
        b N + n, in 32 bits.
    """
    require_setting("seed", seed, least=0, below=2**64, whole=True)
    word = int(step_word(np.uint64(seed), step))
    x = torch.arange(like.numel(), device=like.device, dtype=torch.int64)
    x = (x * 0x9E3779B9 & _LOW) ^ (word & _LOW)
    x = (x ^ (x >> 16)) * 0x7FEB352D & _LOW
    x = x ^ (word >> 32)
    x = (x ^ (x >> 15)) * 0x846CA68B & _LOW
    x = x ^ (x >> 16)
    return ((x >> 8).to(torch.float64) * 2.0**-24).to(like.dtype).view(like.shape)


def step_normals(seed: int, first: int, like: Tensor) -> Tensor:
    """Give standard normal numbers for consecutive steps, each step's from a generator of its own.

    Parameters
    ----------
    seed : int, in [0, 2^64)
    first : int, >= 0
        Number of the first step.
    like : (T, ...) tensor
        Whose shape, device and type the numbers get.

    Returns
    -------
    tensor
        Steps `first` to `first` + T - 1, whatever the other steps are of the call that they come in.
    """
    require_setting("seed", seed, least=0, below=2**64, whole=True)
    generator = torch.Generator(like.device)
    found = torch.empty_like(like, memory_format=torch.contiguous_format)
    for t, part in enumerate(found):
        generator.manual_seed(int(step_word(np.uint64(seed), first + t)) >> 1)
        part.normal_(generator=generator)
    return found
