"""Seeds at random, drawn many times: the baseline is what random seeds reach, not what one draw of them does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from interplay.influence.results import ComparisonResult, SpreadResult

#: The way to choose seeds that is drawn many times.
RANDOM = "random"
#: Between the seeds of two draws, so that those of neighbouring `--seed` do not meet.
STRIDE = 1_000_003


@dataclass(frozen=True, eq=False, kw_only=True)
class RandomDraws:
    """What single draws of random seeds reach.

    Attributes
    ----------
    reach : (D,) float64 array
        Share of all nodes, by draw.
    disparity : (D,) float64 array
    first : SpreadResult
        Of the first draw, whose seeds are listed.
    """

    reach: NDArray[np.float64]
    disparity: NDArray[np.float64]
    first: SpreadResult


def over_draws(
    result: ComparisonResult, again: Callable[[int], SpreadResult], draws: int
) -> tuple[ComparisonResult, RandomDraws | None]:
    """Put the mean over many draws in the place of one draw of random seeds.

    Parameters
    ----------
    result : ComparisonResult
    again : callable
        Gives the spread of draw d, d = 1, 2, ..., from seeds and under a chance of its own.
    draws : int
        D, the first one included; with fewer than two nothing is done.

    Returns
    -------
    result : ComparisonResult
        With the row "random" changed: reach, shares, disparity and course are means over draws, and their standard
        errors hold for the mean over all draws there could be. Its seeds and samples are those of the first draw.
    found : RandomDraws or None
        None where no seeds were drawn.
    """
    names = result.names.tolist()
    if RANDOM not in names or draws < 2:
        return result, None
    at = names.index(RANDOM)
    first = result.spreads[at]
    spreads = [first, *(again(d) for d in range(1, draws))]
    n = max(first.n_nodes, 1)
    shares = np.array([[s.reach / n, *s.share] for s in spreads])
    mean, error = shares.mean(axis=0), shares.std(axis=0, ddof=1) / np.sqrt(draws)
    gaps = np.array([_gap(row[1:]) for row in shares])
    sizes = first.group_sizes
    middle = replace(
        first,
        reach=float(mean[0] * n),
        reach_se=float(error[0] * n),
        group_reach=np.where(sizes > 0, mean[1:], 0.0) * sizes,
        group_reach_se=np.where(sizes > 0, error[1:], 0.0) * sizes,
        node_probability=np.mean([s.node_probability for s in spreads], axis=0),
    )
    disparity, disparity_se = result.disparity.copy(), result.disparity_se.copy()
    disparity[at], disparity_se[at] = gaps.mean(), gaps.std(ddof=1) / np.sqrt(draws)
    rows = tuple(middle if k == at else s for k, s in enumerate(result.spreads))
    difference, difference_se = result.difference.copy(), result.difference_se.copy()
    for k in range(1, len(rows)):
        if at in (0, k):
            one, other = (np.array([s.reach / n, *s.share]) for s in (rows[k], rows[0]))
            errors = [np.array([s.reach_se / n, *s.share_se]) for s in (rows[k], rows[0])]
            difference[k], difference_se[k] = one - other, np.hypot(*errors)
    reach = np.array([s.reach for s in rows])
    best = reach.max(initial=0.0)
    changed = replace(
        result,
        spreads=rows,
        difference=difference,
        difference_se=difference_se,
        disparity=disparity,
        disparity_se=disparity_se,
        price=1.0 - reach / best if best > 0 else np.zeros(len(reach)),
    )
    return changed, RandomDraws(reach=shares[:, 0], disparity=gaps, first=first)


def _gap(share: NDArray[np.float64]) -> float:
    known = share[~np.isnan(share)]
    return float(np.ptp(known)) if len(known) > 1 else 0.0
