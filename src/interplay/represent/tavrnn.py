"""The variational family: with a state and attention, with a state, and with neither.

References
----------
Khajehnejad et al. (2024), arXiv 2410.00665 (TAVRNN). Hajiramezanali et al. (2019), NeurIPS 32 (VGRNN). Kipf, Welling
(2016), arXiv 1611.07308 (VGAE).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from interplay.represent.architecture import Architecture
from interplay.represent.method import VariationalMethod, require_word

_CONVOLUTIONS = {"gcn": "kipf2017semi", "sage": "hamilton2017inductive", "gin": "xu2019powerful"}


@dataclass(frozen=True, kw_only=True)
class TAVRNN(VariationalMethod):
    """Temporal attention-enhanced variational graph recurrent network: a state per node that looks back as it moves.

    The other settings are those of `VariationalMethod`: hidden, latent, convolution, edges, features, epochs,
    learning_rate, patience, tolerance, validation, keep, clip, warm_up, reconstruct_all, dtype, seed.

    Parameters
    ----------
    layers : int, >= 1
        Of the recurrence.
    query : {"history", "mean"}
        What asks in the temporal attention: a history node that is joined to all others (as published), or the mean
        over the nodes, without such a node.
    window : int, >= 1, or None
        Snapshots that attention reaches, the present one among them; None reaches all of the past (what the published
        code does).
    frozen_gru : bool
        As in the published code: the recurrence keeps its random weights.

    Notes
    -----
    Embeddings are posterior means; nothing is drawn unless `embed` is given a `sample_seed`. `TAVRNN.published` puts
    every deviation from the published code back. The methods page has equations, assumptions and figures.

    References
    ----------
    Khajehnejad et al. (2024), arXiv 2410.00665, and its notebook.

    Examples
    --------
    >>> TAVRNN(latent=4).architecture.query
    'history'
    """

    layers: int = 1
    query: Literal["history", "mean"] = "history"
    window: int | None = None
    frozen_gru: bool = False

    def __post_init__(self) -> None:
        # Without a query there would be no attention: that is VGRNN, under its own name.
        require_word("query", self.query, ("history", "mean"))
        super().__post_init__()

    @classmethod
    def published(cls, **changes: Any) -> TAVRNN:
        """Give the settings of the published notebook for the rat, its defects included.

        Parameters
        ----------
        **changes
            Settings that shall differ, for example ``epochs=500, features="correlation"`` as for its dish recordings.

        Returns
        -------
        TAVRNN
            Binary edges, GCN, H = 32, D = 8, one layer whose recurrence is never trained, attention over all of the
            past, diagonal and history node in the likelihood, 20 epochs of Adam at 0.01, the last of which is kept.
            The notebook also draws its embeddings: pass `sample_seed` to `embed`.
        """
        settings: dict[str, Any] = {
            "hidden": 32,
            "latent": 8,
            "layers": 1,
            "convolution": "gcn",
            "edges": "binary",
            "features": "identity",
            "query": "history",
            "window": None,
            "epochs": 20,
            "learning_rate": 0.01,
            "patience": None,
            "validation": 0.0,
            "keep": "last",
            "clip": None,
            "warm_up": 0,
            "frozen_gru": True,
            "reconstruct_all": True,
            "dtype": "float32",
        }
        return cls(**(settings | changes))

    @property
    def name(self) -> str:
        """Registered name."""
        return "tavrnn"

    @property
    def architecture(self) -> Architecture:
        """What the network is built of."""
        return Architecture(
            hidden=self.hidden,
            latent=self.latent,
            layers=self.layers,
            convolution=self.convolution,
            edges=self.edges,
            recurrent=True,
            query=self.query,
            window=self.window,
            history_node=self.query == "history",
            frozen_gru=self.frozen_gru,
            reconstruct_all=self.reconstruct_all,
        )

    @property
    def citations(self) -> tuple[str, ...]:
        """Keys of what to cite."""
        return ("khajehnejad2024tavrnn", "hajiramezanali2019variational", _CONVOLUTIONS[self.convolution])


@dataclass(frozen=True, kw_only=True)
class VGRNN(VariationalMethod):
    """Variational graph recurrent network: a state per node that moves from window to window.

    The other settings are those of `VariationalMethod`: hidden, latent, convolution, edges, features, epochs,
    learning_rate, patience, tolerance, validation, keep, clip, warm_up, reconstruct_all, dtype, seed.

    Parameters
    ----------
    layers : int, >= 1
        Of the recurrence.
    frozen_gru : bool
        As in the published code: the recurrence keeps its random weights.

    Notes
    -----
    `TAVRNN` without attention and without history node, so that the two differ in nothing else.

    References
    ----------
    Hajiramezanali et al. (2019), NeurIPS 32, arXiv 1908.09710.

    Examples
    --------
    >>> VGRNN().architecture.query is None
    True
    """

    layers: int = 1
    frozen_gru: bool = False

    @property
    def name(self) -> str:
        """Registered name."""
        return "vgrnn"

    @property
    def architecture(self) -> Architecture:
        """What the network is built of."""
        return Architecture(
            hidden=self.hidden,
            latent=self.latent,
            layers=self.layers,
            convolution=self.convolution,
            edges=self.edges,
            recurrent=True,
            query=None,
            history_node=False,
            frozen_gru=self.frozen_gru,
            reconstruct_all=self.reconstruct_all,
        )

    @property
    def citations(self) -> tuple[str, ...]:
        """Keys of what to cite."""
        return ("hajiramezanali2019variational", _CONVOLUTIONS[self.convolution])


@dataclass(frozen=True, kw_only=True)
class VGAE(VariationalMethod):
    """Variational graph auto-encoder, every window by itself with one set of parameters.

    All settings are those of `VariationalMethod`: hidden, latent, convolution, edges, features, epochs, learning_rate,
    patience, tolerance, validation, keep, clip, warm_up, reconstruct_all, dtype, seed.

    Notes
    -----
    `VGRNN` without a state: the prior is a standard normal, as in the source. The source has no layer before its first
    convolution and takes the exponential where this takes the softplus for the standard deviation; they are shared with
    the family here, so that the methods differ in the state only.

    References
    ----------
    Kipf, Welling (2016), arXiv 1611.07308.

    Examples
    --------
    >>> VGAE().architecture.recurrent
    False
    """

    @property
    def name(self) -> str:
        """Registered name."""
        return "vgae"

    @property
    def architecture(self) -> Architecture:
        """What the network is built of."""
        return Architecture(
            hidden=self.hidden,
            latent=self.latent,
            convolution=self.convolution,
            edges=self.edges,
            recurrent=False,
            query=None,
            history_node=False,
            reconstruct_all=self.reconstruct_all,
        )

    @property
    def citations(self) -> tuple[str, ...]:
        """Keys of what to cite."""
        return ("kipf2016variational", _CONVOLUTIONS[self.convolution])
