"""Ridge regression and a ridge discriminant from inner products alone, for many targets and penalties at once.

With S windows and D features everything linear depends on the S x S inner products, so half a million edges cost no
more than S columns once these are known; and because the penalty only rescales the eigenvalues, one factorisation
serves every penalty and every permuted target.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: Penalties tried, in units of the mean squared length of a training vector.
PENALTIES = 10.0 ** np.arange(-3, 6)
_CHUNK = 4096
#: Eigenvalues below this share of the largest are rounding.
_RANK = 1e-10
#: A feature whose spread in training is below this share of its size there is constant.
_FLAT = 1e-9


def standardised_gram(values: NDArray[np.float64], train: NDArray[np.int64]) -> NDArray[np.float64]:
    """Take inner products of all rows, each feature scaled by its mean and deviation in the training rows.

    Parameters
    ----------
    values : (S, D) float array
    train : (n,) int array

    Returns
    -------
    (S, S) float64 array
        Features that are constant in training count for nothing.

    Notes
    -----
    O(S^2 D), in chunks of columns, so no second copy of `values` is made.
    """
    out = np.zeros((len(values), len(values)))
    for k in range(0, values.shape[1], _CHUNK):
        block = values[:, k : k + _CHUNK].astype(np.float64)
        known = block[train]
        mean, spread = known.mean(axis=0), known.std(axis=0)
        flat = spread <= _FLAT * np.abs(known).max(axis=0)
        block = (block - mean) * np.where(flat, 0.0, 1.0 / np.where(flat, 1.0, spread))
        out += block @ block.T
    return out


@dataclass(frozen=True, eq=False)
class Factor:
    """Training and test rows in the axes of the training rows.

    Attributes
    ----------
    train : (n, q) float array
        Orthogonal columns; the mean of the training rows is the origin.
    test : (m, q) float array
    power : (q,) float array, > 0
        Squared length of each column of `train`.
    """

    train: NDArray[np.float64]
    test: NDArray[np.float64]
    power: NDArray[np.float64]

    @property
    def scale(self) -> float:
        """Mean squared length of a training row: the unit of the penalties."""
        return float(self.power.sum() / len(self.train)) if len(self.power) else 1.0


def factor(gram: NDArray[np.float64], train: NDArray[np.int64], test: NDArray[np.int64]) -> Factor:
    """Factorise the training part of a Gram matrix, centred on the training rows.

    Parameters
    ----------
    gram : (S, S) float array
    train, test : (n,) and (m,) int arrays

    Returns
    -------
    Factor

    Notes
    -----
    One symmetric eigendecomposition, O(n^3).
    """
    inner = gram[np.ix_(train, train)]
    cross = gram[np.ix_(test, train)]
    mean = inner.mean(axis=0)
    inner = inner - mean - mean[:, None] + mean.mean()
    cross = cross - cross.mean(axis=1, keepdims=True) - mean + mean.mean()
    power, axes = np.linalg.eigh(inner)
    keep = power > _RANK * max(power[-1], 0.0) if len(power) else power > 0
    power, axes = power[keep], axes[:, keep]
    root = np.sqrt(power)
    return Factor(train=axes * root, test=cross @ axes / root, power=power)


def ridge(
    fitted: Factor, targets: NDArray[np.float64], penalty: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Predict targets by ridge regression with a free intercept.

    Parameters
    ----------
    fitted : Factor
    targets : (n, P) float array
        One column per target.
    penalty : float, > 0, in units of ``fitted.scale``

    Returns
    -------
    train, test : (n, P) and (m, P) float64 arrays
        Predictions, without the mean of the training targets.
    """
    inward = fitted.train.T @ targets
    weight = inward / (fitted.power + penalty * fitted.scale)[:, None]
    return fitted.train @ weight, fitted.test @ weight


def choose_penalty(
    gram: NDArray[np.float64], folds: list[tuple[NDArray[np.int64], NDArray[np.int64]]], targets: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Choose a penalty per target by the squared error on held-out blocks.

    Parameters
    ----------
    gram : (S, S) float array
    folds : list of (train, test) index arrays
        Inside the training windows. Folds that train on fewer than 2 windows are passed over.
    targets : (S, P, K) float array
        K columns per target (indicators of classes, or one column of numbers).

    Returns
    -------
    (P,) int64 array
        Places in `PENALTIES`; of equal errors the largest penalty wins.
    """
    n_targets = targets.shape[1]
    loss = np.zeros((len(PENALTIES), n_targets))
    for train, test in folds:
        if len(train) < 2:
            continue
        fitted = factor(gram, train, test)
        flat = targets[train].reshape(len(train), -1)
        mean = flat.mean(axis=0)
        inward = fitted.train.T @ flat
        truth = targets[test].reshape(len(test), -1) - mean
        for k, penalty in enumerate(PENALTIES):
            error = fitted.test @ (inward / (fitted.power + penalty * fitted.scale)[:, None]) - truth
            loss[k] += (error**2).sum(axis=0).reshape(n_targets, -1).sum(axis=1)
    best = loss.min(axis=0) * (1 + 1e-12)
    return np.asarray(len(PENALTIES) - 1 - np.argmax((loss <= best)[::-1], axis=0), dtype=np.int64)


def predict_numbers(fitted: Factor, targets: NDArray[np.float64], choice: NDArray[np.int64]) -> NDArray[np.float64]:
    """Predict numbers for the test rows.

    Parameters
    ----------
    fitted : Factor
    targets : (n, P) float array
    choice : (P,) int array
        Places in `PENALTIES`.

    Returns
    -------
    (m, P) float64 array
    """
    mean = targets.mean(axis=0)
    out = np.empty((len(fitted.test), targets.shape[1]))
    for k in np.unique(choice):
        mine = choice == k
        out[:, mine] = ridge(fitted, targets[:, mine], float(PENALTIES[k]))[1] + mean[mine]
    return out


def predict_classes(
    fitted: Factor, codes: NDArray[np.int64], n_classes: int, choice: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Predict classes for the test rows by the ridge discriminant with equal priors.

    Parameters
    ----------
    fitted : Factor
    codes : (n, P) int array, in [0, n_classes)
    n_classes : int
    choice : (P,) int array
        Places in `PENALTIES`.

    Returns
    -------
    (m, P) int64 array
        A class that is absent from training is never predicted; of equal scores the first class wins.

    Notes
    -----
    Score of class k: m_k' A x - c_k / 2, with m_k the training mean of the class, A = (X'X + penalty)^-1 and x, m_k
    measured from the mean of all training rows. c_k = (n_k m_k' A m_k - h) / ((n_k - 1) (1 - 1 / n - h)), with n_k of
    the n training rows in the class and h the mean of x' A x over them, is what m_k' A x comes to for a row of the
    class that was not trained on: m_k' A m_k itself contains every row's product with itself, most of all in a small
    class, and in many dimensions would give a rare class away to a common one. (The leverage h stands for that of each
    row, as in generalised cross-validation.) A class of one training row has c_k = 0. For two classes this is ridge
    regression on +1 and -1 with the threshold half way between the classes, so a common class is not favoured.
    """
    out = np.empty((len(fitted.test), codes.shape[1]), dtype=np.int64)
    member = codes[:, :, None] == np.arange(n_classes)
    count = member.sum(axis=0)
    share = member / np.maximum(count, 1)
    for k in np.unique(choice):
        mine = np.flatnonzero(choice == k)
        averaging = share[:, mine].reshape(len(codes), -1)
        on_train, on_test = ridge(fitted, averaging, float(PENALTIES[k]))
        within = (averaging * on_train).sum(axis=0)
        leverage = float((fitted.power / (fitted.power + PENALTIES[k] * fitted.scale)).sum()) / len(codes)
        size = count[mine].ravel()
        own = (size * within - leverage) / (np.maximum(size - 1, 1) * (1 - 1 / len(codes) - leverage))
        own[size < 2] = 0.0
        score = (on_test - 0.5 * own).reshape(len(fitted.test), len(mine), n_classes)
        score = np.where(count[mine] > 0, score, -np.inf)
        out[:, mine] = score.argmax(axis=2)
    return out
