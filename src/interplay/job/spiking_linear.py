"""What needs no spiking network: the shares of the classes, and logistic regression on counted events or on pixels."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplay.data import LabelledEvents
from interplay.job.spiking_task import Rows, Samples

Floats = NDArray[np.float64]

#: Inverse strengths of the penalty; the watched samples choose.
_STRENGTHS = (0.01, 0.1, 1.0, 10.0)
#: Time bins of "counts per time bin".
_BINS = 10
#: Units are joined until a sample has no more numbers than this.
_MOST = 3000


@dataclass(frozen=True, eq=False, kw_only=True)
class LinearReadout:
    """Probabilities of classes from numbers of a sample: softmax of a linear map.

    Attributes
    ----------
    name : str
    about : str
    bins : int
        Time bins that events are counted in; 0 for pictures.
    bin_s : float, s
        Their width.
    pool : int
        Neighbouring units, or side of squares of pixels, counted as one.
    shift, scale : (F,) float64 arrays
        Of the numbers, from the samples learnt from.
    weight : (C, F) float64 array
    bias : (C,) float64 array
    """

    name: str
    about: str
    bins: int
    bin_s: float
    pool: int
    shift: Floats
    scale: Floats
    weight: Floats
    bias: Floats

    def probabilities(self, data: Samples, rows: Rows) -> Floats:
        """Give (S, C) probabilities of samples."""
        x = (_numbers(data, rows, self.bins, self.bin_s, self.pool) - self.shift) / self.scale
        score = x @ self.weight.T + self.bias
        score -= score.max(axis=1, keepdims=True)
        share = np.exp(score)
        return np.asarray(share / share.sum(axis=1, keepdims=True))


def linear_readouts(data: Samples, train: Rows, watched: Rows) -> tuple[LinearReadout, ...]:
    """Learn what needs no spiking network.

    Parameters
    ----------
    data : LabelledEvents or LabelledImages
    train, watched : (n,) int64 arrays
        Samples to learn from, and to choose the penalty by.

    Returns
    -------
    tuple of LinearReadout
        Class shares; logistic regression on counts; the same on counts per time bin. Of pictures: on pixels. Class
        shares alone where all samples learnt from are of one class.
    """
    shares = np.bincount(data.label[train], minlength=len(data.classes)) / len(train)
    if np.count_nonzero(shares) < 2:
        return (_guess(data, shares),)
    if not isinstance(data, LabelledEvents):
        guess = _guess(data, shares)
        return guess, _learnt(data, train, watched, "pixels", "Logistic regression on the pixels.", 0, 0.0, 1)
    longest = float(data.duration_s.max())
    return (
        _guess(data, shares),
        _learnt(
            data, train, watched, "counts", "Logistic regression on the number of events of each unit.", 1, longest, 1
        ),
        _learnt(
            data, train, watched, "counts per time bin",
            f"Logistic regression on the number of events of each unit in each of {_BINS} time bins.",
            _BINS, longest / _BINS, _pool(data),
        ),
    )  # fmt: skip


def _guess(data: Samples, shares: Floats) -> LinearReadout:
    """Say the shares of the classes, whatever the sample: every number of it weighs nothing."""
    events = isinstance(data, LabelledEvents)
    n = data.n_units if isinstance(data, LabelledEvents) else int(np.prod(data.image.shape[1:]))
    with np.errstate(divide="ignore"):
        # A class that nothing was learnt of is given a probability of 0, and so infinite surprise.
        bias = np.log(shares)
    return LinearReadout(
        name="class shares",
        about="Always says the shares of the classes among the samples learnt from.",
        bins=int(events),
        bin_s=float(data.duration_s.max()) if isinstance(data, LabelledEvents) else 0.0,
        pool=1,
        shift=np.zeros(n),
        scale=np.ones(n),
        weight=np.zeros((len(shares), n)),
        bias=bias,
    )


def _pool(data: LabelledEvents) -> int:
    """Join units until a sample has few enough numbers to learn from."""
    side = data.grid[1:] if data.grid is not None else (data.n_units,)
    for pool in range(1, min(side) + 1):
        if all(n % pool == 0 for n in side) and data.n_units * _BINS / pool ** len(side) <= _MOST:
            return pool
    return 1


def _numbers(data: Samples, rows: Rows, bins: int, bin_s: float, pool: int) -> Floats:
    if not isinstance(data, LabelledEvents):
        return np.asarray(data.image[rows], dtype=np.float64).reshape(len(rows), -1)
    pooled = data if pool == 1 else data.pooled(pool)
    counted = pooled.counts(rows, step_s=bin_s * (1 + 1e-6), n_steps=bins, beyond="ignore")
    return counted.transpose(1, 0, 2).reshape(len(rows), -1).astype(np.float64)


def _learnt(
    data: Samples, train: Rows, watched: Rows, name: str, about: str, bins: int, bin_s: float, pool: int
) -> LinearReadout:
    from sklearn.linear_model import LogisticRegression

    x, y = _numbers(data, train, bins, bin_s, pool), data.label[train]
    shift, scale = x.mean(axis=0), x.std(axis=0)
    # Numbers that never vary among the samples learnt from tell nothing of them: they are left as they are.
    scale = np.where(scale > 0, scale, 1.0)
    found: list[tuple[float, LinearReadout]] = []
    for strength in _STRENGTHS:
        model: Any = LogisticRegression(C=strength, max_iter=300)
        with warnings.catch_warnings():
            # A baseline that stops at 300 steps is judged as it stands.
            warnings.simplefilter("ignore")
            model.fit((x - shift) / scale, y)
        readout = LinearReadout(
            name=name, about=about, bins=bins, bin_s=bin_s, pool=pool, shift=shift, scale=scale,
            **_spread(model, len(data.classes)),
        )  # fmt: skip
        found.append((_loss(readout, data, watched if len(watched) else train), readout))
    return min(found, key=lambda pair: pair[0])[1]


def _spread(model: Any, n_classes: int) -> dict[str, Floats]:
    """Write what scikit-learn found as weights of every class; one that nothing was learnt of is never told."""
    weight, bias = np.asarray(model.coef_), np.asarray(model.intercept_)
    if len(weight) == 1:
        weight, bias = np.vstack([0 * weight, weight]), np.append(0 * bias, bias)
    full, rest = np.zeros((n_classes, weight.shape[1])), np.full(n_classes, -np.inf)
    full[model.classes_], rest[model.classes_] = weight, bias
    return {"weight": full, "bias": rest}


def _loss(readout: LinearReadout, data: Samples, rows: Rows) -> float:
    told = readout.probabilities(data, rows)[np.arange(len(rows)), data.label[rows]]
    with np.errstate(divide="ignore"):
        return float(-np.log(told).mean())
