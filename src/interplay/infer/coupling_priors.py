"""What is believed of couplings before the data and learned across states: nothing, a mean, or a type."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_SWEEPS = 30
_SETTLED = 1e-6
#: Smallest probability of a type that is not ruled out: a probability of zero could never be unlearned.
_LEAST = 1e-4


class Quadratic(NamedTuple):
    """The expected log-likelihood around a point, each unit by itself.

    Attributes
    ----------
    curvature : (S, n, n, n) float64 array
        ``[state, onto, from, from]``.
    crossing : (S, n, n) float64 array
        Of couplings with the bias.
    bias_curvature : (S, n) float64 array
    slope : (S, n, n) float64 array
    bias_slope : (S, n) float64 array
    """

    curvature: Floats
    crossing: Floats
    bias_curvature: Floats
    slope: Floats
    bias_slope: Floats


@dataclass(frozen=True, eq=False, slots=True)
class NormalPrior:
    """Couplings scatter around a mean: zero, or one that is learned and common to all states.

    Attributes
    ----------
    allowed : (n, n) bool array
        ``[onto, from]``; other couplings are zero.
    precision : float, >= 0
    mean : (n, n) float64 array
    learned : bool
    """

    allowed: NDArray[np.bool_]
    precision: float
    mean: Floats
    learned: bool
    descends: bool = True

    def penalty(self, weight: Floats) -> Floats:
        """Minus the log prior of each unit's couplings, up to a constant: (n,)."""
        out: Floats = 0.5 * self.precision * ((weight - self.mean) ** 2).sum(axis=(0, 2))
        return out

    def step(
        self, q: Quadratic, weight: Floats, bias: Floats, *, shared_bias: bool
    ) -> tuple[Floats, Floats, NormalPrior]:
        """Go to the top of the quadratic."""
        n = weight.shape[1]
        slope = np.where(self.allowed, q.slope - self.precision * (weight - self.mean), 0.0)
        both = self.allowed[:, :, None] & self.allowed[:, None, :]
        curvature = np.where(both, q.curvature, 0.0)
        diagonal = np.diagonal(curvature, axis1=2, axis2=3)
        # Twin units make the matrix singular; a hair of damping picks the smallest step among equals.
        damping = 1e-9 * diagonal.max(axis=2, initial=0.0, keepdims=True) + 1e-12
        index = np.arange(n)
        curvature[:, :, index, index] = np.where(self.allowed, diagonal + self.precision + damping, 1.0)
        crossing = np.where(self.allowed, q.crossing, 0.0)
        solved = np.linalg.solve(curvature, np.stack([slope, crossing], axis=-1))
        top = q.bias_slope - (crossing * solved[..., 0]).sum(axis=2)
        low = q.bias_curvature - (crossing * solved[..., 1]).sum(axis=2)
        if shared_bias:
            top, low = (np.broadcast_to(v.sum(axis=0), v.shape) for v in (top, low))
        turn = np.where(low > 1e-12, top / np.maximum(low, 1e-12), 0.0)
        return weight + solved[..., 0] - solved[..., 1] * turn[..., None], bias + turn, self

    def learn(self, weight: Floats) -> NormalPrior:
        """Move the common mean to its best place."""
        return replace(self, mean=weight.mean(axis=0)) if self.learned else self


@dataclass(frozen=True, eq=False, slots=True)
class OneHotPrior:
    """A coupling is inhibitory, absent or excitatory, with chances common to all states; its size is half-normal.

    Attributes
    ----------
    given : (n, n, 3) float64 array or None
        ``[onto, from]``: chances known beforehand; None learns the mean over all pairs.
    belief : float, > 0
        How many states' worth of evidence the chances known beforehand count for.
    dale : bool
        Whether all couplings of a source lean to its own sign.
    types : (n, n, 3) float64 array
        The learned chances.
    size : float, > 0
        Scale of the half-normal sizes.
    chance : (S, n, n, 3) float64 array
        Posterior of the types.
    second : (S, n, n) float64 array
        Posterior mean of the square.
    """

    given: Floats | None
    belief: float
    dale: bool
    types: Floats
    size: float
    chance: Floats
    second: Floats
    descends: bool = False

    def penalty(self, weight: Floats) -> Floats:
        """Nothing: steps are not judged by a penalty here."""
        return np.zeros(weight.shape[1])

    def step(
        self, q: Quadratic, weight: Floats, bias: Floats, *, shared_bias: bool
    ) -> tuple[Floats, Floats, OneHotPrior]:
        """Find the categorical posterior on the quadratic, and its means."""
        from interplay.ops.one_hot import one_hot_sweeps

        weight, bias = weight.copy(), bias.copy()
        chance, second = np.empty((*weight.shape, 3)), np.empty(weight.shape)
        with np.errstate(divide="ignore"):
            log_type = np.log(self.types)
        one_hot_sweeps(
            q.curvature, q.crossing, q.bias_curvature, q.slope.copy(), q.bias_slope.copy(), log_type, self.size,
            shared_bias, _SWEEPS, _SETTLED, weight, bias, chance, second,
        )  # fmt: skip
        return weight, bias, replace(self, chance=chance, second=second)

    def learn(self, weight: Floats) -> OneHotPrior:
        """Learn the chances of each pair from all states, and the scale of sizes."""
        n_states, n = self.chance.shape[:2]
        base = self.chance.mean(axis=(0, 1, 2)) if self.given is None else self.given
        base = np.broadcast_to(base, (n, n, 3))
        if self.dale:
            base = self._by_source(base)
        types = (self.belief * base + self.chance.sum(axis=0)) / (self.belief + n_states)
        if self.given is not None:
            types = np.where(self.given > 0, np.maximum(types, _LEAST), 0.0)
        else:
            types = np.maximum(types, _LEAST)
        there = 1.0 - self.chance[..., 1]
        # One pseudo-coupling of the present size keeps the scale above zero when nothing is coupled.
        size = np.sqrt((self.second.sum() + self.size**2) / (there.sum() + 1.0))
        return replace(self, types=types / types.sum(axis=2, keepdims=True), size=float(size))

    def _by_source(self, base: Floats) -> Floats:
        """Share what is connected out by the sign that each source shows in all its couplings onto others."""
        off = ~np.eye(len(base), dtype=bool)
        plus, minus = ((self.chance[..., k] * off).sum(axis=(0, 1)) for k in (2, 0))
        lean = (plus + 0.5) / (plus + minus + 1.0)
        joined = base[..., 0] + base[..., 2]
        return np.stack([joined * (1 - lean), base[..., 1], joined * lean], axis=2)


CouplingPrior = NormalPrior | OneHotPrior
