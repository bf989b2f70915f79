"""Which windows train, which of them are only watched, and which come after."""

from __future__ import annotations

import math
from numbers import Real

import numpy as np

from interplay._core.errors import ConfigError, DataError
from interplay.data import Snapshots

#: Share of a window by which its end may lie past the limit: sums of steps round.
_SLACK = 1e-9


def require_readable(snapshots: Snapshots) -> None:
    """Refuse snapshots that no method of this room reads: directed ones, and none at all.

    Parameters
    ----------
    snapshots : Snapshots

    Raises
    ------
    DataError
    """
    if not isinstance(snapshots, Snapshots):
        raise DataError(
            f"`snapshots` must be Snapshots, got {type(snapshots).__name__}. Of an inference result pass `.snapshots`; "
            "of a file `interplay.io.load_snapshots(path)`; of (T, N, N) matrices "
            "`Snapshots.from_dense(weights, bounds, directed=False)`."
        )
    if snapshots.directed:
        raise DataError(
            "`snapshots` must be undirected, got directed ones. Say how two directions combine: "
            "`snapshots.undirected('mean')`, 'sum' or 'strongest'."
        )
    if len(snapshots) == 0 or snapshots.n_nodes == 0:
        raise DataError(
            f"`snapshots` must hold at least one window and one node, got {len(snapshots)} windows of "
            f"{snapshots.n_nodes} nodes. Infer them with shorter windows, or from more units."
        )


def training_windows(snapshots: Snapshots, train_until: float | None) -> tuple[int, tuple[str, ...]]:
    """Count the first windows that end by some time.

    Parameters
    ----------
    snapshots : Snapshots
    train_until : float, s, or None
        None takes all windows.

    Returns
    -------
    count : int, >= 1
        Windows up to the first that ends later.
    notes : tuple of str
        Where later windows share time with those that train.

    Raises
    ------
    ConfigError
        If `train_until` is no finite number.
    DataError
        If there is no such window.
    """
    stop = snapshots.bounds[:, 1]
    if train_until is None:
        return len(stop), ()
    if isinstance(train_until, bool) or not isinstance(train_until, Real) or not math.isfinite(train_until):
        raise ConfigError(
            f"`train_until` must be a finite time in s, got {train_until!r}. Give one between the first window's end, "
            f"{stop[0]:g} s, and the last one's, {stop[-1]:g} s, or None for all windows."
        )
    later = stop > train_until + _SLACK * (stop - snapshots.bounds[:, 0])
    count = int(np.argmax(later)) if later.any() else len(stop)
    if count == 0:
        raise DataError(
            f"`train_until` must leave a window to train on, got {train_until:g} s, and the first window ends at "
            f"{stop[0]:g} s. Raise it."
        )
    notes = []
    shared = int((snapshots.bounds[count:, 0] < stop[:count].max()).sum())
    if shared:
        notes.append(
            f"{shared} of {len(stop) - count} windows after the training share time with windows that trained; only "
            "those that begin later are wholly new."
        )
    out_of_order = int((~later[count:]).sum())
    if out_of_order:
        notes.append(
            f"{out_of_order} windows end by {train_until:g} s but come after one that ends later; they did not train."
        )
    return count, tuple(notes)


def watched_windows(validation: float, prefix: int) -> int:
    """Count the training windows that are watched instead of fitted.

    Parameters
    ----------
    validation : float, in [0, 1)
        Share; 0 watches none, any other at least one.
    prefix : int, >= 1
        Windows that train.

    Returns
    -------
    int

    Raises
    ------
    ConfigError
        If nothing is left to fit.
    """
    if validation == 0:
        return 0
    count = max(1, round(validation * prefix))
    if count >= prefix:
        raise ConfigError(
            f"`validation` must leave a window to fit, got {validation:g} of {prefix} window(s). Lower it, or set 0."
        )
    return count
