"""One thread, and everybody's random numbers as they were: a frame around a learner's session."""

from __future__ import annotations

import random  # noqa: TID251 - only to put its state back after libraries that seed it
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch


@contextmanager
def one_thread() -> Iterator[None]:
    """Let torch compute on one thread inside a block: sums in one order, so the same bits on any number of cores."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Put the global generators of Python, numpy and torch (CPU) back as they were, whatever a block does to them."""
    python, numpy = random.getstate(), np.random.get_state()  # noqa: NPY002
    switches = torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark
    with torch.random.fork_rng(devices=[]):
        try:
            yield
        finally:
            random.setstate(python)
            np.random.set_state(numpy)  # noqa: NPY002
            torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark = switches
