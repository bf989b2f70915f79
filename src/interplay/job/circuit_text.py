"""The findings of one circuit as lines for the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplay.circuits.results import GameResult
from interplay.circuits.stability_results import ContractionResult
from interplay.job.circuit_findings import CircuitFindings
from interplay.report import words
from interplay.report.sections.circuit_words import regime as regime_word

#: Units and equilibria that are told on a terminal; the page and the file have all.
_UNITS, _EQUILIBRIA = 10, 4
#: Numbers smaller than this, beside the largest of their table, are rounding.
_ROUNDING = 1e-12
#: What follows from a margin smaller than this, beside the weights, is proved and says next to nothing.
_VACUOUS = 1e-6
#: Names of indices that would be misread.
_INDICES = {
    "n_equilibria": "equilibria",
    "n_stable": "stable",
    "e_block_abscissa": "abscissa of E alone",
    "e_gain": "gain of E alone",
    "paradoxical_response": "response of all I to more input to all I (paradoxical if below 0)",
}
#: How equilibria were found.
_METHODS = {
    "newton": "by Newton's method",
    "lemke": "by linear complementarity",
    "flow": "by following the dynamics",
    "enumeration": "by enumeration",
    "starts": "from many starts",
}
_SIGN = {1: "E", -1: "I", 0: "?"}


def finding_lines(found: CircuitFindings) -> list[str]:
    """Word the findings for the terminal.

    Parameters
    ----------
    found : CircuitFindings

    Returns
    -------
    list of str
    """
    regime = found.regime
    lines = [
        repr(found.circuit),
        f"input: {_named(found, found.drive)}",
        f"regime: none. {regime}"
        if isinstance(regime, str)
        else f"regime: {regime_word(regime.regime)}. {regime.reason}",
    ]
    if not isinstance(regime, str):
        indices = (f"{_INDICES.get(name, word(name))} {_number(value)}" for name, value in regime.indices.items())
        lines.append("  " + ", ".join(indices))
    lines += _stability(found)
    lines += _contraction(found.contraction)
    lines += _equilibria(found)
    lines += _responses(found)
    return lines


def word(name: str) -> str:
    """Write a name with blanks.

    Parameters
    ----------
    name : str
    """
    return name.replace("_", " ")


def finding_notes(found: CircuitFindings) -> tuple[str, ...]:
    """Collect all notes, each once, with what it is said of.

    Parameters
    ----------
    found : CircuitFindings

    Returns
    -------
    tuple of str
    """
    said: dict[str, list[str]] = {}
    for name, result in found.results.items():
        for note in result.notes:
            said.setdefault(note, []).append(word(name))
    own = (f"{_about(names)}: {note}" for note, names in said.items() if note not in found.notes)
    return tuple(dict.fromkeys((*found.notes, *own)))


def _about(names: list[str]) -> str:
    games = [name for name in names if name.startswith("game")]
    if len(games) > 1:
        names = [*(name for name in names if name not in games), f"{len(games)} games"]
    return ", ".join(names)


def _stability(found: CircuitFindings) -> list[str]:
    stability = found.stability
    if isinstance(stability, str):
        return [f"certificate: none. {stability}"]
    decided = next((r for r in stability.rungs if r.name == stability.rung), None)
    why = "" if decided is None else f" by {decided.name}: {decided.detail} ({_number(decided.value)})"
    size, narrow = "", []
    if stability.verdict == "certified":
        size = f"; margin {_number(stability.margin)}"
        if 0 < stability.margin < _VACUOUS * float(np.abs(stability.matrix).max(initial=0.0)):
            narrow = ["  proved, but hardly: bounds and rates that follow from so small a margin say next to nothing"]
    # Contraction has lines of its own where it was asked.
    left = stability.open
    if not isinstance(found.contraction, str):
        left = tuple(text for text in left if not text.startswith("Contraction"))
    return [
        f"certificate of diagonal stability: {stability.verdict}{why}{size}",
        *narrow,
        *(f"  follows: {claim}" for claim in stability.claims),
        *(f"  does not follow: {claim}" for claim in left),
    ]


def _contraction(contraction: ContractionResult | str) -> list[str]:
    if isinstance(contraction, str):
        return [f"contraction: none. {contraction}"]
    rate = f", rate {_number(contraction.rate)}/s" if np.isfinite(contraction.rate) else ""
    follows = "follows" if contraction.verdict == "certified" else "why"
    return [
        f"contraction in a fixed norm: {contraction.verdict}{rate}",
        *(f"  {follows}: {claim}" for claim in contraction.claims),
        *(f"  open: {claim}" for claim in contraction.open),
    ]


def _equilibria(found: CircuitFindings) -> list[str]:
    points = found.equilibria
    if isinstance(points, str):
        return [f"equilibria: none found. {points}"]
    count = len(points.rates)
    proofs = [found.stability, found.contraction]
    whole = "all there are" if points.complete else "there may be others"
    if count == 1 and not points.complete and any(getattr(proof, "verdict", "") == "certified" for proof in proofs):
        whole = "the only one, as the certificate proves"
    how = _METHODS.get(points.method, points.method)
    lines = [f"equilibria: {count}, {int(points.stable.sum())} stable ({how}; {whole})"]
    for k, game in enumerate(found.games[:_EQUILIBRIA]):
        state = "stable" if points.stable[k] else "unstable"
        state += ", Nash" if game.nash else ", not Nash"
        lines += [f"equilibrium {k + 1}: {state}. {game.verdict}", *_game(game)]
    if count > min(len(found.games), _EQUILIBRIA):
        lines.append(f"  {count - min(len(found.games), _EQUILIBRIA)} more in the page and in --json")
    return lines


def _game(game: GameResult) -> list[str]:
    columns = (game.rates, game.interaction, game.activation, game.energy, game.best_response, game.nash_gap)
    written = [_numbers(column) for column in columns[:-1]]
    # A Nash state has no gaps beyond rounding; elsewhere gaps are differences of costs, and as exact as these.
    gaps = np.zeros_like(game.nash_gap) if game.nash else game.nash_gap
    written.append(_numbers(gaps, beside=game.energy))
    rows = [(str(game.names[k]), _SIGN[int(game.sign[k])], *(c[k] for c in written)) for k in _some(game.nash_gap)]
    heads = ("unit", "sign", "rate", "E_int", "E_act", "energy", "best response", "Nash gap")
    return _aligned(heads, rows) + _left_out(len(game.rates), len(rows), "those with the largest gaps")


def _some(gap: NDArray[np.float64]) -> list[int]:
    if len(gap) <= _UNITS:
        return list(range(len(gap)))
    return sorted(np.argsort(-gap, kind="stable")[:_UNITS].tolist())


def _left_out(count: int, shown: int, which: str) -> list[str]:
    return [] if shown == count else [f"  {shown} of {count} units, {which}; all in the page and in --json"]


def _responses(found: CircuitFindings) -> list[str]:
    if not np.isfinite(found.response).all():
        return []
    names, n = found.circuit.names, found.circuit.n_units
    against = np.flatnonzero(np.diag(found.response) < 0)
    told = ", ".join(str(names[k]) for k in against[:_UNITS]) + (", ..." if len(against) > _UNITS else "")
    paradox = f"slowed down by more input to themselves: {told or 'none'}"
    lines = [f"response at equilibrium {found.shown + 1} to one more unit of input; {paradox}"]
    if n <= _UNITS:
        heads = ("onto", *(f"to {name}" for name in names))
        lines += _aligned(heads, [(str(names[i]), *row) for i, row in enumerate(_numbers(found.response))])
    else:
        lines += [f"  {words.plural(n, 'unit')}: the whole matrix is in the page and in --json"]
    return lines


def _aligned(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    wide = [max(len(row[k]) for row in (heads, *rows)) for k in range(len(heads))]
    return ["  " + "  ".join(cell.rjust(w) for cell, w in zip(row, wide, strict=True)) for row in (heads, *rows)]


def _named(found: CircuitFindings, values: NDArray[np.float64]) -> str:
    names = found.circuit.names
    shown = [f"{name} {value:g}" for name, value in zip(names[:_UNITS], values[:_UNITS], strict=True)]
    return ", ".join(shown) + (", ..." if len(names) > _UNITS else "")


def _numbers(values: NDArray[np.float64], beside: NDArray[np.float64] | None = None) -> Any:
    """Write the numbers of a table, nested as they are; what is rounding beside the largest of them is 0."""
    every = values.ravel() if beside is None else np.concatenate([values.ravel(), beside.ravel()])
    floor = _ROUNDING * float(np.abs(every[np.isfinite(every)]).max(initial=0.0))

    def written(part: Any) -> Any:
        return [written(p) for p in part] if isinstance(part, list) else "0" if abs(part) < floor else _number(part)

    return written(values.tolist())


def _number(value: float) -> str:
    return f"{value:.4g}" if np.isfinite(value) else "inf" if value > 0 else "-inf" if value < 0 else "undefined"
