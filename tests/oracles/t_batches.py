"""t-batches by the longest chain: slow, and by another rule than the library's."""

from __future__ import annotations

from functools import cache


def longest_chains(src, dst):
    """Length - 1 of the longest chain of events that ends in each, an earlier event sharing a node being a link."""
    ends = [{int(a), int(b)} for a, b in zip(src, dst, strict=True)]

    @cache
    def length(e):
        return max((length(k) + 1 for k in range(e) if ends[k] & ends[e]), default=0)

    return [length(e) for e in range(len(ends))]
