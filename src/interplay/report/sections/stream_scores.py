"""How well a stream was foretold: every model beside every baseline, under rules that let nothing leak."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplay.measures.recovery import roc_auc
from interplay.measures.stream_scores import STREAM_METRICS, StreamScores
from interplay.plot import style
from interplay.plot.stream_scores import plot_stream_course, plot_stream_scores, plot_stream_training
from interplay.report import draw, words
from interplay.report.parts import Cell, Figure, Section, Table
from interplay.report.stream_findings import MAIN, Difference, Standing, StreamFindings, label

#: How numbers are called on the page.
NAMES = {
    "mrr": "mean reciprocal rank",
    "ap": "average precision",
    "auc": "area under the ROC curve",
    "negative_ap": "average precision, negative events",
    "batch_ap": "AP, mean of batches",
    "batch_auc": "AUC, mean of batches",
    "f1": "F1",
    "f1_macro": "F1, both classes",
    "f1_weighted": "F1, weighted",
    "brier": "Brier score",
}
_SHORT = {
    "mrr": "MRR",
    "ap": "AP",
    "auc": "AUC",
    "negative_ap": "AP of negative",
    **{f"hits@{k}": f"hits@{k}" for k in (1, 3, 10)},
}
_KINDS = {
    "random": "from random destinations",
    "historical": "from pairs seen before",
    "inductive": "from pairs new at the test",
    "all": "from all destinations",
    "sign": "",
}
#: Points of a course over the test.
_POINTS = 40


def section_stream_scores(findings: StreamFindings, *, key: str = "foretelling") -> Section:
    """Show how well links or signs of a stream were foretold.

    Parameters
    ----------
    findings : StreamFindings
    key : str
        Unique on the page.

    Returns
    -------
    Section
    """
    figures = [_scores_figure(findings, key), _course_figure(findings, key)]
    if findings.trained:
        figures.append(_training_figure(findings, key))
    return Section(
        key=key,
        title="Foretelling signs" if findings.aim == "sign" else "Foretelling events",
        lead=stream_sentences(findings),
        text=(_question(findings), _rules(findings), _reading(findings)),
        figures=tuple(figures),
        tables=(_main_table(findings, key), *_part_tables(findings, key), _every_table(findings, key)),
        notes=(*findings.notes, *findings.comparison.notes, *_pool_notes(findings), *_training_notes(findings)),
    )


def stream_sentences(findings: StreamFindings) -> tuple[str, ...]:
    """Say who foretold best, and by how much.

    Parameters
    ----------
    findings : StreamFindings

    Returns
    -------
    tuple of str
    """
    main = MAIN[findings.aim][0]
    out = []
    for kind in findings.kinds:
        best = next((s for s in findings.standings(kind, main) if np.isfinite(s.value)), None)
        if best is None:
            continue
        what = "Signs were told" if findings.aim == "sign" else "Events were told"
        where = f" {_KINDS[kind]}" if _KINDS.get(kind) else ""
        said = f"{what}{where} best by {best.name}: {NAMES[main]} {words.interval(best.value, best.low, best.high)}."
        gap = next((d for d in findings.differences if d.kind == kind), None)
        out.append(f"{said} {_gap(gap)}" if gap is not None else said)
    if not findings.models:
        out.append("No model was trained: these are the baselines that one would have to beat.")
    return tuple(out)


def stream_summary(findings: StreamFindings) -> str:
    """Say in one sentence who foretold best.

    Parameters
    ----------
    findings : StreamFindings

    Returns
    -------
    str
    """
    main = MAIN[findings.aim][0]
    told = []
    for kind in findings.kinds:
        ranked = [s for s in findings.standings(kind, main) if np.isfinite(s.value)]
        if not ranked:
            continue
        where = f"{_KINDS[kind]} " if _KINDS.get(kind) else ""
        other = next((s for s in ranked if s.role != ranked[0].role), None)
        beside = "" if other is None else f" (best {other.role}: {other.name}, {words.score(other.value)})"
        told.append(f"{where}by {ranked[0].name} with {words.score(ranked[0].value)}{beside}")
    what = "The signs of the last events" if findings.aim == "sign" else "The last events"
    if not told:
        return f"{what} could not be told."
    return f"{what} were told best ({NAMES[main]}) {words.listing(told)}."


def _gap(gap: Difference) -> str:
    beat = "beats" if gap.low > 0 else "falls short of" if gap.high < 0 else "cannot be told from"
    return (
        f"The best model ({label(gap.model)}) {beat} the best baseline ({label(gap.baseline)}): difference "
        f"{words.interval(gap.value, gap.low, gap.high)}."
    )


def _question(findings: StreamFindings) -> str:
    c = findings.comparison
    told = words.plural(c.stop - c.start, "event")
    if findings.aim == "sign":
        scores = next(iter(next(iter(c.scores.values())).values()))
        share = float(np.mean(~scores.positive)) if len(scores.positive) else float("nan")
        return (
            f"Of each of the last {told} the sign was to be told from all that came before; "
            f"{words.number(100 * share)} % of them are negative, which "
            "is what the average precision of the negative class is by chance."
        )
    return (
        f"Each of the last {told} was to be told from pairs that did not meet at its time: from destinations drawn at "
        "random (random), from pairs that met in training but not then (historical), and from pairs that meet only "
        "after training, but not then (inductive). Random ones are told by whoever remembers who met; the others are "
        "what shows a model."
    )


def _rules(findings: StreamFindings) -> str:
    c = findings.comparison
    ties = f" ({words.number(100 * c.tie_share)} % of events share their time with another)" if c.tie_share else ""
    watched = words.number(c.start - c.train_stop)
    same = (
        "All models and baselines were asked for the same events."
        if findings.aim == "sign"
        else "No negative is a true partner at that time, and all models and baselines were asked for the same ones."
    )
    return (
        f"Nothing leaks: the list was cut by time, never through events of one time{ties}; models learnt from the "
        f"first {words.plural(c.train_stop, 'event')}, were stopped by the next {watched}, and never saw the rest. In "
        "the test each batch was scored whole before any of it was written, so that every score rests on strictly "
        f"earlier times; no settings were chosen there. {same}"
    )


def _reading(findings: StreamFindings) -> str:
    several = any(findings.repeats.values())
    rank = "" if findings.aim == "sign" else " Ranks of equal scores are averaged."
    starts = (
        " Values of models are means over random starts (small dots), their intervals means of those of the starts."
        if several
        else ""
    )
    spread = "Intervals are 95 % bootstrap intervals over batches: the spread of the test, not of the training."
    return f"{spread}{starts}{rank}"


def _rows(standings: list[Standing]) -> list[tuple[str, bool, float, float, float, tuple[float, ...]]]:
    return [(s.name, s.role == "model", s.value, s.low, s.high, s.starts) for s in standings]


def _panels(findings: StreamFindings) -> list[tuple[str, str, list[Standing]]]:
    """List (metric, kind, lines) of the panels; lines stand in the order of the first one."""
    main, second = MAIN[findings.aim]
    pairs = [(m, "sign") for m in (main, second)] if findings.aim == "sign" else [(main, k) for k in findings.kinds]
    order = [s.name for s in findings.standings(pairs[0][1], pairs[0][0])]
    return [
        (metric, kind, sorted(findings.standings(kind, metric), key=lambda s: order.index(s.name)))
        for metric, kind in pairs
    ]


def _scores_figure(findings: StreamFindings, key: str) -> Figure:
    panels = _panels(findings)
    lines = len(panels[0][2])
    longest = max((len(s.name) for s in panels[0][2]), default=8)

    def make(width: float) -> list[Any]:
        left = float(np.clip(5.8 * longest + 14, 70, 0.42 * width))
        tall, gap, title, foot = 24.0 * lines + 8, 22.0, 26.0, 40.0
        narrow = width < 500
        count = len(panels)
        height = (title + tall + foot) * count if narrow else title + tall + foot
        figure = style.new_figure(width, height)
        wide = width - left - 14 if narrow else (width - left - 14 - gap * (count - 1)) / count
        drawn = []
        for k, (metric, kind, standings) in enumerate(panels):
            x = left if narrow else left + k * (wide + gap)
            y = height - (title + tall) - (k * (title + tall + foot) if narrow else 0)
            ax = figure.add_axes((x / width, y / height, wide / width, tall / height))
            lots = chance(findings, metric, kind)
            plot_stream_scores(_rows(standings), axis=NAMES[metric], names=narrow or not k, chance=lots, ax=ax)
            style.few_ticks(ax, "x", 4)
            heading = _KINDS.get(kind, kind)
            if heading:
                ax.set_title(heading, loc="left", fontsize=style.SMALL, color=style.INK, pad=6)
            drawn.append(ax)
        return drawn

    return draw.figure(
        f"{key}-scores",
        make,
        width=980,
        narrow=True,
        title="Models and baselines",
        caption="Round and teal: models; square and grey: baselines, by the same questions. Lines are 95 % intervals "
        "over batches"
        + ("; small dots are single random starts." if any(findings.repeats.values()) else ".")
        + " The dashed line is chance. The scales of the panels differ.",
        alt=" ".join(stream_sentences(findings)),
    )


def chance(findings: StreamFindings, metric: str, kind: str) -> float:
    """Give what drawing lots would reach; NaN where that is not known.

    Parameters
    ----------
    findings : StreamFindings
    metric, kind : str

    Returns
    -------
    float
    """
    if metric in ("auc", "batch_auc"):
        return 0.5
    scores = next(iter(findings.comparison.scores.values()))[kind]
    if metric == "negative_ap":
        return float(np.mean(~scores.positive)) if len(scores.positive) else float("nan")
    others = getattr(findings.comparison.config, "n_negatives", None)
    if metric != "mrr" or kind == "all" or others is None:
        return float("nan")
    return float(np.mean(1.0 / np.arange(1, others + 2)))


def _shown(findings: StreamFindings) -> tuple[str, list[str]]:
    """Choose what is drawn over time: all models, and the three best baselines."""
    kind = "historical" if "historical" in findings.kinds else findings.kinds[0]
    metric = MAIN[findings.aim][0]
    order = [s.name for s in findings.standings(kind, metric)]
    baselines = sorted(findings.comparison.baselines, key=lambda b: order.index(label(b)))[:3]
    return kind, [*findings.models, *baselines]


def _course_figure(findings: StreamFindings, key: str) -> Figure:
    kind, names = _shown(findings)
    first = findings.all_starts(names[0], kind)[0] if names else None
    edges = np.empty(0) if first is None else _edges(first)
    courses = {label(n): np.mean([_course(s, edges) for s in findings.all_starts(n, kind)], axis=0) for n in names}
    middle = (edges[1:] + edges[:-1]) / 2 + findings.comparison.start if len(edges) > 1 else np.empty(0)

    def make(width: float) -> list[Any]:
        columns = 6 if width > 500 else 2
        lines = -(-len(courses) // columns)
        ax = style.stack(width, [230], left=58, top=12 + 18 * lines, bottom=40)[1][0]
        plot_stream_course(
            middle, courses, models=[label(m) for m in findings.models], axis=NAMES[MAIN[findings.aim][0]],
            unit="event of the stream", ax=ax,
        )  # fmt: skip
        if width < 500:
            style.few_ticks(ax, "x", 4)
        style.quiet_legend(ax, right=False, columns=columns)
        return [ax]

    whole = not findings.trained
    against = f", {_KINDS[kind]}" if _KINDS.get(kind) else ""
    return draw.figure(
        f"{key}-course",
        make,
        width=980 if whole else 560,
        narrow=True,
        span=12 if whole else 7,
        title="As the test goes on",
        caption=f"Means over stretches of the test{against}. Models in colour, the best three baselines in grey: a "
        "model that no longer fits what happens falls behind.",
        alt="How well each did over the course of the test.",
    )


def _edges(scores: StreamScores) -> NDArray[np.float64]:
    """Cut the test into stretches of equally many batches."""
    starts = np.append(scores.batch_start, len(scores.event))
    picks = np.unique(np.linspace(0, len(starts) - 1, min(_POINTS, len(starts) - 1) + 1).round().astype(int))
    return np.asarray(starts[picks], dtype=np.float64)


def _course(scores: StreamScores, edges: NDArray[np.float64]) -> NDArray[np.float64]:
    out = np.full(max(len(edges) - 1, 0), np.nan)
    for k, (a, b) in enumerate(zip(edges[:-1].astype(int), edges[1:].astype(int), strict=True)):
        if scores.aim == "sign":
            truth = scores.positive[a:b]
            if truth.any() and not truth.all():
                out[k] = roc_auc(truth, scores.score[a:b])
        elif np.isfinite(scores.rank[a:b]).any():
            out[k] = float(np.nanmean(1.0 / scores.rank[a:b]))
    return out


def _training_figure(findings: StreamFindings, key: str) -> Figure:
    courses = {
        label(name): [(1.0 - np.asarray(r.loss["held_out"]), r.best_epoch) for r in results if "held_out" in r.loss]
        for name, results in findings.trained.items()
    }
    metric = "area under the ROC curve" if findings.aim == "sign" else "average precision"

    def make(width: float) -> list[Any]:
        ax = style.stack(width, [230], left=58, top=30, bottom=40)[1][0]
        plot_stream_training(courses, axis=f"{metric}, validation", ax=ax)
        style.quiet_legend(ax, right=False)
        return [ax]

    return draw.figure(
        f"{key}-training",
        make,
        width=400,
        narrow=True,
        span=5,
        title="Learning curves",
        caption="On the validation events, after each pass; a ring marks the pass that was kept."
        + (" Against one random negative each." if findings.aim == "link" else ""),
        alt="Learning curves of the trained models.",
    )


def _main_table(findings: StreamFindings, key: str) -> Table:
    main, second = MAIN[findings.aim]
    also = ["auc", "hits@10"] if findings.aim == "link" else ["f1_macro", "brier"]
    several = any(findings.repeats.values())
    rows: list[tuple[Cell, ...]] = []
    for kind in findings.kinds:
        for s in findings.standings(kind, main):
            name = next(n for n in findings.comparison.scores if label(n) == s.name)
            rest = [findings.standing(name, kind, m).value for m in (second, *also)]
            tail = [len(s.starts), s.spread] if several else []
            kinds = [] if findings.aim == "sign" else [kind]
            rows.append((s.name, s.role, *kinds, s.value, s.low, s.high, *rest, *tail))
    columns = (
        "who",
        "role",
        *([] if findings.aim == "sign" else ["negatives"]),
        _short(main),
        "low",
        "high",
        *map(_short, (second, *also)),
        *(["random starts", "spread over them"] if several else []),
    )
    return Table(caption="Scores, the best first", columns=columns, rows=tuple(rows), name=f"{key}-scores")


def _part_tables(findings: StreamFindings, key: str) -> tuple[Table, ...]:
    """Tell events between nodes known from training from the others."""
    main = MAIN[findings.aim][0]
    scores = next(iter(next(iter(findings.comparison.scores.values())).values()))
    known = int(scores.known.sum())
    if not 0 < known < len(scores.known):
        return ()
    rows: list[tuple[Cell, ...]] = []
    for kind in findings.kinds:
        for s in findings.standings(kind, main):
            name = next(n for n in findings.comparison.scores if label(n) == s.name)
            parts = [findings.standing(name, kind, main, part=p).value for p in ("transductive", "inductive")]
            rows.append((s.name, s.role, *([] if findings.aim == "sign" else [kind]), *parts))
    kinds = [] if findings.aim == "sign" else ["negatives"]
    return (
        Table(
            caption=f"{words.title(NAMES[main])} of known and of new nodes",
            columns=("who", "role", *kinds, "both nodes known", "a node is new"),
            rows=tuple(rows),
            name=f"{key}-known",
            folded=True,
            note=f"{words.number(known)} events join two nodes that occur in training, "
            f"{words.number(len(scores.known) - known)} touch one that does not.",
        ),
    )


def _every_table(findings: StreamFindings, key: str) -> Table:
    columns = findings.comparison.to_columns()
    names = tuple(columns)
    rows = [tuple(_plain(columns[name][k]) for name in names) for k in range(len(columns[names[0]]))]
    about = "; ".join(
        f"{_short(n)}: {m.definition[0].lower()}{m.definition[1:]} (higher is {m.higher})"
        for n, m in STREAM_METRICS.items()
        if n in names
    )
    return Table(
        caption="All numbers, first random start",
        columns=names,
        rows=tuple(rows),
        name=f"{key}-all",
        folded=True,
        note=f"{about}.",
    )


def _plain(value: Any) -> Cell:
    plain = value.item() if isinstance(value, np.generic) else value
    return ("yes" if plain else "no") if isinstance(plain, bool) else plain


def _short(metric: str) -> str:
    return _SHORT.get(metric, NAMES.get(metric, metric))


def _pool_notes(findings: StreamFindings) -> list[str]:
    """Say once what every score says of the negatives."""
    kinds = next(iter(findings.comparison.scores.values()), {})
    return list(dict.fromkeys(note for scores in kinds.values() for note in scores.notes))


def _training_notes(findings: StreamFindings) -> list[str]:
    out = []
    for name, results in findings.trained.items():
        for k, r in enumerate(results):
            start = f", start {k + 1}" if len(results) > 1 else ""
            passes = len(next(iter(r.loss.values()), ()))
            ended = "nothing improved any more" if r.converged else "the last pass allowed"
            out.append(f"{label(name)}{start}: trained for {words.plural(passes, 'pass', 'passes')}, until {ended}.")
            out += [f"{label(name)}{start}: {note}" for note in r.notes]
    return out
