"""Simulated recordings with known truth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interplay._core.lazy import exports

if TYPE_CHECKING:
    from interplay.spiking.assemblies import Assemblies
    from interplay.spiking.assembly_state import AssemblyState
    from interplay.spiking.geometry import electrodes
    from interplay.spiking.null_trains import poisson

_HOME = {
    "Assemblies": "assemblies",
    "AssemblyState": "assembly_state",
    "electrodes": "geometry",
    "poisson": "null_trains",
}

__all__ = ["Assemblies", "AssemblyState", "electrodes", "poisson"]

__getattr__, __dir__ = exports(__name__, _HOME)
