"""Simulated recordings with known truth."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from interplay.spiking.assemblies import Assemblies
    from interplay.spiking.culture import CultureState
    from interplay.spiking.geometry import electrodes
    from interplay.spiking.null_trains import poisson

_HOME = {"Assemblies": "assemblies", "CultureState": "culture", "electrodes": "geometry", "poisson": "null_trains"}

__all__ = ["Assemblies", "CultureState", "electrodes", "poisson"]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f"interplay.spiking.{_HOME[name]}"), name)
    raise AttributeError(f"module 'interplay.spiking' has no attribute {name!r}")


def __dir__() -> list[str]:
    return list(__all__)
