"""Who belonged together, and when."""

from __future__ import annotations

from typing import Any

import numpy as np

from interplay.data import Units
from interplay.measures.results import NetworkMeasures
from interplay.plot import communities as pictures
from interplay.plot import style
from interplay.plot.style import CATEGORY_NAMES as COLOURS
from interplay.report import draw, words
from interplay.report.parts import Cell, Section, Table


def section_communities(measures: NetworkMeasures, *, units: Units | None = None, node: str = "unit") -> Section:
    """Show memberships over time as a strip and as flows, with a table of sizes.

    Parameters
    ----------
    measures : NetworkMeasures
    units : Units or None
        Names for the download.
    node : str
        What a node is called; "node" for an event list.

    Returns
    -------
    Section
    """
    labels = measures.communities
    if labels.size == 0:
        return Section(key="communities", title="Communities", text=("There is nothing to divide.",))
    rank, shown = pictures.community_ranks(labels)
    # A unit with edges may still be a community of its own to the search, and is none to a reader.
    sizes = [np.unique(row[row >= 0], return_counts=True)[1] for row in labels]
    several = [int((size >= 2).sum()) for size in sizes]
    middle, least, most = (words.number(int(f(several))) for f in (np.median, min, max))
    alone = words.number(int(np.median([int((size == 1).sum()) for size in sizes])))
    coloured = words.plural(len(shown), "community has", "communities have")
    text = (
        f"In the median, a window has {middle} communities of at least two ({least} to {most}), and {alone} stand "
        f"alone; a {node} without an edge is in none. Labels are matched from each window to the next, so a colour is "
        f"one community through time; {coloured} a colour, and smaller ones share grey.",
    )

    def strip(width: float) -> list[Any]:
        tall = float(np.clip(40 + 2.4 * labels.shape[1], 80, 320))
        ax = style.stack(width, [tall], left=40)[1][0]
        pictures.plot_communities(measures, ax=ax)
        if width < 400:
            style.few_ticks(ax, "x", 5, whole=True)
        return [ax]

    def flows(width: float) -> list[Any]:
        ax = style.stack(width, [230], left=40)[1][0]
        pictures.plot_flows(measures, columns=24 if width > 400 else 9, ax=ax)
        if width < 400:
            style.few_ticks(ax, "x", 5, whole=True)
        return [ax]

    figures = [
        draw.figure(
            "membership",
            strip,
            width=980,
            narrow=True,
            axis="window",
            title=f"Membership of every {node}",
            caption=f"One row per {node}, one column per window; {node}s that move together lie together. Pale grey: "
            "smaller communities. Blank: no edge, or not measured. Dashed: change points.",
            alt=f"Community of every {node} in every window.",
        )
    ]
    if len(labels) > 1:
        figures.append(
            draw.figure(
                "flows",
                flows,
                width=980,
                narrow=True,
                axis="window",
                title="Flow between communities",
                caption=f"Bars are communities by number of {node}s; ribbons are the {node}s that stay or move between "
                "the windows shown.",
                alt=f"{node.capitalize()}s moving between communities over time.",
            )
        )
    return Section(
        key="communities",
        title="Communities",
        text=text,
        figures=tuple(figures),
        tables=(_sizes(measures, rank, shown), _memberships(measures, units, node)),
    )


def _sizes(measures: NetworkMeasures, rank: Any, shown: Any) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for k, label in enumerate(shown.tolist()):
        size = (rank == k).sum(axis=1)
        alive = np.flatnonzero(size)
        rows.append(
            (
                f"{k + 1} ({COLOURS[k]})",
                label,
                int(np.median(size[alive])),
                int(size.max()),
                len(alive),
                int(alive[0]) + 1,
                int(alive[-1]) + 1,
            )
        )
    columns = ("community", "label", "median size", "greatest size", "windows", "first window", "last window")
    return Table(caption="Communities with a colour", columns=columns, rows=tuple(rows), name="communities")


def _memberships(measures: NetworkMeasures, units: Units | None, node: str) -> Table:
    n = measures.communities.shape[1]
    names = [str(k) for k in range(n)] if units is None else units.id.tolist()
    columns = (node, *(f"window {s + 1}" for s in range(len(measures.communities))))
    rows = tuple((names[i], *measures.communities[:, i].tolist()) for i in range(n))
    return Table(
        caption=f"Community of every {node} in every window (\N{MINUS SIGN}1: no edge, or not measured)",
        columns=columns,
        rows=rows,
        name="memberships",
        folded=True,
    )
