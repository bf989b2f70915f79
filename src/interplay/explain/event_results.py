"""What explanations of streams are: a trained explainer, scores of events, and the test of all rivals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interplay._core.provenance import Result

Floats = NDArray[np.float64]
Ids = NDArray[np.int64]


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class TempMEResult(Result):
    """A trained explainer of one trained model.

    Attributes
    ----------
    explained : str
        Registered name of the model.
    aim : str
        "link" or "sign".
    parameters : mapping of str to arrays
    loss : mapping of str to (K,) float64 arrays
        Per epoch: "loss", "agreement" (cross-entropy to the model's own decisions) and "information" (nats from the
        null), and "held_out", the loss of validation queries with the same draws in every pass.
    best_epoch : int
    converged : bool
    null : (13,) float64 array
        Share of each motif class where times are shuffled, in the order of `MOTIF_CLASSES`.
    """

    explained: str
    aim: str
    parameters: Mapping[str, Floats]
    loss: Mapping[str, Floats]
    best_epoch: int
    converged: bool
    null: Floats


@dataclass(frozen=True, eq=False, kw_only=True)
class Fidelity:
    """How well the events that a way of scoring puts first stand for all, at each of S sparsities.

    Attributes
    ----------
    accuracy : (S,) float64 array
        Share of queries in which the model decides as with all events.
    probability, logit : (S,) float64 arrays
        How far the kept events alone move the model towards its own decision, mean; with all events it is 0.
    auc : (S,) float64 array
        Area under the curve of its own decisions; NaN where they are all the same.
    """

    accuracy: Floats
    probability: Floats
    logit: Floats
    auc: Floats

    @property
    def area(self) -> float:
        """Mean accuracy over the sparsities."""
        return float(self.accuracy.mean())


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class EventExplanation(Result):
    """Scores of the events behind Q decisions, and how they fare beside other ways of scoring.

    Attributes
    ----------
    src, dst : (Q,) int64 arrays
    time : (Q,) float64 array, s
    negative : (Q,) bool array
        Whether the pair did not meet.
    value : (Q,) float64 array
        Logit of the model with all events; it decides by its sign.
    event : (Q, 2, K) int64 array
        Numbers of the events of source and destination that the model weighs, newest first; -1 for none.
    score : (Q, 2, K) float64 array, in [0, 1]
        Largest probability of a motif with that event; 0 for none.
    motif : (Q, M, 3) int64 array
        Numbers of the events of each motif, newest first; -1 for none.
    motif_kind : (Q, M) int64 array
        Place in `MOTIF_CLASSES`; -1 for none.
    motif_score : (Q, M) float64 array
    drawn, counted, null : (13,) float64 arrays
        Share of each class: among all motifs that were drawn, of the sum of their scores, and where times are shuffled.
    sparsity : (S,) float64 array
        Share of the events that were kept.
    fidelity : mapping of str to Fidelity
        "temp_me" and its rivals, on the same queries.
    """

    src: Ids
    dst: Ids
    time: Floats
    negative: NDArray[np.bool_]
    value: Floats
    event: Ids
    score: Floats
    motif: Ids
    motif_kind: Ids
    motif_score: Floats
    drawn: Floats
    counted: Floats
    null: Floats
    sparsity: Floats
    fidelity: Mapping[str, Fidelity]

    def top(self, query: int, n: int = 5) -> list[tuple[tuple[int, ...], int, float]]:
        """Give a query's best motifs.

        Parameters
        ----------
        query : int
        n : int

        Returns
        -------
        list of (events, class, score)
            Each motif once, however often it was drawn.
        """
        found: dict[tuple[int, ...], tuple[int, float]] = {}
        for k in np.argsort(-self.motif_score[query], kind="stable").tolist():
            if self.motif_kind[query, k] < 0:
                continue
            events = tuple(int(e) for e in self.motif[query, k] if e >= 0)
            found.setdefault(events, (int(self.motif_kind[query, k]), float(self.motif_score[query, k])))
        return [(events, *told) for events, told in list(found.items())[:n]]
