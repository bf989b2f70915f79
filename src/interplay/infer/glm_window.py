"""Coupled Poisson regression inside one window: its bins with the history before them, and what is fitted to them."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import DataError
from interplay.infer.glm_design import Design, Floats
from interplay.infer.glm_fitting import Rules, Scores, fit_targets, held_out, wald
from interplay.infer.sequences import SampleRuns

if TYPE_CHECKING:
    from interplay.infer.glm import PoissonGLM


@dataclass(eq=False)
class WindowFit:
    """What one regression found, on all N units; NaN where nothing is known."""

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
    missing: int
    strength: float = float("nan")

    @classmethod
    def empty(cls, n: int, basis: Floats, q: int, present: NDArray[np.bool_], missing: int, tried: int) -> WindowFit:
        """Start with nothing known of n units, Q stimulus columns and some strengths to be tried."""
        lags, k = basis.shape

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
            present=present,
            missing=missing,
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
    present = (explained >= settings.least_spikes) & (before > 0)
    tried = len(settings.strength) if isinstance(settings.strength, tuple) else 1
    out = WindowFit.empty(n, basis, columns[0].shape[1], present, cut.missing, tried)
    if not present.any():
        return out
    own = np.flatnonzero(present)
    mean, scale, stimulus = _standardised(cut)
    out.stimulus_scale[:] = mean, scale
    design = Design.of_runs([c[:, own] for c in cut.counts], cut.weight, basis, stimulus)
    allowed = None if settings.allowed is None else np.array(settings.allowed)[np.ix_(own, own)]
    _fit(settings, out, design, own, allowed, pool)
    return out


def _fit(
    settings: PoissonGLM,
    out: WindowFit,
    design: Design,
    own: NDArray[np.int64],
    allowed: NDArray[np.bool_] | None,
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
    out.coefficients[pairs] = np.where(known[:, :, None], weights, np.nan)
    out.bias[own], out.stimulus[:, own] = fitted.theta[0], fitted.theta[1:other]
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
    out.pvalue[pairs] = np.where(known, wald(weights, blocks), np.nan)


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
    if not any(weight.any() for weight in weights):
        raise DataError(
            f"every window must hold a bin whose history of {lags} bins is observed (and its stimulus known): window "
            f"{s}, {tuple(runs.bounds[s].tolist())} s, holds none. Lengthen `window_s`, or shorten `span_s`."
        )
    return _Cut(counts, weights, stimulus, missing)


def _standardised(cut: _Cut) -> tuple[Floats, Floats, list[Floats]]:
    """Give means, standard deviations (1 for a constant column), and columns with both taken out; 0 where unknown."""
    rows = np.concatenate([given[weight > 0] for given, weight in zip(cut.stimulus, cut.weight, strict=True)])
    mean, scale = rows.mean(axis=0), rows.std(axis=0)
    scale = np.where(scale > 1e-12 * np.abs(mean), scale, 1.0)
    return mean, scale, [np.nan_to_num((given - mean) / scale) for given in cut.stimulus]


def _per_spike(score: Scores) -> float:
    known = ~np.isnan(score.model)
    spikes = score.spikes[known].sum()
    return float(score.model[known].sum() / spikes) if spikes else float("nan")
