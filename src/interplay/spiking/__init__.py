"""Simulated recordings with known truth, and a culture that can be stimulated as it lives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interplay._core.lazy import exports

if TYPE_CHECKING:
    from interplay.spiking.assemblies import Assemblies
    from interplay.spiking.assembly_state import AssemblyState
    from interplay.spiking.culture import Culture
    from interplay.spiking.culture_state import CultureState
    from interplay.spiking.geometry import electrodes
    from interplay.spiking.gesture_films import gestures
    from interplay.spiking.live_culture import LiveCulture
    from interplay.spiking.null_trains import poisson
    from interplay.spiking.spoken_words import spoken_digits

_HOME = {
    "Assemblies": "assemblies",
    "AssemblyState": "assembly_state",
    "Culture": "culture",
    "CultureState": "culture_state",
    "LiveCulture": "live_culture",
    "electrodes": "geometry",
    "gestures": "gesture_films",
    "poisson": "null_trains",
    "spoken_digits": "spoken_words",
}

__all__ = [
    "Assemblies",
    "AssemblyState",
    "Culture",
    "CultureState",
    "LiveCulture",
    "electrodes",
    "gestures",
    "poisson",
    "spoken_digits",
]

__getattr__, __dir__ = exports(__name__, _HOME)
