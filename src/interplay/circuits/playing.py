"""Playing a circuit's game: units that improve their own costs, all together or one after the other."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import require_setting
from interplay._core.errors import ConfigError, DataError, unknown_name
from interplay._core.provenance import digest
from interplay._core.rng import stream
from interplay.circuits.circuit import RateCircuit
from interplay.circuits.circuit_checks import require_drive, require_state
from interplay.circuits.game_results import PlayResult
from interplay.circuits.nash import energies, game, nash_gap

Floats = NDArray[np.float64]

_RULES = ("best_response", "gradient", "proximal")
_ORDERS = ("together", "in_turn", "random")
_LONGEST_PERIOD = 128
_MOST_NUMBERS = 50_000_000


def play(
    circuit: RateCircuit,
    drive: ArrayLike,
    *,
    rule: str = "best_response",
    order: str = "together",
    start: ArrayLike | None = None,
    step: float | None = None,
    rounds: int = 500,
    tolerance: float = 1e-10,
    seed: int = 0,
) -> PlayResult:
    """Let every unit follow its own interest, round by round.

    Parameters
    ----------
    circuit : RateCircuit
    drive : (N,) float array
        The input u, constant.
    rule : {"best_response", "gradient", "proximal"}
        Move to the best response (a share `step` of the way); down the slope of the own cost, stopping at the ends of
        the domain; or by a proximal gradient step, x <- prox of step E_act at x - step dE_int/dx. The last with step 1
        is x <- phi(W x + u): the circuit itself, in steps of one time constant.
    order : {"together", "in_turn", "random"}
        All at once; unit 0, 1, ... after each other, each seeing the moves before; or so in a new random order each
        round.
    start : (N,) float array or None
        Rates at the beginning; phi(u) where None.
    step : float or None, > 0
        1 for best responses (at most) and proximal steps, 0.1 for gradients where None.
    rounds : int, >= 1
        Play at most so many. In a round every unit moves once.
    tolerance : float, > 0
        Play is over when no rate moves by more than this times (1 + the largest rate), per unit of step.
    seed : int, >= 0
        Of the random order.

    Returns
    -------
    PlayResult

    Raises
    ------
    DataError
        If a start lies outside the domains, or for "gradient" where the own cost is infinitely steep.
    ConfigError
        If a rule or order is unknown, or a step too large for the proximal operator to be unique.

    Notes
    -----
    Play need not converge, not even where the circuit's dynamics do: a pair of an excitatory and an inhibitory unit
    with strong weights circles under best responses that are taken together. Nash equilibria are where no rule moves.
    Time O(N^2) a round.

    References
    ----------
    Rosen (1965), Econometrica 33:520, for gradient play under diagonal strict convexity.

    Examples
    --------
    >>> pair = RateCircuit.of_blocks(0.5, 0.4, 0.4, 0.5)
    >>> played = play(pair, [0.6, 0.0], order="in_turn")
    >>> played.converged, played.nash, played.rates[-1].round(3).tolist()
    (True, True, [0.989, 0.264])
    """
    from interplay.ops import play_rounds as kernel

    u = require_drive(circuit, drive)
    step = _check_settings(circuit, rule, order, step, rounds, tolerance)
    first = circuit.rates(u) if start is None else require_state(circuit, start, "start")
    _check_start(circuit, u, first, rule)
    n = circuit.n_units
    out = np.empty((rounds + 1, n))
    played, end = kernel.play_rounds(
        circuit.weights,
        circuit.codes,
        circuit.parameters,
        np.array([phi.domain for phi in circuit.activations]),
        u,
        np.array(first),
        _RULES.index(rule),
        float(step),
        _turns(order, rounds, n, seed),
        tolerance,
        out,
    )
    rates = out[: played + (0 if end == 2 else 1)]
    period = 1 if end == 1 else 0 if end == 2 or order == "random" else _period(rates, tolerance)
    nash = end == 1 and game(circuit, rates[-1], u).nash
    note: tuple[str, ...] = ()
    if end == 2:
        k = int(np.argmax(~np.isfinite(out[played])))
        note = (f"in round {played} unit {k} ({str(circuit.names[k])!r}) left all bounds; play ends before it",)
    return PlayResult(
        config={
            "rule": rule,
            "order": order,
            "step": step,
            "rounds": rounds,
            "tolerance": tolerance,
            "circuit": repr(circuit),
        },
        made_from=digest(circuit.digest, first, u),
        seed=seed if order == "random" else None,
        notes=note,
        citations=("betteti2025competition", "rosen1965existence"),
        names=circuit.names,
        sign=circuit.sign,
        rates=rates,
        drive=u,
        energy=energies(circuit, rates, u).total,
        nash_gap=nash_gap(circuit, rates, u),
        converged=end == 1,
        period=period,
        nash=nash,
        rule=rule,
        order=order,
        verdict=_verdict(len(rates) - 1, end, period, nash, note),
    )


def _check_settings(
    circuit: RateCircuit, rule: str, order: str, step: float | None, rounds: int, tolerance: float
) -> float:
    if rule not in _RULES:
        raise ConfigError(unknown_name("rule", rule, _RULES))
    if order not in _ORDERS:
        raise ConfigError(unknown_name("order", order, _ORDERS))
    value = (0.1 if rule == "gradient" else 1.0) if step is None else step
    if rule == "best_response":
        require_setting("step", value, above=0, most=1)
    else:
        require_setting("step", value, above=0, below=float("inf"))
    require_setting("rounds", rounds, least=1, whole=True)
    require_setting("tolerance", tolerance, above=0, below=1)
    if (rounds + 1) * circuit.n_units > _MOST_NUMBERS:
        raise ConfigError(
            f"`rounds` times units must stay below {_MOST_NUMBERS}, since every state is kept, got {rounds} x "
            f"{circuit.n_units}. Play in parts, each starting where the last one ended."
        )
    if rule == "proximal":
        for phi in set(circuit.activations):
            phi.prox(0.0, value)  # says which steps it allows
    return value


def _check_start(circuit: RateCircuit, u: Floats, start: Floats, rule: str) -> None:
    from interplay.ops.own_cost import unilateral

    for i, phi in enumerate(circuit.activations):
        low, high = phi.domain
        slope = unilateral(phi.code, circuit.parameters[i, 0], circuit.parameters[i, 1], 0.0, 0.0, start[i])
        good = low <= start[i] <= high and (rule != "gradient" or np.isfinite(slope))
        if not good:
            where = f"[{low:g}, {high:g}]" if rule != "gradient" else f"the inside of [{low:g}, {high:g}]"
            raise DataError(
                f"`start` must lie in {where}, the rates of {phi}: start[{i}]={start[i]:g} of unit "
                f"{str(circuit.names[i])!r}. Give another start, or leave it out."
            )


def _turns(order: str, rounds: int, n: int, seed: int) -> NDArray[np.int64]:
    if order == "together":
        return np.zeros((0, n), dtype=np.int64)
    turns = np.tile(np.arange(n), (rounds, 1))
    return stream(seed, "play").permuted(turns, axis=1) if order == "random" else turns


def _period(rates: Floats, tolerance: float) -> int:
    """Give the smallest p such that the last p states repeat the p before them; 0 if there is none."""
    near = 10.0 * tolerance * (1.0 + float(np.abs(rates[-1]).max()))
    for p in range(2, min(_LONGEST_PERIOD, len(rates) // 2) + 1):
        if np.abs(rates[-p:] - rates[-2 * p : -p]).max() <= near:
            return p
    return 0


def _verdict(rounds: int, end: int, period: int, nash: bool, note: tuple[str, ...]) -> str:
    if end == 2:
        return f"No rest: {note[0]}."
    if end == 1:
        kind = (
            "a Nash equilibrium" if nash else "a state that is no Nash equilibrium, and where this rule does not move"
        )
        return f"At rest after {rounds} rounds, at {kind}."
    if period:
        return f"No rest: play repeats itself every {period} rounds."
    return f"No rest within {rounds} rounds, and no repetition."
