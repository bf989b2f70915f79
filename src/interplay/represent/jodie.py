"""JODIE: two cells that move the rows of source and destination at every event, and a guess where a source leads."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from interplay._core.checks import require_setting
from interplay._core.errors import ConfigError
from interplay.data import TemporalGraph
from interplay.represent.jodie_encoder import JodieEncoder
from interplay.represent.jodie_loss import Reduction, require_reduction
from interplay.represent.stream_method import StreamMethod
from interplay.represent.stream_scales import prepare_scales


@dataclass(frozen=True, kw_only=True)
class JODIE(StreamMethod):
    """Trajectories of sources and destinations, every event taken in in its turn.

    The other settings are those of `StreamMethod`: batch, epochs, learning_rate, patience, clip, threads, seed; `aim`
    can only be "link".

    Parameters
    ----------
    width : int, >= 1
        Numbers of a dynamic embedding.
    static : int, >= 1
        Numbers that stand for a one-hot vector on its way through the guess.
    reduction : {"tbatch_mean", "item_sum", "full_sum"}
        What weighs the events of a step, see `reduce_errors`: the published "tbatch_mean" lets an event weigh one over
        the size of its t-batch, so that busy nodes count most; the other two weigh all events alike.
    drift : float, >= 0
        Weight of the squared change of the rows.

    Raises
    ------
    ConfigError
        If a number is out of range, a word is unknown, or `aim` is "sign".

    Notes
    -----
    A batch is scored from what came before it, and then gone through in t-batches, in which no node stands twice: no
    event is dropped, however large the batch. Parameters stay as they are once trained; the published evaluation goes
    on training on the test events. The methods page has equations, deviations and figures.

    References
    ----------
    Kumar, Zhang, Leskovec (2019), KDD. Loghmani, Fazli (2023), arXiv 2308.06862: the losses.

    Examples
    --------
    >>> JODIE(reduction="full_sum").name
    'jodie'
    """

    width: int = 64
    static: int = 64
    reduction: Reduction = "item_sum"
    drift: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.aim != "link":
            raise ConfigError(
                f"`aim` of JODIE must be 'link', got {self.aim!r}: it guesses a destination. Use another model."
            )
        for name in ("width", "static"):
            require_setting(name, getattr(self, name), least=1, whole=True)
        require_setting("drift", self.drift, least=0, below=math.inf)
        require_reduction(self.reduction)

    @property
    def name(self) -> str:
        """Registered name."""
        return "jodie"

    @property
    def citations(self) -> tuple[str, ...]:
        """Keys of what to cite."""
        return ("kumar2019predicting", "loghmani2023effect")

    def encoder(self, n_nodes: int, n_features: int) -> Any:
        """Build the untrained module."""
        return JodieEncoder(
            n_nodes,
            n_features,
            width=self.width,
            static=self.static,
            reduction=self.reduction,
            drift=self.drift,
        )

    def prepare(self, encoder: Any, training: TemporalGraph) -> None:
        """Set the unit of time."""
        prepare_scales(encoder, training)
