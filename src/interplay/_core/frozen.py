"""Copies of frozen objects are made by their constructor, so that they are checked and read-only like the original."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any


def reduce_by_fields(self: Any) -> tuple[Any, tuple[type, dict[str, Any]]]:
    """Serve as ``__reduce__`` of a frozen dataclass: pickling and deep copying go through ``__post_init__``."""
    fields = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
    return _build, (type(self), {k: dict(v) if isinstance(v, MappingProxyType) else v for k, v in fields.items()})


def _build(cls: type, fields: Mapping[str, Any]) -> Any:
    return cls(**fields)
