"""The findings of one circuit as lines for the terminal, and as plain values for a file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplay._core.provenance import versions
from interplay.circuits.results import GameResult
from interplay.circuits.stability_results import ContractionResult, StabilityResult
from interplay.job.circuit_findings import CircuitFindings
from interplay.job.summary import plain
from interplay.report import words

#: Units and equilibria that are told on a terminal; the page and the file have all.
_UNITS, _EQUILIBRIA = 10, 4
#: Smaller numbers are rounding.
_ROUNDING = 1e-12
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
        f"regime: none. {regime}" if isinstance(regime, str) else f"regime: {word(regime.regime)}. {regime.reason}",
    ]
    if not isinstance(regime, str):
        lines.append("  " + ", ".join(f"{word(name)} {_number(value)}" for name, value in regime.indices.items()))
    lines += _stability(found.stability)
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


def _stability(stability: StabilityResult | str) -> list[str]:
    if isinstance(stability, str):
        return [f"certificate: none. {stability}"]
    decided = next((r for r in stability.rungs if r.name == stability.rung), None)
    why = "" if decided is None else f" by {decided.name}: {decided.detail} ({_number(decided.value)})"
    size = f"; margin {_number(stability.margin)}" if stability.verdict == "certified" else ""
    return [
        f"certificate of diagonal stability: {stability.verdict}{why}{size}",
        *(f"  follows: {claim}" for claim in stability.claims),
        *(f"  does not follow: {claim}" for claim in stability.open),
    ]


def _contraction(contraction: ContractionResult | str) -> list[str]:
    if isinstance(contraction, str):
        return [f"contraction: none. {contraction}"]
    rate = f", rate {_number(contraction.rate)}/s" if np.isfinite(contraction.rate) else ""
    return [f"contraction in a fixed norm: {contraction.verdict}{rate}"]


def _equilibria(found: CircuitFindings) -> list[str]:
    points = found.equilibria
    if isinstance(points, str):
        return [f"equilibria: none found. {points}"]
    count = len(points.rates)
    whole = "all there are" if points.complete else "there may be others"
    lines = [f"equilibria: {count}, {int(points.stable.sum())} stable ({points.method}; {whole})"]
    for k, game in enumerate(found.games[:_EQUILIBRIA]):
        state = "stable" if points.stable[k] else "unstable"
        state += ", Nash" if game.nash else ", not Nash"
        lines += [f"equilibrium {k + 1}: {state}. {game.verdict}", *_game(game)]
    if count > min(len(found.games), _EQUILIBRIA):
        lines.append(f"  {count - min(len(found.games), _EQUILIBRIA)} more in the page and in --json")
    return lines


def _game(game: GameResult) -> list[str]:
    columns = (game.rates, game.interaction, game.activation, game.energy, game.best_response, game.nash_gap)
    rows = [
        (str(game.names[k]), _SIGN[int(game.sign[k])], *(_number(c[k]) for c in columns)) for k in _some(game.nash_gap)
    ]
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
    paradox = f"; more input slows down {told}" if len(against) else "; more input slows no unit down"
    lines = [f"response at equilibrium {found.shown + 1} to one more unit of input{paradox}"]
    if n <= _UNITS:
        heads = ("onto", *(f"to {name}" for name in names))
        lines += _aligned(heads, [(str(names[i]), *map(_number, found.response[i])) for i in range(n)])
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


def _number(value: float) -> str:
    if abs(value) < _ROUNDING:
        return "0"
    return f"{value:.4g}" if np.isfinite(value) else "inf" if value > 0 else "-inf" if value < 0 else "undefined"


def finding_values(found: CircuitFindings) -> dict[str, Any]:
    """Collect the findings as plain values, the proofs among them.

    Parameters
    ----------
    found : CircuitFindings

    Returns
    -------
    dict
        For JSON; undefined numbers are None.
    """
    circuit = found.circuit
    values: dict[str, Any] = plain(
        {
            "circuit": {
                "weights": circuit.weights,
                "names": circuit.names,
                "sign": circuit.sign,
                "tau_s": circuit.tau,
                "phi": [str(phi) for phi in circuit.activations],
                "delay_s": circuit.delay,
                "digest": circuit.digest,
            },
            "drive": found.drive,
            "regime": fields_of(found.regime),
            "stability": fields_of(found.stability),
            "contraction": fields_of(found.contraction),
            "equilibria": fields_of(found.equilibria),
            "games": [fields_of(game) for game in found.games],
            "response": {"at_equilibrium": found.shown, "matrix": found.response},
            "motif": {name: fields_of(part) for name, part in found.motif.items() if name not in _DRAWN},
            "notes": found.notes,
            "versions": versions(),
        }
    )
    return values


#: Parts of a motif that are there to be drawn: grids, and what is told already.
_DRAWN = ("plane", "circuit", "drive")
#: What a result carries beside its findings.
_AROUND = ("config", "versions", "citations")


def fields_of(result: Any) -> Any:
    """Give a result's fields by name, or why there is none.

    Parameters
    ----------
    result : dataclass, or str

    Returns
    -------
    dict
        Complex arrays are given as real and imaginary parts.
    """
    from dataclasses import fields, is_dataclass

    if isinstance(result, str):
        return {"reason": result}
    if isinstance(result, np.ndarray) and np.iscomplexobj(result):
        return {"real": result.real, "imaginary": result.imag}
    if isinstance(result, tuple | list):
        return [fields_of(part) if not isinstance(part, str) else part for part in result]
    if not is_dataclass(result):
        return result
    return {f.name: _field(getattr(result, f.name)) for f in fields(result) if f.name not in _AROUND}


def _field(value: Any) -> Any:
    return value if isinstance(value, str) else fields_of(value)
