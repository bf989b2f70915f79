"""TGN: a memory per node, and attention over its last events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, get_args

from interplay._core.checks import require_setting
from interplay._core.errors import ConfigError, unknown_name
from interplay.data import TemporalGraph
from interplay.represent.memory import MailRule
from interplay.represent.stream_method import StreamMethod
from interplay.represent.stream_scales import prepare_scales
from interplay.represent.tgn_encoder import TGNEncoder


@dataclass(frozen=True, kw_only=True)
class TGN(StreamMethod):
    """Temporal graph network: a recurrent memory per node, read by attention over the last events of a node.

    The other settings are those of `StreamMethod`: aim, batch, epochs, learning_rate, patience, clip, threads, seed.

    Parameters
    ----------
    memory : int, >= 1
        Numbers per node that are carried along.
    width : int, a multiple of `heads`
        Numbers of a vector that is read.
    time_width : int, >= 1
        Waves of the time code.
    heads : int, >= 1
    neighbours : int, >= 1
        Last events of a node that attention reaches.
    dropout : float, in [0, 1)
        Of the attention weights.
    messages : {"last", "mean"}
        Of several events of a node in one batch: the last, or the mean of all.

    Raises
    ------
    ConfigError
        If a number is out of range, a word is unknown, or `width` is no multiple of `heads`.

    Notes
    -----
    An event brings its weight and its features. The methods page has equations, deviations and figures.

    References
    ----------
    Rossi, Chamberlain, Frasca, Eynard, Monti, Bronstein (2020), arXiv 2006.10637.

    Examples
    --------
    >>> TGN(memory=32, width=32).name
    'tgn'
    """

    memory: int = 100
    width: int = 100
    time_width: int = 100
    heads: int = 2
    neighbours: int = 10
    dropout: float = 0.1
    messages: MailRule = "last"

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("memory", "width", "time_width", "heads", "neighbours"):
            require_setting(name, getattr(self, name), least=1, whole=True)
        require_setting("dropout", self.dropout, least=0, below=1)
        if self.width % self.heads:
            raise ConfigError(
                f"`width` must be a multiple of `heads`, got {self.width} and {self.heads}. Change one of them."
            )
        if self.messages not in get_args(MailRule):
            raise ConfigError(unknown_name("`messages`", self.messages, get_args(MailRule)))

    @property
    def name(self) -> str:
        """Registered name."""
        return "tgn"

    @property
    def citations(self) -> tuple[str, ...]:
        """Keys of what to cite."""
        return ("rossi2020temporal", "xu2020inductive")

    def encoder(self, n_nodes: int, n_features: int) -> Any:
        """Build the untrained module."""
        return TGNEncoder(
            n_nodes,
            n_features,
            aim=self.aim,
            memory=self.memory,
            width=self.width,
            time_width=self.time_width,
            heads=self.heads,
            neighbours=self.neighbours,
            dropout=self.dropout,
            rule=self.messages,
        )

    def prepare(self, encoder: Any, training: TemporalGraph) -> None:
        """Set the lengths of the time code, and the share of positive signs."""
        prepare_scales(encoder, training)
