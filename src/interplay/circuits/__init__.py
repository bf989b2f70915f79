"""Firing-rate circuits as games: simulated, solved, certified, explained, fitted to recordings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interplay._core.lazy import exports

if TYPE_CHECKING:
    from interplay.circuits.activations import ACTIVATIONS, Activation, activation
    from interplay.circuits.certificates import certify, diagonal_stability, verify
    from interplay.circuits.circuit import RateCircuit
    from interplay.circuits.equilibria import steady_state, steady_states

_HOME = {
    "ACTIVATIONS": "activations",
    "Activation": "activations",
    "RateCircuit": "circuit",
    "activation": "activations",
    "certify": "certificates",
    "diagonal_stability": "certificates",
    "steady_state": "equilibria",
    "steady_states": "equilibria",
    "verify": "certificates",
}

__all__ = [
    "ACTIVATIONS",
    "Activation",
    "RateCircuit",
    "activation",
    "certify",
    "diagonal_stability",
    "steady_state",
    "steady_states",
    "verify",
]

__getattr__, __dir__ = exports(__name__, _HOME)
