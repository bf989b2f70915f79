"""What a run says of its embedding: sentences for the summary, a chapter of the report, entries of summary.json."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from interplay.data import Units
from interplay.job.embedding_files import settings
from interplay.job.representation import Representation
from interplay.measures.results import NetworkMeasures
from interplay.report import Section, Table, section_alignment, section_embedding, words
from interplay.stats.alignment_results import AlignmentResult
from interplay.stats.performance import FIGURES


def embedding_chapter(found: Representation, units: Units, measures: NetworkMeasures, node: str) -> Section:
    """Compose the chapter of the embedding.

    Parameters
    ----------
    found : Representation
    units : Units
        Of the whole network.
    measures : NetworkMeasures
        Of the same windows.
    node : str
        What a node is called.

    Returns
    -------
    Section
    """
    chapter = section_embedding(
        found.shown, units=units, measures=measures, nodes=found.nodes, baselines=found.baselines, node=node
    )
    notes = (*found.notes, *(note for windows in found.windows for note in windows.notes), *chapter.notes)
    return replace(
        chapter,
        text=(*chapter.text, *embedding_sentences(found)[1:]),
        tables=(*chapter.tables, _links_table(found), *_groups_table(found)),
        notes=tuple(dict.fromkeys(notes)),
    )


def alignment_chapters(found: Representation) -> list[Section]:
    """Compose the chapter of each figure of performance that regions were held against.

    Parameters
    ----------
    found : Representation
    """
    named = {words: name.replace("_", " ") for name, words in FIGURES.items()}
    chapters = []
    for k, result in enumerate(found.alignments):
        what = named.get(result.performance_name, result.performance_name)
        title = f"Alignment of {' and '.join(result.regions)} with {what}"
        chapters.append(replace(section_alignment(result, key=f"alignment-{k}"), title=title))
    return chapters


def _groups_table(found: Representation) -> tuple[Table, ...]:
    if found.groups is None:
        return ()
    rows = tuple(
        (
            name,
            scores["silhouette"],
            scores.get("silhouette spread", float("nan")),
            scores["agreement"],
            scores.get("agreement spread", float("nan")),
        )
        for name, scores in found.groups.items()
    )
    return (
        Table(
            caption="Regions among units: how well they keep apart (silhouette, -1 to 1, 0 by chance), and how well "
            "clusters agree with them (adjusted mutual information, 0 by chance)",
            columns=("vectors of units", "silhouette", "spread over seeds", "agreement", "spread over seeds "),
            rows=rows,
            name="embedding-regions",
        ),
    )


def _links_table(found: Representation) -> Table:
    rows = []
    seen_of_all = found.shown.trained
    for scope, scores in found.links.items():
        seen = (
            f"all {len(seen_of_all)} windows, trained on {'all' if seen_of_all.all() else int(seen_of_all.sum())}"
            if scope == "all"
            else f"after {found.until_s:g} s, trained on what was before"
        )
        for name, values in scores.items():
            who = found.label if name in ("reconstruction", "prediction") else name
            what = "of the window itself" if name == "reconstruction" else "foretold from the windows before"
            rows.append((who, what, seen, _mean(values), _spread(values), len(values)))
    return Table(
        caption="Edges told from other pairs: area under the curve, means over windows",
        columns=("who", "edges", "windows", "AUC", "spread over seeds", "seeds"),
        rows=tuple(rows),
        name="embedding-links",
    )


def embedding_sentences(found: Representation) -> tuple[str, ...]:
    """Say how well the embedding tells edges, each number beside the simple rule.

    Parameters
    ----------
    found : Representation

    Returns
    -------
    tuple of str
    """
    scope = "later" if "later" in found.links else "all"
    scores = found.links[scope]
    seeds = len(scores["reconstruction"])
    when = (
        f"In windows after {found.until_s:g} s, unseen in training,"
        if scope == "later"
        else "In the windows it was trained on,"
    )
    said = [
        f"{when} the {found.label} embedding of a window tells its edges with an AUC of "
        f"{_score(scores['reconstruction'])}"
    ]
    if np.isfinite(_mean(scores["prediction"])):
        said.append(f"the windows before foretell them with {_score(scores['prediction'])}")
    rules = {name: _mean(scores[name]) for name in found.baselines if np.isfinite(_mean(scores[name]))}
    if rules:
        best = max(rules, key=rules.__getitem__)
        said.append(f"{best} alone foretells them with {words.score(rules[best])}")
    over = (
        f" (means over windows and {seeds} random starts)" if seeds > 1 else " (means over windows, one random start)"
    )
    return (f"{words.listing(said)}{over}.",)


def embedding_summary(found: Representation | str) -> dict[str, Any]:
    """Collect what summary.json says of the embedding.

    Parameters
    ----------
    found : Representation or str
        Or why there is none.

    Returns
    -------
    dict
        Numbers may still be NaN, and arrays arrays.
    """
    if isinstance(found, str):
        return {"method": None, "reason": found}
    first = found.shown
    scores = {
        scope: {name: {"mean": _mean(v), "spread": _spread(v), "per_seed": v} for name, v in rows.items()}
        for scope, rows in found.links.items()
    }
    return {
        "method": first.method,
        "config": settings(first),
        "nodes": len(found.nodes),
        "windows": len(first.bounds),
        "edges": found.edges,
        "seeds": [r.seed for r in found.everything],
        "epochs": [len(r.loss.get("loss", ())) for r in found.everything],
        "converged": [r.converged for r in found.everything],
        "trained_windows": int(first.trained.sum()),
        "trained_until_s": found.until_s if found.past else None,
        "links_auc": scores,
        "groups": found.groups,
        "alignments": [_alignment(result) for result in found.alignments],
        "notes": found.notes,
        "readout_windows": [{"windows": len(w.bounds), "notes": w.notes} for w in found.windows],
    }


def _alignment(result: AlignmentResult) -> dict[str, Any]:
    rows = [
        {
            "name": r.name,
            "role": r.role,
            "correlation": r.correlation,
            "low": r.low,
            "high": r.high,
            "pvalue": r.pvalue,
            "seed_correlations": r.seed_correlations,
        }
        for r in result.rows
    ]
    return {
        "performance": result.performance_name,
        "regions": result.regions,
        "windows": int(result.used.sum()),
        "verdict": result.verdict,
        "rows": rows,
    }


def embedding_lines(summary: Mapping[str, Any]) -> list[str]:
    """Word the embedding for the terminal.

    Parameters
    ----------
    summary : mapping
        From `embedding_summary`, made plain.

    Returns
    -------
    list of str
    """
    if summary["method"] is None:
        return [f"no embedding: {summary['reason']}"]
    scores = summary["links_auc"].get("later") or summary["links_auc"]["all"]
    when = "unseen later windows" if "later" in summary["links_auc"] else "windows trained on"
    parts = [
        f"{name} {_number(row['mean'])}" + (f" ± {_number(row['spread'])}" if row["spread"] is not None else "")
        for name, row in scores.items()
    ]
    seeds = len(summary["seeds"])
    lines = [
        f"{summary['method']}: {summary['nodes']} nodes in {summary['windows']} windows, {max(summary['epochs'])} "
        f"epochs, {seeds} seed{'' if seeds == 1 else 's'}; AUC of edges in {when}: {', '.join(parts)}"
    ]
    if summary["groups"] is not None:
        found = ", ".join(f"{name} {_number(row['agreement'])}" for name, row in summary["groups"].items())
        lines.append(f"regions found again among units (adjusted mutual information, 0 by chance): {found}")
    return lines + [one["verdict"] for one in summary["alignments"]]


def _mean(values: Sequence[float]) -> float:
    known = [v for v in values if np.isfinite(v)]
    return float(np.mean(known)) if known else float("nan")


def _spread(values: Sequence[float]) -> float:
    known = [v for v in values if np.isfinite(v)]
    return float(np.std(known, ddof=1)) if len(known) > 1 else float("nan")


def _score(values: Sequence[float]) -> str:
    spread = _spread(values)
    return words.score(_mean(values)) + (f" ± {words.score(spread)}" if np.isfinite(spread) else "")


def _number(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.3f}"
