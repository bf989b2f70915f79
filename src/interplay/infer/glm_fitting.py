"""One regression of all units on one design: penalty, standard errors, held-out likelihood."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import NumericalError
from interplay.infer.glm_design import Design, Floats
from interplay.infer.glm_evidence import SINGULAR, at_least, ruled_out
from interplay.infer.glm_solver import Problem, Solved, information, polish, solve
from interplay.infer.glm_sparse import solve_groups
from interplay.ops import spike_history as kernel

Penalty = Literal["ridge", "group-lasso", "none"]
Errors = Literal["observed", "sandwich", "none"]

#: Targets fitted together: a fixed number, so that the result does not depend on the number of threads.
_BLOCK = 64
#: Numbers in the Hessians that are held at once.
_HESSIANS = 2**25
#: What folds are fitted to, nats: far below what a likelihood of held-out bins can tell.
_FOLD_TOLERANCE = 1e-6
_FEWEST_SPIKES = 2
#: Steps without the exact Hessian, where it is computed anyhow.
_FIRST = 30
#: A Hessian at a point that could win no more than this, in nats, is that at the optimum.
_NEAR = 1e-6

Map = Callable[[Callable[[Any], Any], Iterable[Any]], Iterable[Any]]


@dataclass(frozen=True, eq=False, kw_only=True)
class Rules:
    """How a regression is fitted: the settings of `interplay.infer.PoissonGLM` that matter here."""

    soft: bool
    penalty: Penalty
    errors: Errors
    tolerance: float
    iterations: int


@dataclass(frozen=True, eq=False, kw_only=True)
class Fitted:
    """Parameters of n targets, and what is known of their errors.

    Attributes
    ----------
    theta : (P, n) float64 array
    left : (n,) float64 array, nats
    log_likelihood : (n,) float64 array, nats
    blocks : (n, N, K, K) float64 array or None
        Covariance of the coefficients of each source, per target.
    """

    theta: Floats
    left: Floats
    log_likelihood: Floats
    blocks: Floats | None


def free_columns(design: Design, allowed: NDArray[np.bool_] | None, targets: NDArray[np.int64]) -> Any:
    """Name the parameters that targets have, (P, M) bool, or None if they have all.

    Parameters
    ----------
    design : Design
    allowed : (N, N) bool array or None
        ``[src, dst]``; own history is always allowed.
    targets : (M,) int64 array
    """
    if allowed is None:
        return None
    pairs = (allowed | np.eye(design.n_units, dtype=bool))[:, targets]
    if pairs.all():
        return None
    k = design.basis.shape[1]
    return np.concatenate([np.ones((design.n_other, len(targets)), dtype=bool), np.repeat(pairs, k, axis=0)])


def fit_targets(
    design: Design,
    targets: NDArray[np.int64],
    allowed: NDArray[np.bool_] | None,
    rules: Rules,
    strength: float,
    *,
    start: Floats | None = None,
    each: Map = map,
) -> Fitted:
    """Fit some units.

    Parameters
    ----------
    design : Design
    targets : (n,) int64 array
        Each with a spike in the bins that are explained.
    allowed : (N, N) bool array or None
    rules : Rules
    strength : float, >= 0
    start : (P, n) float64 array or None
    each : callable
        `map`, or that of a pool of threads.

    Returns
    -------
    Fitted
    """
    p = design.n_columns
    size = _BLOCK if rules.errors == "none" else int(np.clip(_HESSIANS // (p * p), 1, _BLOCK))
    cuts = [np.arange(a, min(a + size, len(targets))) for a in range(0, len(targets), size)]
    # Computed once, before threads ask for it.
    if len(cuts):
        _ = design.axes

    def block(cut: NDArray[np.int64]) -> Fitted:
        ridge = np.zeros(p)
        ridge[1:] = strength if rules.penalty == "ridge" else 0.0
        free = free_columns(design, allowed, targets[cut])
        problem = Problem(design, targets[cut], rules.soft, ridge, free)
        begin = None if start is None else start[:, cut]
        if rules.penalty == "group-lasso":
            return _closed(problem, solve_groups(problem, strength, begin, rules.tolerance, rules.iterations), None)
        if rules.errors == "none":
            found = solve(problem, theta=begin, tolerance=rules.tolerance, iterations=rules.iterations)
            return _closed(problem, found, None)
        # The exact Hessian is needed for the errors anyhow: leave what is slow without it to Newton's method.
        first = solve(problem, theta=begin, tolerance=rules.tolerance, iterations=min(rules.iterations, _FIRST))
        return _with_errors(problem, first, rules)

    parts = list(each(block, cuts))
    return Fitted(
        theta=np.concatenate([part.theta for part in parts], axis=1),
        left=np.concatenate([part.left for part in parts]),
        log_likelihood=np.concatenate([part.log_likelihood for part in parts]),
        blocks=None if parts[0].blocks is None else np.concatenate([part.blocks for part in parts]),
    )


def _closed(problem: Problem, found: Solved, blocks: Floats | None) -> Fitted:
    value = log_likelihood(found.eta, problem.counts, problem.design.weight, problem.soft)
    return Fitted(theta=found.theta, left=found.left, log_likelihood=value, blocks=blocks)


def log_likelihood(eta: Floats, counts: Floats, weight: Floats, soft: bool) -> Floats:
    """Sum the Poisson log-likelihood, with its factorials, of (T, M) counts over weighted bins, (M,) nats."""
    from scipy.special import gammaln

    loss, step = np.zeros(eta.shape[1]), np.zeros(eta.shape[1])
    kernel.evaluate(eta, eta, step, counts, weight, soft, np.empty_like(eta), loss)
    return np.asarray(-loss - weight @ gammaln(counts + 1.0))


def _with_errors(problem: Problem, found: Solved, rules: Rules) -> Fitted:
    design, soft, y = problem.design, problem.soft, problem.counts
    while True:
        hessian, near = _regular_hessian(problem, found.eta), (found.left <= _NEAR).all()
        found = polish(problem, found, hessian)
        # Near the optimum the Hessian no longer changes; else it is computed again where the steps have led.
        if near or found.iterations >= rules.iterations:
            break
    spread = hessian.copy()
    index = np.arange(design.n_columns)
    spread[:, index, index] -= problem.ridge
    meat = None
    if rules.errors == "sandwich":
        slope, loss = np.empty_like(found.eta), np.zeros(found.eta.shape[1])
        kernel.evaluate(found.eta, found.eta, np.zeros(len(loss)), y, design.weight, soft, slope, loss)
        meat = design.information(slope * slope)
    n, k = design.n_units, design.basis.shape[1]

    def pairs(inverse: Floats, middle: Floats) -> Floats:
        covariance = (inverse @ middle @ inverse)[design.n_other :, design.n_other :]
        return np.asarray(np.einsum("iaib->iab", covariance.reshape(n, k, n, k)))

    blocks = np.empty((len(found.left), n, k, k))
    for j in range(len(blocks)):
        inverse = np.linalg.inv(hessian[j])
        blocks[j] = pairs(inverse, spread[j])
        if meat is not None:
            # Where hardly a spike follows the source's, the slopes are the small means alone, and say nothing of the
            # variance: it is never taken to be below the model's.
            blocks[j] = at_least(blocks[j], pairs(inverse, meat[j]))
    return _closed(problem, found, blocks)


def _regular_hessian(problem: Problem, eta: Floats) -> Floats:
    """Give the Hessian of the penalised loss, (M, P, P), with ones for parameters that a target does not have."""
    hessian = information(problem, eta)
    index = np.arange(problem.design.n_columns)
    hessian[:, index, index] += problem.ridge
    if problem.free is not None:
        both = problem.free.T[:, :, None] & problem.free.T[:, None, :]
        hessian = np.where(both, hessian, np.eye(len(index)))
    _require_regular(hessian, problem)
    return hessian


def _require_regular(hessian: Floats, problem: Problem) -> None:
    scale = np.sqrt(np.maximum(np.einsum("mpp->mp", hessian), 1e-300))
    value = np.linalg.eigvalsh(hessian / (scale[:, :, None] * scale[:, None, :]))
    bad = value[:, 0] <= SINGULAR * value[:, -1]
    if not bad.any():
        return
    unit = int(problem.targets[int(np.argmax(bad))])
    spread = np.linalg.eigvalsh(problem.design.basis.T @ problem.design.basis)
    sources = np.flatnonzero(ruled_out(problem.design, np.array([unit]), 0.0)[:, 0])
    if spread[0] <= SINGULAR * spread[-1]:
        raise NumericalError(
            f"`n_bases` must leave the functions of the lag independent for standard errors without a penalty: "
            f"{len(spread)} of them over {len(problem.design.basis)} lags are not. Lower `n_bases`, or use "
            '`penalty="ridge"` with `strength` > 0.'
        )
    if len(sources):
        raise NumericalError(
            f"`data` must let the likelihood have a maximum for standard errors: unit {unit} never fires where some "
            f"function of the lag after spikes of unit {int(sources[0])} reaches, so that a coefficient falls without "
            'bound. Use `penalty="ridge"` with `strength` > 0, or fewer `n_bases`.'
        )
    raise NumericalError(
        f"`data` must tell all coefficients apart for standard errors: those of unit {unit} are not unique "
        '(columns depend on each other). Use `penalty="ridge"` with `strength` > 0, or `errors="none"`.'
    )


@dataclass(frozen=True, eq=False, kw_only=True)
class Scores:
    """Held-out log-likelihoods of n units, (n,) float64 nats each, NaN where not scored, and their spikes."""

    model: Floats
    history: Floats
    rate: Floats
    spikes: Floats


def held_out(
    design: Design,
    targets: NDArray[np.int64],
    allowed: NDArray[np.bool_] | None,
    rules: Rules,
    strengths: Iterable[float],
    folds: int,
    start: Floats | None = None,
) -> list[Scores]:
    """Score models on contiguous blocks of bins that were not fitted.

    Parameters
    ----------
    design : Design
    targets : (n,) int64 array
    allowed : (N, N) bool array or None
    rules : Rules
    strengths : iterable of float
    folds : int, >= 2
    start : (P, n) float64 array or None

    Returns
    -------
    list of Scores
        One for each strength. A unit that has fewer than two spikes in the fitted bins of some fold is not scored.

    Notes
    -----
    A held-out bin is predicted from the true spikes before it, fitted or not, as in use. The baseline of own history
    is fitted with the same penalty.
    """
    rows = np.flatnonzero(design.weight > 0)
    tests = [part for part in np.array_split(rows, folds) if len(part)]
    quick = replace(rules, errors="none", tolerance=max(rules.tolerance, _FOLD_TOLERANCE))
    alone = np.zeros((design.n_units, design.n_units), dtype=bool)
    out = []
    _ = design.axes
    # The group lasso leaves own history alone, and without couplings nothing is left to penalise.
    plain = replace(quick, penalty="none") if rules.penalty == "group-lasso" else quick
    for strength in strengths:
        total = np.zeros((4, len(targets)))
        for test in tests:
            train, probe = design.weight.copy(), np.zeros_like(design.weight)
            train[test], probe[test] = 0.0, design.weight[test]
            known = train @ design.counts[:, targets] >= _FEWEST_SPIKES
            total[:3, ~known] = np.nan
            own = targets[known]
            if not len(own):
                continue
            fitted, scored = design.reweighted(train), design.counts[:, own]
            begin = None if start is None else start[:, known]
            for which, (pairs, first, how) in enumerate(((allowed, begin, quick), (alone, None, plain))):
                found = fit_targets(fitted, own, pairs, how, strength, start=first)
                eta = design.drive(found.theta)
                total[which, known] += log_likelihood(eta, np.ascontiguousarray(scored), probe, rules.soft)
            rate = Problem(fitted, own, rules.soft, np.zeros(design.n_columns)).start()[0]
            flat = np.broadcast_to(rate, scored.shape).copy()
            total[2, known] += log_likelihood(flat, np.ascontiguousarray(scored), probe, rules.soft)
            total[3] += probe @ design.counts[:, targets]
        out.append(Scores(model=total[0], history=total[1], rate=total[2], spikes=total[3]))
    return out
