"""What a Boltzmann machine of binary activity must beat: independent units, and couplings of pairs alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interplay._core.rng import uniform
from interplay.ops.boltzmann_sums import ising_annealed, ising_log_partition, third_moments
from interplay.ops.ising_chains import run_chain
from interplay.ops.surrogates import stream_state

Floats = NDArray[np.float64]
States = NDArray[np.int8]

#: The Ising model's log Z is summed over all states up to so many units, annealed up to the second number.
_ENUMERATED, _ANNEALED = 18, 100
#: Multiply-adds of one gradient of the pseudo-likelihood above which the mean-field solution is taken.
_AFFORDABLE = 2e9
_RIDGE = 1e-3
_SHRINK = 0.1
_CHAINS, _TEMPERATURES = 100, 500
_SAMPLES, _SWEEPS, _SKIP = 10_000, 5, 200
#: An Ising model of more units is not sampled.
_DRAWN = 200
#: Third moments are compared over at most so many triples.
_TRIPLES = 10_000


def independent_levels(states: States) -> Floats:
    """Give log odds of each unit, (N,), with half a sample of each kind added."""
    ones = states.sum(axis=0, dtype=np.float64) + 0.5
    return np.asarray(np.log(ones / (len(states) + 1.0 - ones)))


def independent_log_likelihood(levels: Floats, states: States) -> float:
    """Mean log probability of (T, N) states, nats per sample, of independent units."""
    return float((states @ levels).mean() - np.logaddexp(0.0, levels).sum())


@dataclass(frozen=True, eq=False, slots=True)
class PairwiseIsing:
    """p(s) ~ exp(field s + sum_{i<j} coupling_ij s_i s_j), spins -1 and 1.

    Attributes
    ----------
    field : (N,) float64 array
    coupling : (N, N) float64 array, symmetric, zero diagonal
    log_z : float
        NaN where there are too many units.
    how : str
        How it was fitted.
    converged : bool
    """

    field: Floats
    coupling: Floats
    log_z: float
    how: str
    converged: bool

    def log_likelihood(self, states: States) -> float:
        """Mean log probability of (T, N) states of 0 and 1, nats per sample."""
        spin = 2.0 * states - 1.0
        return float((spin @ self.field + 0.5 * ((spin @ self.coupling) * spin).sum(axis=1)).mean() - self.log_z)

    def log_conditional(self, states: States) -> float:
        """Mean over samples of the summed log p of each unit given all others."""
        spin = 2.0 * states - 1.0
        return float(-np.logaddexp(0.0, -2.0 * spin * (spin @ self.coupling + self.field)).sum(axis=1).mean())

    def draw(self, seed: int) -> States | None:
        """Draw 10,000 samples, five Gibbs sweeps apart; None of more than 200 units, where that would take minutes."""
        n = len(self.field)
        if n > _DRAWN:
            return None
        states = np.empty((_SAMPLES, n), dtype=np.int8)
        nobody, nothing = np.zeros((n, 0, 2), dtype=np.int64), np.zeros((n, 0))
        key = stream_state(seed, "boltzmann pairwise")
        run_chain(key, self.field, self.coupling, nobody, nothing, _SWEEPS, False, _SKIP, states)
        return states


def fit_pairwise(states: States, *, seed: int) -> PairwiseIsing:
    """Fit an Ising model to (T, N) states of 0 and 1.

    Parameters
    ----------
    states : (T, N) int8 array
    seed : int
        Of the annealed log Z.

    Returns
    -------
    PairwiseIsing
        By penalised pseudo-likelihood (Besag 1975; a ridge of 0.001); where T N^2 exceeds 2e9, by the naive mean-field
        inversion of the covariance, shrunk towards its diagonal by N / (N + T), at least a tenth.
    """
    spin: Floats = 2.0 * states.astype(np.float64) - 1.0
    n = spin.shape[1]
    if len(spin) * n * n > _AFFORDABLE:
        field, coupling, how, converged = *_mean_field(spin), "naive mean field", True
    else:
        field, coupling, converged = _pseudo_likelihood(spin)
        how = "pseudo-likelihood"
    log_z = float("nan")
    if n <= _ENUMERATED:
        log_z = float(ising_log_partition(field, coupling))
    elif n <= _ANNEALED:
        base = np.arctanh(np.clip(spin.mean(axis=0), -1 + 1e-6, 1 - 1e-6))
        found = np.empty(_CHAINS)
        ising_annealed(stream_state(seed, "boltzmann anneal"), base, field, coupling, _TEMPERATURES, found)
        log_z = float(np.logaddexp(base, -base).sum() + found.max() + np.log(np.exp(found - found.max()).mean()))
    return PairwiseIsing(field, coupling, log_z, how, converged)


def _mean_field(spin: Floats) -> tuple[Floats, Floats]:
    mean = spin.mean(axis=0)
    share = max(_SHRINK, len(mean) / (len(mean) + len(spin)))
    covariance = np.cov(spin.T).reshape(len(mean), len(mean)) * (1.0 - share)
    np.fill_diagonal(covariance, np.diag(covariance) / (1.0 - share))
    coupling: Floats = -np.linalg.inv(covariance.astype(np.float64))
    np.fill_diagonal(coupling, 0.0)
    return np.arctanh(np.clip(mean, -1 + 1e-6, 1 - 1e-6)) - coupling @ mean, coupling


def _pseudo_likelihood(spin: Floats) -> tuple[Floats, Floats, bool]:
    from scipy.optimize import minimize

    size, n = spin.shape
    pair = np.triu_indices(n, 1)

    def unpack(x: Floats) -> tuple[Floats, Floats]:
        coupling = np.zeros((n, n))
        coupling[pair] = x[n:]
        return x[:n], coupling + coupling.T

    def loss(x: Floats) -> tuple[float, Floats]:
        field, coupling = unpack(x)
        level = spin @ coupling + field
        value = np.logaddexp(0.0, -2.0 * spin * level).sum() / size + 0.5 * _RIDGE * (x[n:] @ x[n:])
        residual = (np.tanh(level) - spin) / size
        cross = residual.T @ spin
        return float(value), np.concatenate([residual.sum(axis=0), (cross + cross.T)[pair] + _RIDGE * x[n:]])

    start = np.zeros(n + len(pair[0]))
    start[:n] = np.arctanh(np.clip(spin.mean(axis=0), -1 + 1e-6, 1 - 1e-6))
    done = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 500, "ftol": 1e-10, "gtol": 1e-6})
    field, coupling = unpack(done.x)
    return field, coupling, bool(done.success)


def moments(states: States, triples: NDArray[np.int64]) -> tuple[Floats, Floats, Floats]:
    """Give means (N,), covariances of all pairs i < j, and third central moments of some triples (M,)."""
    mean = states.mean(axis=0)
    centred = states - mean
    pair = np.triu_indices(states.shape[1], 1)
    third = np.empty(len(triples))
    third_moments(np.ascontiguousarray(centred.T), triples, third)
    return mean, (centred.T @ centred / len(states))[pair], third


def compared_triples(n: int, seed: int) -> NDArray[np.int64]:
    """Give the triples that third moments are compared over, (M, 3): all, or 10,000 drawn ones with i < j < k."""
    if n * (n - 1) * (n - 2) // 6 <= _TRIPLES:
        grid = np.indices((n, n, n)).reshape(3, -1).T
        return np.asarray(grid[(grid[:, 0] < grid[:, 1]) & (grid[:, 1] < grid[:, 2])])
    rows = np.arange(2 * _TRIPLES)[:, None]
    drawn = np.sort((uniform(seed, "boltzmann triples", rows, np.arange(3)) * n).astype(np.int64), axis=1)
    apart = (drawn[:, 0] < drawn[:, 1]) & (drawn[:, 1] < drawn[:, 2])
    return np.asarray(np.unique(drawn[apart][:_TRIPLES], axis=0))


def moment_match(
    models: list[States | None], train: States, held_out: States, seed: int, *, levels: Floats
) -> NDArray[np.float64]:
    """Correlate moments of orders 1 to 3 of some models' samples with those of the held-out data.

    Parameters
    ----------
    models : list of (T, N) int8 arrays or None
        Samples of models; None has a row of NaN.
    train, held_out : (T, N) int8 arrays
    seed : int
    levels : (N,) float64 array
        Log odds of the independent model, whose covariances and third moments are zero: undefined as a correlation, and
        given as 0.

    Returns
    -------
    (len(models) + 2, 3) float64 array
        Rows: the models, the independent units, and the training data. NaN where the data's moments do not vary.
    """
    triples = compared_triples(train.shape[1], seed)
    wanted = moments(held_out, triples)

    def match(states: States | None) -> list[float]:
        if states is None:
            return [float("nan")] * 3
        return [_correlation(a, b) for a, b in zip(moments(states, triples), wanted, strict=True)]

    independent = [_correlation(1.0 / (1.0 + np.exp(-levels)), wanted[0]), 0.0, 0.0]
    return np.array([*map(match, models), independent, match(train)])


def _correlation(a: Floats, b: Floats) -> float:
    a, b = a - a.mean() if len(a) else a, b - b.mean() if len(b) else b
    scale = np.sqrt((a @ a) * (b @ b))
    return float(a @ b / scale) if scale > 0 else float("nan")
