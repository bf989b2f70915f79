"""Coupled Poisson regression inside one window: its bins with the history before them, and what is fitted to them."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from interplay.infer.glm_design import Design, Floats
from interplay.infer.glm_evidence import likelihood_ratio, ruled_out, wald
from interplay.infer.glm_fitting import Fitted, Rules, Scores, fit_targets, held_out
from interplay.infer.sequences import SampleRuns

if TYPE_CHECKING:
    from interplay.infer.glm import PoissonGLM


#: A coupling that the data rule out is tested by the likelihood ratio where more spikes than this were expected.
_EXPECTED = 10.0


@dataclass(eq=False)
class WindowFit:
    """What one regression found, on all N units; NaN where nothing is known.

    `few` and `constant` say why units are absent, `bins` how many were explained, `ruled_out` how many pairs no spike
    speaks against being wholly inhibited, `unbounded` how many filters have no largest likelihood.
    """

    coefficients: Floats
    errors: Floats
    filter_errors: Floats
    bias: Floats
    weight_error: Floats
    pvalue: Floats
    stimulus: Floats
    stimulus_scale: Floats
    log_likelihood: Floats
    left: Floats
    held_out: Floats
    strength_scores: Floats
    present: NDArray[np.bool_]
    few: NDArray[np.bool_]
    constant: NDArray[np.bool_]
    missing: int
    bins: int
    flat: int = 0
    ruled_out: int = 0
    unbounded: int = 0
    strength: float = float("nan")

    @classmethod
    def empty(cls, cut: _Cut, basis: Floats, q: int, few: NDArray[np.bool_], tried: int) -> WindowFit:
        """Start with nothing known of N units, Q stimulus columns and some strengths to be tried."""
        n, (lags, k) = len(few), basis.shape
        constant = _constant(cut, n) & ~few

        def unknown(*size: int) -> Floats:
            return np.full(size, np.nan)

        return cls(
            coefficients=unknown(n, n, k),
            errors=unknown(n, n, k),
            filter_errors=unknown(n, n, lags),
            bias=unknown(n),
            weight_error=unknown(n, n),
            pvalue=unknown(n, n),
            stimulus=unknown(q, n),
            stimulus_scale=unknown(2, q),
            log_likelihood=unknown(n),
            left=unknown(n),
            held_out=unknown(4, n),
            strength_scores=unknown(tried),
            present=~(few | constant),
            few=few,
            constant=constant,
            missing=cut.missing,
            bins=int(sum(weight.sum() for weight in cut.weight)),
        )


def fit_window(
    settings: PoissonGLM, runs: SampleRuns, columns: tuple[Floats, ...], basis: Floats, pool: Executor | None, s: int
) -> WindowFit:
    """Fit the units of one window.

    Parameters
    ----------
    settings : PoissonGLM
    runs : SampleRuns
    columns : tuple of (T_k, Q) float64 arrays
        Stimulus columns of the runs; NaN where unknown.
    basis : (L, K) float64 array
    pool : executor of threads or None
    s : int
        Which window.

    Returns
    -------
    WindowFit
    """
    cut = _cut(runs, columns, basis, s)
    n = runs.n_units
    explained = np.zeros(n)
    before = np.zeros(n)
    for counts, weight in zip(cut.counts, cut.weight, strict=True):
        explained += weight @ counts
        before += counts[:-1].sum(axis=0)
    few = (explained < settings.least_spikes) | (before == 0)
    tried = len(settings.strength) if isinstance(settings.strength, tuple) else 1
    out = WindowFit.empty(cut, basis, columns[0].shape[1], few, tried)
    if not out.present.any():
        return out
    own = np.flatnonzero(out.present)
    mean, scale, stimulus, varies = _standardised(cut)
    out.stimulus_scale[:] = mean, scale
    out.flat = int((~varies).sum())
    design = Design.of_runs([c[:, own] for c in cut.counts], cut.weight, basis, [z[:, varies] for z in stimulus])
    allowed = None if settings.allowed is None else np.array(settings.allowed)[np.ix_(own, own)]
    _fit(settings, out, design, own, allowed, np.flatnonzero(varies), pool)
    return out


def _fit(
    settings: PoissonGLM,
    out: WindowFit,
    design: Design,
    own: NDArray[np.int64],
    allowed: NDArray[np.bool_] | None,
    shown: NDArray[np.int64],
    pool: Any,
) -> None:
    targets = np.arange(len(own))
    each = map if pool is None else pool.map
    rules = Rules(
        soft=settings.link == "softplus",
        penalty=settings.penalty,
        errors="none" if settings.penalty == "group-lasso" else settings.errors,
        tolerance=settings.tolerance,
        iterations=settings.max_iterations,
    )
    several = settings.strength if isinstance(settings.strength, tuple) else (settings.strength,)
    strength = several[0]
    if settings.folds:
        scores = held_out(design, targets, allowed, rules, several, settings.folds)
        out.strength_scores = np.array([_per_spike(score) for score in scores])
        best = int(np.argmax(np.nan_to_num(out.strength_scores, nan=-np.inf)))
        strength = several[best]
        chosen = scores[best]
        for row, part in enumerate((chosen.model, chosen.history, chosen.rate, chosen.spikes)):
            out.held_out[row, own] = part
    out.strength = float(strength)
    fitted = fit_targets(design, targets, allowed, rules, out.strength, each=each)
    k, other = design.basis.shape[1], design.n_other
    pairs = np.ix_(own, own)
    weights = fitted.theta[other:].reshape(len(own), k, len(own)).transpose(0, 2, 1)
    known = np.ones((len(own), len(own)), dtype=bool) if allowed is None else allowed | np.eye(len(own), dtype=bool)
    alone = np.eye(len(own), dtype=bool)
    if settings.penalty == "none" or out.strength == 0:
        out.unbounded = int((ruled_out(design, targets, 0.0) & known).sum())
    elif settings.penalty == "group-lasso":
        out.unbounded = int((ruled_out(design, targets, 0.0) & alone).sum())
    out.coefficients[pairs] = np.where(known[:, :, None], weights, np.nan)
    out.bias[own], out.stimulus[np.ix_(shown, own)] = fitted.theta[0], fitted.theta[1:other]
    out.log_likelihood[own], out.left[own] = fitted.log_likelihood, fitted.left
    if fitted.blocks is None:
        return
    blocks = fitted.blocks.transpose(1, 0, 2, 3)
    total = design.basis.sum(axis=0)
    area = settings.bin_s * np.sqrt(np.maximum(np.einsum("a,ijab,b->ij", total, blocks, total), 0.0))
    curve = np.sqrt(np.maximum(np.einsum("la,ijab,lb->ijl", design.basis, blocks, design.basis), 0.0))
    single = np.sqrt(np.maximum(np.einsum("ijaa->ija", blocks), 0.0))
    out.errors[pairs] = np.where(known[:, :, None], single, np.nan)
    out.filter_errors[pairs] = np.where(known[:, :, None], curve, np.nan)
    out.weight_error[pairs] = np.where(known, area, np.nan)
    pvalue = np.where(known, wald(weights, blocks), np.nan)
    if settings.errors == "observed":
        beyond = np.argwhere(ruled_out(design, targets, _EXPECTED) & known & ~alone)
        out.ruled_out = len(beyond)
        for src, dst in beyond.tolist():
            pvalue[src, dst] = _ratio_test(design, fitted, src, dst, known, rules, out.strength)
    out.pvalue[pairs] = pvalue


def _ratio_test(
    design: Design, full: Fitted, src: int, dst: int, known: NDArray[np.bool_], rules: Rules, strength: float
) -> float:
    """Fit a target again without one source, and compare likelihoods."""
    without = known.copy()
    without[src, dst] = False
    quick = replace(rules, errors="none")
    found = fit_targets(design, np.array([dst]), without, quick, strength)
    lost = float(full.log_likelihood[dst] - found.log_likelihood[0])
    if rules.penalty == "ridge":
        lost -= 0.5 * strength * float((full.theta[1:, dst] ** 2).sum() - (found.theta[1:] ** 2).sum())
    return likelihood_ratio(lost, design.basis.shape[1])


class _Cut(NamedTuple):
    """The runs of one window, with the history before it."""

    counts: list[Floats]
    weight: list[Floats]
    stimulus: list[Floats]
    missing: int


def _cut(runs: SampleRuns, columns: tuple[Floats, ...], basis: Floats, s: int) -> _Cut:
    lags = len(basis)
    counts, weights, stimulus, missing = [], [], [], 0
    for k, part in runs.in_window(s):
        low = max(part.start - lags, 0)
        weight = np.zeros(part.stop - low)
        weight[max(part.start, lags) - low :] = 1.0
        given = columns[k][low : part.stop]
        unknown = np.isnan(given).any(axis=1) & (weight > 0)
        missing += int(unknown.sum())
        weight[unknown] = 0.0
        counts.append(runs.values[k][low : part.stop])
        weights.append(weight)
        stimulus.append(given)
    return _Cut(counts, weights, stimulus, missing)


def _constant(cut: _Cut, n: int) -> NDArray[np.bool_]:
    """Find units that have one and the same count in all bins that are explained, or in all their history, (N,)."""

    def flat(rows: list[Floats]) -> NDArray[np.bool_]:
        joined = np.concatenate([np.empty((0, n)), *rows])
        return np.asarray((joined == joined[:1]).all(axis=0))

    explained = [counts[weight > 0] for counts, weight in zip(cut.counts, cut.weight, strict=True)]
    return flat(explained) | flat([counts[:-1] for counts in cut.counts])


def _standardised(cut: _Cut) -> tuple[Floats, Floats, list[Floats], NDArray[np.bool_]]:
    """Give means, standard deviations (1 where constant), columns without both (0 where unknown), and which vary."""
    rows = np.concatenate([given[weight > 0] for given, weight in zip(cut.stimulus, cut.weight, strict=True)])
    mean, scale = rows.mean(axis=0), rows.std(axis=0)
    varies = scale > 1e-12 * np.abs(mean)
    scale = np.where(varies, scale, 1.0)
    return mean, scale, [np.nan_to_num((given - mean) / scale) for given in cut.stimulus], varies


def _per_spike(score: Scores) -> float:
    known = ~np.isnan(score.model)
    spikes = score.spikes[known].sum()
    return float(score.model[known].sum() / spikes) if spikes else float("nan")
