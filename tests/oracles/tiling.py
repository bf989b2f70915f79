"""The spike time tiling coefficient as its definition reads: double loops, plain numbers."""

import math

#: Two spikes coincide up to this excess over the lag, s.
SLACK = 2.0**-31


def _covered(train, before, after, length):
    tiles = sorted((max(t - before, 0.0), min(t + after, length)) for t in train)
    total, reached = 0.0, 0.0
    for low, high in tiles:
        low = max(low, reached)
        if high > low:
            total += high - low
            reached = high
    return total


def _share(train, other, low, high):
    return sum(any(low <= u - t <= high for u in other) for t in train) / len(train)


def _term(p, t):
    return 1.0 if abs(p * t - 1.0) < 1e-15 else (p - t) / (1.0 - p * t)


def sttc(a, b, length, lag, *, directed=False):
    """Of two trains in [0, length]; NaN if one is silent. Directed: from `a` to `b`."""
    if len(a) == 0 or len(b) == 0:
        return math.nan
    if directed:
        # "Following" means later by more than rounding.
        p_a = _share(a, b, SLACK * (1 + 1e-6), lag + SLACK)
        p_b = _share(b, a, -lag - SLACK, -SLACK * (1 + 1e-6))
        t_a, t_b = _covered(a, 0.0, lag, length) / length, _covered(b, lag, 0.0, length) / length
    else:
        p_a, p_b = _share(a, b, -lag - SLACK, lag + SLACK), _share(b, a, -lag - SLACK, lag + SLACK)
        t_a, t_b = (_covered(x, lag, lag, length) / length for x in (a, b))
    return 0.5 * (_term(p_a, t_b) + _term(p_b, t_a))
