"""Firing-rate circuits as games: simulated, solved, certified, explained, fitted to recordings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interplay._core.lazy import exports

if TYPE_CHECKING:
    from interplay.circuits.activations import ACTIVATIONS, Activation, activation
    from interplay.circuits.circuit import RateCircuit

_HOME = {
    "ACTIVATIONS": "activations",
    "Activation": "activations",
    "RateCircuit": "circuit",
    "activation": "activations",
}

__all__ = ["ACTIVATIONS", "Activation", "RateCircuit", "activation"]

__getattr__, __dir__ = exports(__name__, _HOME)
