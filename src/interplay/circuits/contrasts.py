"""How a motif or a column changes contrast, how long that takes, and what it remembers."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import DataError, InterplayWarning
from interplay._core.provenance import digest
from interplay.circuits.attractors import safe_step
from interplay.circuits.circuit import RateCircuit
from interplay.circuits.motif_results import ContrastResult, HysteresisResult
from interplay.ops.lateral import contrast_of, participation_of

if TYPE_CHECKING:
    from interplay.circuits.lateral_inhibition import LateralInhibition

Floats = NDArray[np.float64]

#: A rate counts as active above this share of the largest.
_ACTIVE = 1e-9
#: Settled: within this share of the final rates.
_SETTLED = 0.01
#: Simulations last so many time constants at first, and at most so many times longer.
_LENGTH, _LONGER = 50.0, 6


def settled_runs(
    circuit: RateCircuit, drives: Floats, starts: Floats | None = None
) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Simulate until rates stand still.

    Parameters
    ----------
    circuit : RateCircuit
    drives : (S, N) float64 array
    starts : (S, N) float64 array or None
        None: rest.

    Returns
    -------
    rates : (S, N) float64 array
        At the end.
    settling_s : (S,) float64 array, s
        From when on all rates stay within one per cent of the largest rate of their final values; NaN where they never
        came to rest.
    still : (S,) bool array
        Whether they came to rest.
    """
    from interplay.circuits.simulation import simulate

    longest = float(circuit.tau.max())
    dt_s = safe_step(circuit)
    for turn in range(_LONGER):
        steps = int(np.ceil(_LENGTH * 2**turn * longest / dt_s))
        every = max(1, steps // 4000)
        steps = every * -(-steps // every)
        with warnings.catch_warnings():
            # A run that leaves the finite numbers never comes to rest, and the result says so.
            warnings.simplefilter("ignore", InterplayWarning)
            course = simulate(circuit, drives, duration_s=steps * dt_s, dt_s=dt_s, start=starts, record_every=every)
        still = course.residual <= 1e-12 * (1.0 + np.abs(course.rates[:, -1]).max(axis=1))
        if still.all():
            break
    final = course.rates[:, -1]
    size = np.abs(final).max(axis=1)
    far = np.abs(course.rates - final[:, None]).max(axis=2) > _SETTLED * size[:, None]
    last = np.where(far.any(axis=1), far.shape[1] - np.argmax(far[:, ::-1], axis=1), 0)
    settling = np.where(still, course.time[np.minimum(last, len(course.time) - 1)], np.nan)
    return final, settling, still


def contrast_result(
    circuit: RateCircuit,
    drives: Floats,
    layers: NDArray[np.int64],
    predicted: Floats | None,
    *,
    competition: float,
    config: object,
) -> ContrastResult:
    """Simulate every case from rest and measure contrast layer by layer.

    Parameters
    ----------
    circuit : RateCircuit
    drives : (S, N) float64 array
    layers : (L, n) int64 array
        Excitatory units of each layer; those of the first receive the input.
    predicted : (S, L, n) float64 array or None
        Rates by closed form.
    competition : float
    config : object
        What made it.

    Returns
    -------
    ContrastResult
    """
    final, settling, still = settled_runs(circuit, drives)
    rates = final[:, layers]
    inputs = drives[:, layers[0]]
    notes = []
    if not still.all():
        notes.append(
            f"{int((~still).sum())} of {len(still)} cases did not come to rest; their rates are the last seen."
        )
    if predicted is None:
        notes.append("No closed form is known here: `predicted` is NaN.")
    unknown = np.full(rates.shape[:2], np.nan)
    top = np.abs(rates).max(axis=2, keepdims=True)
    return ContrastResult(
        config=config,
        made_from=digest(circuit.digest, drives),
        citations=("betteti2025competition",),
        notes=tuple(notes),
        drive=inputs,
        rates=rates,
        contrast_in=contrast_of(inputs),
        contrast=contrast_of(rates),
        n_active=(rates > _ACTIVE * top).sum(axis=2),
        participation=participation_of(rates),
        settling_s=settling,
        predicted=unknown if predicted is None else contrast_of(predicted),
        competition=competition,
    )


def motif_contrast(motif: LateralInhibition, drives: Floats) -> ContrastResult:
    """Measure the contrast that one motif makes.

    Parameters
    ----------
    motif : LateralInhibition
    drives : (S, N) float64 array

    Returns
    -------
    ContrastResult
        With one layer.

    Notes
    -----
    `rates` come from simulation from rest, `predicted` from the closed form, so each checks the other. From rest and
    with competition above 1, equal inputs end in a tie that noise would break.
    """
    closed = motif.closed_form(drives)
    predicted = None if closed is None else closed[:, None, : motif.n]
    return contrast_result(
        motif.circuit(),
        drives,
        np.arange(motif.n)[None],
        predicted,
        competition=motif.competition,
        config=motif,
    )


def hysteresis(motif: LateralInhibition, drive: Floats, ratios: Floats | None) -> HysteresisResult:
    """Sweep the challenger's input, each step starting from where the last one settled.

    Parameters
    ----------
    motif : LateralInhibition
    drive : (N,) float64 array
        The largest input to E is the incumbent's, the second largest (the later of equal ones) the challenger's.
    ratios : (S,) float64 array or None

    Returns
    -------
    HysteresisResult
        `predicted` is (kappa, 1 / kappa) for "lateral" with kappa > 1, (1, 1) otherwise, and NaN for units that are not
        rectified.

    Raises
    ------
    DataError
        If the incumbent's input is not positive.

    Notes
    -----
    Begins from the incumbent alone at its equilibrium. A change of winner is reported halfway between the two ratios
    around it. Cost: one simulation per step.
    """
    order = np.argsort(-drive[: motif.n], kind="stable")
    incumbent, challenger = int(order[0]), int(order[1])
    if drive[incumbent] <= 0:
        raise DataError(
            f"`drive` must give the incumbent a positive input, got {drive[incumbent]:g}. Ratios are taken of it."
        )
    kappa = motif.competition
    if ratios is None:
        top = 1.4 * (kappa if motif.wiring == "lateral" and 1.0 < kappa < 10.0 else 1.0)
        bottom = 0.5 * min(1.0, 1.0 / kappa) if kappa > 0 else 0.5
        up = np.linspace(bottom, top, 61)
        ratios = np.concatenate([up, up[-2::-1]])
    circuit = motif.circuit()
    state = np.zeros(circuit.n_units)
    state[incumbent] = drive[incumbent]
    rates, resting = np.empty((len(ratios), motif.n)), True
    for k, ratio in enumerate(ratios):
        now = drive.copy()
        now[challenger] = ratio * drive[incumbent]
        final, _, still = settled_runs(circuit, now[None], state[None])
        state, resting = final[0], resting and bool(still[0])
        rates[k] = final[0, : motif.n]
    winner = _winners(rates)
    rectified = (motif.phi if isinstance(motif.phi, str) else motif.phi.kind) == "relu"
    bistable = motif.wiring == "lateral" and kappa > 1.0
    predicted = (kappa, 1.0 / kappa) if bistable else (1.0, 1.0)
    return HysteresisResult(
        config=motif,
        made_from=digest(circuit.digest, drive, ratios),
        citations=("betteti2025competition",),
        notes=() if resting else ("Some steps did not come to rest before the next began.",),
        ratio=np.asarray(ratios, dtype=np.float64),
        rates=rates,
        winner=winner,
        switched_up=_switch(ratios, winner, incumbent, challenger),
        switched_down=_switch(ratios, winner, challenger, incumbent),
        predicted=predicted if rectified else (float("nan"), float("nan")),
    )


def _winners(rates: Floats) -> NDArray[np.int64]:
    top = np.sort(rates, axis=1)
    tie = top[:, -1] - top[:, -2] <= _ACTIVE * np.maximum(top[:, -1], 1e-300)
    return np.where(tie, -1, np.argmax(rates, axis=1))


def _switch(ratios: Floats, winner: NDArray[np.int64], before: int, after: int) -> float:
    """Ratio at which the winner changes from one to the other for the first time, a tie between them or not."""
    held = False
    for k, who in enumerate(winner):
        if who == before:
            held, last = True, float(ratios[k])
        elif who == after and held:
            return 0.5 * (last + float(ratios[k]))
    return float("nan")
