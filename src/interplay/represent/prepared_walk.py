"""What a walk rule becomes once it has met its graph: something that walks from any start."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes, require_ids, require_setting
from interplay._core.errors import ConfigError, DataError
from interplay._core.rng import key_word


def seed_word(seed: int) -> np.uint64:
    """Give the 64 bits of a seed that count, as everywhere numbers are keyed by event."""
    return np.uint64(key_word(seed))


class PreparedWalk:
    """A rule on a graph, ready to walk.

    Parameters
    ----------
    n_nodes : int
    kernel : callable
        Takes (starts, repetition, seed, out) and fills `out`; it must release the interpreter lock.
    held : tuple of arrays
        What the kernel reads, for its size.
    """

    def __init__(self, n_nodes: int, kernel: Callable[..., None], held: tuple[NDArray[Any], ...]) -> None:
        self.n_nodes = n_nodes
        self.n_bytes = sum(array.nbytes for array in held)
        self._kernel = kernel

    def walk(
        self,
        starts: ArrayLike,
        repetition: ArrayLike,
        length: int,
        seed: int,
        out: NDArray[np.int32] | None = None,
        jobs: int = 1,
    ) -> NDArray[np.int32]:
        """Walk from every start.

        Parameters
        ----------
        starts : (W,) int array, in [0, N)
        repetition : int or (W,) int array, >= 0
            Number of the walk among those of its start: the same (seed, start, repetition) gives the same walk.
        length : int, >= 1
            Nodes of a walk, the start included.
        seed : int, >= 0
        out : (W, length) int32 array or None
            Where to put the walks.
        jobs : int, >= 1
            Threads; they change no number.

        Returns
        -------
        (W, length) int32 array
            Nodes; -1 after the end of a walk.

        Raises
        ------
        ConfigError
            If a setting is out of range or `out` does not fit.
        DataError
            If a start is no node.
        """
        require_setting("length", length, least=1, whole=True)
        require_setting("seed", seed, least=0, whole=True)
        require_setting("jobs", jobs, least=1, whole=True)
        begin, number = self._walks(starts, repetition)
        if out is None:
            out = np.empty((len(begin), length), dtype=np.int32)
        else:
            _require_room(out, (len(begin), length))
        word = seed_word(seed)
        cuts = np.linspace(0, len(begin), min(jobs, max(len(begin), 1)) + 1).astype(np.int64)
        parts = [(begin[a:b], number[a:b], word, out[a:b]) for a, b in pairwise(cuts)]
        if len(parts) == 1:
            self._kernel(*parts[0])
        else:
            with ThreadPoolExecutor(len(parts)) as pool:
                list(pool.map(lambda part: self._kernel(*part), parts))
        return out

    def _walks(self, starts: ArrayLike, repetition: ArrayLike) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Check who walks: starts and repetitions, contiguous and read-only."""
        shapes = Shapes()
        begin = shapes.array("starts", starts, "W", "int")
        require_ids("starts", begin, self.n_nodes, "N")
        number = np.asarray(repetition)
        number = shapes.array("repetition", np.full(len(begin), number) if number.ndim == 0 else number, "W", "int")
        if len(number) and number.min() < 0:
            raise DataError(f"`repetition` must be >= 0, got {number.min()}. Count the walks of a start from 0.")
        begin, number = np.ascontiguousarray(begin), np.ascontiguousarray(number)
        begin.flags.writeable = number.flags.writeable = False
        return begin, number


def _require_room(out: Any, shape: tuple[int, int]) -> None:
    if not isinstance(out, np.ndarray):
        got = type(out).__name__
    elif out.shape == shape and out.dtype == np.int32 and out.flags.c_contiguous and out.flags.writeable:
        return
    else:
        got = f"{out.dtype} {out.shape}, {'' if out.flags.writeable else 'not '}writeable"
    raise ConfigError(
        f"`out` must be a writeable C-contiguous int32 array of shape {shape}, got {got}. Pass None to have one made."
    )


class Walk(Protocol):
    """A rule: settings that know how to get ready for a graph."""

    def prepare(self, graph: Any) -> PreparedWalk:
        """Check the graph and build the tables the rule needs."""
        ...
