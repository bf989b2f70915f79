"""Slow and obviously right: measures of a stream by sets, dictionaries and enumeration. Events are (src, dst, time)."""

import itertools

import numpy as np


def bin_of(time, bounds):
    """Give the only bin [start, stop) that holds a time."""
    return next(k for k, (start, stop) in enumerate(bounds) if start <= time < stop)


def pairs_by_bin(events, bounds):
    sets = [set() for _ in bounds]
    for u, v, t in events:
        sets[bin_of(t, bounds)].add((u, v))
    return sets


def new_and_repeated(events, bounds):
    seen, new, repeated = set(), [], []
    for pairs in pairs_by_bin(events, bounds):
        new.append(len(pairs - seen))
        repeated.append(len(pairs & seen))
        seen |= pairs
    return new, repeated


def sides(events, share):
    """Split at the quantile of time, by hand: sorted times, linear between neighbours; it is trained on itself."""
    times = sorted(t for _, _, t in events)
    place = share * (len(times) - 1)
    low = int(place)
    high = min(low + 1, len(times) - 1)
    cut = times[low] + (times[high] - times[low]) * (place - low)
    return [e for e in events if e[2] <= cut], [e for e in events if e[2] > cut]


def split_numbers(events, share):
    """Give surprise, reoccurrence and repeat share; None where there is nothing to share."""
    before, after = sides(events, share)
    train, test = {e[:2] for e in before}, {e[:2] for e in after}
    return (
        len(test - train) / len(test) if test else None,
        len(train & test) / len(train) if train else None,
        sum(e[:2] in train for e in after) / len(after) if after else None,
    )


def gaps(events, owners):
    """Give the times between consecutive events of every owner; `owners` names whom an event belongs to."""
    moments = {}
    for event in events:
        for owner in set(owners(event)):
            moments.setdefault(owner, []).append(event[2])
    return {o: [b - a for a, b in itertools.pairwise(sorted(t))] for o, t in moments.items()}


def temporal_motifs(events, window):
    """Try every triple of events in every order that time allows."""
    found = {}
    for three in itertools.combinations(sorted((e for e in events if e[0] != e[1]), key=lambda e: e[2]), 3):
        if not three[0][2] < three[1][2] < three[2][2] or three[2][2] - three[0][2] > window:
            continue
        names, words = {}, []
        for k, (u, v, _) in enumerate(three):
            if k and u not in names and v not in names:
                break
            words.append("".join(str(names.setdefault(x, len(names))) for x in (u, v)))
        if len(words) == 3 and len(names) <= 3:
            found[" ".join(words)] = found.get(" ".join(words), 0) + 1
    return found


def signs(events, weights):
    """Give the sign of the summed weight of every unordered pair that does not cancel."""
    total = {}
    for (u, v, _), w in zip(events, weights, strict=True):
        if u != v:
            total[frozenset((u, v))] = total.get(frozenset((u, v)), 0) + w
    return {pair: np.sign(w) for pair, w in total.items() if w != 0}


def signed_triangles(sign):
    counts = [0, 0, 0, 0]
    nodes = sorted({i for pair in sign for i in pair})
    for three in itertools.combinations(nodes, 3):
        found = [sign.get(frozenset(pair)) for pair in itertools.combinations(three, 2)]
        if None not in found:
            counts[sum(s < 0 for s in found)] += 1
    return counts


def frustration(sign, n_nodes):
    """Try every division into two camps."""
    return min(frustrated(sign, side) for side in itertools.product((0, 1), repeat=n_nodes))


def frustrated(sign, side):
    return sum((side[min(pair)] == side[max(pair)]) != (s > 0) for pair, s in sign.items())
