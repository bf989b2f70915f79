"""The seeds that each choice took, and what is proved of the choice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from interplay.data import Graph, Groups
from interplay.influence.results import ComparisonResult, SeedResult
from interplay.report.parts import Cell, Section, Table
from interplay.report.sections import influence_words as say


def section_seeds(
    result: ComparisonResult,
    graph: Graph,
    groups: Groups | None = None,
    *,
    labels: Sequence[str] | None = None,
) -> Section:
    """List the seeds of every choice, what each is, and what is proved of the choice.

    Parameters
    ----------
    result : ComparisonResult
    graph : Graph
    groups : Groups or None
    labels : (N,) sequence of str or None
        What nodes are called; the graph's names, else their numbers, where None.

    Returns
    -------
    Section
    """
    called = say.node_labels(graph) if labels is None else labels
    degree = graph.degree_out()
    rows: list[tuple[Cell, ...]] = []
    for name, spread in zip(result.names, result.spreads, strict=True):
        for rank, node in enumerate(spread.seeds.tolist(), 1):
            group = "" if groups is None else str(groups.names[groups.code[node]])
            rows.append((str(name), rank, called[node], group, int(degree[node])))
    tables = [
        Table(
            caption="Seeds of every choice",
            columns=("seeds by", "rank", "node", "group", "edges out"),
            rows=tuple(rows),
            name="influence_seeds",
            folded=True,
        )
    ]
    if groups is not None and len(groups) > 1:
        tables.insert(0, _quota_table(result, groups))
    if result.chosen:
        tables.append(_choice_table(result.chosen))
    return Section(
        key="seeds",
        title="The seeds",
        text=seed_sentences(result),
        tables=tuple(tables),
        notes=tuple(f"{name}: {note}" for name, c in result.chosen.items() for note in c.notes),
    )


def seed_sentences(result: ComparisonResult) -> tuple[str, ...]:
    """Say what is proved of the choices.

    Parameters
    ----------
    result : ComparisonResult

    Returns
    -------
    tuple of str
    """
    proved = [
        f"{name}: at least {say.percent(c.guarantee)} of the best possible value of its objective, with probability "
        f"{c.confidence:.6g}"
        for name, c in result.chosen.items()
        if c.guarantee > 0
    ]
    if not result.chosen:
        return ()
    if not proved:
        return ("Nothing is proved of these choices; their reach is measured.",)
    return (f"Proved of the choice by {'; '.join(proved)}. Of the others nothing is proved; their reach is measured.",)


def _quota_table(result: ComparisonResult, groups: Groups) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for name, spread in zip(result.names, result.spreads, strict=True):
        count = np.bincount(groups.code[spread.seeds], minlength=len(groups))
        rows.append((str(name), *(int(v) for v in count)))
    rows.append(("nodes of the group", *(int(v) for v in groups.sizes)))
    return Table(
        caption="How many seeds each group provides",
        columns=("seeds by", *map(str, groups.names)),
        rows=tuple(rows),
        name="influence_quotas",
    )


def _choice_table(chosen: Mapping[str, SeedResult]) -> Table:
    keys = list(dict.fromkeys(key for c in chosen.values() for key in c.work))
    rows: list[tuple[Cell, ...]] = []
    for name, c in chosen.items():
        row: list[Cell] = [name, float(c.objective), c.guarantee or None, c.confidence or None]
        rows.append((*row, *(c.work.get(key) for key in keys)))
    return Table(
        caption="What each choice made of it",
        columns=("seeds by", "own estimate", "proved share of the optimum", "with probability", *map(say.plain, keys)),
        rows=tuple(rows),
        name="influence_choices",
        folded=True,
        note="The own estimate is of whatever the method maximised; methods maximise different things.",
    )
