"""The page of the live view: its style, its scripts, and what kind of file each is."""

from __future__ import annotations

from functools import cache
from importlib import resources

#: All that the server gives out.
PARTS = {
    "live.html": "text/html; charset=utf-8",
    "live.css": "text/css; charset=utf-8",
    "live.js": "text/javascript; charset=utf-8",
    "state.js": "text/javascript; charset=utf-8",
    "canvas.js": "text/javascript; charset=utf-8",
    "field.js": "text/javascript; charset=utf-8",
    "culture.js": "text/javascript; charset=utf-8",
    "history.js": "text/javascript; charset=utf-8",
}


@cache
def asset(name: str) -> str:
    """Read one file of this folder."""
    return resources.files(__name__).joinpath(name).read_text(encoding="utf-8")
