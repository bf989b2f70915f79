"""The inference stage: a plan's method and threshold, applied to data."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import numpy as np

from interplay._core.errors import ConfigError
from interplay._core.protocols import Progress
from interplay.data import Intervals, Recording, Snapshots, TemporalGraph, windows
from interplay.infer.configuring import configure_method, has_law, known_settings
from interplay.infer.results import NetworkResult
from interplay.job.embedding_options import setting
from interplay.job.plan import Plan

#: Above this many pairs times windows only significant edges are kept between stages: 40 bytes per pair add up.
_MOST_PAIRS = 20_000_000
#: Settings of a method that are fields of the plan, because other stages read them too.
_OF_THE_PLAN = ("window_s", "step_s", "alpha", "seed", "jobs")
#: Surrogates where none are asked for and the method has no p-values of its own.
_SURROGATES = 200
#: Settings that say how surrogates are drawn: who sets one of them wants surrogates.
_OF_SURROGATES = {"null", "jitter_s"}


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
    said = method_settings(plan)
    wanted: dict[str, Any] = {"alpha": plan.alpha, "tail": "fitted", "lag_s": plan.lag_s}
    if plan.bin_s is not None:
        wanted["bin_s"] = plan.bin_s
    wanted = {key: value for key, value in wanted.items() if key in known} | said
    doors: dict[str, Any] = {"window_s": plan.window_s, "step_s": plan.step_s, "seed": plan.seed, "jobs": jobs}
    method = configure_method(plan.method, data, settings=wanted, **doors)
    lawful = has_law(method) and not _OF_SURROGATES & set(said)
    count = plan.surrogates if plan.surrogates is not None else 0 if lawful else _SURROGATES
    if "surrogates" in known and "surrogates" not in said and count:
        wanted["surrogates"] = count
        if pairs > _MOST_PAIRS and plan.threshold == "significant" and "keep" in known:
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
    known, found = [name for name in known_settings(plan.method) if name not in _OF_THE_PLAN], dict[str, Any]()
    for text in plan.method_set:
        own = text.partition("=")[0].strip().replace("-", "_")
        if own in _OF_THE_PLAN:
            raise ConfigError(f"`--set {text}` must be said as --{own.replace('_', '-')}, got it as a setting.")
        key, value = setting(text, known, example="link=exp")
        if key in ("bin_s", "surrogates") and getattr(plan, key) is not None:
            raise ConfigError(
                f"`{key}` must be said once, got {getattr(plan, key):g} and `--set {text}`. Leave one out."
            )
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
    """Tell whether there are no p-values of pairs though nobody turned tests off.

    Parameters
    ----------
    every : NetworkResult
    """
    # What corrects over pairs tests pairs, and may have been asked for no surrogates; factors draw them for factors.
    turned_off = hasattr(every.config, "correction") and getattr(every.config, "surrogates", None) == 0
    return every.snapshots.pvalues is None and every.config is not None and not turned_off


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
            f"{share}: {every.method} gives no p-values of pairs, so the strongest {plan.density:.0%} of each window "
            "were taken; that share was set, not found."
        )
    if plan.threshold == "none":
        return f"{share}: no threshold was applied."
    if every.snapshots.pvalues is None:
        return f"{share}: there are no p-values, so no threshold was applied."
    return f"{share}: {rate}.{_floor_note(plan, every)}"


def _floor_note(plan: Plan, every: NetworkResult) -> str:
    """Say that surrogates were too few for one edge alone to be significant."""
    found, drawn = every.snapshots, getattr(every.config, "surrogates", 0)
    if not drawn or found.pvalues is None or len(found.pvalues) == 0:
        return ""
    needed = plan.alpha / int(np.diff(found.pointer).max())
    # The smallest p-value that was counted: 1 / (1 + surrogates), or twice that where the two sides are counted apart.
    least = float(np.nanmin(found.pvalues))
    if least <= needed or not 0.999999 <= least * (1 + drawn) <= 2.000001:
        return ""
    enough = int(np.ceil(least * (1 + drawn) / needed - 1e-6)) - 1
    return (
        f" The smallest p-value of {drawn} surrogates is {least:.2g}, and one edge alone would need {needed:.2g}: "
        f"only many edges at once can be found. Draw {enough} surrogates."
    )
