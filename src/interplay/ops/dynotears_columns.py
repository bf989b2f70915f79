"""Sweeps over units for the acyclic least squares of `dynotears`: every unit's weights in turn, by exact steps.

With a price on the cyclicity h = tr exp(W o W) - d, weights onto different units meet in h alone. As a function of the
weights onto one unit j, h grows by E_ji W_ij^2 to first order in the squares, E_ji = exp(W o W)_ji, the weight of
paths from j back to i. So each unit has a lasso with a ridge of 2 price E_ji, however stiff h is; and the row E_j
costs a few products of a sparse matrix with a vector, no matrix exponential.

References
----------
Lee, Battle, Raina, Ng (2006), NeurIPS 19, for steps that keep signs to the next change of one.
"""

from __future__ import annotations

import numpy as np
from numba import njit

_TERMS = 400
_LEAST_TERM = 1e-18
#: Beyond it a term is only known to be large.
_LARGEST = 1e100
_TURNS = 20
_CHANGES = 10
#: Share of a pivot that elimination may leave before the weights count as not determined.
_PIVOT = 1e-10
#: Violation of a unit, relative to the one it had, or to the largest of the last sweep, that is not worked on.
_ENOUGH = 0.03
_IDLE = 0.1


@njit(cache=True, nogil=True)
def _paths(j, coef, parent, count, term, reach):  # type: ignore[no-untyped-def]
    """Fill `reach` with row j of exp(W o W), by its series; give its entry j less 1, the weight of cycles through j."""
    d = len(count)
    term[:] = 0.0
    term[0, j] = 1.0
    reach[:d] = 0.0
    for k in range(1, _TERMS):
        now, then = term[(k - 1) % 2], term[k % 2]
        biggest = 0.0
        for m in range(d):
            total = 0.0
            for e in range(count[m]):
                i = parent[m, e]
                total += now[i] * coef[m, i] * coef[m, i]
            then[m] = min(total / k, _LARGEST)
            reach[m] += then[m]
            biggest = max(biggest, then[m])
        if biggest < _LEAST_TERM:
            break
    back = reach[j]
    reach[j] += 1.0
    return back


@njit(cache=True, nogil=True)
def _violation(c, r, penalty, ridge, scale):  # type: ignore[no-untyped-def]
    """Give the largest distance of a slope from what optimality asks of it, in units of its source."""
    worst = 0.0
    for i in range(len(c)):
        if penalty[i] < np.inf:
            pull = r[i] - ridge[i] * c[i]
            if c[i] > 0:
                off = abs(pull - penalty[i])
            elif c[i] < 0:
                off = abs(pull + penalty[i])
            else:
                off = abs(pull) - penalty[i]
            worst = max(worst, off * scale[i])
    return worst


@njit(cache=True, nogil=True)
def _pass(moment, c, r, penalty, ridge):  # type: ignore[no-untyped-def]
    """Minimise over one weight after another."""
    for i in range(len(c)):
        if penalty[i] < np.inf:
            pull = r[i] + moment[i, i] * c[i]
            size = abs(pull) - penalty[i]
            new = 0.0
            if size > 0.0:
                new = (size if pull > 0 else -size) / (moment[i, i] + ridge[i])
            step = new - c[i]
            if step != 0.0:
                c[i] = new
                for m in range(len(c)):
                    r[m] -= moment[i, m] * step


@njit(cache=True, nogil=True)
def _factorise(moment, ridge, used, k, factor):  # type: ignore[no-untyped-def]
    """Fill `factor` with the Cholesky factor for the first k of `used`; say whether they are not singular."""
    for a in range(k):
        i = used[a]
        for b in range(a + 1):
            total = moment[i, used[b]]
            if a == b:
                total += ridge[i]
            for e in range(b):
                total -= factor[a, e] * factor[b, e]
            if b < a:
                factor[a, b] = total / factor[b, b]
            elif total <= _PIVOT * (moment[i, i] + ridge[i]):
                return False
            else:
                factor[a, a] = np.sqrt(total)
    return True


@njit(cache=True, nogil=True)
def _newton(moment, c, r, penalty, ridge, used, step, factor):  # type: ignore[no-untyped-def]
    """Fill `used` with the weights that are not zero, `step` with their way to the minimum with these signs.

    Gives how many they are, or 0 if their moments are singular to rounding.
    """
    k = 0
    for i in range(len(c)):
        if c[i] != 0.0:
            used[k] = i
            k += 1
    if not _factorise(moment, ridge, used, k, factor):
        return 0
    for a in range(k):
        i = used[a]
        total = r[i] - ridge[i] * c[i] - (penalty[i] if c[i] > 0 else -penalty[i])
        for e in range(a):
            total -= factor[a, e] * step[e]
        step[a] = total / factor[a, a]
    for a in range(k - 1, -1, -1):
        total = step[a]
        for e in range(a + 1, k):
            total -= factor[e, a] * step[e]
        step[a] = total / factor[a, a]
    return k


@njit(cache=True, nogil=True)
def _descend(moment, c, r, penalty, ridge, used, step, factor):  # type: ignore[no-untyped-def]
    """Step to the minimum with the signs at hand; where a weight would change its sign, stop there and go on without.

    The objective is convex and falls with every step.
    """
    for _ in range(_CHANGES):
        k = _newton(moment, c, r, penalty, ridge, used, step, factor)
        if k == 0:
            return
        far, first = 1.0, -1
        for a in range(k):
            now = c[used[a]]
            if now * (now + step[a]) <= 0.0 and -now / step[a] < far:
                far, first = -now / step[a], a
        for a in range(k):
            i = used[a]
            move = -c[i] if a == first else far * step[a]
            c[i] += move
            for m in range(len(c)):
                r[m] -= moment[i, m] * move
        if first < 0:
            return


@njit(cache=True, nogil=True)
def sweep(moment, penalty, scale, coef, left, parent, count, price, acyclic, close, before):  # type: ignore[no-untyped-def]
    """Minimise over the weights onto one unit after another, at a price of the cyclicity.

    `moment` (q, q), symmetric; `penalty`, `coef` and `left` (d, q) have a row for every target, `left` holding
    ``moment[j] - moment @ coef[j]``; `scale` (q,); `parent` (d, d) and `count` (d,) list the instantaneous weights
    onto each unit that are not zero. `coef`, `left`, `parent`, `count` are overwritten. Units that violate
    optimality by less than `close`, or a tenth of `before`, are left as they are.

    Returns the largest violation that any unit had when its turn came, and the cyclicity met on the way.
    """
    d, q = coef.shape
    term, reach, ridge = np.zeros((2, d)), np.zeros(d), np.zeros(q)
    used, step, factor = np.empty(q, dtype=np.int64), np.empty(q), np.empty((q, q))
    worst = cycles = 0.0
    for j in range(d):
        if acyclic:
            cycles += _paths(j, coef, parent, count, term, reach)
            ridge[:d] = 2.0 * price * reach
        c, r, p = coef[j], left[j], penalty[j]
        bad = _violation(c, r, p, ridge, scale)
        worst = max(worst, bad)
        enough = max(close, _ENOUGH * bad)
        if bad <= max(close, _IDLE * before):
            continue
        for _ in range(_TURNS):
            _pass(moment, c, r, p, ridge)
            _descend(moment, c, r, p, ridge, used, step, factor)
            if _violation(c, r, p, ridge, scale) <= enough:
                break
        k = 0
        for i in range(d):
            if c[i] != 0.0:
                parent[j, k] = i
                k += 1
        count[j] = k
    return worst, cycles
