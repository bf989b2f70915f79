"""The page's own style, script and fragments, read as text."""

from __future__ import annotations

from functools import cache
from importlib import resources


@cache
def asset(name: str) -> str:
    """Read one file of this folder."""
    return resources.files(__name__).joinpath(name).read_text(encoding="utf-8")
