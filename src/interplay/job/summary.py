"""The findings as plain values for summary.json, and as a few lines for the terminal."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from interplay._core.provenance import versions
from interplay.data import Recording, TemporalGraph
from interplay.infer.results import NetworkResult
from interplay.job.circuit_pages import FittedCircuit, circuit_lines, circuit_summary
from interplay.job.embedding_pages import embedding_lines, embedding_summary
from interplay.job.event_findings import EventFindings, event_lines, event_summary
from interplay.job.event_lists import date, event_baseline, is_dated, length
from interplay.job.plan import Plan
from interplay.job.representation import Representation
from interplay.measures.results import NetworkMeasures
from interplay.report.recovery import Recovery
from interplay.stats.results import ReadoutResult


def summarise(
    plan: Plan,
    data: Recording | TemporalGraph,
    network: NetworkResult,
    measures: NetworkMeasures,
    representation: Representation | str,
    readouts: tuple[tuple[ReadoutResult, ...], tuple[ReadoutResult, ...]],
    circuit: FittedCircuit | str,
    recovery: Recovery | None,
    found_in_events: EventFindings | None = None,
) -> dict[str, Any]:
    """Collect what was found, baselines beside findings.

    Parameters
    ----------
    plan : Plan
    data : Recording or TemporalGraph
    network : NetworkResult
    measures : NetworkMeasures
    representation : Representation or str
        Or why there is none.
    readouts : (folds, later) tuples of ReadoutResult
    circuit : FittedCircuit or str
        Or why there is none.
    recovery : Recovery or None
    found_in_events : EventFindings or None
        Of an event list.

    Returns
    -------
    dict
        Plain values; undefined numbers are None.
    """
    snapshots = network.snapshots
    graph = data if isinstance(data, TemporalGraph) else None
    beside = None if graph is None else event_baseline(graph, measures)
    found: dict[str, Any] = plain(
        {
            "plan": plan.model_dump(),
            "input": {"what": repr(data), "digest": data.digest, "span_s": data.span, "notes": data.notes},
            "network": {
                "method": network.method,
                "quantity": network.quantity,
                "windows": len(snapshots),
                "edges": len(snapshots.src),
                "negative_edges": int((snapshots.weight < 0).sum()),
                "digest": snapshots.digest,
                "notes": network.notes,
            },
            "events": None
            if graph is None or beside is None
            else {
                "count": len(graph),
                "begin": date(graph.span[0]) if is_dated(graph) else None,
                "end": date(graph.span[1]) if is_dated(graph) else None,
                "length_days": (graph.span[1] - graph.span[0]) / 86400,
                "per_window": beside.per_window,
                **(event_summary(found_in_events) or {}),
            },
            "measures": {
                name: {
                    "median": float(np.nanmedian(values)) if np.isfinite(values).any() else None,
                    "correlation_with_firing_rate": measures.rate_correlation.get(name),
                    "correlation_with_events_per_window": None if beside is None else beside.correlation[name],
                }
                for name, values in measures.graph.items()
            },
            "changes_s": {
                "network": measures.changes.time_s,
                "firing_rate_alone": None if measures.rate_changes is None else measures.rate_changes.time_s,
                "true": None if recovery is None else recovery.true_changes_s,
            },
            "representation": embedding_summary(representation),
            "readouts": [_readout(r) for r in readouts[0]],
            "readouts_later": [_readout(r) for r in readouts[1]],
            "circuit": circuit_summary(circuit),
            "recovery": None if recovery is None else _recovery(recovery),
            "versions": versions(),
        }
    )
    return found


def _readout(result: ReadoutResult) -> dict[str, Any]:
    rows = [
        {"name": r.name, "role": r.role, "score": r.score, "low": r.low, "high": r.high, "pvalue": r.pvalue}
        | ({"seed_scores": r.seed_scores, "spread": r.spread} if r.n_seeds > 1 else {})
        for r in result.rows
    ]
    return {
        "target": result.target,
        "metric": result.metric,
        "verdict": result.verdict,
        "rows": rows,
        "train_until_s": result.train_until,
        "notes": result.notes,
    }


def _recovery(recovery: Recovery) -> dict[str, Any]:
    return {
        "edge_auc": recovery.edge_auc,
        "baseline_auc": recovery.baseline_auc,
        "sign_accuracy": recovery.sign_accuracy,
        "change_errors_s": recovery.change_errors(),
        "tolerance_s": recovery.tolerance_s,
        "notes": recovery.notes,
    }


def plain(value: Any) -> Any:
    """Turn results into plain values for JSON; undefined numbers become None.

    Parameters
    ----------
    value : array, mapping, sequence, number or text
    """
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if isinstance(value, float | np.floating):
        return float(value) if math.isfinite(value) else None
    return value.item() if isinstance(value, np.generic) else value


def summary_text(summary: Mapping[str, Any]) -> str:
    """Word a summary for the terminal.

    Parameters
    ----------
    summary : mapping
        From `summarise`.

    Returns
    -------
    str
        Several lines.
    """
    network, changes = summary["network"], summary["changes_s"]
    lines = [
        summary["input"]["what"],
        f"{network['method']}: {network['edges']} edges in {network['windows']} windows, "
        f"{network['negative_edges']} negative",
    ]
    if summary["events"] is None:
        lines.append(
            f"changes of the network at {_times(changes['network'])}; of firing rates alone at "
            f"{_times(changes['firing_rate_alone'])}"
            + (f"; true at {_times(changes['true'])}" if changes["true"] is not None else "")
        )
    else:
        lines += _event_lines(summary)
    lines += event_lines(summary["events"])
    lines += embedding_lines(summary["representation"])
    for result in (*summary["readouts"], *summary["readouts_later"]):
        lines += _readout_lines(result)
    lines += circuit_lines(summary["circuit"])
    if summary["recovery"] is not None:
        found, trivial = summary["recovery"]["edge_auc"], summary["recovery"]["baseline_auc"]
        beside = ", ".join(f"{name} {_number(auc)}" for name, auc in trivial.items())
        lines.append(f"edges against the truth: AUC {_number(found)} ({beside})")
    return "\n".join(lines)


def _readout_lines(result: Mapping[str, Any]) -> list[str]:
    until = result["train_until_s"]
    scope = "" if until is None else f", trained on what ends by {until:.0f} s and scored on what starts later"
    wide = max(len(row["name"]) for row in result["rows"])
    return [
        f"read-out of {result['target']} ({result['metric'].split(',')[0].split('.')[0]}{scope}):",
        *(f"  {row['name']:{wide}s} {_score(row)}  {row['role']}{_seeds(row)}" for row in result["rows"]),
        f"  {result['verdict']}",
    ]


def _seeds(row: Mapping[str, Any]) -> str:
    if "spread" not in row:
        return ""
    return f", mean of {len(row['seed_scores'])} seeds, spread {_number(row['spread'])}"


def _event_lines(summary: Mapping[str, Any]) -> list[str]:
    """Word what is particular to an event list: dates where the times can be dates, and the trivial explanation."""
    events, changes = summary["events"], summary["changes_s"]["network"]
    dated = events["begin"] is not None
    start = f"{events['count']} events over {length(events['length_days'] * 86400)}"
    lines = [
        f"{start}, from {events['begin']} to {events['end']} (read as seconds since 1970)" if dated else start,
        f"changes of the network at {(', '.join(map(date, changes)) or 'no time') if dated else _times(changes)}",
    ]
    rho = {name: row["correlation_with_events_per_window"] for name, row in summary["measures"].items()}
    known = {name: value for name, value in rho.items() if value is not None}
    if known:
        top = max(known, key=lambda name: abs(known[name]))
        lines.append(
            f"of {len(known)} measures, {top} moves most with the number of events per window: "
            f"Spearman {_number(known[top])}"
        )
    return lines


def _number(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.3f}"


def _score(row: Mapping[str, Any]) -> str:
    return f"{_number(row['score'])} [{_number(row['low'])}, {_number(row['high'])}]"


def _times(values: list[float] | None) -> str:
    if values is None:
        return "unknown times"
    return ", ".join(f"{t:.0f} s" for t in values) or "no time"
