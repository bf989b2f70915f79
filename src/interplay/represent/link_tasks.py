"""Link prediction on one graph: which of its pairs are edges, told from vectors that never saw the held-out ones."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import require_setting
from interplay._core.errors import ConfigError, DataError, unknown_name
from interplay._core.provenance import digest
from interplay._core.rng import stream
from interplay.data.graph import Graph
from interplay.data.groups import Groups
from interplay.data.node_embedding import NodeEmbedding
from interplay.ops.areas import curve_areas
from interplay.represent.node_tasks import one_group, read_vectors
from interplay.represent.task_results import LinkSplit, TaskResult
from interplay.stats.node_labels import logistic_fit

#: How two vectors become the features of a pair.
PairFeature = Literal["squared difference", "absolute difference", "product", "mean"]
Ids = NDArray[np.int64]


def split_links(
    graph: Graph,
    share: float = 0.1,
    *,
    groups: Groups | None = None,
    keep_connected: bool = True,
    most_train_pairs: int = 200_000,
    seed: int = 0,
) -> LinkSplit:
    """Hold out edges, and draw as many pairs that are none.

    Parameters
    ----------
    graph : Graph
        Every stored edge counts as one, whatever its weight. Self-loops stay in the training graph and are no pairs.
    share : float, in (0, 1)
        Of the edges that is held out.
    groups : Groups or None
        Given: every edge comes with a pair without one between the same two groups, as published for CrossWalk, so that
        within each pair of groups half the tested pairs are edges. None: pairs are drawn from all that have no edge,
        which lie between groups more often than edges do, and the groups alone tell much.
    keep_connected : bool
        Whether a random spanning forest stays, so that no component falls apart and no node becomes isolated; then
        fewer edges may be held out than asked for, which a note says.
    most_train_pairs : int, >= 2
        Beyond this a random half each of edges and other pairs trains the classifier.
    seed : int

    Returns
    -------
    LinkSplit
        The pairs that are no edges are drawn uniformly from those of the whole graph (or of their pair of groups), each
        at most once, in training and test together.

    Raises
    ------
    DataError
        If no edge can be held out, or there are too few pairs without an edge.
    ConfigError
        If a setting is out of range.

    Notes
    -----
    An embedding of the whole graph has seen what it is asked about: fit it to ``split.graph``.

    O(E log E) time.
    """
    require_setting("share", share, above=0, below=1)
    require_setting("most_train_pairs", most_train_pairs, least=2, whole=True)
    require_setting("seed", seed, least=0, whole=True)
    n, draw = graph.n_nodes, stream(seed, "split_links")
    key = graph.src.astype(np.int64) * n + graph.target
    src, dst = graph.src.astype(np.int64), graph.target.astype(np.int64)
    is_pair = (src != dst) if graph.directed else (src < dst)
    pairs = key[is_pair]
    order = draw.permutation(len(pairs))
    free = pairs[order]
    if keep_connected and len(pairs):
        free = free[~np.isin(free, _forest(graph, order, pairs))]
    wanted = max(round(share * len(pairs)), 1)
    held = np.sort(free[:wanted])
    if len(held) == 0:
        raise DataError(
            f"no edge of {graph!r} can be held out: every one is needed to keep it connected. "
            "Pass keep_connected=False, or give a denser graph."
        )
    notes: tuple[str, ...] = ()
    if len(held) < wanted:
        notes = (f"{len(held)} edges are held out where {wanted} were asked for: the others keep the graph connected.",)
    stay = np.setdiff1d(pairs, held)
    if len(stay) == 0:
        raise DataError(f"`share`={share} leaves no edge of {len(pairs)} to train on. Hold out fewer.")
    if 2 * len(stay) > most_train_pairs:
        stay = np.sort(draw.choice(stay, most_train_pairs // 2, replace=False))
    others = _non_edges(graph, pairs, np.concatenate([held, stay]), groups, draw)
    gone = np.isin(key, held) if graph.directed else np.isin(np.minimum(src, dst) * n + np.maximum(src, dst), held)
    return LinkSplit(
        graph=_without(graph, gone),
        train=_as_pairs(np.concatenate([stay, others[len(held) :]]), n),
        train_edge=np.arange(2 * len(stay)) < len(stay),
        test=_as_pairs(np.concatenate([held, others[: len(held)]]), n),
        test_edge=np.arange(2 * len(held)) < len(held),
        seed=seed,
        digest=digest(
            "LinkSplit",
            graph.digest,
            None if groups is None else groups.digest,
            share,
            keep_connected,
            most_train_pairs,
            seed,
        ),
        notes=notes,
    )


def link_prediction(
    embedding: NodeEmbedding | ArrayLike,
    split: LinkSplit,
    groups: Groups | None = None,
    *,
    feature: PairFeature = "squared difference",
    penalty: float = 1.0,
) -> TaskResult:
    """Tell held-out edges from pairs that are none, and say how well that went for each pair of groups.

    Parameters
    ----------
    embedding : NodeEmbedding or (N, D) float array
        Fitted to ``split.graph``.
    split : LinkSplit
    groups : Groups or None
        None: one group, "all".
    feature : {"squared difference", "absolute difference", "product", "mean"}
        Of two vectors, number by number; the first is the published one for CrossWalk.
    penalty : float, > 0
        Ridge penalty of the logistic regression, on scaled features.

    Returns
    -------
    TaskResult
        One repeat; join those of several splits by `pool_tasks`. Metrics "accuracy", "auc" and "average precision". By
        chance 1/2 each; within a pair of groups the accuracy of the commoner answer there, which is high where edges
        are rare. A pair of groups without a tested pair, or (the areas) without an edge or without another pair, has
        NaN.

    Raises
    ------
    DataError
        If lengths disagree or a vector is not finite.
    ConfigError
        If a setting is unknown.

    References
    ----------
    Khajehnejad et al. (2022), AAAI, section 5.2. Grover, Leskovec (2016), KDD, table 1, for the features.
    """
    if feature not in get_args(PairFeature):
        raise ConfigError(unknown_name("`feature`", feature, get_args(PairFeature)))
    require_setting("penalty", penalty, above=0)
    vectors, method, notes = read_vectors(embedding)
    n = split.graph.n_nodes
    who = groups if groups is not None else one_group(n)
    for name, size in (("embedding", len(vectors)), ("groups", who.n_nodes)):
        if size != n:
            raise DataError(f"`{name}` must have one row per node, N={n}, got {size}.")
    model, mean, scale = logistic_fit(_features(vectors, split.train, feature), split.train_edge.astype(int), penalty)
    asked = (_features(vectors, split.test, feature) - mean) / scale
    score = model.decision_function(asked)
    names, place = _group_pairs(split, who)
    rows = [_scored(score[place == k], split.test_edge[place == k]) for k in range(len(names))]
    whole = _scored(score, split.test_edge)
    counts = np.bincount(place, minlength=len(names))
    edges = np.bincount(place, weights=split.test_edge, minlength=len(names))
    with np.errstate(invalid="ignore"):
        sure = np.where(counts > 0, edges / np.where(counts > 0, counts, 1), np.nan)
    half = float(split.test_edge.mean())
    return TaskResult(
        task="link prediction",
        method=method,
        groups=names,
        scores={name: np.array([whole[name]]) for name in whole},
        group_scores={name: np.array([[row[name] for row in rows]]) for name in whole},
        group_counts=counts[None],
        chance={
            "accuracy": np.array([max(half, 1 - half)]),
            "auc": np.array([0.5]),
            "average precision": np.array([half]),
        },
        group_chance={
            "accuracy": np.maximum(sure, 1 - sure)[None],
            "auc": np.where(counts > 0, 0.5, np.nan)[None],
            "average precision": sure[None],
        },
        config={"feature": feature, "penalty": penalty},
        made_from=digest(vectors, split.digest, who.code),
        seed=split.seed,
        notes=notes + split.notes,
    )


def _forest(graph: Graph, order: Ids, pairs: Ids) -> Ids:
    """Choose a random spanning forest: the lightest under random weights."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import minimum_spanning_tree

    n = graph.n_nodes
    weight = np.empty(len(pairs))
    weight[order] = np.arange(1, len(pairs) + 1)
    tree = minimum_spanning_tree(csr_array((weight, (pairs // n, pairs % n)), shape=(n, n))).tocoo()
    return np.asarray(tree.row.astype(np.int64) * n + tree.col)


def _non_edges(graph: Graph, pairs: Ids, like: Ids, groups: Groups | None, draw: np.random.Generator) -> Ids:
    """Draw a pair without an edge for every pair in `like`, in its order: no pair twice, each open one alike."""
    n = graph.n_nodes
    if groups is None:
        every = np.arange(n)
        return _drawn(graph, pairs, every, every, True, len(like), draw)
    if groups.n_nodes != n:
        raise DataError(f"`groups` must have one value per node, N={n}, got {groups.n_nodes}.")
    a, b = groups.code[like // n], groups.code[like % n]
    if not graph.directed:
        a, b = np.minimum(a, b), np.maximum(a, b)
    kind = a * len(groups) + b
    out = np.empty(len(like), np.int64)
    for k in np.unique(kind):
        mine = np.flatnonzero(kind == k)
        i, j = divmod(int(k), len(groups))
        out[mine] = _drawn(graph, pairs, groups.members(i), groups.members(j), i == j, len(mine), draw)
    return out


def _drawn(graph: Graph, pairs: Ids, left: Ids, right: Ids, same: bool, wanted: int, draw: np.random.Generator) -> Ids:
    """Draw pairs without an edge between two sets of nodes, which are one set or have no node in common."""
    n = graph.n_nodes
    inside = np.zeros((2, n), bool)
    inside[0, left], inside[1, right] = True, True

    def between(key: Ids) -> NDArray[np.bool_]:
        a, b = key // n, key % n
        ordered = inside[0, a] & inside[1, b]
        return np.asarray(ordered if graph.directed else ordered | (inside[0, b] & inside[1, a]))

    n_pairs = len(left) * (len(left) - 1) // (1 if graph.directed else 2) if same else len(left) * len(right)
    there = n_pairs - int(between(pairs).sum())
    if there < wanted:
        raise DataError(
            f"the task needs {wanted} pairs without an edge, and {graph!r} has {there}"
            f"{'' if len(left) == n else ' between two of its groups'}. Hold out fewer, or lower `most_train_pairs`."
        )
    if 2 * wanted > there:
        key = (left[:, None] * n + right).ravel()
        a, b = key // n, key % n
        if not graph.directed:
            key = np.minimum(a, b) * n + np.maximum(a, b)
        return np.asarray(draw.permutation(np.setdiff1d(key[a != b], pairs))[:wanted])
    found = np.empty(0, np.int64)
    while len(found) < wanted:
        size = 2 * (wanted - len(found)) + 16
        a, b = left[draw.integers(0, len(left), size)], right[draw.integers(0, len(right), size)]
        if not graph.directed:
            a, b = np.minimum(a, b), np.maximum(a, b)
        key = (a * n + b)[a != b]
        found = np.concatenate([found, key[~np.isin(key, pairs)]])
        found = found[np.sort(np.unique(found, return_index=True)[1])]
    return found[:wanted]


def _without(graph: Graph, gone: NDArray[np.bool_]) -> Graph:
    """Drop entries of the rows; everything else stays."""
    kept = ~gone
    counts = np.bincount(graph.src[kept], minlength=graph.n_nodes)
    return Graph(
        offsets=np.concatenate([[0], np.cumsum(counts)]),
        target=graph.target[kept],
        weight=None if graph.weight is None else graph.weight[kept],
        directed=graph.directed,
        names=graph.names,
        attributes=graph.attributes,
        notes=graph.notes,
    )


def _as_pairs(keys: Ids, n: int) -> Ids:
    return np.stack([keys // n, keys % n], axis=1)


def _features(vectors: NDArray[np.float64], pairs: Ids, feature: str) -> NDArray[np.float64]:
    a, b = vectors[pairs[:, 0]], vectors[pairs[:, 1]]
    if feature == "product":
        return np.asarray(a * b)
    if feature == "mean":
        return np.asarray((a + b) / 2)
    return np.asarray((a - b) ** 2 if feature == "squared difference" else np.abs(a - b))


def _group_pairs(split: LinkSplit, who: Groups) -> tuple[NDArray[np.str_], Ids]:
    """Name the pairs of groups, ordered ones if the graph is directed, and place every tested pair among them."""
    g = len(who)
    a, b = who.code[split.test[:, 0]], who.code[split.test[:, 1]]
    if not split.graph.directed:
        a, b = np.minimum(a, b), np.maximum(a, b)
    every = [(i, j) for i in range(g) for j in range(g) if split.graph.directed or i <= j]
    place = np.full((g, g), -1)
    for k, (i, j) in enumerate(every):
        place[i, j] = k
    sign = " -> " if split.graph.directed else " - "
    return np.array([f"{who.names[i]}{sign}{who.names[j]}" for i, j in every]), place[a, b]


def _scored(score: NDArray[np.float64], edge: NDArray[np.bool_]) -> dict[str, float]:
    accuracy = float(((score > 0) == edge).mean()) if len(edge) else float("nan")
    auc, precision = curve_areas(score[edge], score[~edge])
    return {"accuracy": accuracy, "auc": auc, "average precision": precision}
