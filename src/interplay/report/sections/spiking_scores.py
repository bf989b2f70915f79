"""How right and how rightly sure spiking networks are, beside everything simpler."""

from __future__ import annotations

from typing import Any

import numpy as np

from interplay.plot import style
from interplay.plot.cohort import plot_cohort_scores
from interplay.plot.spiking import NET_COLOURS, plot_reliability, plot_risk_coverage
from interplay.report import draw, words
from interplay.report.parts import Cell, Figure, Section, Table
from interplay.report.spiking_findings import SpikingFindings, SpikingScore


def section_spiking_scores(found: SpikingFindings, *, key: str = "scores") -> Section:
    """Show the accuracy of a network beside its baselines, each with its interval.

    Parameters
    ----------
    found : SpikingFindings
    key : str
        Unique on the page.

    Returns
    -------
    Section
    """
    return Section(
        key=key,
        title="How often it is right",
        lead=accuracy_sentences(found),
        text=(_protocol(found),),
        figures=(_forest(found, key),),
        tables=(_table(found, key),),
    )


def accuracy_sentences(found: SpikingFindings) -> tuple[str, ...]:
    """Say how often the network is right, and whether that is more than the baseline chosen beforehand.

    Parameters
    ----------
    found : SpikingFindings

    Returns
    -------
    tuple of str
    """
    mine = found.named(found.compared[0])
    said = f"{words.title(mine.name)}: {_percent(mine)} of the samples are told rightly"
    if not found.compared[1]:
        none = (
            "No baseline to compare with was chosen in training" if found.of("baseline") else "No baseline was trained"
        )
        return (f"{said}. {none}.",)
    other = found.named(found.compared[1])
    value, low, high = found.difference
    if not np.isfinite(low):
        gap = f"a difference of {_signed(value)} points, with too few samples for an interval"
    else:
        gap = f"a difference of {_signed(value)} points [{_signed(low)}, {_signed(high)}]"
        gap += ", which cannot be told from none" if low <= 0 <= high else ""
    first = f"{said}; {other.name}, the baseline that was best on watched samples, tells {_percent(other)}: {gap}."
    return (first, *_hindsight(found, other), *_drawn_sentence(found))


def _hindsight(found: SpikingFindings, other: SpikingScore) -> tuple[str, ...]:
    """Name a baseline that did better on the judged samples than the one that was chosen, so that none is hidden."""
    best = max(found.of("baseline"), key=lambda row: row.scores.accuracy[0], default=other)
    if best.scores.accuracy[0] <= other.scores.accuracy[0]:
        return ()
    return (f"Looking back, {best.name} was the best baseline on the judged samples: {_percent(best)}.",)


def _drawn_sentence(found: SpikingFindings) -> tuple[str, ...]:
    rows = {row.draws: row for row in found.of("model") if row.draws is not None}
    if 1 not in rows or len(rows) < 3:
        return ()
    most = rows[max(rows)]
    return (
        f"One draw of weights and spikes is right on {_percent(rows[1])}, the mean of {max(rows)} draws on "
        f"{_percent(most)}, the network without noise on {_percent(rows[0])}.",
    )


def _percent(row: SpikingScore) -> str:
    value, low, high = row.scores.accuracy
    ends = f" [{100 * low:.1f}, {100 * high:.1f}]" if np.isfinite(low) else ""
    return f"{100 * value:.1f} %{ends}"


def _signed(value: float) -> str:
    return f"{100 * value:+.1f}".replace("-", words.MINUS)


def _protocol(found: SpikingFindings) -> str:
    intervals = (
        f"Intervals are 95 %, from {words.plural(found.n_groups, 'group')} (speakers, subjects) drawn anew"
        if found.n_groups > 1
        else "Intervals of accuracies are 95 % Wilson intervals, samples taken as independent; of likelihoods, samples "
        "drawn anew"
    )
    few = " Intervals from fewer than ten groups are too narrow." if 1 < found.n_groups < 10 else ""
    if not found.n_train:
        return f"Judged on {words.plural(found.n_test, 'sample')} that nothing was learnt from. {intervals}.{few}"
    whole = " Whole groups were kept on one side." if found.by_group else ""
    return (
        f"Learnt from {words.plural(found.n_train, 'sample')}, watched {words.number(found.n_watched)}, judged on "
        f"{words.number(found.n_test)} others.{whole} {intervals}.{few} The baseline to compare with was "
        "chosen by the watched samples."
    )


def _forest(found: SpikingFindings, key: str) -> Figure:
    rows = []
    for row in found.scores:
        value, low, high = (100 * v for v in row.scores.accuracy)
        rows.append((row.name, str(row.role), value, low, high))
    longest = max(len(r[0]) for r in rows)

    def make(width: float) -> list[Any]:
        left = float(np.clip(5.7 * longest + 14, 70, 0.5 * width))
        ax = style.stack(width, [max(60.0, 24.0 * len(rows))], left=left, bottom=40)[1][0]
        plot_cohort_scores(rows, axis="samples told rightly, %", zero=100 / max(len(found.classes), 1), ax=ax)
        if width < 500:
            style.few_ticks(ax, "x", 3)
        return [ax]

    return draw.figure(
        f"{key}-forest",
        make,
        width=900,
        narrow=True,
        title="Accuracy",
        caption="Round and teal: the network; square and grey: its baselines; pale: without looking. Lines are 95 % "
        "intervals, the dashed line is one in as many as there are classes.",
        alt=" ".join(accuracy_sentences(found)),
    )


def _table(found: SpikingFindings, key: str) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (row.name, row.role, *(100 * v for v in row.scores.accuracy), row.about) for row in found.scores
    ]
    columns = ("way", "role", "accuracy, %", "low", "high", "what it is")
    return Table(caption="Accuracy", columns=columns, rows=tuple(rows), name=key)


def section_spiking_calibration(found: SpikingFindings, *, key: str = "calibration") -> Section:
    """Show whether the probabilities are right: reliability diagrams, likelihood, calibration error, risk.

    Parameters
    ----------
    found : SpikingFindings
    key : str

    Returns
    -------
    Section
    """
    return Section(
        key=key,
        title="Whether it is rightly sure",
        lead=calibration_sentences(found),
        text=(
            "A network that says 80 % should be right on 80 of 100 such samples: on the diagonal. Below it, it is too "
            "sure. The calibration error is the mean gap; on finitely many samples it is never 0, so beside it stands "
            "what right probabilities would show on as many samples (mean and 95th percentile). Likelihood and Brier "
            "score judge all classes, and cannot be made small by saying the same of every sample.",
        ),
        figures=(_diagrams(found, key), _risk(found, key)),
        tables=(_calibration_table(found, key),),
    )


def calibration_sentences(found: SpikingFindings) -> tuple[str, ...]:
    """Say what draws change in likelihood and calibration, and whether the error is more than chance.

    Parameters
    ----------
    found : SpikingFindings

    Returns
    -------
    tuple of str
    """
    mine = found.named(found.compared[0])
    scores = mine.scores
    limit = scores.ece_if_calibrated[1]
    over = scores.ece > limit
    verdict = (
        f"more than the {words.number(limit)} that right probabilities stay below 95 times in 100"
        if over
        else f"within what right probabilities show on as many samples (up to {words.number(limit)})"
    )
    out = [
        f"{words.title(mine.name)}: negative log-likelihood {_triple(scores.nll)} nats; calibration error "
        f"{words.number(scores.ece)}, {verdict}."
    ]
    nets = [row for row in found.of("baseline") if row.name in found.energy]
    if nets:
        other = max(nets, key=lambda row: row.scores.accuracy[0])
        out.append(
            f"The baseline network that is right most often ({other.name}): {_triple(other.scores.nll)} nats, "
            f"calibration error {words.number(other.scores.ece)}."
        )
    return tuple(out)


def _triple(values: tuple[float, float, float]) -> str:
    if not np.isfinite(values[0]):
        return "infinite"
    return words.interval(*values) if np.isfinite(values[1]) else words.score(values[0])


def _shown(found: SpikingFindings) -> list[tuple[SpikingScore, str]]:
    """Give the rows that are drawn: the network at 1 draw and at the most, and the surrogate-gradient baseline."""
    rows = [row for row in found.of("model") if row.draws is None or row.draws > 0]
    out = [(row, style.ACCENT) for row in rows]
    nets = [row for row in found.of("baseline") if row.name in found.energy]
    return out + [(row, colour) for row, colour in zip(nets[:1], NET_COLOURS[1:], strict=False)]


def _diagrams(found: SpikingFindings, key: str) -> Figure:
    shown = _shown(found)

    def make(width: float) -> list[Any]:
        columns = len(shown) if width > 500 else 1
        left, gap, head, foot = 50.0, 46.0, 26.0, 40.0
        wide = min((width - left - 14 - gap * (columns - 1)) / columns, 270.0)
        lines = -(-len(shown) // columns)
        tall = wide if width > 500 else min(wide, 220.0)
        height = lines * (head + tall + foot)
        figure = style.new_figure(width, height)
        drawn = []
        for k, (row, colour) in enumerate(shown):
            x = left + (k % columns) * (wide + gap)
            y = height - (k // columns) * (head + tall + foot) - head - tall
            ax = figure.add_axes((x / width, y / height, wide / width, tall / height))
            plot_reliability(row.scores.reliability, colour=colour, ax=ax)
            ax.set_title(row.name, loc="left", fontsize=style.SMALL, color=style.INK, pad=6)
            drawn.append(ax)
        return drawn

    return draw.figure(
        f"{key}-reliability",
        make,
        width=980,
        narrow=True,
        title="Said and right",
        caption="One point per bin of what was said, 15 of equal width, larger with more samples; upright lines are "
        "95 % Wilson intervals of the share that is right. Bars below: samples per bin.",
        alt=" ".join(calibration_sentences(found)),
    )


def _risk(found: SpikingFindings, key: str) -> Figure:
    nets = [row for row in found.of("baseline") if row.name in found.energy]
    mine = found.named(found.compared[0])
    rows = [(mine, style.ACCENT), *zip(nets, NET_COLOURS[1:], strict=False)]
    curves = [(row.name, row.scores.risk_coverage, colour) for row, colour in rows]

    def make(width: float) -> list[Any]:
        narrow = width < 500
        top = 16.0 + (18.0 * len(curves) if narrow else 22.0 * -(-len(curves) // 2))
        ax = style.stack(width, [220], left=52, top=top, bottom=40)[1][0]
        plot_risk_coverage(curves, ax=ax)
        style.quiet_legend(ax, right=False, columns=1 if narrow else 2)
        return [ax]

    return draw.figure(
        f"{key}-risk",
        make,
        width=620,
        narrow=True,
        span=8,
        title="What is gained by not answering",
        caption="Share of wrong answers where only the surest samples are answered. A network that knows when it is "
        "wrong starts low and rises late; at the right end stands 1 \N{MINUS SIGN} accuracy.",
        alt="Risk and coverage of the networks.",
    )


def _calibration_table(found: SpikingFindings, key: str) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (
            row.name,
            *row.scores.nll,
            row.scores.brier[0],
            row.scores.ece,
            row.scores.adaptive_ece,
            *row.scores.ece_if_calibrated,
            row.scores.risk_coverage.area,
        )
        for row in found.scores
    ]
    columns = (
        "way", "NLL, nats", "low", "high", "Brier", "ECE", "ECE, equal counts", "if right", "95 %", "risk",
    )  # fmt: skip
    return Table(
        caption="Likelihood and calibration",
        columns=columns,
        rows=tuple(rows),
        name=key,
        note="Lower is better in every column. NLL: negative log-likelihood, infinite where a true class was given "
        "probability 0. ECE: calibration error over bins of equal width, then of equal counts; beside it what it would "
        "be if the probabilities were right, mean and 95th percentile. Risk: area under the curve above.",
    )
