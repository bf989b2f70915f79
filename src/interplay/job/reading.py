"""The read-out stage: what is read out, in which windows, and from which vectors.

An animal changes what it does within seconds, and a network needs a minute to be told from chance. So a read-out may
use windows of its own: the network's, where the behaviour is slow enough, or shorter ones.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import cast

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import DataError
from interplay._core.protocols import Progress
from interplay.data import Recording, Snapshots, windows
from interplay.job.choices import fits_lag
from interplay.job.inference import infer_network
from interplay.job.plan import Plan
from interplay.stats import readout, window_target
from interplay.stats.results import ReadoutResult, WindowTarget
from interplay.stats.target import How

#: A position can be read out in two ways; both are shown.
_POSITION: tuple[How, ...] = ("end", "moving")
#: Lengths tried after the network's own, s, and how many windows of each class (or with a number, in all) are enough.
_SHORTER_S = (20.0, 10.0, 5.0, 2.0)
_ENOUGH_PER_CLASS, _ENOUGH = 20, 60


def read_out(
    plan: Plan,
    recording: Recording,
    every: Snapshots,
    network: Snapshots,
    *,
    jobs: int = 1,
    progress: Progress | None = None,
) -> tuple[ReadoutResult, ...]:
    """Read the plan's behaviour out of the networks, beside every baseline.

    Parameters
    ----------
    plan : Plan
        With a behaviour.
    recording : Recording
    every : Snapshots
        All measured pairs.
    network : Snapshots
        The edges that passed the threshold, in the same windows.
    jobs : int, >= 1
    progress : callable or None

    Returns
    -------
    tuple of ReadoutResult
        One per target. With ``target="auto"`` a position gives two: the end of the track, and rest versus run; one that
        has too few windows is left out if the other stands.

    Raises
    ------
    ConfigError, DataError
        As `window_target` and `readout` do.
    """
    asked = targets(plan, recording)
    results, refused = [], []
    for k, how in enumerate(asked):
        try:
            target, note = choose_windows(plan, recording, network.bounds, how)
            snapshots, vectors = _vectors(plan, recording, target, every, network, jobs)
            result = readout(
                vectors,
                target,
                recording=recording,
                snapshots=snapshots,
                n_folds=plan.folds,
                permutations=plan.permutations,
                seed=plan.seed,
                progress=_part(progress, k, len(asked)),
            )
            results.append(replace(result, notes=(note, *result.notes)))
        except DataError as error:
            refused.append(error)
    if not results:
        raise refused[0]
    return tuple(results)


def targets(plan: Plan, recording: Recording) -> tuple[How, ...]:
    """Say which targets a plan asks for."""
    if plan.target != "auto":
        return (cast("How", plan.target),)
    series = recording.behavior.get(plan.behavior or "")
    if series is None or plan.behavior in recording.epochs:
        return ("auto",)
    return _POSITION if series.n_channels in (2, 3) or "position" in str(plan.behavior).lower() else ("auto",)


def require_target(plan: Plan, recording: Recording) -> None:
    """Refuse a behaviour that the recording does not carry, or a target that does not fit it, before hours of work.

    Parameters
    ----------
    plan : Plan
        Resolved.
    recording : Recording

    Raises
    ------
    ConfigError
        As `window_target` does. Whether enough windows can be read out is decided later.
    """
    if plan.behavior is None:
        return
    assert plan.window_s is not None
    assert plan.step_s is not None
    bounds = windows(recording.observed, plan.window_s, plan.step_s)
    for how in targets(plan, recording):
        with suppress(DataError):
            window_target(recording, bounds, plan.behavior, how=how)


def choose_windows(plan: Plan, recording: Recording, bounds: NDArray[np.float64], how: How) -> tuple[WindowTarget, str]:
    """Take the longest windows in which the target has enough windows per class.

    Parameters
    ----------
    plan : Plan
        A `readout_window_s` decides.
    recording : Recording
    bounds : (S, 2) float64 array, s
        The network's own windows.
    how : str
        The target's rule.

    Returns
    -------
    target : WindowTarget
    note : str
        What was chosen, and why.

    Raises
    ------
    DataError
        If the target has too few windows at every length.
    """
    assert plan.behavior is not None
    own = float(np.diff(bounds[0])[0])
    asked = plan.readout_window_s
    lengths = (asked,) if asked is not None else (own, *(s for s in _SHORTER_S if s < own and fits_lag(plan, s)))
    found: list[tuple[int, float, WindowTarget]] = []
    refusal: DataError | None = None
    for length in lengths:
        try:
            cut = bounds if length == own else windows(recording.observed, length, length / 2)
            target = window_target(recording, cut, plan.behavior, how=how)
        except DataError as error:
            refusal = refusal or error
            continue
        smallest = min(target.counts().values()) if target.classes else target.n_usable
        found.append((smallest, length, target))
        if smallest >= (_ENOUGH_PER_CLASS if target.classes else _ENOUGH):
            break
    if not found:
        assert refusal is not None
        raise refusal
    _, length, target = max(found, key=lambda row: row[0])
    reason = (
        "as asked" if asked is not None else "the network's own" if length == own else "shorter, for enough of each"
    )
    return target, f"Read out in windows of {length:g} s ({reason}); the network's windows are {own:g} s."


def _vectors(
    plan: Plan, recording: Recording, target: WindowTarget, every: Snapshots, network: Snapshots, jobs: int
) -> tuple[Snapshots, dict[str, NDArray[np.float64]]]:
    """Give the snapshots of the target's windows, and what the network says of each."""
    if np.array_equal(target.bounds, network.bounds):
        vectors = {"all pairs": edge_matrix(every)}
        if len(network.src) < len(every.src):
            vectors[f"{'significant' if plan.threshold == 'significant' else 'strongest'} edges"] = edge_matrix(network)
        return network, vectors
    length = float(np.diff(target.bounds[0])[0])
    short = plan.model_copy(update={"window_s": length, "step_s": length / 2, "surrogates": 0})
    snapshots = infer_network(short, recording, jobs=jobs).snapshots
    return snapshots, {"all pairs": edge_matrix(snapshots)}


def edge_matrix(snapshots: Snapshots) -> NDArray[np.float64]:
    """Give one row per window, one column per pair that has an edge in some window; 0 where it has none.

    Parameters
    ----------
    snapshots : Snapshots

    Returns
    -------
    (S, P) float64 array
    """
    pair = snapshots.src * snapshots.n_nodes + snapshots.dst
    known, column = np.unique(pair, return_inverse=True)
    out = np.zeros((len(snapshots), len(known)))
    out[snapshots.snapshot, column] = snapshots.weight
    return out


def _part(progress: Progress | None, k: int, parts: int) -> Progress | None:
    if progress is None:
        return None
    return lambda done, total: progress(k * total + done, parts * total)
