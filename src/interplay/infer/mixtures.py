"""Networks of windows as mixtures of a few networks: of hidden states, or of factors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from interplay.data import Snapshots
from interplay.infer.sequences import SampleRuns


def window_shares(runs: SampleRuns, activity: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Average the activity of states or factors over the samples of each reported window.

    Parameters
    ----------
    runs : SampleRuns
    activity : sequence of K (T_k, C) float64 arrays
        Of C states or factors, one array for each run.

    Returns
    -------
    (S, C) float64 array
        NaN for a window without a sample.
    """
    shares = np.full((len(runs.bounds), activity[0].shape[1]), np.nan)
    for s in range(len(shares)):
        total, count = np.zeros(shares.shape[1]), 0
        for k, part in runs.in_window(s):
            total += activity[k][part].sum(axis=0)
            count += part.stop - part.start
        if count:
            shares[s] = total / count
    return shares


def mixed_snapshots(
    networks: NDArray[np.float64],
    shares: NDArray[np.float64],
    bounds: NDArray[np.float64],
    *,
    directed: bool,
    present: NDArray[np.bool_] | None = None,
) -> Snapshots:
    """Mix networks by shares.

    Parameters
    ----------
    networks : (C, N, N) float64 array
        ``[src, dst]``; the diagonal is not read. NaN where a network does not know a pair.
    shares : (S, C) float64 array
        A window whose shares are NaN has no node present.
    bounds : (S, 2) float64 array, s
    directed : bool
    present : (N,) bool array or None
        Units the networks know; all where None.

    Returns
    -------
    Snapshots
        Every pair of present units that all networks know is stored, zeros too; the others have no edge.
    """
    n = networks.shape[1]
    known = np.ones(n, dtype=bool) if present is None else present
    seen = np.outer(~np.isnan(shares).any(axis=1), known)
    filled = np.where(np.isnan(shares), 0.0, shares)
    dense = np.tensordot(filled, np.where(np.isnan(networks), 0.0, networks), axes=1)
    pairs = ~np.eye(n, dtype=bool) & ~np.isnan(networks).any(axis=0)
    keep = np.broadcast_to(pairs, dense.shape) & seen[:, :, None] & seen[:, None, :]
    return Snapshots.from_dense(dense, bounds, directed=directed, present=seen, keep=keep)
