"""What is known of connections before activity is looked at: given probabilities, or a fall with distance."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes, require_setting
from interplay._core.errors import ConfigError, DataError

Plain = tuple[tuple[tuple[float, ...], ...], ...]


def distance_anatomy(distance: ArrayLike, *, peak: float = 0.5, length: float) -> NDArray[np.float64]:
    """Probability of a connection that falls exponentially with distance.

    Parameters
    ----------
    distance : (N, N) float array, >= 0
        Between units; the diagonal is not read.
    peak : float, in (0, 1)
        Probability at distance zero.
    length : float, > 0, in the unit of `distance`
        Over which the probability falls to 1/e of the peak.

    Returns
    -------
    (N, N) float64 array, in [0, 1)
        For `SwitchingGLM(anatomy=...)`; zero on the diagonal.

    Raises
    ------
    DataError, ConfigError
        If a distance is negative; if a number is out of range.

    Examples
    --------
    >>> distance_anatomy([[0.0, 100.0], [100.0, 0.0]], peak=0.4, length=100.0).round(3).tolist()
    [[0.0, 0.147], [0.147, 0.0]]
    """
    require_setting("peak", peak, above=0, below=1)
    require_setting("length", length, above=0)
    apart = Shapes().array("distance", distance, "N N")
    if (apart < 0).any():
        raise DataError(f"`distance` must be >= 0, got {apart.min():g}. Give lengths, not differences.")
    out = np.asarray(peak * np.exp(-apart / length), dtype=np.float64)
    np.fill_diagonal(out, 0.0)
    return out


def frozen_anatomy(anatomy: ArrayLike | None) -> Plain | None:
    """Turn given probabilities into plain data of the three types, checked.

    Parameters
    ----------
    anatomy : (N, N) or (N, N, 3) float array, or None
        A probability of a connection is shared out evenly over both signs.

    Returns
    -------
    (N, N, 3) nested tuples or None

    Raises
    ------
    ConfigError
        If entries are no probabilities, or those of a pair do not sum to 1.
    """
    if anatomy is None:
        return None
    try:
        given = np.asarray(anatomy, dtype=np.float64)
    except (TypeError, ValueError):
        raise ConfigError(
            f"`anatomy` must be an array of probabilities, got {type(anatomy).__name__}. Give it as (N, N) numbers."
        ) from None
    if given.ndim not in (2, 3) or given.shape[0] != given.shape[1] or given.shape[2:] not in ((), (3,)):
        raise ConfigError(f"`anatomy` must have shape (N, N) or (N, N, 3), got {given.shape}. Give it as [src, dst].")
    given = given.copy()
    index = np.arange(len(given))
    given[index, index] = 0.5 if given.ndim == 2 else 1.0 / 3.0
    if not ((given >= 0) & (given <= 1)).all():
        bad = np.argwhere(~((given >= 0) & (given <= 1)))[0]
        raise ConfigError(
            f"`anatomy` must hold probabilities in [0, 1]: anatomy{bad.tolist()}={given[tuple(bad)]:g}. Scale weights "
            "to probabilities first."
        )
    if given.ndim == 2:
        given = np.stack([given / 2, 1 - given, given / 2], axis=2)
    total = given.sum(axis=2)
    if np.abs(total - 1).max(initial=0.0) > 1e-6:
        bad = np.argwhere(np.abs(total - 1) > 1e-6)[0]
        raise ConfigError(
            f"`anatomy` must sum to 1 over inhibitory, absent and excitatory: anatomy{bad.tolist()} sums to "
            f"{total[tuple(bad)]:g}. Divide each pair by its sum."
        )
    return tuple(tuple(tuple(pair) for pair in row) for row in given.tolist())
