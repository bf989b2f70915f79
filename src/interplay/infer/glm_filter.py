"""Rates of a fitted coupled regression on other data: all at once, or bin by bin as they come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes
from interplay._core.errors import ConfigError, DataError
from interplay.data import Events, Recording
from interplay.infer.glm_design import Design
from interplay.infer.glm_results import GLMResult
from interplay.infer.glm_stimulus import stimulus_columns
from interplay.infer.sequences import Pooled, sample_runs

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True)
class RatePrediction:
    """Expected spikes per bin, and how likely the true ones were.

    Attributes
    ----------
    mean : tuple of K (T_k, N) float64 arrays, spikes per bin
        Of each run of bins; NaN where a bin's history or stimulus is not wholly known, and for absent units. Infinite
        where the exponential link has run away beyond floating point.
    start_s : (K,) float64 array, s
        Left edge of each run's first bin.
    dt_s : float, s
    log_likelihood : (N,) float64 array, nats
        Summed over bins with a mean; NaN for an absent unit; minus infinity where a mean is infinite.
    spikes : (N,) float64 array
        In the same bins.
    """

    mean: tuple[Floats, ...]
    start_s: Floats
    dt_s: float
    log_likelihood: Floats
    spikes: Floats


def predicted_rates(result: GLMResult, data: Pooled, *, window: int = 0) -> RatePrediction:
    """Predict every bin from the spikes before it.

    Parameters
    ----------
    result : GLMResult
    data : Recording, Events, or a sequence of these
        Of the same units, with the stimulus series that the model was fitted with.
    window : int
        Whose coefficients to use.

    Returns
    -------
    RatePrediction

    Raises
    ------
    DataError
        If units differ or a stimulus is missing.
    """
    config, model = result.config, GLMFilter.of(result, window=window)
    runs = sample_runs(data, result.dt_s, epochs=config.epochs, least=len(result.basis) + 2)
    if runs.n_units != model.n_units:
        raise DataError(
            f"`data` must have the N={model.n_units} units of the model, got {runs.n_units}. Select the same units."
        )
    several = [data] if isinstance(data, Recording | Events) else list(data)
    columns = stimulus_columns(several, runs, config.stimulus, result.stimulus_basis)
    centre, scale = result.stimulus_scale[window]
    # An absent unit drives nobody: what is not known of couplings is left out.
    couplings = np.nan_to_num(result.coefficients[window].transpose(0, 2, 1)).reshape(-1, model.n_units)
    theta = np.concatenate([model.bias[None], model.stimulus, couplings])
    means, total, spikes = [], np.zeros(model.n_units), np.zeros(model.n_units)
    for counts, given in zip(runs.values, columns, strict=True):
        stimulus = (given - centre) / scale
        known = ~np.isnan(stimulus).any(axis=1)
        known[: len(result.basis)] = False
        design = Design.of_runs([counts], [known.astype(np.float64)], result.basis, [np.nan_to_num(stimulus)])
        mean, value = _scored(design.drive(theta)[: len(counts)], counts, model.soft)
        mean[~known] = np.nan
        means.append(mean)
        total += value[known].sum(axis=0)
        spikes += counts[known].sum(axis=0)
    return RatePrediction(mean=tuple(means), start_s=runs.start_s, dt_s=runs.dt_s, log_likelihood=total, spikes=spikes)


def _scored(drive: Floats, counts: Floats, soft: bool) -> tuple[Floats, Floats]:
    """Give means and Poisson log-likelihoods of counts, in nats."""
    from scipy.special import gammaln

    # An absent unit's drive is NaN, and so stays its mean.
    with np.errstate(invalid="ignore", over="ignore"):
        mean = np.logaddexp(0.0, drive) if soft else np.exp(drive)
    # Far below 0 the softplus is the exponential, whose logarithm cannot underflow.
    log_mean = np.where(drive < -30.0, drive, np.log(np.maximum(mean, 1e-300))) if soft else drive
    return mean, counts * log_mean - mean - gammaln(counts + 1.0)


class FilterState(NamedTuple):
    """What a filter remembers: bounded, and plain arrays.

    Attributes
    ----------
    pending : (L, N) float64 array
        Drive that past spikes have already given to the coming bins, as a ring.
    stimulus : (L_s, C) float64 array
        The last stimulus values, the newest first; NaN before they came.
    place : int
        Where the ring stands.
    seen : int
        Bins seen, up to the number that the history needs.
    """

    pending: Floats
    stimulus: Floats
    place: int
    seen: int


class FilterStep(NamedTuple):
    """What a filter says of one bin.

    Attributes
    ----------
    mean : (N,) float64 array, spikes per bin
        Expected from the spikes before the bin; NaN until the history is wholly known, and for absent units.
    log_likelihood : (N,) float64 array, nats
        Of the bin's spikes; NaN as `mean`.
    """

    mean: Floats
    log_likelihood: Floats


@dataclass(frozen=True, eq=False, kw_only=True)
class GLMFilter:
    """A fitted coupled regression that takes one bin at a time: same means and likelihoods as `predicted_rates`.

    Parameters
    ----------
    filters : (N, L, N) float64 array
        ``[src, lag, dst]``: what a spike adds to the drive `lag` + 1 bins later.
    bias : (N,) float64 array
        NaN for a unit that the model does not know.
    stimulus : (Q, N) float64 array
        Coefficients of the standardised stimulus columns.
    stimulus_basis : (L_s, K_s) float64 array
    stimulus_scale : (2, Q) float64 array
        Mean and standard deviation of each column.
    soft : bool
        Softplus in place of the exponential.

    Notes
    -----
    `step` costs O(L N) for each unit that fired, and O(N); memory does not grow. At a gap, or the start of a trial,
    begin with `init` again.

    References
    ----------
    Truccolo et al. (2005), J Neurophysiol 93:1074: the conditional intensity given the past.

    Examples
    --------
    >>> import numpy as np
    >>> from interplay import Events
    >>> from interplay.infer import GLMFilter, PoissonGLM
    >>> rng = np.random.default_rng(0)
    >>> trains = [np.sort(rng.uniform(0, 60, 300)) for _ in range(2)]
    >>> result = PoissonGLM(span_s=0.05, n_bases=2, folds=0).fit(Events.from_trains(trains, span=(0.0, 60.0)))
    >>> model = GLMFilter.of(result)
    >>> state = model.init()
    >>> for counts in np.eye(2)[[0, 1, 0, 1, 0, 1]]:
    ...     state, out = model.step(state, counts)
    >>> out.mean.shape
    (2,)
    """

    filters: Floats
    bias: Floats
    stimulus: Floats
    stimulus_basis: Floats
    stimulus_scale: Floats
    soft: bool

    @classmethod
    def of(cls, result: GLMResult, *, window: int = 0) -> GLMFilter:
        """Take the coefficients of one window of a result.

        Parameters
        ----------
        result : GLMResult
        window : int, in [-S, S)

        Returns
        -------
        GLMFilter
            What is not known (couplings of an absent unit or not allowed, a stimulus that never varied) is left out
            of the drive.

        Raises
        ------
        ConfigError
            If there is no such window.
        """
        if not -len(result.bias) <= window < len(result.bias):
            raise ConfigError(f"`window` must be one of the {len(result.bias)} windows, got {window}. Count from 0.")
        filters = np.nan_to_num(result.filters(window)).transpose(0, 2, 1)
        return cls(
            filters=np.ascontiguousarray(filters),
            bias=np.asarray(result.bias[window]),
            stimulus=np.nan_to_num(result.stimulus_coefficients[window]),
            stimulus_basis=np.asarray(result.stimulus_basis),
            stimulus_scale=np.asarray(result.stimulus_scale[window]),
            soft=result.link == "softplus",
        )

    @property
    def n_units(self) -> int:
        """Number of units N."""
        return len(self.bias)

    @property
    def n_channels(self) -> int:
        """Number of stimulus channels C."""
        return len(self.stimulus) // int(self.stimulus_basis.shape[1])

    def init(self) -> FilterState:
        """Begin with nothing known."""
        n, lags, _ = self.filters.shape
        return FilterState(np.zeros((lags, n)), np.full((len(self.stimulus_basis), self.n_channels), np.nan), 0, 0)

    def step(
        self, state: FilterState, counts: ArrayLike, stimulus: ArrayLike | None = None
    ) -> tuple[FilterState, FilterStep]:
        """Predict one bin from what came before, score it, and take it in.

        Parameters
        ----------
        state : FilterState
        counts : (N,) float array, >= 0
            Spikes in the bin.
        stimulus : (C,) float array or None
            Stimulus at the bin, NaN where unknown; needed where the model has one.

        Returns
        -------
        FilterState
            A new one; the old is left as it was.
        FilterStep

        Raises
        ------
        DataError
            If shapes differ, a count is not finite or below 0, or the stimulus is missing.
        """
        given = Shapes(N=self.n_units).array("counts", counts, "N").astype(np.float64, copy=False)
        if (given < 0).any():
            k = int(np.argmax(given < 0))
            raise DataError(f"`counts` must be >= 0: counts[{k}]={given[k]:g}. Give the spikes of one bin.")
        recent = self._recent(state, stimulus)
        lags = len(state.pending)
        drive = self.bias + state.pending[state.place]
        if len(self.stimulus):
            columns = (recent.T @ self.stimulus_basis).ravel()
            drive = drive + ((columns - self.stimulus_scale[0]) / self.stimulus_scale[1]) @ self.stimulus
        mean, value = _scored(drive, given, self.soft)
        if state.seen < lags:
            mean, value = np.full_like(mean, np.nan), np.full_like(value, np.nan)
        pending = state.pending.copy()
        pending[state.place] = 0.0
        where = (state.place + 1 + np.arange(lags)) % lags
        for unit in np.flatnonzero((given > 0) & ~np.isnan(self.bias)).tolist():
            pending[where] += given[unit] * self.filters[unit]
        after = FilterState(pending, recent, (state.place + 1) % lags, min(state.seen + 1, lags))
        return after, FilterStep(mean, value)

    def _recent(self, state: FilterState, stimulus: ArrayLike | None) -> Floats:
        if not len(self.stimulus):
            return state.stimulus
        if stimulus is None:
            raise DataError(
                f"`stimulus` must give the {self.n_channels} channels that the model was fitted with, got none. "
                "Pass NaN where a value is unknown."
            )
        row = Shapes(C=self.n_channels).array("stimulus", stimulus, "C", finite=False)
        return np.concatenate([row[None], state.stimulus[:-1]])
