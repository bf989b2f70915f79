"""Foretelling an event list: baselines always, models beside them, all scored on the same last events."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from interplay._core.errors import DataError
from interplay._core.protocols import Progress
from interplay.data import EventSplit, TemporalGraph, split_events
from interplay.job.folder import Folder
from interplay.job.plan import Plan
from interplay.job.stream_difference import differences
from interplay.job.stream_size import LEAST_EVENTS, N_NEGATIVES, StreamSize, stream_size
from interplay.job.stream_trainings import stream_parts, train_streams
from interplay.report.stream_findings import StreamFindings

#: Thousandths of the work that baselines are taken to be.
_BASELINES = 100


def scored_part(graph: TemporalGraph, size: StreamSize) -> TemporalGraph:
    """Give the events that are learnt from and scored: all, or the last of a long list.

    Parameters
    ----------
    graph : TemporalGraph
    size : StreamSize

    Returns
    -------
    TemporalGraph
        Its span begins with its first event where events were left out.
    """
    if not size.first:
        return graph
    return graph.window(float(graph.time[size.first]), graph.span[1])


def foretell(
    plan: Plan, graph: TemporalGraph, folder: Folder, *, jobs: int = 1, progress: Progress
) -> tuple[StreamFindings, ...] | str:
    """Train what the plan names, and score it beside every baseline.

    Parameters
    ----------
    plan : Plan
    graph : TemporalGraph
    folder : Folder
        Keeps trained models, and where an unfinished training stands.
    jobs : int, >= 1
    progress : callable

    Returns
    -------
    tuple of StreamFindings, or str
        One per aim; or why nothing was foretold.
    """
    if len(graph) < LEAST_EVENTS:
        return f"Nothing was foretold: that takes {LEAST_EVENTS} events, and there are {len(graph)}."
    size = stream_size(plan, graph)
    part = scored_part(graph, size)
    try:
        split = split_events(part)
    except DataError as error:
        return f"Nothing was foretold: {error}"
    kinds, said = negative_kinds(plan, part, split)
    size = replace(size, notes=(*size.notes, *said))
    if not kinds:
        return f"Nothing was foretold: {' '.join(said)}"
    parts = stream_parts(plan, part, size, kinds)
    share = _BASELINES if parts else 1000
    out = []
    trained = train_streams(parts, folder, partial(_second, progress, share), jobs=jobs) if parts else []
    for k, aim in enumerate(size.aims):
        compared = _baselines(
            kinds, part, split, size.batch[aim], aim, partial(_first, progress, share, k, len(size.aims))
        )
        mine = [(p, t) for p, t in zip(parts, trained, strict=True) if p.aim == aim]
        out.append(_together(compared, mine, size, seed=plan.seed))
    return tuple(out)


def negative_kinds(plan: Plan, graph: TemporalGraph, split: EventSplit) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Keep the kinds of negatives that this list has any of.

    Parameters
    ----------
    plan : Plan
    graph : TemporalGraph
    split : EventSplit
        Of this list.

    Returns
    -------
    kinds, notes : tuples of str
        What is left, and what is not and why.
    """
    from interplay.measures.negatives import NegativeSampler

    kept, notes = [], []
    for kind in plan.stream_negatives:
        sampler = NegativeSampler(graph=graph, kind=kind, train_stop=split.train_stop, seed=0)  # type: ignore[arg-type]
        try:
            sampler.require()
            kept.append(kind)
        except DataError:
            notes.append(f"There are no {kind} negatives: no pair of that kind is in the list.")
    return tuple(kept), tuple(notes)


def _baselines(
    kinds: tuple[str, ...], graph: TemporalGraph, split: EventSplit, batch: int, aim: str, progress: Progress
) -> Any:
    from interplay.measures.stream_comparison import compare_stream

    return compare_stream(
        {},
        graph,
        aim=aim,  # type: ignore[arg-type]
        negatives=kinds,  # type: ignore[arg-type]
        n_negatives=N_NEGATIVES,
        batch=batch,
        split=split,
        progress=progress,
    )


def _together(compared: Any, mine: list[tuple[Any, tuple[Any, Any]]], size: StreamSize, *, seed: int) -> StreamFindings:
    """Put models before baselines: the first random start into the comparison, the others beside it."""
    scores: dict[str, Any] = {}
    repeats: dict[str, tuple[Any, ...]] = {}
    results: dict[str, tuple[Any, ...]] = {}
    for part, (trained, found) in mine:
        if part.method in scores:
            repeats[part.method] = (*repeats.get(part.method, ()), found)
        else:
            scores[part.method] = found
        results[part.method] = (*results.get(part.method, ()), trained)
    citations = {key for kept in results.values() for r in kept for key in r.citations}
    whole = replace(
        compared,
        scores=scores | dict(compared.scores),
        citations=tuple(sorted({*compared.citations, *citations})),
    )
    found = StreamFindings(comparison=whole, repeats=repeats, trained=results, notes=size.notes)
    return replace(found, differences=differences(found, seed=seed))


def _first(progress: Progress, share: int, k: int, aims: int, done: int, total: int) -> None:
    """Tell of the baselines, which come last."""
    part = (k + done / max(total, 1)) / aims
    progress(int(1000 - share + share * part), 1000)


def _second(progress: Progress, share: int, done: int, total: int) -> None:
    """Tell of the models."""
    progress(int((1000 - share) * done / max(total, 1)), 1000)
