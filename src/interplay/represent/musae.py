"""MUSAE and AE: nodes around which the same attributes are met on walks get vectors near each other.

References
----------
Rozemberczki, Allen, Sarkar (2021), J Complex Networks 9:cnab014.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from interplay._core.checks import require_finite, require_setting
from interplay._core.errors import ConfigError, DataError
from interplay._core.protocols import Progress
from interplay._core.provenance import digest
from interplay._core.rng import key_word
from interplay.represent.prepared_walk import seed_word
from interplay.represent.walk_embedding import FirstOrderEmbedding, Trained
from interplay.represent.walk_training import LEAST_RATE, Corpus, checked, first_vectors, noise, run_epochs


class Attributes(NamedTuple):
    """Which of F attributes every node has, in rows: node i has ``attribute[offsets[i]:offsets[i + 1]]``."""

    offsets: NDArray[np.int64]
    attribute: NDArray[np.int32]
    n_attributes: int


@dataclass(frozen=True, kw_only=True)
class AttributedEmbedding(FirstOrderEmbedding):
    """Walks, and skip-gram from every node to the attributes of the nodes around it. The fit needs `features`.

    Parameters
    ----------
    window : int, >= 1
        Greatest distance along the walk, before or after the node, at which attributes are foreseen.
    nearest : int, 0 or 1
        Least distance; 0 counts a node's own attributes.
    ego : bool
        Whether every node's identity counts as an attribute of it, which brings back the nodes themselves.

    Notes
    -----
    The other settings are those of `WalkEmbedding`, but for `subsample`, which must be 0. In `fit`, `features` is an
    (N, F) array or scipy sparse array of numbers >= 0, or bools: what is not 0 is an attribute the node has.
    """

    window: int = 3
    nearest: int = 1
    ego: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        require_setting("nearest", self.nearest, least=0, most=1, whole=True)
        if self.subsample:
            raise ConfigError(f"`subsample` must be 0 where attributes are foreseen, got {self.subsample!r}.")

    @abstractmethod
    def _scales(self) -> list[tuple[int, int, int]]:
        """Give (least distance, greatest distance, dimensions) of every part of the vectors."""

    def _train(self, corpus: Corpus, features: Any, progress: Progress | None) -> Trained:
        attributes, notes = _attributes(features, len(corpus.visits), ego=self.ego, asker=type(self).__name__)
        made_from = (digest(attributes.offsets, attributes.attribute, attributes.n_attributes),)
        n = len(corpus.visits)
        met = np.bincount(
            attributes.attribute,
            weights=np.repeat(corpus.visits, np.diff(attributes.offsets)),
            minlength=attributes.n_attributes,
        ).astype(np.float64)
        if not met.any():
            empty = np.zeros(n, dtype=bool)
            told = (*notes, "No walk of two nodes meets an attribute: no node has a vector.")
            return Trained(np.zeros((n, self.dimensions)), np.empty(0), empty, told, made_from)
        parts, losses, embedded = [], [], np.zeros(n, dtype=bool)
        scales = self._scales()
        for k, (least, most, size) in enumerate(scales):
            told_on = None if progress is None else _part(progress, k, len(scales))
            vectors, loss, trained = _foresee_attributes(self, corpus, attributes, met, (least, most, size), told_on)
            parts.append(vectors)
            losses.append(loss)
            embedded |= trained
        lost = int((~embedded & (corpus.visits > 0)).sum())
        if lost:
            notes = (*notes, f"{lost} nodes walk, but never near an attribute, and have no vector.")
        return Trained(np.concatenate(parts, axis=1), np.mean(losses, axis=0), embedded, notes, made_from)


@dataclass(frozen=True, kw_only=True)
class MUSAE(AttributedEmbedding):
    """Multi-scale: each distance along the walk has vectors of its own, and they are put side by side.

    The settings are those of `AttributedEmbedding` and `WalkEmbedding`. The dimensions are divided equally among the
    distances; the first ones have one more where that does not go up.

    Notes
    -----
    Noise is drawn in proportion to the times an attribute is met to the power of 3/4; the analysis in the source has
    the power 1, its released code 3/4. With ``nearest=0`` own attributes are a scale too, as in that code. The loss is
    the mean over the scales.

    References
    ----------
    Rozemberczki, Allen, Sarkar (2021), J Complex Networks 9:cnab014, algorithm 2.
    """

    method: ClassVar[str] = "musae"
    citations: ClassVar[tuple[str, ...]] = ("rozemberczki2021musae",)

    def __post_init__(self) -> None:
        super().__post_init__()
        count = self.window - self.nearest + 1
        if self.dimensions < count:
            raise ConfigError(
                f"`dimensions` must be at least the number of scales, {count}, got {self.dimensions}. Raise it, or "
                "lower `window`."
            )

    def _scales(self) -> list[tuple[int, int, int]]:
        distances = range(self.nearest, self.window + 1)
        size, more = divmod(self.dimensions, len(distances))
        return [(r, r, size + (k < more)) for k, r in enumerate(distances)]


@dataclass(frozen=True, kw_only=True)
class AE(AttributedEmbedding):
    """Attributed embedding: all distances along the walk are pooled into one vector.

    The settings are those of `AttributedEmbedding` and `WalkEmbedding`.

    Notes
    -----
    As of `MUSAE`.

    References
    ----------
    Rozemberczki, Allen, Sarkar (2021), J Complex Networks 9:cnab014, algorithm 1.
    """

    method: ClassVar[str] = "ae"
    citations: ClassVar[tuple[str, ...]] = ("rozemberczki2021musae",)

    def _scales(self) -> list[tuple[int, int, int]]:
        return [(self.nearest, self.window, self.dimensions)]


def _attributes(features: Any, n: int, *, ego: bool, asker: str) -> tuple[Attributes, tuple[str, ...]]:
    """Turn a table of features into rows of attributes, checked."""
    if features is None:
        raise DataError(
            f"`features` must be given to {asker}, which foresees attributes; got None. Pass an (N, F) array, or use "
            "DeepWalk, which needs none."
        )
    from scipy.sparse import csr_array, issparse

    try:
        given = features if issparse(features) else np.asarray(features)
    except ValueError as error:
        raise DataError(f"`features` must be (N={n}, F) numbers or bools, got rows of several lengths.") from error
    if given.ndim != 2 or given.shape[0] != n or given.dtype.kind not in "biuf":
        raise DataError(f"`features` must be (N={n}, F) numbers or bools, got shape {given.shape} of {given.dtype}.")
    table = csr_array(given)
    table.sum_duplicates()
    require_finite("features", table.data)
    if table.data.dtype.kind in "if" and (table.data < 0).any():
        raise DataError(
            f"`features` must be >= 0, got {table.data.min()}. What is not 0 is an attribute the node has: give, say, "
            "features > 0."
        )
    table.eliminate_zeros()
    notes = ("Sizes of features are not used: what is not 0 is an attribute.",) if (table.data != 1).any() else ()
    offsets, attribute, count = table.indptr.astype(np.int64), table.indices.astype(np.int32), table.shape[1]
    if ego:
        attribute = np.insert(attribute, offsets[1:], np.arange(count, count + n, dtype=np.int32))
        offsets, count = offsets + np.arange(n + 1), count + n
    return Attributes(offsets, attribute, count), notes


def _part(progress: Progress, k: int, parts: int) -> Progress:
    """Report a part's progress as that of the whole."""

    def told(done: int, total: int) -> None:
        progress(k * total + done, parts * total)

    return told


def _foresee_attributes(
    config: AttributedEmbedding,
    corpus: Corpus,
    attributes: Attributes,
    met: NDArray[np.float64],
    scale: tuple[int, int, int],
    progress: Progress | None,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    from interplay.ops.attributed_skip_gram import train_attributes
    from interplay.ops.skip_gram import logistic_table

    least, most, size = scale
    vectors = first_vectors(config.seed, f"nodes {least}-{most}", len(corpus.visits), size)
    outputs = np.zeros((attributes.n_attributes, vectors.shape[1]), dtype=np.float32)
    accept, other = noise(met)
    table, rate = logistic_table(), np.array([config.learning_rate, LEAST_RATE])
    seed, name = seed_word(config.seed), np.uint64(key_word(f"attributes {least}-{most}"))
    trained = np.zeros(len(vectors), dtype=bool)
    scales = np.array([least, most])

    def pass_on(rows: NDArray[np.int32], first: int, done: NDArray[np.float64], epoch: int) -> tuple[float, int]:
        found: tuple[float, int] = train_attributes(
            rows,
            first,
            done,
            vectors,
            outputs,
            attributes.offsets,
            attributes.attribute,
            accept,
            other,
            table,
            scales,
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
    return checked(vectors, size), loss, trained
