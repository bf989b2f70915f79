"""What a model is told of a stream before it is trained: how long its times are, and how often its signs come."""

from __future__ import annotations

from typing import Any

import numpy as np

from interplay._core.errors import DataError
from interplay.data import TemporalGraph


def time_scales(training: TemporalGraph) -> tuple[float, float]:
    """Give the shortest and the longest time that a stream tells apart.

    Parameters
    ----------
    training : TemporalGraph

    Returns
    -------
    shortest, longest : float, s
        Median gap between consecutive times that differ, and time from the first to the last event; (1, 1) where all
        times are equal.

    Raises
    ------
    DataError
        If either lies outside 10^-30 to 10^30 s, where single precision ends.

    Notes
    -----
    Ours: a time code whose waves do not depend on the unit of time.
    """
    gaps = np.diff(training.time)
    gaps = gaps[gaps > 0]
    if len(gaps) == 0:
        return 1.0, 1.0
    shortest, longest = float(np.median(gaps)), float(training.time[-1] - training.time[0])
    if not 1e-30 < shortest <= longest < 1e30:
        raise DataError(
            f"times must be between 1e-30 and 1e30 s apart, got a median of {shortest:g} s and {longest:g} s in all. "
            "Give them in another unit."
        )
    return shortest, longest


def positive_share(training: TemporalGraph) -> float:
    """Give the share of positive events among those with a sign, with one more of each sign: in (0, 1)."""
    return float((np.count_nonzero(training.weight > 0) + 1) / (np.count_nonzero(training.weight) + 2))


def prepare_scales(encoder: Any, training: TemporalGraph) -> None:
    """Tell an encoder that has `prepare(shortest, longest, positive_share)` of its training events.

    Parameters
    ----------
    encoder : torch.nn.Module
        Changed in place; what it takes must be among its parameters or buffers, which a result keeps.
    training : TemporalGraph
    """
    encoder.prepare(*time_scales(training), positive_share(training))
