"""Small layered networks of noisy binary units, by summing over every state: exact gradients, and estimators' moments.

Numpy only, written from the equations; it shares nothing with the estimators that it judges. At most a dozen units.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Form = Literal["multilinear", "square", "none"]


class BinaryNet(NamedTuple):
    """Layers of binary units and a softmax read-out.

    Attributes
    ----------
    means : list of (J, I) arrays
        Mean weights of each layer of units, `weights[post, pre]`; the last entry is the read-out's.
    variances : list of (J, I) arrays or None
        Of the weights of the layers of units; None: points.
    floor : float
        Variance of the noise that units have of their own.
    law : {"gaussian", "logistic"}
    code : {"01", "pm1"}
    x : (I,) array
        Input.
    label : int
    """

    means: list[Floats]
    variances: list[Floats] | None
    floor: float
    law: str
    code: str
    x: Floats
    label: int


class Moments(NamedTuple):
    """Of the whole gradient with respect to all mean weights: exact, mean of the estimator, its total variance."""

    exact: Floats
    mean: Floats
    variance: float

    @property
    def bias(self) -> float:
        """Relative: norm of mean less exact over norm of exact."""
        return float(np.linalg.norm(self.mean - self.exact) / np.linalg.norm(self.exact))

    @property
    def spread(self) -> float:
        """Relative: root of the total variance over norm of exact."""
        return float(math.sqrt(self.variance) / np.linalg.norm(self.exact))

    @property
    def cosine(self) -> float:
        """Between mean and exact gradient."""
        return float(self.mean @ self.exact / (np.linalg.norm(self.mean) * np.linalg.norm(self.exact)))


def random_net(
    rng: np.random.Generator, *, ratio: float, law: str = "logistic", code: str = "01", sizes: tuple[int, ...] = (3, 3)
) -> BinaryNet:
    """Draw a net with all weights N(0, ratio²), units of noise scale 1, three inputs and three classes.

    Parameters
    ----------
    rng : numpy Generator
    ratio : float
        Weights over noise.
    law, code : str
    sizes : tuple of int
        Units per layer.
    """
    widths = (3, *sizes, 3)
    means = [rng.standard_normal((o, i)) * ratio for i, o in itertools.pairwise(widths)]
    return BinaryNet(means, None, 1.0, law, code, rng.standard_normal(3), int(rng.integers(3)))


def moments(net: BinaryNet, ratio: Callable[[Floats, Floats, Floats], Floats], form: Form = "multilinear") -> Moments:
    """Sum over all states.

    Parameters
    ----------
    net : BinaryNet
    ratio : callable
        Maps (states 0/1, P, 1 - P) of a layer to q(b) / P(b).
    form : {"multilinear", "square", "none"}
        How the variance goes on between the corners on the way back: multilinearly, as b², or as a constant.

    Returns
    -------
    Moments
    """
    sizes = [len(m) for m in net.means[:-1]]
    exact: Any = 0.0
    mean: Any = 0.0
    squares = 0.0
    for state in itertools.product((0.0, 1.0), repeat=sum(sizes)):
        layers = np.split(np.array(state), np.cumsum(sizes)[:-1])
        chance, score, estimate = _one_state(net, layers, ratio, form)
        if chance == 0:  # beyond the smallest number: it adds nothing
            continue
        exact = exact + chance * score
        mean = mean + chance * estimate
        squares += chance * float(estimate @ estimate)
    return Moments(exact, mean, squares - float(mean @ mean))


def _one_state(
    net: BinaryNet, layers: list[Floats], ratio: Callable[[Floats, Floats, Floats], Floats], form: Form
) -> tuple[float, Floats, Floats]:
    """Give the probability of a state, its term of the exact gradient, and what the estimator says in it."""
    sent = net.x
    passes = []
    chance = 1.0
    for k, b in enumerate(layers):
        m = net.means[k] @ sent
        s2 = np.full(len(m), net.floor)
        if net.variances is not None:
            s2 = s2 + net.variances[k] @ np.square(sent)
        u = m / np.sqrt(s2)
        p, q = (np.array([_cdf(sign * v, net.law) for v in u]) for sign in (1, -1))
        f = np.array([_pdf(v, net.law) for v in u])
        chance *= float(np.prod(np.where(b > 0, p, q)))
        if chance == 0:
            return 0.0, np.zeros(0), np.zeros(0)
        passes.append((sent, u, s2, p, q, f))
        sent = b if net.code == "01" else 2 * b - 1
    logits = net.means[-1] @ sent
    told = np.exp(logits - logits.max())
    told /= told.sum()
    loss = -math.log(told[net.label])
    to_logits = told - np.eye(len(told))[net.label]
    last = np.outer(to_logits, sent)
    scores, estimates = [last], [last]
    to_sent = net.means[-1].T @ to_logits
    factor = 1.0 if net.code == "01" else 2.0
    for k in range(len(layers) - 1, -1, -1):
        before, u, s2, p, q, f = passes[k]
        b = layers[k]
        scores.insert(0, loss * np.outer(np.divide(1, np.where(b > 0, p, -q)) * f / np.sqrt(s2), before))
        to_p = factor * to_sent * ratio(b, p, q)
        to_m, to_s2 = to_p * f / np.sqrt(s2), -to_p * f * u / (2 * s2)
        estimates.insert(0, np.outer(to_m, before))
        to_sent = net.means[k].T @ to_m
        if net.variances is not None and k > 0:
            to_sent = to_sent + (net.variances[k].T @ to_s2) * _bent(before, net.code, form)
    return chance, _flat(scores), _flat(estimates)


def _bent(before: Floats, code: str, form: Form) -> Floats:
    """Give the derivative of the square of what is sent, as each form has it."""
    if form == "square":
        return 2 * before
    if form == "none" or code == "pm1":
        return np.zeros_like(before)
    return np.ones_like(before)


def _flat(parts: list[Floats]) -> Floats:
    return np.concatenate([part.ravel() for part in parts])


def _cdf(u: float, law: str) -> float:
    return 1 / (1 + math.exp(-u)) if law == "logistic" else 0.5 * math.erfc(-u / math.sqrt(2))


def _pdf(u: float, law: str) -> float:
    p = _cdf(u, "logistic")
    return p * (1 - p) if law == "logistic" else math.exp(-u * u / 2) / math.sqrt(2 * math.pi)
