"""Slow, obviously right versions of what the room `stats` computes. No code is shared with the library."""

import itertools

import numpy as np


def benjamini_hochberg(p):
    """adjusted_i = min over thresholds t >= p_i of (number of tests) t / (number of p-values <= t)."""
    m = len(p)
    return [min(1.0, min(m * t / sum(q <= t for q in p) for t in p if t >= own)) for own in p]


def holm(p):
    """Step down: the i-th smallest is multiplied by the number of tests not yet passed."""
    m = len(p)
    order = sorted(range(m), key=lambda k: p[k])
    out = [0.0] * m
    worst = 0.0
    for rank, k in enumerate(order):
        worst = max(worst, (m - rank) * p[k])
        out[k] = min(1.0, worst)
    return out


def exact_independent(x, y):
    """Two-sided p of the difference of means, over every way to choose who belongs to the first sample."""
    pool = list(x) + list(y)
    null = []
    for chosen in itertools.combinations(range(len(pool)), len(x)):
        first = [pool[k] for k in chosen]
        second = [pool[k] for k in range(len(pool)) if k not in chosen]
        null.append(sum(first) / len(first) - sum(second) / len(second))
    observed = sum(x) / len(x) - sum(y) / len(y)
    upper = sum(v >= observed - 1e-9 for v in null) / len(null)
    lower = sum(v <= observed + 1e-9 for v in null) / len(null)
    return min(1.0, 2 * min(upper, lower))


def standardise(train, test):
    """Scale features by the training rows; constant ones become 0."""
    mean, spread = train.mean(axis=0), train.std(axis=0)
    good = spread > 1e-12
    return (train - mean)[:, good] / spread[good], (test - mean)[:, good] / spread[good]


def penalty_unit(train):
    """Mean squared length of a centred training row."""
    return float((train**2).sum() / len(train))


def ridge(train, targets, test, penalty):
    """Normal equations with a free intercept, in the space of the features."""
    x = train - train.mean(axis=0)
    lam = penalty * penalty_unit(x)
    weight = np.linalg.solve(x.T @ x + lam * np.eye(x.shape[1]), x.T @ (targets - targets.mean()))
    return (test - train.mean(axis=0)) @ weight + targets.mean()


def discriminant(train, codes, test, n_classes, penalty):
    """score_k(x) = m_k' A x - c_k / 2, class by class and row by row; c_k from every two different rows of the class.

    Products of a row with itself are left out, all rows counted as if they had the mean leverage.
    """
    x = train - train.mean(axis=0)
    a = np.linalg.inv(x.T @ x + penalty * penalty_unit(x) * np.eye(x.shape[1]))
    leverage = np.mean([row @ a @ row for row in x])
    out = []
    for row in test - train.mean(axis=0):
        scores = []
        for k in range(n_classes):
            if not (codes == k).any():
                scores.append(-np.inf)
                continue
            mine = x[codes == k]
            pairs = [p @ a @ q - (leverage if i == j else 0.0) for i, p in enumerate(mine) for j, q in enumerate(mine)]
            held_out = sum(pairs) / max(len(mine) * (len(mine) - 1), 1) / (1 - 1 / len(x) - leverage)
            scores.append(mine.mean(axis=0) @ a @ row - 0.5 * (held_out if len(mine) > 1 else 0.0))
        out.append(int(np.argmax(scores)))
    return np.array(out)


def balanced_accuracy(truth, predicted):
    """Mean over the classes that occur of the share told right."""
    shares = []
    for k in sorted(set(truth)):
        mine = [p == t for p, t in zip(predicted, truth, strict=True) if t == k]
        shares.append(sum(mine) / len(mine))
    return sum(shares) / len(shares)


def share_inside(bounds, start, stop, step=1e-3):
    """Share of each window inside [start, stop), by counting small steps."""
    out = []
    for a, b in bounds:
        t = np.arange(a, b, step) + step / 2
        out.append(((t >= start) & (t < stop)).mean())
    return np.array(out)
