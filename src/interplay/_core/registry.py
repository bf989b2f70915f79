"""One table per room from a method's name to the class that implements it, imported on first use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

from interplay._core.errors import ConfigError, unknown_name


class Registry(Mapping[str, Any]):
    """Names to objects, imported lazily; a wrong name raises `ConfigError` with the valid ones.

    Parameters
    ----------
    kind : str
        What the table holds, for messages.
    table : mapping of str to str
        Name to "module:attribute".
    """

    def __init__(self, kind: str, table: Mapping[str, str]) -> None:
        self.kind = kind
        self._table = dict(table)

    def __getitem__(self, name: str) -> Any:
        if name not in self._table:
            raise ConfigError(unknown_name(self.kind, name, self._table))
        module, attribute = self._table[name].split(":")
        return getattr(import_module(module), attribute)

    def __contains__(self, name: object) -> bool:
        return name in self._table

    def __iter__(self) -> Iterator[str]:
        return iter(self._table)

    def __len__(self) -> int:
        return len(self._table)
