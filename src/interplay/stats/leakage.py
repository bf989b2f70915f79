"""What vectors still tell of a group: fresh classifiers that had no part in making the vectors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes, require_setting
from interplay._core.errors import DataError
from interplay._core.rng import stream
from interplay.data.groups import Groups
from interplay.stats.node_labels import split_nodes
from interplay.stats.scores import balanced_accuracy

#: Nodes beyond this number are sampled: the kernel classifier costs their square.
_MOST_NODES = 4000


@dataclass(frozen=True, eq=False, kw_only=True)
class GroupLeakage:
    """How well groups are told from vectors.

    Attributes
    ----------
    linear, kernel : (R,) float64 arrays, in [0, 1]
        Balanced accuracy on held-out nodes of a logistic regression, and of a support vector machine with a Gaussian
        kernel: what is curved out of the first one's sight may be plain to the second.
    chance : float
        One over the number of groups with members.
    n_nodes : int
        Nodes that were used.
    """

    linear: NDArray[np.float64]
    kernel: NDArray[np.float64]
    chance: float
    n_nodes: int

    @property
    def worst(self) -> float:
        """The higher of the two means."""
        return float(max(self.linear.mean(), self.kernel.mean()))


def group_leakage(
    vectors: ArrayLike, groups: Groups, *, nodes: ArrayLike | None = None, repeats: int = 5, seed: int = 0
) -> GroupLeakage:
    """Train fresh classifiers of groups on half the nodes, and ask them about the other half.

    Parameters
    ----------
    vectors : (N, D) float array
    groups : Groups
    nodes : (M,) int array or None
        Which nodes to use, for example those that are embedded. None: all.
    repeats : int, >= 1
        Random halves.
    seed : int

    Returns
    -------
    GroupLeakage
        At `chance` the vectors tell these classifiers nothing. A trained discriminator at a loss is no proof of that:
        it may only be weak, or have been led round in circles.

    Raises
    ------
    DataError
        If lengths disagree, or fewer than two groups have two members among the nodes.

    Notes
    -----
    Both classifiers weigh groups alike; vectors are scaled to the training half. Beyond 4000 nodes a random 4000 are
    used. O(M^2 D) to O(M^3) time.
    """
    require_setting("repeats", repeats, least=1, whole=True)
    table = np.asarray(Shapes(N=groups.n_nodes).array("vectors", vectors, "N D"), np.float64)
    use = np.arange(len(table)) if nodes is None else np.asarray(Shapes().array("nodes", nodes, "M", "int"))
    if len(use) > _MOST_NODES:
        use = np.sort(stream(seed, "group_leakage").choice(use, _MOST_NODES, replace=False))
    table, code = table[use], groups.code[use]
    members = np.bincount(code, minlength=len(groups))
    if (members >= 2).sum() < 2:
        raise DataError(f"`groups` must have two members each in at least 2 groups, got sizes {members.tolist()}.")
    scores = np.empty((2, repeats))
    for r in range(repeats):
        train, test = _halves(code, seed, r)
        scores[:, r] = _told(table, code, train, test, len(groups))
    return GroupLeakage(linear=scores[0], kernel=scores[1], chance=1.0 / int((members >= 2).sum()), n_nodes=len(use))


def _halves(code: NDArray[np.int64], seed: int, repeat: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Halve each group on its own, so that none is missing from either half; a lone member is in neither."""
    train, test = [], []
    for g in np.unique(code):
        mine = np.flatnonzero(code == g)
        if len(mine) < 2:
            continue
        first, second = split_nodes(code[mine], 0.5, seed, repeat * (int(code.max()) + 1) + int(g))
        train.append(mine[first])
        test.append(mine[second])
    return np.sort(np.concatenate(train)), np.sort(np.concatenate(test))


def _told(
    table: NDArray[np.float64],
    code: NDArray[np.int64],
    train: NDArray[np.int64],
    test: NDArray[np.int64],
    n_groups: int,
) -> tuple[float, float]:
    from sklearn.linear_model import LogisticRegression
    from sklearn.svm import SVC

    mean, scale = table[train].mean(axis=0), table[train].std(axis=0)
    scaled = (table - mean) / np.where(scale > 0, scale, 1.0)
    truth = code[test][:, None]
    found = []
    for model in (
        LogisticRegression(class_weight="balanced", max_iter=1000),
        SVC(class_weight="balanced", random_state=0),
    ):
        answer = model.fit(scaled[train], code[train]).predict(scaled[test])
        found.append(float(balanced_accuracy(truth, answer[:, None], n_groups)[0]))
    return found[0], found[1]
