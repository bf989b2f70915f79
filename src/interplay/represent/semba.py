"""SEMBA: the signs of a stream, from memories that keep to balance and from what was counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, get_args

from interplay._core.checks import require_setting
from interplay._core.errors import ConfigError, unknown_name
from interplay.data import TemporalGraph
from interplay.represent.semba_encoder import EvidenceKind, EvidenceMoment, SembaEncoder
from interplay.represent.stream_method import StreamMethod
from interplay.represent.stream_scales import positive_share, time_scales
from interplay.represent.stream_task import StreamAim


@dataclass(frozen=True, kw_only=True)
class SEMBA(StreamMethod):
    """Signed memories by balance theory, attention over recent events, and a decoder that also reads evidence.

    The other settings are those of `StreamMethod`: learning_rate, patience, clip, threads, seed.

    Parameters
    ----------
    aim : {"sign", "link"}
        With which sign a pair will meet, or whether it will.
    batch : int, events, >= 1
        Scored together, then written together; more where events tie.
    epochs : int, >= 1
        Passes over the training events, at most.
    width : int, a multiple of `heads`
        Numbers per node in each of the two memories, and of the vector that is read.
    time_width : int, >= 1
        Waves of the time codes.
    heads : int, >= 1
        Of the attention.
    neighbours : int, >= 0
        Last events of a node that attention reaches; 0: none, a vector is then a map of the node's own memories.
    dropout : float, in [0, 1)
        Of attention weights, of vectors and inside the decoder.
    alone : float, in [0, 1)
        Share of the pairs that, while training, are told from evidence alone, so that the decoder does not come to lean
        on vectors that fit the training events only. Of no effect without memory or without evidence.
    memory : bool
        False leaves the decoder with the evidence alone.
    balance : bool
        False hands every memory the partner's vector of the same side, whatever the sign.
    evidence : {"full", "counters", "none"}
        What the decoder reads beside the vectors: all columns of `interplay.represent.EVIDENCE`, its first 12 (near
        those of `interplay.measures.SignedHistory`), or nothing, as published.
    partners : int, >= 1
        Last partners per node and role in which the evidence looks for earlier events of a pair, and for paths.
    evidence_at : {"event", "batch"}
        While training on signs, evidence is as it was just before each event, or as it was before the batch. What is
        scored by a trained model always is scored from what was written.
    even_signs : bool
        Whether both signs weigh the same in the loss, over all of training.

    Raises
    ------
    ConfigError
        If a number is out of range, a word is unknown, `width` is no multiple of `heads`, or neither memory nor
        evidence is left.

    Notes
    -----
    One set of nodes: who is a source and who a destination share their memories. The page of methods has the equations,
    what differs from the published code, and figures. Evidence is this library's addition. Time per event O(neighbours
    + partners) + the cells; memory O(N (width + neighbours + partners)).

    References
    ----------
    Sharma, Raghavendra, Lee, Kumar M, Kumar (2023), CIKM, doi 10.1145/3583780.3615032.

    Examples
    --------
    >>> SEMBA(width=32, evidence="none").name
    'semba'
    """

    aim: StreamAim = "sign"
    batch: int = 100
    epochs: int = 8
    width: int = 64
    time_width: int = 16
    heads: int = 4
    neighbours: int = 10
    dropout: float = 0.5
    alone: float = 0.5
    memory: bool = True
    balance: bool = True
    evidence: EvidenceKind = "full"
    partners: int = 64
    evidence_at: EvidenceMoment = "event"
    even_signs: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("width", "time_width", "heads", "partners"):
            require_setting(name, getattr(self, name), least=1, whole=True)
        require_setting("neighbours", self.neighbours, least=0, whole=True)
        for name in ("dropout", "alone"):
            require_setting(name, getattr(self, name), least=0, below=1)
        if self.width % self.heads:
            raise ConfigError(
                f"`width` must be a multiple of `heads`, got {self.width} and {self.heads}. Change one of them."
            )
        for name, valid in (("evidence", get_args(EvidenceKind)), ("evidence_at", get_args(EvidenceMoment))):
            if getattr(self, name) not in valid:
                raise ConfigError(unknown_name(f"`{name}`", getattr(self, name), valid))
        if not self.memory and self.evidence == "none":
            raise ConfigError("`memory` or `evidence` must be there, got neither. Leave one of them in.")

    @property
    def name(self) -> str:
        """Registered name."""
        return "semba"

    @property
    def citations(self) -> tuple[str, ...]:
        """Keys of what to cite."""
        return ("sharma2023representation", "kumar2016edge")

    def encoder(self, n_nodes: int, n_features: int) -> SembaEncoder:
        """Build the untrained module."""
        return SembaEncoder(self, n_nodes, n_features)

    def prepare(self, encoder: Any, training: TemporalGraph) -> None:
        """Set the lengths of the time codes, the share of positive signs, and the scale of every piece of evidence."""
        encoder.prepare(*time_scales(training), positive_share(training))
        encoder.scale_evidence(training)
