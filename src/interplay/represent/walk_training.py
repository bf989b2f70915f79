"""How vectors are trained on walks: the corpus of one fit, what training starts from, and its passes.

References
----------
Mikolov, Sutskever, Chen, Corrado, Dean (2013), NeurIPS.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import NumericalError
from interplay._core.protocols import Progress
from interplay._core.rng import key_word, uniform
from interplay.data import Graph
from interplay.represent.corpus import WalkCorpus
from interplay.represent.prepared_walk import Walk, seed_word
from interplay.represent.walk_rows import frozen

if TYPE_CHECKING:
    from interplay.represent.walk_embedding import WalkEmbedding

#: The noise is drawn in proportion to the number of visits to this power (Mikolov et al. 2013).
NOISE_POWER = 0.75
#: The learning rate falls along a straight line to this.
LEAST_RATE = 1e-4
#: A corpus of at most so many bytes is kept between passes; a larger one is walked again, which gives the same bits.
KEPT_BYTES = 2**28
#: Walks that are trained on between two reports of progress.
BLOCK = 4096


class Corpus:
    """The walks of one fit, gone through once per pass: kept if they are few, else walked again.

    Parameters
    ----------
    graph : Graph
    rule : walk rule
    config : WalkEmbedding or another configuration with `walks`, `length`, `seed`, `jobs`
    """

    def __init__(self, graph: Graph, rule: Walk, config: Any) -> None:
        from interplay.ops.skip_gram import count_visits

        n = graph.n_nodes
        starts = np.flatnonzero(graph.degree_out() > 0)
        self._walks = WalkCorpus(
            graph,
            rule,
            walks=config.walks,
            length=config.length,
            block=BLOCK,
            seed=config.seed,
            jobs=config.jobs,
            starts=starts,
        )
        self.n_walks = config.walks * len(starts)
        self._kept: list[NDArray[np.int32]] | None = [] if self.n_walks * config.length * 4 <= KEPT_BYTES else None
        #: (N,) int64 array: how often a node stands in a walk of two nodes or more.
        self.visits = np.zeros(n, dtype=np.int64)
        for block in self._walks:
            count_visits(block, self.visits)
            if self._kept is not None:
                self._kept.append(block)
        lost = int((self.visits == 0).sum())
        self.notes = (f"{lost} of {n} nodes are in no walk of two nodes and have no vector.",) if lost else ()

    def __iter__(self) -> Iterator[NDArray[np.int32]]:
        return iter(self._walks if self._kept is None else self._kept)


def first_vectors(seed: int, name: str, rows: int, dimensions: int) -> NDArray[np.float32]:
    """Draw vectors to start from: uniform in [-1, 1) / D, each number by its own event; padded with zeros.

    Twice as wide as in word2vec's first code: nearer to zero, where all slopes vanish, the first epoch is half spent on
    getting away.

    Parameters
    ----------
    seed : int
    name : str
        Of the table.
    rows, dimensions : int

    Returns
    -------
    (rows, D up to a multiple of 16) float32 array
    """
    from interplay.ops.skip_gram import LANES

    out = np.zeros((rows, -(-dimensions // LANES) * LANES), dtype=np.float32)
    for first in range(0, rows, BLOCK):  # block by block: the hashes are 64 bits wide
        row = np.arange(first, min(first + BLOCK, rows))
        drawn = uniform(seed, "skip-gram", name, row[:, None], np.arange(dimensions)[None, :])
        out[row, :dimensions] = (2 * drawn - 1) / dimensions
    return out


def noise(visits: NDArray[np.int64] | NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Build the alias table of the noise: visits to the power of 3/4."""
    from interplay.ops.alias import alias_tables

    row = frozen(np.array([0, len(visits)])), frozen(np.arange(len(visits), dtype=np.int32))
    return alias_tables(*row, frozen(visits.astype(np.float64) ** NOISE_POWER))  # type: ignore[no-any-return]


def kept_share(visits: NDArray[np.int64], subsample: float) -> NDArray[np.float64]:
    """(N,) float64 array in (0, 1]: the probability that a visit to a node is kept."""
    if subsample == 0:
        return np.ones(len(visits), dtype=np.float64)
    ratio = subsample * visits.sum() / np.maximum(visits, 1)
    return np.asarray(np.minimum(np.sqrt(ratio) + ratio, 1.0), dtype=np.float64)


def checked(vectors: NDArray[np.float32], dimensions: int) -> NDArray[np.float64]:
    """Give the vectors without their padding, if they are finite."""
    out = vectors[:, :dimensions].astype(np.float64)
    if not np.isfinite(out).all():
        raise NumericalError(
            "vectors must stay finite, but training drove them beyond all bounds. Lower `learning_rate`."
        )
    return out


#: Called as pass_on(rows, ordinal of the first row, shares of the training, epoch); gives (loss, pairs asked).
PassOn = Callable[[NDArray[np.int32], int, NDArray[np.float64], int], tuple[float, int]]


def run_epochs(
    config: WalkEmbedding, corpus: Corpus, pass_on: PassOn, progress: Progress | None
) -> NDArray[np.float64]:
    """Go through the corpus `epochs` times, block by block; (epochs,) float64 array of the mean loss, NaN of none."""
    loss = np.empty(config.epochs)
    total = corpus.n_walks
    for epoch in range(config.epochs):
        first, sums = 0, np.zeros(2)
        for block in corpus:
            sums += _block(config, total, pass_on, block, first, epoch)
            first += len(block)
            if progress is not None:
                progress(epoch * total + first, config.epochs * total)
        loss[epoch] = sums[0] / sums[1] if sums[1] else np.nan
    return loss


def _block(
    config: WalkEmbedding, total: int, pass_on: PassOn, block: NDArray[np.int32], first: int, epoch: int
) -> NDArray[np.float64]:
    """Train on one block, in equal parts at once if several threads may write without locks."""

    def part(a: int, b: int) -> tuple[float, int]:
        done = np.array([(epoch * total + first + a) / (config.epochs * total), 1 / (config.epochs * total)])
        return pass_on(block[a:b], first + a, done, epoch)

    if config.hogwild == 1 or len(block) < config.hogwild:
        return np.array(part(0, len(block)))
    bounds = np.linspace(0, len(block), config.hogwild + 1).astype(int).tolist()
    with ThreadPoolExecutor(config.hogwild) as pool:
        parts = [pool.submit(part, a, b) for a, b in pairwise(bounds)]
        found: NDArray[np.float64] = np.array([p.result() for p in parts]).sum(axis=0)
        return found


def foresee_nodes(
    config: WalkEmbedding, corpus: Corpus, progress: Progress | None
) -> tuple[NDArray[np.float32], NDArray[np.float64], NDArray[np.bool_]]:
    """Train every node to foresee those around it; padded vectors, the loss of each epoch, and who took a step."""
    from interplay.ops import skip_gram

    vectors = first_vectors(config.seed, "nodes", len(corpus.visits), config.dimensions)
    outputs = np.zeros_like(vectors)
    accept, other = noise(corpus.visits)
    keep = kept_share(corpus.visits, config.subsample)
    table = skip_gram.logistic_table()
    rate = np.array([config.learning_rate, LEAST_RATE])
    seed, name = seed_word(config.seed), np.uint64(key_word("skip-gram"))
    trained = np.zeros(len(vectors), dtype=bool)

    def pass_on(rows: NDArray[np.int32], first: int, done: NDArray[np.float64], epoch: int) -> tuple[float, int]:
        found: tuple[float, int] = skip_gram.train_walks(
            rows,
            first,
            done,
            vectors,
            outputs,
            accept,
            other,
            keep,
            table,
            config.window,
            config.negatives,
            rate,
            seed,
            name,
            epoch,
            trained,
        )
        return found

    loss = run_epochs(config, corpus, pass_on, progress)
    vectors[~trained] = 0
    return vectors, loss, trained
