"""The same walks, computed in shards: by processes of this machine, or on the machines of a Ray cluster.

A shard is a range of starts. Every worker maps the saved graph, walks its range and writes one file; since each walk
has a stream of its own, the files hold the bits that one process would have computed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from interplay._core.checks import require_setting
from interplay._core.errors import DataError, InterplayError
from interplay._core.executor import Engine, execute
from interplay.represent.corpus import WalkCorpus
from interplay.represent.prepared_walk import Walk


@dataclass(frozen=True, eq=False, kw_only=True)
class ShardedWalks:
    """Walks in files.

    Attributes
    ----------
    paths : tuple of path
        One file of walks, (walks x starts, length) int32, per shard: all of repetition 0 first.
    bounds : (K + 1,) int64 array
        Shard k holds the walks from nodes bounds[k]:bounds[k + 1].
    walks : int
        Walks from every start.
    length : int
        Nodes of a walk.
    """

    paths: tuple[Path, ...]
    bounds: NDArray[np.int64]
    walks: int
    length: int

    def __len__(self) -> int:
        """Count the walks in all."""
        return self.walks * int(self.bounds[-1])

    def blocks(self, block: int = 4096) -> Iterator[NDArray[np.int32]]:
        """Go through all walks, shard by shard.

        Parameters
        ----------
        block : int, >= 1
            Walks per block; the last of a shard may be shorter.

        Yields
        ------
        (B, length) int32 arrays
            In memory; -1 after the end of a walk.
        """
        require_setting("block", block, least=1, whole=True)
        for path in self.paths:
            held = np.load(path, mmap_mode="r")
            for first in range(0, len(held), block):
                yield np.array(held[first : first + block])

    def walk(self, start: int, repetition: int) -> NDArray[np.int32]:
        """Read one walk.

        Parameters
        ----------
        start : int, in [0, N)
        repetition : int, in [0, walks)

        Returns
        -------
        (length,) int32 array
            -1 after the end of the walk.

        Raises
        ------
        DataError
            If there is no such walk.
        """
        whole = all(isinstance(value, int | np.integer) for value in (start, repetition))
        if not (whole and 0 <= start < self.bounds[-1] and 0 <= repetition < self.walks):
            raise DataError(
                f"`start` and `repetition` must be whole numbers in [0, N={int(self.bounds[-1])}) and "
                f"[0, {self.walks}), got {start} and {repetition}. Ask for a walk that was walked."
            )
        k = int(np.searchsorted(self.bounds, start, side="right")) - 1
        row = repetition * int(self.bounds[k + 1] - self.bounds[k]) + start - int(self.bounds[k])
        return np.array(np.load(self.paths[k], mmap_mode="r")[row])


def walk_in_shards(
    graph: str | os.PathLike[str],
    rule: Walk,
    folder: str | os.PathLike[str],
    *,
    walks: int = 10,
    length: int = 80,
    shards: int = 2,
    seed: int = 0,
    jobs: int = 2,
    engine: Engine = "processes",
    timeout_s: float | None = None,
) -> ShardedWalks:
    """Walk from every node of a saved graph, shard by shard, and write the walks into files.

    Parameters
    ----------
    graph : path
        Folder written by `io.save_graph`; every worker must see it under this path, and maps it.
    rule : walk rule
        Of `WALKS`, but not a temporal one.
    folder : path
        Where the files go; made if it is missing. Files of the same names are replaced once they are complete.
    walks : int, >= 0
        Walks from every node.
    length : int, >= 1
        Nodes of a walk, the start included.
    shards : int, >= 1
        Files. At most one per node is made.
    seed : int, >= 0
    jobs : int, >= 1
        Workers at a time.
    engine : {"processes", "serial", "ray"}
    timeout_s : float or None, s
        Longest time for a shard.

    Returns
    -------
    ShardedWalks

    Raises
    ------
    ConfigError
        If a setting is out of range.
    DataError
        If the folder holds no graph.
    InterplayError
        If a shard failed; the message says why.

    Notes
    -----
    Neither `shards`, `jobs` nor `engine` changes a walk: it is that of `WalkCorpus` with this seed. Every worker builds
    the rule's tables for the whole graph, and holds one block of walks.
    """
    from interplay.io import open_graph

    for name, value, least in (("walks", walks, 0), ("length", length, 1), ("shards", shards, 1), ("seed", seed, 0)):
        require_setting(name, value, least=least, whole=True)
    place = Path(graph).resolve()
    target = Path(folder).resolve()
    target.mkdir(parents=True, exist_ok=True)
    n = open_graph(place).n_nodes
    bounds = np.linspace(0, n, min(shards, max(n, 1)) + 1).astype(np.int64)
    paths = tuple(target / f"walks_{k:05d}.npy" for k in range(len(bounds) - 1))
    tasks = [
        (str(place), rule, int(a), int(b), walks, length, seed, str(path))
        for (a, b), path in zip(pairwise(bounds), paths, strict=True)
    ]
    for outcome in execute(walk_shard, tasks, jobs=jobs, engine=engine, timeout_s=timeout_s):
        if outcome.kind != "done":
            a, b = tasks[outcome.task][2:4]
            raise InterplayError(
                f"the walks from nodes {a} to {b - 1} were not computed ({outcome.kind}): {outcome.text}"
            )
    return ShardedWalks(paths=paths, bounds=bounds, walks=walks, length=length)


def walk_shard(graph: str, rule: Walk, first: int, last: int, walks: int, length: int, seed: int, path: str) -> None:
    """Walk from the nodes of one shard and write the walks aside, then under their name.

    Parameters
    ----------
    graph : str
        Folder of the saved graph.
    rule : walk rule
    first, last : int
        Nodes first to last - 1 are the starts.
    walks, length, seed : int
    path : str
        The file.
    """
    from interplay.io import open_graph

    corpus = WalkCorpus(
        open_graph(graph),
        rule,
        walks=walks,
        length=length,
        seed=seed,
        starts=np.arange(first, last),
        shuffle=False,
    )
    aside = Path(f"{path}.{os.getpid()}.part")
    try:
        shape = (walks * (last - first), length)
        with aside.open("wb") as file:
            np.lib.format.write_array_header_1_0(
                file,
                {"descr": np.lib.format.dtype_to_descr(np.dtype(np.int32)), "fortran_order": False, "shape": shape},
            )
            for block in corpus:
                file.write(block.tobytes())
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
