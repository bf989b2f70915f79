"""What the methods of the variational family have in common: their settings, and the two doors fit and embed."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from numpy.typing import ArrayLike

from interplay._core.checks import require_setting
from interplay._core.errors import ConfigError, unknown_name
from interplay._core.protocols import Progress
from interplay.data import Recording, Snapshots
from interplay.represent.architecture import Architecture, Convolution, Edges
from interplay.represent.features import FeatureName
from interplay.represent.results import EmbeddingResult


@dataclass(frozen=True, kw_only=True)
class VariationalMethod(ABC):
    """Settings of a variational graph network, whatever its parts; the methods themselves are final classes.

    Parameters
    ----------
    hidden : int, >= 1
        H, width of the state.
    latent : int, >= 1
        D, width of the embedding.
    convolution : {"gcn", "sage", "gin"}
        How a node hears its neighbours.
    edges : {"binary", "weighted", "signed"}
        What of an edge is read and reconstructed: that it is there, its strength too, or its sign too. The published
        models know binary edges only.
    features : {"identity", "correlation", "weights", "degree", "rates", "random", "walks", "given"}
        What a node is known by; see `interplay.represent.node_features`.
    epochs : int, >= 1
        Passes over all windows, one step each, at most.
    learning_rate : float, > 0
        Of Adam.
    patience : int, epochs, >= 1, or None
        Stop after so many epochs without improvement of the loss (of the held-out one where `validation` > 0); None
        runs all epochs.
    tolerance : float, in [0, 1)
        Relative size of what counts as an improvement.
    validation : float, in [0, 1)
        Share of the training windows, the last ones, that is kept out of the loss to watch. 0 keeps out none.
    keep : {"best", "last"}
        Which epoch's parameters are kept.
    clip : float, > 0, or None
        Largest norm of the gradient; larger ones are scaled down. The state has no bound, so that a long series may
        blow up without it.
    warm_up : int, epochs, >= 0
        Over so many epochs the noise of the samples and the weight of the divergence grow evenly from 0 to 1 (ours; the
        published code begins with both). They count neither for `keep` nor for `patience`; with fewer `epochs` than
        this the last one is kept.
    reconstruct_all : bool
        As published: the diagonal and the history node count in the likelihood and its weights.
    dtype : {"float32", "float64"}
        Of the computation.
    seed : int, >= 0
        Of initial parameters, samples during training, and random features.

    Raises
    ------
    ConfigError
        If a number is out of range or a word is unknown.
    """

    hidden: int = 32
    latent: int = 8
    convolution: Convolution = "gcn"
    edges: Edges = "binary"
    features: FeatureName = "identity"
    epochs: int = 400
    learning_rate: float = 0.01
    patience: int | None = 50
    tolerance: float = 1e-3
    validation: float = 0.0
    keep: Literal["best", "last"] = "best"
    clip: float | None = 1.0
    warm_up: int = 100
    reconstruct_all: bool = False
    dtype: Literal["float32", "float64"] = "float32"
    seed: int = 0

    def __post_init__(self) -> None:
        check_training(self)
        words = (("convolution", Convolution), ("edges", Edges), ("features", FeatureName))
        for name, valid in words:
            require_word(name, getattr(self, name), get_args(valid))
        built = self.architecture
        require_setting("warm_up", self.warm_up, least=0, whole=True)
        require_setting("layers", built.layers, least=1, whole=True)
        if built.window is not None:
            require_setting("window", built.window, least=1, whole=True)
        for name in ("frozen_gru", "reconstruct_all"):
            require_flag(name, getattr(built, name))

    @property
    @abstractmethod
    def name(self) -> str:
        """Registered name."""

    @property
    @abstractmethod
    def architecture(self) -> Architecture:
        """What the network is built of."""

    @property
    @abstractmethod
    def citations(self) -> tuple[str, ...]:
        """Keys of what to cite, as `interplay.cite` reads them."""

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
            Undirected; T windows of N nodes, in order.
        recording : Recording or None
            For features that are read from it; it is not read otherwise.
        features : (T, N, F) or (N, F) float array or None
            Features of one's own, finite; in the result's config `features` is then "given".
        train_until : float, s, or None
            Windows that end by then are trained on, up to the first that does not; the later ones are embedded with the
            parameters found (inductive). None trains on all windows (transductive).
        checkpoint : Path or None
            File to go on from, where there is one, and to write to.
        device : str
            "cpu", "cuda" or "cuda:K".
        progress : callable or None
            Called as progress(epochs done, epochs in all).

        Returns
        -------
        EmbeddingResult
            `reconstruction` scores the edges of each window by the inner products of its own vectors, `prediction` by
            those of the prior's means, which know the windows before it only (without a recurrence: by the vectors of
            the window before).

        Raises
        ------
        DataError
            If the snapshots are directed, or there is no window to train on, or a window that trains has no edge or no
            pair without one, or features are not finite, or the checkpoint belongs to another training.
        ConfigError
            If features lack their recording, or the device is not there.
        NumericalError
            If the loss is no number any more.
        """
        from interplay.represent.fitting import fit

        return fit(
            self,
            snapshots,
            recording=recording,
            features=features,
            train_until=train_until,
            checkpoint=checkpoint,
            device=device,
            progress=progress,
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
        """Embed snapshots with parameters that were trained before.

        Parameters
        ----------
        result : EmbeddingResult
            Of a fit of these settings.
        snapshots : Snapshots
            Undirected, from the first window on: the state starts from nothing. Any number of windows; windows without
            an edge are embedded too.
        recording, features
            As for `fit`.
        sample_seed : int, >= 0, or None
            None gives posterior means. A number draws the embedding from the posterior, and the recurrence feeds on the
            draws, as the published code does whenever it embeds.
        device : str

        Returns
        -------
        EmbeddingResult
            Loss and parameters are those of `result`; `trained` is all False for other snapshots than it was fitted to.

        Raises
        ------
        ConfigError
            If `result` was not made with these settings.
        DataError
            If the parameters do not fit the number of nodes or features.
        NumericalError
            If a vector is no number, as after features of huge size.
        """
        from interplay.represent.fitting import embed

        return embed(
            self,
            result,
            snapshots,
            recording=recording,
            features=features,
            sample_seed=sample_seed,
            device=device,
        )


def require_word(name: str, value: str, valid: tuple[str, ...]) -> None:
    """Check one word of a configuration against the valid ones."""
    if not isinstance(value, str):
        arrays = " Pass an array to fit(features=...)." if name == "features" else ""
        raise ConfigError(f"`{name}` must be one of {', '.join(valid)}, got a {type(value).__name__}.{arrays}")
    if value not in valid:
        raise ConfigError(unknown_name(f"`{name}`", str(value), valid))


def require_flag(name: str, value: bool) -> None:
    """Check that a switch is on or off."""
    if not isinstance(value, bool):
        raise ConfigError(f"`{name}` must be True or False, got {value!r}. Give one of them.")


def check_training(config: Any) -> None:
    """Check the settings of width and training."""
    for name in ("hidden", "latent", "epochs"):
        require_setting(name, getattr(config, name), least=1, whole=True)
    require_setting("learning_rate", config.learning_rate, above=0, below=math.inf)
    if config.patience is not None:
        require_setting("patience", config.patience, least=1, whole=True)
    require_setting("tolerance", config.tolerance, least=0, below=1)
    require_setting("validation", config.validation, least=0, below=1)
    if config.clip is not None:
        require_setting("clip", config.clip, above=0)
    require_setting("seed", config.seed, least=0, whole=True)
    require_word("keep", config.keep, ("best", "last"))
    require_word("dtype", config.dtype, ("float32", "float64"))
