"""A look at the global state of numpy and torch, to see that nobody moves it."""

from __future__ import annotations

import sys
from typing import cast

import numpy as np


def global_word() -> str:
    """Give the whole state of numpy's global generator as a text; equal texts mean that nobody drew or seeded."""
    state = cast(dict[str, dict[str, np.ndarray]], np.random.get_state(legacy=False))  # noqa: NPY002 - only watched
    return f"{state['state']['pos']}:{state['state']['key'].tobytes().hex()}"


def torch_word() -> str:
    """Give torch's global generator, default type and threads as a text; empty while nobody has imported torch."""
    torch = sys.modules.get("torch")
    if torch is None:
        return ""
    state = torch.random.get_rng_state().numpy().tobytes().hex()
    return f"{state}:{torch.get_default_dtype()}:{torch.get_num_threads()}"
