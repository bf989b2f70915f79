"""Sums over runs, and what gives them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

#: Runs that go together: shares of the work are multiples of it.
LANES = 64


class Tally(NamedTuple):
    """Sums over some runs.

    Attributes
    ----------
    node_count : (N,) int64 array
        In how many runs each node was reached.
    samples : (R, G) int32 array
        Reached members in each run.
    course : (B, G) int64 array
        Members newly reached in each step, over all runs; (0, G) if not asked for.
    """

    node_count: NDArray[np.int64]
    samples: NDArray[np.int32]
    course: NDArray[np.int64]


class LiveEdges(Protocol):
    """One network and one model, ready to run."""

    def run(
        self,
        seeds: NDArray[np.int64],
        code: NDArray[np.int64],
        n_groups: int,
        seed: int,
        first: int,
        runs: int,
        course: bool,
    ) -> Tally:
        """Run cascades `first` to `first + runs`; `first` must be a multiple of 64."""
        ...

    def times(self, steps: int) -> NDArray[np.float64]:
        """Name the steps of a course: rounds, or seconds."""
        ...


def add_up(parts: Sequence[Tally]) -> Tally:
    """Join the tallies of consecutive runs.

    Parameters
    ----------
    parts : sequence of Tally
        In the order of their runs; courses may differ in length.

    Returns
    -------
    Tally
    """
    longest = max(len(part.course) for part in parts)
    course = np.zeros((longest, parts[0].course.shape[1]), np.int64)
    for part in parts:
        course[: len(part.course)] += part.course
    count = np.sum([part.node_count for part in parts], axis=0)
    return Tally(count, np.concatenate([part.samples for part in parts]), course)


def standard_error(values: NDArray[Any]) -> NDArray[np.float64]:
    """Give the standard error of the mean over the first axis; NaN for one value.

    Parameters
    ----------
    values : (R, ...) array

    Returns
    -------
    (...) float64 array
    """
    if len(values) < 2:
        return np.full(values.shape[1:], np.nan)
    return np.asarray(values.std(axis=0, ddof=1) / np.sqrt(len(values)))
