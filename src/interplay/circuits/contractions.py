"""Contraction in a fixed norm: at which rate do any two states of a circuit approach each other, whatever the input."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, cast

import numpy as np
from numpy.typing import NDArray

from interplay._core.checks import require_setting
from interplay._core.errors import ConfigError, DataError, unknown_name
from interplay.circuits.circuit import RateCircuit
from interplay.circuits.circuit_checks import require_circuit
from interplay.circuits.contraction_claims import claims_of, notes_of
from interplay.circuits.stability_results import ContractionResult, Verdict
from interplay.ops.contraction_blocks import minimise_parts
from interplay.ops.contraction_metric import dual_margin, inequality_margin
from interplay.ops.contraction_proof import Proof, Question, prove
from interplay.ops.contraction_response import peak, scaled
from interplay.ops.contraction_scaling import Scaling

Floats = NDArray[np.float64]
Form = Literal["firing_rate", "hopfield"]
Slopes = Literal["monotone", "either_sign"]

#: Beyond so many units only a few given scalings are tried; the search would take minutes.
MOST_UNITS = 300
#: Time constants, slopes, and slopes times weights must lie between this and its inverse: products of several of them
#: must stay within double precision.
_LARGEST = 1e50
_BACK_OFF = (0.0, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractionSettings:
    """What was asked of `contraction`.

    Attributes
    ----------
    rate : float or None, 1/s
    form : {"firing_rate", "hopfield"}
    slopes : {"monotone", "either_sign"}
    step_s : float or None, s
    tolerance : float
    time_limit_s : float, s
    """

    rate: float | None
    form: str
    slopes: str
    step_s: float | None
    tolerance: float
    time_limit_s: float


def contraction(
    circuit: RateCircuit,
    rate: float | None = None,
    *,
    form: Form = "firing_rate",
    slopes: Slopes = "monotone",
    step_s: float | None = None,
    tolerance: float = 1e-6,
    time_limit_s: float = 60.0,
) -> ContractionResult:
    """Prove that a circuit contracts: any two states under the same input approach at a rate, in one norm.

    Sought are P > 0 and a diagonal Q > 0 that satisfy a linear matrix inequality; then ||x(t) - y(t)||_P falls at least
    as fast as exp(-rate t), for constant and for changing inputs, and each constant input has one equilibrium.

    Parameters
    ----------
    circuit : RateCircuit
    rate : float or None, 1/s, >= 0
        The rate to prove; None: the largest that the inequality gives.
    form : {"firing_rate", "hopfield"}
        tau x' = -x + phi(W x + u), as simulated here, or tau z' = -z + W phi(z) + u, its inputs' equation.
    slopes : {"monotone", "either_sign"}
        What is assumed of phi: slopes in [0, L], true of every activation here; or in [-L, L], which proves more.
    step_s : float or None, s, 0 < step_s <= the smallest time constant
        None: continuous time. Else the map x+ = x + (step_s / tau) (phi(W x + u) - x), forward Euler; with step_s = tau
        that is x+ = phi(W x + u).
    tolerance : float, in (0, 1)
        Of the largest rate, relative to the fastest decay the time constants allow.
    time_limit_s : float, s, > 0
        When it has passed, the verdict rests on what has been found by then.

    Returns
    -------
    ContractionResult
        "certified": `metric`, `scaling` satisfy the inequality at `rate` beyond rounding, as `verify_contraction`
        checks anew. "refuted": `dual` proves that no P, Q do at the rate asked for (at any rate > 0, for None); this is
        a statement about the inequality: a circuit may be stable, and even contract in another norm. `rate_bound` is
        above every rate that this inequality can prove.

    Raises
    ------
    DataError
        If an activation's slope has no bound.
    ConfigError
        If a setting is out of range.

    Notes
    -----
    Time constants, slopes and weights of more than 1e50, or all weights below 1e-50, are left undecided.

    For a fixed Q the best P solves a Riccati equation, and one exists iff Q (1/L - G(jw)) + its conjugate transpose is
    positive definite at all frequencies w (Kalman-Yakubovich-Popov); the search is over log q alone, in which the
    problem is convex. With equal time constants, the criterion has a picture: the numerical range of
    Q^(1/2) L W Q^(-1/2) must lie inside the parabola with focus 0 and vertex 1 - rate tau. (Derived here; the
    inequality is the source's, extended to unequal time constants, other slopes and steps.) Contraction implies
    diagonal stability of W - diag(1/L), with the scaling q (q L where slopes are of either sign).

    Delays are outside the theorem: the verdict then speaks of the matrices, and `claims` is empty. Cost: some tens of
    Newton steps, each O(K N^3) for K <= 24 frequencies; many times that for the largest rate where time constants
    differ.

    References
    ----------
    Gokhale, Proskurnikov, Kawano, Bullo (2026), arXiv 2604.15238: the inequalities, reconstructed here.
    """
    require_circuit(circuit)
    settings = ContractionSettings(
        rate=rate, form=form, slopes=slopes, step_s=step_s, tolerance=tolerance, time_limit_s=time_limit_s
    )
    problem = _Problem(circuit, settings)
    verdict, found, proved, bound = _decide(problem)
    metric = scaling = None
    margin = np.nan
    if proved is not None:
        metric, scaling, margin = proved.metric, proved.scaling, proved.margin
    claims, open_ = claims_of(circuit, settings, verdict, proved.rate if proved else np.nan)
    refuted = verdict == "refuted"
    return ContractionResult(
        verdict=verdict,
        rate=proved.rate if proved else np.nan,
        metric=metric,
        scaling=scaling,
        margin=margin,
        claims=claims,
        open=open_,
        rate_bound=bound,
        dual_frequency=found.frequency if refuted else None,
        dual=found.factors if refuted else None,
        config=settings,
        made_from=circuit.digest,
        notes=notes_of(settings, verdict, proved.rate if proved else np.nan, bound, problem.stopped)
        + (problem.out_of_range() if verdict == "undecided" else ()),
        citations=("gokhale2026separation",),
    )


def verify_contraction(circuit: RateCircuit, result: ContractionResult) -> float:
    """Check the proof in a result anew, from the circuit's weights and the certificate alone.

    Parameters
    ----------
    circuit : RateCircuit
        The one that the result is of.
    result : ContractionResult

    Returns
    -------
    float
        Certified: the smallest eigenvalue of minus the inequality's block matrix, its diagonal scaled near 1, less a
        bound on all rounding. Refuted: how much the dual exceeds what it must, less rounding. Positive: proved (0 is
        enough for the dual). NaN if the result claims nothing.

    Raises
    ------
    DataError
        If the result was made from another circuit.
    """
    require_circuit(circuit)
    if result.made_from != circuit.digest:
        raise DataError(
            "`result` must be of `circuit`: their digests differ. Ask `contraction` of this circuit, or give the other."
        )
    problem = _Problem(circuit, cast(ContractionSettings, result.config))
    if result.verdict == "certified":
        return inequality_margin(
            problem.question.network(result.rate), cast(Floats, result.metric), cast(Floats, result.scaling)
        )
    if result.verdict == "refuted":
        at = problem.settings.rate or 0.0
        if at >= problem.question.most:
            return at - problem.question.most
        return dual_margin(problem.question.response(at), cast(Floats, result.dual_frequency), cast(Any, result.dual))
    return float("nan")


class _Problem:
    """A question, its settings, and the clock."""

    def __init__(self, circuit: RateCircuit, settings: ContractionSettings) -> None:
        for name, valid in (("form", ("firing_rate", "hopfield")), ("slopes", ("monotone", "either_sign"))):
            if getattr(settings, name) not in valid:
                raise ConfigError(unknown_name(f"`{name}`", getattr(settings, name), valid))
        require_setting("tolerance", settings.tolerance, above=0, below=1)
        require_setting("time_limit_s", settings.time_limit_s, above=0)
        if settings.rate is not None:
            require_setting("rate", settings.rate, least=0, below=np.inf)
        if settings.step_s is not None:
            require_setting("step_s", settings.step_s, above=0, most=float(circuit.tau.min()))
        _ = circuit.stability_matrix  # demands bounded slopes
        self.settings = settings
        self.question = Question(
            circuit.weights,
            circuit.tau,
            circuit.max_slopes,
            settings.form == "firing_rate",
            settings.slopes == "either_sign",
            settings.step_s,
        )
        #: What `tolerance` is relative to.
        self.unit = float(1 / circuit.tau.max())
        self.end = time.monotonic() + settings.time_limit_s
        self.stopped = False

    def out_of_range(self) -> tuple[str, ...]:
        """Say which numbers are so large or small that products of them leave double precision."""
        q = self.question
        with np.errstate(over="ignore"):
            strength = float((q.slope[:, None] * np.abs(q.weights)).max())
        parts = {"time constants": q.tau, "slopes": q.slope, "slopes times weights": np.array([strength or 1.0])}
        return tuple(
            f"Undecided: {name} must lie between {1 / _LARGEST:g} and {_LARGEST:g}, got {values.min():g} to "
            f"{values.max():g}. Measure in other units."
            for name, values in parts.items()
            if not (values.min() >= 1 / _LARGEST and values.max() <= _LARGEST)
        )

    def out_of_time(self) -> bool:
        """Tell whether to stop; remember that one did."""
        self.stopped = self.stopped or time.monotonic() > self.end
        return self.stopped


def _decide(problem: _Problem) -> tuple[Verdict, Scaling, Proof | None, float]:
    """Give the verdict, the last scaling found, the proof if any, and a rate that cannot be proved."""
    settings = problem.settings
    wanted = settings.rate
    if wanted is not None and wanted >= problem.question.most:
        return _too_fast(problem)
    if problem.out_of_range():
        return "undecided", _nothing(problem), None, problem.question.most
    found = _search(problem, wanted or 0.0, 1.0, _start(problem, wanted or 0.0))
    if found.bound > 1 and dual_margin(problem.question.response(wanted or 0.0), found.frequency, found.factors) >= 0:
        return "refuted", found, None, wanted or 0.0
    if found.level >= 1:
        return "undecided", found, None, problem.question.most
    if wanted is not None:
        # Away from the edge the proof has room.
        response = problem.question.response(wanted)
        deeper = minimise_parts(response, start=found.log_scaling, tolerance=0.05, stop=problem.out_of_time)
        proofs = [prove(problem.question, wanted, y) for y in (deeper.log_scaling, found.log_scaling)]
        proof = max((p for p in proofs if p is not None), key=lambda p: p.margin, default=None)
        return ("certified" if proof else "undecided"), found, proof, problem.question.most
    found, low, high = _fastest(problem, found)
    for back in _BACK_OFF:
        rate = low - back * problem.unit
        proof = prove(problem.question, rate, found.log_scaling) if rate >= 0 else None
        if proof is not None:
            return "certified", found, proof, high
    proof = prove(problem.question, 0.0, found.log_scaling)
    return ("certified" if proof else "undecided"), found, proof, high


def _too_fast(problem: _Problem) -> tuple[Verdict, Scaling, Proof | None, float]:
    """Refuse a rate that the slowest unit alone does not reach: the inequality's first block is not negative there."""
    return "refuted", _nothing(problem), None, problem.question.most


def _nothing(problem: _Problem) -> Scaling:
    n = len(problem.question.tau)
    return Scaling(np.zeros(n), np.inf, np.inf, np.zeros(0), np.zeros((0, n, 0), dtype=np.complex128), 0)


def _start(problem: _Problem, rate: float) -> Floats:
    """Choose the better of no scaling and the one that balances the strengths |V|, by its Perron vectors."""
    response = problem.question.response(rate)
    size = np.abs(response.weights)
    size = size + 1e-6 * max(float(size.max()), 1e-300)
    right, left = np.ones(len(size)), np.ones(len(size))
    for _ in range(60):
        right, left = size @ right, size.T @ left
        right, left = right / right.sum(), left / left.sum()
    # diag(l) |V| diag(r) is then doubly stochastic up to its scale: q = l / r.
    candidates = [np.zeros(len(size)), np.log(left) - np.log(right)]
    levels = [peak(scaled(response, y), np.zeros(1))[0] for y in candidates]
    return candidates[int(np.argmin(levels))]


def _search(problem: _Problem, rate: float, target: float | None, start: Floats) -> Scaling:
    if len(start) > MOST_UNITS:
        response = problem.question.response(rate)
        level = peak(scaled(response, start), np.zeros(1))[0]
        problem.stopped = problem.stopped or level >= 1
        none = np.zeros((0, len(start), 0), dtype=np.complex128)
        return Scaling(start, level, 0.0, np.zeros(0), none, 0)
    return minimise_parts(
        problem.question.response(rate),
        start=start,
        target=target,
        tolerance=0.1 * problem.settings.tolerance,
        stop=problem.out_of_time,
    )


def _fastest(problem: _Problem, found: Scaling) -> tuple[Scaling, float, float]:
    """Raise the rate until scaling and bound meet: a rate that a scaling reaches, and one that none does."""
    high = problem.question.most
    if np.isinf(high):
        high = -np.log(1e-9) / cast(float, problem.settings.step_s)
    low = _reached(problem, found.log_scaling, 0.0, high)
    width = problem.settings.tolerance * problem.unit
    for turn in range(60):
        if high - low <= 4 * width or problem.stopped or len(found.log_scaling) > MOST_UNITS:
            break
        stalled = False
        if turn < 3:
            # The best scaling at one rate is the best at all where time constants are equal, and a good start else.
            deeper = _search(problem, low, None, found.log_scaling)
            high = min(high, _excluded(problem, deeper, low, high))
            better = _reached(problem, deeper.log_scaling, low, high)
            stalled = better <= low + width
            if better > low:
                found, low = deeper, better
            if high - low <= 4 * width:
                break
        tried = low + 4 * width if stalled else 0.5 * (low + high)
        probe, rate = _probe(problem, found, low, high, tried)
        if probe is not None:
            found, low = probe, _reached(problem, probe.log_scaling, rate, high)
            continue
        high = min(high, rate)
        if rate > tried:  # undecided between: the edge is as near as can be told
            break
    return found, low, high


def _probe(problem: _Problem, found: Scaling, low: float, high: float, rate: float) -> tuple[Scaling | None, float]:
    """Try a rate, and further ones while undecided: give a scaling that reaches it, or None and one that none does."""
    beyond = rate - low
    while low + beyond < high and not problem.stopped:
        rate = low + beyond
        probe = _search(problem, rate, 1.0, found.log_scaling)
        if probe.level < 1:
            return probe, rate
        if probe.bound > 1 and dual_margin(problem.question.response(rate), probe.frequency, probe.factors) >= 0:
            return None, rate
        beyond *= 4
    return None, high


def _reached(problem: _Problem, log_scaling: Floats, low: float, high: float) -> float:
    """Largest rate that one scaling proves."""

    def fits(rate: float) -> bool:
        return peak(scaled(problem.question.response(rate), log_scaling), np.zeros(1))[0] < 1

    return _last(fits, low, high, problem)


def _excluded(problem: _Problem, found: Scaling, low: float, high: float) -> float:
    """Smallest rate that one dual excludes."""
    if not found.factors.size:
        return high

    pole = problem.question.response(low).pole.mean()

    def open_(rate: float) -> bool:
        # Frequencies move with the poles: then phases stay, and all units gain alike where time constants are equal.
        response = problem.question.response(rate)
        return dual_margin(response, found.frequency * (response.pole.mean() / pole), found.factors) < 0

    last = _last(open_, low, high, problem)
    width = max(1e-9 * problem.unit, 1e-9 * last)
    for back in (1.0, 10.0, 100.0, 1000.0):
        if last + back * width < high and not open_(last + back * width):
            return last + back * width
    return high


def _last(holds: Callable[[float], bool], low: float, high: float, problem: _Problem) -> float:
    """Bisect for the last rate at which something holds that holds at `low`."""
    for _ in range(60):
        if high - low <= 1e-10 * problem.unit:
            break
        middle = 0.5 * (low + high)
        if holds(middle):
            low = middle
        else:
            high = middle
    return low
