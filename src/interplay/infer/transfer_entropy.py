"""Transfer entropy: what a source's past tells of a target's next step beyond the target's own past.

References
----------
Schreiber (2000), Phys Rev Lett 85:461.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from interplay._core.checks import require_setting
from interplay._core.errors import ConfigError
from interplay.infer.edges import pair_index, require_choice
from interplay.infer.transfer_scores import BinaryScorer, Candidate, GaussianScorer, Scorer, Scores, tabled
from interplay.infer.transfer_selection import conditional_scores, select_sources
from interplay.infer.windowed import Measured, WindowedMethod


@dataclass(frozen=True, kw_only=True)
class TransferEntropy(WindowedMethod):
    """Transfer entropy of every ordered pair in nats, per window.

    With the target's next sample y, its own past p of `history` samples, and the source's samples x from d bins back
    on, ``TE(d) = I(y; x | p)``; the weight is the largest over the delays d from 1 to `max_delay`.

    Parameters
    ----------
    bin_s : float, s, > 0, or None
        Counts spikes in bins; None takes the traces.
    window_s, step_s : float, s
        See `WindowedMethod`, as for all that follow up to `jobs`.
    surrogates : int, >= 0
        Every surrogate takes its own largest over the delays, so the choice of delay is paid for.
    null : {"circular_shift", "phases"}
    tail : {"counted", "fitted"}
    alpha : float, in (0, 1)
    correction : {"benjamini_hochberg", "none"}
    keep : {"all", "significant"}
    bounds : (S, 2) float array, s, or None
    seed : int
    jobs : int, >= 1
    estimator : {"auto", "binary", "gaussian", "knn"}
        Plug-in on zeros and ones (a bin with spikes; a trace above its median in the window); regression, which is half
        of Granger's log ratio; nearest neighbours, for continuous samples. "auto" is "binary" for spikes in bins and
        "gaussian" for traces.
    history : int, bins, >= 1
        Samples of the target's own past.
    source_history : int, bins, >= 1
        Samples of the source taken together, from each delay back.
    max_delay : int, bins, >= 1
        Longest delay tried.
    bias : {"miller-madow", "none"}
        First-order bias taken off each delay's value: by the number of states seen, or of regressors. The "knn" value
        is not corrected.
    neighbours : int, >= 1
        Which neighbour sets the scale of "knn".
    selection : {"none", "greedy"}
        "none" measures each pair by itself. "greedy" first chooses, for every target, the (source, delay) that together
        predict it, and measures each source given the target's past and what was chosen of all others.
    most : int, >= 1
        Largest number chosen for one target.

    Notes
    -----
    Without surrogates, p-values are those of the likelihood-ratio test (chi-square) or the F-test of the regression,
    corrected for the number of delays by 1 - (1 - p)^D (Sidak). They hold if the target's own dependence is no longer
    than `history`; of units with a handful of spikes a lone coincidence is taken for far rarer than it is. With
    "greedy" they are conditional on the choice, which used the same data: read them as ranks, and test on surrogates,
    whose sources are chosen anew each time, where the level counts.

    Binary series over T bins cost O(N^2 2^(history + source_history) D T / 64); regression O((N L)^2 T) for the longest
    lag L; "knn" O(N^2 D T^2); "greedy" O(N^2 D T) for each source chosen ("binary").

    The greedy choice (forward by conditional information, maximum over candidates paid for, backward pruning) follows
    the published idea; deviations: candidates are tested by the law with Bonferroni's correction rather than by
    permutations, and the target's past is fixed rather than chosen.

    References
    ----------
    Schreiber (2000), Phys Rev Lett 85:461. Ito et al. (2011), PLoS ONE 6:e27431, for many delays. Barnett, Barrett,
    Seth (2009), Phys Rev Lett 103:238701, for the Gaussian form. Novelli et al. (2019), Netw Neurosci 3:827, for the
    greedy choice. Frenzel, Pompe (2007), Phys Rev Lett 99:204101, for nearest neighbours.

    Examples
    --------
    >>> import numpy as np
    >>> from interplay import Recording, Series
    >>> x = np.random.default_rng(0).normal(size=(2000, 2))
    >>> x[2:, 1] += x[:-2, 0]
    >>> data = Recording(traces=Series.regular(x, dt_s=0.05))
    >>> w = TransferEntropy(window_s=100, step_s=100).fit(data).snapshots.matrix(0)
    >>> bool(abs(w[0, 1] - 0.5 * np.log(2)) < 0.04 and w[1, 0] < 0.01)
    True
    """

    estimator: Literal["auto", "binary", "gaussian", "knn"] = "auto"
    history: int = 1
    source_history: int = 1
    max_delay: int = 5
    bias: Literal["miller-madow", "none"] = "miller-madow"
    neighbours: int = 4
    selection: Literal["none", "greedy"] = "none"
    most: int = 4

    name: ClassVar[str] = "transfer-entropy"
    directed: ClassVar[bool] = True
    one_sided: ClassVar[bool] = True
    even: ClassVar[bool] = True

    def __post_init__(self) -> None:
        super().__post_init__()
        require_choice("estimator", self.estimator, ("auto", "binary", "gaussian", "knn"))
        require_choice("bias", self.bias, ("miller-madow", "none"))
        require_choice("selection", self.selection, ("none", "greedy"))
        require_setting("history", self.history, least=1, most=10, whole=True)
        require_setting("source_history", self.source_history, least=1, most=10, whole=True)
        require_setting("max_delay", self.max_delay, least=1, whole=True)
        require_setting("neighbours", self.neighbours, least=1, whole=True)
        require_setting("most", self.most, least=1, most=10, whole=True)
        if self.selection == "greedy" and (self.source_history > 1 or self.estimator == "knn"):
            raise ConfigError(
                '`selection="greedy"` must come with `source_history`=1 and "binary" or "gaussian", got '
                f"source_history={self.source_history} and {self.estimator!r}. Longer source histories are built by "
                "the choice itself."
            )

    def lawful(self) -> bool:
        """Say whether the estimator has a law of its own."""
        return self._estimator() != "knn"

    def quantity(self) -> str:
        """Say what a weight is."""
        kind = "conditional transfer entropy" if self.selection == "greedy" else "transfer entropy"
        return f"{kind} in nats, >= 0 up to its estimate's scatter"

    def citations(self) -> tuple[str, ...]:
        """Name the sources of what is used."""
        keys = ["schreiber2000transfer"]
        if self.max_delay > 1:
            keys.append("ito2011extending")
        if self._estimator() == "gaussian":
            keys.append("barnett2009granger")
        if self._estimator() == "knn":
            keys += ["frenzel2007partial", "gao2017mixtures"]
        if self._estimator() == "binary" and self.bias == "miller-madow":
            keys.append("miller1955bias")
        if self.selection == "greedy":
            keys.append("novelli2019large")
        return tuple(keys)

    def least_samples(self, n_units: int) -> int:
        """Say how many samples the lags and the regression need."""
        lags = self._longest()
        chosen = self.most if self.selection == "greedy" else 0
        return lags + max(self.history + self.source_history + chosen + 3, self.neighbours + 2)

    def guard_samples(self) -> float:
        """Count only surrogates that move a pair out of reach of all delays; nearer, the coupling would show."""
        return float(self._longest() + 1)

    def measure(self, x: NDArray[np.float64], dt_s: float) -> Measured:
        """Measure all pairs of one window; see `WindowedMethod.measure`."""
        n = x.shape[1]
        if self._estimator() == "knn":
            return self._neighbours(x)
        found = np.full((3, n, n), np.nan)
        if self._estimator() == "binary":
            states = (x if self.bin_s is not None else x > np.median(x, axis=0)).astype(np.float64)
            if self.selection == "greedy":
                self._greedy(BinaryScorer(states, self.history, self.max_delay), found)
            else:
                self._bits(states, found)
        else:
            reach = self.max_delay + self.source_history - 1
            scorer = GaussianScorer(x, self.history, reach)
            if self.selection == "greedy":
                self._greedy(scorer, found)
            else:
                for j in range(n):
                    found[:, :, j] = self._largest(scorer.block_scores(j, (), self.source_history))
        weight, pvalue = (found[k][pair_index(n, True)] for k in (0, 2))
        undefined = np.isnan(weight)
        note = (
            "pairs whose source tells nothing of its own, or whose target is known without it, have no value."
            if undefined.any()
            else ""
        )
        return Measured(weight, np.where(undefined, np.nan, pvalue), note)

    def _estimator(self) -> str:
        if self.estimator != "auto":
            return self.estimator
        return "binary" if self.bin_s is not None else "gaussian"

    def _longest(self) -> int:
        return max(self.history, self.max_delay + self.source_history - 1)

    def _largest(self, scores: Scores | tuple[NDArray[np.float64], ...]) -> NDArray[np.float64]:
        """Reduce (n, D) scores over the delays: value, delay, p-value, (3, n)."""
        information, bias, pvalue = scores[0][:, : self.max_delay], scores[1][:, : self.max_delay], scores[2]
        pvalue = pvalue[:, : self.max_delay]
        value = information - (bias if self.bias != "none" else 0.0)
        some = ~np.isnan(value).all(axis=1)
        best = np.where(np.isnan(value), -np.inf, value).argmax(axis=1)
        each = np.arange(len(value))
        tried = np.maximum((~np.isnan(value)).sum(axis=1), 1)
        least = np.minimum(pvalue.min(axis=1), 1 - 1e-16)
        corrected = -np.expm1(tried * np.log1p(-least))
        return np.stack([np.where(some, value[each, best], np.nan), best + 1.0, corrected])

    def _bits(self, states: NDArray[np.float64], found: NDArray[np.float64]) -> None:
        from interplay.ops.transfer import bit_transfer, packed_patterns

        x = np.ascontiguousarray((states > 0).T)
        n = len(x)
        longest = self._longest()
        nexts = packed_patterns(x, list(range(self.history + 1)), longest)
        out = np.full((self.max_delay, n, n, 3), np.nan)
        for d in range(self.max_delay):
            patterns = packed_patterns(x, list(range(d + 1, d + 1 + self.source_history)), longest)
            bit_transfer(nexts, patterns, 0, n, out[d])
        for j in range(n):
            out[:, j, j] = (np.nan, 0.0, 0.0)
            found[:, :, j] = self._largest(tabled(out[:, :, j].transpose(1, 0, 2), x.shape[1] - longest))

    def _greedy(self, scorer: Scorer, found: NDArray[np.float64]) -> None:
        for j in range(found.shape[1]):
            taken: list[Candidate] = select_sources(scorer, j, self.alpha, self.most)
            found[:, :, j] = self._largest(conditional_scores(scorer, j, taken))

    def _neighbours(self, x: NDArray[np.float64]) -> Measured:
        from interplay.ops.neighbour_information import digammas, neighbour_transfer

        z = (x - x.mean(axis=0)) / x.std(axis=0)
        longest = self._longest()
        length = len(z)
        psi = digammas(length)

        def lags(i: int, first: int, count: int) -> NDArray[np.float64]:
            return np.stack([z[longest - k : length - k, i] for k in range(first, first + count)], axis=1)

        src, dst = pair_index(z.shape[1], True)
        weight = np.full(len(src), -np.inf)
        for p, (i, j) in enumerate(zip(src, dst, strict=True)):
            target, past = np.ascontiguousarray(z[longest:, j]), lags(j, 1, self.history)
            for d in range(1, self.max_delay + 1):
                source = lags(i, d, self.source_history)
                weight[p] = max(weight[p], neighbour_transfer(target, past, source, self.neighbours, psi))
        return Measured(weight)
