"""A list of events in numbers: when it happens, what is new in it, how regular it is, its motifs and its balance."""

from __future__ import annotations

from typing import Any

import numpy as np

from interplay.measures.event_measures import EVENT_MEASURES
from interplay.measures.event_results import EventMeasures, SignedBalance
from interplay.plot import events as pictures
from interplay.plot import style
from interplay.report import draw, words
from interplay.report.parts import Cell, Figure, Section, Table, Tile

#: Panels of the course, from top to bottom: what is drawn, and its label.
_COURSE = (
    ("events", "events"),
    ("nodes", "nodes"),
    ("mean_degree", "mean degree"),
    ("largest_component", "largest part"),
)
#: Motifs that are drawn, the most frequent.
_MOTIFS = 12
#: Share below which a motif is left to the table.
_LEAST = 0.0005


def section_event_statistics(measures: EventMeasures, *, dated: bool = False, key: str = "events") -> Section:
    """Show what a list of events holds.

    Parameters
    ----------
    measures : EventMeasures
    dated : bool
        Whether times are seconds since 1970, so that axes can be written as dates.
    key : str
        Unique on the page.

    Returns
    -------
    Section
    """
    figures = [
        _tea_figure(measures, key, dated),
        _tet_figure(measures, key, dated),
        _course_figure(measures, key, dated),
        _waits_figure(measures, key),
    ]
    if measures.motifs and sum(measures.motifs.values()):
        figures.append(_motifs_figure(measures, key))
    if measures.balance is not None and measures.balance.triangles.sum():
        figures.append(_balance_figure(measures.balance, key))
    tables = [_numbers_table(measures, key), _course_table(measures, key)]
    if measures.motifs:
        tables.append(_motifs_table(measures, key))
    return Section(
        key=key,
        title="The events",
        lead=event_statistics_sentences(measures),
        text=tuple(_text(measures)),
        tiles=_tiles(measures),
        figures=tuple(figures),
        tables=tuple(tables),
        notes=measures.notes,
    )


def event_statistics_sentences(measures: EventMeasures) -> tuple[str, ...]:
    """Say what is particular to these events.

    Parameters
    ----------
    measures : EventMeasures

    Returns
    -------
    tuple of str
    """
    s = measures.scalars
    out = []
    if np.isfinite(s["surprise"]):
        out.append(
            f"Of the pairs in the last {_percent(1 - _share(measures))} of events {_percent(s['surprise'])} had not "
            f"met before (surprise), and {_percent(s['repeat_share'])} of those events repeat an earlier pair: a "
            "memory of who met can foretell no more than these."
        )
    if np.isfinite(s["burstiness"]):
        how = "in bursts" if s["burstiness"] > 0.2 else "regularly" if s["burstiness"] < -0.2 else "about at random"
        out.append(f"Nodes act {how} (burstiness {words.score(s['burstiness'])}; 0 is at random, 1 is all at once).")
    if measures.balance is not None:
        out += _balance_sentences(measures.balance)
    return tuple(out)


def _balance_sentences(balance: SignedBalance) -> list[str]:
    edges = balance.n_positive + balance.n_negative
    out = []
    if np.isfinite(balance.balanced):
        chance = f"{_percent(balance.null_mean)} ± {_percent(balance.null_sd)}"
        out.append(
            f"{_percent(balance.balanced)} of signed triangles are balanced; with signs dealt anew to the same edges "
            f"{chance} are ({words.pvalue(balance.pvalue)})."
        )
    if edges:
        low, high = balance.frustration_lower, balance.frustration_upper
        between = words.number(low) if low == high else f"between {words.number(low)} and {words.number(high)}"
        out.append(
            f"To part all nodes into two camps without a contradiction, {between} of {words.number(edges)} edges would "
            "have to go (frustration index)."
        )
    return out


def _share(measures: EventMeasures) -> float:
    return float(getattr(measures.config, "share", 0.85))


def _percent(share: float) -> str:
    if not np.isfinite(share):
        return words.DASH
    value = 100 * share
    return f"{value:.0f} %" if value >= 10 or value == 0 else f"{value:.1f} %"


def _text(measures: EventMeasures) -> list[str]:
    length = float(np.median(np.diff(measures.edges.bounds, axis=1)))
    out = [
        f"The observed time was cut into {words.plural(len(measures.edges.bounds), 'bin')} of {_length(length)}. A "
        "pair is a source and a target, in this order; it counts once per bin."
    ]
    if measures.motifs and measures.motif_window_s is not None:
        out.append(
            f"Temporal motifs are three events among two or three nodes within {_length(measures.motif_window_s)}, the "
            "median time that a node waits for its next event; 36 there are, and all were counted."
        )
    return out


def _length(seconds: float) -> str:
    return f"{words.number(seconds / 86400)} days" if seconds >= 2 * 86400 else words.duration(seconds)


def _tiles(measures: EventMeasures) -> tuple[Tile, ...]:
    s = measures.scalars
    tiles = [
        Tile(value=words.number(int(s["events"])), label="events"),
        Tile(value=words.number(int(s["nodes"])), label="nodes that act"),
        Tile(value=words.number(int(s["pairs"])), label="pairs", note=_each(s["events_per_pair"])),
        Tile(value=words.score(s["novelty"]), label="novelty", note="share of new pairs, mean of bins"),
        Tile(value=words.score(s["surprise"]), label="surprise", note="new pairs at the end"),
        Tile(value=words.score(s["reciprocity"]), label="reciprocity"),
    ]
    if s["negative_share"] > 0:
        tiles.append(Tile(value=_percent(s["negative_share"]), label="negative events"))
    return tuple(tiles)


def _each(events: float) -> str:
    return "one event each" if events == 1 else f"{words.number(events)} events each"


def _tea_figure(measures: EventMeasures, key: str, dated: bool) -> Figure:
    def make(width: float) -> list[Any]:
        ax = style.stack(width, [210], left=58, top=44, bottom=40)[1][0]
        pictures.plot_tea(measures.edges, ax=ax)
        style.quiet_legend(ax, right=False, columns=2)
        _times(ax, width, dated)
        return [ax]

    return draw.figure(
        f"{key}-tea",
        make,
        width=480,
        narrow=True,
        span=6,
        title="What is new",
        caption="Pairs that met in each bin. Where most are new, no memory of pairs helps.",
        alt=f"New and repeated pairs per bin; novelty {words.score(measures.scalars['novelty'])}.",
    )


def _tet_figure(measures: EventMeasures, key: str, dated: bool) -> Figure:
    def make(width: float) -> list[Any]:
        ax = style.stack(width, [210], left=58, top=44, bottom=40)[1][0]
        pictures.plot_tet(measures.edges, ax=ax)
        pictures.tet_legend(ax, columns=2)
        _times(ax, width, dated)
        return [ax]

    share = _percent(1 - _share(measures))
    return draw.figure(
        f"{key}-tet",
        make,
        width=480,
        narrow=True,
        span=6,
        title="Who meets when",
        caption=f"One line per pair, by first meeting; the dashed line begins the last {share} of events. Pairs that "
        "are known to both sides can be remembered, those of the test alone cannot.",
        alt="Pairs over time, by whether training, test or both know them.",
    )


def _course_figure(measures: EventMeasures, key: str, dated: bool) -> Figure:
    def make(width: float) -> list[Any]:
        panels = style.stack(width, [72.0] * len(_COURSE), gap=14, left=66, top=12, bottom=40)[1]
        for ax, (name, label) in zip(panels, _COURSE, strict=True):
            pictures.plot_event_course(measures, name, label=label, ax=ax)
            if ax is not panels[-1]:
                ax.set_xlabel("")
                ax.set_xticklabels([])
        _times(panels[-1], width, dated)
        for ax in panels[:-1]:
            ax.set_xticks(panels[-1].get_xticks(), [""] * len(panels[-1].get_xticks()))
            ax.set_xlim(panels[-1].get_xlim())
        return panels

    signed = " Orange: negative ones." if measures.course["negative_events"].any() else ""
    return draw.figure(
        f"{key}-course",
        make,
        width=560,
        narrow=True,
        span=7,
        title="Over time",
        caption=f"Per bin: events, nodes with an event, their different partners on average, and the share of them "
        f"that the largest component joins.{signed}",
        alt="Events, nodes, mean degree and largest component over time.",
    )


def _waits_figure(measures: EventMeasures, key: str) -> Figure:
    def make(width: float) -> list[Any]:
        ax = style.stack(width, [300], left=70, top=28, bottom=44)[1][0]
        pictures.plot_between_events(measures, ax=ax)
        if ax.get_legend_handles_labels()[0]:
            style.quiet_legend(ax, right=False, columns=3)
        return [ax]

    return draw.figure(
        f"{key}-waits",
        make,
        width=400,
        narrow=True,
        span=5,
        title="Times between events",
        caption="Both axes are logarithmic; the dashed line is waiting at random with the mean of the nodes. A line "
        "that falls straight over many decades is bursts and long pauses.",
        alt=f"Times between events; burstiness {words.score(measures.scalars['burstiness'])}.",
    )


def _times(ax: Any, width: float, dated: bool) -> None:
    """Write the axis of time: as dates where it can be."""
    most = 4 if width < 400 else 6
    if dated:
        pictures.date_axis(ax, most=most)
    else:
        style.few_ticks(ax, "x", most)


def motif_label(name: str) -> str:
    """Write the key of a temporal motif as arrows between letters.

    Parameters
    ----------
    name : str
        For example "01 12 20".

    Returns
    -------
    str
        For example "a→b, b→c, c→a".
    """
    return ", ".join(f"{'abc'[int(step[0])]}→{'abc'[int(step[1])]}" for step in name.split())


def _motifs_figure(measures: EventMeasures, key: str) -> Figure:
    total = sum(measures.motifs.values())
    ranked = sorted(measures.motifs.items(), key=lambda item: (-item[1], item[0]))[:_MOTIFS]
    ranked = [item for item in ranked if item[1] >= _LEAST * total]
    names, shares = [motif_label(n) for n, _ in ranked], [100 * v / total for _, v in ranked]

    def make(width: float) -> list[Any]:
        ax = style.stack(width, [21.0 * len(ranked)], left=122, right=44, top=8, bottom=40)[1][0]
        two = ["c" not in name for name in names]
        ax.barh(range(len(ranked)), shares, height=0.62, color=[style.MUTED if k else style.ACCENT for k in two])
        for y, share in enumerate(shares):
            ax.annotate(
                f"{share:.1f}", (share, y), xytext=(4, 0), textcoords="offset points", va="center", color=style.MUTED,
                fontsize=style.SMALL - 1,
            )  # fmt: skip
        ax.set_ylim(len(ranked) - 0.4, -0.6)
        style.dress(ax, x="share of all motifs (%)")
        ax.spines["left"].set_visible(False)
        ax.set_yticks(range(len(ranked)), names)
        ax.tick_params(axis="y", length=0)
        style.few_ticks(ax, "x", 5)
        return [ax]

    window = "" if measures.motif_window_s is None else f" within {_length(measures.motif_window_s)}"
    return draw.figure(
        f"{key}-motifs",
        make,
        width=480,
        narrow=True,
        span=6,
        title="Temporal motifs",
        caption=f"The {len(ranked)} most frequent orders of three events{window}, of {words.number(total)} in all. "
        "Grey: between two nodes; teal: among three.",
        alt="Most frequent temporal motifs.",
    )


def _balance_figure(balance: SignedBalance, key: str) -> Figure:
    def make(width: float) -> list[Any]:
        ax = style.stack(width, [190], left=66, top=12, bottom=44)[1][0]
        share = 100 * balance.triangles / balance.triangles.sum()
        colours = [style.POSITIVE if k % 2 == 0 else style.NEGATIVE for k in range(4)]
        ax.bar(range(4), share, width=0.62, color=colours)
        for x, value in enumerate(share.tolist()):
            ax.annotate(
                f"{value:.1f}", (x, value), xytext=(0, 3), textcoords="offset points", ha="center", color=style.MUTED,
                fontsize=style.SMALL - 1,
            )  # fmt: skip
        style.dress(ax, x="negative sides of a triangle", y="share of triangles (%)", grid=True)
        ax.set_xticks(range(4))
        ax.set_ylim(0, 1.12 * float(share.max()))
        style.few_ticks(ax, "y", 4)
        return [ax]

    return draw.figure(
        f"{key}-balance",
        make,
        width=480,
        narrow=True,
        span=6,
        title="Balance of signs",
        caption=f"{words.plural(int(balance.triangles.sum()), 'triangle')} of the undirected network of summed "
        "weights. Blue: balanced (an even number of negative sides); orange: not.",
        alt=f"Triangles by negative sides; {_percent(balance.balanced)} are balanced.",
    )


def _numbers_table(measures: EventMeasures, key: str) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (words.title(name), value, about.range, about.higher, about.definition)
        for name, about in EVENT_MEASURES.items()
        if name in measures.scalars and np.isfinite(value := measures.scalars[name])
    ]
    return Table(
        caption="All numbers of the events",
        columns=("measure", "value", "range", "higher means", "definition"),
        rows=tuple(rows),
        name=f"{key}-numbers",
        folded=True,
    )


def _course_table(measures: EventMeasures, key: str) -> Table:
    columns = measures.to_columns()
    names = tuple(columns)
    rows = tuple(tuple(float(columns[name][k]) for name in names) for k in range(len(measures.edges.bounds)))
    heads = tuple(n.replace("_s", " (s)") if n in ("start_s", "stop_s") else words.plain_name(n) for n in names)
    return Table(caption="Every bin", columns=heads, rows=rows, name=f"{key}-bins", folded=True)


def _motifs_table(measures: EventMeasures, key: str) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (motif_label(name), int(count)) for name, count in sorted(measures.motifs.items(), key=lambda item: -item[1])
    ]
    return Table(
        caption="All temporal motifs", columns=("events in order", "count"), rows=tuple(rows), name=f"{key}-motifs",
        folded=True,
    )  # fmt: skip
