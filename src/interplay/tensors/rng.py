"""Torch randomness without touching its global state."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch

from interplay._core.rng import stream

#: Held by whoever changes what all threads of the process share in torch; others wait, and meet it as it was.
SHARED = threading.RLock()


@contextmanager
def seeded_torch(seed: int, *key: int | str, devices: Sequence[int] = ()) -> Iterator[None]:
    """Give torch's generators a seed of their own inside a block, and put the old state back on exit.

    For what cannot take a generator: initialisation of layers, dropout.

    Parameters
    ----------
    seed : int, >= 0
    *key : int or str
        The purpose, as in `interplay._core.rng.stream`.
    devices : sequence of int
        CUDA devices whose generators are seeded and restored too.

    Notes
    -----
    One thread at a time: another that asks for the same waits, so that fits in threads have the bits of fits in turn.
    """
    word = int(stream(seed, "torch", *key).integers(2**63))
    with SHARED, torch.random.fork_rng(devices=list(devices)):
        # Not `torch.manual_seed`: that also seeds every card, and only those named are put back.
        torch.default_generator.manual_seed(word)
        for card in devices:
            torch.cuda.default_generators[card].manual_seed(word)
        yield
