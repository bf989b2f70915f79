"""What comparing methods of inference gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interplay._core.provenance import Result

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class MethodComparison(Result):
    """Several methods on the same recordings: what each finds of a known network, how they agree, what they cost.

    Everything has one row per entry of `methods` and, where it is about single recordings, one column per recording.
    NaN stands where a method failed or where a score is undefined. Scores of a recording are means over its windows.

    Attributes
    ----------
    methods : tuple of M str
        The last is the trivial score, the product of the activities of the two units, where `baseline` is true.
    recordings : tuple of R str
        What the recordings are called.
    baseline : (M,) bool array
        Whether the row is a trivial score and no method.
    directed, signed, tested : (M,) bool arrays
        Whether the method tells i -> j from j -> i, gave weights below zero that mean inhibition, gave p-values.
    pooled : (M,) bool array
        Whether a window's network knows what comes after it.
    quantity : tuple of M str
        What a weight is.
    settings : tuple of M str
        The configuration, as it prints.
    auc, average_precision : (M, R) float arrays, in [0, 1]
        Of "do these two units interact": a pair is true if either direction is an edge, and its score is the larger of
        the sizes of its two weights. Every method can answer this. Higher is better; chance is 0.5 and `share_true`.
    auc_directed, average_precision_directed : (M, R) float arrays, in [0, 1]
        Of "does i act on j": an undirected method says the same of both directions. NaN where the truth is undirected.
    by_pvalue : (M,) bool array
        What evidence is: minus the logarithm of the p-value where the method tests by a law of its own, and the size
        of the weight elsewhere. Where weights carry unequal noise, as couplings of a regression onto units of unequal
        rates do, only evidence ranks pairs fairly. P-values counted on surrogates are too coarse to rank by.
    auc_evidence, average_precision_evidence : (M, R) float arrays, in [0, 1]
        As `auc` and `average_precision`, by evidence in place of the size of the weight; of a pair, the stronger
        evidence of its two directions. Equal p-values, such as 0 for want of digits, are ranked by weight.
    auc_directed_evidence, average_precision_directed_evidence : (M, R) float arrays, in [0, 1]
        The same of ordered pairs.
    share_true, share_true_directed : (R,) float arrays, in [0, 1]
        Average precision by chance.
    sign_accuracy : (M, R) float array, in [0, 1]
        Share of true edges whose weight has their sign: the mean of the share among excitatory and among inhibitory
        edges where both occur, so that 0.5 is reached by calling all alike. A weight of zero is half right. NaN for
        methods without signs.
    auc_shifted : (M, R) float array, in [0, 1]
        `auc` on a surrogate of the recording in which every unit is shifted by itself: what is left is what the method
        reads from rates and spectra alone.
    recall, precision : (M, R) float arrays, in [0, 1]
        Of the pairs that are significant at the method's `alpha` after control of the false-discovery rate; NaN
        without p-values. Precision is NaN where nothing is significant.
    changes_found, changes_false : (M, R) float arrays
        True times of change found within `tolerance_s`, and found ones without a partner; NaN where not looked for. A
        method with hidden states names the times itself, by its most probable path; of others, changes are searched in
        the similarity of their windows.
    changes_chance : (M, R) float array
        How many would be found by as many times drawn at random.
    n_changes : (R,) int array
    tolerance_s : (R,) float array, s
        One window, but at most a quarter of the median stay between true changes.
    stability : (M, R) float array, in [-1, 1]
        Rank correlation of the weights of the two halves of the recording; NaN where not asked for.
    agreement : (M, M) float array, in [-1, 1]
        Rank correlation of the sizes of the weights of two methods over the pairs both measured, direction left out,
        mean over recordings.
    agreement_signed : (M, M) float array, in [-1, 1]
        Of the weights with their signs, between methods that have signs.
    cpu_s, wall_s : (M, R) float arrays, s
        Of the fit.
    failures : mapping of str to str
        By method: why it gave nothing on a recording, the first time.
    """

    methods: tuple[str, ...]
    recordings: tuple[str, ...]
    baseline: NDArray[np.bool_]
    directed: NDArray[np.bool_]
    signed: NDArray[np.bool_]
    tested: NDArray[np.bool_]
    pooled: NDArray[np.bool_]
    quantity: tuple[str, ...]
    settings: tuple[str, ...]
    auc: Floats
    average_precision: Floats
    auc_directed: Floats
    average_precision_directed: Floats
    by_pvalue: NDArray[np.bool_]
    auc_evidence: Floats
    average_precision_evidence: Floats
    auc_directed_evidence: Floats
    average_precision_directed_evidence: Floats
    share_true: Floats
    share_true_directed: Floats
    sign_accuracy: Floats
    auc_shifted: Floats
    recall: Floats
    precision: Floats
    changes_found: Floats
    changes_false: Floats
    changes_chance: Floats
    n_changes: NDArray[np.int64]
    tolerance_s: Floats
    stability: Floats
    agreement: Floats
    agreement_signed: Floats
    cpu_s: Floats
    wall_s: Floats
    failures: Mapping[str, str]

    @property
    def has_truth(self) -> bool:
        """Whether any recording carried the network that made it."""
        return bool(np.isfinite(self.share_true).any())

    def mean(self, name: str) -> Floats:
        """Give the mean over recordings of a score, (M,), NaN where no recording has it.

        Parameters
        ----------
        name : str
            An attribute with one row per method and one column per recording.
        """
        values = getattr(self, name)
        known = np.isfinite(values)
        total = np.where(known, values, 0.0).sum(axis=1)
        mean = np.divide(total, known.sum(axis=1), out=np.full(len(values), np.nan), where=known.any(axis=1))
        return np.asarray(mean)

    def half_width(self, name: str) -> Floats:
        """Give half the width of the 95 % interval of that mean by Student's t, (M,); NaN below two recordings.

        Parameters
        ----------
        name : str
            As for `mean`.
        """
        from scipy.special import stdtrit

        values = getattr(self, name)
        out = np.full(len(values), np.nan)
        for m, row in enumerate(values):
            known = row[np.isfinite(row)]
            if len(known) > 1:
                out[m] = stdtrit(len(known) - 1, 0.975) * known.std(ddof=1) / np.sqrt(len(known))
        return out
