"""Lagged skeletons the slow way: residuals of least squares, rows picked one by one, every set tried."""

from itertools import combinations

import numpy as np
from scipy.stats import norm


def partial_correlation(columns, tested, fixed, *, lost=None):
    """Correlate residuals on the rows where all is finite and no fixed variable is lost. Gives r and the rows used."""
    keep = []
    for t in range(len(columns)):
        row = columns[t, [*tested, *fixed]]
        bad = lost is not None and any(lost[t, k] for k in fixed)
        if np.isfinite(row).all() and not bad:
            keep.append(t)
    x = columns[keep]
    design = np.column_stack([np.ones(len(keep)), *(x[:, k] for k in fixed)])
    left = [x[:, k] - design @ np.linalg.lstsq(design, x[:, k], rcond=None)[0] for k in tested]
    return float(np.corrcoef(*left)[0, 1]), len(keep)


def skeleton(x, lags, conditions, alpha, *, lost=None):
    """Give links (lags, N, N), [lag - 1, src, dst]: no set of up to `conditions` other candidates removes them.

    At every size the sets come from what stood when the size began.
    """
    n = x.shape[1]
    columns = np.array([np.concatenate([x[t - k] for k in range(lags + 1)]) for t in range(lags, len(x))])
    gone = None
    if lost is not None:
        gone = np.array([np.concatenate([lost[t - k] for k in range(lags + 1)]) for t in range(lags, len(x))])
    links = np.zeros((lags, n, n), dtype=bool)
    for target in range(n):
        standing = set(range(n, n * (lags + 1)))
        for size in range(conditions + 1):
            before = sorted(standing)
            for source in before:
                for fixed in combinations([k for k in before if k != source], size):
                    r, rows = partial_correlation(columns, (source, target), fixed, lost=gone)
                    free = rows - size - 3
                    p = 1.0 if free < 1 else 2 * norm.sf(abs(np.arctanh(r)) * np.sqrt(free))
                    if p > alpha:
                        standing.discard(source)
                        break
        for k in standing:
            links[k // n - 1, k % n, target] = True
    return links
