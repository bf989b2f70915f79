"""A recurrent network over plain graph statistics: what is left of the family when nobody hears anybody.

The trivial sibling. If it does as well as a graph network, the graph network has learnt degrees and clustering.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.errors import ConfigError
from interplay._core.protocols import Progress
from interplay.data import Recording, Snapshots
from interplay.represent.features import node_features
from interplay.represent.method import check_training
from interplay.represent.results import EmbeddingResult

#: Columns of `node_statistics`.
STATISTICS = ("degree", "positive strength", "negative strength", "clustering", "mean neighbour degree")


@dataclass(frozen=True, kw_only=True)
class StatisticsGRU:
    """One gated recurrent unit, shared by all nodes, that foresees each node's statistics.

    Parameters
    ----------
    hidden : int, >= 1
        H, width of the state.
    latent : int, >= 1
        D, width of the embedding.
    epochs : int, >= 1
        Passes over all windows, one step each, at most.
    learning_rate : float, > 0
        Of Adam.
    patience : int, epochs, >= 1, or None
        Stop after so many epochs without improvement of the loss (of the held-out one where `validation` > 0).
    tolerance : float, in [0, 1)
        Relative size of what counts as an improvement.
    validation : float, in [0, 1)
        Share of the training windows, the last ones, that is kept out of the loss to watch; not 0 by default, because
        this network learns its windows by heart.
    keep : {"best", "last"}
        Which epoch's parameters are kept.
    clip : float, > 0, or None
        Largest norm of the gradient.
    dtype : {"float32", "float64"}
        Of the computation.
    seed : int, >= 0
        Of the initial parameters; nothing else is drawn.

    Notes
    -----
    With x_t the five statistics of a node (`node_statistics`), standardised over the training windows: h_t = GRU(x_t,
    h_{t-1}), z_t = W h_t (the embedding), and x_{t+1} is foreseen as V z_t. The loss is the mean squared error over
    nodes present in both windows; about 1 is what foreseeing the mean costs, and a note gives what "as in this window"
    costs.
    An absent node has the mean statistics, that is zeros, and its state goes on.

    Ours, as a baseline. There is no posterior, no attention and no decoder of edges: `spread`, `history` and
    `attention` are None, `reconstruction` is NaN and `prediction` empty. Relabelling the nodes relabels the embedding,
    and parameters go over to other recordings. Statistics: O(N^3) per window; training: O(T N H (H + D)) per epoch.

    Examples
    --------
    >>> StatisticsGRU(latent=4).latent
    4
    """

    hidden: int = 32
    latent: int = 8
    epochs: int = 400
    learning_rate: float = 0.01
    patience: int | None = 50
    tolerance: float = 1e-3
    validation: float = 0.2
    keep: Literal["best", "last"] = "best"
    clip: float | None = None
    dtype: Literal["float32", "float64"] = "float32"
    seed: int = 0

    def __post_init__(self) -> None:
        check_training(self)

    @property
    def name(self) -> str:
        """Registered name."""
        return "statistics"

    def fit(
        self,
        snapshots: Snapshots,
        *,
        recording: Recording | None = None,
        features: ArrayLike | None = None,
        train_until: float | None = None,
        checkpoint: Path | None = None,
        device: str = "cpu",
        progress: Progress | None = None,
    ) -> EmbeddingResult:
        """Train on snapshots and embed them.

        Parameters
        ----------
        snapshots : Snapshots
            Undirected; T windows of N nodes, in order. Windows may be empty or full.
        recording : Recording or None
            Not read; here so that all methods are called alike.
        features : None
            This method has features of its own.
        train_until : float, s, or None
            As for `VariationalMethod.fit`; at least two windows must be fitted, beside those that are watched.
        checkpoint : Path or None
            File to go on from, where there is one, and to write to.
        device : str
        progress : callable or None
            Called as progress(epochs done, epochs in all).

        Returns
        -------
        EmbeddingResult

        Raises
        ------
        DataError
            If the snapshots are directed, fewer than two windows train, no node is present in two windows that follow
            each other, or the checkpoint belongs to another training.
        ConfigError
            If features are given, or the device is not there.
        NumericalError
            If the loss is no number any more.
        """
        _without_features(features)
        from interplay.represent.statistics_fitting import fit_statistics

        return fit_statistics(
            self, snapshots, train_until=train_until, checkpoint=checkpoint, device=device, progress=progress
        )

    def embed(
        self,
        result: EmbeddingResult,
        snapshots: Snapshots,
        *,
        recording: Recording | None = None,
        features: ArrayLike | None = None,
        sample_seed: int | None = None,
        device: str = "cpu",
    ) -> EmbeddingResult:
        """Embed snapshots, of any nodes, with parameters that were trained before.

        Parameters
        ----------
        result : EmbeddingResult
            Of a fit of these settings.
        snapshots : Snapshots
            Undirected, from the first window on.
        recording : Recording or None
            Not read.
        features : None
        sample_seed : None
            There is no posterior to draw from.
        device : str

        Returns
        -------
        EmbeddingResult

        Raises
        ------
        ConfigError
            If `result` is of another method or other widths, features are given, or a sample is asked for.
        """
        _without_features(features)
        if sample_seed is not None:
            raise ConfigError(
                f"`sample_seed` must be None, since this method has no posterior to draw from, got {sample_seed}. "
                "Leave it out."
            )
        from interplay.represent.statistics_fitting import embed_statistics

        return embed_statistics(self, result, snapshots, device=device)


def node_statistics(snapshots: Snapshots) -> NDArray[np.float64]:
    """Describe every node of every window by five numbers.

    Parameters
    ----------
    snapshots : Snapshots
        Undirected; T windows of N nodes.

    Returns
    -------
    (T, N, 5) float64 array
        Columns as in `STATISTICS`: share of the other present nodes that it is joined to; positive and negative
        strength over their number; clustering, 0 with fewer than two partners; mean degree of the partners over the
        number of others, 0 without a partner. 0 for absent nodes. Self-loops do not count.
    """
    known = node_features("degree", snapshots)
    assert known is not None
    out = np.zeros((*known.shape[:2], len(STATISTICS)))
    out[..., :3] = known
    for t in range(len(snapshots)):
        cut = slice(snapshots.pointer[t], snapshots.pointer[t + 1])
        joined = np.zeros((snapshots.n_nodes, snapshots.n_nodes))
        joined[snapshots.src[cut], snapshots.dst[cut]] = joined[snapshots.dst[cut], snapshots.src[cut]] = 1.0
        np.fill_diagonal(joined, 0.0)
        degree = joined.sum(axis=1)
        others = max(int(snapshots.present[t].sum()) - 1, 1)
        closed = (joined @ joined * joined).sum(axis=1)
        out[t, :, 3] = closed / np.maximum(degree * (degree - 1), 1)
        out[t, :, 4] = joined @ degree / np.maximum(degree, 1) / others
    return out


def _without_features(features: ArrayLike | None) -> None:
    if features is not None:
        raise ConfigError(
            "`features` must be None for this method, which has statistics for features, got "
            f"{type(features).__name__}. Leave them out, or use TAVRNN."
        )
