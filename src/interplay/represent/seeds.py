"""The same fit from several seeds: what hangs on the seed is not a finding."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from interplay._core.checks import require_setting
from interplay._core.errors import ConfigError, InterplayError, unknown_name
from interplay._core.executor import execute
from interplay._core.protocols import Progress
from interplay.data import Snapshots
from interplay.represent.results import EmbeddingResult
from interplay.represent.training_windows import require_readable

Config = TypeVar("Config")

#: What is passed on to every fit.
_OPTIONS = ("recording", "features", "train_until", "device")


def over_seeds(
    config: Config,
    snapshots: Snapshots,
    seeds: Iterable[int] = range(10),
    *,
    jobs: int = 1,
    checkpoint: Path | None = None,
    progress: Progress | None = None,
    **fit_options: Any,
) -> tuple[EmbeddingResult, ...]:
    """Fit once per seed.

    Parameters
    ----------
    config : a method of this room
        Its own seed is not used.
    snapshots : Snapshots
    seeds : iterable of int, >= 0
        Each once.
    jobs : int, >= 1
        1 fits in this process; more, in as many worker processes of one thread each.
    checkpoint : Path or None
        ``NAME.EXT`` becomes ``NAME-SEED.EXT`` per seed.
    progress : callable or None
        Called as progress(fits done, fits in all).
    **fit_options
        For `fit`: recording, features, train_until, device.

    Returns
    -------
    tuple of EmbeddingResult
        In the order of the seeds.

    Raises
    ------
    ConfigError
        If there is no seed, or one twice, or an option that `fit` does not have.
    InterplayError
        If a worker died. An error of a fit is raised as it is.

    Notes
    -----
    What a seed gives depends neither on the others nor on `jobs`.
    """
    if isinstance(config, type) or not hasattr(config, "fit"):
        raise ConfigError(f"`config` must be a method with its settings, got {config!r}. Give, say, TAVRNN().")
    wanted = list(seeds) if isinstance(seeds, Iterable) else []
    if not wanted or len(set(wanted)) != len(wanted):
        raise ConfigError(f"`seeds` must name at least one seed, each once, got {seeds!r}. Use, say, range(10).")
    for seed in wanted:
        require_setting("seeds", seed, least=0, whole=True)
    require_setting("jobs", jobs, least=1, whole=True)
    unknown = set(fit_options) - set(_OPTIONS)
    if unknown:
        raise ConfigError(unknown_name("option of fit", min(unknown), _OPTIONS))
    require_readable(snapshots)
    checkpoint = None if checkpoint is None else Path(checkpoint)
    tasks = []
    for seed in wanted:
        own = checkpoint if checkpoint is None else checkpoint.with_name(f"{checkpoint.stem}-{seed}{checkpoint.suffix}")
        tasks.append((replace(config, seed=seed), snapshots, {**fit_options, "checkpoint": own}))  # type: ignore[type-var]
    found: dict[int, EmbeddingResult] = {}
    for outcome in execute(_fit, tasks, jobs=jobs, engine="serial" if jobs == 1 else "processes"):
        if outcome.kind != "done":
            raise InterplayError(f"the fit with seed {wanted[outcome.task]} must end, but {outcome.text}")
        found[outcome.task] = _unpacked(outcome.value)
        if progress is not None:
            progress(len(found), len(wanted))
    return tuple(found[k] for k in range(len(wanted)))


def _fit(config: Any, snapshots: Snapshots, options: dict[str, Any]) -> tuple[str, Any]:
    """Fit once; errors of ours travel as values, so that they arrive as they are."""
    try:
        return "result", config.fit(snapshots, **options)
    except InterplayError as error:
        return "error", error


def _unpacked(value: tuple[str, Any]) -> EmbeddingResult:
    kind, content = value
    if kind == "error":
        raise content
    assert isinstance(content, EmbeddingResult)
    return content
