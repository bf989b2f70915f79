"""Comparisons of groups, slowly: sums of squares as differences of least-squares models, tails by drawing."""

import math

import numpy as np


def residual(design, response):
    """Residual sum of squares of a least-squares fit."""
    fitted = design @ np.linalg.lstsq(design, response, rcond=None)[0]
    return float(((response - fitted) ** 2).sum())


def columns(labels):
    """One indicator column per label."""
    names = sorted(set(labels))
    return np.array([[float(one == name) for name in names] for one in labels])


def mixed(scores):
    """Sums of squares of a split-plot design from full and reduced models, subject by subject, cell by cell.

    `scores`: list of groups, each a list of subjects, each a list of one number per condition.
    """
    rows = [
        (g, (g, s), c, value)
        for g, group in enumerate(scores)
        for s, subject in enumerate(group)
        for c, value in enumerate(subject)
    ]
    y = np.array([row[3] for row in rows])
    one = np.ones((len(rows), 1))
    group, subject = columns([row[0] for row in rows]), columns([row[1] for row in rows])
    condition = columns([row[2] for row in rows])
    cell = columns([(row[0], row[2]) for row in rows])
    rss = {
        "1": residual(one, y),
        "g": residual(group, y),
        "s": residual(subject, y),
        "s+c": residual(np.hstack([subject, condition]), y),
        "s+gc": residual(np.hstack([subject, cell]), y),
    }
    return {
        "between": rss["1"] - rss["g"],
        "subjects": rss["g"] - rss["s"],
        "within": rss["s"] - rss["s+c"],
        "interaction": rss["s+c"] - rss["s+gc"],
        "rest": rss["s+gc"],
    }


def t_tail(t, df, steps=200_000):
    """Two-sided tail of Student's t by summing its density."""
    x = np.linspace(0.0, abs(t), steps + 1)
    log_c = math.lgamma((df + 1) / 2) - math.lgamma(df / 2) - 0.5 * math.log(df * math.pi)
    density = np.exp(log_c) * (1 + x * x / df) ** (-(df + 1) / 2)
    return 1 - 2 * float(np.trapezoid(density, x))


def paired(first, second):
    """Paired t from sums, one number after the other."""
    differences = [b - a for a, b in zip(first, second, strict=True)]
    n = len(differences)
    mean = sum(differences) / n
    spread = math.sqrt(sum((d - mean) ** 2 for d in differences) / (n - 1))
    t = mean / (spread / math.sqrt(n))
    return t, t_tail(t, n - 1)


def fisher(groups):
    """F of a one-way analysis as the ratio of two model comparisons."""
    y = np.concatenate([np.asarray(g, float) for g in groups])
    label = columns([k for k, g in enumerate(groups) for _ in g])
    within = residual(label, y)
    between = residual(np.ones((len(y), 1)), y) - within
    return (between / (len(groups) - 1)) / (within / (len(y) - len(groups)))


def welch(groups):
    """Welch's F and its degrees of freedom, term by term as in his paper."""
    k = len(groups)
    w = [len(g) / np.var(g, ddof=1) for g in groups]
    total = sum(w)
    middle = sum(wi * np.mean(g) for wi, g in zip(w, groups, strict=True)) / total
    top = sum(wi * (np.mean(g) - middle) ** 2 for wi, g in zip(w, groups, strict=True)) / (k - 1)
    lost = sum((1 - wi / total) ** 2 / (len(g) - 1) for wi, g in zip(w, groups, strict=True))
    return top / (1 + 2 * (k - 2) / (k * k - 1) * lost), (k * k - 1) / (3 * lost)


def range_tail(q, k, df, draws=400_000, seed=1):
    """Tail of the studentized range by drawing it."""
    rng = np.random.default_rng(seed)
    spread = np.ptp(rng.standard_normal((draws, k)), axis=1)
    scale = np.sqrt(rng.chisquare(df, draws) / df)
    return float((spread / scale > q).mean())
