"""What opinion dynamics give back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interplay._core.provenance import Result
from interplay.influence.results import SpreadResult


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class OpinionResult(Result):
    """Where opinions go.

    Attributes
    ----------
    model : str
        Registered name.
    seeds : (K,) int64 array
        Who held `seed_opinion` from the start.
    seed_opinion : float
    within : float
        An opinion at most this far from `seed_opinion` counts as won.
    initial, final : (R, N) float64 arrays
        Opinions before and after, in every run.
    rounds : (B,) int64 array
        0, 1, ...
    groups : (G,) text array
        Names; one group "all" where none were given.
    group_code : (N,) int64 array, in [0, G)
    group_sizes : (G,) int64 array
    group_mean : (B, G) float64 array
        Mean opinion of each group, over its members and runs; NaN for empty groups.
    group_won : (B, G) float64 array
        Expected number of members won.
    edges : (C + 1,) float64 array
        Bounds of the classes of opinions.
    density : (B, C) float64 array
        Share of opinions in each class, over nodes and runs.
    clusters : (R,) int64 array
        Runs of final opinions that no gap of more than half the confidence divides, single nodes too.
    effective_clusters : (R,) float64 array
        1 / (sum of squared shares of nodes): clusters, weighted by size.
    settled : (R,) bool array
        Whether nobody differed from somebody they listen to by more than 1e-6; for Hegselmann-Krause without times also
        where a round moved nobody by 1e-6, which along very small weights is no proof of rest.
    time_s : (B,) float array or None
        When each round ended, of a temporal graph.
    """

    model: str
    seeds: NDArray[np.int64]
    seed_opinion: float
    within: float
    initial: NDArray[np.float64]
    final: NDArray[np.float64]
    rounds: NDArray[np.int64]
    groups: NDArray[np.str_]
    group_code: NDArray[np.int64]
    group_sizes: NDArray[np.int64]
    group_mean: NDArray[np.float64]
    group_won: NDArray[np.float64]
    edges: NDArray[np.float64]
    density: NDArray[np.float64]
    clusters: NDArray[np.int64]
    effective_clusters: NDArray[np.float64]
    settled: NDArray[np.bool_]
    time_s: NDArray[np.float64] | None = None

    @property
    def spread(self) -> SpreadResult:
        """The same as a spread: whom the seeds won, by group, for the pictures and tables of cascades.

        Notes
        -----
        A node is "reached" if its final opinion is won. Unlike a cascade, a course may fall: the won can be lost again.
        Run r of two results with one seed shares all its chance, so that they can be compared pair by pair.
        """
        runs, n = self.final.shape
        won = np.abs(self.final - self.seed_opinion) <= self.within
        counts = np.stack([np.bincount(self.group_code[w], minlength=len(self.groups)) for w in won])
        root = np.sqrt(runs)

        def error(values: NDArray[np.int64]) -> NDArray[np.float64]:
            return values.std(axis=0, ddof=1) / root if runs > 1 else np.zeros(values.shape[1:])

        return SpreadResult(
            config=self.config,
            made_from=self.made_from,
            seed=self.seed,
            notes=self.notes,
            citations=self.citations,
            model=self.model,
            seeds=self.seeds,
            n_nodes=n,
            runs=runs,
            reach=float(won.sum(axis=1).mean()),
            reach_se=float(error(won.sum(axis=1))),
            node_probability=won.mean(axis=0),
            groups=self.groups,
            group_sizes=self.group_sizes,
            group_reach=counts.mean(axis=0),
            group_reach_se=error(counts),
            time=self.rounds.astype(np.float64) if self.time_s is None else self.time_s,
            course=self.group_won,
            samples=counts.astype(np.int32),
            clock="round" if self.time_s is None else "s",
        )


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class OpinionFitResult(Result):
    """Parameters under which a model moves opinions as they were seen to move.

    Attributes
    ----------
    model : str
        Registered name.
    names : (P,) text array
        Parameters.
    estimate : (P,) float64 array
    interval : (P, 2) float64 array
        Parametric bootstrap: the middle 95 % of refits to data simulated at the estimate, its mirror image at the
        estimate, cut to where it was searched, and `equivalent`: what any of them holds.
    refits : (B, P) float64 array
    equivalent : (P, 2) float64 array
        Range of the values tried that fit as well as the best, and one step of the search more: what these data, or
        this search, cannot tell apart.
    loss : float
        Squared distance of moments, each over its spread between simulations.
    baseline_loss : float
        Of opinions that do not move at all.
    moments : (Q,) text array
    observed, simulated : (Q,) float64 arrays
        Moments of the data, and at the estimate.
    tried : (V, P) float64 array
    losses : (V,) float64 array
    """

    model: str
    names: NDArray[np.str_]
    estimate: NDArray[np.float64]
    interval: NDArray[np.float64]
    refits: NDArray[np.float64]
    equivalent: NDArray[np.float64]
    loss: float
    baseline_loss: float
    moments: NDArray[np.str_]
    observed: NDArray[np.float64]
    simulated: NDArray[np.float64]
    tried: NDArray[np.float64]
    losses: NDArray[np.float64]
