"""Greedy choice of the sources of one target: take the most informative while it tells something, then prune."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from interplay.infer.transfer_scores import Candidate, Scorer


def select_sources(scorer: Scorer, target: int, alpha: float, most: int) -> list[Candidate]:
    """Choose the (unit, delay) that together predict a target beyond its own past.

    Parameters
    ----------
    scorer : Scorer
    target : int
    alpha : float, in (0, 1)
        Of the best of all candidates, corrected for their number, at every step.
    most : int, >= 0
        Largest number taken.

    Returns
    -------
    list of (unit, delay)
        In the order of taking.

    Notes
    -----
    Pruning asks of each one taken, given all others, for the same level; the least certain goes first.
    """
    taken: list[Candidate] = []
    while len(taken) < most:
        found = scorer.scores(target, taken)
        pvalue = np.array(found.pvalue)
        pvalue[target] = 1.0
        for unit, delay in taken:
            pvalue[unit, delay - 1] = 1.0
        n_candidates = pvalue.size - pvalue.shape[1] - len(taken)
        # Far out, p-values are all zero: information breaks the tie.
        order = np.lexsort((-np.nan_to_num(found.information).ravel(), pvalue.ravel()))
        unit, delay = divmod(int(order[0]), pvalue.shape[1])
        if pvalue[unit, delay] * n_candidates > alpha:
            break
        taken.append((unit, delay + 1))
    while taken:
        alone = [_pvalue(scorer, target, taken, k) for k in range(len(taken))]
        worst = int(np.argmax(alone))
        if alone[worst] * len(taken) <= alpha:
            break
        del taken[worst]
    return taken


def _pvalue(scorer: Scorer, target: int, taken: list[Candidate], k: int) -> float:
    unit, delay = taken[k]
    return float(scorer.scores(target, taken[:k] + taken[k + 1 :]).pvalue[unit, delay - 1])


def conditional_scores(
    scorer: Scorer, target: int, taken: list[Candidate]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Score every unit at every delay, given the target's past and what was taken of all other units.

    Returns
    -------
    information, bias, pvalue : (n, D) float64 arrays
    """
    information, bias, pvalue = (np.array(part) for part in scorer.scores(target, taken))
    for unit in {unit for unit, _ in taken}:
        others = [c for c in taken if c[0] != unit]
        own = scorer.scores(target, others)
        information[unit], bias[unit], pvalue[unit] = own.information[unit], own.bias[unit], own.pvalue[unit]
    return information, bias, pvalue
