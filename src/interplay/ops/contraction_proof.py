"""One question of contraction: which network, in which form of time; and a proof for a given scaling and rate."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from interplay.ops.contraction_metric import Network, find_metric
from interplay.ops.contraction_response import Response, continuous, discrete, scaled

Floats = NDArray[np.float64]


class Question(NamedTuple):
    """A network whose contraction is asked for.

    Attributes
    ----------
    weights : (N, N) float64 array
    tau : (N,) float64 array, > 0, s
    slope : (N,) float64 array, > 0
        L.
    filter_first : bool
        True: tau x' = -x + phi(W x + u). False: tau z' = -z + W phi(z) + u.
    either_sign : bool
        Slopes in [-L, L] instead of [0, L].
    step : float or None, s
        Of forward Euler; None: continuous time.
    """

    weights: Floats
    tau: Floats
    slope: Floats
    filter_first: bool = True
    either_sign: bool = False
    step: float | None = None

    @property
    def most(self) -> float:
        """Rate that no weights reach: that of the slowest unit, if it receives nothing."""
        if self.step is None:
            return float(1 / self.tau.max())
        kept = 1 - self.step / float(self.tau.max())
        return float(-np.log(kept) / self.step) if kept > 0 else np.inf

    def factor(self, rate: float) -> float:
        """Distance after a step, of 1 before it."""
        assert self.step is not None
        return float(np.exp(-rate * self.step))

    def response(self, rate: float) -> Response:
        """Frequency response at a rate."""
        weights = self.slope[:, None] * self.weights
        if self.step is None:
            return continuous(weights, self.tau, rate, filter_first=self.filter_first, either_sign=self.either_sign)
        return discrete(
            weights,
            self.step / self.tau,
            self.factor(rate),
            filter_first=self.filter_first,
            either_sign=self.either_sign,
        )

    def network(self, rate: float) -> Network:
        """Matrices of the inequality at a rate."""
        flow = (1.0 if self.step is None else self.step) / self.tau
        a = -np.diag(flow) if self.step is None else np.diag(1 - flow)
        b = np.diag(flow) if self.filter_first else flow[:, None] * self.weights
        c = self.weights if self.filter_first else np.eye(len(flow))
        decay = rate if self.step is None else self.factor(rate)
        return Network(a, b, c, self.slope, decay, self.step is not None, self.either_sign)


class Proof(NamedTuple):
    """What satisfies the inequality at a rate.

    Attributes
    ----------
    rate : float, 1/s
    metric : (N, N) float64 array
        P.
    scaling : (N,) float64 array
        q, mean 1.
    margin : float
        Of `inequality_margin`; positive.
    """

    rate: float
    metric: Floats
    scaling: Floats
    margin: float


def prove(question: Question, rate: float, log_scaling: Floats) -> Proof | None:
    """Find P for a scaling at a rate, and check it.

    Parameters
    ----------
    question : Question
    rate : float, 1/s
    log_scaling : (N,) float64 array
        log of q / L; of q for slopes of either sign.

    Returns
    -------
    Proof or None
        None if no P passes the check.
    """
    root = np.exp(0.5 * (log_scaling - log_scaling.max()))
    root = root / np.sqrt((root**2 if question.either_sign else question.slope * root**2).mean())
    scaling = root**2 if question.either_sign else question.slope * root**2
    change = root if question.filter_first else question.slope * root
    if question.step is not None:
        # The response's states are those of a map onto continuous time, up to a factor each.
        factor = question.factor(rate)
        change = change * np.sqrt(2) / (1 + (1 - question.step / question.tau) / factor) / factor
    response = scaled(question.response(rate), log_scaling)
    if not np.all(np.isfinite(response.weights)):
        return None
    metric, margin = find_metric(question.network(rate), response, scaling, change)
    return Proof(rate, metric, scaling, margin) if margin > 0 else None
