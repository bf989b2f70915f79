"""The page of one circuit, and of one fitted to a recording: which chapters, in which order."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from interplay._core.citations import cite, references
from interplay._core.provenance import Result, versions
from interplay.circuits.fit_results import CircuitFitResult
from interplay.data import Recording
from interplay.job.circuit_findings import CircuitFindings
from interplay.job.circuit_pages import FittedCircuit, circuit_chapter
from interplay.report import (
    Section,
    Table,
    page,
    section_certificate,
    section_game,
    section_methods,
    section_motif,
    section_provenance,
    words,
)

#: Games that have a chapter each.
_GAMES = 4
_KIND = {1: "excitatory", -1: "inhibitory", 0: "unknown"}


def sheet(found: CircuitFindings, *, title: str) -> str:
    """Compose the page of one circuit under one input.

    Parameters
    ----------
    found : CircuitFindings
    title : str

    Returns
    -------
    str
        HTML.
    """
    circuit, results = found.circuit, found.results
    sections = [_circuit(found)]
    if isinstance(found.stability, str):
        sections.append(Section(key="certificate", title="Stability, with its proof", text=(found.stability,)))
    else:
        contraction = None if isinstance(found.contraction, str) else found.contraction
        sections.append(section_certificate(found.stability, contraction=contraction, names=circuit.names))
    sections += _games(found)
    sections += _end(results, plan=_made_of(found))
    kinds = ", ".join(dict.fromkeys(str(phi.kind) for phi in circuit.activations))
    subtitle = f"{words.plural(circuit.n_units, 'unit')}, {kinds}"
    meta = {"digest": circuit.digest, "interplay": versions()["interplay"]}
    return page(sections, title=title, subtitle=subtitle, meta=meta)


def fitted_page(found: FittedCircuit, recording: Recording, *, title: str) -> str:
    """Compose the page of a circuit that was fitted to a recording.

    Parameters
    ----------
    found : FittedCircuit
    recording : Recording
    title : str

    Returns
    -------
    str
        HTML.
    """
    fit = found.fit
    chapter = circuit_chapter(found, of=recording.n_units)
    first = replace(chapter, text=(f"Fitted to: {recording!r}.", *chapter.text))
    sections = [first, *_end(_fitted(found), recording=recording)]
    subtitle = f"{words.plural(len(fit.names), 'unit')} in {words.plural(len(fit.bounds), 'window')}"
    meta = {"digest": recording.digest, "interplay": versions()["interplay"], "seed": str(_seed(fit))}
    return page(sections, title=title, subtitle=subtitle, meta=meta)


def _seed(fit: CircuitFitResult) -> Any:
    return getattr(fit.config, "seed", fit.seed)


def _fitted(found: FittedCircuit) -> dict[str, Result]:
    return {"circuit": found.fit, "theory of the circuit": found.course}


def _circuit(found: CircuitFindings) -> Section:
    """Say what the circuit is, in which regime, and what else its kind can be asked."""
    circuit, regime = found.circuit, found.regime
    rows = tuple(
        (
            str(circuit.names[k]),
            _KIND[int(circuit.sign[k])],
            str(circuit.activations[k]),
            float(circuit.tau[k]),
            float(found.drive[k]),
        )
        for k in range(circuit.n_units)
    )
    heads = ("unit", "kind", "activation", "tau (s)", "input")
    units = Table(caption="Units", columns=heads, rows=rows, name="units", folded=len(rows) > 24)
    chapter = section_motif(
        **found.motif, regime=None if isinstance(regime, str) else regime, title="The circuit", key="circuit"
    )
    return replace(
        chapter,
        lead=(regime,) if isinstance(regime, str) else chapter.lead,
        tables=(units, *chapter.tables),
        notes=tuple(dict.fromkeys((*found.notes, *chapter.notes))),
    )


def _games(found: CircuitFindings) -> list[Section]:
    points = found.equilibria
    if isinstance(points, str):
        return [Section(key="circuit-game", title="The game between units", text=(points,))]
    order = [found.shown, *(k for k in range(len(found.games)) if k != found.shown)]
    sections = []
    for rank, k in enumerate(order[:_GAMES] if found.games else []):
        first = rank == 0
        chapter = section_game(
            found.games[k],
            equilibria=points if first else None,
            weights=found.circuit.weights if first else None,
            response=found.response if first and np.isfinite(found.response).all() else None,
            key="circuit-game" if first else f"circuit-game-{k + 1}",
        )
        if len(found.games) > 1:
            chapter = replace(chapter, title=f"{chapter.title}, at equilibrium {k + 1}")
        sections.append(chapter)
    return sections


def _end(results: Mapping[str, Result], *, recording: Recording | None = None, plan: str = "") -> list[Section]:
    keys = sorted({key for result in results.values() for key in result.citations})
    lines = [(r.key, r.line) for r in references(keys)]
    return [
        section_methods(results, references=lines, bibtex=cite(*results.values())),
        section_provenance(results, recording=recording, plan=plan),
    ]


def _made_of(found: CircuitFindings) -> str:
    """Write the circuit as TOML that a reader can copy."""
    circuit = found.circuit
    lines = {
        "names": circuit.names.tolist(),
        "sign": circuit.sign.tolist(),
        "phi": [str(phi) for phi in circuit.activations],
        "tau_s": circuit.tau.tolist(),
        "drive": found.drive.tolist(),
        "weights": circuit.weights.tolist(),
    }
    return "".join(f"{name} = {json.dumps(value, ensure_ascii=False)}\n" for name, value in lines.items())
