"""Granger causality: whether the past of one unit helps to predict another.

References
----------
Granger (1969); Geweke (1982, 1984).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from interplay._core.checks import require_setting
from interplay._core.errors import ConfigError
from interplay.infer.bands import Band, band_in_cycles, require_band
from interplay.infer.edges import pair_index, require_choice
from interplay.infer.windowed import Measured, WindowedMethod

_SINGULAR = "of some pairs a regression is singular (a unit repeats others, or is predicted without error): no value"


@dataclass(frozen=True, kw_only=True)
class Granger(WindowedMethod):
    """Granger causality of all ordered pairs, per window.

    Parameters
    ----------
    conditional : bool
        Whether the past of all other units is known too (then a common driver that was recorded makes no edge), or
        only the pair's own.
    order : int, >= 1, samples, or "bic"
        How far back the past goes. "bic": the order in 1 .. `max_order` with the lowest Bayesian criterion, one for
        each window, or for each pair if not `conditional`.
    max_order : int, >= 1, samples
        Only with "bic". Lowered, and said, where a window holds fewer than two samples for each coefficient.
    band : (low, high), Hz, 0 <= low < high, or None
        None measures in time. A band averages the measure by frequency over it.
    law : {"f", "chi2"}
        Where p-values without surrogates come from; only in time.
    bin_s : float, s, > 0, or None
        None takes the traces; a number counts spikes in bins of that width.
    window_s, step_s : float, s, > 0
        Length of a window and distance between starts.
    surrogates : int, >= 0
        How many surrogates test every pair, each with the order of the window itself. 0: the law, in time.
    null : {"circular_shift", "phases"}
        What a surrogate is.
    tail : {"counted", "fitted"}
        How small p-values of surrogates may be.
    alpha : float, in (0, 1)
        What "significant" means.
    correction : {"benjamini_hochberg", "none"}
        Over the pairs of one window, for `keep`.
    keep : {"all", "significant"}
        Which pairs are stored.
    bounds : (S, 2) float array, s, or None
        Explicit windows.
    seed : int
        Of the surrogates.
    jobs : int, >= 1
        Threads.

    Raises
    ------
    ConfigError
        If a setting is out of range.

    Notes
    -----
    In time, with residual sums of squares by ordinary least squares with intercepts, all on the same samples::

        weight[src, dst] = log( RSS(dst | past without src) / RSS(dst | past with src) ),  >= 0

    which is twice the transfer entropy of Gaussian processes, in nats. F law: ``(RSS_0 - RSS_1) / p`` over
    ``RSS_1 / (n - q)``, p lags, n predicted samples, q coefficients; exact for Gaussian white residuals given the past
    up to O(1/n). "chi2": n times the weight on p degrees of freedom, too liberal in short windows.

    By frequency, Geweke's measure of the fitted autoregressions. Conditional: the process without a source is no
    autoregression of finite order, so its filter is found by factoring its spectrum (Wilson's iteration) and not by a
    second fit; then the measure is not negative. Averaged over all frequencies it is the measure in time of the fitted
    model with an endless past. Regressions of a finite order, which the process without a source is not, say more: the
    shorter past is blamed on the source.

    Weights have no sign. Filtering before, and bins longer than the delay, distort the measure. In place of a value: a
    unit that repeats others has none as a source; a unit that is predicted without error none as a target; a pair in a
    frequency band none where its autoregression is unstable. All are said in the notes.

    Time per window, in time: O(T (n p)^2 + (n p)^3) conditional, O(T (n p)^2 + n^2 p^3) pairwise, for all pairs
    together. Conditional by frequency: O(n F n^3) per round, F frequencies; meant for tens of units.

    References
    ----------
    Granger (1969), Econometrica 37:424. Geweke (1982), J Am Stat Assoc 77:304; Geweke (1984), 79:907. Chen, Bressler,
    Ding (2006). Wilson (1972). Schwarz (1978).

    Examples
    --------
    >>> import numpy as np
    >>> from interplay import Recording, Series
    >>> x = np.random.default_rng(0).normal(size=(500, 2))
    >>> x[1:, 1] += 0.8 * x[:-1, 0]
    >>> result = Granger(window_s=500, step_s=500).fit(Recording(traces=Series.regular(x, dt_s=1.0)))
    >>> found = result.snapshots.matrix(0)
    >>> bool(found[0, 1] > 0.3 and found[1, 0] < 0.02)
    True
    """

    conditional: bool = True
    order: int | Literal["bic"] = "bic"
    max_order: int = 10
    band: Band | None = None
    law: Literal["f", "chi2"] = "f"

    name: ClassVar[str] = "granger"
    directed: ClassVar[bool] = True
    one_sided: ClassVar[bool] = True
    even: ClassVar[bool] = True
    has_law: ClassVar[bool] = True

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.conditional, bool):
            raise ConfigError(f"`conditional` must be True or False, got {self.conditional!r}. Give one of them.")
        if isinstance(self.order, str):
            require_choice("order", self.order, ("bic",))
        else:
            require_setting("order", self.order, least=1, whole=True)
        require_setting("max_order", self.max_order, least=1, whole=True)
        require_choice("law", self.law, ("f", "chi2"))
        object.__setattr__(self, "band", require_band(self.band))

    def lawful(self) -> bool:
        """Say whether these settings give p-values without surrogates."""
        return self.band is None

    def quantity(self) -> str:
        """Say what a weight is, with its range."""
        how = "conditional " if self.conditional else "pairwise "
        where = "" if self.band is None else f", mean over {self.band[0]:g} to {self.band[1]:g} Hz"
        return f"{how}Granger causality, log ratio of prediction errors{where}, >= 0"

    def citations(self) -> tuple[str, ...]:
        """Name the sources of what is really used."""
        keys: tuple[str, ...] = ("granger1969causality",)
        if self.conditional or self.band is not None:
            keys += ("geweke1984conditional",) if self.conditional else ("geweke1982feedback",)
        if self.conditional and self.band is not None:
            keys += ("chen2006conditional", "wilson1972factorization")
        return keys if isinstance(self.order, int) else (*keys, "schwarz1978bic")

    def least_samples(self, n_units: int) -> int:
        """Say how many samples a window with so many units needs."""
        order = self.order if isinstance(self.order, int) else 1
        return order + (n_units if self.conditional else 2) * order + 3

    def guard_samples(self) -> float:
        """Say how far two units must be shifted apart for a surrogate to count: further than the past reaches."""
        return 1.0 + (self.order if isinstance(self.order, int) else self.max_order)

    def measure(self, x: NDArray[np.float64], dt_s: float) -> Measured:
        """Measure all ordered pairs of one window.

        Parameters
        ----------
        x : (T_w, n) float64 array
        dt_s : float, s

        Returns
        -------
        Measured
        """
        return self._measured(x, dt_s, None)

    def measure_surrogate(self, x: NDArray[np.float64], dt_s: float, choice: Any) -> NDArray[np.float64]:
        """Measure a surrogate with the order of the window itself."""
        return self._measured(x, dt_s, choice).weight

    def _top(self, n_samples: int, n_units: int) -> int:
        """Give the highest order to try."""
        if isinstance(self.order, int):
            return self.order
        each = n_units if self.conditional else 2
        return max(1, min(self.max_order, n_samples // (2 * each + 1)))

    def _measured(self, x: NDArray[np.float64], dt_s: float, choice: Any) -> Measured:
        from interplay.ops.lag_regression import lag_sums

        top = self._top(*x.shape)
        z = x - x.mean(axis=0)
        z /= np.abs(z).max(axis=0)
        sums = lag_sums(z, top, top)
        notes = []
        if top < self.max_order and not isinstance(self.order, int):
            notes.append(f"too few samples for `max_order`={self.max_order}, lowered to {top}")
        find = self._conditional if self.conditional else self._pairwise
        found = find(sums, x.shape[1], top, len(x) - top, dt_s, choice)
        weight = found.weight[pair_index(x.shape[1], True)]
        notes += [found.note] if found.note else []
        if np.isnan(weight).any() and not found.note:
            notes.append(_SINGULAR)
        pvalue = None if found.pvalue is None else found.pvalue[pair_index(x.shape[1], True)]
        return Measured(weight, pvalue, "; ".join(notes), found.choice)

    def _conditional(
        self, sums: NDArray[np.float64], n: int, top: int, n_rows: int, dt_s: float, choice: int | None
    ) -> Measured:
        from interplay.ops.lag_conditional import bayesian_order, full_model

        note = ""
        if choice is None:
            choice = top if isinstance(self.order, int) else bayesian_order(sums, n, top, n_rows)
            if choice < 1:
                choice, note = 1, f"no order could be chosen, order 1 is used; {_SINGULAR}"
        if self.band is not None:
            from interplay.infer.granger_spectra import conditional_spectral

            low, high = band_in_cycles(self.band, dt_s)
            value, said = conditional_spectral(sums, n, choice, n_rows, low, high)
            return Measured(value, None, said or note, choice)
        model = full_model(sums, n, choice)
        share = np.maximum(model.gain, 0.0) / np.diag(model.residual)
        orders = np.full((n, n), choice)
        return Measured(np.log1p(share), self._law(share, orders, n_rows, n * choice), note, choice)

    def _pairwise(self, sums: NDArray[np.float64], n: int, top: int, n_rows: int, dt_s: float, choice: Any) -> Measured:
        from interplay.ops.lag_regression import pairwise_granger

        ratio = np.full((n, n), np.nan)
        orders = np.full((n, n), top) if choice is None else choice.copy()
        choose = choice is None and not isinstance(self.order, int)
        pairwise_granger(sums, n, top, choose, n_rows, 0, n, ratio, orders)
        if self.band is not None:
            from interplay.infer.granger_spectra import pair_spectral

            return Measured(pair_spectral(sums, n, orders, n_rows, *band_in_cycles(self.band, dt_s)), choice=orders)
        return Measured(ratio, self._law(np.expm1(ratio), orders, n_rows, 2 * orders), choice=orders)

    def _law(
        self, share: NDArray[np.float64], orders: NDArray[np.int64], n_rows: int, n_columns: int | NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Test relative gains; NaN stay NaN."""
        from scipy.special import chdtrc, fdtrc

        p = np.maximum(orders, 1)
        if self.law == "chi2":
            return np.asarray(chdtrc(p, n_rows * np.log1p(share)))
        rest = n_rows - 1 - n_columns
        return np.asarray(fdtrc(p, rest, share * rest / p))
