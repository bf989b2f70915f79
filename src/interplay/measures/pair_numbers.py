"""Pairs of nodes that were met so far, numbered in the order they came."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int64]


class PairNumbers:
    """A growing table of pairs, each a whole number >= 0 (source times N plus destination).

    Notes
    -----
    O(1) per pair looked up or added; at most half of the slots are taken, so about 40 bytes per pair are held.
    """

    def __init__(self) -> None:
        self._count = 0
        self._pairs = np.empty(8, np.int64)
        self._keys = np.full(16, -1, np.int64)
        self._slot_number = np.empty(16, np.int64)

    def __len__(self) -> int:
        return self._count

    @property
    def pairs(self) -> Ids:
        """The pairs by number."""
        return self._pairs[: self._count].copy()

    def find(self, pair: Ids) -> Ids:
        """Give the numbers of (B,) pairs; -1 of those that never came."""
        from interplay.ops.pair_table import find_pairs

        out = np.empty(len(pair), np.int64)
        find_pairs(self._keys, self._slot_number, pair, out)
        return out

    def add(self, pair: Ids) -> Ids:
        """Give the numbers of (B,) pairs; new ones get the next."""
        from interplay.ops.pair_table import add_pairs

        self._make_room(self._count + len(pair))
        out = np.empty(len(pair), np.int64)
        before = self._count
        self._count = int(add_pairs(self._keys, self._slot_number, pair, before, out))
        new = out >= before
        self._pairs[out[new]] = pair[new]
        return out

    def _make_room(self, count: int) -> None:
        """Widen the table so that `count` pairs take at most half of it."""
        if 2 * count <= len(self._keys):
            return
        from interplay.ops.pair_table import add_pairs

        size = 1 << (4 * count - 1).bit_length()
        known = self.pairs
        self._keys, self._slot_number = np.full(size, -1, np.int64), np.empty(size, np.int64)
        add_pairs(self._keys, self._slot_number, known, 0, np.empty(len(known), np.int64))
        self._pairs = np.concatenate([known, np.empty(size // 2 - len(known), np.int64)])


def grown(values: NDArray[np.float64], count: int, fill: float) -> NDArray[np.float64]:
    """Give an array room for `count` numbers, doubling it, so that growing step by step costs O(1) each."""
    if count <= len(values):
        return values
    return np.concatenate([values, np.full(max(count, 2 * len(values)) - len(values), fill)])
