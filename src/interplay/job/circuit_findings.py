"""What is found of one circuit under one input: regime, certificate, equilibria, the game at each, and responses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import ConfigError, DataError, NumericalError
from interplay._core.protocols import Progress
from interplay._core.provenance import Result
from interplay.circuits import RateCircuit
from interplay.circuits.motif_results import RegimeResult
from interplay.circuits.results import EquilibriumResult, GameResult
from interplay.circuits.stability_results import ContractionResult, StabilityResult

Floats = NDArray[np.float64]
#: Equilibria at which the game is played, at most.
_GAMES = 8
#: A contraction rate is sought up to so many units.
_CONTRACTION = 40


@dataclass(frozen=True, eq=False, kw_only=True)
class CircuitFindings:
    """What is found of one circuit under one input.

    Attributes
    ----------
    circuit : RateCircuit
    drive : (N,) float64 array
    stability : StabilityResult or str
        Or why nothing can be certified.
    contraction : ContractionResult or str
    regime : RegimeResult or str
    equilibria : EquilibriumResult or str
        Or why none was found.
    games : tuple of GameResult
        At the first equilibria, in their order.
    shown : int
        Which equilibrium responses are told of: the first stable one, else the first.
    response : (N, N) float64 array
        `response[i, j]`: change of unit i's rate per unit of input to unit j, there; NaN where it is not defined.
    motif : mapping of str to result or value
        What a motif, or a pair, says of itself, by the names that `section_motif` takes.
    notes : tuple of str
    """

    circuit: RateCircuit
    drive: Floats
    stability: StabilityResult | str
    contraction: ContractionResult | str
    regime: RegimeResult | str
    equilibria: EquilibriumResult | str
    games: tuple[GameResult, ...]
    shown: int
    response: Floats
    motif: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def results(self) -> dict[str, Result]:
        """Every result by its name, for methods and provenance."""
        named: dict[str, Any] = {
            "regime": self.regime,
            "stability": self.stability,
            "contraction": self.contraction,
            "equilibria": self.equilibria,
        }
        found = {name: value for name, value in named.items() if isinstance(value, Result)}
        found |= {"game" if k == 0 else f"game {k + 1}": game for k, game in enumerate(self.games)}
        return found | {name: value for name, value in self.motif.items() if isinstance(value, Result)}


def findings(
    circuit: RateCircuit,
    drive: Floats,
    *,
    motif: Mapping[str, Any] | None = None,
    notes: tuple[str, ...] = (),
    progress: Progress,
) -> CircuitFindings:
    """Ask everything of a circuit; what has no answer says why, and the rest goes on.

    Parameters
    ----------
    circuit : RateCircuit
    drive : (N,) float64 array
    motif : mapping of str to result or value, or None
    notes : tuple of str
    progress : callable

    Returns
    -------
    CircuitFindings
    """
    from interplay.circuits import certify, contraction, game, regime, response

    steps = 5
    equilibria = or_why(lambda: _equilibria(circuit, drive))
    progress(1, steps)
    stability = or_why(lambda: certify(circuit))
    progress(2, steps)
    if circuit.n_units > _CONTRACTION:
        contracting: Any = f"A contraction rate is sought up to {_CONTRACTION} units only, for the time it takes."
    else:
        contracting = or_why(lambda: contraction(circuit))
    progress(3, steps)
    regimes = or_why(lambda: regime(circuit, drive))
    progress(4, steps)
    games: tuple[GameResult, ...] = ()
    shown, told = 0, np.full(circuit.weights.shape, np.nan)
    if not isinstance(equilibria, str) and len(equilibria.rates):
        games = tuple(game(circuit, rates, drive) for rates in equilibria.rates[:_GAMES])
        shown = int(np.argmax(equilibria.stable[:_GAMES])) if equilibria.stable[:_GAMES].any() else 0
        told = response(circuit, equilibria.rates[shown], drive)
        if len(equilibria.rates) > _GAMES:
            notes = (*notes, f"The game is told at the first {_GAMES} of {len(equilibria.rates)} equilibria.")
    progress(steps, steps)
    return CircuitFindings(
        circuit=circuit,
        drive=drive,
        stability=stability,
        contraction=contracting,
        regime=regimes,
        equilibria=equilibria,
        games=games,
        shown=shown,
        response=told,
        motif=motif or {},
        notes=notes,
    )


def or_why(ask: Callable[[], Any]) -> Any:
    """Ask for a result, and take the reason, a str, where there is none.

    Parameters
    ----------
    ask : callable
    """
    try:
        return ask()
    except (DataError, ConfigError, NumericalError) as error:
        return str(error)


def _equilibria(circuit: RateCircuit, drive: Floats) -> EquilibriumResult:
    """Find the equilibria that the regime rests on, so that both speak of the same states."""
    from interplay.circuits import all_equilibria, steady_state
    from interplay.circuits.equilibria import describe_equilibria
    from interplay.circuits.known_equilibria import known_equilibria

    try:
        return all_equilibria(circuit, drive)
    except DataError:  # too many pieces to look at each
        known = known_equilibria(circuit, drive)
    if not len(known.points):
        return steady_state(circuit, drive)  # which says why there may be none
    return describe_equilibria(
        circuit, drive, known.points, "starts", known.all_found, notes=known.notes, tolerance=1e-10
    )
