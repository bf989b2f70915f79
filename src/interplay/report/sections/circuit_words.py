"""What the pages of circuits say in words."""

from __future__ import annotations

import math

from interplay.report import words

#: Every regime in a sentence.
REGIMES = {
    "self_regulating": "one stable state, which the excitatory units would keep even without inhibition's feedback",
    "inhibition_stabilised": "one stable state, which the excitatory units alone would leave: inhibition holds them",
    "oscillatory": "no stable state; the rates stay bounded and go on changing",
    "bistable": "more than one attractor: where the circuit ends depends on where it starts",
    "runaway": "some trajectories grow without bound",
    "undecided": "none of the others could be shown",
}

#: Every verdict on diagonal stability in a sentence.
VERDICTS = {
    "certified": "Diagonally stable: positive weights were found that prove it.",
    "refuted": "Not diagonally stable: a matrix was found that proves that no such weights exist. This alone does not "
    "make the circuit unstable.",
    "undecided": "Neither a proof of diagonal stability nor one against it was found.",
}


def regime(name: str) -> str:
    """Write a regime as words."""
    return name.replace("_", "-")


def explained(name: str) -> str:
    """Write a regime and what it means."""
    return f"{regime(name).capitalize()}: {REGIMES[name]}." if name in REGIMES else f"{regime(name).capitalize()}."


def symbol(name: str) -> str:
    """Write a parameter of a motif, such as w_ee, as w_EE."""
    letter, _, index = name.partition("_")
    greek = {"tau": "τ", "kappa": "κ"}
    if letter in ("w", "u", *greek) and len(index) <= 2:
        return greek.get(letter, letter) + (f"_{index.upper()}" if index else "")
    return words.plain_name(name)


def number(value: float) -> str:
    """Write a number that may be infinite or undefined."""
    if math.isinf(value):
        return "∞" if value > 0 else "\N{MINUS SIGN}∞"
    return words.number(float(value))


#: Names of indices that a reader may not guess.
INDICES = {
    "abscissa": "largest real part at the equilibrium (1/s)",
    "e_block_abscissa": "largest real part of the excitatory units alone (1/s)",
    "e_gain": "largest eigenvalue of the excitatory weights times their slopes",
    "margin": "margin of diagonal stability, the best that was found",
    "paradoxical_response": "summed response of the inhibitory rates to input to all of them (below 0: paradoxical)",
    "asymmetry": "asymmetry of the weights (0 symmetric, 1 antisymmetric)",
    "n_equilibria": "equilibria",
    "n_stable": "stable equilibria",
    "escaping_starts": "share of starts that run away",
    "cycling_starts": "share of starts that never settle",
}


def index(name: str) -> str:
    """Write the name of an index in words."""
    return INDICES.get(name, words.plain_name(name))
