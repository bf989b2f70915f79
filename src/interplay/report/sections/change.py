"""How the network changed over time, with the firing rate beside every number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplay.measures.results import ChangePoints, NetworkMeasures
from interplay.plot import measures as pictures
from interplay.plot import style
from interplay.report import draw, words
from interplay.report.parts import Cell, Figure, Section, Table
from interplay.report.sections.summary import MOVES_WITH_RATE, beside_rate, what_changed


def section_change(
    measures: NetworkMeasures,
    *,
    rate_changes: ChangePoints | None = None,
    true_changes_s: NDArray[np.float64] | None = None,
    event_correlation: Mapping[str, float] | None = None,
) -> Section:
    """Show measures over time, stability, recurrence and change points.

    Parameters
    ----------
    measures : NetworkMeasures
    rate_changes : ChangePoints or None
        The same search on firing rates alone; those of `measures` where None.
    true_changes_s : (K,) float array, s, or None
        Where the truth is known.
    event_correlation : mapping of measure name to float, or None
        For an event list: Spearman correlation of each measure with the number of events per window, its trivial
        explanation; nothing is then said of firing rates.

    Returns
    -------
    Section
    """
    if not len(measures.bounds):
        return Section(key="change", title="Change over time", text=("There is no window to measure.",))
    rate_changes = measures.rate_changes if rate_changes is None else rate_changes
    text = [what_changed(measures)]
    if rate_changes is not None:
        text.append(beside_rate(measures.changes, rate_changes))
    if event_correlation is not None:
        text.append(
            "In the corner of each measure stands its Spearman correlation ρ with the number of events in the window: "
            "a measure that follows the number of events may say nothing beyond it."
        )
    elif measures.rate_hz is None:
        text.append("Firing rates are not known for this recording, so no measure could be compared with them.")
    else:
        text.append(
            "Behind each measure lies the mean firing rate (grey, on a scale of its own), and in the corner the "
            "Spearman correlation ρ between the two: a measure that follows the rate may say nothing beyond it."
        )
    figures = [_time_of_changes(measures, rate_changes, true_changes_s)]
    if measures.rate_hz is not None:
        figures.append(_course(measures, "rate_hz"))
    figures += [_course(measures, name, event_correlation) for name in measures.graph]
    figures += [_stability(measures), _recurrence(measures)]
    return Section(
        key="change",
        title="Change over time",
        text=tuple(text),
        figures=tuple(figures),
        tables=(
            *_change_tables(measures, rate_changes, true_changes_s),
            _measure_table(measures, event_correlation),
            _columns(measures),
        ),
        notes=(*measures.notes, *measures.changes.notes),
    )


def _time_of_changes(
    measures: NetworkMeasures, rate_changes: ChangePoints | None, true_changes_s: NDArray[np.float64] | None
) -> Figure:
    rows = [("network", measures.changes.time_s, measures.changes.pvalues)]
    if true_changes_s is not None:
        rows.append(("truth", true_changes_s, None))
    if rate_changes is not None:
        rows.append(("rate alone", rate_changes.time_s, rate_changes.pvalues))
    span = (float(measures.bounds[0, 0]), float(measures.bounds[:, 1].max()))

    def make(width: float) -> list[Any]:
        ax = style.stack(width, [24.0 * len(rows)], left=78)[1][0]
        pictures.plot_changes(rows, span=span, ax=ax)
        if width < 400:
            style.few_ticks(ax, "x", 4)
        return [ax]

    return draw.figure(
        "changes",
        make,
        width=980,
        narrow=True,
        axis="time",
        title="Change points",
        caption="Times at which the network changed"
        + (", the true ones" if true_changes_s is not None else "")
        + (", and what the same search finds in the firing rates alone" if rate_changes is not None else "")
        + ".",
        alt="Change points along the observed time.",
    )


def _course(measures: NetworkMeasures, name: str, events: Mapping[str, float] | None = None) -> Figure:
    def make(width: float) -> list[Any]:
        ax = style.stack(width, [96], left=48, right=10, bottom=24)[1][0]
        pictures.plot_measures(measures, name, ax=ax)
        return [ax]

    rho = float((measures.rate_correlation if events is None else events).get(name, np.nan))
    is_rate = name == "rate_hz"
    known = (measures.rate_hz is not None or events is not None) and not is_rate
    beside = "rate" if events is None else "events"
    badge = "" if not known else f"{beside} ρ = {words.score(rho)}" if np.isfinite(rho) else f"{beside} ρ undefined"
    caption = "Mean firing rate per unit, Hz." if is_rate else measures.about.get(name, "")
    return draw.figure(
        f"course-{_key(name)}",
        make,
        width=320,
        span=4,
        axis="time",
        title="Firing rate" if is_rate else words.title(name),
        caption=caption,
        badge=badge,
        warn=bool(abs(rho) >= MOVES_WITH_RATE),
        alt=f"{words.title(name)} over time. {caption}",
    )


def _key(name: str) -> str:
    return "".join(c if c.isascii() and c.isalnum() else f"_{ord(c):x}_" if c not in "_-" else "-" for c in name)


def _stability(measures: NetworkMeasures) -> Figure:
    return draw.figure(
        "stability",
        lambda width: [
            pictures.plot_stability(measures, ax=style.stack(width, [230], left=48, right=10, top=26)[1][0])
        ],
        width=560,
        span=7,
        narrow=True,
        axis="time",
        title="Stability from window to window",
        caption="How much each window keeps of the one before: correlation of edge weights, adjusted mutual "
        "information of communities, and share of edges kept where edges come and go. Higher is more stable. "
        "Overlapping windows share data and look more stable for that reason alone.",
        alt="Stability of edges and of communities over time.",
    )


def _recurrence(measures: NetworkMeasures) -> Figure:
    def make(width: float) -> list[Any]:
        figure, (ax,) = style.stack(width, [width - 112], left=48, right=64)
        del figure
        return [pictures.plot_recurrence(measures, ax=ax)]

    return draw.figure(
        "recurrence",
        make,
        width=400,
        span=5,
        axis="square",
        title="Recurrence",
        caption="Similarity of every two windows; lines part the regimes found. Blocks are stable regimes, and a dark "
        "patch away from the diagonal is a return to an earlier network.",
        alt="Matrix of similarity between every two windows.",
    )


def _change_tables(
    measures: NetworkMeasures, rate_changes: ChangePoints | None, true_changes_s: NDArray[np.float64] | None
) -> list[Table]:
    found = measures.changes
    if not len(found.time_s):
        return []
    columns = ["change at (s)", "first window", "share of scatter", "p"]
    columns += ["nearest true change (s)"] if true_changes_s is not None and len(true_changes_s) else []
    columns += ["nearest change of rate (s)"] if rate_changes is not None else []
    rows: list[tuple[Cell, ...]] = []
    for k, t in enumerate(found.time_s.tolist()):
        p = None if found.pvalues is None else float(found.pvalues[k])
        row: list[Cell] = [t, int(found.index[k]) + 1, float(found.gain[k]), p]
        if true_changes_s is not None and len(true_changes_s):
            row.append(_nearest(t, true_changes_s))
        if rate_changes is not None:
            row.append(_nearest(t, rate_changes.time_s))
        rows.append(tuple(row))
    return [
        Table(caption="Change points of the network", columns=tuple(columns), rows=tuple(rows), name="change_points")
    ]


def _nearest(t: float, times: NDArray[np.float64]) -> float | None:
    return float(times[np.argmin(np.abs(times - t))]) if len(times) else None


def _measure_table(measures: NetworkMeasures, events: Mapping[str, float] | None) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for name, values in measures.graph.items():
        good = values[np.isfinite(values)]
        three = (float(np.median(good)), float(good.min()), float(good.max())) if len(good) else (None, None, None)
        rho = float((measures.rate_correlation if events is None else events).get(name, np.nan))
        rows.append((words.title(name), *three, rho, int((~np.isfinite(values)).sum()), measures.about.get(name, "")))
    beside = "ρ with rate" if events is None else "ρ with events per window"
    columns = ("measure", "median", "least", "greatest", beside, "undefined windows", "definition")
    return Table(caption="Network measures", columns=columns, rows=tuple(rows), name="measures_summary", folded=True)


def _columns(measures: NetworkMeasures) -> Table:
    table = measures.to_columns()
    if measures.rate_hz is not None:
        table["rate_hz"] = measures.rate_hz
    rows = tuple(zip(*(np.asarray(v, dtype=np.float64).tolist() for v in table.values()), strict=True))
    return Table(caption="Measures of every window", columns=tuple(table), rows=rows, name="measures", folded=True)
