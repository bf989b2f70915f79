"""Ways of scoring the events behind a decision, and how few of them suffice for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from interplay._core.rng import uniform
from interplay.explain.event_queries import Queries
from interplay.explain.event_results import Fidelity
from interplay.measures.recovery import roc_auc

Floats = NDArray[np.float64]

#: Shares of the events that are kept, as published.
SPARSITIES = (0.01, *(round(0.02 * k, 2) for k in range(1, 16)))


def same_events(candidate: torch.Tensor) -> torch.Tensor:
    """Tell which places hold one event, (Q, 2 K, 2 K): an event between both ends stands at each of them."""
    flat = candidate.flatten(1)
    return (flat[:, :, None] == flat[:, None, :]) & (flat >= 0)[:, :, None]


def rival_scores(base: Any, asked: Queries, seed: int) -> Iterator[tuple[str, torch.Tensor]]:
    """Score the events of queries in every way that needs no training.

    Parameters
    ----------
    base : Weighable
    asked : Queries
    seed : int
        Of the random scores.

    Yields
    ------
    name, scores : str, (Q, 2 K) float64 tensor
        "attention" (mean share over the heads; of models that have `attention_shares`), "gradient" (slope over an
        event's weight, times that weight, which is 1, towards the decision), "occlusion" (how far the decision weakens
        without the event), "recency" and "random". One score per event, at each of its places.
    """
    candidate, same = asked.given.candidate, same_events(asked.given.candidate)
    flat, shape = candidate.flatten(1), candidate.shape
    if hasattr(base, "attention_shares"):
        with torch.no_grad():
            shares = [base.attention_shares(asked.state, x, asked.time) for x in (asked.src, asked.dst)]
        yield "attention", _joined(torch.stack(shares, 1).flatten(1), same)
    weights = torch.ones(shape, requires_grad=True)
    with torch.enable_grad():
        logit = asked.logit(base, weights)
        (slope,) = torch.autograd.grad(logit.sum(), weights)
    toward = torch.where(logit.detach() > 0, 1.0, -1.0).double()
    yield "gradient", _joined(slope.flatten(1), same) * toward[:, None]
    with torch.no_grad():
        without = [asked.logit(base, (~same[:, k]).float().view(shape)) for k in range(flat.shape[1])]
    yield "occlusion", toward[:, None] * (logit.detach()[:, None] - torch.stack(without, 1)).double()
    yield "recency", flat.double()
    key = (asked.number * 2 + asked.negative)[:, None]
    yield "random", torch.from_numpy(uniform(seed, "rival", key, flat.numpy()))


def _joined(values: torch.Tensor, same: torch.Tensor) -> torch.Tensor:
    """Add up the scores of one event over its places."""
    return (same.double() @ values.double()[:, :, None]).squeeze(-1)


def kept_events(score: torch.Tensor, same: torch.Tensor, share: float) -> torch.Tensor:
    """Keep a share of the distinct events, rounded up, the best scores first.

    Parameters
    ----------
    score : (Q, P) float64 tensor
        Of equal scores, the earlier place wins.
    same : (Q, P, P) bool tensor
        As of `same_events`.
    share : float, in (0, 1]

    Returns
    -------
    (Q, P) bool tensor
        An event that is kept is kept at all of its places.
    """
    leads = same.diagonal(dim1=1, dim2=2) & ~(same & torch.ones_like(same).tril(-1)).any(2)
    order = torch.argsort(torch.where(leads, -score, torch.inf), dim=1, stable=True)
    rank = torch.argsort(order, dim=1, stable=True)
    wanted = torch.ceil(share * leads.sum(1, keepdim=True) - 1e-9)
    chosen = leads & (rank < wanted)
    kept: torch.Tensor = (same & chosen[:, None, :]).any(2)
    return kept


class FidelityTally:
    """Gathers what the model says of kept events, batch by batch.

    Parameters
    ----------
    base : Weighable
    sparsities : tuple of float
    """

    def __init__(self, base: Any, sparsities: tuple[float, ...]) -> None:
        self._base, self._sparsities = base, sparsities
        self._whole: list[Floats] = []
        self._part: dict[str, list[Floats]] = {}

    def add(self, asked: Queries, whole: torch.Tensor, told: bool, name: str, score: torch.Tensor) -> None:
        """Take in one way's (Q, 2 K) scores; `told` once per batch, when `whole`, its logits, are to be remembered."""
        same, shape = same_events(asked.given.candidate), asked.given.candidate.shape
        if told:
            self._whole.append(whole.double().numpy())
        with torch.no_grad():
            found = [
                asked.logit(self._base, kept_events(score.double(), same, s).float().view(shape)).double().numpy()
                for s in self._sparsities
            ]
        self._part.setdefault(name, []).append(np.stack(found, 1))

    def result(self, counts: NDArray[np.bool_]) -> dict[str, Fidelity]:
        """Give the means over the queries that count."""
        whole = np.concatenate(self._whole)[counts]
        return {name: _fidelity(whole, np.concatenate(parts)[counts]) for name, parts in self._part.items()}


def _fidelity(whole: Floats, part: Floats) -> Fidelity:
    """Compare (Q, S) logits of kept events with the (Q,) of all."""
    decided = whole > 0
    toward = np.where(decided, 1.0, -1.0)[:, None]
    both = decided.any() and not decided.all()
    return Fidelity(
        accuracy=((part > 0) == decided[:, None]).mean(0),
        probability=(toward * (_odds(part) - _odds(whole)[:, None])).mean(0),
        logit=(toward * (part - whole[:, None])).mean(0),
        auc=np.array([roc_auc(decided, column) if both else np.nan for column in part.T]),
    )


def _odds(logit: Floats) -> Floats:
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * logit)))
