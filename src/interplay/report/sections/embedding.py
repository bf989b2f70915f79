"""The embedding: where a model puts every node in every window, moving, and what may be read from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplay.data import Units
from interplay.measures.links import LinkScores
from interplay.measures.ranks import rank_correlation
from interplay.measures.results import NetworkMeasures
from interplay.plot import embedding as pictures
from interplay.plot import style
from interplay.plot.communities import community_ranks
from interplay.plot.projection import Projection, percent, project
from interplay.report import draw, words
from interplay.report.embedding_payload import MOST_PLACES, embedding_payload
from interplay.report.parts import Cell, Figure, Section, Table
from interplay.report.sections.network import still_windows
from interplay.represent.results import EmbeddingResult

#: What the methods are called in running text.
NAMES = {"tavrnn": "TAVRNN", "vgrnn": "VGRNN", "vgae": "VGAE", "statistics": "the GRU over node statistics"}


def section_embedding(
    result: EmbeddingResult,
    *,
    units: Units | None = None,
    measures: NetworkMeasures | None = None,
    nodes: NDArray[np.int64] | None = None,
    baselines: Mapping[str, LinkScores] | None = None,
    node: str = "unit",
    most_places: int = MOST_PLACES,
) -> Section:
    """Show an embedding: an animated view, still pictures, attention, training, and how well it tells edges.

    Parameters
    ----------
    result : EmbeddingResult
    units : Units or None
        Names, groups and signs.
    measures : NetworkMeasures or None
        Of the same windows; communities colour the nodes, change points choose the still pictures, and measures of
        nodes are held against the axes.
    nodes : (N,) int array or None
        Which of the units, and of the nodes that were measured, were embedded; all, in order, where None.
    baselines : mapping of name to LinkScores, or None
        What simple rules foretell of the next window, of the same windows and nodes.
    node : str
        What a node is called; "node" for an event list.
    most_places : int
        Bound on the places (nodes times windows) that travel with the page; beyond it, every k-th node does.

    Returns
    -------
    Section
    """
    title = f"Embedding by {NAMES.get(result.method, result.method)}".replace(" by the ", " by a ")
    if not result.embedding.size:
        return Section(key="embedding", title=title, text=("There is nothing to embed.",), notes=result.notes)
    place = project(result)
    payload = embedding_payload(
        result, place, units=units, measures=measures, nodes=nodes, node=node, most_places=most_places
    )
    beside = _beside(result, place, measures, nodes)
    figures = [
        _view(payload, place, result, node),
        *_stills(result, place, units, measures, nodes, node),
        *_scores(result, baselines),
        *_attention(result),
        *_training(result),
    ]
    return Section(
        key="embedding",
        title=title,
        lead=(_lead(result, baselines, node),),
        text=(*_meaning(result, place, node), *_follows(beside, node)),
        figures=tuple(figures),
        tables=(*_beside_table(beside), _windows_table(result, baselines)),
        notes=result.notes,
    )


def _decodes(result: EmbeddingResult) -> bool:
    """Tell whether edges are read from inner products: so it is in the variational family, which has a posterior."""
    return result.spread is not None


def _middle(values: NDArray[np.float64] | None) -> float:
    """Take the median of what is known."""
    known = np.empty(0) if values is None else values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else float("nan")


def _lead(result: EmbeddingResult, baselines: Mapping[str, LinkScores] | None, node: str) -> str:
    n_windows, n, depth = result.embedding.shape
    name = NAMES.get(result.method, result.method)
    start = (
        f"{name[:1].upper()}{name[1:]} puts each of {words.plural(n, node)} at a place in "
        f"{words.plural(depth, 'dimension')}, anew in each of {words.plural(n_windows, 'window')}."
    )
    own, ahead = _middle(result.reconstruction.get("auc")), _middle(result.prediction.get("auc"))
    parts = []
    if np.isfinite(own):
        parts.append(f"The places of a window tell its edges from its other pairs with an AUC of {words.score(own)}")
    if np.isfinite(ahead):
        parts.append(
            f"{'those' if parts else 'The places'} of the windows before foretell them with {words.score(ahead)}"
        )
    rules = {k: _middle(v.auc) for k, v in (baselines or {}).items()}
    rules = {k: v for k, v in rules.items() if np.isfinite(v)}
    if rules and parts:
        best = max(rules, key=rules.__getitem__)
        parts.append(f"the best simple rule ({best}) with {words.score(rules[best])}")
    return f"{start} {words.listing(parts)} (medians over windows)." if parts else start


def _meaning(result: EmbeddingResult, place: Projection, node: str) -> list[str]:
    depth = result.embedding.shape[2]
    both = float(np.nansum(place.share))
    flat = (
        "What can be seen: the two directions in which the places of all windows together vary most (principal "
        f"axes; {'the history node and ' if result.history is not None else ''}{node}s that were not measured do not "
        "shape them). The frame is the same at all times, so what moves in the picture has moved in the embedding. "
        f"It shows {percent(both)} % of the variance"
    )
    hidden = depth - 2
    flat += (
        f"; the rest lies in {words.plural(hidden, 'dimension')} out of sight, so {node}s that coincide here may be "
        "far apart."
        if hidden > 0 and both < 0.9995
        else "."
    )
    if np.isfinite(place.dimensions) and depth > 1:
        flat += f" In effect {place.dimensions:.1f} of {depth} dimensions are in use (participation ratio of variances)"
        idle = place.dimensions < 1.2 and _decodes(result)
        flat += f": of a {node} the model knows little more than its side and how far out it is." if idle else "."
    if place.stretch != 1:
        flat += (
            f" Drawn at one scale the places would lie on a line: the second axis is drawn {place.stretch:g} times as "
            "large, and angles must not be read off the picture."
        )
    if _decodes(result):
        means = (
            f"What distance means: the model was trained to tell whether two {node}s are linked from the inner product "
            "of their vectors, which grows with the length of both and falls with the angle between them, seen from "
            f"the origin (the cross). Two {node}s far out in the same direction are taken to be linked; two that lie "
            f"side by side near the origin are not. So read directions and lengths from the cross; nearness alone "
            "says little, and the axes have neither unit nor name: any rotation of all vectors tells the same edges. "
            "Runs with other seeds cannot be compared point by point."
        )
    else:
        means = (
            f"What distance means: {node}s that lie close have a similar past of statistics (degree, strength, "
            "clustering), from which the model foretells their next ones. No edge is read from these vectors, and the "
            "axes have neither unit nor name."
        )
    return [flat, means, _protocol(result)]


def _protocol(result: EmbeddingResult) -> str:
    seen, n = int(np.sum(result.trained)), len(result.trained)
    epochs = max((len(v) for v in result.loss.values()), default=0)
    end = "nothing improved any more" if result.converged else "the last epoch was reached"
    how = (
        f"Training took {words.plural(epochs, 'epoch')}, until {end}; kept are the parameters of epoch "
        f"{result.best_epoch + 1}. "
        if epochs
        else ""
    )
    trained = np.asarray(result.trained, dtype=bool)
    if seen == n:
        return (
            f"{how}It saw the edges of all {words.plural(n, 'window')}, no behaviour and no label (transductive): what "
            "is read from these vectors describes windows that the model knows."
        )
    if trained[:seen].all():
        return (
            f"{how}It saw the first {seen} of {words.plural(n, 'window')} (inductive): the others, shaded in the "
            "pictures over time, were new to the model."
        )
    return (
        f"{how}It saw the edges of {seen} of {words.plural(n, 'window')}, from all of the time (transductive), no "
        "behaviour and no label; the others, shaded in the pictures over time, were embedded only."
    )


def _view(payload: Mapping[str, Any], place: Projection, result: EmbeddingResult, node: str) -> Figure:
    marks = [f"A dot is a {node}; behind it lies the way it came"]
    if payload["absent"]:
        marks.append("hollow: not measured in this window, drawn where the model carries it on")
    if result.history is not None:
        marks.append("the diamond is the history node, which the model joins to all others")
    marks.append("the cross is the origin")
    carried = (
        f" To keep this page small it carries one {node} in {words.number(round(payload['n'] / payload['k']))}."
        if payload["k"] < payload["n"]
        else ""
    )
    return Figure(
        key="embedding-view",
        title="The embedding, window by window",
        payload=payload,
        caption=f"{'; '.join(marks)}. Between two windows the dots glide, which is only drawn: nothing is known of "
        f"that time. Point at a {node} to see its whole way, and its edges where the network view is on this page; a "
        f"click follows it in both views. The slider at the foot of the page, the arrow keys or play move both."
        f"{carried}",
    )


def _categories(
    units: Units | None, measures: NetworkMeasures | None, nodes: NDArray[np.int64] | None
) -> tuple[NDArray[np.int64] | None, str]:
    """Colour by community where known, else by group, as the view does at first."""
    if measures is not None and measures.communities.size:
        rank = community_ranks(measures.communities)[0].astype(np.int64)
        return (rank if nodes is None else rank[:, nodes]), "Colours are communities of the window."
    if units is not None and (units.group != "").any():
        names = [g for g in dict.fromkeys(units.group.tolist()) if g != ""]
        kind = np.array([names.index(g) if g else -1 for g in units.group.tolist()])
        said = ", ".join(f"{g} {c}" for g, c in zip(names, style.CATEGORY_NAMES, strict=False))
        return (kind if nodes is None else kind[nodes]), f"Colours are groups: {said}."
    return None, ""


def _stills(
    result: EmbeddingResult,
    place: Projection,
    units: Units | None,
    measures: NetworkMeasures | None,
    nodes: NDArray[np.int64] | None,
    node: str,
) -> list[Figure]:
    colour, said = _categories(units, measures, nodes)
    picks = still_windows(len(result.embedding), measures)
    size = place.high - place.low
    trail = 4 if result.embedding.shape[1] <= pictures.MOST_RIMMED else 1
    shape = float(np.clip(size[1] / size[0] if size[0] > 0 else 1.0, 0.55, 1.0))
    out = []
    for window, name in picks:

        def make(width: float, window: int = window) -> list[Any]:
            ax = style.stack(width, [(width - 36) * shape], left=28, right=8, top=8, bottom=28)[1][0]
            pictures.plot_embedding(result, window=window, trail=trail, colour=colour, place=place, ax=ax)
            return [ax]

        absent = int((~result.present[window]).sum())
        gone = f" Hollow: {absent} not measured." if absent else ""
        out.append(
            draw.figure(
                f"embedding-{window}",
                make,
                width=320,
                span={1: 6, 2: 6}.get(len(picks), 4),
                title=name,
                caption=f"Window {window + 1}, {words.window(*result.bounds[window])}. {said}{gone}",
                alt=f"Embedding of the {node}s in window {window + 1}.",
            )
        )
    return out


def _scores(result: EmbeddingResult, baselines: Mapping[str, LinkScores] | None) -> list[Figure]:
    if not any(np.isfinite(v).any() for v in (*result.reconstruction.values(), *result.prediction.values())):
        return []

    def make(width: float) -> list[Any]:
        # The legend takes a line per three names on a telephone.
        ax = style.stack(width, [210], left=48, right=10, top=26 if width > 400 else 44)[1][0]
        pictures.plot_links(result, baselines=baselines, ax=ax)
        if width < 400:
            style.few_ticks(ax, "x", 4)
            style.quiet_legend(ax, columns=2)
        return [ax]

    rules = "; dashed, what simple rules foretell from the same past" if baselines else ""
    return [
        draw.figure(
            "embedding-links",
            make,
            width=560,
            span=7,
            narrow=True,
            axis="time",
            title="Edges told from the embedding",
            caption="Area under the curve over all pairs of measured nodes; 0.5 is chance. Reconstructed: from the "
            "vectors of the same window, which have seen these edges. Predicted: from the windows before it only"
            f"{rules}. Where windows overlap, they share data with the one before, and every foretelling gains by it.",
            alt="How well edges are told from the embedding, over time.",
        )
    ]


def _attention(result: EmbeddingResult) -> list[Figure]:
    if result.attention is None:
        return []

    def make(width: float) -> list[Any]:
        ax = style.stack(width, [width - 112], left=48, right=64)[1][0]
        return [pictures.plot_attention(result, ax=ax)]

    return [
        draw.figure(
            "attention",
            make,
            width=400,
            span=5,
            axis="square",
            title="Attention",
            caption=f"{_attention_words(result.attention)} Rows attend, columns are attended to; colour is the share "
            "over an even one, because a row of t shares that sum to one has small shares whatever it attends to. "
            "Attention says what the model mixes, not why.",
            alt="How much every window draws on the windows up to it.",
        )
    ]


def _attention_words(attention: NDArray[np.float64]) -> str:
    if len(attention) < 2:
        return "One window has only itself to draw on."
    own = np.diagonal(attention)
    safe = np.where(attention > 0, attention, 1.0)
    spread = np.exp(-(attention * np.log(safe)).sum(axis=1))
    last = len(attention) - 1
    return (
        f"In the median a window draws {100 * float(np.median(own[1:])):.0f} % on itself; the last one spreads over "
        f"the equivalent of {words.number(float(spread[last]), 2)} windows (exponential of the entropy), of "
        f"{words.number(int((attention[last] > 0).sum()))} in reach."
    )


def _training(result: EmbeddingResult) -> list[Figure]:
    names = [k for k, v in result.loss.items() if np.isfinite(v).any()]
    about = {
        "loss": "What training makes small",
        "likelihood": "Its part for edges told wrong",
        "divergence": "Its part for leaving the prior",
        "held_out": "The same on windows kept aside",
    }
    out = []
    for name in names:

        def make(width: float, name: str = name) -> list[Any]:
            ax = style.stack(width, [104], left=48, right=10, bottom=24)[1][0]
            return [pictures.plot_training(result, name, ax=ax)]

        value = float(result.loss[name][min(result.best_epoch, len(result.loss[name]) - 1)])
        out.append(
            draw.figure(
                f"training-{''.join(c if c.isalnum() else '-' for c in name)}",
                make,
                width=320,
                span=3 if len(names) == 4 else 4,
                title=f"Training: {words.plain_name(name)}",
                caption=f"{about.get(name, words.title(name))}, by epoch; dashed: the epoch kept.",
                badge=words.number(value),
                alt=f"{words.title(name)} over the epochs of training.",
            )
        )
    return out


def _beside(
    result: EmbeddingResult,
    place: Projection,
    measures: NetworkMeasures | None,
    nodes: NDArray[np.int64] | None,
) -> dict[str, tuple[float, float, float]]:
    """Correlate axis 1, axis 2 and length with each measure of nodes: the median over windows of Spearman's ρ."""
    if measures is None:
        return {}
    length = np.linalg.norm(result.embedding, axis=2)
    out = {}
    for name, table in measures.node.items():
        values = table if nodes is None else table[:, nodes]
        values = np.where(result.present, values, np.nan)
        row = tuple(
            _middle(np.array([rank_correlation(a, b) for a, b in zip(found, values, strict=True)]))
            for found in (place.xy[..., 0], place.xy[..., 1], length)
        )
        if np.isfinite(row).any():
            out[name] = (row[0], row[1], row[2])
    return out


def _follows(beside: Mapping[str, tuple[float, float, float]], node: str) -> list[str]:
    """Say which trivial number of a node the embedding follows most."""
    if not beside:
        return []
    name = max(beside, key=lambda k: float(np.nanmax(np.abs(beside[k]))))
    which = int(np.nanargmax(np.abs(beside[name])))
    rho = beside[name][which]
    where = ("axis 1", "axis 2", "the length of the vectors")[which]
    found = f"{words.plain_name(name)} with {where}, ρ = {words.score(rho)}, the median over windows"
    if abs(rho) < 0.5:
        return [f"No plain measure of a {node} explains the picture alone: the closest is {found}."]
    rest = "that direction says little beyond it" if abs(rho) >= 0.8 else "the picture shares some of it"
    return [f"Of the plain measures of a {node}, the closest is {found}: {rest}."]


def _beside_table(beside: Mapping[str, tuple[float, float, float]]) -> list[Table]:
    if not beside:
        return []
    rows: tuple[tuple[Cell, ...], ...] = tuple((words.title(k), *v) for k, v in beside.items())
    return [
        Table(
            caption="The embedding beside plain measures of the nodes",
            columns=("measure", "ρ with axis 1", "ρ with axis 2", "ρ with length"),
            rows=rows,
            name="embedding_beside_measures",
            folded=True,
            note="Spearman's rank correlation over the nodes of a window, median over windows. The sign of an axis "
            "means nothing.",
        )
    ]


def _windows_table(result: EmbeddingResult, baselines: Mapping[str, LinkScores] | None) -> Table:
    both = result.present[1:] & result.present[:-1]
    step = np.where(both, np.linalg.norm(np.diff(result.embedding, axis=0), axis=2), np.nan)
    columns: dict[str, list[Cell]] = {
        "window": list(range(1, len(result.bounds) + 1)),
        "start (s)": result.bounds[:, 0].tolist(),
        "stop (s)": result.bounds[:, 1].tolist(),
        "trained on": ["yes" if v else "no" for v in result.trained],
        "median movement": [None, *(_middle(row) for row in step)],
    }
    for words_of, scores in (("reconstructed", result.reconstruction), ("predicted", result.prediction)):
        columns |= {f"{words_of}, {k.upper()}": v.tolist() for k, v in scores.items()}
    columns |= {f"{k}, AUC": v.auc.tolist() for k, v in (baselines or {}).items()}
    if result.attention is not None:
        columns["attention to itself"] = np.diagonal(result.attention).tolist()
    return Table(
        caption="Embedding of every window",
        columns=tuple(columns),
        rows=tuple(zip(*columns.values(), strict=True)),
        name="embedding_windows",
        folded=True,
        note="Movement: distance in all dimensions since the window before, over the nodes measured in both.",
    )
