"""The tables of NAT as a state, and what is read of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from interplay.ops.neighbour_caches import join_tables, later_slots, occupied, write_caches
from interplay.represent.stream_encoder import StreamState

Ids = NDArray[np.int64]
Floats = NDArray[np.float64]
Singles = NDArray[np.float32]


class Slots(NamedTuple):
    """The occupied slots of L nodes.

    Attributes
    ----------
    row : (L, M + M2) int64 array
        Place of each slot among the C that are occupied, -1 if empty.
    owner, slot : (C,) int64 arrays
        Node, and slot: first tables, then second ones.
    """

    row: Ids
    owner: Ids
    slot: Ids


class Joint(NamedTuple):
    """The tables of both nodes of P pairs, joined key by key; see `join_tables`.

    Attributes
    ----------
    entry, group : (C,) int64 tensors
    code : (G,) int64 tensor, in [0, 64)
    told : (G, 6) float32 tensor
    direct : (P, 8) float32 tensor
    pointer : (P + 1,) int64 tensor
        Groups of pair p are ``pointer[p]:pointer[p + 1]``.
    """

    entry: torch.Tensor
    group: torch.Tensor
    code: torch.Tensor
    told: torch.Tensor
    direct: torch.Tensor
    pointer: torch.Tensor


@dataclass
class NATState(StreamState):
    """Caches, own vectors and what each node has not yet taken in.

    Attributes
    ----------
    keys, times, gaps : (N, M) arrays
        First tables: partners (-1 empty), last meetings, and the time between the last two.
    values, told : (N, M, D) and (N, M, F) float32 arrays
    keys2, times2, values2 : (N, M2), (N, M2), (N, M2, D) arrays
        Second tables.
    own : (N, H) float32 tensor
        Own vectors, without the last event.
    partner, gap, heard : (N,), (N,), (N, F) arrays
        The last event of each node: who (-1 none), how long after the one before, and its features.
    last : (N,) float64 array, s
        When it was; -inf before the first.
    """

    keys: Ids
    times: Floats
    gaps: Floats
    values: Singles
    told: Singles
    keys2: Ids
    times2: Floats
    values2: Singles
    own: torch.Tensor
    partner: Ids
    gap: Floats
    heard: Singles
    last: Floats

    def __post_init__(self) -> None:
        self.fresh: Any = None

    def forget(self) -> None:
        """Drop what the last read has kept."""
        self.fresh = None

    @classmethod
    def empty(cls, n_nodes: int, slots: int, slots2: int, width: int, own: int, n_features: int) -> NATState:
        """Give tables into which nothing was written."""
        return cls(
            keys=np.full((n_nodes, slots), -1, np.int64),
            times=np.zeros((n_nodes, slots)),
            gaps=np.zeros((n_nodes, slots)),
            values=np.zeros((n_nodes, slots, width), np.float32),
            told=np.zeros((n_nodes, slots, n_features), np.float32),
            keys2=np.full((n_nodes, slots2), -1, np.int64),
            times2=np.zeros((n_nodes, slots2)),
            values2=np.zeros((n_nodes, slots2, width), np.float32),
            own=torch.zeros(n_nodes, own),
            partner=np.full(n_nodes, -1, np.int64),
            gap=np.zeros(n_nodes),
            heard=np.zeros((n_nodes, n_features), np.float32),
            last=np.full(n_nodes, -np.inf),
        )

    def slots(self, nodes: Ids) -> Slots:
        """List the occupied slots of (L,) nodes."""
        wide = self.keys.shape[1] + self.keys2.shape[1]
        row = np.empty((len(nodes), wide), np.int64)
        owner, slot = np.empty(row.size, np.int64), np.empty(row.size, np.int64)
        count = occupied(nodes, self.keys, self.keys2, row, owner, slot)
        return Slots(row, owner[:count], slot[:count])

    def join(self, ends: Ids, time: Floats, nodes: Ids, slots: Slots, scale: float) -> Joint:
        """Join the tables of (2, P) ends, given as places in `nodes`, at (P,) times."""
        rank = np.empty((len(nodes), self.keys.shape[1]), np.float32)
        later_slots(nodes, self.keys, self.times, rank)
        filled = (slots.row >= 0).sum(1)
        most = int(filled[ends[0]].sum() + filled[ends[1]].sum())
        groups = most + 2 * len(time)
        entry, group, code = np.empty(most, np.int64), np.empty(most, np.int64), np.empty(groups, np.int64)
        told, direct = np.empty((groups, 6), np.float32), np.empty((len(time), 8), np.float32)
        pointer = np.empty(len(time) + 1, np.int64)
        n_entries, n_groups = join_tables(
            ends,
            time,
            nodes,
            (self.keys, self.times),
            self.keys2,
            slots.row,
            rank,
            self.last,
            scale,
            entry,
            group,
            code,
            told,
            direct,
            pointer,
        )
        return Joint(
            entry=torch.from_numpy(entry[:n_entries]),
            group=torch.from_numpy(group[:n_entries]),
            code=torch.from_numpy(code[:n_groups]),
            told=torch.from_numpy(told[:n_groups]),
            direct=torch.from_numpy(direct),
            pointer=torch.from_numpy(pointer),
        )

    def take(
        self, src: Ids, dst: Ids, time: Floats, features: Singles, place: Ids, fresh: Singles, seed: int, chance: float
    ) -> None:
        """Write events, in their order, into tables and last events."""
        write_caches(
            src,
            dst,
            time,
            features,
            place,
            fresh,
            (self.keys, self.times, self.gaps, self.values, self.told),
            (self.keys2, self.times2, self.values2),
            (self.partner, self.gap, self.heard, self.last),
            seed,
            chance,
        )
