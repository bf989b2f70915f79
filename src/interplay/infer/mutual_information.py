"""Mutual information: shared uncertainty of two units at the same time, whatever the form of their relation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from interplay._core.checks import require_setting
from interplay.infer.discrete import counted_states, ranked_states
from interplay.infer.edges import pair_index, require_choice
from interplay.infer.windowed import Measured, WindowedMethod

_COLUMN = {"miller-madow": 1, "panzeri-treves": 2}


@dataclass(frozen=True, kw_only=True)
class MutualInformation(WindowedMethod):
    """Mutual information of all pairs in nats, per window.

    Parameters
    ----------
    bin_s : float, s, > 0, or None
        Counts spikes in bins; None takes the traces.
    window_s, step_s : float, s
        See `WindowedMethod`, as for all that follow up to `jobs`.
    surrogates : int, >= 0
    null : {"circular_shift", "phases"}
    tail : {"counted", "fitted"}
    alpha : float, in (0, 1)
    correction : {"benjamini_hochberg", "none"}
    keep : {"all", "significant"}
    bounds : (S, 2) float array, s, or None
    seed : int
    jobs : int, >= 1
    estimator : {"auto", "plug-in", "gaussian", "knn"}
        From the table of joint states; from the correlation, exact for normal samples; from distances to nearest
        neighbours, for continuous samples. "auto" is "plug-in" for spikes in bins and "gaussian" for traces.
    levels : int, 2 to 64
        States of the plug-in: counts 0, 1, .., those from ``levels - 1`` on as one; traces cut at their own quantiles.
    bias : {"panzeri-treves", "miller-madow", "none"}
        What is taken off the plug-in, whose mean is too high by about (states - 1)^2 / 2T. The Gaussian form loses its
        1 / 2T with either of the first two.
    neighbours : int, >= 1
        Which neighbour sets the scale of "knn".

    Notes
    -----
    Values corrected for bias may lie a little below zero: they say "none found", and are kept so that means are right.
    Without surrogates, p-values are those of the likelihood-ratio test of independence (``2 T I`` against chi-square)
    for the plug-in, and of the t-test of the correlation for "gaussian"; both assume that samples follow each other
    independently. Where they do not, take circular shifts. Of units with a handful of spikes the law takes a lone
    coincidence for far rarer than it is. "knn" has no law.

    O(N^2 T) for the plug-in and "gaussian", about O(N^2 T^1.5) for "knn".

    References
    ----------
    Miller (1955). Panzeri, Treves (1996), Network 7:87. Kraskov, Stoegbauer, Grassberger (2004), Phys Rev E 69:066138,
    equation 8. Gao et al. (2017) for ties.

    Examples
    --------
    >>> import numpy as np
    >>> from interplay import Recording, Series
    >>> x = np.random.default_rng(0).normal(size=(2000, 2))
    >>> x[:, 1] = 0.8 * x[:, 0] + 0.6 * x[:, 1]
    >>> data = Recording(traces=Series.regular(x, dt_s=0.05))
    >>> w = MutualInformation(window_s=100, step_s=100).fit(data).snapshots.matrix(0)[0, 1]
    >>> bool(abs(w + 0.5 * np.log(1 - 0.8**2)) < 0.04)
    True
    """

    estimator: Literal["auto", "plug-in", "gaussian", "knn"] = "auto"
    levels: int = 4
    bias: Literal["panzeri-treves", "miller-madow", "none"] = "panzeri-treves"
    neighbours: int = 4

    name: ClassVar[str] = "mutual-information"
    one_sided: ClassVar[bool] = True

    def __post_init__(self) -> None:
        super().__post_init__()
        require_choice("estimator", self.estimator, ("auto", "plug-in", "gaussian", "knn"))
        require_choice("bias", self.bias, ("panzeri-treves", "miller-madow", "none"))
        require_setting("levels", self.levels, least=2, most=64, whole=True)
        require_setting("neighbours", self.neighbours, least=1, whole=True)

    def lawful(self) -> bool:
        """Say whether the estimator has a law of its own."""
        return self._estimator() != "knn"

    def quantity(self) -> str:
        """Say what a weight is."""
        return "mutual information in nats, >= 0 up to its estimate's scatter"

    def citations(self) -> tuple[str, ...]:
        """Name the sources of the estimator and of the correction."""
        if self._estimator() == "knn":
            return ("kraskov2004information", "gao2017mixtures")
        if self._estimator() == "gaussian" or self.bias == "none":
            return ()
        return ("miller1955bias",) if self.bias == "miller-madow" else ("panzeri1996bias",)

    def least_samples(self, n_units: int) -> int:
        """Say how many samples the estimator needs."""
        return max(4, self.neighbours + 2) if self._estimator() == "knn" else 4

    def measure(self, x: NDArray[np.float64], dt_s: float) -> Measured:
        """Measure all pairs of one window; see `WindowedMethod.measure`."""
        return {"plug-in": self._plug_in, "gaussian": self._gaussian, "knn": self._neighbours}[self._estimator()](x)

    def _estimator(self) -> str:
        if self.estimator != "auto":
            return self.estimator
        return "plug-in" if self.bin_s is not None else "gaussian"

    def _plug_in(self, x: NDArray[np.float64]) -> Measured:
        from scipy.special import chdtrc

        from interplay.ops.information import plug_in_information

        codes = counted_states(x, self.levels) if self.bin_s is not None else ranked_states(x, self.levels)
        n = len(codes)
        out = np.empty((n * (n - 1) // 2, 4))
        plug_in_information(codes, self.levels, out)
        weight = out[:, 0] + (out[:, _COLUMN[self.bias]] if self.bias != "none" else 0.0)
        free = out[:, 3]
        pvalue = np.where(free > 0, chdtrc(np.maximum(free, 1), np.maximum(2 * len(x) * out[:, 0], 0.0)), 1.0)
        # With all samples in one state there is nothing to share: undefined, not zero.
        known = free > 0
        note = "" if known.all() else "pairs of units with a single state have no value: raise `levels`."
        return Measured(np.where(known, weight, np.nan), np.where(known, pvalue, np.nan), note)

    def _gaussian(self, x: NDArray[np.float64]) -> Measured:
        from scipy.special import betainc

        pairs = pair_index(x.shape[1], False)
        centred = x - x.mean(axis=0)
        z = centred / np.sqrt((centred * centred).sum(axis=0))
        r2 = np.minimum((z.T @ z)[pairs] ** 2, 1.0)
        # Equal series share without limit; the largest number that counts still ranks them first.
        weight = -0.5 * np.log(np.maximum(1.0 - r2, np.finfo(float).eps))
        if self.bias != "none":
            weight = weight - 1.0 / (2 * len(x))
        pvalue = betainc((len(x) - 2) / 2, 0.5, np.maximum(1.0 - r2, 0.0))
        note = "" if (r2 < 1 - 1e-12).all() else "pairs of equal units share more than can be told; 18 nats are stored."
        return Measured(weight, pvalue, note)

    def _neighbours(self, x: NDArray[np.float64]) -> Measured:
        from interplay.ops.neighbour_information import digammas, neighbour_information

        # Each unit on its own scale, so that neither rules the distance.
        z = np.ascontiguousarray(((x - x.mean(axis=0)) / x.std(axis=0)).T)
        order, ordered, psi = np.argsort(z, axis=1, kind="stable"), np.sort(z, axis=1), digammas(len(x))
        weight = [
            neighbour_information(z[i], z[j], order[i], ordered[j], self.neighbours, psi)
            for i, j in zip(*pair_index(len(z), False), strict=True)
        ]
        return Measured(np.array(weight))
