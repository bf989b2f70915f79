"""Partial correlation: what two units share once all others are accounted for.

References
----------
Fisher (1924); Ledoit, Wolf (2004); Chen, Wiesel, Eldar, Hero (2010); Friedman, Hastie, Tibshirani (2008).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from interplay._core.checks import require_setting
from interplay._core.errors import ConfigError, DataError, NumericalError
from interplay.infer.edges import pair_index, require_choice
from interplay.infer.sparse_precision import Penalty, sparse_precision
from interplay.infer.windowed import Measured, WindowedMethod
from interplay.ops.effective_samples import variance_inflation
from interplay.ops.pairwise import pairwise_pearson
from interplay.ops.shrinkage import ledoit_wolf_intensity, oas_intensity, partial_from_precision, shrunk

#: A correlation matrix whose lowest eigenvalue is below this is taken as singular.
_SINGULAR = 1e-10
#: Lowest eigenvalue that a matrix of pairs with different samples is shrunk to.
_LOWEST = 1e-3
#: Shrunk fully, every weight would be 0 and without a sign. Held here the weights are 1/100 of the correlations.
_MOST = 0.99

_CITED = {
    "ledoit_wolf": ("ledoit2004shrinkage",),
    "oas": ("chen2010shrinkage",),
    "graphical_lasso": ("friedman2008glasso",),
    "sample": (),
}


class _Matrix(NamedTuple):
    """One window's correlations: of standardised samples, how many stand behind them, and the lowest eigenvalue.

    `z` is 0 where a sample is missing; `known` says where none is, or is None.
    """

    z: NDArray[np.float64]
    correlation: NDArray[np.float64]
    joint: NDArray[np.int64]
    lowest: float
    known: NDArray[np.bool_] | None


@dataclass(frozen=True, kw_only=True)
class PartialCorrelation(WindowedMethod):
    """Partial correlation of all pairs given all other units, per window.

    Parameters
    ----------
    estimator : {"ledoit_wolf", "oas", "sample", "graphical_lasso"}
        How the matrix that is inverted is estimated. The first two shrink the correlation matrix towards the identity,
        by an intensity computed from the samples; "sample" takes it as it is, and needs two samples more than units;
        "graphical_lasso" penalises the absolute values of the precision matrix, so that many are exactly 0.
    penalty : float, > 0, "ebic" or "cv"
        Of the graphical lasso, in units of correlation. "ebic": the one of 16 penalties with the lowest extended
        Bayesian information criterion. "cv": with the highest likelihood of left-out blocks (four).
    ebic_gamma : float, in [0, 1]
        How much the criterion charges for many units; 0 is the plain criterion.
    missing : {"absent", "test_wise"}
        What NaN do. "absent": a unit with one in a window is absent there. "test_wise": every correlation is computed
        from the samples that both units have.
    law : {"autocorrelated", "independent"}
        Whether p-values without surrogates take the samples of a unit to depend on each other, or not.
    bin_s : float, s, > 0, or None
        None takes the traces; a number counts spikes in bins of that width.
    window_s, step_s : float, s, > 0
        Length of a window and distance between starts.
    surrogates : int, >= 0
        How many surrogates test every pair, each with the intensity or penalty of the window itself. 0: the law below.
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
    Weight: ``-P_ij / sqrt(P_ii P_jj)``, P the inverse of the estimate, in [-1, 1]. Samples are standardised first, so
    units of different scale are treated alike (a deviation from the papers, which shrink the covariance).

    P-values without surrogates test the sample partial correlation, whatever the estimator of the weight, by Fisher's
    z: ``atanh(r) sqrt(T - n - 1)`` is standard normal for T independent Gaussian samples of n units; two-sided. With
    law="autocorrelated", T is divided, for each pair, by Bartlett's ``1 + 2 sum_k r_i(k) r_j(k)``, the autocorrelations
    being those of what the other units leave of each (their use here is ours). With fewer than n + 2 such samples, or a
    singular matrix, a pair cannot be tested: p = 1, and a note says so. With missing samples, T is the fewest behind
    any pair, and the autocorrelations are those of the units themselves over what is known (an upper bound for the
    inflation of units that do not depend on each other).

    Where the rule for the shrinkage asks for more than 0.99 (samples that cannot be told from uncorrelated ones), 0.99
    is taken, which keeps order and sign of the weights; a note says so (ours).

    With "test_wise" the matrix need not be positive definite. Then "sample" raises, and the others shrink it first
    until its lowest eigenvalue is 0.001, and say so.

    A unit that is a copy of another makes the sample matrix singular: "sample" raises, the others give both a share.

    Time per window O(T n^2 + n^3); the graphical lasso that times 16 penalties and its rounds.

    References
    ----------
    Fisher (1924), Metron 3:329. Bartlett (1935), J R Stat Soc 98:536. Ledoit, Wolf (2004). Chen et al. (2010),
    equation 23. Friedman, Hastie, Tibshirani (2008). Foygel, Drton (2010).

    Examples
    --------
    >>> import numpy as np
    >>> from interplay import Recording, Series
    >>> rng = np.random.default_rng(0)
    >>> a = rng.normal(size=400)
    >>> b = a + rng.normal(size=400)
    >>> c = b + rng.normal(size=400)
    >>> recording = Recording(traces=Series.regular(np.column_stack([a, b, c]), dt_s=1.0))
    >>> chain = PartialCorrelation(window_s=400, step_s=400).fit(recording).snapshots.matrix(0)
    >>> bool(min(chain[0, 1], chain[1, 2]) > 0.4 and abs(chain[0, 2]) < 0.2)
    True
    """

    estimator: Literal["ledoit_wolf", "oas", "sample", "graphical_lasso"] = "ledoit_wolf"
    penalty: Penalty = "ebic"
    ebic_gamma: float = 0.5
    missing: Literal["absent", "test_wise"] = "absent"
    law: Literal["autocorrelated", "independent"] = "autocorrelated"

    name: ClassVar[str] = "partial-correlation"
    has_law: ClassVar[bool] = True

    def __post_init__(self) -> None:
        super().__post_init__()
        require_choice("estimator", self.estimator, tuple(_CITED))
        require_choice("missing", self.missing, ("absent", "test_wise"))
        require_choice("law", self.law, ("autocorrelated", "independent"))
        if isinstance(self.penalty, str):
            if self.penalty not in ("ebic", "cv"):
                raise ConfigError(
                    f'`penalty` must be a number > 0, "ebic" or "cv", got {self.penalty!r}. Give one of them.'
                )
        else:
            require_setting("penalty", self.penalty, above=0)
        require_setting("ebic_gamma", self.ebic_gamma, least=0, most=1)
        if self.missing == "test_wise" and self.penalty == "cv" and self.estimator == "graphical_lasso":
            raise ConfigError('`penalty` must not be "cv" with missing="test_wise": no block is complete. Use "ebic".')
        if self.missing == "test_wise" and self.surrogates and self.null == "phases":
            raise ConfigError(
                '`null` must be "circular_shift" with missing="test_wise", got "phases": missing samples have no '
                "spectrum. Change either."
            )

    def quantity(self) -> str:
        """Say what a weight is, with its range."""
        how = {"ledoit_wolf": "Ledoit-Wolf", "oas": "OAS", "sample": "sample", "graphical_lasso": "graphical lasso"}
        return f"partial correlation given all other units ({how[self.estimator]}), in [-1, 1]"

    def citations(self) -> tuple[str, ...]:
        """Name the sources of what is really used."""
        keys = _CITED[self.estimator]
        if self.estimator == "graphical_lasso" and self.penalty == "ebic":
            keys += ("foygel2010ebic",)
        if self.surrogates:
            return keys
        keys += ("fisher1924partial",)
        return (*keys, "bartlett1935time") if self.law == "autocorrelated" else keys

    def least_samples(self, n_units: int) -> int:
        """Say how many samples a window with so many units needs."""
        return n_units + 2 if self.estimator == "sample" else 3

    def test_wise(self) -> bool:
        """Say whether units with missing samples stay."""
        return self.missing == "test_wise"

    def measure(self, x: NDArray[np.float64], dt_s: float) -> Measured:
        """Measure all pairs of one window.

        Parameters
        ----------
        x : (T_w, n) float64 array
        dt_s : float, s
            Not used.

        Returns
        -------
        Measured
        """
        given = _correlated(x)
        weight, choice, notes = self._weights(given, None)
        pvalue, untested = _fisher(given, self.law == "autocorrelated")
        return Measured(weight, pvalue, "; ".join(n for n in (*notes, untested) if n), choice)

    def measure_surrogate(self, x: NDArray[np.float64], dt_s: float, choice: Any) -> NDArray[np.float64]:
        """Measure a surrogate with the intensity or penalty of the window itself."""
        return self._weights(_correlated(x), choice)[0]

    def _weights(self, given: _Matrix, choice: float | None) -> tuple[NDArray[np.float64], float, list[str]]:
        notes = []
        n, matrix = len(given.correlation), given.correlation
        fewest = float(given.joint.min())
        indefinite = given.lowest < -_SINGULAR
        if self.estimator == "sample":
            if given.lowest < _SINGULAR:
                raise NumericalError(
                    "the correlation matrix of a window must be positive definite for `estimator`='sample', its lowest "
                    f"eigenvalue is {given.lowest:.2g}: a unit repeats others, or pairs have different samples. Drop "
                    'the unit, or use estimator="ledoit_wolf".'
                )
            choice = 0.0
        least = 0.0
        if indefinite:
            least = (_LOWEST - given.lowest) / (1.0 - given.lowest)
            notes.append(
                "correlations of pairs with different samples are not positive definite together, and are shrunk "
                f"until the lowest eigenvalue is {_LOWEST:g}"
            )
        if self.estimator == "graphical_lasso":
            matrix = shrunk(matrix, least) if indefinite else matrix
            penalty = self.penalty if choice is None else choice
            found = sparse_precision(given.z, matrix, fewest, penalty, self.ebic_gamma)
            if not found.converged:
                notes.append("the graphical lasso did not converge; its weights are approximate")
            precision, choice = found.precision, found.penalty
            if not np.triu(precision, 1).any():
                notes.append("the graphical lasso leaves no edge: every weight is 0")
        else:
            if choice is None:
                lw = self.estimator == "ledoit_wolf"
                choice = ledoit_wolf_intensity(given.z, matrix, given.joint) if lw else oas_intensity(matrix, fewest)
                if choice > _MOST:
                    choice = _MOST
                    notes.append(
                        f"the samples do not tell the correlations from none: the matrix is shrunk by {_MOST:g}, not "
                        "by the 1 that the rule asks, and weights show little but order and sign"
                    )
            # A matrix that is singular after shrinking (a copied unit of a noiseless window) has no inverse.
            lowest = (1.0 - choice) * given.lowest + choice
            if self.estimator != "sample" and lowest < _SINGULAR and not indefinite:
                least = _LOWEST
                notes.append(f"the matrix is singular even when shrunk: it is shrunk by {_LOWEST:g}")
            precision = np.asarray(np.linalg.inv(shrunk(matrix, max(choice, least))), dtype=np.float64)
        return partial_from_precision(precision)[pair_index(n, False)], choice, notes


def _correlated(x: NDArray[np.float64]) -> _Matrix:
    n_samples, n = x.shape
    if np.isnan(x).any():
        correlation, joint = pairwise_pearson(x)
        if np.isnan(correlation).any():
            i, j = (int(k) for k in np.argwhere(np.isnan(correlation))[0])
            raise DataError(
                "every two units must vary over three samples in common for a partial correlation; the units in "
                f"places {i} and {j} of a window's present ones have {joint[i, j]} in common. Lengthen `window_s`, "
                'drop one of the units, or set missing="absent".'
            )
        z = x - np.nanmean(x, axis=0)
        z = np.nan_to_num(z / np.sqrt(np.nanmean(z * z, axis=0)))
    else:
        z = x - x.mean(axis=0)
        z /= np.abs(z).max(axis=0)
        z /= np.sqrt((z * z).mean(axis=0))
        correlation = z.T @ z / n_samples
        np.fill_diagonal(correlation, 1.0)
        joint = np.full((n, n), n_samples)
    known = ~np.isnan(x)
    return _Matrix(z, correlation, joint, float(np.linalg.eigvalsh(correlation)[0]), None if known.all() else known)


def _fisher(given: _Matrix, autocorrelated: bool) -> tuple[NDArray[np.float64] | None, str]:
    """Test the sample partial correlations, two-sided."""
    n, n_samples = len(given.correlation), int(given.joint.min())
    if n_samples < n + 2:
        return None, "fewer than n + 2 samples: no partial correlation can be tested, p = 1"
    if given.lowest < _SINGULAR:
        return None, "the sample correlation matrix is singular: no partial correlation can be tested, p = 1"
    from scipy.special import erfc

    pairs = pair_index(n, False)
    precision = np.asarray(np.linalg.inv(given.correlation), dtype=np.float64)
    r = partial_from_precision(precision)[pairs]
    inflation = np.ones(len(r))
    if autocorrelated:
        # Row by row, z P is what the other units leave of each, up to scale; where samples miss, the units themselves.
        left = given.z @ precision if given.known is None else given.z
        inflation = variance_inflation(left, given.known)[pairs]
    free = n_samples / inflation - n - 1
    with np.errstate(divide="ignore"):
        z = np.arctanh(np.abs(r)) * np.sqrt(np.maximum(free, 0.0))
    note = "" if (free >= 1).all() else "some pairs are worth too few independent samples to be tested, p = 1"
    return np.where(free >= 1, erfc(z / math.sqrt(2.0)), 1.0), note
