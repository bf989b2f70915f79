"""Coupled Poisson regression: every unit's rate from the spikes of all, its own history, and what was shown.

References
----------
Truccolo, Eden, Fellows, Donoghue, Brown (2005), J Neurophysiol 93:1074. Pillow et al. (2008), Nature 454:995.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from numbers import Real
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from interplay._core.checks import Shapes, require_setting
from interplay._core.errors import ConfigError, DataError
from interplay._core.protocols import Progress
from interplay.data import Events, Recording
from interplay.infer.edges import (
    Correction,
    Keep,
    PairValues,
    assemble,
    ordered_map,
    pair_index,
    require_choice,
    watched,
)
from interplay.infer.glm_basis import Basis, history_basis
from interplay.infer.glm_design import Floats
from interplay.infer.glm_fitting import Errors, Penalty
from interplay.infer.glm_results import GLMResult, HeldOut
from interplay.infer.glm_stimulus import stimulus_columns
from interplay.infer.glm_window import WindowFit, fit_window
from interplay.infer.sequences import Pooled, SampleRuns, sample_runs

Link = Literal["exp", "softplus"]

_SLACK = 1e-6
#: A fit that could still win more than this, in nats, is said not to have converged.
_UNSETTLED = 1e-3


@dataclass(frozen=True, kw_only=True)
class PoissonGLM:
    """Poisson regression of every unit's spikes on the spikes of all units, with tests of every coupling.

    Parameters
    ----------
    bin_s : float, s, > 0
        Width of the bins that spikes are counted in.
    window_s, step_s : float, s, > 0, or None
        One regression for each window of this length, at this distance (None: `window_s`), whole multiples of
        `bin_s`; history before a window is used. `window_s` None: one regression for all data.
    epochs : str or None
        Name of the recording's epochs to fit, trials for example; history does not cross their edges.
    span_s : float, s, >= bin_s
        How far back the history of a bin reaches.
    n_bases : int, >= 1
        Functions of the lag that a filter is made of.
    basis : {"raised-cosine", "exponential", "bins"}
        See `interplay.infer.glm_basis.history_basis`.
    link : {"exp", "softplus"}
        From the drive to the mean number of spikes in a bin.
    stimulus : sequence of str
        Behaviour series that drive the units too. The value at a bin is the last one known at its centre; columns are
        standardised over the bins that are fitted. Bins without a value are left out, and counted in the notes.
    stimulus_s : float, s, >= 0
        How far back the stimulus is filtered; 0 takes its value alone.
    stimulus_bases : int, >= 1
        Functions of the stimulus' lag.
    penalty : {"ridge", "group-lasso", "none"}
        A Gaussian prior on every coefficient but the constant; a penalty that switches whole couplings off
        (own history and stimulus are not penalised); none.
    strength : float or sequence of float, >= 0
        Ridge: precision of the prior, ``strength / 2 |coefficients|^2``. Group lasso: ``strength sqrt(n_bases)`` times
        the length of every pair's coefficients. Both in nats of the whole log-likelihood, so that they weigh less the
        more data there are. Of several, the one with the best held-out log-likelihood is used (`folds` >= 2).
    allowed : (N, N) bool array or None
        ``[src, dst]``: couplings that may exist, from anatomy for example; all where None. What is not allowed has
        no edge.
    errors : {"observed", "sandwich", "none"}
        Standard errors from the observed information, or, where that is larger, from the spread of the slopes (for
        counts more variable than Poisson). Without, and with the group lasso, there are no p-values.
    folds : int, 0 or >= 2
        Contiguous blocks of bins that are held out in turn to score the model beside its baselines; 0 scores nothing.
        The score of a `strength` chosen among several is that of the choice's own folds: the best of several, and so
        somewhat too high.
    least_spikes : int, >= 2
        A unit with fewer spikes in the bins that are fitted is absent: its couplings are not known, not zero. So is
        one whose count never varies.
    alpha : float, in (0, 1)
        What "significant" means.
    correction : {"benjamini_hochberg", "none"}
        Over the pairs of one window; decides what `keep` keeps. Stored p-values are never corrected.
    keep : {"all", "significant"}
        "all" stores every allowed pair of present units.
    tolerance : float, nats, > 0
        A unit is done once its next step promises less.
    max_iterations : int, >= 1
    jobs : int, >= 1
        Threads, over windows or units. The result does not depend on it.

    Raises
    ------
    ConfigError
        If a number is out of range, a word is unknown, or settings exclude each other.

    Notes
    -----
    The mean count of unit n in bin t is ``f(b_n + sum_m sum_l h_mn(l) y_m(t - l) + stimulus)``, with filters ``h``
    in the span of the basis. The weight of an edge is the filter's integral over lags, in units of the drive times
    seconds; its sign is the sign of the interaction. The p-value is that of Wald's test that all coefficients of the
    pair are 0, with covariance ``A^-1 J A^-1``: A the penalised observed information, J the information or, for
    "sandwich", the summed squares of the slopes; of these two covariances a pair gets the larger along each of their
    common axes (ours: where few spikes follow the source's, the squared slopes understate the variance manyfold).

    Where the target never fires after the source's spikes, Wald's statistic vanishes although inhibition is complete
    (Hauck, Donner 1977). Pairs where functions of the lag meet no spike, although more than 10 were expected at the
    lags they reach, get the p-value of the likelihood ratio instead (the target fitted again without the source;
    "observed" only), and are counted in the notes. Where fewer are expected, inhibition cannot be told from chance.

    A window without a bin that can be fitted has no unit present. A stimulus column that does not vary in a window has
    a coefficient of NaN there, and is left out of predictions.

    The problem is convex; the maximum is found by quasi-Newton steps on top of the Hessian at the homogeneous rate,
    which needs the products of counts at every lag alone, and, where errors are computed, by steps with the exact
    Hessian to rounding. The design matrix is never stored. A bin whose history is not wholly observed is not fitted.

    Time: O(spikes L N) for each of 10 to 25 iterations; errors O(T N (N K)^2). Memory: 6 numbers per bin and unit.

    References
    ----------
    Truccolo et al. (2005). Pillow et al. (2008): raised cosines. Yuan, Lin (2006): group lasso. White (1982): sandwich.

    Examples
    --------
    A unit that fires one bin after another.

    >>> import numpy as np
    >>> from interplay import Events
    >>> rng = np.random.default_rng(0)
    >>> first = np.flatnonzero(rng.random(6000) < 0.05)
    >>> noise = np.flatnonzero(rng.random(6000) < 0.02)
    >>> trains = [first * 0.01 + 0.002, np.union1d(first[first < 5999] + 1, noise) * 0.01 + 0.002]
    >>> result = PoissonGLM(span_s=0.05, n_bases=3).fit(Events.from_trains(trains, span=(0.0, 60.0)))
    >>> pvalues = result.snapshots.dense_pvalues()[0]
    >>> bool(result.snapshots.matrix(0)[0, 1] > 0), bool(pvalues[0, 1] < 1e-6), bool(pvalues[1, 0] > 0.01)
    (True, True, True)
    """

    bin_s: float = 0.01
    window_s: float | None = None
    step_s: float | None = None
    epochs: str | None = None
    span_s: float = 0.1
    n_bases: int = 4
    basis: Basis = "raised-cosine"
    link: Link = "exp"
    stimulus: Sequence[str] = ()
    stimulus_s: float = 0.0
    stimulus_bases: int = 1
    penalty: Penalty = "ridge"
    strength: float | Sequence[float] = 1.0
    allowed: ArrayLike | None = None
    errors: Errors = "observed"
    folds: int = 5
    least_spikes: int = 5
    alpha: float = 0.05
    correction: Correction = "benjamini_hochberg"
    keep: Keep = "all"
    tolerance: float = 1e-10
    max_iterations: int = 200
    jobs: int = 1

    def __post_init__(self) -> None:
        require_setting("bin_s", self.bin_s, above=0)
        for name in ("window_s", "step_s"):
            if getattr(self, name) is not None:
                require_setting(name, getattr(self, name), above=0)
        require_setting("span_s", self.span_s, least=self.bin_s * (1 - _SLACK))
        require_setting("n_bases", self.n_bases, least=1, whole=True)
        require_setting("stimulus_s", self.stimulus_s, least=0)
        require_setting("stimulus_bases", self.stimulus_bases, least=1, whole=True)
        require_setting("least_spikes", self.least_spikes, least=2, whole=True)
        require_setting("folds", self.folds, least=0, whole=True)
        require_setting("alpha", self.alpha, above=0, below=1)
        require_setting("tolerance", self.tolerance, above=0)
        require_setting("max_iterations", self.max_iterations, least=1, whole=True)
        require_setting("jobs", self.jobs, least=1, whole=True)
        for name, valid in _WORDS.items():
            require_choice(name, getattr(self, name), valid)
        if isinstance(self.stimulus, str):
            object.__setattr__(self, "stimulus", (self.stimulus,))
        object.__setattr__(self, "stimulus", tuple(self.stimulus))
        object.__setattr__(self, "strength", _strengths(self.strength))
        object.__setattr__(self, "allowed", _allowed(self.allowed))
        self._check_together()
        self._bases()

    def _check_together(self) -> None:
        if self.folds == 1:
            raise ConfigError("`folds` must be 0 or at least 2, got 1. Set folds=5, or folds=0 to score nothing.")
        if isinstance(self.strength, tuple) and self.folds < 2:
            raise ConfigError(
                f"`strength` must be one number where `folds` is 0, got {len(self.strength)}: nothing is held out to "
                "choose by. Set folds=5."
            )
        if self.keep == "significant" and not self._tests:
            raise ConfigError(
                '`keep="significant"` must come with p-values, which `errors="none"` and `penalty="group-lasso"` do '
                'not give. Use the ridge with `errors="observed"`.'
            )
        if self.window_s is not None:
            for name in ("window_s", "step_s"):
                length = getattr(self, name)
                if length is not None:
                    _require_whole(name, length, self.bin_s)

    @property
    def _tests(self) -> bool:
        return self.errors != "none" and self.penalty != "group-lasso"

    def _bases(self) -> tuple[Floats, Floats]:
        lags = max(int(np.floor(self.span_s / self.bin_s + _SLACK)), 1)
        back = int(np.floor(self.stimulus_s / self.bin_s + _SLACK)) + 1
        if back == 1:
            return history_basis(self.basis, self.n_bases, lags), np.ones((1, 1))
        return history_basis(self.basis, self.n_bases, lags), history_basis("raised-cosine", self.stimulus_bases, back)

    def fit(self, data: Pooled, *, progress: Progress | None = None) -> GLMResult:
        """Fit every unit in every window.

        Parameters
        ----------
        data : Recording, Events, or a sequence of these
            Spikes; several recordings of the same units are fitted together.
        progress : callable or None
            Called as progress(windows done, windows in all).

        Returns
        -------
        GLMResult
            Directed.

        Raises
        ------
        DataError
            If there are no spikes, a stimulus is missing, or no window holds a bin with an observed history.
        NumericalError
            If coefficients are not unique and standard errors are asked for.
        """
        basis, lagged = self._bases()
        runs = sample_runs(
            data, self.bin_s, window_s=self.window_s, step_s=self.step_s, epochs=self.epochs, least=len(basis) + 2
        )
        several = [data] if isinstance(data, Recording | Events) else list(data)
        if self.allowed is not None and len(self.allowed) != runs.n_units:  # type: ignore[arg-type]
            raise DataError(
                f"`allowed` must have shape (N={runs.n_units}, N={runs.n_units}), got {np.shape(self.allowed)}. Give "
                "one entry for each ordered pair of units."
            )
        columns = stimulus_columns(several, runs, tuple(self.stimulus), lagged)
        n = len(runs.bounds)
        with ThreadPoolExecutor(self.jobs) if self.jobs > 1 else nullcontext() as pool:
            shared = pool if n < self.jobs else None
            work = partial(fit_window, self, runs, columns, basis, shared)
            found = list(watched(ordered_map(None if shared else pool, work, range(n), 2 * self.jobs), n, progress))
        if not any(w.bins for w in found):
            raise DataError(
                f"`data` must hold a bin inside a window whose history of {len(basis)} bins is observed (and its "
                "stimulus known), got none. Lengthen `window_s` or epochs, or shorten `span_s`."
            )
        return self._result(runs, found, basis, lagged)

    def _result(self, runs: SampleRuns, found: list[WindowFit], basis: Floats, lagged: Floats) -> GLMResult:
        n = runs.n_units
        src, dst = pair_index(n, True)
        total = basis.sum(axis=0) * self.bin_s
        rows = [
            PairValues((w.coefficients @ total)[src, dst], w.present, w.pvalue[src, dst] if self._tests else None)
            for w in found
        ]
        snapshots = assemble(
            rows, runs.bounds, n, directed=True, keep=self.keep, alpha=self.alpha, correction=self.correction
        )

        def stacked(name: str) -> Any:
            return np.stack([getattr(w, name) for w in found])

        scored = stacked("held_out") if self.folds else None
        drive = "nats" if self.link == "exp" else "spikes per bin"
        return GLMResult(
            config=self,
            made_from=runs.made_from,
            notes=runs.notes + self._notes(found, runs),
            citations=self._citations(),
            snapshots=snapshots,
            method="glm",
            quantity=f"integral of the coupling filter over lags, {drive} x s per presynaptic spike",
            pooled=self.window_s is None,
            coefficients=stacked("coefficients"),
            errors=stacked("errors") if self._tests else None,
            filter_errors=stacked("filter_errors") if self._tests else None,
            bias=stacked("bias"),
            weight_error=stacked("weight_error") if self._tests else None,
            basis=basis,
            dt_s=self.bin_s,
            link=self.link,
            stimulus_coefficients=stacked("stimulus"),
            stimulus_basis=lagged,
            stimulus_scale=stacked("stimulus_scale"),
            log_likelihood=stacked("log_likelihood"),
            strength=np.array([w.strength for w in found]),
            strength_scores=stacked("strength_scores") if self.folds else None,
            held_out=None if scored is None else _held_out(scored),
            left=stacked("left"),
        )

    def _notes(self, found: list[WindowFit], runs: SampleRuns) -> tuple[str, ...]:
        notes = list(self._absences(found, runs.n_units))
        missing = sum(w.missing for w in found)
        if missing:
            notes.append(f"{missing} bins without a stimulus value are left out.")
        left = np.stack([w.left for w in found])
        unsettled = left > _UNSETTLED
        if unsettled.any():
            notes.append(
                f"{int(unsettled.sum())} fits of a unit did not converge in {self.max_iterations} iterations (up to "
                f"{float(left[unsettled].max()):.2g} nats may be missing). Raise `max_iterations` or `strength`."
            )
        if self.folds:
            unscored = int(sum(np.isnan(w.held_out[0][w.present]).sum() for w in found))
            if unscored:
                notes.append(f"{unscored} fits are not scored: a fold leaves the unit fewer than two spikes to fit.")
        if self.penalty == "group-lasso":
            notes.append("The group lasso selects couplings and gives no p-values; what it dropped has weight 0.")
        ruled_out, unbounded = (sum(getattr(w, name) for w in found) for name in ("ruled_out", "unbounded"))
        if ruled_out:
            notes.append(
                f"{ruled_out} pairs have no spike of the target where more than 10 were expected after the source's: "
                "their p-values are those of the likelihood ratio, for Wald's test cannot see complete inhibition."
            )
        if unbounded:
            notes.append(
                f"{unbounded} filters without a penalty meet no spike of their target at some lags: their likelihood "
                "has no maximum, and how low their coefficients are says when the fit stopped. Use the ridge."
            )
        return tuple(notes)

    def _absences(self, found: list[WindowFit], n: int) -> Iterator[str]:
        """Say which units, windows and stimuli nothing is known of."""
        fitted = [w for w in found if w.bins]
        if len(fitted) < len(found):
            yield (
                f"{len(found) - len(fitted)} of {len(found)} windows hold no bin whose history is observed (and its "
                "stimulus known): no unit is present there."
            )
        for name, why in (("few", f"fewer than {self.least_spikes} spikes"), ("constant", "counts that never vary")):
            absent = int(np.stack([getattr(w, name) for w in fitted]).any(axis=0).sum())
            if absent:
                yield (
                    f"{absent} of {n} units have {why} in at least one window and are absent there: their couplings "
                    "are unknown, not zero."
                )
        flat = sum(w.flat for w in fitted)
        if flat:
            yield f"{flat} stimulus columns do not vary in their window: their coefficients are unknown."

    def _citations(self) -> tuple[str, ...]:
        keys = ["truccolo2005point"]
        if self.basis == "raised-cosine":
            keys.append("pillow2008spatio")
        if self.penalty == "group-lasso":
            keys += ["yuan2006group", "yang2015groupwise"]
        if self.errors == "sandwich" and self._tests:
            keys.append("white1982misspecified")
        if self.keep == "significant" and self.correction == "benjamini_hochberg":
            keys.append("benjamini1995fdr")
        return tuple(keys)


_WORDS = {
    "basis": ("raised-cosine", "exponential", "bins"),
    "link": ("exp", "softplus"),
    "penalty": ("ridge", "group-lasso", "none"),
    "errors": ("observed", "sandwich", "none"),
    "correction": ("benjamini_hochberg", "none"),
    "keep": ("all", "significant"),
}


def _held_out(scored: Floats) -> HeldOut:
    """Name the parts of (S, 4, N) scores; a window without units has no spikes either."""
    model, history, rate, spikes = scored.transpose(1, 0, 2)
    return HeldOut(model=model, history=history, rate=rate, spikes=np.nan_to_num(spikes))


def _strengths(given: float | Sequence[float]) -> float | tuple[float, ...]:
    if isinstance(given, Real):
        require_setting("strength", float(given), least=0)
        return float(given)
    plain = tuple(given)  # type: ignore[arg-type]
    if not plain:
        raise ConfigError("`strength` must be a number or several, got none. Set strength=1.")
    for value in plain:
        require_setting("strength", value, least=0)
    return plain[0] if len(plain) == 1 else plain


def _allowed(given: ArrayLike | None) -> tuple[tuple[bool, ...], ...] | None:
    """Keep the mask as plain data."""
    if given is None:
        return None
    return tuple(tuple(map(bool, row)) for row in Shapes().array("allowed", given, "N N", "bool"))


def _require_whole(name: str, length: float, bin_s: float) -> None:
    ratio = length / bin_s
    if abs(ratio - round(ratio)) > _SLACK or round(ratio) < 1:
        raise ConfigError(
            f"`{name}` must be a whole multiple of `bin_s`={bin_s:g} s, got a length of {length:g} s. Change either."
        )
