"""Walks as a stream of blocks: the whole corpus is never held."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes, require_ids, require_setting
from interplay._core.errors import DataError
from interplay._core.rng import stream
from interplay.represent.prepared_walk import PreparedWalk, Walk
from interplay.represent.walks import UniformWalk


@dataclass(frozen=True, eq=False)
class WalkCorpus:
    """All walks from all starts, block by block; it may be gone through as often as needed and gives the same bits.

    Parameters
    ----------
    graph : Graph, or TemporalGraph for temporal walks
        It may be memory-mapped.
    rule : walk rule, or a prepared one
    walks : int, >= 0
        Walks from every start.
    length : int, >= 1
        Nodes of a walk, the start included.
    block : int, >= 1
        Walks per block.
    seed : int, >= 0
    jobs : int, >= 1
        Threads; they change no number.
    starts : (S,) int array or None
        Nodes to start from; None: every node.
    shuffle : bool
        Whether the starts of each repetition come in an order of their own, as learning by small steps wants it.

    Yields
    ------
    (B, length) int32 arrays
        B <= `block`; -1 after the end of a walk. All walks of repetition 0 come first, then those of 1, ...

    Notes
    -----
    Memory: the graph, the rule's tables, 8 bytes per start and one block. The walks themselves depend on neither
    `block` nor `shuffle`.

    Examples
    --------
    >>> from interplay.data import Graph
    >>> path = Graph.from_edges([0, 1], [1, 2], n_nodes=3, directed=False)
    >>> [block.shape for block in WalkCorpus(path, walks=2, length=4, block=4)]
    [(4, 4), (2, 4)]
    """

    graph: Any
    rule: Walk | PreparedWalk = UniformWalk()  # noqa: RUF009
    walks: int = 10
    length: int = 80
    block: int = 4096
    seed: int = 0
    jobs: int = 1
    starts: ArrayLike | None = None
    shuffle: bool = True

    def __post_init__(self) -> None:
        for name, least in (("walks", 0), ("length", 1), ("block", 1), ("seed", 0), ("jobs", 1)):
            require_setting(name, getattr(self, name), least=least, whole=True)
        if self.starts is not None:
            starts = Shapes().array("starts", self.starts, "S", "int")
            require_ids("starts", starts, self.graph.n_nodes, "N")
            object.__setattr__(self, "starts", starts)
        if isinstance(self.rule, PreparedWalk) and self.rule.n_nodes != self.graph.n_nodes:
            raise DataError(
                f"`rule` must be prepared for this graph, of N={self.graph.n_nodes} nodes, got one for "
                f"{self.rule.n_nodes}. Pass the rule itself, or prepare it for this graph."
            )

    @cached_property
    def prepared(self) -> PreparedWalk:
        """The rule, ready for the graph."""
        return self.rule if isinstance(self.rule, PreparedWalk) else self.rule.prepare(self.graph)

    @property
    def n_starts(self) -> int:
        """S."""
        return self.graph.n_nodes if self.starts is None else len(np.asarray(self.starts))

    @property
    def n_walks(self) -> int:
        """Walks in all."""
        return self.walks * self.n_starts

    def __iter__(self) -> Iterator[NDArray[np.int32]]:
        total = self.n_walks
        order: NDArray[np.int64] = np.empty(0, dtype=np.int64)
        loaded = -1
        for first in range(0, total, self.block):
            number = np.arange(first, min(first + self.block, total))
            repetition, place = np.divmod(number, self.n_starts)
            starts = np.empty(len(number), dtype=np.int64)
            for r in range(int(repetition[0]), int(repetition[-1]) + 1):
                if r != loaded:
                    order, loaded = self._order(r), r
                mask = repetition == r
                starts[mask] = order[place[mask]]
            yield self.prepared.walk(starts, repetition, self.length, self.seed, jobs=self.jobs)

    def _order(self, repetition: int) -> NDArray[np.int64]:
        starts = np.arange(self.n_starts) if self.starts is None else np.asarray(self.starts)
        return stream(self.seed, "walk order", repetition).permutation(starts) if self.shuffle else starts
