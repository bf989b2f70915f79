"""What follows from a contraction, and what does not, in words."""

from __future__ import annotations

from typing import Any

from interplay.circuits.circuit import RateCircuit
from interplay.circuits.stability_results import Verdict


def claims_of(
    circuit: RateCircuit, settings: Any, verdict: Verdict, rate: float
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """List what a verdict says of the circuit, and what it leaves open.

    Parameters
    ----------
    circuit : RateCircuit
    settings : ContractionSettings
    verdict : {"certified", "refuted", "undecided"}
    rate : float, 1/s

    Returns
    -------
    tuple of str
        Claims.
    tuple of str
        What is open.
    """
    slopes = "0 <= phi' <= L" if settings.slopes == "monotone" else "|phi'| <= L"
    open_ = []
    if circuit.delayed:
        open_.append("The circuit has delays, which the theorem excludes: nothing is claimed of its course in time.")
    if verdict == "undecided":
        return (), (*open_, "Neither a norm nor a proof that there is none was found: this says nothing of stability.")
    if verdict == "refuted":
        asked = f"at {settings.rate:g} per second" if settings.rate else "at any rate > 0"
        none = f"No P and diagonal Q satisfy the inequality {asked}, for activations of which only {slopes} is known."
        open_.append(
            "Whether the circuit is stable, diagonally stable, or contracts in another norm: all can hold yet."
        )
        return (none,), tuple(open_)
    scaling = "q" if settings.slopes == "monotone" else "q L"
    same = (f"A = W - diag(1/L) is diagonally stable, with the scaling {scaling}.",)
    if circuit.delayed:
        return same, tuple(open_)
    pace = f"exp(-{rate:g} t)" if settings.step_s is None else f"exp(-{rate:g} k {settings.step_s:g}) in k steps"
    what = "states" if settings.form == "firing_rate" else "input states z"
    claims = (
        f"Any two {what} under the same input, constant or not, approach each other at least like {pace}, "
        "in the norm of P.",
        "Every constant input has exactly one equilibrium, and every course converges to it exponentially.",
        *same,
    )
    open_.append(f"Other time constants, other weights, and activations beyond {slopes}: the proof is of these.")
    if settings.step_s is None:
        open_.append("Steps of a simulation: ask again with `step_s`.")
    else:
        open_.append("Continuous time: ask again without `step_s`.")
    return claims, tuple(open_)


def notes_of(settings: Any, verdict: Verdict, rate: float, bound: float, stopped: bool) -> tuple[str, ...]:
    """Say what a reader must know of how the verdict came about.

    Parameters
    ----------
    settings : ContractionSettings
    verdict : {"certified", "refuted", "undecided"}
    rate, bound : float, 1/s
        Proved, and above every rate that can be.
    stopped : bool
        Whether the search ended early.

    Returns
    -------
    tuple of str
    """
    notes = []
    if stopped:
        notes.append(
            f"The search ended early (time limit {settings.time_limit_s:g} s, or too many units for it): the verdict "
            "rests on what had been found by then."
        )
    if verdict == "certified" and settings.rate is None and bound - rate > 1e-3 * bound:
        notes.append(f"The rate is proved; the largest one that can be lies between {rate:.6g} and {bound:.6g}.")
    return tuple(notes)
