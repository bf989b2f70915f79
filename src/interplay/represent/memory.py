"""Memory: one vector per node, moved on by the newest message that waits for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple, get_args

import torch
from torch import nn

from interplay._core.errors import ConfigError, unknown_name
from interplay.ops.event_hashes import content_order
from interplay.represent.pres_correction import Correction
from interplay.represent.stream_encoder import StreamState
from interplay.represent.time_code import TimeCode, elapsed
from interplay.tensors.event_batch import EventBatch

#: What becomes of several messages to one node in one batch.
MailRule = Literal["last", "mean"]

Cell = Literal["gru", "rnn"]


class _Fresh(NamedTuple):
    """Rows that the last read moved on, without gradient: what `keep` need not compute again."""

    nodes: torch.Tensor
    rows: torch.Tensor


@dataclass
class MemoryState(StreamState):
    """The vectors of N nodes, and one waiting message each.

    Attributes
    ----------
    rows : (N, D) tensor
        Before the waiting message.
    updated : (N,) float64 tensor, s
        When the last message that is in `rows` was sent; -inf where none is.
    mail : (N, M) tensor
        What waits: see `Memory.message`.
    mail_time : (N,) float64 tensor, s
        When it was sent.
    has_mail : (N,) bool tensor
        Whether anything waits; the other two mean nothing where not.
    tracks : StreamState
        What a correction of the memory keeps; nothing where there is none.
    """

    rows: torch.Tensor
    updated: torch.Tensor
    mail: torch.Tensor
    mail_time: torch.Tensor
    has_mail: torch.Tensor
    tracks: StreamState = field(default_factory=StreamState)

    def __post_init__(self) -> None:
        self.fresh: _Fresh | None = None

    def forget(self) -> None:
        """Drop what the last read has kept."""
        self.fresh = None


class Memory(nn.Module):
    """One vector per node, and a flat mailbox.

    A message that is written waits until its node is read: only then can the loss of a later event teach the cell what
    to make of it. Nodes without mail are read as they are.

    Parameters
    ----------
    width : int, >= 1
        D, numbers per node.
    raw : int, >= 0
        Numbers that an event brings with it.
    time_width : int, >= 1
        Of the time code.
    rule : {"last", "mean"}
        Which messages of one batch to one node are taken: the last one (of several at one time, the one with the
        largest hash of its content), or the mean of all, at the mean of their times.
    cell : {"gru", "rnn"}

    Notes
    -----
    ``row <- cell([row, partner's row, raw, code(time of message - time of last message)], row)``: TGN's identity
    message. The partner's row is the one when the event was written. A first message has elapsed time 0, so that
    nothing depends on where the clock starts.

    While training, every row that the last `rows` moved on is kept by the next write, not only those of the nodes of
    the batch: the cell then runs once per message, and not once per read. What is read is the same function of what
    was written either way; the parameters that moved a kept row on are those of the step that read it. In evaluation
    nothing is kept from reads: asking leaves the state bit for bit as it was.

    Parts to take hold of: `message`, `aggregate`, `update`, and `keeping`, which sees the rows that are about to be
    kept. A `correction`, None at first, has the last word on what the cell says.

    References
    ----------
    Rossi, Chamberlain, Frasca, Eynard, Monti, Bronstein (2020), ICML workshop GRL+, equations 1-3.
    """

    def __init__(self, width: int, raw: int, time_width: int, *, rule: MailRule = "last", cell: Cell = "gru") -> None:
        super().__init__()
        if rule not in get_args(MailRule):
            raise ConfigError(unknown_name("`rule`", rule, get_args(MailRule)))
        if cell not in get_args(Cell):
            raise ConfigError(unknown_name("`cell`", cell, get_args(Cell)))
        self.width, self.raw, self.rule = width, raw, rule
        self.correction: Correction | None = None
        self.time_code = TimeCode(time_width)
        kind = nn.GRUCell if cell == "gru" else nn.RNNCell
        self.cell: nn.Module = kind(2 * width + raw + time_width, width)

    def begin(self, n_nodes: int) -> MemoryState:
        """Give a state of zeros without mail."""
        dtype = self.time_code.frequency.dtype
        return MemoryState(
            rows=torch.zeros(n_nodes, self.width, dtype=dtype),
            updated=torch.full((n_nodes,), -torch.inf, dtype=torch.float64),
            mail=torch.zeros(n_nodes, self.width + self.raw, dtype=dtype),
            mail_time=torch.zeros(n_nodes, dtype=torch.float64),
            has_mail=torch.zeros(n_nodes, dtype=torch.bool),
        )

    def rows(self, state: MemoryState, nodes: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Read the vectors of nodes, mail included.

        Parameters
        ----------
        state : MemoryState
        nodes : (n,) int64 tensor
            Each once.

        Returns
        -------
        rows : (n, D) tensor
            With a gradient where mail waited; bit for bit the stored row elsewhere.
        updated : (n,) float64 tensor, s
            When the last message in the row was sent; -inf where there is none.
        """
        stored, updated = state.rows[nodes], state.updated[nodes]
        place = torch.nonzero(state.has_mail[nodes]).squeeze(1)
        if len(place) == 0:
            return stored, updated
        waiting = nodes[place]
        moved = self.update(state, waiting)
        if self.training:
            state.fresh = _Fresh(waiting, moved.detach())
        return stored.index_copy(0, place, moved), updated.index_copy(0, place, state.mail_time[waiting])

    def update(self, state: MemoryState, nodes: torch.Tensor) -> torch.Tensor:
        """Move the rows of (n,) nodes, all with mail, on by their mail: (n, D), with a gradient."""
        own = state.rows[nodes]
        code = self.time_code(elapsed(state.mail_time[nodes], state.updated[nodes]))
        moved: torch.Tensor = self.cell(torch.cat([own, state.mail[nodes], code], 1), own)
        return moved if self.correction is None else self.correction(state, nodes, moved)

    @torch.no_grad()
    def write(self, state: MemoryState, batch: EventBatch, raw: torch.Tensor) -> None:
        """Keep the rows of the nodes of a batch, then post a message to both ends of each event (to a loop's one).

        Parameters
        ----------
        state : MemoryState
        batch : EventBatch
        raw : (B, R) tensor
            What each event brings with it.
        """
        if len(batch.src) == 0:
            return
        self.keep(state, torch.unique(torch.cat([batch.src, batch.dst])))
        order = content_order(*(x.numpy() for x in (batch.src, batch.dst, batch.time, batch.weight, batch.features)))
        src, dst, time = batch.src, batch.dst, batch.time
        if order is not None:
            turn = torch.from_numpy(order)
            src, dst, time, raw = src[turn], dst[turn], time[turn], raw[turn]
        # Both messages of an event stand side by side: the later of two events is then the later in the row as well.
        nodes, partners = torch.stack([src, dst], 1).flatten(), torch.stack([dst, src], 1).flatten()
        raw, time = raw.repeat_interleave(2, 0), time.repeat_interleave(2)
        loops = src == dst
        if loops.any():
            once = torch.stack([torch.ones_like(loops), ~loops], 1).flatten()
            nodes, partners, raw, time = nodes[once], partners[once], raw[once], time[once]
        self.aggregate(state, nodes, self.message(state, nodes, partners, raw), time)

    @torch.no_grad()
    def keep(self, state: MemoryState, nodes: torch.Tensor) -> None:
        """Store the rows of (n,) nodes, each once and rising, with their mail, which then is gone."""
        if state.fresh is not None:
            self._store(state, *state.fresh)
            state.fresh = None
        waiting = nodes[state.has_mail[nodes]]
        if len(waiting):
            self._store(state, waiting, self.update(state, waiting))

    def _store(self, state: MemoryState, nodes: torch.Tensor, rows: torch.Tensor) -> None:
        self.keeping(state, nodes, rows)
        state.rows[nodes] = rows
        state.updated[nodes] = state.mail_time[nodes]
        state.has_mail[nodes] = False

    def keeping(self, state: MemoryState, nodes: torch.Tensor, rows: torch.Tensor) -> None:
        """See the rows that are about to replace those of (n,) nodes, which still have their mail."""
        if self.correction is not None:
            self.correction.observe(state, nodes, rows)

    def message(
        self, state: MemoryState, nodes: torch.Tensor, partners: torch.Tensor, raw: torch.Tensor
    ) -> torch.Tensor:
        """Give what (n,) nodes are told of events with (n,) partners: the partner's row and `raw`, (n, M).

        The node's own row and the time code are added by `update`: they are the same then, and take a gradient there.
        """
        return torch.cat([state.rows[partners], raw.to(state.rows.dtype)], 1)

    def aggregate(self, state: MemoryState, nodes: torch.Tensor, mail: torch.Tensor, time: torch.Tensor) -> None:
        """Put (n, M) messages into the boxes of (n,) nodes without mail; later ones stand later."""
        order = torch.argsort(nodes, stable=True)
        box, count = torch.unique_consecutive(nodes[order], return_counts=True)
        end = torch.cumsum(count, 0)
        if self.rule == "last":
            chosen = order[end - 1]
            state.mail[box], state.mail_time[box] = mail[chosen], time[chosen]
        else:
            share = 1.0 / count.double()
            row = torch.repeat_interleave(torch.arange(len(box)), count)
            total = torch.zeros(len(box), mail.shape[1], dtype=mail.dtype).index_add_(0, row, mail[order])
            first = time[order[end - count]]
            late = torch.zeros(len(box), dtype=torch.float64).index_add_(0, row, time[order] - first[row])
            state.mail[box], state.mail_time[box] = total * share[:, None].to(mail.dtype), first + late * share
        state.has_mail[box] = True
