"""Firing-rate circuits as games: simulated, solved, certified, explained, fitted to recordings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interplay._core.lazy import exports

if TYPE_CHECKING:
    from interplay.circuits.activations import ACTIVATIONS, Activation, activation
    from interplay.circuits.batch import CircuitBatch
    from interplay.circuits.certificates import certify, diagonal_stability, verify
    from interplay.circuits.circuit import RateCircuit
    from interplay.circuits.contraction import contraction, verify_contraction
    from interplay.circuits.courses import course
    from interplay.circuits.enumeration import all_equilibria
    from interplay.circuits.equilibria import steady_state, steady_states
    from interplay.circuits.fit import CircuitFit
    from interplay.circuits.nash import Energies, best_response, energies, game, nash_gap
    from interplay.circuits.playing import play
    from interplay.circuits.potentials import asymmetry, potential, potential_value, zero_sum_split
    from interplay.circuits.recovered import fit_recovery
    from interplay.circuits.simulation import simulate
    from interplay.circuits.spiking_circuit import simulate_spikes

_HOME = {
    "ACTIVATIONS": "activations",
    "Activation": "activations",
    "CircuitBatch": "batch",
    "CircuitFit": "fit",
    "Energies": "nash",
    "RateCircuit": "circuit",
    "activation": "activations",
    "all_equilibria": "enumeration",
    "asymmetry": "potentials",
    "best_response": "nash",
    "certify": "certificates",
    "contraction": "contraction",
    "course": "courses",
    "diagonal_stability": "certificates",
    "energies": "nash",
    "fit_recovery": "recovered",
    "game": "nash",
    "nash_gap": "nash",
    "play": "playing",
    "potential": "potentials",
    "potential_value": "potentials",
    "simulate": "simulation",
    "simulate_spikes": "spiking_circuit",
    "steady_state": "equilibria",
    "steady_states": "equilibria",
    "verify": "certificates",
    "verify_contraction": "contraction",
    "zero_sum_split": "potentials",
}

__all__ = [
    "ACTIVATIONS",
    "Activation",
    "CircuitBatch",
    "CircuitFit",
    "Energies",
    "RateCircuit",
    "activation",
    "all_equilibria",
    "asymmetry",
    "best_response",
    "certify",
    "contraction",
    "course",
    "diagonal_stability",
    "energies",
    "fit_recovery",
    "game",
    "nash_gap",
    "play",
    "potential",
    "potential_value",
    "simulate",
    "simulate_spikes",
    "steady_state",
    "steady_states",
    "verify",
    "verify_contraction",
    "zero_sum_split",
]

__getattr__, __dir__ = exports(__name__, _HOME)
