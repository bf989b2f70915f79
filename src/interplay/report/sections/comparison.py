"""Methods of inference side by side: what each recovers, whether it agrees with itself and others, what it costs."""

from __future__ import annotations

from typing import Any

import numpy as np

from interplay.infer.comparison_results import MethodComparison
from interplay.plot import style
from interplay.plot.comparison import plot_agreement, plot_recovery, ranked
from interplay.report import draw, words
from interplay.report.parts import Cell, Figure, Section, Table, Tile

#: A difference of areas that is worth a sentence.
_CLEARLY = 0.03


def section_comparison(result: MethodComparison, *, title: str = "", key: str = "methods-compared") -> Section:
    """Show which method recovers what.

    Parameters
    ----------
    result : MethodComparison
    title : str
    key : str
        Unique on the page.

    Returns
    -------
    Section
    """
    tables = [_recovery(result)] if result.has_truth else []
    tables += [_itself(result), _what(result)]
    if result.failures:
        tables.append(
            Table(
                caption="Methods that gave nothing",
                columns=("method", "why"),
                rows=tuple(result.failures.items()),
                name="methods_without_result",
            )
        )
    return Section(
        key=key,
        title=title or ("What each method recovers" if result.has_truth else "How far methods agree"),
        lead=comparison_sentences(result),
        text=_reading(result),
        tiles=_tiles(result),
        figures=_figures(result, key),
        tables=tuple(tables),
        notes=result.notes,
    )


def comparison_sentences(result: MethodComparison) -> tuple[str, ...]:
    """Say which methods do best, and whether they beat the trivial score.

    Parameters
    ----------
    result : MethodComparison

    Returns
    -------
    tuple of str
    """
    order = [m for m in ranked(result) if not result.baseline[m] and np.isfinite(result.mean("cpu_s")[m])]
    if not order:
        return ("No method could be fitted.",)
    if not result.has_truth:
        stable = result.mean("stability")
        first = order[0]
        said = [
            "The network that made this recording is not known, so nothing here says which method is right: only how "
            "far each agrees with itself on the other half of the recording, and with the others."
        ]
        if np.isfinite(stable[first]):
            said.append(
                f"Most repeatable from half to half is {result.methods[first]} (rank correlation "
                f"{words.score(float(stable[first]))})."
            )
        return tuple(said)
    auc = result.mean("auc_evidence")
    best = order[0]
    said = [
        f"Pairs that interact are told best by {result.methods[best]} (area under the curve "
        f"{_with_half(result, 'auc_evidence', best)}; 0.5 is chance), ranked by evidence: p-values where a method "
        "tests by a law of its own, weights elsewhere."
    ]
    said += _by_weight(result, order)
    trivial = np.flatnonzero(result.baseline)
    if len(trivial) and np.isfinite(auc[trivial[0]]):
        level = float(auc[trivial[0]])
        behind = [result.methods[m] for m in order if np.isfinite(auc[m]) and auc[m] <= level]
        said.append(
            f"The product of the two units' activities alone reaches {words.score(level)}"
            + (f"; no better than that: {words.listing(behind)}." if behind else "; every method does better.")
        )
    directed = result.mean("auc_directed_evidence")
    knows = [m for m in order if result.directed[m] and np.isfinite(directed[m])]
    if knows:
        top = max(knows, key=lambda m: float(directed[m]))
        said.append(
            f"Direction is told best by {result.methods[top]} "
            f"({_with_half(result, 'auc_directed_evidence', top)} over ordered pairs)."
        )
    signs = result.mean("sign_accuracy")
    signed = [m for m in order if np.isfinite(signs[m])]
    if signed:
        top = max(signed, key=lambda m: float(signs[m]))
        said.append(
            f"Signs are told best by {result.methods[top]} ({100 * signs[top]:.0f} % right; 50 % by calling all alike)."
        )
    return tuple(said)


def _by_weight(result: MethodComparison, order: list[int]) -> list[str]:
    """Say whose weights rank clearly worse than the evidence behind them."""
    lost = result.mean("auc_evidence") - result.mean("auc")
    worse = [result.methods[m] for m in order if lost[m] > _CLEARLY]
    if not worse:
        return []
    return [f"The size of the weight alone ranks worse than the evidence behind it: {words.listing(worse)}."]


def _with_half(result: MethodComparison, name: str, m: int) -> str:
    value, half = float(result.mean(name)[m]), float(result.half_width(name)[m])
    return words.score(value) if np.isnan(half) else f"{words.score(value)} ± {words.score(half)}"


def _tiles(result: MethodComparison) -> tuple[Tile, ...]:
    count = int((~result.baseline).sum())
    tiles = [
        Tile(
            value=words.number(count),
            label="methods",
            note=f"{len(result.failures)} of them without a result" if result.failures else "",
        ),
        Tile(value=words.number(len(result.recordings)), label="recordings"),
    ]
    if result.has_truth:
        share = float(np.nanmean(result.share_true))
        tiles.append(Tile(value=f"{100 * share:.0f} %", label="of pairs interact", note="average precision by chance"))
    total = float(np.nansum(result.cpu_s))
    tiles.append(Tile(value=words.duration(round(total, 1)), label="CPU time of all fits"))
    return tuple(tiles)


def _reading(result: MethodComparison) -> tuple[str, ...]:
    if not result.has_truth:
        return (
            "Agreement is the rank correlation of the sizes of the weights, pair by pair, whichever direction of a "
            "pair is stronger. Methods that read the same thing in the data agree without being right.",
        )
    return (
        "By evidence, pairs are ranked by minus the logarithm of the p-value where a method tests by a law of its own, "
        "and by the size of the weight elsewhere; by weight, always by the size of the weight. The two differ where "
        "weights carry unequal noise.",
        "A pair counts as interacting if either direction is a true edge, and its score is the stronger of its two "
        "weights: a question that directed and undirected methods can both answer. Over ordered pairs an undirected "
        "method says the same of both directions. Shifted: the same method on a recording whose units were shifted "
        "against each other, so that only rates and spectra are left; what it reaches there it does not owe to "
        "interaction.",
    )


def _figures(result: MethodComparison, key: str) -> tuple[Figure, ...]:
    def bars(score: str, label: str, chance: float | None) -> Any:
        def make(width: float) -> list[Any]:
            count = int(np.isfinite(result.mean(score)).sum())
            left = 28.0 + 6.2 * max(len(name) for name in result.methods)
            panel = style.stack(width, [18.0 + 23 * max(count, 1)], left=min(left, 0.46 * width), top=6, bottom=42)[1][
                0
            ]
            plot_recovery(result, score, chance=chance, ax=panel)
            panel.set_xlabel(label)
            return [panel]

        return make

    found = []
    wanted = [
        ("auc_evidence", "Which pairs interact, by evidence", "area under the ROC curve, pairs", 0.5),
        ("auc", "Which pairs interact, by weight", "area under the ROC curve, pairs", 0.5),
        (
            "auc_directed_evidence",
            "Which unit acts on which, by evidence",
            "area under the ROC curve, ordered pairs",
            0.5,
        ),
        ("sign_accuracy", "Excitation or inhibition", "share of true edges with the right sign", 0.5),
        ("stability", "One half of a recording against the other", "rank correlation of weights", None),
    ]
    several = len(result.recordings) > 1
    caption = "Short strokes: single recordings. Thick lines: 95 % intervals of the mean." if several else ""
    for score, title, label, chance in wanted:
        if np.isfinite(getattr(result, score)).any():
            dashed = " Dashed: chance." if chance is not None else ""
            found.append(
                draw.figure(
                    f"{key}-{score}",
                    bars(score, label, chance),
                    width=460,
                    narrow=True,
                    span=6,
                    title=title,
                    caption=(caption + dashed).strip(),
                    alt=f"{title}: {label} of every method.",
                )
            )

    def table(width: float) -> list[Any]:
        names = max(len(name) for name in result.methods)
        left = min(24.0 + 6.0 * names, 0.4 * width)
        side = width - left - 14
        panel = style.stack(width, [side], left=left, right=14, top=6, bottom=16 + 6.0 * names)[1][0]
        return [plot_agreement(result, ax=panel)]

    if np.isfinite(result.agreement[~np.eye(len(result.methods), dtype=bool)]).any():
        found.append(
            draw.figure(
                f"{key}-agreement",
                table,
                width=560,
                narrow=True,
                span=8,
                title="Agreement between methods",
                caption="100 times the rank correlation of the sizes of the weights, over all pairs.",
                alt="Matrix of rank correlations between methods.",
            )
        )
    return tuple(found)


def _recovery(result: MethodComparison) -> Table:
    several = len(result.recordings) > 1
    named = {
        "auc": "AUC by weight",
        "average_precision_evidence": "AP by evidence",
        "average_precision": "AP by weight",
        "auc_directed_evidence": "AUC, ordered, by evidence",
        "auc_directed": "AUC, ordered, by weight",
        "sign_accuracy": "signs right",
        "auc_shifted": "AUC, shifted",
        "recall": "recall",
        "precision": "precision",
    }
    looked = bool(np.isfinite(result.changes_found).any())
    if looked:
        named |= {
            "changes_found": "changes found",
            "changes_chance": "found by chance",
            "changes_false": "false changes",
        }
    columns = ["method", "evidence", "AUC by evidence", *(["± 95 %"] if several else []), *named.values()]
    means = {name: result.mean(name) for name in ("auc_evidence", *named)}
    half = result.half_width("auc_evidence")
    rows: list[tuple[Cell, ...]] = []
    for m in ranked(result):
        if np.isfinite(result.mean("cpu_s")[m]):
            spread = (float(half[m]),) if several else ()
            kind = "p-value" if result.by_pvalue[m] else "weight"
            first = (result.methods[m], kind, float(means["auc_evidence"][m]), *spread)
            rows.append((*first, *(float(means[name][m]) for name in named)))
    note = (
        f"Of pairs, unless ordered. AP: average precision, by chance {np.nanmean(result.share_true):.2g}. "
        "Recall and precision: of the pairs significant at a false-discovery rate "
        "of 5 %, where the method tests."
    )
    if looked:
        near = float(np.nanmean(result.tolerance_s))
        note += f" Of {np.mean(result.n_changes):.3g} true changes per recording, found within {near:.2g} s."
    return Table(
        caption="Recovery of the known network, best first",
        columns=tuple(columns),
        rows=tuple(rows),
        name="recovery",
        note=note,
    )


def _itself(result: MethodComparison) -> Table:
    rows = []
    stability, cpu = result.mean("stability"), result.mean("cpu_s")
    off = np.where(np.eye(len(result.methods), dtype=bool), np.nan, result.agreement)
    off[:, result.baseline] = np.nan
    for m in ranked(result):
        if np.isfinite(cpu[m]):
            known = off[m][np.isfinite(off[m])]
            trivial = result.agreement[m, result.baseline]
            rows.append(
                (
                    result.methods[m],
                    float(stability[m]),
                    float(known.mean()) if len(known) else None,
                    float(trivial[0]) if len(trivial) and not result.baseline[m] else None,
                    float(cpu[m]),
                )
            )
    return Table(
        caption="Agreement and cost",
        columns=("method", "with its other half", "with other methods", "with product of activities", "CPU time (s)"),
        rows=tuple(rows),
        name="agreement_and_cost",
        note="Rank correlations. CPU time of one fit, mean over recordings; without the checks on halves, the first "
        "fit of a method also loads its compiled code.",
    )


def _what(result: MethodComparison) -> Table:
    rows = tuple(
        (
            result.methods[m],
            result.quantity[m],
            "directed" if result.directed[m] else "undirected",
            "yes" if result.signed[m] else "no",
            "yes" if result.tested[m] else "no",
            result.settings[m],
        )
        for m in ranked(result)
        if result.quantity[m]
    )
    return Table(
        caption="What each method gives, and its settings",
        columns=("method", "an edge weight is", "direction", "signs", "p-values", "settings"),
        rows=rows,
        name="methods",
        folded=True,
    )
