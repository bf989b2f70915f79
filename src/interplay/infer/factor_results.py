"""What the factorisation of affinities gives back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interplay.infer.results import NetworkResult


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class FactorResult(NetworkResult):
    """Components of a dynamic functional connectome: when, in which recordings, which pairs.

    The affinity of a pair in a frame of a recording is modelled as the sum over components of
    ``activity[frame] * loading[recording] * network[pair]``. Components come in falling order of `explained`.

    Attributes
    ----------
    rank : int, R
    frame_start_s : (F,) float64 array, s
        Start of every frame: on the recording's clock, or from each recording's start where there are several.
    frame_s : float, s
    activity : (F, R) float64 array, in [0, 1]
        When: each column's greatest value is 1.
    loading : (A, R) float64 array, in [0, 1]
        In which recordings: each column's greatest value is 1. NaN for a recording where no pair was known.
    networks : (R, N, N) float64 array
        Which pairs: co-affinity less anti-affinity at full activity, symmetric, 0 on the diagonal; NaN for pairs never
        known.
    co_networks : (R, N, N) float64 array, >= 0
        Co-affinity alone: what the blocks are found in.
    error : float, in [0, 1]
        Root of squared error over root of squared affinities.
    explained : (R,) float64 array
        Share of the affinities' variance over time that is lost if the component alone is left out.
    pvalues : (R,) float64 array or None
        Against the largest component of data whose units are shifted apart; None where no shift was drawn.
    tried : (K,) int64 array
        Numbers of components that were tried, where the rank was chosen; else the one that was set.
    stability : (K,) float64 array, in [0, 1]
        Median over restarts of the mean congruence with the best fit, components matched; NaN where not computed.
    held_out : (K,) float64 array
        Relative error on entries that were masked; NaN where not computed, or nothing above zero was masked. The mean
        of each pair alone has `held_out_mean`.
    held_out_mean : float
        Trivial baseline: relative error on the same entries of each pair's mean over the other frames.
    blocks : (R, N) int64 array
        Functional groups of each component, by a weighted block model on `co_networks`; -1 for units without an edge.
    block_levels : tuple of R tuples of (N,) int64 arrays
        Their hierarchies, from fine to coarse.
    block_nats, block_nats_one : (R,) float64 arrays
        Description length of the groups and of one single group (the trivial baseline); lower is better, NaN where
        blocks were not asked for.
    shares : (S, R) float64 array
        Mean activity in each window.
    dominant : (S,) int64 array
        Atlas over time: the component with the largest modelled affinity in each window; -1 where there is none.
    atlas : (S, N) int64 array
        Groups of that component; -1 where there is none.
    """

    rank: int
    frame_start_s: NDArray[np.float64]
    frame_s: float
    activity: NDArray[np.float64]
    loading: NDArray[np.float64]
    networks: NDArray[np.float64]
    co_networks: NDArray[np.float64]
    error: float
    explained: NDArray[np.float64]
    pvalues: NDArray[np.float64] | None
    tried: NDArray[np.int64]
    stability: NDArray[np.float64]
    held_out: NDArray[np.float64]
    held_out_mean: float
    blocks: NDArray[np.int64]
    block_levels: tuple[tuple[NDArray[np.int64], ...], ...]
    block_nats: NDArray[np.float64]
    block_nats_one: NDArray[np.float64]
    shares: NDArray[np.float64]
    dominant: NDArray[np.int64]
    atlas: NDArray[np.int64]
