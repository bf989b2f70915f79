"""From surrogates to p-values of pairs: counted, or continued by a fitted tail where nothing could be counted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from interplay.ops.null_tally import add_null
from interplay.stats.tails import tail_pvalues

#: "counted": (1 + #{|null| >= |observed|}) / (1 + m). "fitted": the same where something was counted, elsewhere a
#: Pearson III tail through three moments of the null.
Tail = Literal["counted", "fitted"]

#: Surrogates summed up together: a fixed number, so that the order of additions is the same on any number of threads.
_BLOCK = 16


class Moved(NamedTuple):
    """How one surrogate moved the units around the window.

    Attributes
    ----------
    shift : (N,) float64 array, in [0, period)
    period : float
        Length of the window, in the unit of `shift`.
    guard : float
        Two units that moved by nearly the same amount, apart by less than this, are aligned as before: for such a pair
        the surrogate is the data, and does not count. 0 lets every surrogate count.
    """

    shift: NDArray[np.float64]
    period: float
    guard: float


@dataclass(eq=False)
class NullTally:
    """Running counts and power sums of the null of P pairs.

    Attributes
    ----------
    tested : (P,) int64 array
        Surrogates that count for each pair.
    exceeding : (P,) int64 array
    power_sums : (3, P) float64 array
    """

    tested: NDArray[np.int64]
    exceeding: NDArray[np.int64]
    power_sums: NDArray[np.float64]

    @classmethod
    def empty(cls, pairs: int) -> Self:
        """Start with nothing counted."""
        return cls(np.zeros(pairs, dtype=np.int64), np.zeros(pairs, dtype=np.int64), np.zeros((3, pairs)))

    def add(
        self, observed: NDArray[np.float64], null: NDArray[np.float64], tie: float, moved: Moved, *, directed: bool
    ) -> None:
        """Take in one surrogate's values."""
        counts = (self.tested, self.exceeding, self.power_sums)
        add_null(observed, null, tie, moved.shift, moved.period, moved.guard, directed, *counts)

    def pvalues(self, observed: NDArray[np.float64], tail: Tail) -> NDArray[np.float64]:
        """Give two-sided p-values, (P,) float64 in (0, 1], from the surrogates that count for each pair."""
        if tail == "fitted":
            return tail_pvalues(observed, self.exceeding, self.power_sums, self.tested)
        return np.asarray((1.0 + self.exceeding) / (1.0 + self.tested))


def blocks(surrogates: int) -> Iterator[range]:
    """Cut 0 .. surrogates - 1 into blocks that do not depend on the number of threads."""
    return (range(k, min(k + _BLOCK, surrogates)) for k in range(0, surrogates, _BLOCK))


def combine(tallies: Iterable[NullTally]) -> NullTally:
    """Add up tallies in the order given."""
    first, *rest = tallies
    for other in rest:
        first.tested += other.tested
        first.exceeding += other.exceeding
        first.power_sums += other.power_sums
    return first
