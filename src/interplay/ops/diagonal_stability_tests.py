"""Closed-form tests of diagonal stability: each proposes a scaling q, or finds a condition broken.

References
----------
Berman, Hershkowitz (1983), SIAM Journal on Algebraic and Discrete Methods 4:377, for matrices whose graph is a forest.
Redheffer (1985), SIAM Journal on Algebraic and Discrete Methods 6:592, for three units.
Davydov, Proskurnikov, Bullo (2021), arXiv 2110.08298, for the majorant with nonnegative off-diagonal.
Tsatsomeros, Li (2000), BIT 40, for all principal minors by Schur complements.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def majorant_scaling(matrix: Floats) -> Floats | None:
    """Propose q from the majorant M (diagonal of A, absolute values elsewhere), if M is Hurwitz.

    Parameters
    ----------
    matrix : (N, N) float array, diagonal < 0

    Returns
    -------
    (N,) float array or None
        eta / xi, with -M xi = 1 and -M' eta = 1; None if either has an entry that is not positive, which is so iff M is
        not Hurwitz.
    """
    majorant = -np.abs(matrix)
    np.fill_diagonal(majorant, -np.diag(matrix))
    ones = np.ones(len(matrix))
    try:
        xi, eta = np.linalg.solve(majorant, ones), np.linalg.solve(majorant.T, ones)
    except np.linalg.LinAlgError:
        return None
    good = np.isfinite(xi).all() and np.isfinite(eta).all() and (xi > 0).all() and (eta > 0).all()
    return eta / xi if good else None


def irreducible_blocks(matrix: Floats) -> list[Ints]:
    """Split the units into strongly connected groups, every group before those that it drives.

    Parameters
    ----------
    matrix : (N, N) float array
        `matrix[post, pre]`; the diagonal does not count.

    Returns
    -------
    list of (n_k,) int64 arrays
        Ordered so that `matrix[earlier, later]` is zero.
    """
    from scipy.sparse.csgraph import connected_components

    n = len(matrix)
    linked = matrix != 0
    np.fill_diagonal(linked, False)
    count, label = connected_components(linked, directed=True, connection="strong")
    member = np.zeros((count, n), dtype=np.int64)
    member[label, np.arange(n)] = 1
    drives = (member @ linked.T.astype(np.int64) @ member.T) > 0  # [source group, target group]
    np.fill_diagonal(drives, False)
    order: list[int] = []
    waiting = drives.sum(0)
    ready = [int(k) for k in np.flatnonzero(waiting == 0)]
    while ready:
        group = ready.pop(0)
        order.append(group)
        for target in np.flatnonzero(drives[group]):
            waiting[target] -= 1
            if waiting[target] == 0:
                ready.append(int(target))
    return [np.flatnonzero(label == group) for group in order]


def join_blocks(matrix: Floats, blocks: list[Ints], scalings: list[Floats]) -> Floats | None:
    """Weigh the certificates of the irreducible blocks so that together they certify the whole.

    Parameters
    ----------
    matrix : (N, N) float array
    blocks : list of (n_k,) int arrays
        As given by `irreducible_blocks`.
    scalings : list of (n_k,) float arrays
        A certificate of every diagonal block.

    Returns
    -------
    (N,) float array or None
        None if the numbers leave the range of double precision.

    Notes
    -----
    With F the form of the units joined so far and c G that of the next block, the whole is positive definite iff c
    times the largest eigenvalue of G^-1/2 X F^-1 X' G^-1/2 is below 1; c is at most half of that. A Cholesky factor
    grows block by block: time O(N^3) in all.
    """
    from scipy.linalg import solve_triangular

    n = len(matrix)
    if len(blocks) == 1:
        return scalings[0]
    order = np.concatenate(blocks)
    root = np.zeros((n, n))
    q = np.zeros(n)
    done = 0
    for block, scaling in zip(blocks, scalings, strict=True):
        part = scaling / scaling.max()
        own = part[:, None] * matrix[np.ix_(block, block)]
        own = -(own + own.T)
        across = -part[:, None] * matrix[np.ix_(block, order[:done])]
        try:
            reach = solve_triangular(root[:done, :done], across.T, lower=True).T if done else across
            inner = solve_triangular(np.linalg.cholesky(own), reach, lower=True) if done else across
            largest = float(np.linalg.norm(inner, 2)) if inner.any() else 0.0
            weight = min(1.0, 0.5 / largest / largest) if largest > 0 else 1.0
            stop = done + len(block)
            root[done:stop, :done] = weight * reach
            root[done:stop, done:stop] = np.linalg.cholesky(weight * own - weight**2 * reach @ reach.T)
        except (np.linalg.LinAlgError, ValueError):
            return None
        if weight < 1e-290:
            return None
        q[block] = weight * part
        done = stop
    return q if (q > 0).all() and np.isfinite(q).all() else None


def principal_minors(matrix: Floats) -> tuple[float, Ints]:
    """Find the smallest pivot among all principal minors: -A is a P-matrix iff it is positive.

    Parameters
    ----------
    matrix : (N, N) float array
        A. Its rows should be scaled to a diagonal of about -1.

    Returns
    -------
    float, (n_k,) int64 array
        The least ratio det(-A[S]) / det(-A[S without its last unit]) up to the first that is not positive; and its S.

    Notes
    -----
    Time and memory O(2^N).
    """
    n = len(matrix)
    level = -matrix[None]
    sets = np.zeros(1, dtype=np.int64)
    least, place = np.inf, 0
    for unit in range(n):
        pivot = level[:, 0, 0]
        k = int(np.argmin(pivot))
        if pivot[k] < least:
            least, place = float(pivot[k]), int(sets[k]) | 1 << unit
        if least <= 0:
            break
        rest = level[:, 1:, 1:]
        taken = rest - level[:, 1:, :1] * (level[:, :1, 1:] / pivot[:, None, None])
        level = np.concatenate([rest, taken])
        sets = np.concatenate([sets, sets | 1 << unit])
    return least, np.array([i for i in range(n) if place >> i & 1], dtype=np.int64)


def pair_minors(matrix: Floats) -> tuple[float, Ints]:
    """Find the smallest principal minor of two units, relative to the product of its diagonal (N >= 2)."""
    diagonal = np.diag(matrix)
    relative = 1 - matrix * matrix.T / np.outer(diagonal, diagonal)
    np.fill_diagonal(relative, np.inf)
    place = np.unravel_index(np.argmin(relative), relative.shape)
    return float(relative[place]), np.sort(np.array(place, dtype=np.int64))


def reciprocal_scaling(matrix: Floats, *, opposite_only: bool) -> tuple[Floats | None, bool]:
    """Solve q_i |a_ij| = q_j |a_ji| over the pairs that are coupled both ways.

    Parameters
    ----------
    matrix : (N, N) float array
    opposite_only : bool
        Whether only pairs of opposite sign count (excitation one way, inhibition the other): their terms then vanish
        from the form.

    Returns
    -------
    (N,) float array or None, bool
        q (None if the pairs contradict each other by more than rounding, or there are none); and whether the counted
        pairs form a forest.
    """
    n = len(matrix)
    product = matrix * matrix.T
    counted = product < 0 if opposite_only else product != 0
    np.fill_diagonal(counted, False)
    if not counted.any():
        return None, True
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.log(np.abs(matrix)) - np.log(np.abs(matrix.T))  # log(q_j / q_i)
    log_q = np.full(n, np.nan)
    groups = 0
    for start in range(n):
        if not np.isnan(log_q[start]):
            continue
        groups += 1
        log_q[start], waiting = 0.0, [start]
        while waiting:
            i = waiting.pop()
            new = np.flatnonzero(counted[i] & np.isnan(log_q))
            log_q[new] = log_q[i] + ratio[i, new]
            waiting.extend(int(j) for j in new)
    gap = np.abs(log_q[None, :] - log_q[:, None] - ratio)[counted]
    forest = int(np.triu(counted).sum()) == n - groups
    agrees = bool(np.isfinite(gap).all() and gap.max() < 1e-9)
    return (np.exp(log_q - log_q.max()) if agrees else None), forest


def two_units(matrix: Floats) -> tuple[Floats | None, float]:
    """Decide N = 2 exactly: q exists iff both diagonal entries are negative and the determinant is positive.

    Returns
    -------
    (2,) float array or None, float
        q and the determinant relative to the product of the diagonal.
    """
    a, b, c, d = (float(x) for x in matrix.ravel())
    determinant = 1 - b * c / (a * d)
    if a >= 0 or d >= 0 or determinant <= 0:
        return None, determinant
    if b != 0 and c != 0:
        ratio = abs(c / b)
    elif b != 0:
        ratio = a * d / b**2
    else:
        ratio = c**2 / (a * d) if c != 0 else 1.0
    return np.array([ratio, 1.0]), determinant


def three_units(matrix: Floats) -> tuple[Floats | None, float]:
    """Decide N = 3 exactly by Redheffer's common ratio.

    Returns
    -------
    (3,) float array or None, float
        q; and the logarithm of the upper over the lower end of the interval in which q_1 / q_2 may lie (> 0 iff q
        exists; NaN if one of the two intervals is empty).
    """
    try:
        inverse = np.linalg.inv(matrix)
    except np.linalg.LinAlgError:
        return None, float("nan")
    first, second = _ratios(matrix[:2, :2]), _ratios(inverse[:2, :2])
    if matrix[2, 2] >= 0 or first is None or second is None:
        return None, float("nan")
    low, high = max(first[0], second[0]), min(first[1], second[1])
    if not 0 <= low < high:
        return None, float(np.log(high / low)) if low > 0 and high > 0 else float("nan")
    width = float(np.log(high / low)) if low > 0 else float("inf")
    q1 = float(np.sqrt(low * high)) if low > 0 and np.isfinite(high) else (2 * low if low > 0 else high / 2)
    q1 = q1 if np.isfinite(q1) and q1 > 0 else 1.0
    two = np.array([q1, 1.0])
    form = two[:, None] * matrix[:2, :2]
    form = -(form + form.T)
    onto, out = two * matrix[:2, 2], matrix[2, :2]
    with np.errstate(all="ignore"):
        try:
            solved = np.linalg.solve(form, np.stack([onto, out], axis=1))
        except np.linalg.LinAlgError:
            return None, width
    linear, square = -2 * matrix[2, 2] - 2 * float(out @ solved[:, 0]), float(out @ solved[:, 1])
    q3 = linear / (2 * square) if square > 0 else 1.0
    return (np.array([q1, 1.0, q3]) if q3 > 0 else None), width


def _ratios(block: NDArray[np.floating]) -> tuple[float, float] | None:
    """Open interval of r with (r b12 + b21)^2 < 4 r b11 b22."""
    (b11, b12), (b21, b22) = block.tolist()
    room = 2 * b11 * b22 - b12 * b21
    inner = b11 * b22 * (b11 * b22 - b12 * b21)
    if b11 >= 0 or b22 >= 0 or inner <= 0:
        return None
    if b12 == 0:
        return b21**2 / (4 * b11 * b22), float("inf")
    high = (room + 2 * np.sqrt(inner)) / b12**2
    return b21**2 / (high * b12**2), high
