"""How many threads an operation of torch may take, without touching what the rest of the process has."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from interplay.tensors.rng import SHARED


@contextmanager
def torch_threads(count: int) -> Iterator[None]:
    """Let torch's operations take so many threads inside a block, and as many as before after it.

    Parameters
    ----------
    count : int, >= 1
        1 is the fastest for small tensors, where threads only wait for each other; and as sums are split by thread, a
        fixed number is what makes the bits independent of the machine's.

    Notes
    -----
    One thread of the process at a time, like `seeded_torch`: the number is the whole process's.
    """
    with SHARED:
        before = torch.get_num_threads()
        torch.set_num_threads(count)
        try:
            yield
        finally:
            torch.set_num_threads(before)
