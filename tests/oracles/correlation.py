"""Correlation as its definition reads, one pair at a time."""

import math


def pearson(a, b):
    """NaN where either is constant."""
    if len(set(a)) == 1 or len(set(b)) == 1:
        return math.nan
    ma, mb = math.fsum(a) / len(a), math.fsum(b) / len(b)
    ab = math.fsum((x - ma) * (y - mb) for x, y in zip(a, b, strict=True))
    aa, bb = math.fsum((x - ma) ** 2 for x in a), math.fsum((y - mb) ** 2 for y in b)
    return ab / math.sqrt(aa * bb)


def ranks(a):
    """Mean ranks, from 1."""
    return [sum(y < x for y in a) + (1 + sum(y == x for y in a)) / 2 for x in a]


def spearman(a, b):
    return pearson(ranks(a), ranks(b))
