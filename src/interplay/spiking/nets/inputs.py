"""What networks read: pictures, and counts of events per step."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from interplay._core.errors import DataError
from interplay.data import LabelledEvents, LabelledImages

#: Largest pixel: the squares of a hundred million of them add up to a single-precision number.
_LARGEST = 1e15


def picture_shape(data: Any) -> tuple[int, ...]:
    """Give (C, H, W), or refuse data that are no pictures."""
    if not isinstance(data, LabelledImages):
        raise DataError(
            f"`data` must be LabelledImages for a network of pictures, got {type(data).__name__}. Events are read by "
            "RecurrentSpikingNet or ConvSpikingNet."
        )
    return tuple(data.image.shape[1:])


def pictures(data: LabelledImages, rows: Any) -> Tensor:
    """Read pictures, (B, C, H, W) float32; refuse pixels that no sum of squares can hold."""
    found = data.image[rows]
    if found.size and not (found.min() >= -_LARGEST and found.max() <= _LARGEST):
        most = float(np.abs(found).max())
        raise DataError(
            f"`data` must hold pixels of at most {_LARGEST:g} in size, for squares of them are added up in single "
            f"precision; got {most:g}. Scale the pictures, for example to [0, 1]."
        )
    return torch.from_numpy(np.array(found, dtype=np.float32))


def event_units(data: Any) -> tuple[int, ...]:
    """Give (units,), or refuse data that are no events."""
    return (_events(data).n_units,)


def event_grid(data: Any) -> tuple[int, ...]:
    """Give (channels, H, W), or refuse data without a grid."""
    grid = _events(data).grid
    if grid is None:
        raise DataError(
            "`data` must have a grid (channels, H, W) for a convolutional network, got units on a line. Take "
            "RecurrentSpikingNet, or say with `grid` how the units lie."
        )
    return tuple(grid)


def pooled_events(data: Any, pool: int) -> LabelledEvents:
    """Count squares of pool x pool pixels, or `pool` neighbouring units, as one unit."""
    events = _events(data)
    return events if pool == 1 else events.pooled(pool)


def event_counts(data: LabelledEvents, rows: Any, *, step_s: float, steps: int) -> Tensor:
    """Count events per step, (T, B, units) float32; what lies after the last step is not seen."""
    return torch.from_numpy(data.counts(rows, step_s=step_s, n_steps=steps, beyond="ignore"))


def late_events(data: LabelledEvents, rows: Any, stop_s: float) -> tuple[str, ...]:
    """Say how many events, and of how many samples, come at `stop_s` or later."""
    late = np.concatenate([[0], np.cumsum(data.time >= stop_s)])
    count = late[data.pointer[1:]] - late[data.pointer[:-1]]
    count, every = count[rows], np.diff(data.pointer)[rows].sum()
    if not count.any():
        return ()
    return (
        f"{count.sum() / every:.1%} of the events, of {np.count_nonzero(count)} of {len(count)} samples, come after "
        f"the last step, at {stop_s:g} s, and are not seen.",
    )


def _events(data: Any) -> LabelledEvents:
    if not isinstance(data, LabelledEvents):
        raise DataError(
            f"`data` must be LabelledEvents for a network of spikes, got {type(data).__name__}. Pictures are read by "
            "BinaryResidualNet."
        )
    return data
