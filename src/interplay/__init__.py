"""Interplay, the open laboratory for living networks.

The root holds the data types, `load`, `run`, `cite` and the errors to catch; everything else is one room deeper,
imported on first use.
"""

from __future__ import annotations

from importlib import metadata
from typing import TYPE_CHECKING

from interplay._core.lazy import exports

if TYPE_CHECKING:
    from interplay._core.citations import cite
    from interplay._core.errors import ConfigError, DataError, InterplayError
    from interplay.data import Events, Graph, Intervals, Recording, Series, Snapshots, TemporalGraph, Units
    from interplay.io import load
    from interplay.job import run

__version__ = metadata.version("interplay")

_HOME = {
    "ConfigError": "_core.errors",
    "DataError": "_core.errors",
    "Events": "data",
    "Graph": "data",
    "InterplayError": "_core.errors",
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
    "arena",
    "bridge",
    "circuits",
    "data",
    "explain",
    "infer",
    "influence",
    "io",
    "job",
    "loop",
    "measures",
    "ops",
    "plot",
    "report",
    "represent",
    "spiking",
    "stats",
    "tensors",
    "testing",
    "web",
)

__all__ = [
    "ConfigError",
    "DataError",
    "Events",
    "Graph",
    "InterplayError",
    "Intervals",
    "Recording",
    "Series",
    "Snapshots",
    "TemporalGraph",
    "Units",
    "cite",
    "load",
    "run",
]

__getattr__, __dir__ = exports(__name__, {**_HOME, **dict.fromkeys(_ROOMS, "")})
