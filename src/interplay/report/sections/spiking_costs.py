"""Whether spiking networks know what is foreign to them, and what an answer costs."""

from __future__ import annotations

from typing import Any

import numpy as np

from interplay.measures.operation_costs import SpikeEnergy
from interplay.plot import style
from interplay.plot.spiking import plot_detection, plot_operations
from interplay.report import draw, words
from interplay.report.parts import Cell, Figure, Section, Table
from interplay.report.spiking_findings import SpikingFindings


def section_spiking_foreign(found: SpikingFindings, *, key: str = "foreign") -> Section:
    """Show how well doubt tells foreign samples from those of the task.

    Parameters
    ----------
    found : SpikingFindings
    key : str

    Returns
    -------
    Section
    """
    kinds = " ".join(f"{words.title(kind)}: {about}" for kind, about in found.foreign.items())
    return Section(
        key=key,
        title="Whether it knows what is foreign",
        lead=foreign_sentences(found),
        text=(
            f"{kinds} No network has learnt to doubt: it is asked how unsure it is, and that number is read as a test. "
            "0.5 is chance; below it a network is surer of foreign samples than of its own. Entropy: of the mean over "
            "draws; disagreement is the part of it that comes from draws that contradict each other.",
        ),
        figures=(_detection(found, key),) if found.detected else (),
        tables=(_foreign_table(found, key),) if found.detected else (),
    )


def foreign_sentences(found: SpikingFindings) -> tuple[str, ...]:
    """Say for every kind of foreign samples how well the network at the most draws tells it.

    Parameters
    ----------
    found : SpikingFindings

    Returns
    -------
    tuple of str
    """
    parts = []
    for kind in found.foreign:
        rows = [row for row in found.detected if row.kind == kind and row.name == found.compared[0]]
        if rows:
            best = max(rows, key=lambda row: row.detection.auroc)
            parts.append(f"{kind} {words.score(best.detection.auroc)} (by {best.doubt})")
    if not parts:
        return ()
    return (f"Area under the ROC curve of foreign against own samples, {found.compared[0]}: {words.listing(parts)}.",)


def _detection(found: SpikingFindings, key: str) -> Figure:
    kinds = [kind for kind in found.foreign if any(row.kind == kind for row in found.detected)]
    names = list(dict.fromkeys(row.name for row in found.detected))
    low = min(0.45, min(row.detection.auroc for row in found.detected) - 0.03)

    def rows_of(kind: str) -> list[tuple[str, list[tuple[str, float]]]]:
        told = [row for row in found.detected if row.kind == kind]
        return [(name, [(r.doubt, r.detection.auroc) for r in told if r.name == name]) for name in names]

    def make(width: float) -> list[Any]:
        beside = width > 500
        left = float(np.clip(5.7 * max(map(len, names)) + 14, 70, 0.5 * width))
        tall, head, foot, gap = max(60.0, 24.0 * len(names)), 24.0, 40.0, 22.0
        top = 26.0 if beside else 60.0
        lines = 1 if beside else len(kinds)
        height = top + lines * (head + tall + foot)
        figure = style.new_figure(width, height)
        wide = (width - left - 14 - gap * (len(kinds) - 1)) / len(kinds) if beside else width - left - 14
        panels = []
        for k, kind in enumerate(kinds):
            x = left + (k * (wide + gap) if beside else 0)
            y = height - top - head - tall - (0 if beside else k * (head + tall + foot))
            ax = figure.add_axes((x / width, y / height, wide / width, tall / height))
            plot_detection(rows_of(kind), ax=ax)
            ax.set_xlim(low, 1.02)
            style.few_ticks(ax, "x", 4 if beside else 3)
            ax.set_title(kind, loc="left", fontsize=style.SMALL, color=style.INK, pad=6)
            if beside and k:
                ax.set_yticklabels([])
            panels.append(ax)
        _doubts(panels[-1], width)
        return panels

    return draw.figure(
        f"{key}-auroc",
        make,
        width=980,
        narrow=True,
        title="Foreign against own samples",
        caption="Area under the ROC curve of each way of doubting, one panel per kind of foreign samples; 1 is best, "
        "the dashed line is chance.",
        alt=" ".join(foreign_sentences(found)),
    )


def _doubts(ax: Any, width: float) -> None:
    """Write what the marks are, once, above all panels."""
    legend = ax.get_figure().legend(
        *ax.get_legend_handles_labels(),
        loc="upper right",
        bbox_to_anchor=(1.0, 1.0),
        ncols=3 if width > 500 else 1,
        frameon=False,
        fontsize=style.SMALL - 0.5,
        borderpad=0.2,
        handlelength=1.2,
    )
    for text in legend.get_texts():
        text.set_color(style.MUTED)


def _foreign_table(found: SpikingFindings, key: str) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (
            row.kind,
            row.name,
            row.doubt,
            row.detection.auroc,
            row.detection.aupr_foreign,
            row.detection.aupr_own,
            row.detection.false_alarms,
            row.detection.n_own,
            row.detection.n_foreign,
        )
        for row in found.detected
    ]
    columns = (
        "foreign samples", "network", "doubt", "area under ROC", "precision, foreign", "precision, own",
        "own refused at 95 %", "own", "foreign",
    )  # fmt: skip
    return Table(
        caption="Foreign samples told from own",
        columns=columns,
        rows=tuple(rows),
        name=key,
        folded=True,
        note="Precision is the average precision where foreign (or own) samples are sought; by chance their share. Own "
        "refused: share of the task's samples that would be refused with 95 % of the foreign ones.",
    )


def section_spiking_energy(found: SpikingFindings, *, key: str = "energy") -> Section:
    """Show the operations of an answer, and the energy of their arithmetic.

    Parameters
    ----------
    found : SpikingFindings
    key : str

    Returns
    -------
    Section
    """
    first = next(iter(found.energy.values()))
    return Section(
        key=key,
        title="What an answer costs",
        lead=energy_sentences(found),
        text=(
            "Operations were counted, not estimated from rates: every spike times the connections that it drives, and "
            "every number that is not 0 times its connections where a layer reads numbers. Beside them: a network of "
            "analogue units of the same shape that computes every connection in every step. One product per layer is "
            "counted, as of a network whose weights are drawn once; drawn anew in each step, a posterior takes another "
            "one for the variance.",
            f"Energy is that of the arithmetic alone: {first.cost.accumulate_pj:g} pJ per addition and "
            f"{first.cost.multiply_accumulate_pj:g} pJ per product that is added up ({first.cost.about}). Reading "
            "weights and states from memory is left out, and costs more than all of this on most hardware; so are "
            "random numbers that draws need, and routing of spikes. The ratio says how much arithmetic spikes save, "
            "not what a chip draws. D draws cost D times as much.",
        ),
        figures=(_operations(found, first, key),),
        tables=(_energy_table(found, key), _layer_table(found, first, key)),
    )


def energy_sentences(found: SpikingFindings) -> tuple[str, ...]:
    """Say what one answer costs, beside analogue units.

    Parameters
    ----------
    found : SpikingFindings

    Returns
    -------
    tuple of str
    """
    energy = next(iter(found.energy.values()))
    one = float(energy.nanojoule.mean())
    mine = found.named(found.compared[0])
    many = mine.draws or 1
    times = f"{words.number(energy.ratio, 2)} times less" if energy.ratio >= 1 else (
        f"{words.number(1 / energy.ratio, 2)} times more"
    )  # fmt: skip
    out = (
        f"One answer from one draw takes {words.number(one)} nJ of arithmetic, {times} than analogue units of the same "
        f"shape ({words.number(energy.dense_nanojoule)} nJ)"
    )
    if many > 1:
        return (f"{out}; the mean of {many} draws takes {words.number(many * one)} nJ.",)
    return (f"{out}.",)


def _layers(energy: SpikeEnergy) -> list[tuple[str, float, float, float]]:
    return [
        (str(name), float(energy.accumulates[k].mean()), float(energy.multiplies[k].mean()), float(energy.dense[k]))
        for k, name in enumerate(energy.layers)
    ]


def _operations(found: SpikingFindings, energy: SpikeEnergy, key: str) -> Figure:
    layers = _layers(energy)
    if energy.updates:
        layers.append(("membranes", 0.0, energy.updates, 0.0))
    shown = layers if len(layers) <= 16 else [*layers[:8], *layers[-8:]]
    longest = max(len(row[0]) for row in shown)

    def make(width: float) -> list[Any]:
        left = float(np.clip(5.9 * longest + 14, 60, 0.4 * width))
        top = 34 if width > 500 else 62
        ax = style.stack(width, [max(70.0, 26.0 * len(shown))], left=left, top=top, bottom=40)[1][0]
        plot_operations(shown, ax=ax)
        style.quiet_legend(ax, right=False, columns=3 if width > 500 else 1)
        return [ax]

    return draw.figure(
        f"{key}-operations",
        make,
        width=620,
        narrow=True,
        span=8,
        title="Operations per layer",
        caption="Of one answer from one draw, mean sample; logarithmic axis. Full: what was counted; hollow: analogue "
        "units that run each step. Membranes have no analogue counterpart.",
        alt=" ".join(energy_sentences(found)),
    )


def _energy_table(found: SpikingFindings, key: str) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for name, energy in found.energy.items():
        scored = next((r for r in found.scores if r.name == name or r.name == f"{name}, 1 draw"), None)
        rows.append(
            (
                name,
                float("nan") if scored is None else 100 * scored.scores.accuracy[0],
                100 * float(np.mean(list(found.rates[name].values()))) if found.rates[name] else float("nan"),
                float(energy.accumulates.sum(axis=0).mean()),
                float(energy.multiplies.sum(axis=0).mean()) + energy.updates,
                float(energy.nanojoule.mean()),
                energy.dense_nanojoule,
                energy.ratio,
            )
        )
    columns = (
        "network, one draw", "accuracy, %", "units that fire per step, %", "additions", "products", "nJ",
        "nJ, analogue units", "ratio",
    )  # fmt: skip
    return Table(caption="Cost of one answer", columns=columns, rows=tuple(rows), name=key)


def _layer_table(found: SpikingFindings, energy: SpikeEnergy, key: str) -> Table:
    return Table(
        caption=f"Operations per layer, {next(iter(found.energy))}",
        columns=("layer of weights", "additions", "products", "products, analogue units"),
        rows=tuple(_layers(energy)),
        name=f"{key}-layers",
        folded=True,
    )
