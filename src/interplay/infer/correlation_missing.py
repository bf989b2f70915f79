"""Correlation of units with missing samples: each pair over the samples that both have."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from interplay._core.rng import uniform
from interplay.infer.edges import PairValues, pair_index
from interplay.infer.samples import Samples
from interplay.infer.significance import Moved, NullTally, Tail
from interplay.ops.correlation_null import TIE
from interplay.ops.pairwise import pairwise_pearson, roll_known

#: An eigenvalue below minus this is negative, and not rounding.
_NEGATIVE = 1e-10


def paired(samples: Samples, s: int) -> PairValues:
    """Correlate the pairs of window s, each over the samples that both units have."""
    x, present = samples.usable(s, True)
    full = np.full((len(present), len(present)), np.nan)
    note = ""
    if present.sum() > 1:
        r = pairwise_pearson(x[:, present])[0]
        full[np.ix_(present, present)] = r
        if np.isnan(r).any():
            note = "pairs with fewer than three samples in common, or constant over them, have no value"
        elif np.linalg.eigvalsh(r)[0] < -_NEGATIVE:
            note = "coefficients of pairs with different samples fit no joint distribution: an eigenvalue is negative"
    return PairValues(full[pair_index(len(present), False)], present, note=note)


def paired_tested(samples: Samples, s: int, row: PairValues, seed: int, surrogates: int, tail: Tail) -> PairValues:
    """Test the pairs of window s against circular shifts.

    Known values move around the known samples of their unit and what is missing stays, so that a pair's surrogates rest
    on as many samples as the pair itself.
    """
    x = np.ascontiguousarray(samples.usable(s, True)[0][:, row.present])
    unit, inside = np.flatnonzero(row.present), pair_index(x.shape[1], False)
    source, target = pair_index(len(row.present), False)
    chosen = row.present[source] & row.present[target]
    observed = row.weight[chosen]
    tally = NullTally.empty(len(observed))
    for k in range(surrogates):
        moved, shift = roll_known(x, uniform(seed, "circular_shift_samples", (s << 32) | k, unit))
        # A shifted pair without a coefficient shows no coupling.
        null: NDArray[np.float64] = np.nan_to_num(pairwise_pearson(moved)[0][inside])
        tally.add(observed, null, TIE, Moved(shift.astype(np.float64), float(len(x)), 1.0), directed=False)
    pvalue = np.full(len(row.weight), np.nan)
    pvalue[chosen] = tally.pvalues(observed, tail)
    return replace(row, pvalue=pvalue)
