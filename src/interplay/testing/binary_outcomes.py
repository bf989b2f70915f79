"""Noisy binary networks small enough to list every outcome: exact gradients, and what an estimator gives in each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise, product
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
#: From P to the numerators (q₁, q₀) of the ratio q(b) / P(b).
Shares = Callable[[Floats], tuple[Floats, Floats]]
_MOST_UNITS = 12


class Enumeration(NamedTuple):
    """Every outcome of a network.

    Attributes
    ----------
    probability : (M,) float array
        Of each outcome; they add up to 1.
    loss : (M,) float array
    exact : (D,) float array
        Gradient of the expected loss with respect to weights and biases, layer by layer.
    estimate : (M, D) float array
        What the estimator gives in each outcome.
    """

    probability: Floats
    loss: Floats
    exact: Floats
    estimate: Floats

    @property
    def mean(self) -> Floats:
        """Mean of the estimate, (D,)."""
        return self.probability @ self.estimate

    @property
    def variance(self) -> Floats:
        """Variance of the estimate, (D,)."""
        return self.probability @ np.square(self.estimate - self.mean)

    @property
    def relative_bias(self) -> float:
        """Length of the bias over that of the exact gradient; 0 is best."""
        return float(np.linalg.norm(self.mean - self.exact) / np.linalg.norm(self.exact))

    @property
    def relative_std(self) -> float:
        """Root of the total variance over the length of the exact gradient; 0 is best."""
        return float(np.sqrt(self.variance.sum()) / np.linalg.norm(self.exact))

    @property
    def cosine(self) -> float:
        """Cosine between mean and exact gradient, in [-1, 1]; 1 is best."""
        return float(self.mean @ self.exact / np.linalg.norm(self.mean) / np.linalg.norm(self.exact))


@dataclass(frozen=True, kw_only=True, eq=False)
class BinaryNetwork:
    """Layers of noisy binary units, b = 1[a + s ε > 0], and a loss of the last of them.

    Parameters
    ----------
    weights : tuple of (n_out, n_in) float arrays
        One per layer of units.
    biases : tuple of (n_out,) float arrays
    x : (n_in,) float array
        What drives the first layer.
    loss : callable
        Maps the last layer's spikes, (M, n), to losses (M,) and their derivatives (M, n).
    noise : {"logistic", "gaussian"}
    code : {"01", "pm1"}
    scale : float, > 0
        s, or s₀ where weights have a variance.
    weight_variance : tuple of (n_out, n_in) float arrays, or None
        Adds σ² times what drives the layer to s²; `x` counts with its square.
    form : {"multilinear", "square"}
        How s² goes on between the corners of the spikes: linear in each (σ² b for 0 and 1, constant for signs), or
        σ² b². The loss is the same, the derivative is not.
    """

    weights: tuple[Floats, ...]
    biases: tuple[Floats, ...]
    x: Floats
    loss: Callable[[Floats], tuple[Floats, Floats]]
    noise: Literal["logistic", "gaussian"] = "logistic"
    code: Literal["01", "pm1"] = "01"
    scale: float = 1.0
    weight_variance: tuple[Floats, ...] | None = None
    form: Literal["multilinear", "square"] = "multilinear"

    @property
    def outcomes(self) -> tuple[Floats, ...]:
        """What each layer sends in each of the M = 2^units outcomes, (M, n) per layer."""
        sizes = [len(bias) for bias in self.biases]
        if sum(sizes) > _MOST_UNITS:
            raise ValueError(f"a network may have {_MOST_UNITS} units at most, got {sum(sizes)}.")
        values = (0.0, 1.0) if self.code == "01" else (-1.0, 1.0)
        every = np.array(list(product(values, repeat=sum(sizes))))
        return tuple(np.split(every, np.cumsum(sizes)[:-1], axis=1))

    def enumerate(self, shares: Shares) -> Enumeration:
        """List every outcome.

        Parameters
        ----------
        shares : callable
            The estimator: q₁ and q₀ of a unit with probability P. (P, 1 - P) is straight-through.

        Returns
        -------
        Enumeration
            `exact` is the sum of probability · loss · gradient of the log-probability.
        """
        sent = self.outcomes
        below = (np.broadcast_to(self.x, (len(sent[0]), len(self.x))), *sent[:-1])
        units = [self._units(k, below[k]) for k in range(len(sent))]
        taken = [np.where(b > 0, unit.chance, unit.rest) for b, unit in zip(sent, units, strict=True)]
        probability = np.concatenate(taken, axis=1).prod(axis=1)
        loss, upstream = self.loss(sent[-1])
        exact: list[Floats] = []
        estimate: list[Floats] = []
        for k in reversed(range(len(sent))):
            unit, fired = units[k], sent[k] > 0
            # d log P(b) / da, with the sign of what was done
            score = np.where(fired, 1, -1) * _over(unit.by_mean, taken[k])
            exact = [*_per_parameter(score * loss[:, None], below[k]), *exact]
            upper, lower = shares(unit.chance)
            share = np.where(fired, upper, lower) * (1 if self.code == "01" else 2)
            by_mean, by_scale = share * upstream * _over(np.stack([unit.by_mean, unit.by_scale]), taken[k])
            estimate = [*_per_parameter(by_mean, below[k]), *estimate]
            upstream = by_mean @ self.weights[k]
            if self.weight_variance is not None:
                upstream = upstream + self._through_variance(k, below[k], by_scale / (2 * unit.scale))
        flat = np.concatenate(estimate, axis=1)
        return Enumeration(probability, loss, probability @ np.concatenate(exact, axis=1), flat)

    def _units(self, k: int, rows: Floats) -> _Units:
        """Give what the units of one layer would do, driven by (M, n_in) rows."""
        a = rows @ self.weights[k].T + self.biases[k]
        scale = np.full_like(a, self.scale)
        if self.weight_variance is not None:
            # On the corners every form is the square.
            scale = np.sqrt(np.square(rows) @ self.weight_variance[k].T + self.scale**2)
        z = a / scale
        if self.noise == "logistic":
            chance, rest = 1 / (1 + np.exp(-z)), 1 / (1 + np.exp(z))
            density = chance * rest
        else:
            from scipy.special import ndtr

            chance, rest, density = ndtr(z), ndtr(-z), np.exp(-np.square(z) / 2) / np.sqrt(2 * np.pi)
        return _Units(chance, rest, density / scale, -density * z / scale, scale)

    def _through_variance(self, k: int, rows: Floats, by_square: Floats) -> Floats:
        """Carry derivatives with respect to s² to the spikes below."""
        assert self.weight_variance is not None
        if self.form == "square":
            return np.asarray(2 * rows * (by_square @ self.weight_variance[k]))
        return np.asarray(by_square @ self.weight_variance[k] * (1 if self.code == "01" else 0))


class _Units(NamedTuple):
    """Of one layer, all (M, n): P, 1 - P, dP/da, dP/ds and s."""

    chance: Floats
    rest: Floats
    by_mean: Floats
    by_scale: Floats
    scale: Floats


def _over(slope: Floats, taken: Floats) -> Floats:
    """Divide by the probability of what was done; nothing counts of what cannot be."""
    return np.divide(slope, taken, out=np.zeros(np.broadcast_shapes(slope.shape, taken.shape)), where=taken > 0)


def _per_parameter(by_preactivation: Floats, rows: Floats) -> list[Floats]:
    """Weights first, then biases: what one pre-activation passes on to its parameters, in each outcome."""
    return [(by_preactivation[:, :, None] * rows[:, None, :]).reshape(len(rows), -1), by_preactivation]


def cross_entropy(weights: Floats, label: int) -> Callable[[Floats], tuple[Floats, Floats]]:
    """Make the loss of a linear read-out: -log softmax(W b)[label].

    Parameters
    ----------
    weights : (K, n) float array
    label : int, in [0, K)

    Returns
    -------
    callable
        As `BinaryNetwork.loss` wants it.
    """

    def loss(spikes: Floats) -> tuple[Floats, Floats]:
        scores = spikes @ weights.T
        scores = scores - scores.max(axis=1, keepdims=True)
        total = np.exp(scores).sum(axis=1, keepdims=True)
        ahead = np.exp(scores) / total - (np.arange(len(weights)) == label)
        return np.log(total[:, 0]) - scores[:, label], ahead @ weights

    return loss


def member(name: str, number: float = 0.0) -> Shares:
    """Give a member of the importance-weighted straight-through family as its definition has it.

    Parameters
    ----------
    name : {"st", "half", "const", "interp", "power"}
    number : float
        p, λ or r.

    Returns
    -------
    callable
    """

    def upper(chance: Floats) -> Floats:
        if name == "power":
            return chance ** (1 - number) / (chance ** (1 - number) + (1 - chance) ** (1 - number))
        return {
            "st": chance,
            "half": np.full_like(chance, 0.5),
            "const": np.full_like(chance, number),
            "interp": (1 - number) * chance + number / 2,
        }[name]

    return lambda chance: (upper(chance), 1 - upper(chance))


def random_network(
    rng: np.random.Generator,
    *,
    sizes: tuple[int, ...] = (3, 3, 3),
    n_classes: int = 3,
    ratio: float = 1.0,
    **settings: Any,
) -> BinaryNetwork:
    """Draw a network with a softmax loss.

    Parameters
    ----------
    rng : numpy.random.Generator
    sizes : tuple of int
        Inputs, then units per layer.
    n_classes : int, >= 2
    ratio : float, > 0
        Weights over noise: weights and biases, and weights of the read-out, are drawn from N(0, 1 / fan-in) and
        multiplied by it. The input is drawn from N(0, 1).
    **settings
        Of `BinaryNetwork`.

    Returns
    -------
    BinaryNetwork
        The same generator state gives the same network at every ratio.
    """
    drawn = [ratio / np.sqrt(m) * rng.standard_normal((n, m + 1)) for m, n in pairwise(sizes)]
    weights, biases = tuple(w[:, :-1] for w in drawn), tuple(w[:, -1] for w in drawn)
    x, read_out = (
        rng.standard_normal(sizes[0]),
        ratio / np.sqrt(sizes[-1]) * rng.standard_normal((n_classes, sizes[-1])),
    )
    return BinaryNetwork(
        weights=weights, biases=biases, x=x, loss=cross_entropy(read_out, int(rng.integers(n_classes))), **settings
    )
