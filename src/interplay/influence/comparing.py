"""Several sets of seeds under the same chance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import require_setting
from interplay._core.errors import DataError
from interplay._core.provenance import digest
from interplay.data import Graph, Groups, TemporalGraph
from interplay.influence.models import CascadeModel, IndependentCascade
from interplay.influence.results import ComparisonResult, SeedResult, SpreadResult
from interplay.influence.spreading import Spread, resolve_groups, run_range, seed_nodes, summarise
from interplay.influence.tally import standard_error

_DEFAULT = IndependentCascade()
_JACKKNIFE = "efron1981jackknife"


def compare(
    graph: Graph | TemporalGraph,
    choices: Mapping[str, ArrayLike | SeedResult],
    *,
    model: CascadeModel = _DEFAULT,
    groups: Groups | str | None = None,
    runs: int = 10_000,
    seed: int = 0,
    jobs: int = 1,
    course: bool = False,
) -> ComparisonResult:
    """Run every set of seeds through the same cascades.

    Parameters
    ----------
    graph : Graph or TemporalGraph
    choices : mapping of str to seeds or SeedResult
        At least one. The first is what the others are compared with.
    model : CascadeModel
    groups : Groups, str or None
        As of `spread`.
    runs : int, >= 1
    seed : int, >= 0
    jobs : int, >= 1
        Threads.
    course : bool
        As of `spread`.

    Returns
    -------
    ComparisonResult

    Raises
    ------
    DataError
        If there is nothing to compare, or seeds or groups do not fit.
    ConfigError
        If a setting is out of range.

    Notes
    -----
    Run r has the same live edges for every set (common random numbers), so differences are taken run by run and their
    standard errors are those of paired differences, mostly far smaller than those of the parts. Disparity is biased
    upwards by its noise where groups fare nearly alike, as every maximum of estimates is; the jackknife gives its
    standard error.

    Shares of empty groups are NaN and count for no disparity. With one group with members the disparity is 0.

    References
    ----------
    Efron, Stein (1981), Ann Stat 9:586, for the jackknife.

    Examples
    --------
    >>> from interplay import Graph
    >>> chain = Graph.from_edges([0, 1], [1, 2], n_nodes=3, directed=True)
    >>> both = compare(chain, {"head": [0], "tail": [2]}, model=IndependentCascade(probability=1.0), runs=10)
    >>> both.difference[:, 0].round(3).tolist()
    [0.0, -0.667]
    """
    if not choices:
        raise DataError("`choices` must hold at least one set of seeds, got none.")
    require_setting("jobs", jobs, least=1, whole=True)
    config = Spread(model=model, runs=runs, seed=seed, course=course)
    grouping = resolve_groups(graph, groups)
    ready = model.prepare(graph)
    grouped = None if groups is None else grouping.digest
    spreads = []
    for chosen in choices.values():
        nodes = seed_nodes(graph, chosen)
        tally = run_range(ready, nodes, grouping, config, 0, runs, jobs)
        spreads.append(summarise(config, nodes, grouping, tally, ready, digest(graph.digest, grouped, nodes), ()))
    return join(list(choices), spreads, methods_of(choices))


def methods_of(choices: Mapping[str, ArrayLike | SeedResult]) -> tuple[SeedResult | None, ...]:
    """Say of each set of seeds how it was chosen; None where it was given.

    Parameters
    ----------
    choices : mapping of str to seeds or SeedResult

    Returns
    -------
    tuple of SeedResult or None
        In their order.
    """
    return tuple(c if isinstance(c, SeedResult) else None for c in choices.values())


def join(
    names: list[str], spreads: list[SpreadResult], choices: tuple[SeedResult | None, ...] = ()
) -> ComparisonResult:
    """Compare spreads that were run under the same chance.

    Parameters
    ----------
    names : list of str
    spreads : list of SpreadResult
        Of one graph, model, grouping, `runs` and `seed`, with samples.
    choices : tuple of SeedResult or None
        One per name, None where seeds were given; or none at all.

    Returns
    -------
    ComparisonResult

    Raises
    ------
    DataError
        If they were not run under the same chance, or choices are not one per name.
    """
    first = spreads[0]
    if choices and len(choices) != len(names):
        raise DataError(
            f"`choices` must be one per name, M={len(names)}, got {len(choices)}. Put None where seeds were given."
        )
    for other in spreads:
        same = (other.config.model, other.runs, other.seed, other.n_nodes) == (
            first.config.model,
            first.runs,
            first.seed,
            first.n_nodes,
        )
        if not same or not np.array_equal(other.groups, first.groups) or len(other.samples) != first.runs:
            raise DataError(
                "`spreads` must share model, runs, seed and groups to be compared run by run, got different ones. "
                "Run them again with `compare`."
            )
    shares = [_shares(s) for s in spreads]
    gaps = [share - shares[0] for share in shares]
    found = [widest_gap(share[:, 1:]) for share in shares]
    reach = np.array([s.reach for s in spreads])
    best = reach.max(initial=0.0)
    parts = (*spreads, *(c for c in choices if c is not None))
    return ComparisonResult(
        config=first.config,
        made_from=digest(*(s.made_from for s in spreads)),
        seed=first.seed,
        citations=tuple(dict.fromkeys([*(k for part in parts for k in part.citations), _JACKKNIFE])),
        names=np.array(names, dtype=str),
        spreads=tuple(spreads),
        difference=np.stack([gap.mean(axis=0) for gap in gaps]),
        difference_se=np.stack([standard_error(gap) for gap in gaps]),
        disparity=np.array([value for value, _ in found]),
        disparity_se=np.array([error for _, error in found]),
        price=1.0 - reach / best if best > 0 else np.zeros(len(reach)),
        choices=choices,
    )


def widest_gap(shares: NDArray[np.float64]) -> tuple[float, float]:
    """Give the greatest minus the least mean share over groups, and its standard error.

    Parameters
    ----------
    shares : (R, G) float64 array
        Share reached of each group in each run; NaN for groups without members, which do not count.

    Returns
    -------
    value : float, in [0, 1]
        0 if fewer than two groups have members.
    error : float
        By the jackknife over runs; NaN for a single run.

    References
    ----------
    Efron, Stein (1981), Ann Stat 9:586.
    """
    known = shares[:, ~np.isnan(shares).all(axis=0)]
    runs = len(known)
    if known.shape[1] < 2:
        return 0.0, 0.0
    value = float(np.ptp(known.mean(axis=0)))
    if runs < 2:
        return value, float("nan")
    without = np.ptp((known.sum(axis=0) - known) / (runs - 1), axis=1)
    return value, float(np.sqrt((runs - 1) / runs * ((without - without.mean()) ** 2).sum()))


def _shares(result: SpreadResult) -> Any:
    """Give the share reached in each run, of all nodes and of each group, (R, G + 1)."""
    sizes = np.where(result.group_sizes > 0, result.group_sizes, np.nan)
    whole = result.samples.sum(axis=1, dtype=np.int64)[:, None] / max(result.n_nodes, 1)
    return np.concatenate([whole, result.samples / sizes], axis=1)
