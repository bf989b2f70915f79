"""What fairness costs: reach and disparity as fairness is asked for more and more strongly."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from interplay._core.checks import Shapes, require_setting
from interplay._core.errors import ConfigError, DataError
from interplay._core.protocols import Progress
from interplay._core.provenance import digest
from interplay.data import Graph, Groups
from interplay.influence.comparing import compare
from interplay.influence.fair_seeds import FairSeeds
from interplay.influence.results import PriceResult
from interplay.influence.spreading import resolve_groups

#: What is swept, by name of the method.
_SWEPT = {"penalised": "strength", "proportional": "aversion"}


@dataclass(frozen=True, kw_only=True)
class FairnessPrice:
    """Settings of `fairness_price`, kept in its result."""

    chooser: FairSeeds
    parameter: str
    runs: int
    seed: int


def fairness_price(
    graph: Graph,
    chooser: FairSeeds,
    values: ArrayLike,
    *,
    groups: Groups | str,
    runs: int = 10_000,
    seed: int = 1,
    jobs: int = 1,
    progress: Progress | None = None,
) -> PriceResult:
    """Choose seeds for one strength of fairness after the other, and measure all of them under the same chance.

    Parameters
    ----------
    graph : Graph
    chooser : ProportionalSeeds or PenalisedSeeds
        Its `aversion`, or `strength`, is swept; everything else stays.
    values : (V,) float array, V >= 1, >= 0, rising
        0 asks for reach alone: start there.
    groups : Groups or str
        Or the column of the graph that says who belongs together.
    runs : int, >= 1
        Cascades that measure; independent of the sets that chose.
    seed : int, >= 0
        Of these cascades.
    jobs : int, >= 1
        Threads.
    progress : callable or None
        Called as progress(values done, values in all).

    Returns
    -------
    PriceResult
        `monitor` holds "price", 1 - reach / the greatest reach among the values, and "objective", the worth by the
        chooser's own estimate. Neither need change steadily: greedy is no optimum, and reach and disparity have errors.

    Raises
    ------
    ConfigError
        If the chooser has no strength of fairness, or a value is out of its range.
    DataError
        If values are none or do not rise.

    References
    ----------
    Rahmattalabi et al. (2021).
    """
    parameter = _SWEPT.get(chooser.method)
    if parameter is None:
        raise ConfigError(
            f"`chooser` must be ProportionalSeeds or PenalisedSeeds, got {type(chooser).__name__}, which has no "
            "strength of fairness. Compare single choices with `interplay.influence.compare`."
        )
    require_setting("jobs", jobs, least=1, whole=True)
    given = Shapes().array("values", values, "V").astype(np.float64)
    if len(given) == 0 or (np.diff(given) <= 0).any():
        raise DataError(f"`values` must be at least one number, rising, got {given.tolist()}. Sort them, each once.")
    known = resolve_groups(graph, groups)
    choices: dict[str, Any] = {}
    for done, value in enumerate(given.tolist(), 1):
        strong: Any = replace(chooser, **{parameter: value})
        choices[repr(value)] = strong.fit(graph, groups=known)
        if progress is not None:
            progress(done, len(given))
    seen = compare(graph, choices, model=chooser.model, groups=known, runs=runs, seed=seed, jobs=jobs)
    n = max(graph.n_nodes, 1)
    return PriceResult(
        config=FairnessPrice(chooser=chooser, parameter=parameter, runs=runs, seed=seed),
        made_from=digest(graph.digest, known.digest, given),
        seed=seed,
        notes=tuple(dict.fromkeys(note for c in choices.values() for note in c.notes)),
        citations=tuple(dict.fromkeys((*chooser.cites, *seen.citations))),
        method=chooser.method,
        parameter=parameter,
        values=given,
        reach=np.array([s.reach for s in seen.spreads]) / n,
        reach_se=np.array([s.reach_se for s in seen.spreads]) / n,
        disparity=seen.disparity,
        disparity_se=seen.disparity_se,
        share=np.array([s.share for s in seen.spreads]),
        groups=known.names,
        seeds=np.array([c.seeds for c in choices.values()]),
        monitor={"price": seen.price, "objective": np.array([c.objective for c in choices.values()])},
    )
