"""One spread: on its network, and over time."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from interplay.data import Graph, Groups
from interplay.influence.results import SpreadResult
from interplay.plot import influence as pictures
from interplay.plot import style
from interplay.plot.influence_network import FULLNESS, STEPS, SpreadView, plot_spread_network, spread_view
from interplay.report import draw, words
from interplay.report.parts import Figure, Section, Table
from interplay.report.sections import influence_words as say


def section_spread(
    spread: SpreadResult,
    graph: Graph,
    groups: Groups | None = None,
    *,
    label: str = "",
    key: str = "spread",
    view: SpreadView | None = None,
) -> Section:
    """Show one spread: on its network, and over time.

    Parameters
    ----------
    spread : SpreadResult
    graph : Graph
        Drawn; of timed events, what is left when their times are forgotten.
    groups : Groups or None
    label : str
        How the seeds were chosen.
    key : str
        Unique on the page.
    view : SpreadView or None
        Chosen and laid out here where None.

    Returns
    -------
    Section
    """
    figures = []
    if graph.n_nodes:
        figures.append(_network_figure(spread, spread_view(graph, spread) if view is None else view, groups, key))
    if len(spread.time) > 1:
        figures.append(_course_figure(spread, key))
    by = f" by {label}" if label else ""
    return Section(
        key=key,
        title=f"How it spreads from seeds{by}",
        text=_course_sentences(spread),
        figures=tuple(figures),
        tables=_node_tables(spread, graph, groups, key),
    )


def _network_figure(spread: SpreadResult, view: SpreadView, groups: Groups | None, key: str) -> Figure:
    shown = np.flatnonzero(spread.group_sizes > 0)

    def make(width: float) -> list[Any]:
        columns = 6 if width > 400 else 3
        lines = -(-((len(shown) if groups is not None else 0) + 1) // columns) + -(-len(FULLNESS) // columns)
        side = width - 16
        panel = style.stack(width, [0.86 * side], left=8, right=8, top=10 + 18 * lines, bottom=8)[1][0]
        plot_spread_network(spread, view, groups, ax=panel)
        _network_legend(panel, spread, groups, columns)
        return [panel]

    return draw.figure(
        f"{key}-network",
        make,
        width=600,
        narrow=True,
        title="On the network",
        caption="The fuller a node, the more often it was reached (share of cascades); a ring marks a seed. "
        f"{view.note}",
        alt=f"The network with {len(spread.seeds)} seeds; nodes filled by how often they were reached.",
        span=7,
    )


def _network_legend(panel: Any, spread: SpreadResult, groups: Groups | None, columns: int) -> None:
    """Write two lines above the picture: groups and seeds, then how full a node is."""
    from matplotlib.colors import to_rgba
    from matplotlib.lines import Line2D

    shown = np.flatnonzero(spread.group_sizes > 0) if groups is not None else ()
    who = [
        Line2D(
            [], [], marker=pictures.MARKS[rank % len(pictures.MARKS)], color=style.category(rank), linestyle="none",
            markersize=7, label=style.plain(str(spread.groups[g])),
        )
        for rank, g in enumerate(shown)
    ]  # fmt: skip
    ring = {"markerfacecolor": "none", "markeredgecolor": style.INK, "markeredgewidth": 1.5, "markersize": 9}
    who.append(Line2D([], [], marker="o", linestyle="none", label="seed", **ring))  # type: ignore[arg-type]
    bounds = [f"{100 * b:g}" for b in STEPS]
    between = [f"{a}{words.DASH}{b} %" for a, b in itertools.pairwise(bounds)]
    often = [
        Line2D(
            [], [], marker="o", markerfacecolor=to_rgba(style.MUTED, full), markeredgecolor=style.MUTED,
            markeredgewidth=0.8, linestyle="none", markersize=7, label=text,
        )
        for full, text in zip(FULLNESS, (f"< {bounds[0]} %", *between, f"> {bounds[-1]} %"), strict=True)
    ]  # fmt: skip
    below = _line_height(panel) * -(-len(often) // columns)
    for handles, up in ((who, below), (often, 0.0)):
        legend = panel.legend(
            handles=handles, loc="lower left", bbox_to_anchor=(0.0, 1.0 + up), ncols=columns, frameon=False,
            fontsize=style.SMALL - 0.5, borderpad=0.2, handlelength=1.2, columnspacing=1.2,
        )  # fmt: skip
        for text in legend.get_texts():
            text.set_color(style.MUTED)
        if handles is who:  # the panel keeps its last legend only
            panel.add_artist(legend)


def _line_height(panel: Any) -> float:
    """Give the height of a line of a legend, as a fraction of the panel's."""
    return 18.0 / float(panel.get_position().height * panel.get_figure(root=True).get_size_inches()[1] * 72)


def _course_figure(spread: SpreadResult, key: str) -> Figure:
    several = int((spread.group_sizes > 0).sum()) > 1

    def make(width: float) -> list[Any]:
        names = [*(str(spread.groups[g]) for g in np.flatnonzero(spread.group_sizes > 0)), "all nodes"]
        columns = style.legend_columns(names, width - 60)
        lines = -(-len(names) // columns)
        panel = style.stack(width, [min(0.62 * width, 270.0)], left=46, right=14, top=12 + 18 * lines)[1][0]
        pictures.plot_spread_course(spread, ax=panel)
        style.quiet_legend(panel, right=False, columns=columns)
        return [panel]

    return draw.figure(
        f"{key}-course",
        make,
        width=450,
        narrow=True,
        title="Over time",
        caption="Expected share of each group that has been reached until then; the dashed line is all nodes."
        if several
        else "Expected share of all nodes that has been reached until then.",
        alt="Share reached over time.",
        span=5,
    )


def _course_sentences(spread: SpreadResult) -> tuple[str, ...]:
    if len(spread.time) < 2 or not spread.n_nodes:
        return ()
    total = spread.course.sum(axis=1)
    if total[-1] <= total[0]:
        return ("Nobody is reached beyond the seeds.",)
    half = total[0] + (total[-1] - total[0]) / 2
    time, unit = pictures.elapsed(spread)
    when = float(time[int(np.argmax(total >= half))])
    said = f"by round {when:g}" if unit == "round" else f"{words.number(when)} {unit} after the beginning"
    return (f"Half of what is reached beyond the seeds has been reached {said}.",)


def _node_tables(spread: SpreadResult, graph: Graph, groups: Groups | None, key: str) -> tuple[Table, ...]:
    called = say.node_labels(graph)
    seed = np.zeros(graph.n_nodes, dtype=bool)
    seed[spread.seeds] = True
    order = np.argsort(-spread.node_probability, kind="stable")[:2000]
    degree = graph.degree_out()
    rows = tuple(
        (
            called[k],
            "" if groups is None else str(groups.names[groups.code[k]]),
            float(spread.node_probability[k]),
            "yes" if seed[k] else "no",
            int(degree[k]),
        )
        for k in order.tolist()
    )
    more = f" The first 2000 of {graph.n_nodes}." if graph.n_nodes > len(order) else ""
    return (
        Table(
            caption="How often every node is reached",
            columns=("node", "group", "probability", "seed", "edges out"),
            rows=rows,
            name=f"influence_{key}_nodes".replace("-", "_"),
            folded=True,
            note=f"Share of the cascades in which the node was reached.{more}",
        ),
    )
