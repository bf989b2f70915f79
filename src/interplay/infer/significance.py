"""From surrogates to p-values of pairs: counted, or continued by a fitted tail where nothing could be counted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray

from interplay.ops.null_tally import add_null
from interplay.stats.tails import tail_pvalues

#: "counted": (1 + #{|null| >= |observed|}) / (1 + m). "fitted": the same where something was counted, elsewhere a
#: Pearson III tail through three moments of the null.
Tail = Literal["counted", "fitted"]

#: Surrogates summed up together: a fixed number, so that the order of additions is the same on any number of threads.
_BLOCK = 16


@dataclass(eq=False)
class NullTally:
    """Running counts and power sums of the null of P pairs.

    Attributes
    ----------
    exceeding : (P,) int64 array
    power_sums : (3, P) float64 array
    """

    exceeding: NDArray[np.int64]
    power_sums: NDArray[np.float64]

    @classmethod
    def empty(cls, pairs: int) -> Self:
        """Start with nothing counted."""
        return cls(np.zeros(pairs, dtype=np.int64), np.zeros((3, pairs)))

    def add(self, observed: NDArray[np.float64], null: NDArray[np.float64], tie: float) -> None:
        """Take in one surrogate's values."""
        add_null(observed, null, tie, self.exceeding, self.power_sums)

    def pvalues(self, observed: NDArray[np.float64], surrogates: int, tail: Tail) -> NDArray[np.float64]:
        """Give two-sided p-values, (P,) float64 in (0, 1]; NaN stays NaN where the coefficient is undefined."""
        if tail == "fitted":
            return tail_pvalues(observed, self.exceeding, self.power_sums, surrogates)
        return np.asarray((1.0 + self.exceeding) / (1.0 + surrogates))


def blocks(surrogates: int) -> Iterator[range]:
    """Cut 0 .. surrogates - 1 into blocks that do not depend on the number of threads."""
    return (range(k, min(k + _BLOCK, surrogates)) for k in range(0, surrogates, _BLOCK))


def combine(tallies: Iterable[NullTally]) -> NullTally:
    """Add up tallies in the order given."""
    first, *rest = tallies
    for other in rest:
        first.exceeding += other.exceeding
        first.power_sums += other.power_sums
    return first
