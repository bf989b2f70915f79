"""What theory says of a fitted circuit, window by window."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from interplay._core.checks import require_setting
from interplay._core.errors import NumericalError
from interplay._core.protocols import Progress
from interplay._core.provenance import digest
from interplay.circuits.circuit import RateCircuit
from interplay.circuits.fit_results import CircuitCourse, CircuitFitResult, require_fit
from interplay.circuits.linear_stability import abscissa_of, linear_stability, response

if TYPE_CHECKING:
    from interplay.circuits.known_equilibria import Known

Floats = NDArray[np.float64]

#: Circuits up to this size, made of straight pieces, have all their equilibria enumerated.
_ENUMERATED = 8


@dataclass(frozen=True, kw_only=True)
class CourseConfig:
    """Settings of `course`.

    Attributes
    ----------
    draws : int, >= 0
    """

    draws: int = 20

    def __post_init__(self) -> None:
        """Check."""
        require_setting("draws", self.draws, least=0, whole=True)


def course(fit: CircuitFitResult, *, draws: int = 20, progress: Progress | None = None) -> CircuitCourse:
    """Certify every window's circuit, and look at its equilibrium, its game and its responses.

    Parameters
    ----------
    fit : CircuitFitResult
    draws : int, >= 0
        How many matrices of the bootstrap are certified too, at most those that `fit` kept.
    progress : callable or None
        Called as progress(windows done, windows in all).

    Returns
    -------
    CircuitCourse

    Notes
    -----
    The equilibrium is the one that is found from the recorded mean rates. A certified circuit has no other, and is
    "self_regulating": its excitatory units would be stable alone. The regime of others follows from that equilibrium
    (from all, up to 8 units with activations made of straight pieces) and from a few simulated runs, as in `regime`.

    `certified_share` is no probability that the true circuit is diagonally stable: resampling adds noise to weights
    that hold noise already, and noise makes a matrix look less stable. How often a verdict on a fitted circuit agrees
    with that on the true one is measured in the documentation, with and without unobserved units.

    Cost per window: one certificate and one steady state, and one certificate per draw unless its symmetric part
    settles it; O(N^3) each, more where an interior-point method has to decide.

    Examples
    --------
    >>> import numpy as np
    >>> from interplay.circuits import CircuitFit, RateCircuit, course, simulate_spikes
    >>> spikes = simulate_spikes(RateCircuit([[0.2, -0.3], [0.4, 0.0]], tau=0.05), [9.0, 5.0], duration_s=120.0)
    >>> found = course(CircuitFit(window_s=60.0, step_s=60.0).fit(spikes))
    >>> found.verdict.tolist()
    ['certified', 'certified']
    """
    config = CourseConfig(draws=draws)
    require_fit(fit)
    seen = []
    for s in range(len(fit.bounds)):
        seen.append(_window(fit, s, draws))
        if progress is not None:
            progress(s + 1, len(fit.bounds))
    return CircuitCourse(
        config=config,
        made_from=digest(fit.made_from, fit.weights, fit.drive),
        notes=_notes(fit, seen),
        citations=("barker1978positive", "betteti2025competition", "rosen1965existence"),
        names=fit.names,
        sign=fit.sign,
        bounds=fit.bounds,
        regime=np.array([w.regime for w in seen]),
        verdict=np.array([w.verdict for w in seen]),
        certified_share=np.array([w.share for w in seen]),
        margin=np.array([w.margin for w in seen]),
        abscissa=np.array([w.indices["abscissa"] for w in seen]),
        equilibrium=np.array([w.equilibrium for w in seen]),
        interaction=np.array([w.costs[0] for w in seen]),
        activation=np.array([w.costs[1] for w in seen]),
        energy=np.array([w.costs[2] for w in seen]),
        nash_gap=np.array([w.costs[3] for w in seen]),
        response=np.array([w.response for w in seen]),
        paradoxical=np.array([np.diagonal(w.response) < 0 for w in seen]),
        indices={name: np.array([w.indices[name] for w in seen]) for name in seen[0].indices},
        reasons=tuple(w.reason for w in seen),
    )


class _Seen(NamedTuple):
    """What is known of one window."""

    regime: str
    verdict: str
    share: float
    margin: float
    equilibrium: Floats
    costs: Floats
    response: Floats
    indices: dict[str, float]
    reason: str


def _window(fit: CircuitFitResult, s: int, draws: int) -> _Seen:
    from interplay.circuits.certificates import certify
    from interplay.circuits.equilibria import steady_state
    from interplay.circuits.nash import game

    circuit, drive = fit.circuit(s), fit.drive[s]
    n = circuit.n_units
    bounded = bool(np.isfinite(circuit.max_slopes).all())
    proof = certify(circuit) if bounded else None
    verdict = "undecided" if proof is None else proof.verdict
    low, high = circuit.activations[0].domain
    try:
        x = steady_state(circuit, drive, start=np.clip(fit.rates[s], low, high), tolerance=1e-10).rates[0]
    except NumericalError:
        x = None
    costs, responses = np.full((4, n), np.nan), np.full((n, n), np.nan)
    if x is not None:
        seen = game(circuit, x, drive)
        costs = np.stack([seen.interaction, seen.activation, seen.energy, seen.nash_gap])
        responses = response(circuit, x, drive)
    word, reason, indices = _regime(circuit, drive, x, verdict)
    largest = float(np.nanmax(costs[3])) if x is not None else float("nan")
    trivial = max(float(fit.score["own past"][s]), float(fit.score["constant rate"][s]))
    gain = float(fit.score["circuit"][s]) - trivial
    if not gain > 0:
        reason += " On held-out blocks the circuit foresees no more than a trivial model: do not rely on its weights."
    more = {"largest_nash_gap": largest, "least_own_curvature": _curvature(circuit), "score_gain": gain}
    return _Seen(
        word,
        verdict,
        _certified_share(fit, s, draws) if bounded else float("nan"),
        float("nan") if proof is None else proof.margin,
        np.full(n, np.nan) if x is None else x,
        costs,
        responses,
        indices | more,
        reason,
    )


def _curvature(circuit: RateCircuit) -> float:
    return float((1.0 / circuit.max_slopes - np.diagonal(circuit.weights)).min())


def _regime(circuit: RateCircuit, drive: Floats, x: Floats | None, verdict: str) -> tuple[str, str, dict[str, float]]:
    """Give the word, the reason, and indices that every window has."""
    from interplay.circuits.nash import game

    e = circuit.excitatory
    at = abscissa_of(circuit.jacobian(x, drive)) if x is not None else float("nan")
    alone = abscissa_of(circuit.jacobian(x, drive)[np.ix_(e, e)]) if x is not None else float("nan")
    indices = {
        "abscissa": at,
        "e_block_abscissa": alone,
        "spectral_radius": float(np.abs(np.linalg.eigvals(circuit.weights)).max()),
        "asymmetry": float(game(circuit, x, drive).asymmetry) if x is not None else float("nan"),
    }
    if verdict == "certified":
        return "self_regulating", "Diagonally stable: one equilibrium for every input, and a Nash point.", indices
    if not len(e) or not len(circuit.inhibitory):
        kind = "excitatory" if not len(e) else "inhibitory"
        return "undecided", f"Not proved diagonally stable, and without {kind} units regimes have no meaning.", indices
    from interplay.circuits.attractors import follow_runs
    from interplay.circuits.regimes import reach_of, situation, starts_around

    known = _known(circuit, drive, x)
    starts = starts_around(circuit, drive, known)
    runs = len(starts)
    fates = follow_runs(
        [circuit] * runs,
        np.tile(drive, (runs, 1)),
        starts,
        [known.points[known.can_hold()]] * runs,
        np.full(runs, reach_of(known, starts)),
    )
    here = situation(circuit, drive, known, fates)
    return here.word, here.reason, indices


def _known(circuit: RateCircuit, drive: Floats, x: Floats | None) -> Known:
    from interplay.circuits.known_equilibria import Known, known_equilibria

    if circuit.n_units <= _ENUMERATED and all(p.pieces for p in circuit.activations):
        return known_equilibria(circuit, drive)
    points = np.empty((0, circuit.n_units)) if x is None else x[None]
    here = linear_stability(circuit, points, drive)
    return Known(points, here.abscissa, here.on_kink.any(axis=1) & ~here.stable, False, ())


def _certified_share(fit: CircuitFitResult, s: int, draws: int) -> float:
    """Share of the kept bootstrap matrices that are diagonally stable."""
    from interplay.circuits.certificates import diagonal_stability

    kept = fit.draws[s, :draws].astype(np.float64)
    if not len(kept):
        return float("nan")
    a = kept - np.diag(1.0 / fit.circuit(s).max_slopes)
    # The cheapest rung for all at once; what it leaves open climbs the ladder.
    certain = np.linalg.eigvalsh(a + a.transpose(0, 2, 1))[:, -1] < -1e-9
    rest = sum(diagonal_stability(matrix).verdict == "certified" for matrix in a[~certain])
    return float((certain.sum() + rest) / len(kept))


def _notes(fit: CircuitFitResult, seen: list[_Seen]) -> tuple[str, ...]:
    notes = []
    lost = sum(bool(np.isnan(w.equilibrium).any()) for w in seen)
    if lost:
        notes.append(f"{lost} of {len(seen)} windows have no equilibrium that was found from the recorded rates.")
    poor = sum(not w.indices["score_gain"] > 0 for w in seen)
    if poor:
        notes.append(
            f"In {poor} of {len(seen)} windows the circuit foresees held-out activity no better than a trivial model; "
            "what is said of its weights there is not supported by the data."
        )
    if not np.isfinite(fit.circuit(0).max_slopes).all():
        notes.append(
            f"No certificate: the slope of {fit.phi!r} has no bound, which diagonal stability needs. Verdicts are "
            "'undecided'."
        )
    return tuple(notes)
