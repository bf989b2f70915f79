"""The test of alignment by loops: every null course written out, every correlation by its definition."""

import itertools
import math


def correlation(x, y):
    n = len(x)
    a, b = sum(x) / n, sum(y) / n
    top = sum((u - a) * (v - b) for u, v in zip(x, y, strict=True))
    left, right = sum((u - a) ** 2 for u in x), sum((v - b) ** 2 for v in y)
    return top / math.sqrt(left * right) if left > 1e-20 and right > 1e-20 else math.nan


def turned(course):
    n, out = len(course), []
    for k in range(1, n):
        out.append([course[(t - k) % n] for t in range(n)])
    back = list(reversed(course))
    for k in range(n):
        out.append([back[(t - k) % n] for t in range(n)])
    return out


def stepped(course):
    steps = [b - a for a, b in itertools.pairwise(course)]
    out = []
    for order in turned(steps):
        level, column = 0.0, [0.0]
        for step in order:
            level += step
            column.append(level)
        out.append(column)
    return out


def pvalue(versions, target, alternative):
    def statistic(course):
        return sum(correlation(v, course) for v in versions) / len(versions)

    own, worst = statistic(target), 0.0
    for family in (turned(target), stepped(target)):
        count = 0
        for course in family:
            value = statistic(course)
            if math.isnan(value):
                count += 1
            elif alternative == "two-sided":
                count += abs(value) >= abs(own) - 1e-12
            elif alternative == "less":
                count += value <= own + 1e-12
            else:
                count += value >= own - 1e-12
        worst = max(worst, (1 + count) / (1 + len(family)))
    return own, worst


def figures(rallies, hits, start, stop):
    """Give (hits per rally, hit/miss ratio, catch share) of a window, from (end, hits) of rallies and times of hits."""
    ended = [h for end, h in rallies if start <= end < stop]
    inside = sum(start <= t < stop for t in hits)
    return (
        sum(ended) / len(ended) if ended else math.nan,
        inside / len(ended) if ended else math.nan,
        inside / (inside + len(ended)) if inside + len(ended) else math.nan,
    )
