"""Hidden Markov chains in log space: smoothing, filtering and the most probable path, over runs laid end to end.

Sums of probabilities are taken as logarithms throughout, so that no number of units makes all states underflow.

References
----------
Rabiner (1989), Proceedings of the IEEE 77: forward-backward recursions and the Viterbi path.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def _log_sum(row):  # type: ignore[no-untyped-def]
    top = -np.inf
    for value in row:
        top = max(top, value)
    if top == -np.inf:
        return top
    total = 0.0
    for value in row:
        total += math.exp(value - top)
    return top + math.log(total)


@njit(cache=True, nogil=True)
def filter_chain(log_emission, pointer, log_initial, log_transition, log_forward):  # type: ignore[no-untyped-def]
    """Forward recursion.

    Parameters
    ----------
    log_emission : (T, S) float64 array
        Log-density of each sample under each state; 0 in every state says nothing.
    pointer : (K + 1,) int64 array
        Run k holds samples [pointer[k], pointer[k + 1]); the chain starts anew in each.
    log_initial : (S,) float64 array
    log_transition : (S, S) float64 array
        ``[from, to]``; minus infinity forbids.
    log_forward : (T, S) float64 array, filled
        Log of the joint density of the samples so far and the state.

    Returns
    -------
    (K,) float64 array
        Log-likelihood of each run.
    """
    n_states = log_emission.shape[1]
    total = np.zeros(len(pointer) - 1)
    term = np.empty(n_states)
    for k in range(len(pointer) - 1):
        for t in range(pointer[k], pointer[k + 1]):
            for j in range(n_states):
                if t == pointer[k]:
                    log_forward[t, j] = log_initial[j] + log_emission[t, j]
                else:
                    for i in range(n_states):
                        term[i] = log_forward[t - 1, i] + log_transition[i, j]
                    log_forward[t, j] = _log_sum(term) + log_emission[t, j]
        if pointer[k] < pointer[k + 1]:
            total[k] = _log_sum(log_forward[pointer[k + 1] - 1])
    return total


@njit(cache=True, nogil=True)
def smooth_chain(log_emission, pointer, log_initial, log_transition, posterior, moves):  # type: ignore[no-untyped-def]
    """Forward-backward: the posterior of the state at each sample, and expected moves between states.

    Parameters
    ----------
    log_emission, pointer, log_initial, log_transition
        As in `filter_chain`.
    posterior : (T, S) float64 array, filled
        Rows sum to 1.
    moves : (S, S) float64 array, filled
        Expected number of moves ``[from, to]``, over all runs.

    Returns
    -------
    (K,) float64 array
        Log-likelihood of each run.

    Notes
    -----
    Time O(T S^2); a run whose log-likelihood is minus infinity leaves NaN in its posterior.
    """
    n_states = log_emission.shape[1]
    total = filter_chain(log_emission, pointer, log_initial, log_transition, posterior)
    moves[:] = 0.0
    back, before, term = np.zeros(n_states), np.zeros(n_states), np.empty(n_states)
    for k in range(len(pointer) - 1):
        back[:] = 0.0
        for t in range(pointer[k + 1] - 1, pointer[k] - 1, -1):
            if t > pointer[k]:
                for i in range(n_states):
                    for j in range(n_states):
                        term[j] = log_transition[i, j] + log_emission[t, j] + back[j]
                        moves[i, j] += math.exp(posterior[t - 1, i] + term[j] - total[k])
                    before[i] = _log_sum(term)
            norm = 0.0
            for j in range(n_states):
                posterior[t, j] = math.exp(posterior[t, j] + back[j] - total[k])
                norm += posterior[t, j]
            for j in range(n_states):
                posterior[t, j] /= norm
            back[:] = before
    return total


@njit(cache=True, nogil=True)
def likeliest_path(log_emission, pointer, log_initial, log_transition, path):  # type: ignore[no-untyped-def]
    """Viterbi: the most probable sequence of states of each run; of equals the state with the lowest number.

    Parameters
    ----------
    log_emission, pointer, log_initial, log_transition
        As in `filter_chain`.
    path : (T,) int64 array, filled

    Returns
    -------
    (K,) float64 array
        Log of the joint density of samples and path.
    """
    n_samples, n_states = log_emission.shape
    total = np.zeros(len(pointer) - 1)
    came = np.zeros((n_samples, n_states), np.int32)
    best, following = np.empty(n_states), np.empty(n_states)
    for k in range(len(pointer) - 1):
        if pointer[k] == pointer[k + 1]:
            continue
        best[:] = log_initial + log_emission[pointer[k]]
        for t in range(pointer[k] + 1, pointer[k + 1]):
            for j in range(n_states):
                top, where = best[0] + log_transition[0, j], 0
                for i in range(1, n_states):
                    value = best[i] + log_transition[i, j]
                    if value > top:
                        top, where = value, i
                following[j] = top + log_emission[t, j]
                came[t, j] = where
            best[:] = following
        last = 0
        for j in range(1, n_states):
            if best[j] > best[last]:
                last = j
        total[k] = best[last]
        for t in range(pointer[k + 1] - 1, pointer[k] - 1, -1):
            path[t] = last
            last = came[t, last]
    return total
