"""The network over time: a view with a slider, and still pictures that need no script."""

from __future__ import annotations

from typing import Any

import numpy as np

from interplay.data import Units
from interplay.infer.results import NetworkResult
from interplay.measures.results import NetworkMeasures
from interplay.plot import network as pictures
from interplay.plot import style
from interplay.plot.communities import community_ranks, membership_order
from interplay.plot.layout import Layout, node_layout
from interplay.report import draw, words
from interplay.report.parts import Cell, Figure, Section, Table
from interplay.report.payload import MOST_EDGES, explorer_payload

#: Still pictures: one per regime, at most this many.
MOST_STILLS = 6


def section_network(
    network: NetworkResult,
    *,
    units: Units | None = None,
    measures: NetworkMeasures | None = None,
    most_edges: int = MOST_EDGES,
    node: str = "unit",
) -> Section:
    """Show the network of every window.

    Parameters
    ----------
    network : NetworkResult
    units : Units or None
        Positions, names, groups and signs.
    measures : NetworkMeasures or None
        Of the same windows; colours by community, and chooses which windows are shown as still pictures.
    most_edges : int
        Bound on the edges that travel with the page; each window keeps its strongest.
    node : str
        What a node is called; "node" for an event list.

    Returns
    -------
    Section
    """
    snaps = network.snapshots
    if not len(snaps):
        return Section(key="network", title="Network over time", text=("There is no window to show.",))
    layout = node_layout(units, snaps)
    payload = explorer_payload(snaps, layout, units=units, measures=measures, most_edges=most_edges)
    direction = "Arrows point from source to target" if snaps.directed else "Edges have no direction"
    view = Figure(
        key="explorer",
        title="Network and adjacency matrix",
        payload=payload,
        caption=f"{direction}; width follows the absolute weight, blue is positive, orange negative; nodes are sized "
        f"by their strength (sum of absolute weights) in the window. {_call(layout.note, node)} The network draws the "
        "strongest share of each sign that is set above it; the matrix (rows are sources, columns targets; colour by "
        "the square root of |weight|) shows all edges that this page carries. The slider at the foot of the page, "
        "the arrow keys, or a click on any time axis move every view.",
    )
    text = [f"Edge weight: {network.quantity}."]
    if payload["cap"] is not None:
        text.append(
            f"To keep this page small it carries the {words.number(payload['cap'])} strongest edges of each window, "
            f"the same share of each sign ({words.number(most_edges)} in all at most); tables and measures use all."
        )
    absent = int((~snaps.present).any(axis=0).sum())
    if absent:
        text.append(f"{words.plural(absent, node)} could not be measured in at least one window (crosses in the view).")
    if not len(snaps.src):
        text.append("No edge was found in any window.")
    return Section(
        key="network",
        title="Network over time",
        text=tuple(text),
        figures=(view, *_stills(network, layout, measures, node)),
        tables=(_windows_table(network, node),),
        notes=network.notes,
    )


def _call(text: str, node: str) -> str:
    """Call the units of a text by what they are."""
    return text.replace("unit", node).replace("Unit", node.capitalize())


def still_windows(n_windows: int, measures: NetworkMeasures | None) -> list[tuple[int, str]]:
    """Choose the windows for still pictures: the middle of each regime, or first, middle and last."""
    if measures is not None and len(measures.changes.index):
        regime = np.asarray(measures.changes.regime)
        rows = [np.flatnonzero(regime == r) for r in np.unique(regime)]
        return [(int(r[len(r) // 2]), f"Regime {k}") for k, r in enumerate(rows, 1)][:MOST_STILLS]
    picks = sorted({0, n_windows // 2, n_windows - 1})
    return [(k, f"Window {k + 1}") for k in picks]


def _stills(network: NetworkResult, layout: Layout, measures: NetworkMeasures | None, node: str) -> list[Figure]:
    snaps = network.snapshots
    picks = still_windows(len(snaps), measures)
    rank = None if measures is None else community_ranks(measures.communities)[0].astype(np.int64)
    order = None if measures is None else membership_order(measures.communities)
    top = float(np.abs(snaps.weight).max(initial=0)) or 1.0
    most = min(2 * snaps.n_nodes, 250)
    span = {1: 6, 2: 6}.get(len(picks), 4)
    out = []
    for window, name in picks:

        def make(width: float, window: int = window) -> list[Any]:
            tall = width * float(np.clip(np.ptp(layout.xy[:, 1]) / (np.ptp(layout.xy[:, 0]) or 1.0), 0.35, 1.0))
            ax = style.stack(width, [tall + 12], left=8, right=8, top=6, bottom=6)[1][0]
            colour = None if rank is None else rank[window]
            pictures.plot_network(snaps, window=window, xy=layout.xy, colour=colour, most=most, top=top, ax=ax)
            return [ax]

        edges = int(snaps.pointer[window + 1] - snaps.pointer[window])
        drawn = (
            f"the {words.number(most)} strongest of {words.number(edges)} edges, the same share of each sign"
            if edges > most
            else f"all {words.number(edges)} edges"
        )
        out.append(
            draw.figure(
                f"still-{window}",
                make,
                width=320,
                span=span,
                title=name,
                caption=f"Window {window + 1}, {words.window(*snaps.bounds[window])}; drawn: {drawn}.",
                alt=f"Network of window {window + 1} with {edges} edges.",
            )
        )
    if snaps.n_nodes <= 400:
        for window, name in picks:

            def matrix(width: float, window: int = window) -> list[Any]:
                ax = style.stack(width, [width - 58], left=50, right=8)[1][0]
                pictures.plot_matrix(snaps, window=window, order=order, top=top, ax=ax)
                return [ax]

            sorting = _call("Units sorted by their usual community" if order is not None else "Units as recorded", node)
            out.append(
                draw.figure(
                    f"still-matrix-{window}",
                    matrix,
                    width=320,
                    span=span,
                    title=f"{name}, matrix",
                    caption=f"{sorting}; colour follows the square root of |weight|.",
                    alt=f"Adjacency matrix of window {window + 1}.",
                )
            )
    return out


def _windows_table(network: NetworkResult, node: str) -> Table:
    snaps = network.snapshots
    rows: list[tuple[Cell, ...]] = []
    for s, (start, stop) in enumerate(snaps.bounds.tolist()):
        weight = snaps.weight[snaps.pointer[s] : snaps.pointer[s + 1]]
        mean = float(np.abs(weight).mean()) if len(weight) else None
        rows.append(
            (s + 1, start, stop, int(snaps.present[s].sum()), len(weight), int((weight > 0).sum()),
             int((weight < 0).sum()), mean)
        )  # fmt: skip
    columns = ("window", "start (s)", "stop (s)", f"{node}s measured", "edges", "positive", "negative", "mean |weight|")
    return Table(caption="Windows", columns=columns, rows=tuple(rows), name="windows", folded=True)
