"""Information from dictionaries of counts and from all distances, as the definitions read."""

import math
from collections import Counter

import numpy as np
from scipy.special import digamma


def entropy(states):
    """Plug-in, nats."""
    n = len(states)
    return -sum(c / n * math.log(c / n) for c in Counter(states).values())


def plug_in(x, y):
    """Mutual information of two lists of states, nats."""
    return entropy(list(x)) + entropy(list(y)) - entropy(list(zip(x, y, strict=True)))


def miller(x, y):
    """What Miller's correction adds."""
    both = set(zip(x, y, strict=True))
    return (len(set(x)) + len(set(y)) - len(both) - 1) / (2 * len(x))


def transfer(source, target, history, source_history, delay, longest, others=()):
    """Transfer entropy of two lists of states at one delay, given other (list, delay), with Miller's correction."""
    rows = []
    for t in range(longest, len(target)):
        past = [target[t - k] for k in range(1, history + 1)] + [u[t - d] for u, d in others]
        drive = tuple(source[t - delay - k] for k in range(source_history))
        rows.append((target[t], tuple(past), drive))
    yp, p = [(y, q) for y, q, _ in rows], [q for _, q, _ in rows]
    yps, ps = rows, [(q, s) for _, q, s in rows]
    value = entropy(yp) - entropy(p) - entropy(yps) + entropy(ps)
    seen = len(set(yp)) - len(set(p)) - len(set(yps)) + len(set(ps))
    free = sum(
        (len({y for y, r, _ in rows if r == q}) - 1) * (len({s for _, r, s in rows if r == q}) - 1) for q in set(p)
    )
    return value, seen / (2 * len(rows)), free


def kraskov(x, y, k):
    """First algorithm of Kraskov et al., all distances at once."""
    dx, dy = np.abs(x[:, None] - x), np.abs(y[:, None] - y)
    both = np.maximum(dx, dy)
    np.fill_diagonal(both, np.inf)
    total = 0.0
    for t in range(len(x)):
        reach = np.sort(both[t])[k - 1]
        total += digamma(np.sum(dx[t] < reach)) + digamma(np.sum(dy[t] < reach))
    return digamma(k) + digamma(len(x)) - total / len(x)


def frenzel(y, past, x, k):
    """Conditional information of Frenzel and Pompe, all distances at once; `past` and `x` are (T, .)."""

    def gaps(z):
        return np.abs(z[:, None, :] - z[None]).max(axis=2)

    dy, dp, dx = gaps(y[:, None]), gaps(past), gaps(x)
    both = np.maximum(np.maximum(dy, dp), dx)
    np.fill_diagonal(both, np.inf)
    total = 0.0
    for t in range(len(y)):
        reach = np.sort(both[t])[k - 1]
        total += digamma(np.sum(dp[t] < reach))
        total -= digamma(np.sum(np.maximum(dy, dp)[t] < reach)) + digamma(np.sum(np.maximum(dx, dp)[t] < reach))
    return digamma(k) + total / len(y)


def regression_transfer(x, source, target, history, source_history, delay, longest, others=()):
    """Half the log ratio of residual variances of two least-squares fits with a constant."""
    rows = range(longest, len(x))
    y = np.array([x[t, target] for t in rows])
    known = [[1.0, *(x[t - k, target] for k in range(1, history + 1)), *(x[t - d, u] for u, d in others)] for t in rows]
    more = [[x[t - delay - k, source] for k in range(source_history)] for t in rows]

    def rest(design):
        return np.sum((y - design @ np.linalg.lstsq(design, y, rcond=None)[0]) ** 2)

    return 0.5 * np.log(rest(np.array(known)) / rest(np.hstack([known, more])))
