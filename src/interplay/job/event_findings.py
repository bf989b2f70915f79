"""What a run finds in an event list itself: its statistics, how well it can be foretold, and what a model goes by."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from interplay._core.protocols import Progress
from interplay._core.provenance import Result
from interplay.data import TemporalGraph
from interplay.job.folder import Folder
from interplay.job.plan import Plan
from interplay.job.stream_size import RULE
from interplay.report import Section
from interplay.report.sections.stream_scores import section_stream_scores, stream_summary
from interplay.report.stream_findings import MAIN, StreamFindings, label

#: Settings that decide what is learnt from an event list.
_STREAM = ("stream_models", "stream_epochs", "stream_seeds", "stream_negatives", "stream_batch", "seed")


@dataclass(frozen=True, eq=False, kw_only=True)
class EventFindings:
    """What was found in an event list.

    Attributes
    ----------
    foretold : tuple of StreamFindings, or str
        One per aim; or why nothing was foretold.
    """

    foretold: tuple[StreamFindings, ...] | str


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
    from interplay.job.stream_stage import foretell

    settings = {name: getattr(plan, name) for name in _STREAM}

    def tell(progress: Progress) -> Any:
        return {"foretold": foretell(plan, graph, folder, jobs=jobs, progress=progress)}

    foretold = stage("foretell", "stages/foretell.npz", (graph.digest, settings, RULE), tell)["foretold"]
    return EventFindings(foretold=foretold)


def event_results(found: EventFindings) -> dict[str, Result]:
    """Name the results, for the chapters on methods and provenance.

    Parameters
    ----------
    found : EventFindings
    """
    out: dict[str, Result] = {}
    for one in () if isinstance(found.foretold, str) else found.foretold:
        what = "signs" if one.aim == "sign" else "events"
        out[f"foretelling {what}"] = one.comparison
        out |= {f"{label(name)}, {what}": results[0] for name, results in one.trained.items()}
    return out


def event_chapters(found: EventFindings) -> list[Section]:
    """Compose the chapters of an event list.

    Parameters
    ----------
    found : EventFindings
    """
    if isinstance(found.foretold, str):
        return [Section(key="foretelling", title="Foretelling events", text=(found.foretold,))]
    return [section_stream_scores(one, key=f"foretelling-{one.aim}") for one in found.foretold]


def event_sentences(found: EventFindings) -> tuple[str, ...]:
    """Say in the summary what was found.

    Parameters
    ----------
    found : EventFindings
    """
    if isinstance(found.foretold, str):
        return (found.foretold,)
    return tuple(stream_summary(one) for one in found.foretold)


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
    if isinstance(found.foretold, str):
        return {"foretelling": [], "why_nothing_was_foretold": found.foretold}
    return {"foretelling": [_foretelling(one) for one in found.foretold]}


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
    out = [summary["why_nothing_was_foretold"]] if "why_nothing_was_foretold" in summary else []
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
    return out


def _tested(one: Mapping[str, Any]) -> int:
    return int(one["events"]["tested_to"] - one["events"]["tested_from"])


def _number(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.3f}"
