"""Correlation as its definition reads, one pair at a time."""

import math
from fractions import Fraction


def pearson(a, b):
    """In whole fractions, rounded once at the end; NaN where either is constant."""
    if len(set(a)) == 1 or len(set(b)) == 1:
        return math.nan
    a, b = [Fraction(x) for x in a], [Fraction(y) for y in b]
    ma, mb = sum(a) / len(a), sum(b) / len(b)
    ab = sum((x - ma) * (y - mb) for x, y in zip(a, b, strict=True))
    aa, bb = sum((x - ma) ** 2 for x in a), sum((y - mb) ** 2 for y in b)
    return math.copysign(math.sqrt(ab * ab / (aa * bb)), ab)


def ranks(a):
    """Mean ranks, from 1."""
    return [sum(y < x for y in a) + (1 + sum(y == x for y in a)) / 2 for x in a]


def spearman(a, b):
    return pearson(ranks(a), ranks(b))
