"""PRES: larger batches for a model with a memory, by predicting where rows go and correcting what the cell says."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Any, get_args

from interplay._core.checks import require_setting
from interplay._core.errors import ConfigError, unknown_name
from interplay.data import TemporalGraph
from interplay.represent.pres_correction import RateRule
from interplay.represent.pres_encoder import PresEncoder
from interplay.represent.stream_method import StreamMethod
from interplay.represent.tgn import TGN


@dataclass(frozen=True, kw_only=True)
class PRES(StreamMethod):
    """Predict to smooth: a model whose memory is corrected, so that it can be trained in larger batches.

    The other settings are those of `StreamMethod`: aim, epochs, learning_rate, patience, clip, threads, seed. They are
    used in place of the model's own.

    Parameters
    ----------
    batch : int, events, >= 1
        Four times that of `TGN`.
    model : StreamMethod
        Must keep a memory with mailboxes, as `TGN` and `SEMBA` do. Only what makes up its module is read.
    beta : float, >= 0
        Weight of one minus the cosine between a row before and after its mail, summed over memories.
    gamma : float, in (0, 1]
        Weight of what the cell says against what is predicted, at first.
    learn_gamma : bool
        Whether it is learnt, one number per memory; gamma=1 cannot be.
    rates : {"time", "step"}
        How the mean rate of a node is taken, see `Correction`.
    horizon : float, > 0
        Mean times between a node's rows that are looked ahead at most; `math.inf` as published.

    Raises
    ------
    ConfigError
        If a number is out of range or a word is unknown; in `fit`, if the model keeps no memory.

    Notes
    -----
    With ``gamma=1, learn_gamma=False, beta=0`` it is the model itself. The methods page has equations, deviations and
    figures.

    References
    ----------
    Su, Zou, Wu (2024), ICLR, arXiv 2402.04284.

    Examples
    --------
    >>> PRES(model=TGN(memory=32, width=32), beta=0.05).name
    'pres'
    """

    batch: int = 800
    model: StreamMethod = field(default_factory=TGN)
    beta: float = 0.1
    gamma: float = 0.9
    learn_gamma: bool = True
    rates: RateRule = "time"
    horizon: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        require_setting("beta", self.beta, least=0, below=math.inf)
        require_setting("horizon", self.horizon, above=0)
        require_setting("gamma", self.gamma, above=0, most=1)
        if self.learn_gamma and self.gamma == 1:
            raise ConfigError("`gamma` must be below 1 where it is learnt, got 1. Set learn_gamma=False.")
        if self.rates not in get_args(RateRule):
            raise ConfigError(unknown_name("`rates`", self.rates, get_args(RateRule)))

    @property
    def name(self) -> str:
        """Registered name."""
        return "pres"

    @property
    def citations(self) -> tuple[str, ...]:
        """Keys of what to cite."""
        return ("su2024pres", *self.model.citations)

    def encoder(self, n_nodes: int, n_features: int) -> Any:
        """Build the untrained module."""
        inner = replace(self.model, aim=self.aim).encoder(n_nodes, n_features)
        return PresEncoder(
            inner,
            self.model.name,
            beta=self.beta,
            gamma=self.gamma,
            learn_gamma=self.learn_gamma,
            rates=self.rates,
            horizon=self.horizon,
        )

    def prepare(self, encoder: Any, training: TemporalGraph) -> None:
        """Tell the model of its training events."""
        self.model.prepare(encoder.inner, training)
