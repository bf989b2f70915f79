"""Tell labels of nodes from their vectors: two classifiers that are trained afresh on every split."""

from __future__ import annotations

import warnings
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import ConfigError, DataError, InterplayWarning, unknown_name
from interplay._core.rng import stream

#: What may tell labels from vectors.
Classifier = Literal["logistic", "propagation"]

#: Share of every step of the propagation that leaves for the labels' own frequencies: no set of nodes is a trap.
_LEAK = 1e-9

#: Of the solver of a logistic regression.
_MOST_STEPS = 1000


def split_nodes(
    labels: NDArray[np.int64], share: float, seed: int, repeat: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Split nodes at random into a training part and the rest.

    Parameters
    ----------
    labels : (N,) int array
    share : float, in (0, 1)
        Of the nodes that train; at least one trains and one is left.
    seed, repeat : int
        The same pair gives the same split.

    Returns
    -------
    train, test : int64 arrays
        Rising ids.
    """
    n = len(labels)
    if n < 2:
        raise DataError(f"a split needs at least 2 nodes, got {n}. Give more nodes.")
    order = stream(seed, "split_nodes", repeat).permutation(n)
    cut = min(max(int(n * share), 1), n - 1)
    return np.sort(order[:cut]), np.sort(order[cut:])


def tell_labels(
    vectors: NDArray[np.float64],
    labels: NDArray[np.int64],
    train: NDArray[np.int64],
    test: NDArray[np.int64],
    classifier: Classifier = "logistic",
    penalty: float = 1.0,
) -> NDArray[np.int64]:
    """Predict labels of test nodes from the training nodes.

    Parameters
    ----------
    vectors : (N, D) float array
    labels : (N,) int array
        Those of test nodes are not read.
    train, test : int arrays of node ids
    classifier : {"logistic", "propagation"}
        "logistic": multinomial logistic regression with ridge penalty, on vectors scaled to the training nodes' mean
        and deviation. "propagation": labels spread over all nodes with weights exp(-g d^2) of their squared distance,
        g the mean distance over ordered pairs.
    penalty : float, > 0
        Of the regression: half the squared norm of the coefficients times this, beside the summed loss.

    Returns
    -------
    (len(test),) int64 array

    Raises
    ------
    ConfigError
        If `classifier` is unknown.

    Notes
    -----
    The propagation is the exact fixed point (the harmonic function of Zhu, Ghahramani and Lafferty), by one solve,
    O(N^3); iterating it, as is usual, stops near it. A node steps to the others only, and once in 1e9 steps to the
    labels' frequencies among training nodes, so that groups of equal vectors without a label have an answer.
    """
    if classifier not in get_args(Classifier):
        raise ConfigError(unknown_name("`classifier`", classifier, get_args(Classifier)))
    known = labels[train]
    if (known == known[0]).all():
        return np.full(len(test), known[0], dtype=np.int64)
    if classifier == "propagation":
        return _propagate(vectors, known, train, test)
    return _regress(vectors[train], known, vectors[test], penalty)


def _regress(
    given: NDArray[np.float64], known: NDArray[np.int64], asked: NDArray[np.float64], penalty: float
) -> NDArray[np.int64]:
    model, mean, scale = logistic_fit(given, known, penalty)
    return np.asarray(model.predict((asked - mean) / scale), dtype=np.int64)


def logistic_fit(
    given: NDArray[np.float64], known: NDArray[np.int64], penalty: float
) -> tuple[Any, NDArray[np.float64], NDArray[np.float64]]:
    """Fit a logistic regression on scaled columns; give it with the columns' mean and deviation; warn if unsettled."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    mean, scale = given.mean(axis=0), given.std(axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    model = LogisticRegression(C=1.0 / penalty, max_iter=_MOST_STEPS)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # said below, in words of ours
        model.fit((given - mean) / scale, known)
    if model.n_iter_.max() >= _MOST_STEPS:
        warnings.warn(
            f"the logistic regression had not settled after {_MOST_STEPS} steps; its last state is used. A larger "
            "`penalty` settles sooner.",
            InterplayWarning,
            stacklevel=2,
        )
    return model, mean, scale


def _propagate(
    vectors: NDArray[np.float64], known: NDArray[np.int64], train: NDArray[np.int64], test: NDArray[np.int64]
) -> NDArray[np.int64]:
    use = np.concatenate([train, test])
    rows = vectors[use]
    norm = (rows**2).sum(axis=1)
    squared = np.maximum(norm[:, None] + norm - 2.0 * rows @ rows.T, 0.0)
    width = float(np.sqrt(squared).mean())
    step = -width * squared[len(train) :]
    step[np.arange(len(test)), len(train) + np.arange(len(test))] = -np.inf
    step = np.exp(step - step.max(axis=1, keepdims=True))
    step *= (1.0 - _LEAK) / step.sum(axis=1, keepdims=True)
    classes, place = np.unique(known, return_inverse=True)
    given = np.eye(len(classes))[place]
    right = step[:, : len(train)] @ given + _LEAK * given.mean(axis=0)
    left = np.eye(len(test)) - step[:, len(train) :]
    return np.asarray(classes[np.linalg.solve(left, right).argmax(axis=1)], dtype=np.int64)
