"""Do scores tell the truth? Take the best away, and as many at random, and compare."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interplay._core.checks import require_setting
from interplay._core.errors import ConfigError, NumericalError
from interplay._core.protocols import Progress
from interplay._core.rng import stream

Floats = NDArray[np.float64]
Ids = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Removal:
    """The outcome of the test.

    Attributes
    ----------
    fidelity : tuple of (share, change, change_at_random) rows
    pvalues : tuple of float, in (0, 1]
    """

    fidelity: tuple[tuple[float, float, float], ...]
    pvalues: tuple[float, ...]


def require_removal(shares: tuple[float, ...], repeats: int) -> None:
    """Check the settings of the test.

    Parameters
    ----------
    shares : tuple of float, in (0, 1]
    repeats : int, >= 1

    Raises
    ------
    ConfigError
    """
    if not shares:
        raise ConfigError("`shares` must hold at least one share, got (). Scores are not given untested.")
    for share in shares:
        require_setting("shares", share, above=0, most=1)
    require_setting("repeats", repeats, least=1, whole=True)


def compare_removals(
    score: Floats,
    candidates: Ids,
    stratum: Ids,
    change: Callable[[Ids], float],
    *,
    shares: tuple[float, ...],
    repeats: int,
    seed: int,
    progress: Progress | None = None,
) -> Removal:
    """Take away what has the highest scores, and as much at random.

    Parameters
    ----------
    score : (K,) float64 array
        Of the candidates; of equal ones the earlier come first.
    candidates : (K,) int64 array
        What can be taken away.
    stratum : (K,) int64 array
        Each random choice takes as many from every stratum as the scores do.
    change : callable
        How far the target moves without those.
    shares : tuple of float, in (0, 1]
        How much is taken, rounded, at least one.
    repeats : int, >= 1
        Random choices per share.
    seed : int, >= 0
    progress : callable or None
        Called as progress(done, total) after every removal.

    Returns
    -------
    Removal

    Raises
    ------
    NumericalError
        If a change is not finite: it could not be compared, and a p-value of it would be a small one.
    """
    order = np.argsort(-score, kind="stable")
    total, done = len(shares) * (repeats + 1), 0
    rows, pvalues = [], []
    for k, share in enumerate(shares):
        best = order[: max(1, round(share * len(candidates)))]
        moved = []
        for repeat in range(repeats + 1):
            picked = best if repeat == 0 else _at_random(stratum, best, seed, k, repeat)
            moved.append(change(candidates[np.sort(picked)]))
            done += 1
            if progress is not None:
                progress(done, total)
        if not np.isfinite(moved).all():
            raise NumericalError(
                f"the target must move by finite numbers, got {moved[0]} without the best {share:g} and "
                f"{int((~np.isfinite(moved)).sum())} such of {1 + repeats} in all. Look at the target and the features."
            )
        chance = np.array(moved[1:])
        rows.append((float(share), moved[0], float(chance.mean())))
        pvalues.append(float((1 + (chance >= moved[0]).sum()) / (1 + repeats)))
    return Removal(tuple(rows), tuple(pvalues))


def _at_random(stratum: Ids, best: Ids, seed: int, k: int, repeat: int) -> Ids:
    rng = stream(seed, "random removal", k, repeat)
    parts = []
    for value, count in zip(*np.unique(stratum[best], return_counts=True), strict=True):
        parts.append(rng.choice(np.flatnonzero(stratum == value), size=count, replace=False))
    return np.concatenate(parts)
