"""Evidence: what the past of a signed stream says of a pair, in numbers that a decoder can read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from interplay.data import event_batches
from interplay.measures.signed_history import HISTORY_COUNTERS
from interplay.ops.event_hashes import content_order
from interplay.ops.signed_evidence import N_AFTER, N_BEFORE, follow_evidence
from interplay.represent.stream_encoder import StreamState
from interplay.tensors.event_batch import EventBatch

Floats = NDArray[np.float64]

#: Events of the stream after which the fading counters are down to 1 / e.
SCALES = (10.0, 100.0, 1000.0)

_FADING = ("positive events from", "negative events from", "positive events to", "negative events to")

#: What `Evidence.features` tells of a pair (u, v), column by column; counts as log(1 + count).
EVIDENCE = (
    *HISTORY_COUNTERS,
    "mean sign of the events from v",
    *(f"how fresh the last event {role} {node} is" for node in "uv" for role in ("from", "to")),
    *(f"sign of the last event {role} {node}" for node in "uv" for role in ("from", "to")),
    "age of u",
    "age of v",
    *(f"{what} {node}, fading over {scale:g} events" for scale in SCALES for node in "uv" for what in _FADING),
    *(
        f"{path} paths, {sign}"
        for path in ("u-w-v", "w-u, w-v", "u-w, v-w", "v-w-u")
        for sign in ("balance +", "balance -")
    ),
    "how far u's signs were from what their destinations had received",
    "in which direction they were",
    "mean sign of the events to v, by sources in line with others",
    "sign of the last event from u to v",
    "how fresh it is",
    "how fresh the last event from v to u is",
)

#: How many of them are the counters of `interplay.measures.SignedHistory`.
N_COUNTERS = len(HISTORY_COUNTERS)

assert len(EVIDENCE) == N_BEFORE + N_AFTER + 8 * len(SCALES)


@dataclass
class Evidence(StreamState):
    """Counters, fading counters and the last partners of N nodes; see `interplay.ops.signed_evidence`.

    Parameters
    ----------
    scales : (S,) float64 array, events, > 0
    total : (1,) int64 array
    counts : (N, 4) int64 array
    fading : (N, 4 S + 1) float64 array
    trail : (N, 8) float64 array
    partner, bond, met : (N, 2, K) arrays
    filled : (N, 2) int64 array

    Notes
    -----
    All but the first 12 columns is this library's own; those are the counters of `interplay.measures.SignedHistory`,
    but that the last sign from v to u is known among the last K partners only. Time is counted in events of
    the stream, so that nothing depends on the unit or the origin of the clock; events of one time share a clock. The
    last sign between two nodes, and paths over a third one, are known among the last K partners that each node met for
    the first time. An event of weight 0 counts as met, and has no sign. Writing and asking cost O(K) each.

    References
    ----------
    Kumar, Spezzano, Subrahmanian, Faloutsos (2016), ICDM: a source that is in line with others counts for more.
    """

    scales: Floats
    total: NDArray[np.int64]
    counts: NDArray[np.int64]
    fading: Floats
    trail: Floats
    partner: NDArray[np.int32]
    bond: NDArray[np.int32]
    met: NDArray[np.int64]
    filled: NDArray[np.int64]

    def __post_init__(self) -> None:
        self._mark = np.zeros(len(self.counts), np.int64)

    @classmethod
    def begin(cls, n_nodes: int, partners: int, scales: Sequence[float] = SCALES) -> Evidence:
        """Give a state into which nothing was written."""
        trail = np.zeros((n_nodes, 8))
        trail[:, [0, 1, 4]] = -1
        return cls(
            scales=np.array(scales, np.float64),
            total=np.zeros(1, np.int64),
            counts=np.zeros((n_nodes, 4), np.int64),
            fading=np.zeros((n_nodes, 4 * len(scales) + 1)),
            trail=trail,
            partner=np.full((n_nodes, 2, partners), -1, np.int32),
            bond=np.zeros((n_nodes, 2, partners), np.int32),
            met=np.zeros((n_nodes, 2, partners), np.int64),
            filled=np.zeros((n_nodes, 2), np.int64),
        )

    def features(self, src: torch.Tensor, dst: torch.Tensor) -> torch.Tensor:
        """Tell the evidence on (B,) pairs from what was written, (B, D) float32: columns as named in `EVIDENCE`."""
        a, b = src.numpy(), dst.numpy()
        return self._follow((a, b, a), np.array([0, len(a)]), ask=True, put=False)

    def ahead(self, batch: EventBatch) -> torch.Tensor:
        """Tell the evidence on every event of a batch from all earlier times, those in the batch too; nothing stays.

        What comes to (B, D) float32 is what `features` would have given event by event, had each time of the batch been
        written before the next was asked for.
        """
        order, columns, group = _ordered(batch)
        nodes = np.unique(np.concatenate(columns[:2]))
        rows = [getattr(self, field.name) for field in fields(self) if field.name not in ("scales", "total")]
        kept, total = [row[nodes] for row in rows], self.total.copy()
        told = self._follow(columns, group, ask=True, put=True)
        for row, before in zip(rows, kept, strict=True):
            row[nodes] = before
        self.total[:] = total
        return told if order is None else told[torch.from_numpy(np.argsort(order))]

    def write(self, batch: EventBatch) -> None:
        """Take in a batch of later events."""
        _, columns, group = _ordered(batch)
        self._follow(columns, group, ask=False, put=True)

    def _follow(
        self, columns: tuple[NDArray[Any], ...], group: NDArray[np.int64], *, ask: bool, put: bool
    ) -> torch.Tensor:
        """Go through groups of events of one time each, and give what there was to tell before each."""
        out = np.empty((len(columns[0]) if ask else 0, N_BEFORE + N_AFTER + 8 * len(self.scales)))
        state = [getattr(self, field.name) for field in fields(self)]
        follow_evidence(*columns, group, ask, put, *state, self._mark, out)  # type: ignore[call-arg]
        out[:, :8] = np.log1p(out[:, :8])
        return torch.from_numpy(out.astype(np.float32))


def _ordered(
    batch: EventBatch,
) -> tuple[NDArray[np.int64] | None, tuple[NDArray[np.int64], ...], NDArray[np.int64]]:
    """Put the events of one time in an order of their content; give it, the columns, and where each time begins."""
    arrays = [x.numpy() for x in (batch.src, batch.dst, batch.time, batch.weight, batch.features)]
    order = content_order(*arrays)
    src, dst, time, weight = arrays[:4] if order is None else (x[order] for x in arrays[:4])
    return order, (src, dst, np.sign(weight).astype(np.int64)), event_batches(time, 1)
