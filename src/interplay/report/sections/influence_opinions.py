"""Opinions that meet: where they crowd together, with seeds and without."""

from __future__ import annotations

from typing import Any

import numpy as np

from interplay.influence.opinion_results import OpinionResult
from interplay.plot import style
from interplay.plot.opinions import plot_opinions
from interplay.report import draw, words
from interplay.report.parts import Cell, Figure, Section, Table
from interplay.report.sections import influence_words as say


def section_opinions(results: dict[str, OpinionResult], *, key: str = "opinions") -> Section:
    """Show where opinions go, for one choice of seeds or several side by side.

    Parameters
    ----------
    results : dict of name to OpinionResult
        Of the same people, model and seed.
    key : str
        Unique on the page.

    Returns
    -------
    Section
    """
    figures = [_figure(name, result, f"{key}-{k}", 6 if len(results) > 1 else 8)
               for k, (name, result) in enumerate(results.items(), 1)]  # fmt: skip
    rows: list[tuple[Cell, ...]] = []
    for name, result in results.items():
        final = result.final
        rows.append(
            (
                name,
                float(final.mean()) if final.size else None,
                float(final.std(axis=1).mean()) if final.size else None,
                float(np.mean(result.clusters)),
                float(np.mean(result.effective_clusters)),
                100 * float(np.mean(result.settled)),
            )
        )
    return Section(
        key=key,
        title="Where opinions go",
        text=opinion_sentences(results),
        figures=tuple(figures),
        tables=(
            Table(
                caption=f"Opinions {_when(results)}",
                columns=("seeds by", "mean", "spread", "camps", "camps, weighted by size", "runs settled (%)"),
                rows=tuple(rows),
                name="opinions",
                note="Means over runs. Camps: opinions that no gap of more than half the confidence divides, single "
                "nodes too; weighted by size, a camp of one counts for next to nothing.",
            ),
        ),
        notes=tuple(f"{name}: {note}" for name, result in results.items() for note in result.notes),
    )


def _figure(name: str, result: OpinionResult, key: str, span: int) -> Figure:
    def make(width: float) -> list[Any]:
        names = [str(result.groups[g]) for g in np.flatnonzero(result.group_sizes > 0)]
        count = len(names)
        columns = style.legend_columns(names, width - 60)
        lines = -(-count // columns) if count > 1 else 0
        panel = style.stack(width, [min(0.64 * width, 300.0)], left=46, right=14, top=12 + 18 * lines)[1][0]
        plot_opinions(result, ax=panel)
        if count > 1:
            style.quiet_legend(panel, right=False, columns=columns)
        return [panel]

    return draw.figure(
        key,
        make,
        width=470,
        narrow=True,
        span=span,
        title=f"Opinions: {name}",
        caption="The further from the colour of the page, the more hold an opinion (square root of the share, over all "
        "runs). Lines: mean opinion of every group.",
        alt=f"Opinions over the rounds, {name}.",
    )


def opinion_sentences(results: dict[str, OpinionResult]) -> tuple[str, ...]:
    """Say what counts as won, and how many camps are left.

    Parameters
    ----------
    results : dict of name to OpinionResult

    Returns
    -------
    tuple of str
    """
    first = next(iter(results.values()), None)
    if first is None or not first.final.size:
        return ("There is nobody to have an opinion.",)
    left = [float(np.mean(~r.settled)) for r in results.values()]
    moving = f"; in {say.percent(max(left), 0)} of the runs they still moved then" if max(left) > 0 else ""
    camps = [f"{words.number(float(np.mean(r.effective_clusters)), 2)} ({name})" for name, r in results.items()]
    return (
        f"Seeds hold the opinion {first.seed_opinion:g}; who ends at most {first.within:g} away from it counts as won, "
        "which the other chapters call reached.",
        f"Opinions are looked at {_when(results)}{moving}. Camps then, weighted by size, mean over runs: "
        f"{', '.join(camps)}.",
    )


def _when(results: dict[str, OpinionResult]) -> str:
    """Say when opinions are read off."""
    last = max((int(r.rounds[-1]) for r in results.values() if len(r.rounds)), default=0)
    moved = any(not r.settled.all() for r in results.values())
    return f"after {words.plural(last, 'round')}, or at rest if that is sooner" if moved else "at rest"
