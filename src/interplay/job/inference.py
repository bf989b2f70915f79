"""The inference stage: a plan's method and threshold, applied to data."""

from __future__ import annotations

from typing import Any

from interplay._core.protocols import Progress
from interplay.data import Intervals, Recording, Snapshots, TemporalGraph, windows
from interplay.infer.results import NetworkResult
from interplay.job.plan import Plan

#: Above this many pairs times windows only significant edges are kept between stages: 40 bytes per pair add up.
_MOST_PAIRS = 20_000_000


def infer_network(
    plan: Plan, data: Recording | TemporalGraph, *, jobs: int = 1, progress: Progress | None = None
) -> NetworkResult:
    """Infer every pair's interaction in every window.

    Parameters
    ----------
    plan : Plan
        Resolved.
    data : Recording or TemporalGraph
        The events of a graph are summed per window; nothing is inferred.
    jobs : int, >= 1
    progress : callable or None

    Returns
    -------
    NetworkResult
    """
    assert plan.window_s is not None
    assert plan.step_s is not None
    if isinstance(data, TemporalGraph):
        bounds = windows(Intervals.single(*data.span), plan.window_s, plan.step_s)
        return NetworkResult(
            config=None,
            made_from=data.digest,
            snapshots=data.snapshots(bounds),
            method="events",
            quantity="sum of the event weights in the window",
            notes=data.notes,
        )
    from interplay.infer import METHODS

    settings: dict[str, Any] = {"window_s": plan.window_s, "step_s": plan.step_s, "surrogates": plan.surrogates}
    settings |= {"alpha": plan.alpha, "tail": "fitted", "seed": plan.seed, "jobs": jobs}
    bin_s = plan.bin_s if data.traces is None else None
    settings |= {"lag_s": plan.lag_s} if plan.method == "tiling" else {"bin_s": bin_s}
    pairs = data.n_units * (data.n_units - 1) // 2 * len(windows(data.observed, plan.window_s, plan.step_s))
    if pairs > _MOST_PAIRS and plan.threshold == "significant" and plan.surrogates:
        settings["keep"] = "significant"
    return METHODS[plan.method](**settings).fit(data, progress=progress)  # type: ignore[no-any-return]


def threshold(plan: Plan, every: NetworkResult) -> Snapshots:
    """Keep the edges that make the network.

    Parameters
    ----------
    plan : Plan
    every : NetworkResult
        Of all pairs, or of the significant ones only where all would not fit.

    Returns
    -------
    Snapshots
    """
    from interplay.infer import proportional, significant

    found = every.snapshots
    if plan.threshold == "proportional":
        found = proportional(found, plan.density)
    elif plan.threshold == "significant" and found.pvalues is not None and keeps_every_pair(every):
        found = significant(found, plan.alpha)
    return found


def keeps_every_pair(every: NetworkResult) -> bool:
    """Tell whether every tested pair is there: survivors of a correction must not be corrected again.

    Parameters
    ----------
    every : NetworkResult
    """
    return getattr(every.config, "keep", "all") == "all"


def threshold_note(plan: Plan, every: NetworkResult, kept: Snapshots) -> str:
    """Say what the threshold kept."""
    rate = f"significant at a false-discovery rate of {plan.alpha:g} among the pairs of each window"
    if not keeps_every_pair(every):
        return f"{len(kept.src)} edges, {rate}; the other pairs were not stored, for there are too many."
    share = f"{len(kept.src)} of {len(every.snapshots.src)} measured pairs are edges"
    if plan.threshold == "proportional":
        return f"{share}: the strongest {plan.density:.0%} of each window."
    if plan.threshold == "none":
        return f"{share}: no threshold was applied."
    if every.snapshots.pvalues is None:
        return f"{share}: there are no p-values, so no threshold was applied."
    return f"{share}: {rate}."
