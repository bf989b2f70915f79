"""What scans tell about a covariate: models first, always beside what needs no model."""

from __future__ import annotations

from typing import Any

import numpy as np

from interplay.plot import style
from interplay.plot.cohort import plot_cohort_scores, plot_foretold
from interplay.report import draw, words
from interplay.report.cohort_findings import METRICS, OF_KIND, CohortReadout, CohortScore
from interplay.report.parts import Cell, Figure, Section, Table

_COLUMN = {
    "r2": "R\N{SUPERSCRIPT TWO}",
    "rho": "Spearman",
    "mse": "squared error",
    "balanced": "balanced accuracy",
    "accuracy": "accuracy",
    "f1": "F1",
}


def section_cohort_readout(readout: CohortReadout, *, key: str = "readout") -> Section:
    """Show how well a covariate was told of subjects that were not learnt from.

    Parameters
    ----------
    readout : CohortReadout
    key : str
        Unique on the page.

    Returns
    -------
    Section
    """
    return Section(
        key=key,
        title=f"Read-out of {words.plain_name(readout.target)}",
        lead=readout_sentences(readout),
        text=(_protocol(readout), _reading(readout)),
        figures=(_forest(readout, key), *_foretold(readout, key)),
        tables=(_scores_table(readout, key), *_class_tables(readout, key)),
        notes=readout.notes,
    )


def readout_sentences(readout: CohortReadout) -> tuple[str, ...]:
    """Say whether a model tells more than the best baseline, and by how much.

    Parameters
    ----------
    readout : CohortReadout

    Returns
    -------
    tuple of str
    """
    name = words.title(readout.target)
    metric = METRICS[readout.main][0].split(",")[0]
    best = {role: readout.of(role) for role in ("model", "baseline")}
    if not best["baseline"]:
        return (f"{name} could not be read out.",)
    other = best["baseline"][0]
    if not best["model"]:
        return (f"{name} is told best by {_said(other, readout)} ({metric}). No model was asked for.",)
    mine = best["model"][0]
    value, low, high = readout.difference
    if low <= 0 <= high:
        gap = f"the difference, {words.interval(value, low, high)}, cannot be told from none"
    else:
        gap = f"{'better' if low > 0 else 'worse'} by {words.interval(value, low, high)}"
    if not np.isfinite(low):
        gap = f"the difference is {words.score(value)}, with too few subjects for an interval"
    return (
        f"{name}: the best way of the model ({mine.name}) reaches {_value(mine, readout)} ({metric}), the best "
        f"baseline ({other.name}) {_value(other, readout)}; {gap}.",
        *_help(readout),
    )


def _help(readout: CohortReadout) -> tuple[str, ...]:
    """Say what pre-training was good for."""
    rows = {row.name: row for row in readout.of("model")}
    if not {"fine-tuned", "from scratch"} <= set(rows):
        return ()
    mine, bare = (rows[name].value[readout.main] for name in ("fine-tuned", "from scratch"))
    if not (np.isfinite(mine) and np.isfinite(bare)):
        return ()
    return (f"Fine-tuned after pre-training it reaches {words.score(mine)}, trained from scratch {words.score(bare)}.",)


def _value(row: CohortScore, readout: CohortReadout) -> str:
    main = readout.main
    if not np.isfinite(row.low[main]):
        return words.score(row.value[main])
    return words.interval(row.value[main], row.low[main], row.high[main])


def _said(row: CohortScore, readout: CohortReadout) -> str:
    return f"{row.name}, {_value(row, readout)}"


def _protocol(readout: CohortReadout) -> str:
    watched = (
        f" and by {words.plural(readout.n_watched, 'further subject')} trainings were stopped"
        if readout.n_watched
        else ""
    )
    kind = (
        f"{words.plural(len(readout.classes), 'class', 'classes')} ({words.listing(readout.classes)})"
        if readout.classes
        else "a number"
    )
    return (
        f"{words.title(readout.target)} is {kind}. It was told of {words.plural(readout.n_labelled, 'subject')} to "
        f"learn from{watched}; the scores are of {words.plural(readout.n_tested, 'other subject')} "
        f"({words.plural(len(readout.truth), 'scan')}), whom nothing was learnt from. Linear read-outs learn from all "
        "that are told, and choose their penalty by folds of these subjects."
    )


def _reading(readout: CohortReadout) -> str:
    about = {
        "number": "R\N{SUPERSCRIPT TWO} is 1 at best and 0 for always saying the mean of the tested; the squared error "
        "is in variances of the labelled subjects, lower is better.",
        "class": "Balanced accuracy is the mean over classes of the share that is told rightly: 1 at best, and "
        f"{words.score(1 / max(len(readout.classes), 1))} by chance.",
    }[readout.kind]
    both = ""
    if np.isfinite(readout.difference[1]):
        both = (
            " The difference is of the best model and the best baseline on the same drawn subjects; both were chosen "
            "on these subjects, which favours the side with more ways."
        )
    return f"{about} Intervals are 95 % bootstrap intervals over subjects.{both}"


def _forest(readout: CohortReadout, key: str) -> Figure:
    main = readout.main
    rows = [(r.name, r.role, r.value[main], r.low[main], r.high[main]) for r in readout.rows]
    longest = max(len(r[0]) for r in rows)
    zero = 0.0 if readout.kind == "number" else 1 / max(len(readout.classes), 1)

    def make(width: float) -> list[Any]:
        left = float(np.clip(5.7 * longest + 14, 70, 0.48 * width))
        ax = style.stack(width, [max(60.0, 24.0 * len(rows))], left=left, bottom=40)[1][0]
        plot_cohort_scores(rows, axis=METRICS[main][0], zero=zero, ax=ax)
        if width < 500:
            style.few_ticks(ax, "x", 3)
        return [ax]

    return draw.figure(
        f"{key}-forest",
        make,
        width=600 if readout.kind == "number" else 900,
        narrow=True,
        span=7 if readout.kind == "number" else 12,
        title="Models and baselines",
        caption="Round and teal: from the model; square and grey: without one; pale: chance. Lines are 95 % intervals, "
        "the dashed line is knowing nothing.",
        alt=" ".join(readout_sentences(readout)),
    )


def _foretold(readout: CohortReadout, key: str) -> tuple[Figure, ...]:
    if readout.kind != "number":
        return ()
    shown = {}
    for role in ("model", "baseline"):
        rows = readout.of(role)
        if rows:
            shown[rows[0].name] = np.asarray(rows[0].predicted, dtype=np.float64)
    truth = np.asarray(readout.truth, dtype=np.float64)

    def make(width: float) -> list[Any]:
        ax = style.stack(width, [250], left=58, top=30 if width > 380 else 46, bottom=40)[1][0]
        plot_foretold(truth, shown, name=readout.target, ax=ax)
        style.quiet_legend(ax, right=False, columns=1 if width < 380 else 2)
        return [ax]

    return (
        draw.figure(
            f"{key}-foretold",
            make,
            width=400,
            narrow=True,
            span=5,
            title="Foretold and true",
            caption="One point per tested scan, of the best model and the best baseline; the dashed line is the truth.",
            alt=f"Foretold against true {readout.target}.",
        ),
    )


def _scores_table(readout: CohortReadout, key: str) -> Table:
    names = OF_KIND[readout.kind]
    rows: list[tuple[Cell, ...]] = [
        (
            r.name,
            r.role,
            r.value[names[0]],
            r.low[names[0]],
            r.high[names[0]],
            *(r.value[name] for name in names[1:]),
            r.about,
        )
        for r in readout.rows
    ]
    columns = ("way", "role", _COLUMN[names[0]], "low", "high", *(_COLUMN[n] for n in names[1:]), "what it reads")
    return Table(caption="Scores, the best of each kind first", columns=columns, rows=tuple(rows), name=key)


def _class_tables(readout: CohortReadout, key: str) -> tuple[Table, ...]:
    """Count true against foretold classes of the best model, or of the best baseline without one."""
    best = next((row for role in ("model", "baseline") for row in readout.of(role)), None)
    if readout.kind != "class" or best is None:
        return ()
    truth, told = np.asarray(readout.truth, dtype=str), np.asarray(best.predicted, dtype=str)
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (name, *(int(((truth == name) & (told == other)).sum()) for other in readout.classes))
        for name in readout.classes
    )
    return (
        Table(
            caption=f"True and foretold classes, {best.name}",
            columns=("true class", *(f"foretold {name}" for name in readout.classes)),
            rows=rows,
            name=f"{key}-classes",
            folded=True,
        ),
    )
