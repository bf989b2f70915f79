"""What was planted and what was found again."""

from __future__ import annotations

from typing import Any

import numpy as np

from interplay.plot import style
from interplay.report import draw, words
from interplay.report.parts import Cell, Section, Table, Tile
from interplay.report.recovery import Recovery
from interplay.report.sections.summary import recovery_sentence


def section_recovery(recovery: Recovery) -> Section:
    """Show edges, signs and change times against a known truth.

    Parameters
    ----------
    recovery : Recovery

    Returns
    -------
    Section
    """
    tiles = [Tile(value=words.score(recovery.edge_auc), label="AUC of edges", note="0.5 is chance")]
    tiles += [
        Tile(value=words.score(v), label=f"AUC of {k}", note="baseline") for k, v in recovery.baseline_auc.items()
    ]
    if recovery.sign_accuracy is not None:
        tiles.append(Tile(value=f"{100 * recovery.sign_accuracy:.0f} %", label="signs right", note="of true edges"))
    errors = recovery.change_errors()
    rows: list[tuple[Cell, ...]] = []
    for t, error in zip(np.asarray(recovery.true_changes_s).tolist(), errors.tolist(), strict=True):
        good = "" if recovery.tolerance_s is None else "yes" if error <= recovery.tolerance_s else "no"
        rows.append((t, error if np.isfinite(error) else None, good))
    if len(errors) and np.isfinite(errors).all():
        tiles.append(
            Tile(value=f"{words.seconds(round(float(errors.max()), 1))} s", label="largest error of a change time")
        )
    tables = []
    if rows:
        within = "found" if recovery.tolerance_s is None else f"within {words.seconds(recovery.tolerance_s)} s"
        columns = ("true change (s)", "distance to the nearest found (s)", within)
        tables.append(Table(caption="True changes", columns=columns, rows=tuple(rows), name="true_changes"))
    figures = []
    if recovery.auc_per_window is not None and np.isfinite(recovery.auc_per_window).any():

        def make(width: float) -> list[Any]:
            ax = style.stack(width, [130], left=48)[1][0]
            values = np.asarray(recovery.auc_per_window)
            ax.axhline(0.5, color=style.FAINT, linewidth=1, dashes=(3, 2))
            ax.plot(np.arange(1, len(values) + 1), values, color=style.ACCENT, linewidth=1.4, marker="o", markersize=3)
            ax.set_xlim(0.5, len(values) + 0.5)
            ax.set_ylim(min(0.45, float(np.nanmin(values)) - 0.03), 1.02)
            style.dress(ax, x="window", y="AUC", grid=True)
            style.few_ticks(ax, "x", 6, whole=True)
            style.few_ticks(ax, "y", 4)
            return [ax]

        figures.append(
            draw.figure(
                "auc",
                make,
                width=700,
                narrow=True,
                axis="window",
                title="AUC of edges in every window",
                caption="Only windows inside one regime have a single truth. Dashed: chance.",
                alt="Area under the curve per window.",
            )
        )
    return Section(
        key="recovery",
        title="Recovery of the known truth",
        lead=(recovery_sentence(recovery),),
        tiles=tuple(tiles),
        figures=tuple(figures),
        tables=tuple(tables),
        notes=recovery.notes,
    )
