"""What a model of a stream goes by: its motifs beside chance, and how few events stand for all."""

from __future__ import annotations

from typing import Any

import numpy as np

from interplay.explain.event_results import EventExplanation
from interplay.plot import style
from interplay.plot.event_fidelity import NAMES, plot_event_fidelity
from interplay.plot.event_motifs import motif_name, plot_motif, plot_motif_shares, shown_motifs
from interplay.report import draw, words
from interplay.report.parts import Cell, Figure, Section, Table
from interplay.report.stream_findings import label

#: A class counts more than shuffled times bring it from this ratio on.
_MORE = 1.5


def section_event_explanation(found: EventExplanation, *, model: str, key: str = "explanation") -> Section:
    """Show which earlier events, in which motifs, a model decides by.

    Parameters
    ----------
    found : EventExplanation
    model : str
        Registered name of what is explained.
    key : str
        Unique on the page.

    Returns
    -------
    Section
    """
    name = label(model)
    return Section(
        key=key,
        title=f"What {name} goes by",
        lead=explanation_sentences(found, model=model),
        text=(_asked(found, name), _motifs_told(), _tested(name)),
        figures=(_motif_figure(found, key), _fidelity_figure(found, key)),
        tables=(_way_table(found, key), _motif_table(found, key)),
        notes=found.notes,
    )


def explanation_sentences(found: EventExplanation, *, model: str) -> tuple[str, ...]:
    """Say which motifs count, and which way of scoring holds.

    Parameters
    ----------
    found : EventExplanation
    model : str

    Returns
    -------
    tuple of str
    """
    name, areas = label(model), {way: one.area for way, one in found.fidelity.items()}
    best = max(areas, key=areas.__getitem__)
    out = []
    if "temp_me" in areas:
        beaten = sum(areas["temp_me"] > value for way, value in areas.items() if way != "temp_me")
        held = (
            f"Few events stand for all best when {NAMES.get(best, best)} chooses them: {name} then decides as with all "
            f"in {_percent(areas[best])} of cases, mean over shares kept up to {_percent(float(found.sparsity.max()))}"
        )
        beside = "" if best == "temp_me" else f" (TempME {_percent(areas['temp_me'])}"
        chance = f"; chosen at random {_percent(areas['random'])}" if "random" in areas else ""
        close = "" if best == "temp_me" else ")"
        out.append(f"{held}{beside}{chance if beside else ''}{close}{'' if beside else chance}.")
        if beaten < len(areas) - 1:
            said = "none" if not beaten else str(beaten)
            out.append(
                f"TempME, which the motifs rest on, holds better than {said} of its {len(areas) - 1} rivals here: the "
                "motifs are to be read with that in mind."
            )
    kind = int(shown_motifs(found)[0]) if len(shown_motifs(found)) else None
    if kind is not None:
        null, counted = float(found.null[kind]), float(found.counted[kind])
        more = "more than" if counted > _MORE * null else "less than" if counted * _MORE < null else "about as often as"
        out.append(
            f"The motif that counts most is “{motif_name(kind)}”: {_percent(counted)} of what counts, {more} shuffled "
            f"times would bring it ({_percent(null)})."
        )
    return tuple(out)


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.1 or share == 0 else f"{100 * share:.1f} %"


def _asked(found: EventExplanation, name: str) -> str:
    pairs = int((~found.negative).sum())
    others = int(found.negative.sum())
    beside = f" and {words.plural(others, 'pair')} that did not meet at those times" if others else ""
    return (
        f"{name} was asked about {words.plural(pairs, 'event')} of the test{beside}. Behind each it weighs at most "
        f"{found.event.shape[2]} events of either node. Which of them does its decision rest on?"
    )


def _motifs_told() -> str:
    return (
        "TempME walks back in time from each of these events, three steps at most, and learns on the training events "
        "which walks are enough for the model to decide as it does with all, at the least information. A walk is a "
        "motif: its root is the node that was asked about, its partner whom the newest event joins to the root. What a "
        "class counts is the share of the learnt scores; beside it stands how often it is drawn, and how often it "
        "would be if the times of all events were shuffled."
    )


def _tested(name: str) -> str:
    return (
        "Every way of scoring is tested alike: only the events that it puts first are kept, the others get weight 0, "
        f"and {name} is asked again. Gradient (slope times weight), attention, and occlusion (one event left out at a "
        "time) need no training; recency keeps the newest. Nothing here says what caused an event, only what the model "
        "looks at."
    )


def _motif_figure(found: EventExplanation, key: str) -> Figure:
    kinds = shown_motifs(found)

    def make(width: float) -> list[Any]:
        row, left, foot, top = 54.0, 246.0 if width > 400 else 206.0, 40.0, 26.0
        figure, panels = style.stack(width, [max(row * len(kinds), row)], left=left, top=top, bottom=foot)
        ax = panels[0]
        plot_motif_shares(found, room=80, ax=ax)
        style.quiet_legend(ax, right=True, columns=3)
        height = top + foot + max(row * len(kinds), row)
        for y, kind in enumerate(kinds.tolist()):
            bottom = height - top - (y + 1) * row + 3
            plot_motif(kind, ax=figure.add_axes(((left - 78) / width, bottom / height, 72 / width, (row - 6) / height)))
        return [ax]

    return draw.figure(
        f"{key}-motifs",
        make,
        width=600,
        narrow=True,
        span=7,
        title="Motifs",
        caption="Filled node: the root. Events are numbered from the newest back; where nothing follows, there is no "
        "earlier one. Right of the grey square: the model goes by this motif more than shuffled times would bring it.",
        alt="Share of each class of motif, beside its share where times are shuffled.",
    )


def _fidelity_figure(found: EventExplanation, key: str) -> Figure:
    def make(width: float) -> list[Any]:
        columns = 3 if width < 420 else 6
        lines = -(-len(found.fidelity) // columns)
        panels = style.stack(width, [190, 150], gap=52, left=62, top=14 + 17 * lines, bottom=40)[1]
        plot_event_fidelity(found, "accuracy", ax=panels[0])
        plot_event_fidelity(found, "probability", ax=panels[1])
        style.quiet_legend(panels[0], right=False, columns=columns)
        return panels

    return draw.figure(
        f"{key}-fidelity",
        make,
        width=410,
        narrow=True,
        span=5,
        title="How few events suffice",
        caption="Above: how often the kept events alone lead to the same decision. Below: how far they move its "
        "probability; 0 is as with all events.",
        alt="Fidelity against the share of events kept, for each way of scoring.",
    )


def _way_table(found: EventExplanation, key: str) -> Table:
    ranked = sorted(found.fidelity.items(), key=lambda item: -item[1].area)
    rows: list[tuple[Cell, ...]] = [
        (
            NAMES.get(way, way),
            one.area,
            float(np.mean(one.probability)),
            float(np.mean(one.logit)),
            float(np.nanmean(one.auc)) if np.isfinite(one.auc).any() else float("nan"),
        )
        for way, one in ranked
    ]
    shares = f"{_percent(float(found.sparsity.min()))} to {_percent(float(found.sparsity.max()))}"
    return Table(
        caption="Ways of scoring events, the best first",
        columns=("way", "same decision", "change of probability", "change of logit", "AUC of the decisions"),
        rows=tuple(rows),
        name=f"{key}-ways",
        note=f"Means over {len(found.sparsity)} shares of events kept, {shares}. Changes are towards the model's own "
        "decision: higher is better in every column.",
    )


def _motif_table(found: EventExplanation, key: str) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for kind in np.argsort(-found.counted, kind="stable").tolist():
        null = float(found.null[kind])
        ratio = float(found.counted[kind]) / null if null > 0 else float("nan")
        rows.append((motif_name(kind), float(found.counted[kind]), float(found.drawn[kind]), null, ratio))
    return Table(
        caption="All classes of motifs",
        columns=("newest event joins root and partner; before it", "counts", "drawn", "times shuffled", "ratio"),
        rows=tuple(rows),
        name=f"{key}-motifs",
        folded=True,
        note="Shares; the ratio is of what counts to what shuffled times bring.",
    )
