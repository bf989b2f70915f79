"""What was done with a circuit, one sentence per kind of result."""

from __future__ import annotations

from interplay._core.provenance import Result
from interplay.circuits.fit_results import CircuitCourse, CircuitFitResult
from interplay.circuits.motif_results import (
    BifurcationResult,
    ContrastResult,
    HysteresisResult,
    PhasePlane,
    RegimeResult,
    RegionResult,
)
from interplay.circuits.results import EquilibriumResult, GameResult
from interplay.circuits.stability_results import ContractionResult, StabilityResult

_SENTENCES: tuple[tuple[type[Result], str], ...] = (
    (RegimeResult, "The regime follows from all equilibria that were found, their linearisations, and simulated runs"),
    (
        StabilityResult,
        "Diagonal stability was asked of tests from cheap to expensive, the last an interior-point method of our own; "
        "the verdict rests on the proof, which includes rounding errors",
    ),
    (
        ContractionResult,
        "Contraction in a fixed norm was asked of a linear matrix inequality, solved by our own method",
    ),
    (EquilibriumResult, "Equilibria were sought piece by piece where activations are straight, else from many starts"),
    (GameResult, "Costs, best responses and Nash gaps are those of the units' own proximal costs"),
    (PhasePlane, "The plane shows flow, costs, nullclines and best responses on a grid"),
    (BifurcationResult, "Equilibria were followed over a parameter, and cycles simulated"),
    (RegionResult, "Regimes and certificates were computed on a grid of two parameters"),
    (ContrastResult, "Contrasts were measured at settled rates"),
    (HysteresisResult, "The winner was followed while one input rose and fell"),
    (
        CircuitFitResult,
        "A rate circuit was fitted to every window by a convex loss under sign constraints, with intervals of a block "
        "bootstrap and a score on held-out blocks",
    ),
    (
        CircuitCourse,
        "Every window's circuit was certified, solved for its equilibrium, and judged as a game between its units",
    ),
)


def circuit_sentence(result: Result) -> str:
    """Say in one sentence how a result of circuits was made; "" for other results.

    Parameters
    ----------
    result : Result

    Returns
    -------
    str
        Without a full stop.
    """
    return next((sentence for kind, sentence in _SENTENCES if isinstance(result, kind)), "")
