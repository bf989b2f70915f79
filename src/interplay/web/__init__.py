"""A session in the browser, as it runs: one page, one websocket, one thread that plays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interplay._core.lazy import exports

if TYPE_CHECKING:
    from interplay.web.app import create_app
    from interplay.web.serve import live
    from interplay.web.show import Show

_HOME = {"Show": "show", "create_app": "app", "live": "serve"}

__all__ = ["Show", "create_app", "live"]

__getattr__, __dir__ = exports(__name__, _HOME)
