"""What planted recordings share: a signed random wiring, and spikes placed in bins."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from interplay._core.checks import require_setting
from interplay._core.errors import ConfigError, NumericalError
from interplay._core.rng import uniform
from interplay.data import Events
from interplay.ops.coupled_counts import MOST

#: Spikes keep this share of a bin away from its edges, so that no rounding moves one into the next bin.
_MARGIN = 0.05


def require_entries(name: str, value: tuple[float, ...], meaning: str) -> None:
    """Check that a setting of several numbers has them all.

    Parameters
    ----------
    name : str
    value : tuple of float
    meaning : str
        "(low, high)" for example.
    """
    wanted = meaning.count(",") + 1
    if not isinstance(value, tuple | list) or len(value) != wanted:
        raise ConfigError(f"`{name}` must be {wanted} numbers {meaning}, got {value!r}. Give a tuple of {wanted}.")


def require_seed(seed: int) -> None:
    """Check that a seed is a whole number of at least 0."""
    require_setting("seed", seed, least=0, whole=True)


def signed_wiring(
    n: int, *, density: float, excitatory: float, strength: tuple[float, float], ratio: float, seed: int, name: str
) -> NDArray[np.float64]:
    """Draw a directed wiring in which every unit excites or inhibits all its targets.

    Parameters
    ----------
    n : int
    density : float, in [0, 1]
        Probability of each ordered pair.
    excitatory : float, in [0, 1]
        Share of excitatory units, rounded; which ones is drawn.
    strength : (low, high)
        Uniform range of excitatory weights.
    ratio : float
        An inhibitory weight is minus this times a draw from the same range.
    seed : int
    name : str
        Key of the process.

    Returns
    -------
    (N, N) float64 array, ``[src, dst]``, zero diagonal
    """
    unit = np.arange(n)
    rank = np.argsort(np.argsort(uniform(seed, name, "sign", unit)))
    sign = np.where(rank < round(excitatory * n), 1.0, -ratio)
    src, dst = unit[:, None], unit[None, :]
    low, high = strength
    size = low + (high - low) * uniform(seed, name, "strength", src, dst)
    weight = np.where(uniform(seed, name, "edge", src, dst) < density, sign[:, None] * size, 0.0)
    np.fill_diagonal(weight, 0.0)
    return weight


def symmetric_wiring(
    n: int, *, density: float, excitatory: float, strength: tuple[float, float], seed: int, name: str
) -> NDArray[np.float64]:
    """Draw a symmetric wiring whose signs belong to pairs.

    Parameters
    ----------
    n : int
    density : float, in [0, 1]
        Probability of each pair.
    excitatory : float, in [0, 1]
        Probability that an edge is positive.
    strength : (low, high)
        Uniform range of sizes.
    seed : int
    name : str
        Key of the process.

    Returns
    -------
    (N, N) float64 array, symmetric, zero diagonal
    """
    unit = np.arange(n)
    src, dst = np.minimum(unit[:, None], unit), np.maximum(unit[:, None], unit)
    low, high = strength
    size = low + (high - low) * uniform(seed, name, "strength", src, dst)
    sign = np.where(uniform(seed, name, "sign", src, dst) < excitatory, 1.0, -1.0)
    weight = np.where(uniform(seed, name, "edge", src, dst) < density, sign * size, 0.0)
    np.fill_diagonal(weight, 0.0)
    return weight


def require_bounded(counts: NDArray[np.int64]) -> None:
    """Check that no bin holds as many spikes as a bin can."""
    if counts.max(initial=0) >= MOST:
        t = int(np.argmax((counts >= MOST).any(axis=1)))
        raise NumericalError(
            f"planted units must not excite each other without bound: bin {t} holds {MOST} spikes of one unit. Lower "
            "the excitatory weights or the density."
        )


def place_spikes(
    counts: NDArray[np.int64], *, start: float, dt_s: float, seed: int, name: str
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Place the spikes of every bin uniformly inside it, away from its edges.

    Parameters
    ----------
    counts : (T, N) int array
    start, dt_s : float, s
        Left edge of the first bin, and width of all.
    seed : int
    name : str
        Key of the process.

    Returns
    -------
    time : (E,) float64 array, s
    unit : (E,) int64 array
        In no order.
    """
    t, unit = np.nonzero(counts)
    many = counts[t, unit]
    first = np.repeat(np.cumsum(many) - many, many)
    nth = np.arange(many.sum()) - first
    t, unit = np.repeat(t, many), np.repeat(unit, many)
    inside = _MARGIN + (1 - 2 * _MARGIN) * uniform(seed, name, "place", t, unit, nth)
    return start + (t + inside) * dt_s, unit


def binned_spikes(counts: NDArray[np.int64], *, dt_s: float, seed: int, name: str) -> Events:
    """Turn (T, N) counts of one run from time 0 into spikes; the arguments are those of `place_spikes`."""
    time, unit = place_spikes(counts, start=0.0, dt_s=dt_s, seed=seed, name=name)
    span = (0.0, len(counts) * dt_s)
    return Events.from_events(time, unit, n_units=counts.shape[1], span=span)
