"""RecentEvents: the last K events of every node, as a state of a stream."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch

from interplay.ops.event_hashes import content_order
from interplay.ops.recent_neighbours import number_distinct, read_recent, write_recent
from interplay.represent.stream_encoder import StreamState
from interplay.tensors.event_batch import EventBatch


class Recent(NamedTuple):
    """The last K events of Q nodes, newest first.

    Attributes
    ----------
    slot : (Q, K) int64 tensor
        Places in the flat rings; -1 where there are not so many events.
    other : (Q, K) int64 tensor
        The partner; the node itself where there is none.
    time : (Q, K) float64 tensor, s
        0 where there is none.
    """

    slot: torch.Tensor
    other: torch.Tensor
    time: torch.Tensor


@dataclass
class RecentEvents(StreamState):
    """Rings of K events per node. Of events of one time, those with the largest hash of their content stay longest.

    Attributes
    ----------
    other, event : (N, K) int64 tensors
        Partner and number in the stream.
    time : (N, K) float64 tensor, s
    raw : (N, K, R) float32 tensor
        What each event brought with it.
    count : (N,) int64 tensor
        Events of each node so far.
    """

    other: torch.Tensor
    event: torch.Tensor
    time: torch.Tensor
    raw: torch.Tensor
    count: torch.Tensor

    def __post_init__(self) -> None:
        self._mark = np.full(len(self.count), -1, np.int64)

    @classmethod
    def begin(cls, n_nodes: int, size: int, raw: int) -> RecentEvents:
        """Give empty rings of `size` events, each with `raw` numbers."""
        whole = torch.zeros(n_nodes, size, dtype=torch.int64)
        return cls(
            other=whole,
            event=whole.clone(),
            time=torch.zeros(n_nodes, size, dtype=torch.float64),
            raw=torch.zeros(n_nodes, size, raw),
            count=torch.zeros(n_nodes, dtype=torch.int64),
        )

    def read(self, nodes: torch.Tensor) -> Recent:
        """Find the last K events of (Q,) nodes: those written, hence earlier than whatever is asked now."""
        shape = (len(nodes), self.other.shape[1])
        slot, other = torch.empty(shape, dtype=torch.int64), torch.empty(shape, dtype=torch.int64)
        time = torch.empty(shape, dtype=torch.float64)
        given = (x.numpy() for x in (self.other, self.time, self.count, nodes, slot, other, time))
        read_recent(*given)
        return Recent(slot, other, time)

    def told(self, recent: Recent) -> torch.Tensor:
        """Give what found events brought with them, (Q, K, R) float32; anything where there is none."""
        return self.raw.flatten(0, 1)[recent.slot.clamp(min=0)]

    def numbers(self, recent: Recent) -> torch.Tensor:
        """Give the numbers of found events, (Q, K) int64; -1 where there is none."""
        return torch.where(recent.slot < 0, -1, self.event.flatten()[recent.slot.clamp(min=0)])

    def distinct(self, nodes: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Give each of (M,) nodes once, in the order of their first places, and where in that list each of M is."""
        found, place = torch.empty_like(nodes), torch.empty_like(nodes)
        n = number_distinct(nodes.numpy(), self._mark, found.numpy(), place.numpy())
        return found[:n], place

    def write(self, batch: EventBatch, raw: torch.Tensor) -> None:
        """Take in a batch, with (B, R) numbers for its events."""
        columns = [batch.src, batch.dst, batch.time, batch.event, raw.float()]
        content = (x.numpy() for x in (batch.src, batch.dst, batch.time, batch.weight, batch.features))
        order = content_order(*content)
        if order is not None:
            turn = torch.from_numpy(order)
            columns = [x[turn] for x in columns]
        rings = (x.numpy() for x in (self.other, self.event, self.time, self.raw, self.count))
        write_recent(*rings, *(x.contiguous().numpy() for x in columns))
