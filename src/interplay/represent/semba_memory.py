"""SignedMemory: two vectors per node, one for what friends bring it and one for what enemies do."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from interplay.represent.memory import Memory, MemoryState
from interplay.represent.stream_encoder import StreamState
from interplay.tensors.event_batch import EventBatch


@dataclass
class _Side(MemoryState):
    """One of the two vectors of every node, with its own mailbox; knows the other side."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.across: MemoryState = self


class BalancedMemory(Memory):
    """One side: a positive event brings the partner's vector of this side, a negative one that of the other side.

    Parameters
    ----------
    width, raw, time_width : int
        As of `Memory`; `raw` counts the sign, which stands first.
    turn : {1, -1}
        What the sign of an event is multiplied by before it is told: to the enemies' side a negative event is what a
        positive one is to the friends'.
    balance : bool
        False: every event brings the partner's vector of this side.
    """

    def __init__(self, width: int, raw: int, time_width: int, turn: int, *, balance: bool = True) -> None:
        super().__init__(width, raw, time_width, rule="mean")
        self.turn, self.balance = turn, balance

    def begin(self, n_nodes: int) -> _Side:
        """Give a state of zeros without mail."""
        made = super().begin(n_nodes)
        return _Side(made.rows, made.updated, made.mail, made.mail_time, made.has_mail)

    def message(
        self, state: MemoryState, nodes: torch.Tensor, partners: torch.Tensor, raw: torch.Tensor
    ) -> torch.Tensor:
        """Give what (n,) nodes are told of events with (n,) partners, (n, M)."""
        assert isinstance(state, _Side)
        told = raw.to(state.rows.dtype)
        same = 0.5 + 0.5 * told[:, :1] if self.balance else 1.0
        partner = same * state.rows[partners] + (1 - same) * state.across.rows[partners]
        return torch.cat([partner, told[:, :1] * self.turn, told[:, 1:]], 1)


@dataclass
class SignedMemoryState(StreamState):
    """Both sides.

    Attributes
    ----------
    friends, enemies : MemoryState
    """

    friends: MemoryState
    enemies: MemoryState


class SignedMemory(nn.Module):
    """Two memories with messages by balance: a friend's friend is a friend, an enemy's enemy too, mixed is an enemy.

    Parameters
    ----------
    width : int, >= 1
        D, numbers per node and side.
    raw : int, >= 1
        Numbers that an event brings with it; the first is its sign, -1, 0 or 1.
    time_width : int, >= 1
        Of the time codes.
    balance : bool
        False: no message crosses from one side to the other.

    Notes
    -----
    On an event of i and j with sign +, i is told s+_j on its friends' side and s-_j on its enemies'; with sign -, the
    two are exchanged; with sign 0 both sides are told the mean. j is told the same of i. Each side has its own cell and
    its own mailbox, the mean of the messages of a batch; the cell runs only where mail waits. The sign goes along with
    the message, turned on the enemies' side: without it a node's first message would not say which sign it was, because
    both vectors of its partner are still zeros.

    References
    ----------
    Sharma, Raghavendra, Lee, Kumar M, Kumar (2023), CIKM, the signed messages.
    """

    def __init__(self, width: int, raw: int, time_width: int, *, balance: bool = True) -> None:
        super().__init__()
        self.friends = BalancedMemory(width, raw, time_width, 1, balance=balance)
        self.enemies = BalancedMemory(width, raw, time_width, -1, balance=balance)

    def begin(self, n_nodes: int) -> SignedMemoryState:
        """Give a state of zeros without mail."""
        friends, enemies = self.friends.begin(n_nodes), self.enemies.begin(n_nodes)
        friends.across, enemies.across = enemies, friends
        return SignedMemoryState(friends, enemies)

    def rows(self, state: SignedMemoryState, nodes: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Read both vectors of (n,) nodes, each once: (n, 2 D), friends' side first, and when they last changed."""
        friends, updated = self.friends.rows(state.friends, nodes)
        enemies, _ = self.enemies.rows(state.enemies, nodes)
        return torch.cat([friends, enemies], 1), updated

    @torch.no_grad()
    def write(self, state: SignedMemoryState, batch: EventBatch, raw: torch.Tensor) -> None:
        """Keep the rows of the nodes of a batch on both sides, and only then post messages from either."""
        touched = torch.unique(torch.cat([batch.src, batch.dst]))
        self.friends.keep(state.friends, touched)
        self.enemies.keep(state.enemies, touched)
        self.friends.write(state.friends, batch, raw)
        self.enemies.write(state.enemies, batch, raw)
