"""NAT: short tables of partners, joined for a pair."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from interplay._core.checks import require_setting
from interplay._core.errors import ConfigError
from interplay.data import TemporalGraph
from interplay.represent.nat_encoder import NATEncoder
from interplay.represent.stream_method import StreamMethod
from interplay.represent.stream_scales import prepare_scales


@dataclass(frozen=True, kw_only=True)
class NAT(StreamMethod):
    """Neighbourhood-aware temporal network: each node keeps a table of partners, and a pair is told from both tables.

    The other settings are those of `StreamMethod`: batch, epochs, learning_rate, patience, clip, threads, seed; `aim`
    must be "link".

    Parameters
    ----------
    slots : int, >= 1
        Of the first tables: partners.
    second : int, >= 0
        Slots of the second tables: partners of partners. 0: none.
    width : int, >= 1
        Numbers per slot.
    own : int, >= 1
        Numbers of a node's own vector.
    code : int, >= 1
        Numbers that a key's place in the two tables is turned into.
    time_width : int, >= 1
        Waves of the time code.
    heads : int, >= 1
        Of the attention over the keys of a pair.
    hidden : int, >= 1
        Width of the head.
    dropout : float, in [0, 1)
    yields : float, in [0, 1]
        Chance that a slot which is taken gives way to another partner.

    Raises
    ------
    ConfigError
        If a number is out of range, or the aim is not "link".

    Notes
    -----
    Nothing is walked, sampled or listed: a pair costs as much as its tables are long. The methods page has the
    equations, what deviates from the published code, and figures.

    References
    ----------
    Luo, Li (2022), Learning on Graphs, arXiv 2209.01084.

    Examples
    --------
    >>> NAT(slots=16, second=0).name
    'nat'
    """

    slots: int = 32
    second: int = 16
    width: int = 4
    own: int = 72
    code: int = 16
    time_width: int = 16
    heads: int = 2
    hidden: int = 72
    dropout: float = 0.1
    yields: float = 0.9

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.aim != "link":
            raise ConfigError(f"`aim` of NAT must be 'link', got {self.aim!r}. Take SEMBA or TGN for signs.")
        for name in ("slots", "width", "own", "code", "time_width", "heads", "hidden"):
            require_setting(name, getattr(self, name), least=1, whole=True)
        require_setting("second", self.second, least=0, whole=True)
        require_setting("dropout", self.dropout, least=0, below=1)
        require_setting("yields", self.yields, least=0, most=1)

    @property
    def name(self) -> str:
        """Registered name."""
        return "nat"

    @property
    def citations(self) -> tuple[str, ...]:
        """Keys of what to cite."""
        return ("luo2022neighborhood",)

    def encoder(self, n_nodes: int, n_features: int) -> Any:
        """Build the untrained module."""
        return NATEncoder(
            n_nodes,
            n_features,
            slots=self.slots,
            second=self.second,
            width=self.width,
            own=self.own,
            code=self.code,
            time_width=self.time_width,
            heads=self.heads,
            hidden=self.hidden,
            dropout=self.dropout,
            yields=self.yields,
            seed=self.seed,
        )

    def prepare(self, encoder: Any, training: TemporalGraph) -> None:
        """Set the lengths of the time code."""
        prepare_scales(encoder, training)
