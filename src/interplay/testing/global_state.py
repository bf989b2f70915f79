"""A look at numpy's global generator, to see that nobody moves it."""

from __future__ import annotations

from typing import cast

import numpy as np


def global_word() -> str:
    """Give the whole state of numpy's global generator as a text; equal texts mean that nobody drew or seeded."""
    state = cast(dict[str, dict[str, np.ndarray]], np.random.get_state(legacy=False))  # noqa: NPY002 - only watched
    return f"{state['state']['pos']}:{state['state']['key'].tobytes().hex()}"
