"""How the model of a cohort learnt: what every stage of pre-training reached, and how it weighed its streams."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from interplay.plot import style
from interplay.plot.cohort import plot_stages
from interplay.report import draw, words
from interplay.report.parts import Cell, Figure, Section, Table
from interplay.represent.brain.results import BrainEmbedding, BrainModel, BrainReadout

#: What every stage hides, and tells from the rest.
STAGES = {
    "spatial": "regions hidden, told by the transformer over regions",
    "temporal": "moments hidden, told by the transformer over moments",
    "context": "samples hidden, told from their neighbours",
    "fusion": "regions hidden, told by the gathering vectors of all three",
    "structural": "edges hidden, told by the signed graph transformer",
}


def section_cohort_training(
    model: BrainModel,
    *,
    embedding: BrainEmbedding | None = None,
    heads: Sequence[BrainReadout] = (),
    notes: Sequence[str] = (),
    key: str = "training",
) -> Section:
    """Show how pre-training went.

    Parameters
    ----------
    model : BrainModel
    embedding : BrainEmbedding or None
    heads : sequence of BrainReadout
        Trainings on labels.
    notes : sequence of str
        What was chosen, and why.
    key : str

    Returns
    -------
    Section
    """
    count = sum(int(np.size(values)) for values in model.parameters.values())
    reads = " and ".join(
        name for name, has in (("function", model.has_function), ("structure", model.has_structure)) if has
    )
    rows: list[tuple[Cell, ...]] = []
    for stage, parts in model.loss.items():
        kept = model.best_epoch[stage]
        held = parts.get("held_out")
        rows.append(
            (
                stage,
                STAGES.get(stage, ""),
                len(parts["loss"]),
                kept + 1,
                float(parts["loss"][0]),
                float(parts["loss"][kept]),
                float("nan") if held is None else float(held[kept]),
            )
        )
    columns = ("stage", "what it learns", "passes", "kept", "loss at first", "loss, kept", "watched scans, kept")
    tables = [
        Table(
            caption="Stages of pre-training",
            columns=columns,
            rows=tuple(rows),
            name="stages_of_training",
            note="Mean squared error of what was hidden, in scaled units; telling nothing gives about the variance.",
        )
    ]
    if heads:
        tables.append(_heads_table(heads))
    return Section(
        key=key,
        title="How the model learnt",
        text=(
            f"BrainSymphony with {words.number(count)} parameters reads {reads} of "
            f"{words.plural(len(model.regions), 'region')}, {words.plural(model.times, 'sample')} at once. It was "
            f"pre-trained on the scans of {words.plural(len(model.trained_on), 'subject')} without any covariate: "
            "stage after stage a part of each scan is hidden and told from the rest, and only what was hidden counts.",
            *_gate(embedding),
        ),
        figures=(_curves(model, key),),
        tables=tuple(tables),
        notes=tuple(dict.fromkeys([*notes, *model.notes])),
    )


def _gate(embedding: BrainEmbedding | None) -> tuple[str, ...]:
    if embedding is None or embedding.gate is None:
        return ()
    share = float(np.nanmean(embedding.gate))
    return (
        f"Before it learns from labels, the gate gives function a share of {words.score(share)} on average: nothing "
        "has told it yet which of the two to trust.",
    )


def _curves(model: BrainModel, key: str) -> Figure:
    courses = {
        stage: (parts["loss"], parts.get("held_out"), model.best_epoch[stage]) for stage, parts in model.loss.items()
    }

    def make(width: float) -> list[Any]:
        columns = min(len(courses), 5 if width > 800 else 2)
        lines = -(-len(courses) // columns)
        left, gap, head, foot, tall = 46.0, 44.0, 26.0, 40.0, 120.0
        height = lines * (head + tall + foot)
        figure = style.new_figure(width, height)
        wide = (width - left - 14 - gap * (columns - 1)) / columns
        drawn = []
        for k, (stage, course) in enumerate(courses.items()):
            x = left + (k % columns) * (wide + gap)
            y = height - (k // columns) * (head + tall + foot) - head - tall
            ax = figure.add_axes((x / width, y / height, wide / width, tall / height))
            plot_stages(*course, ax=ax)
            ax.set_title(stage, loc="left", fontsize=style.SMALL, color=style.INK, pad=6)
            drawn.append(ax)
        return drawn

    return draw.figure(
        f"{key}-curves",
        make,
        width=980,
        narrow=True,
        title="Learning curves",
        caption="Error of what was hidden, pass by pass: teal on the training scans, grey on the watched ones; a ring "
        "marks the pass that was kept. The scales of the panels differ.",
        alt="Learning curves of the stages of pre-training.",
    )


def _heads_table(heads: Sequence[BrainReadout]) -> Table:
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            head.target,
            "everything" if head.depth == "full" else "gate and head",
            "pre-trained" if head.pretrained else "random",
            head.modality,
            len(next(iter(head.loss.values()), ())),
            head.best_epoch + 1,
        )
        for head in heads
    )
    return Table(
        caption="Trainings on labels",
        columns=("covariate", "what learns", "begins", "reads", "passes", "kept"),
        rows=rows,
        name="trainings_on_labels",
        folded=True,
    )
