"""The report of a run: which chapters, in which order."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from interplay._core.citations import cite, references
from interplay._core.provenance import Result, versions
from interplay.data import Recording, TemporalGraph, Units
from interplay.infer.results import NetworkResult
from interplay.job.circuit_pages import FittedCircuit, circuit_chapter, circuit_sentences
from interplay.job.embedding_pages import alignment_chapters, embedding_chapter, embedding_sentences
from interplay.job.event_findings import EventFindings, event_chapters, event_results, event_sentences
from interplay.job.event_lists import event_baseline, length, summary_section
from interplay.job.plan import Plan
from interplay.job.representation import Representation
from interplay.measures.results import NetworkMeasures
from interplay.plot import membership_order
from interplay.report import (
    Recovery,
    Section,
    page,
    plays,
    section_change,
    section_communities,
    section_methods,
    section_network,
    section_provenance,
    section_readout,
    section_recording,
    section_recovery,
    section_session,
    section_summary,
)
from interplay.report.sections.inferred import section_inferred
from interplay.stats.results import ReadoutResult


def write_page(
    plan: Plan,
    data: Recording | TemporalGraph,
    network: NetworkResult,
    measures: NetworkMeasures,
    *,
    every: NetworkResult,
    representation: Representation | str,
    readouts: tuple[tuple[ReadoutResult, ...], tuple[ReadoutResult, ...]],
    circuit: FittedCircuit | str,
    recovery: Recovery | None,
    events: EventFindings | None = None,
    available: tuple[str, ...],
) -> str:
    """Compose the page of a run.

    Parameters
    ----------
    plan : Plan
    data : Recording or TemporalGraph
    network : NetworkResult
    measures : NetworkMeasures
    every : NetworkResult
        What the method found, before the threshold.
    representation : Representation or str
        Or why there is none.
    readouts : (folds, later) tuples of ReadoutResult
        Over blocks of time, and of what comes after a training on the past.
    circuit : FittedCircuit or str
        Or why there is none.
    recovery : Recovery or None
    events : EventFindings or None
        Of an event list.
    available : tuple of str
        What could be read out, for a reader who asked for nothing.

    Returns
    -------
    str
        HTML.
    """
    folds, later = readouts
    embedded = None if isinstance(representation, str) else representation
    fitted = None if isinstance(circuit, str) else circuit
    results = _results(network, measures, events, embedded, readouts, fitted)
    keys = sorted({key for result in results.values() for key in result.citations})
    recording = data if isinstance(data, Recording) else None
    units = _units(data)
    if isinstance(data, Recording):
        beside, node, window = None, "unit", f"{plan.window_s:g} s"
        sections = [section_summary(data, network, measures=measures, readouts=folds, recovery=recovery)]
    else:
        beside, node, window = event_baseline(data, measures).correlation, "node", length(plan.window_s or 0.0)
        sections = [summary_section(data, network, measures)]
    if events is not None:
        sections[0] = replace(sections[0], lead=(*sections[0].lead, *event_sentences(events)))
        sections += event_chapters(events)
    if embedded is not None:
        sections[0] = replace(sections[0], lead=(*sections[0].lead, *embedding_sentences(embedded)))
    if fitted is not None:
        sections[0] = replace(sections[0], lead=(*sections[0].lead, *circuit_sentences(fitted)))
    if recording is not None:
        sections.append(section_recording(recording, order=membership_order(measures.communities)))
        if plays(recording):
            sections.append(section_session(recording))
    sections.append(section_network(network, units=units, measures=measures, node=node))
    sections += _of_the_method(every, units)
    truth = None if recovery is None else recovery.true_changes_s
    sections.append(section_change(measures, true_changes_s=truth, event_correlation=beside))
    sections.append(section_communities(measures, units=units, node=node))
    if embedded is not None:
        sections.append(embedding_chapter(embedded, units, measures, node))
        sections += alignment_chapters(embedded)
    sections += [section_readout(r, key=f"readout-{k}") for k, r in enumerate(folds)]
    sections += [_of_the_rest(section_readout(r, key=f"later-{k}")) for k, r in enumerate(later)]
    if not folds and recording is not None:
        sections.append(_nothing_read_out(available))
    if fitted is not None:
        sections.append(circuit_chapter(fitted, of=None if recording is None else recording.n_units))
    if recovery is not None:
        sections.append(section_recovery(recovery))
    lines = [(r.key, r.line) for r in references(keys)]
    sections.append(section_methods(results, references=lines, bibtex=cite(*results.values())))
    sections.append(section_provenance(results, recording=recording, plan=plan.toml()))
    meta = {"input": _name(plan), "digest": data.digest, "interplay": versions()["interplay"], "seed": str(plan.seed)}
    snapshots = network.snapshots
    subtitle = f"{snapshots.n_nodes} nodes in {len(snapshots)} windows of {window}, by {network.method}"
    return page(sections, title=_title(plan), subtitle=subtitle, meta=meta)


def _results(
    network: NetworkResult,
    measures: NetworkMeasures,
    events: EventFindings | None,
    embedded: Representation | None,
    readouts: tuple[tuple[ReadoutResult, ...], tuple[ReadoutResult, ...]],
    fitted: FittedCircuit | None,
) -> dict[str, Result]:
    """Name every result of the run, in the order of computation."""
    folds, later = readouts
    results: dict[str, Result] = {} if events is None else event_results(events)
    results |= {"inference": network, "measures": measures}
    if embedded is not None:
        results["embedding"] = embedded.shown
        results |= {f"alignment {k + 1}": r for k, r in enumerate(embedded.alignments)}
    results |= {f"read-out {k + 1}" if len(folds) > 1 else "read-out": r for k, r in enumerate(folds)}
    results |= {
        f"read-out of the rest {k + 1}" if len(later) > 1 else "read-out of the rest": r for k, r in enumerate(later)
    }
    if fitted is not None:
        results |= {"circuit": fitted.fit, "theory of the circuit": fitted.course}
    return results


def _of_the_method(every: NetworkResult, units: Units) -> list[Section]:
    names = None if units.id is None else [str(name) for name in units.id.tolist()]
    own = section_inferred(every, names=names)
    return [] if own is None else [own]


def _of_the_rest(section: Section) -> Section:
    """Tell a read-out of what comes after a training on the past from one over blocks of time."""
    return replace(section, title=f"{section.title}, of the time after the training")


def _units(data: Recording | TemporalGraph) -> Units:
    return data.units if isinstance(data, Recording) else Units(n=data.n_nodes, id=data.names)  # type: ignore[arg-type]


def _name(plan: Plan) -> str:
    return "simulated recording with known truth" if plan.input is None else Path(plan.input).name


def _title(plan: Plan) -> str:
    return "A simulated recording, analysed" if plan.input is None else Path(plan.input).name


def _nothing_read_out(available: tuple[str, ...]) -> Section:
    offer = (
        f"This recording offers {', '.join(available)}: name one with --behavior."
        if available
        else ("This recording carries no behaviour and no epochs.")
    )
    return Section(key="readout", title="Read-out", text=("Nothing was read out.", offer))
