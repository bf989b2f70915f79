"""What the network tells about behaviour or condition, always beside what trivial numbers tell."""

from __future__ import annotations

from typing import Any

import numpy as np

from interplay.plot import readout as pictures
from interplay.plot import style
from interplay.report import draw, words
from interplay.report.parts import Cell, Section, Table
from interplay.report.sections.summary import metric_name, readout_sentence, short_target
from interplay.stats.results import ReadoutResult


def section_readout(result: ReadoutResult, *, key: str = "readout") -> Section:
    """Show one read-out with its baselines.

    Parameters
    ----------
    result : ReadoutResult
    key : str
        Unique on the page; give one per target.

    Returns
    -------
    Section
    """
    text = [f"Target: {result.target}."] if result.target != short_target(result) else []
    seeds = max((r.n_seeds for r in result.rows), default=1)
    text += [
        f"{words.title(result.metric.rstrip('.'))}. {_protocol(result)} Intervals are 95 % bootstrap intervals over "
        + ("blocks of time." if seeds == 1 else "blocks of time, and over seeds where there are several.")
    ]
    if result.classes:
        truth = [str(v) for v in np.asarray(result.truth).tolist()]
        counts = [
            f"{name} ({truth.count(name) or truth.count(str(k)) or truth.count(str(float(k)))})"
            for k, name in enumerate(result.classes)
        ]
        text.append(f"{words.plural(len(result.truth), 'window')} with a known target: {words.listing(counts)}.")
    if np.isfinite(result.difference).all():
        best, other = result.compared
        text.append(
            f"Best network row minus best baseline ({best} minus {other}): {words.interval(*result.difference)}, by "
            f"paired resampling of blocks of {words.plural(result.block, 'window')}."
        )
    text += _decoder_text(result)
    tail = {"permuted, mean": [r.null_mean for r in result.rows], "permuted, 95 %": [r.null_high for r in result.rows]}
    if seeds > 1:
        tail = {"seeds": [r.n_seeds for r in result.rows], "spread over seeds": [r.spread for r in result.rows], **tail}
    tail = {k: v for k, v in tail.items() if np.isfinite(v).any()}
    about = any(r.about for r in result.rows)
    columns = (
        "vectors",
        "role",
        metric_name(result),
        "low",
        "high",
        "p",
        *tail,
        "features",
        *["what they are"] * about,
    )

    rows: list[tuple[Cell, ...]] = [
        (
            r.name,
            r.role,
            r.score,
            r.low,
            r.high,
            r.pvalue,
            *(v[k] for v in tail.values()),
            r.n_features,
            *[r.about] * about,
        )
        for k, r in enumerate(result.rows)
    ]

    def forest(width: float) -> list[Any]:
        left = float(np.clip(5.6 * max((len(r.name) for r in result.rows), default=8) + 14, 60, 0.45 * width))
        ax = style.stack(width, [max(40.0, 25.0 * len(result.rows))], left=left, bottom=40)[1][0]
        pictures.plot_readout(result, ax=ax)
        if width < 400:
            style.few_ticks(ax, "x", 4)
        return [ax]

    def strips(width: float) -> list[Any]:
        shown = pictures.shown_rows(result)
        names = [len(r.name) for r in shown]
        left = 54.0 if result.kind == "number" else float(np.clip(5.6 * max([5, *names]) + 14, 54, 0.4 * width))
        tall = 170.0 if result.kind == "number" else 27.0 * (len(shown) + 1)
        ax = style.stack(width, [tall], left=left, top=26 if result.kind == "number" else 10)[1][0]
        pictures.plot_prediction(result, ax=ax)
        if width < 400:
            style.few_ticks(ax, "x", 4)
        return [ax]

    decoded = any(r.role == "decoder" for r in result.rows)
    legend = " ".join(f"{n}: {c}." for n, c in zip(result.classes, style.CATEGORY_NAMES, strict=False))
    figures = [
        draw.figure(
            f"{key}-forest",
            forest,
            width=700,
            narrow=True,
            title="Network and baselines",
            caption="Points are scores with 95 % intervals, small dots single folds, the dashed line chance. "
            "Round and teal: from the network; square and grey: baselines."
            + (" Diamond and blue: a decoder of the spikes." if decoded else ""),
            alt=readout_sentence(result),
        ),
        draw.figure(
            f"{key}-strip",
            strips,
            width=980,
            narrow=True,
            axis="time" if len(result.truth) else None,
            title="Predicted and true",
            caption=f"Held-out predictions of the best network row{', the decoder' if decoded else ''} and the best "
            f"baseline. {legend}".strip(),
            alt="Predicted and true target over time.",
        ),
    ]
    return Section(
        key=key,
        title=f"Read-out of {short_target(result)}",
        lead=(result.verdict,) if result.verdict else (),
        text=tuple(text),
        figures=tuple(figures),
        tables=(Table(caption="Scores", columns=columns, rows=tuple(rows), name=key),),
        notes=result.notes,
    )


def _decoder_text(result: ReadoutResult) -> list[str]:
    """Say what a decoder adds; it is neither the network nor trivial."""
    rows = [r for r in result.rows if r.role == "decoder"]
    if not rows:
        return []
    best = max(rows, key=lambda r: r.score)
    return [
        f"Decoder: {best.name} ({best.about}) reaches {words.interval(best.score, best.low, best.high)}, p = "
        f"{best.pvalue:.2g}. It reads the windows' spikes themselves, so what it tells need not lie in the network. "
        f"Minus the best baseline: {words.interval(*result.decoder_difference)}."
    ]


def _protocol(result: ReadoutResult) -> str:
    if result.train_until is None:
        return (
            f"The score is of held-out windows only, in {result.n_folds} folds of neighbouring windows; training "
            "windows that overlap a test block in time are left out."
        )
    return (
        f"Every row was trained on the windows that end by {result.train_until:g} s, and the score is of windows that "
        "start later."
    )
