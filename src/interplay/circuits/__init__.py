"""Firing-rate circuits as games: simulated, solved, certified, explained, fitted to recordings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interplay._core.lazy import exports
from interplay._core.registry import Registry

if TYPE_CHECKING:
    from interplay.circuits.activations import ACTIVATIONS, Activation, activation
    from interplay.circuits.batch import CircuitBatch
    from interplay.circuits.bifurcations import bifurcation
    from interplay.circuits.bounds import error_bound, response_bound
    from interplay.circuits.brain_cohort import CohortSimulation, draw_connectome, simulate_cohort
    from interplay.circuits.brain_dynamics import simulate_linear_noise, simulate_phases, stationary_covariance
    from interplay.circuits.certificates import certify, diagonal_stability, verify
    from interplay.circuits.circuit import RateCircuit
    from interplay.circuits.contractions import contraction, verify_contraction
    from interplay.circuits.cortical_column import CorticalColumn
    from interplay.circuits.courses import course
    from interplay.circuits.enumeration import all_equilibria
    from interplay.circuits.equilibria import steady_state, steady_states
    from interplay.circuits.fit import CircuitFit
    from interplay.circuits.lateral_inhibition import LateralInhibition, SharedInhibition
    from interplay.circuits.linear_stability import response
    from interplay.circuits.lyapunov import LyapunovFunction, lyapunov_function
    from interplay.circuits.nash import Energies, best_response, energies, game, nash_gap
    from interplay.circuits.phase_planes import phase_plane
    from interplay.circuits.playing import play
    from interplay.circuits.potentials import asymmetry, potential, potential_value, zero_sum_split
    from interplay.circuits.recovered import fit_recovery
    from interplay.circuits.regimes import regime
    from interplay.circuits.regions import region
    from interplay.circuits.simulation import simulate
    from interplay.circuits.spiking_circuit import simulate_spikes
    from interplay.circuits.stable_weights import (
        contracting_parameters,
        contracting_weights,
        dale_weights,
        diagonally_stable_parameters,
        diagonally_stable_weights,
    )
    from interplay.circuits.wilson_cowan import WilsonCowan

#: Small circuits of known design: their configurations by name.
MOTIFS = Registry(
    "motif",
    {
        "column": "interplay.circuits.cortical_column:CorticalColumn",
        "lateral-inhibition": "interplay.circuits.lateral_inhibition:LateralInhibition",
        "shared-inhibition": "interplay.circuits.lateral_inhibition:SharedInhibition",
        "wilson-cowan": "interplay.circuits.wilson_cowan:WilsonCowan",
    },
)

_HOME = {
    "CohortSimulation": "brain_cohort",
    "draw_connectome": "brain_cohort",
    "simulate_cohort": "brain_cohort",
    "simulate_linear_noise": "brain_dynamics",
    "simulate_phases": "brain_dynamics",
    "stationary_covariance": "brain_dynamics",
    "ACTIVATIONS": "activations",
    "Activation": "activations",
    "CircuitBatch": "batch",
    "CircuitFit": "fit",
    "CorticalColumn": "cortical_column",
    "Energies": "nash",
    "LateralInhibition": "lateral_inhibition",
    "LyapunovFunction": "lyapunov",
    "RateCircuit": "circuit",
    "SharedInhibition": "lateral_inhibition",
    "WilsonCowan": "wilson_cowan",
    "activation": "activations",
    "all_equilibria": "enumeration",
    "asymmetry": "potentials",
    "best_response": "nash",
    "bifurcation": "bifurcations",
    "certify": "certificates",
    "contracting_parameters": "stable_weights",
    "contracting_weights": "stable_weights",
    "contraction": "contractions",
    "course": "courses",
    "dale_weights": "stable_weights",
    "diagonal_stability": "certificates",
    "diagonally_stable_parameters": "stable_weights",
    "diagonally_stable_weights": "stable_weights",
    "energies": "nash",
    "error_bound": "bounds",
    "fit_recovery": "recovered",
    "game": "nash",
    "lyapunov_function": "lyapunov",
    "nash_gap": "nash",
    "phase_plane": "phase_planes",
    "play": "playing",
    "potential": "potentials",
    "potential_value": "potentials",
    "regime": "regimes",
    "region": "regions",
    "response": "linear_stability",
    "response_bound": "bounds",
    "simulate": "simulation",
    "simulate_spikes": "spiking_circuit",
    "steady_state": "equilibria",
    "steady_states": "equilibria",
    "verify": "certificates",
    "verify_contraction": "contractions",
    "zero_sum_split": "potentials",
}

__all__ = [
    "ACTIVATIONS",
    "MOTIFS",
    "Activation",
    "CircuitBatch",
    "CircuitFit",
    "CohortSimulation",
    "CorticalColumn",
    "Energies",
    "LateralInhibition",
    "LyapunovFunction",
    "RateCircuit",
    "SharedInhibition",
    "WilsonCowan",
    "activation",
    "all_equilibria",
    "asymmetry",
    "best_response",
    "bifurcation",
    "certify",
    "contracting_parameters",
    "contracting_weights",
    "contraction",
    "course",
    "dale_weights",
    "diagonal_stability",
    "diagonally_stable_parameters",
    "diagonally_stable_weights",
    "draw_connectome",
    "energies",
    "error_bound",
    "fit_recovery",
    "game",
    "lyapunov_function",
    "nash_gap",
    "phase_plane",
    "play",
    "potential",
    "potential_value",
    "regime",
    "region",
    "response",
    "response_bound",
    "simulate",
    "simulate_cohort",
    "simulate_linear_noise",
    "simulate_phases",
    "simulate_spikes",
    "stationary_covariance",
    "steady_state",
    "steady_states",
    "verify",
    "verify_contraction",
    "zero_sum_split",
]

__getattr__, __dir__ = exports(__name__, _HOME)
