"""Node classification: what vectors of nodes tell about a label, and for whom they tell it."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes, require_setting
from interplay._core.errors import ConfigError, DataError
from interplay._core.provenance import digest
from interplay.data.groups import Groups
from interplay.data.node_embedding import NodeEmbedding
from interplay.represent.task_results import TaskResult
from interplay.stats.node_labels import Classifier, split_nodes, tell_labels
from interplay.stats.scores import balanced_accuracy


def node_classification(
    embedding: NodeEmbedding | ArrayLike,
    labels: Groups | ArrayLike,
    groups: Groups | None = None,
    *,
    train_share: float = 0.5,
    repeats: int = 10,
    classifier: Classifier = "logistic",
    penalty: float = 1.0,
    seed: int = 0,
) -> TaskResult:
    """Tell labels of held-out nodes from their vectors, and say how well that went in each group.

    Parameters
    ----------
    embedding : NodeEmbedding or (N, D) float array
    labels : Groups or (N,) text or int array
        What is told, one per node.
    groups : Groups or None
        For whom it is told well. None: one group, "all".
    train_share : float, in (0, 1)
        Of the nodes, drawn at random in each repeat, which train the classifier.
    repeats : int, >= 1
        Random splits.
    classifier : {"logistic", "propagation"}
        "propagation" is the published one for CrossWalk (there by iteration, here exact; O(N^3)).
    penalty : float, > 0
        Ridge penalty of the regression, on scaled vectors.
    seed : int

    Returns
    -------
    TaskResult
        Metrics "accuracy" and, of all nodes only, "balanced accuracy" (mean over labels). By chance: the accuracy of
        the training nodes' commonest label.

    Raises
    ------
    DataError
        If lengths disagree, a vector is not finite, there are fewer than two nodes, or all have one label.
    ConfigError
        If a setting is out of range.

    Notes
    -----
    The splits depend on `seed` and N only, so that two embeddings are asked about the same nodes. Nodes that a method
    could not place keep their vector of zeros and are told like any other: a method answers for all. A label that no
    training node has cannot be told right.

    References
    ----------
    Khajehnejad et al. (2022), AAAI, section 5.3, for the task and its disparity.
    """
    require_setting("train_share", train_share, above=0, below=1)
    require_setting("repeats", repeats, least=1, whole=True)
    require_setting("penalty", penalty, above=0)
    require_setting("seed", seed, least=0, whole=True)
    vectors, method, notes = read_vectors(embedding)
    told = labels if isinstance(labels, Groups) else Groups.of(labels, column="label")
    who = groups if groups is not None else one_group(len(vectors))
    for name, given in (("labels", told), ("groups", who)):
        if given.n_nodes != len(vectors):
            raise DataError(f"`{name}` must have one value per node, N={len(vectors)}, got {given.n_nodes}.")
    if len(np.unique(told.code)) < 2:
        raise DataError(
            f"`labels` must take at least 2 values, got {len(np.unique(told.code))}. Nothing is to be told."
        )
    right, weights, chance = (np.zeros((repeats, len(vectors))) for _ in range(3))
    balanced, balanced_chance = np.empty(repeats), np.empty(repeats)
    for r in range(repeats):
        train, test = split_nodes(told.code, train_share, seed, r)
        answer = tell_labels(vectors, told.code, train, test, classifier, penalty)
        commonest = int(np.bincount(told.code[train]).argmax())
        weights[r, test] = 1.0
        right[r, test] = answer == told.code[test]
        chance[r, test] = told.code[test] == commonest
        truth = told.code[test][:, None]
        balanced[r] = balanced_accuracy(truth, answer[:, None], len(told))[0]
        balanced_chance[r] = 1.0 / len(np.unique(truth))
    return TaskResult(
        task="node classification",
        method=method,
        groups=who.names,
        scores={"accuracy": share_of(right, weights), "balanced accuracy": balanced},
        group_scores={"accuracy": shares_of(right, weights, who)},
        group_counts=shares_count(weights, who),
        chance={"accuracy": share_of(chance, weights), "balanced accuracy": balanced_chance},
        group_chance={"accuracy": shares_of(chance, weights, who)},
        config={"classifier": classifier, "train_share": train_share, "penalty": penalty, "repeats": repeats},
        made_from=digest(vectors, told.code, who.code),
        seed=seed,
        notes=notes,
    )


def read_vectors(embedding: NodeEmbedding | ArrayLike) -> tuple[NDArray[np.float64], str, tuple[str, ...]]:
    """Give vectors as (N, D) floats, the name of their method, and what a reader must know."""
    if isinstance(embedding, NodeEmbedding):
        missing = int((~embedding.embedded).sum())
        note = f"{missing} nodes that {embedding.method} could not place are told from a vector of zeros."
        return np.asarray(embedding.embedding, np.float64), embedding.method, (note,) if missing else ()
    if hasattr(embedding, "embedding"):
        raise ConfigError(f"`embedding` must be a NodeEmbedding or an (N, D) array, got {type(embedding).__name__}.")
    return np.asarray(Shapes().array("embedding", embedding, "N D"), np.float64), "", ()


def one_group(n_nodes: int) -> Groups:
    """Give one group of all nodes."""
    return Groups(code=np.zeros(n_nodes, np.int64), names=np.array(["all"]), column="all")


def share_of(right: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """(R,) share of tested items that are right."""
    return np.asarray(right.sum(axis=1) / weights.sum(axis=1))


def shares_of(right: NDArray[np.float64], weights: NDArray[np.float64], who: Groups) -> NDArray[np.float64]:
    """(R, G) share of tested items of each group that are right; NaN where none is tested."""
    count = shares_count(weights, who)
    hits = np.stack([np.bincount(who.code, weights=row, minlength=len(who)) for row in right])
    return np.asarray(hits / np.where(count > 0, count, np.nan))


def shares_count(weights: NDArray[np.float64], who: Groups) -> NDArray[np.int64]:
    """(R, G) number of tested items of each group."""
    rows = [np.bincount(who.code, weights=row, minlength=len(who)) for row in weights]
    return np.stack(rows).astype(np.int64)
