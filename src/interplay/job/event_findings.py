"""What a run finds in an event list: its statistics, how well it can be foretold, and what a model goes by."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from interplay._core.protocols import Progress
from interplay._core.provenance import Result
from interplay.data import TemporalGraph
from interplay.job.event_lists import is_dated
from interplay.job.folder import Folder
from interplay.job.plan import Plan
from interplay.job.stream_explaining import explained_model
from interplay.job.stream_size import RULE
from interplay.plot.event_motifs import motif_name
from interplay.report import Section
from interplay.report.sections.event_explanation import section_event_explanation
from interplay.report.sections.event_statistics import event_statistics_sentences, section_event_statistics
from interplay.report.sections.stream_scores import section_stream_scores, stream_summary
from interplay.report.stream_findings import MAIN, StreamFindings, label

#: The most events whose temporal motifs are counted.
_MOST_MOTIFS = 1_000_000
#: Part of the key of the statistics.
COUNTED = ("fifty bins or fewer", _MOST_MOTIFS, "median wait")
#: Settings that decide what is learnt from an event list.
_STREAM = ("stream_models", "stream_epochs", "stream_seeds", "stream_negatives", "stream_batch", "seed")


@dataclass(frozen=True, eq=False, kw_only=True)
class EventFindings:
    """What was found in an event list.

    Attributes
    ----------
    statistics : EventMeasures, or str
        Or why there are none.
    foretold : tuple of StreamFindings, or str
        One per aim; or why nothing was foretold.
    explained : EventExplanation, or str
        What a model goes by; or why there is nothing to say.
    dated : bool
        Whether times can be seconds since 1970.
    """

    statistics: Any
    foretold: tuple[StreamFindings, ...] | str
    explained: Any
    dated: bool = False

    @property
    def explained_model(self) -> str:
        """Registered name of what is explained."""
        return "" if isinstance(self.explained, str) else explained_model(self.foretold)


def find_in_events(
    plan: Plan, graph: TemporalGraph, folder: Folder, stage: Callable[..., Any], *, jobs: int = 1
) -> EventFindings:
    """Do the stages that only an event list has.

    Parameters
    ----------
    plan : Plan
        Resolved.
    graph : TemporalGraph
    folder : Folder
        Of the run.
    stage : callable (name, file, key, make) -> result
        Makes a stage, or takes it from the folder.
    jobs : int, >= 1

    Returns
    -------
    EventFindings
    """
    from interplay.job.stream_explaining import RULE as EXPLAINED
    from interplay.job.stream_explaining import explain
    from interplay.job.stream_stage import foretell

    def count(progress: Progress) -> Any:
        return {"statistics": statistics(plan, graph, progress)}

    counted = stage("statistics", "stages/statistics.npz", (graph.digest, plan.seed, COUNTED), count)["statistics"]
    settings = {name: getattr(plan, name) for name in _STREAM}

    def tell(progress: Progress) -> Any:
        return {"foretold": foretell(plan, graph, folder, jobs=jobs, progress=progress)}

    foretold = stage("foretell", "stages/foretell.npz", (graph.digest, settings, RULE), tell)["foretold"]

    def say(progress: Progress) -> Any:
        return {"explained": explain(plan, graph, folder, foretold, progress=progress)}

    key = (graph.digest, settings, plan.stream_explain, RULE, EXPLAINED)
    explained = stage("explain", "stages/explain.npz", key, say)["explained"]
    return EventFindings(statistics=counted, foretold=foretold, explained=explained, dated=is_dated(graph))


def statistics(plan: Plan, graph: TemporalGraph, progress: Progress) -> Any:
    """Measure a list of events.

    Parameters
    ----------
    plan : Plan
    graph : TemporalGraph
    progress : callable

    Returns
    -------
    EventMeasures, or str
        Why there is nothing to measure.
    """
    from interplay.measures.event_measures import measure_events
    from interplay.measures.event_timing import between_events

    if not len(graph):
        return "There is no event to be counted."
    waits = between_events(graph, "node")[0]
    waits = waits[waits > 0]
    window = float(np.median(waits)) if len(waits) and len(graph) <= _MOST_MOTIFS else None
    return measure_events(graph, motif_window_s=window, seed=plan.seed, progress=progress)


def event_results(found: EventFindings) -> dict[str, Result]:
    """Name the results, for the chapters on methods and provenance.

    Parameters
    ----------
    found : EventFindings
    """
    out: dict[str, Result] = {} if isinstance(found.statistics, str) else {"statistics": found.statistics}
    for one in () if isinstance(found.foretold, str) else found.foretold:
        what = "signs" if one.aim == "sign" else "events"
        out[f"foretelling {what}"] = one.comparison
        out |= {f"{label(name)}, {what}": results[0] for name, results in one.trained.items()}
    if not isinstance(found.explained, str):
        out["explanation"] = found.explained
    return out


def event_chapters(found: EventFindings) -> list[Section]:
    """Compose the chapters of an event list.

    Parameters
    ----------
    found : EventFindings
    """
    if isinstance(found.statistics, str):
        out = [Section(key="events", title="The events", text=(found.statistics,))]
    else:
        out = [section_event_statistics(found.statistics, dated=found.dated)]
    if isinstance(found.foretold, str):
        return [*out, Section(key="foretelling", title="Foretelling events", text=(found.foretold,))]
    out += [section_stream_scores(one, key=f"foretelling-{one.aim}") for one in found.foretold]
    if isinstance(found.explained, str):
        return [*out, Section(key="explanation", title="What a model goes by", text=(found.explained,))]
    return [*out, section_event_explanation(found.explained, model=found.explained_model)]


def event_sentences(found: EventFindings) -> tuple[str, ...]:
    """Say in the summary what was found.

    Parameters
    ----------
    found : EventFindings
    """
    counted = () if isinstance(found.statistics, str) else event_statistics_sentences(found.statistics)
    if isinstance(found.foretold, str):
        return (*counted, found.foretold)
    return (*counted, *(stream_summary(one) for one in found.foretold))


def event_summary(found: EventFindings | None) -> dict[str, Any] | None:
    """Give the entries of summary.json.

    Parameters
    ----------
    found : EventFindings or None
        None for a recording.

    Returns
    -------
    dict or None
    """
    if found is None:
        return None
    out: dict[str, Any] = {
        "statistics": None if isinstance(found.statistics, str) else _counted(found.statistics),
        "explanation": {"why_none": found.explained}
        if isinstance(found.explained, str)
        else _explanation(found.explained, found.explained_model),
    }
    if isinstance(found.foretold, str):
        return {**out, "foretelling": [], "why_nothing_was_foretold": found.foretold}
    return {**out, "foretelling": [_foretelling(one) for one in found.foretold]}


def _counted(measures: Any) -> dict[str, Any]:
    balance = measures.balance
    return {
        **measures.scalars,
        "motifs": dict(measures.motifs),
        "motif_window_s": measures.motif_window_s,
        "frustration_index": None if balance is None else [balance.frustration_lower, balance.frustration_upper],
        "notes": list(measures.notes),
    }


def _explanation(found: Any, model: str) -> dict[str, Any]:
    names = [motif_name(k) for k in range(len(found.null))]
    return {
        "model": model,
        "same_decision": {way: one.area for way, one in found.fidelity.items()},
        "motifs": {
            name: {"counts": float(found.counted[k]), "drawn": float(found.drawn[k]), "shuffled": float(found.null[k])}
            for k, name in enumerate(names)
        },
        "notes": list(found.notes),
    }


def _foretelling(one: StreamFindings) -> dict[str, Any]:
    comparison = one.comparison
    rows = []
    for name in comparison.scores:
        for kind in one.kinds:
            starts = one.all_starts(name, kind)
            rows.append(
                {
                    "name": name,
                    "role": "baseline" if name in comparison.baselines else "model",
                    "negatives": None if one.aim == "sign" else kind,
                    "random_starts": len(starts),
                    "values": {m: one.standing(name, kind, m).value for m in starts[0].values},
                    "intervals": {
                        m: [(s := one.standing(name, kind, m)).low, s.high] for m in sorted(starts[0].intervals)
                    },
                }
            )
    return {
        "aim": one.aim,
        "main": MAIN[one.aim][0],
        "events": {"learnt": comparison.train_stop, "tested_from": comparison.start, "tested_to": comparison.stop},
        "tie_share": comparison.tie_share,
        "rows": rows,
        "differences": [dataclasses.asdict(d) for d in one.differences],
        "notes": [*one.notes, *comparison.notes],
    }


def event_lines(summary: Mapping[str, Any] | None) -> list[str]:
    """Word the entries of summary.json for the terminal.

    Parameters
    ----------
    summary : mapping or None
        From `event_summary`.

    Returns
    -------
    list of str
    """
    if summary is None or "foretelling" not in summary:
        return []
    out = []
    if summary.get("statistics"):
        s = summary["statistics"]
        numbers = {
            name: _number(s[name]) for name in ("novelty", "surprise", "repeat_share", "reciprocity", "burstiness")
        }
        out.append(", ".join(f"{name.replace('_', ' ')} {value}" for name, value in numbers.items()))
    if "why_nothing_was_foretold" in summary:
        out.append(summary["why_nothing_was_foretold"])
    for one in summary["foretelling"]:
        kinds = list(dict.fromkeys(row["negatives"] for row in one["rows"]))
        what = "signs" if one["aim"] == "sign" else "events"
        names = {"mrr": "mean reciprocal rank", "auc": "area under the curve"}
        out.append(f"foretelling {what}, {names[one['main']]}, of {_tested(one)} events at the end:")
        for kind in kinds:
            rows = [row for row in one["rows"] if row["negatives"] == kind]
            rows.sort(key=lambda row: -(row["values"][one["main"]] or 0.0))
            told = ", ".join(f"{label(row['name'])} {_number(row['values'][one['main']])}" for row in rows)
            out.append(f"  {kind + ' negatives: ' if kind else ''}{told}")
    return out + _explained_lines(summary["explanation"])


def _explained_lines(found: Mapping[str, Any]) -> list[str]:
    if "why_none" in found:
        return []
    ways = ", ".join(f"{way} {_number(v)}" for way, v in sorted(found["same_decision"].items(), key=lambda x: -x[1]))
    top = sorted(found["motifs"].items(), key=lambda item: -item[1]["counts"])[0]
    return [
        f"{label(found['model'])} decides as with all events, from the few that each way puts first: {ways}",
        f"  its first motif: {top[0]}, {_number(top[1]['counts'])} of what counts, "
        f"{_number(top[1]['shuffled'])} where times are shuffled",
    ]


def _tested(one: Mapping[str, Any]) -> int:
    return int(one["events"]["tested_to"] - one["events"]["tested_from"])


def _number(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.3f}"
