"""What every model of a stream of events must do, and what its state is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from interplay._core.errors import DataError
from interplay.tensors.event_batch import EventBatch


@dataclass
class StreamState:
    """What was written of a stream so far: subclasses hold tensors, arrays, numbers and other states, and no more.

    Nothing in a field carries a gradient. `arrays` and `load` go through the fields, so that what is saved is all there
    is; what a read computes for the next write is kept beside the fields, and `forget` drops it.
    """

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Copy every field into arrays, nested states under dotted names."""
        out: dict[str, NDArray[Any]] = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, StreamState):
                out |= {f"{field.name}.{key}": array for key, array in value.arrays().items()}
            elif isinstance(value, torch.Tensor):
                out[field.name] = value.detach().cpu().numpy().copy()
            else:
                out[field.name] = np.array(value)
        return out

    def load(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Put back what `arrays` gave, in place; what was kept for the next write is dropped.

        Raises
        ------
        DataError
            If an array is missing or has another shape.
        """
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, StreamState):
                mark = f"{field.name}."
                value.load({k.removeprefix(mark): v for k, v in arrays.items() if k.startswith(mark)})
                continue
            if field.name not in arrays:
                raise DataError(
                    f"`state` must hold {field.name!r}, got {', '.join(arrays) or 'nothing'}. Save it anew."
                )
            given = arrays[field.name]
            if np.shape(value) != np.shape(given):
                raise DataError(
                    f"`state` of {field.name!r} must have shape {np.shape(value)}, got {np.shape(given)}. It is of "
                    "another model or stream."
                )
            if isinstance(value, torch.Tensor):
                value.copy_(torch.from_numpy(np.array(given)))
            elif isinstance(value, np.ndarray):
                value[...] = given
            else:
                setattr(self, field.name, type(value)(np.asarray(given).item()))
        self.forget()

    def forget(self) -> None:
        """Drop what a read has kept for the next write; states that keep nothing have nothing to drop."""
        return


class StreamEncoder(Protocol):
    """A torch module that scores pairs from a state, and writes events into it; it decides nothing about the order.

    `read`, `score` and `loss` leave everything in the state that later answers depend on as it was; they may keep in
    it what they have just computed, for `write` to use. `write` has no gradient. Events of a batch may tie, so that
    nothing in `write` may depend on the order of those of one time, except where a docstring says how ties are broken
    (by a hash of the event's content, never by its place).
    """

    #: Names of what `loss` gives; the first is "loss".
    parts: tuple[str, ...]

    def begin(self) -> Any:
        """Give a state into which nothing was written."""
        ...

    def read(self, state: Any, nodes: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
        """Give the vectors of (B,) nodes at (B,) times, (B, D)."""
        ...

    def score(self, state: Any, src: torch.Tensor, dst: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
        """Give one logit per pair, (B,): that the pair will meet, or that it will meet with a positive sign."""
        ...

    def loss(self, state: Any, batch: EventBatch, negative: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Give the loss of a batch, and its parts, one scalar for each of `parts`.

        `negative` holds one destination per event that the source did not meet at that time, (B,) int64.
        """
        ...

    def write(self, state: Any, batch: EventBatch) -> None:
        """Take a batch into the state."""
        ...
