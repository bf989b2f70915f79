"""The inference stage: a plan's method and threshold, applied to data."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

from interplay._core.errors import ConfigError
from interplay._core.protocols import Progress
from interplay.data import Intervals, Recording, Snapshots, TemporalGraph, windows
from interplay.infer.configuring import configure_method, known_settings
from interplay.infer.results import NetworkResult
from interplay.job.embedding_options import setting
from interplay.job.plan import Plan

#: Above this many pairs times windows only significant edges are kept between stages: 40 bytes per pair add up.
_MOST_PAIRS = 20_000_000
#: Settings of a method that are fields of the plan, because other stages read them too.
_OF_THE_PLAN = ("window_s", "step_s", "alpha", "seed")


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
    return configured(plan, data, jobs=jobs).fit(data, progress=progress)  # type: ignore[no-any-return]


def configured(plan: Plan, data: Recording, *, jobs: int = 1) -> Any:
    """Set up a plan's method.

    Parameters
    ----------
    plan : Plan
        Resolved.
    data : Recording
    jobs : int, >= 1

    Returns
    -------
    object with ``fit(recording)``

    Raises
    ------
    ConfigError, DataError
        If a setting is unknown, is one of the plan's own, or out of its range; if spikes are asked for and absent.
    """
    known = known_settings(plan.method)
    pairs = data.n_units * (data.n_units - 1) // 2 * len(windows(data.observed, plan.window_s, plan.step_s))  # type: ignore[arg-type]
    wanted: dict[str, Any] = {"alpha": plan.alpha, "tail": "fitted", "lag_s": plan.lag_s}
    if data.traces is None:
        wanted["bin_s"] = plan.bin_s
    if plan.method != "tiling":
        del wanted["lag_s"]
    wanted = {key: value for key, value in wanted.items() if key in known} | method_settings(plan)
    doors: dict[str, Any] = {"window_s": plan.window_s, "step_s": plan.step_s, "seed": plan.seed, "jobs": jobs}
    method = configure_method(plan.method, data, settings=wanted, **doors)
    if "surrogates" in known and "surrogates" not in wanted and not _has_law(method):
        wanted["surrogates"] = plan.surrogates
        if pairs > _MOST_PAIRS and plan.threshold == "significant" and plan.surrogates and "keep" in known:
            wanted["keep"] = "significant"
        method = configure_method(plan.method, data, settings=wanted, **doors)
    return method


def method_settings(plan: Plan) -> dict[str, Any]:
    """Read the settings of the method that the plan has no field for.

    Parameters
    ----------
    plan : Plan
        With a method that is registered.

    Raises
    ------
    ConfigError
        If one is written otherwise than key=value, unknown, said twice, or a field of the plan.
    """
    known, found = known_settings(plan.method), dict[str, Any]()
    for text in plan.method_set:
        key, value = setting(text, known, example="link=exp")
        if key in _OF_THE_PLAN:
            raise ConfigError(f"`--set {text}` must be said as --{key.replace('_', '-')}, got it as a setting.")
        if key in found:
            raise ConfigError(f"`{key}` must be said once, got {found[key]!r} and {value!r}. Leave one out.")
        found[key] = _several(value)
    return found


def _several(value: Any) -> Any:
    """Read "4,8" and [4, 8] as two numbers."""
    if isinstance(value, str) and "," in value:
        with suppress(ValueError):
            return tuple(json.loads(f"[{value}]"))
    return tuple(value) if isinstance(value, list) else value


def _has_law(method: Any) -> bool:
    return bool(method.lawful()) if hasattr(method, "lawful") else False


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
    if plan.threshold == "proportional" or (plan.threshold == "significant" and cannot_test(every)):
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


def cannot_test(every: NetworkResult) -> bool:
    """Tell whether there are no p-values because the method has none to give, whatever it is asked.

    Parameters
    ----------
    every : NetworkResult
    """
    return every.snapshots.pvalues is None and every.config is not None and not hasattr(every.config, "surrogates")


def threshold_note(plan: Plan, every: NetworkResult, kept: Snapshots) -> str:
    """Say what the threshold kept."""
    rate = f"significant at a false-discovery rate of {plan.alpha:g} among the pairs of each window"
    if not keeps_every_pair(every):
        return f"{len(kept.src)} edges, {rate}; the other pairs were not stored, for there are too many."
    share = f"{len(kept.src)} of {len(every.snapshots.src)} measured pairs are edges"
    if plan.threshold == "proportional":
        return f"{share}: the strongest {plan.density:.0%} of each window."
    if plan.threshold == "significant" and cannot_test(every):
        return (
            f"{share}: {every.method} gives no p-values, so the strongest {plan.density:.0%} of each window were taken."
        )
    if plan.threshold == "none":
        return f"{share}: no threshold was applied."
    if every.snapshots.pvalues is None:
        return f"{share}: there are no p-values, so no threshold was applied."
    return f"{share}: {rate}."
