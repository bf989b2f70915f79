"""Expected steps and cost until a Markov chain first meets each state, to the last digits whatever its chances.

References
----------
Kemeny, Snell (1960), Finite Markov Chains, chapter 4, for first passages. The elimination without subtraction is in
`interplay.ops.elimination`.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from interplay.ops.elimination import first_visits, leaky_inverse

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


def hitting(step: Floats, cost: Floats) -> Floats:
    """Expect what a chain pays until each state is met first.

    Parameters
    ----------
    step : (N, N) float64 array
        Probabilities; rows sum to one, or to zero where the chain ends.
    cost : (N, M) float64 array, >= 0
        Expected cost of one step out of each state, in M currencies; a currency of ones counts steps.

    Returns
    -------
    (M, N, N) float64 array
        ``[:, i, j]`` from i to j; 0 on the diagonal, infinite where j is missed with positive probability, or where the
        answer exceeds every float.

    Notes
    -----
    Chains with several closed classes are cut into the parts that lead to one of them only. A state in no closed class
    is met for certain only from states that cannot get round it: these sets are the branches of a tree, the tree of
    post-dominators, and an answer on a branch is reused by all that hold it. O(N^3). Only chances off the diagonal are
    used: that rows sum to one is what the answer means, and no rounding of it enters.
    """
    n = len(step)
    rate = step.copy()
    np.fill_diagonal(rate, 0.0)
    out = np.full((cost.shape[1], n, n), np.inf)
    ended = step.sum(axis=1) == 0
    classes, closed, owner = _classes(step)
    with np.errstate(over="ignore", invalid="ignore"):
        for k in closed:
            part = np.flatnonzero(owner == k)
            inside = classes[part] == k
            goal, rest = part[inside], part[~inside]
            found = first_visits(rate[np.ix_(goal, goal)], cost[goal])
            out[:, goal[:, None], goal] = found
            if len(rest):
                into = rate[np.ix_(rest, goal)]
                inverse = leaky_inverse(rate[np.ix_(rest, rest)], into.sum(axis=1))
                for c in range(len(out)):
                    out[c][np.ix_(rest, goal)] = inverse @ (cost[rest, c, None] + into @ found[c])
        _transient(rate, cost, np.isin(classes, closed) | ended, out)
    out[:, np.arange(n), np.arange(n)] = 0.0
    out[np.isnan(out)] = np.inf
    return out


def residual(step: Floats, cost: Floats, hit: Floats) -> float:
    """Give the greatest relative error with which `hit` obeys x_ij = cost_i + sum_k P_ik x_kj off the diagonal."""
    finite = np.isfinite(hit)
    known = np.where(finite, hit, 0.0)
    wrong = np.abs(step @ known + cost[:, None] - known)
    np.fill_diagonal(finite, False)
    finite &= known > 0
    return float((wrong[finite] / known[finite]).max()) if finite.any() else 0.0


def _classes(step: Floats) -> tuple[Ints, Ints, Ints]:
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


def _transient(rate: Floats, cost: Floats, exits: Bools, out: Floats) -> None:
    """Fill the columns of states that are in no closed class, `exits` being all others."""
    from scipy.sparse import csr_array

    targets = np.flatnonzero(~exits)
    if len(targets) == 0:
        return
    n = len(rate)
    back = csr_array((rate != 0).T)
    offsets, source = back.indptr.astype(np.int64), back.indices.astype(np.int64)
    branch = {}
    parent, least = np.full(n, -1), np.full(n, n + 1)
    for j in targets.tolist():
        inside = ~reached_around(offsets, source, exits, j)
        inside[j] = False
        members = np.flatnonzero(inside)
        if len(members):
            branch[j] = members
            closer = members[len(members) < least[members]]
            parent[closer], least[closer] = j, len(members)
    # From the tips of the tree inwards: `top` is the state last solved for that a walk from here must meet.
    top = np.arange(n)
    paid = np.zeros((n, cost.shape[1]))
    for j in sorted(branch, key=lambda state: len(branch[state])):
        members = branch[j]
        kids = members[parent[members] == j]
        place = np.full(n, -1)
        place[kids] = np.arange(len(kids))
        chance = rate[np.ix_(kids, members)]
        among = np.zeros((len(kids), len(kids)))
        np.add.at(among.T, place[top[members]], chance.T)
        np.fill_diagonal(among, 0.0)
        found = leaky_inverse(among, rate[kids, j]) @ (cost[kids] + chance @ paid[members])
        paid[members] += found[place[top[members]]]
        top[members] = j
        out[:, members, j] = paid[members].T


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
