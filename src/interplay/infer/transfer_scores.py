"""What one source adds to the prediction of one target: plug-in on binary series, and regression.

Both give, for all candidates at once, an information in nats, its first-order bias, and a p-value, given what is
already known; `TransferEntropy` and its selection of sources work on either.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Candidate = tuple[int, int]

#: Share of a variance below which what is left of it is rounding.
_ROUNDING = 1e-10
#: The same of an eigenvalue, where what is known depends on itself.
_DEPENDENT = 1e-13


class Scores(NamedTuple):
    """Information of every unit at every delay 1 .. D on one target; (n, D) arrays each.

    Attributes
    ----------
    information : float64 array, nats
        NaN where it is undefined.
    bias : float64 array
        To be subtracted.
    pvalue : float64 array, in [0, 1]
        Of no information; 1 where undefined.
    """

    information: NDArray[np.float64]
    bias: NDArray[np.float64]
    pvalue: NDArray[np.float64]


class Scorer(ABC):
    """Scores candidates for one window.

    Parameters
    ----------
    x : (T, n) float64 array
    history : int, bins, >= 1
        Own past of the target that is always known.
    max_delay : int, bins, >= 1
    """

    def __init__(self, x: NDArray[np.float64], history: int, max_delay: int) -> None:
        self.x, self.history, self.max_delay = x, history, max_delay
        self.longest = max(history, max_delay)
        self.n_samples = len(x) - self.longest

    @abstractmethod
    def scores(self, target: int, given: Sequence[Candidate]) -> Scores:
        """Score all candidates for a target, given its past and the candidates already taken."""


class BinaryScorer(Scorer):
    """Plug-in information on zeros and ones."""

    def __init__(self, x: NDArray[np.float64], history: int, max_delay: int) -> None:
        super().__init__(x, history, max_delay)
        self._x = np.ascontiguousarray((x > 0).T)

    def scores(self, target: int, given: Sequence[Candidate]) -> Scores:
        """Score from the tables of counts; see `Scorer.scores`."""
        from interplay.ops.transfer import conditional_transfer

        length = self._x.shape[1]
        known = [(target, k) for k in range(1, self.history + 1)] + list(given)
        state = np.zeros(self.n_samples, dtype=np.int64)
        for bit, (unit, back) in enumerate(known):
            state |= self._x[unit, self.longest - back : length - back].astype(np.int64) << bit
        out = np.empty((len(self._x), self.max_delay, 3))
        following = self._x[target, self.longest :].astype(np.int64)
        conditional_transfer(following, state, 1 << len(known), self._x, self.longest, out)
        return tabled(out, self.n_samples)


class GaussianScorer(Scorer):
    """Half the log ratio of residual variances of two regressions; exact for normal samples.

    Every column is brought to unit variance first, so that no unit's scale decides what counts as rounding. A target
    that is predicted without error, and a source whose samples depend on each other, have no value.
    """

    def __init__(self, x: NDArray[np.float64], history: int, max_delay: int) -> None:
        super().__init__(x, history, max_delay)
        length, n = x.shape
        x = x - x.mean(axis=0)
        size = np.abs(x).max(axis=0)
        x = x / np.where(size > 0, size, 1.0)
        lagged = np.stack([x[self.longest - k : length - k] for k in range(self.longest + 1)], axis=1)
        design = lagged.reshape(self.n_samples, -1)
        design = design - design.mean(axis=0)
        gram = design.T @ design
        scale = np.sqrt(np.diag(gram))
        scale[scale == 0] = 1.0
        self._gram = gram / scale / scale[:, None]
        self._n = n

    def scores(self, target: int, given: Sequence[Candidate]) -> Scores:
        """Score by one more regressor; see `Scorer.scores`."""
        return self.block_scores(target, given, 1)

    def block_scores(self, target: int, given: Sequence[Candidate], length: int) -> Scores:
        """Score each unit's samples at the delays d .. d + length - 1 together.

        Parameters
        ----------
        target : int
        given : sequence of (unit, delay)
        length : int, bins, >= 1

        Returns
        -------
        Scores
            For the delays d from 1 on for which the block lies within reach.
        """
        from scipy.special import fdtrc

        n, gram = self._n, self._gram
        known = [k * n + target for k in range(1, self.history + 1)] + [k * n + unit for unit, k in given]
        delays = self.max_delay if length == 1 else self.longest - length + 1
        block = (np.arange(1, delays + 1)[:, None] + np.arange(length)) * n
        columns = np.arange(n)[:, None, None] + block
        # What is known is taken out of target and candidates alike.
        root = np.linalg.pinv(gram[np.ix_(known, known)], rcond=_DEPENDENT, hermitian=True)
        back = root @ gram[known]
        inner = gram[target, target] - gram[target, known] @ back[:, target]
        cross = gram[target] - gram[target, known] @ back
        own = gram - gram[:, known] @ back if length > 1 else None
        variance = np.diag(gram) - np.einsum("ij,ij->j", gram[known], back)
        free = variance > _ROUNDING
        unexplained = inner > _ROUNDING
        if own is None:
            single = columns[:, :, 0]
            usable = free[single] & unexplained
            gain = np.divide(cross[single] ** 2, variance[single], out=np.zeros(single.shape), where=usable)
        else:
            usable = free[columns].all(axis=2) & unexplained
            size = np.sqrt(np.where(free, variance, 1.0))[columns]
            inside = own[columns[:, :, :, None], columns[:, :, None, :]] / (size[..., None] * size[..., None, :])
            usable &= np.linalg.eigvalsh(inside)[..., 0] > _ROUNDING
            inside = np.where(usable[:, :, None, None], inside, np.eye(length))
            side = cross[columns] / size
            gain = np.einsum("idk,idk->id", side, np.linalg.solve(inside, side[..., None])[..., 0])
        share = np.clip(gain / max(inner, np.finfo(float).tiny), 0.0, 1.0 - np.finfo(float).eps)
        information = np.where(usable, -0.5 * np.log1p(-share), np.nan)
        freedom = self.n_samples - len(known) - length - 1
        statistic = share / (1 - share) * freedom / length
        pvalue = np.where(usable, fdtrc(length, freedom, statistic), 1.0)
        return Scores(information, np.full(information.shape, length / (2.0 * self.n_samples)), pvalue)


def tabled(out: NDArray[np.float64], n_samples: int) -> Scores:
    """Turn plug-in information, Miller's correction and degrees of freedom, last axis of `out`, into scores."""
    from scipy.special import chdtrc

    information, correction, free = out[..., 0], out[..., 1], out[..., 2]
    statistic = np.maximum(2.0 * n_samples * information, 0.0)
    pvalue = np.where(free > 0, chdtrc(np.maximum(free, 1.0), statistic), 1.0)
    return Scores(np.where(free > 0, information, np.nan), -correction, pvalue)
