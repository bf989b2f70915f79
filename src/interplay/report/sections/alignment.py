"""Whether regions drew together when the game went better, beside what trivial courses do."""

from __future__ import annotations

from typing import Any

import numpy as np

from interplay.plot import alignment as pictures
from interplay.plot import style
from interplay.report import draw, words
from interplay.report.parts import Cell, Section, Table
from interplay.stats.alignment_results import AlignmentResult

_ASKED = {
    "two-sided": "The test asks whether they go together, in either direction.",
    "less": "The test asks whether the distance is smaller where the performance is better.",
    "greater": "The test asks whether the distance is larger where the performance is better.",
}


def section_alignment(result: AlignmentResult, *, key: str = "alignment") -> Section:
    """Show one test of alignment: the two courses, and every correlation over its null.

    Parameters
    ----------
    result : AlignmentResult
    key : str
        Unique on the page; give one per pair of regions.

    Returns
    -------
    Section
    """
    first, second = result.regions
    between = f" between the centroids of {first} and {second}" if first and second else ""
    ours = result.rows[0]
    used = int(np.sum(result.used))
    text = (
        f"Correlated are the {ours.name}{between}, one value per window, and performance: {result.performance_name}. "
        f"{words.plural(used, 'window')} of {len(result.used)} have both. {_ASKED[result.alternative]}",
        "Two courses that drift look related whatever they are. So the p-value compares with performances that drift "
        "as much (the measured one, shifted and mirrored, and its steps, shifted, mirrored and added up, whichever is "
        "the less favourable), and trivial courses stand beside: what goes with performance as closely as the distance "
        "does explains it as well. A correlation does not say which causes which.",
    )
    return Section(
        key=key,
        title="Alignment with performance" + (f": {first} and {second}" if first and second else ""),
        lead=(result.verdict,) if result.verdict else (),
        text=text,
        figures=(_courses(result, key), _forest(result, key)),
        tables=(_rows(result, key), _windows(result, key)),
        notes=result.notes,
    )


def _courses(result: AlignmentResult, key: str) -> Any:
    ours = result.rows[0]

    def make(width: float) -> list[Any]:
        panels = style.stack(width, [96, 96], left=56, right=10, top=20, bottom=36, gap=28)[1]
        for ax, name, title in zip(panels, ("", ours.name), (result.performance_name, ours.name), strict=True):
            pictures.plot_course(result, name, ax=ax)
            if width < 400:
                style.few_ticks(ax, "x", 4)
            ax.set_title(style.plain(title), loc="left", fontsize=style.SMALL, color=style.INK, pad=5)
        panels[0].tick_params(labelbottom=False)
        panels[1].set_xlabel("time (s)")
        return list(panels)

    several = len(ours.seed_correlations) > 0
    return draw.figure(
        f"{key}-courses",
        make,
        width=560,
        span=7,
        narrow=True,
        axis="time",
        title="Performance and distance",
        caption="Above, the performance; below, the distance"
        + (f" (mean over {len(ours.seed_correlations)} trainings, each standardised)" if several else "")
        + ". Hollow: a window that was not used.",
        alt=f"{result.performance_name} and {ours.name} over time.",
    )


def _forest(result: AlignmentResult, key: str) -> Any:
    def make(width: float) -> list[Any]:
        left = float(np.clip(5.6 * max(len(r.name) for r in result.rows) + 14, 60, 0.48 * width))
        ax = style.stack(width, [max(48.0, 27.0 * len(result.rows))], left=left, bottom=40)[1][0]
        return [pictures.plot_alignment(result, ax=ax)]

    dots = " Small dots: single trainings." if any(len(r.seed_correlations) for r in result.rows) else ""
    return draw.figure(
        f"{key}-forest",
        make,
        width=420,
        span=5,
        title="Beside trivial courses",
        caption="Points are Pearson correlations with 95 % intervals; grey bars hold the middle 95 % of what "
        f"performances as slow reach by chance. Round and teal: the embedding; square and grey: trivial courses.{dots}",
        alt=result.verdict,
    )


def _rows(result: AlignmentResult, key: str) -> Table:
    about = any(r.about for r in result.rows)
    rows: list[tuple[Cell, ...]] = [
        (r.name, r.role, r.correlation, r.low, r.high, r.pvalue, r.null_low, r.null_high, *[r.about] * about)
        for r in result.rows
    ]
    columns = ("course", "role", "r", "low", "high", "p", "chance, low", "chance, high", *["what it is"] * about)
    return Table(caption="Correlations with performance", columns=columns, rows=tuple(rows), name=key)


def _windows(result: AlignmentResult, key: str) -> Table:
    columns: dict[str, list[Cell]] = {
        "window": list(range(1, len(result.bounds) + 1)),
        "start (s)": result.bounds[:, 0].tolist(),
        "stop (s)": result.bounds[:, 1].tolist(),
        "used": ["yes" if v else "no" for v in result.used],
        f"performance: {result.performance_name}": result.performance.tolist(),
    }
    columns |= {r.name: r.course.tolist() for r in result.rows}
    return Table(
        caption="Courses, window by window",
        columns=tuple(columns),
        rows=tuple(zip(*columns.values(), strict=True)),
        name=f"{key}_windows",
        folded=True,
    )
