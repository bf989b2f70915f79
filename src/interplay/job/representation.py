"""What the represent stage leaves behind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplay._core.provenance import digest
from interplay.measures.links import LinkScores
from interplay.represent.results import EmbeddingResult
from interplay.stats.alignment_results import AlignmentResult


@dataclass(frozen=True, eq=False, kw_only=True)
class WindowVectors:
    """Embeddings of the windows of a read-out, one per seed.

    Attributes
    ----------
    bounds : (S, 2) float64 array, s
    present : (S, N) bool array
    everything : (K, S, N, D) float array
        Trained on windows of the whole recording.
    past : (K, S, N, D) float array or None
        Trained on windows that end by `until_s`; None where these were too few.
    until_s : float, s
    notes : tuple of str
    """

    bounds: NDArray[np.float64]
    present: NDArray[np.bool_]
    everything: NDArray[Any]
    past: NDArray[Any] | None
    until_s: float
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False, kw_only=True)
class Representation:
    """What the represent stage leaves behind.

    Attributes
    ----------
    label : str
        What the method is called.
    nodes : (n,) int64 array
        Which nodes of the network were embedded.
    edges : str
        Which edges the model was given, in words.
    everything, past : tuple of EmbeddingResult
        One per seed, in the windows of the network; trained on all of the time, and on what ends by `until_s`.
    until_s : float, s
    links : mapping of str to mapping of str to tuple of float
        Areas under the curve. "reconstruction" and "prediction" of "all" windows and of "later" ones, which the
        trainings on the past have not seen: one number per seed, each a mean over windows. Beside them one number for
        each rule of `baselines`.
    baselines : mapping of str to LinkScores
        What simple rules foretell of the next window of the network that the model was given.
    windows : tuple of WindowVectors
        Embeddings in the windows of read-outs, where these are not the network's own.
    groups : mapping of str to mapping of str to float, or None
        How well units of one group stand together, by kind of vectors; None where units have no groups.
    alignments : tuple of AlignmentResult
        Of the distance between sensory and motor regions with each figure of performance, where a recording has both.
    notes : tuple of str
    """

    label: str
    nodes: NDArray[np.int64]
    edges: str
    everything: tuple[EmbeddingResult, ...]
    past: tuple[EmbeddingResult, ...]
    until_s: float
    links: Mapping[str, Mapping[str, tuple[float, ...]]]
    baselines: Mapping[str, LinkScores]
    windows: tuple[WindowVectors, ...] = ()
    groups: Mapping[str, Mapping[str, float]] | None = None
    alignments: tuple[AlignmentResult, ...] = ()
    notes: tuple[str, ...] = field(default=())

    @property
    def digest(self) -> str:
        """Digest of the embeddings."""
        windows = [(w.bounds, w.everything, w.past) for w in self.windows]
        return digest([r.embedding for r in self.everything], [r.embedding for r in self.past], self.until_s, windows)

    @property
    def shown(self) -> EmbeddingResult:
        """The embedding that is drawn: of the first seed, trained on all of the time."""
        return self.everything[0]

    def vectors(self, bounds: NDArray[np.float64]) -> WindowVectors | None:
        """Give the embeddings in the windows of a read-out.

        Parameters
        ----------
        bounds : (S, 2) float64 array, s

        Returns
        -------
        WindowVectors or None
            None where nothing was embedded in these windows.
        """
        first = self.shown
        if np.array_equal(bounds, first.bounds):
            return WindowVectors(
                bounds=first.bounds,
                present=first.present,
                everything=np.stack([r.embedding for r in self.everything]),
                past=np.stack([r.embedding for r in self.past]) if self.past else None,
                until_s=self.until_s,
            )
        return next((w for w in self.windows if np.array_equal(bounds, w.bounds)), None)
