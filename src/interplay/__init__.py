"""Interplay, the open laboratory for living networks.

The root holds the data types, `load`, `run` and `cite`; everything else is one room deeper, imported on first use.
"""

from __future__ import annotations

from importlib import import_module, metadata
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from interplay._core.citations import cite
    from interplay.data import Events, Intervals, Recording, Series, Snapshots, TemporalGraph, Units
    from interplay.io import load
    from interplay.job import run

__version__ = metadata.version("interplay")

_HOME = {
    "Events": "data",
    "Intervals": "data",
    "Recording": "data",
    "Series": "data",
    "Snapshots": "data",
    "TemporalGraph": "data",
    "Units": "data",
    "cite": "_core.citations",
    "load": "io",
    "run": "job",
}
_ROOMS = (
    "bridge",
    "data",
    "infer",
    "io",
    "job",
    "measures",
    "ops",
    "plot",
    "report",
    "spiking",
    "stats",
    "tensors",
    "testing",
)

__all__ = ["Events", "Intervals", "Recording", "Series", "Snapshots", "TemporalGraph", "Units", "cite", "load", "run"]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f"interplay.{_HOME[name]}"), name)
    if name in _ROOMS:
        return import_module(f"interplay.{name}")
    raise AttributeError(f"module 'interplay' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, *_ROOMS, "__version__"])
