"""Expectation-maximisation of a switching model: states by forward-backward, couplings by steps of Fisher scoring.

All samples of all runs go into one maximisation step, and the priors are counted once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from interplay.infer.coupling_priors import CouplingPrior, Quadratic
from interplay.infer.emissions import Emission, TraceEmission
from interplay.infer.switching_design import Design

Floats = NDArray[np.float64]

#: Samples that belong to a state with less than this probability are left out of its sums; their weight is rounding.
_NEGLIGIBLE = 1e-10
#: No step moves a linear predictor further.
_REACH = 4.0
_HALVINGS = 6
#: Steps that jump from side to side are halved, down to this share.
_SHORTEST = 0.05
#: Smallest noise variance, as a share of the trace's.
NOISE_FLOOR = 1e-6


@dataclass(frozen=True, eq=False, slots=True)
class Parameters:
    """One point of the model.

    Attributes
    ----------
    weight : (S, n, n) float64 array
        ``[state, onto, from]``.
    bias : (S, n) float64 array
    noise : (n,) float64 array
        Variances; 1 for counts.
    initial, transition : (S,), (S, S) float64 arrays
        Probabilities.
    """

    weight: Floats
    bias: Floats
    noise: Floats
    initial: Floats
    transition: Floats

    @property
    def log_chain(self) -> tuple[Floats, Floats]:
        """Logarithms of `initial` and `transition`."""
        with np.errstate(divide="ignore"):
            return np.log(self.initial), np.log(self.transition)

    def order(self, order: NDArray[np.int64]) -> Parameters:
        """Give the states new numbers."""
        return Parameters(
            self.weight[order], self.bias[order], self.noise, self.initial[order], self.transition[np.ix_(order, order)]
        )


@dataclass(frozen=True, eq=False, slots=True)
class Expectation:
    """What is known of the hidden states at one point of the model.

    Attributes
    ----------
    posterior : (T, S) float64 array
    moves : (S, S) float64 array
    log_likelihood : float, nats
        Of all pieces, without the constant of the emission.
    """

    posterior: Floats
    moves: Floats
    log_likelihood: float


@dataclass(frozen=True, slots=True)
class Machine:
    """What stays the same during a fit.

    Attributes
    ----------
    emission : Emission
    shared_bias : bool
    stickiness : float, >= 0
        Pseudo-moves of each state to itself.
    iterations : int
    tolerance : float
        Stop when log-likelihood per known sample changes by less.
    still : float
        Nor stop while a coupling under a normal prior moves further than this: where no spike answers, the likelihood
        is flat long before the coupling stops.
    """

    emission: Emission
    shared_bias: bool
    stickiness: float
    iterations: int
    tolerance: float
    still: float = np.inf

    def log_emission(self, data: Design, at: Parameters) -> Floats:
        """Log-density of each sample under each state, (T, S); 0 where nothing is known."""
        out = np.zeros((len(data.x), len(at.weight)))
        rows = slice(None) if data.known.all() else data.known
        x, h = data.x[rows], data.h[rows]
        for s, (weight, bias) in enumerate(zip(at.weight, at.bias, strict=True)):
            out[rows, s] = self.emission.log_density(x, h @ weight.T + bias, at.noise)
        return out

    def expect(self, data: Design, at: Parameters) -> Expectation:
        """Find the posterior of the states."""
        from interplay.ops.hidden_chain import smooth_chain

        density = self.log_emission(data, at)
        posterior, moves = np.empty_like(density), np.empty((density.shape[1],) * 2)
        total = smooth_chain(density, data.pointer, *at.log_chain, posterior, moves)
        return Expectation(posterior, moves, float(total.sum()))

    def score(self, data: Design, at: Parameters) -> float:
        """Log-likelihood of all pieces, with the constant of the emission, nats."""
        from interplay.ops.hidden_chain import filter_chain

        density = self.log_emission(data, at)
        total = filter_chain(density, data.pointer, *at.log_chain, np.empty_like(density))
        return float(total.sum()) + self.emission.constant(data.x[data.known])

    def maximise(
        self, data: Design, at: Parameters, expected: Expectation, prior: CouplingPrior, stride: float = 1.0
    ) -> tuple[Parameters, CouplingPrior]:
        """Take one step of all parameters, `stride` of the way, and of what the prior learns."""
        chain = self._chain(data, expected)
        before, quadratic = self._quadratic(data, at, expected.posterior)
        weight, bias, prior = prior.step(quadratic, at.weight, at.bias, shared_bias=self.shared_bias)
        moved = replace(at, weight=weight, bias=bias, initial=chain[0], transition=chain[1])
        moved = self._held(data, at, moved, expected.posterior, before, prior, stride)
        if isinstance(self.emission, TraceEmission):
            moved = replace(moved, noise=self._noise(data, moved, expected.posterior))
        return moved, prior.learn(moved.weight)

    def fit(
        self, data: Design, at: Parameters, prior: CouplingPrior
    ) -> tuple[Parameters, CouplingPrior, Expectation, list[float], bool]:
        """Iterate until the log-likelihood settles.

        Returns
        -------
        parameters, prior, expectation, log-likelihoods of all iterations, whether it settled
        """
        course: list[float] = []
        stride, moved = 1.0, 0.0
        for _ in range(self.iterations):
            expected = self.expect(data, at)
            course.append(expected.log_likelihood)
            flat = len(course) > 2 and abs(course[-1] - course[-2]) < self.tolerance * data.n_known
            if flat and moved <= self.still:
                return at, prior, expected, course, True
            if not prior.descends and _turns(course):
                stride = max(stride / 2, _SHORTEST)
            before = at.weight
            at, prior = self.maximise(data, at, expected, prior, stride)
            moved = float(np.abs(at.weight - before).max(initial=0.0)) if prior.descends else 0.0
        return at, prior, self.expect(data, at), course, False

    def _chain(self, data: Design, expected: Expectation) -> tuple[Floats, Floats]:
        """Re-estimate the chain: a pseudo-count of 1 spread over each row, and the pull to stay."""
        n_states = len(expected.moves)
        used = data.pointer[:-1][np.diff(data.pointer) > 0]
        initial = expected.posterior[used].sum(axis=0) + 1.0 / n_states
        moves = expected.moves + 1.0 / n_states + self.stickiness * np.eye(n_states)
        return initial / initial.sum(), moves / moves.sum(axis=1, keepdims=True)

    def _rows(self, data: Design, share: Floats) -> tuple[Floats, Floats, Floats]:
        rows = np.flatnonzero(data.known & (share > _NEGLIGIBLE))
        return data.x[rows], data.h[rows], share[rows]

    def information(self, data: Design, at: Parameters, posterior: Floats) -> Floats:
        """Fisher information of the couplings onto each unit in each state, (S, n, n, n)."""
        return self._quadratic(data, at, posterior)[1].curvature

    def _quadratic(self, data: Design, at: Parameters, posterior: Floats) -> tuple[Floats, Quadratic]:
        """Expand the expected log-likelihood around a point, each unit by itself."""
        n_states, n, _ = at.weight.shape
        curvature, crossing = np.zeros((n_states, n, n, n)), np.zeros((n_states, n, n))
        slope, level = np.zeros((n_states, n, n)), np.zeros((2, n_states, n))
        value = np.zeros(n)
        for s in range(n_states):
            x, h, share = self._rows(data, posterior[:, s])
            u = h @ at.weight[s].T + at.bias[s]
            score, fisher = self.emission.score(x, u, share, at.noise)
            value += self.emission.expected(x, u, share, at.noise)
            slope[s], crossing[s] = score.T @ h, fisher.T @ h
            level[:, s] = fisher.sum(axis=0), score.sum(axis=0)
            if isinstance(self.emission, TraceEmission):
                curvature[s] = (h.T @ (share[:, None] * h)) / at.noise[:, None, None]
                continue
            for i in range(n):
                curvature[s, i] = h.T @ (fisher[:, i, None] * h)
        return value, Quadratic(curvature, crossing, level[0], slope, level[1])

    def _held(
        self,
        data: Design,
        at: Parameters,
        moved: Parameters,
        posterior: Floats,
        before: Floats,
        prior: CouplingPrior,
        stride: float,
    ) -> Parameters:
        """Shorten steps that go too far, or down."""
        step, turn = moved.weight - at.weight, moved.bias - at.bias
        reach = np.zeros(len(at.noise))
        parts = [self._rows(data, posterior[:, s]) for s in range(len(step))]
        for s, (_, h, _) in enumerate(parts):
            if len(h):
                np.maximum(reach, np.abs(h @ step[s].T + turn[s]).max(axis=0), out=reach)
        size = np.minimum(stride, _REACH / np.maximum(reach, 1e-300))
        if isinstance(self.emission, TraceEmission):
            size = np.full(len(reach), stride)
        if isinstance(self.emission, TraceEmission) or not prior.descends:
            return replace(moved, weight=at.weight + size[:, None] * step, bias=at.bias + size * turn)
        before = before - prior.penalty(at.weight)
        for _ in range(_HALVINGS):
            weight, bias = at.weight + size[:, None] * step, at.bias + size * turn
            value = -prior.penalty(weight)
            for s, (x, h, share) in enumerate(parts):
                value += self.emission.expected(x, h @ weight[s].T + bias[s], share, at.noise)
            worse = value < before - 1e-9 * np.abs(before)
            if not worse.any():
                return replace(moved, weight=weight, bias=bias)
            size = np.where(worse, size / 2, size)
        # None of these steps was good: the unit stays where it was.
        size = np.where(worse, 0.0, size)
        return replace(moved, weight=at.weight + size[:, None] * step, bias=at.bias + size * turn)

    def _noise(self, data: Design, at: Parameters, posterior: Floats) -> Floats:
        total, count = np.zeros(len(at.noise)), 0.0
        for s in range(len(at.weight)):
            x, h, share = self._rows(data, posterior[:, s])
            total += share @ (x - h @ at.weight[s].T - at.bias[s]) ** 2
            count += share.sum()
        return np.asarray(np.maximum(total / count, NOISE_FLOOR))


def _turns(course: list[float]) -> bool:
    """Say whether the last two changes went opposite ways: steps jump from side to side."""
    return len(course) > 2 and (course[-1] - course[-2]) * (course[-2] - course[-3]) < 0
