"""Expected steps and cost until a Markov chain first meets each state: one factorisation per closed class.

References
----------
Kemeny, Snell (1960), Finite Markov Chains, theorem 4.4.7, for the fundamental matrix; Hunter (1982), Linear Algebra and
its Applications 45:157, for the same with any generalised inverse whose rows sum to one number.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def hitting(step: Floats, cost: Floats) -> tuple[Floats, Floats]:
    """Expect how many steps a chain takes, and what they cost, until each state is met first.

    Parameters
    ----------
    step : (N, N) float64 array
        Probabilities; rows sum to one, or to zero where the chain ends.
    cost : (N,) float64 array
        Expected cost of one step out of each state.

    Returns
    -------
    steps, costs : (N, N) float64 arrays
        ``[i, j]`` from i to j; 0 on the diagonal, infinite where j is missed with positive probability.

    Notes
    -----
    With u any distribution and G = (I - P + 1 u^T)^-1 of a chain with one closed class: pi = u^T G,
    T_ij = (G_jj - G_ij) / pi_j, h = G c and L_ij = h_i - h_j + (pi . c) T_ij. Chains with several closed classes are
    cut into the parts that lead to one of them only; a state in no closed class is met for certain only from states
    that cannot get round it, a small system of its own. O(N^3), and O(E) for each state in no closed class.
    """
    from scipy.linalg import inv

    n = len(step)
    ended = step.sum(axis=1) == 0
    steps = np.full((n, n), np.inf)
    costs = np.full((n, n), np.inf)
    classes, closed, owner = _classes(step, ended)
    for k in closed:
        part = np.flatnonzero(owner == k)
        goal = np.flatnonzero(classes[part] == k)
        if len(goal) == 1 and ended[part[goal[0]]]:
            _alone(step, cost, part, part[goal[0]], steps, costs)
            continue
        system = np.eye(len(part)) - step[np.ix_(part, part)] + 1.0 / len(part)
        inverse = inv(system, overwrite_a=True, check_finite=False)
        pi = inverse.mean(axis=0)[goal]
        level = inverse @ cost[part]
        rate = float(pi @ cost[part[goal]] / pi.sum())
        to = inverse[:, goal]
        passage = (to[goal, np.arange(len(goal))] - to) / pi
        where = np.ix_(part, part[goal])
        steps[where] = passage
        costs[where] = level[:, None] - level[goal] + rate * passage
    _transient(step, cost, np.isin(classes, closed), ended, steps, costs)
    np.fill_diagonal(steps, 0.0)
    np.fill_diagonal(costs, 0.0)
    return steps, costs


def residual(step: Floats, cost: Floats, hit: Floats) -> float:
    """Give the greatest relative error with which `hit` obeys x_ij = cost_i + sum_k P_ik x_kj off the diagonal."""
    finite = np.isfinite(hit)
    known = np.where(finite, hit, 0.0)
    wrong = np.abs(step @ known + cost[:, None] - known)
    np.fill_diagonal(finite, False)
    finite &= known > 0
    return float((wrong[finite] / known[finite]).max()) if finite.any() else 0.0


def _classes(step: Floats, ended: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Label strong classes, name the closed ones, and give each state the closed class it must end in (-1: several)."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import breadth_first_order, connected_components

    links = csr_array(step != 0)
    count, label = connected_components(links, directed=True, connection="strong")
    src, dst = links.nonzero()
    leaves = np.zeros(count, bool)
    leaves[label[src[label[src] != label[dst]]]] = True
    closed = np.flatnonzero(~leaves)
    owner = np.full(len(step), -2)
    back = csr_array(links.T)
    first = np.full(count, -1)
    first[label[::-1]] = np.arange(len(step))[::-1]
    for k in closed:
        above = breadth_first_order(back, first[k], return_predecessors=False)
        owner[above] = np.where(owner[above] == -2, k, -1)
    return label.astype(np.int64), closed, owner


def _alone(step: Floats, cost: Floats, part: NDArray[np.int64], goal: int, steps: Floats, costs: Floats) -> None:
    """Solve for the one state in which a part of the chain ends."""
    rest = part[part != goal]
    if len(rest):
        both = np.column_stack([np.ones(len(rest)), cost[rest]])
        found = np.linalg.solve(np.eye(len(rest)) - step[np.ix_(rest, rest)], both)
        steps[rest, goal], costs[rest, goal] = found.T


def _transient(
    step: Floats,
    cost: Floats,
    closed: NDArray[np.bool_],
    ended: NDArray[np.bool_],
    steps: Floats,
    costs: Floats,
) -> None:
    from scipy.sparse import csr_array

    targets = np.flatnonzero(~closed)
    if len(targets) == 0:
        return
    back = csr_array((step != 0).T)
    offsets, source = back.indptr.astype(np.int64), back.indices.astype(np.int64)
    for j in targets.tolist():
        free = reached_around(offsets, source, closed | ended, j)
        _alone(step, cost, np.flatnonzero(~free), j, steps, costs)


@njit(cache=True, nogil=True)
def reached_around(offsets, source, goals, without):  # type: ignore[no-untyped-def]
    """Mark the states, `without` excepted, from which some of `goals` can be reached without passing `without`."""
    n = len(offsets) - 1
    seen = goals.copy()
    queue = np.empty(n, np.int64)
    tail = 0
    for i in range(n):
        if seen[i]:
            queue[tail] = i
            tail += 1
    head = 0
    while head < tail:
        j = queue[head]
        head += 1
        for e in range(offsets[j], offsets[j + 1]):
            i = source[e]
            if i != without and not seen[i]:
                seen[i] = True
                queue[tail] = i
                tail += 1
    return seen
