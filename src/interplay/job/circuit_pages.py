"""What a run says of its circuit: entries of summary.json, lines for the terminal, sentences for the report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplay.circuits.fit_results import CircuitCourse, CircuitFitResult
from interplay.report import Section, section_circuit_course, words
from interplay.report.sections.circuit_words import regime as regime_word

#: A gain smaller than this is rounding.
_NOTHING = 1e-9


@dataclass(frozen=True, eq=False, kw_only=True)
class FittedCircuit:
    """What the circuit stage leaves behind.

    Attributes
    ----------
    fit : CircuitFitResult
    course : CircuitCourse
    notes : tuple of str
        How units and windows were chosen.
    """

    fit: CircuitFitResult
    course: CircuitCourse
    notes: tuple[str, ...] = ()


def circuit_summary(found: FittedCircuit | str) -> dict[str, Any]:
    """Collect what summary.json says of the circuit.

    Parameters
    ----------
    found : FittedCircuit or str
        Or why there is none.

    Returns
    -------
    dict
        Numbers may still be NaN, and arrays arrays.
    """
    if isinstance(found, str):
        return {"units": None, "reason": found}
    fit, course = found.fit, found.course
    return {
        "units": fit.names,
        "unit_rows": fit.units,
        "sign": fit.sign,
        "sign_source": fit.sign_source,
        "phi": fit.phi,
        "tau_s": fit.tau_s,
        "windows_s": fit.bounds,
        "level": fit.level,
        "score": {name: {"median": _median(values), "per_window": values} for name, values in fit.score.items()},
        "regime": course.regime,
        "verdict": course.verdict,
        "margin": course.margin,
        "certified_share": course.certified_share,
        "abscissa_per_s": course.abscissa,
        "largest_nash_gap": with_infinities([_largest(row) for row in course.nash_gap]),
        "energy": course.energy,
        "nash_gap": with_infinities(course.nash_gap),
        "paradoxical_units": course.paradoxical.sum(axis=1),
        "indices": course.indices,
        "reasons": course.reasons,
        "notes": tuple(dict.fromkeys((*found.notes, *fit.notes, *course.notes))),
    }


def circuit_lines(summary: Mapping[str, Any]) -> list[str]:
    """Word the circuit for the terminal.

    Parameters
    ----------
    summary : mapping
        From `circuit_summary`, made plain.

    Returns
    -------
    list of str
    """
    if summary["units"] is None:
        return [f"no circuit: {summary['reason']}"]
    sign = Counter(summary["sign"])
    windows = len(summary["windows_s"])
    shares = [v for v in summary["certified_share"] if v is not None]
    beside = f" ({np.median(shares):.0%} of bootstrap draws in the median window)" if shares else ""
    gaps = [float(v) for v in summary["largest_nash_gap"] if v is not None]
    scores = ", ".join(f"{name} {_number(row['median'])}" for name, row in summary["score"].items())
    return [
        f"circuit: {len(summary['units'])} units ({sign[1]} excitatory, {sign[-1]} inhibitory, {sign[0]} of no sign; "
        f"signs {summary['sign_source']}) in {words.plural(windows, 'window')}",
        f"  regime: {tally(summary['regime'])}",
        f"  stability certificate: {tally(summary['verdict'])}{beside}",
        f"  largest Nash gap of a unit, median window: {_gap(gaps)}; units "
        f"slowed down by more input to themselves: {sum(summary['paradoxical_units'])} of "
        f"{windows * len(summary['units'])} over all windows",
        f"  held-out score, median window: {scores}",
    ]


def circuit_sentences(found: FittedCircuit) -> tuple[str, ...]:
    """Say for the head of the report what the fitted circuit is, the trivial models beside it.

    Parameters
    ----------
    found : FittedCircuit

    Returns
    -------
    tuple of str
    """
    fit, course = found.fit, found.course
    certified = int((course.verdict == "certified").sum())
    said = (
        f"Taken as a rate circuit, {words.plural(len(fit.names), 'unit')} were fitted in "
        f"{words.plural(len(fit.bounds), 'window')} ({tally(course.regime)}); diagonal stability is proved in "
        f"{certified}"
    )
    scores = {name: _median(values) for name, values in fit.score.items()}
    known = [f"{name} {words.score(value)}" for name, value in scores.items() if np.isfinite(value)]
    return (f"{said}; held-out score, median window: {', '.join(known)}." if known else f"{said}.",)


def circuit_chapter(found: FittedCircuit, *, of: int | None = None) -> Section:
    """Compose the chapter of the circuit.

    Parameters
    ----------
    found : FittedCircuit
    of : int or None
        Units of the recording that it was fitted to.

    Returns
    -------
    Section
    """
    chapter = section_circuit_course(found.fit, found.course, of=of)
    return replace(chapter, notes=tuple(dict.fromkeys((*found.notes, *chapter.notes))))


def tally(names: Any) -> str:
    """Count words, the most frequent first: "certified 7, refuted 2".

    Parameters
    ----------
    names : sequence of str
    """
    counted = Counter(str(name) for name in names)
    order = sorted(counted, key=lambda name: (-counted[name], name))
    return ", ".join(f"{regime_word(name)} {counted[name]}" for name in order) or "none"


def _gap(gaps: list[float]) -> str:
    if not gaps:
        return "undefined"
    middle = float(np.median(gaps))
    return f"{middle:.3g}" if middle >= _NOTHING else f"0 (below {_NOTHING:g})"


def _median(values: NDArray[np.float64]) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else float("nan")


def with_infinities(value: Any) -> Any:
    """Write infinite numbers as the words "inf" and "-inf", for files that have no numbers for them.

    Parameters
    ----------
    value : array, mapping, sequence, number or text
        NaN stays, which is undefined and not infinite.
    """
    if isinstance(value, Mapping):
        return {name: with_infinities(part) for name, part in value.items()}
    if isinstance(value, np.ndarray):
        return with_infinities(value.tolist()) if value.dtype.kind == "f" and np.isinf(value).any() else value
    if isinstance(value, list | tuple):
        return [with_infinities(part) for part in value]
    if isinstance(value, float | np.floating) and np.isinf(value):
        return "inf" if value > 0 else "-inf"
    return value


def _largest(values: NDArray[np.float64]) -> float:
    known = values[~np.isnan(values)]
    return float(known.max()) if len(known) else float("nan")


def _number(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.3f}"
