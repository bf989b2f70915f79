"""Streams by loops over events: who met whom, ranks, precision, signed counters; written from the definitions."""

from collections import defaultdict


def batches_that_cut_ties(start, stop, size):
    """Batches of equal size, whatever falls together: as many published evaluations cut."""
    return [(a, min(a + size, stop)) for a in range(start, stop, size)]


def batches(time, start, stop, size):
    """Batches that wait for the next change of time."""
    out, a = [], start
    while a < stop:
        b = min(a + size, stop)
        while b < stop and time[b] == time[b - 1]:
            b += 1
        out.append((a, b))
        a = b
    return out


def rank(own, others):
    """One plus those above, plus half of those that tie."""
    return 1 + sum(x > own for x in others) + 0.5 * sum(x == own for x in others)


def precision(true, false):
    """Mean over true items of the share of true ones among all that score no lower."""
    shares = []
    for x in true:
        above = sum(y >= x for y in true)
        shares.append(above / (above + sum(y >= x for y in false)))
    return sum(shares) / len(shares)


def area(true, false):
    """How often a true item beats a false one."""
    won = sum((x > y) + 0.5 * (x == y) for x in true for y in false)
    return won / (len(true) * len(false))


class Meetings:
    """Last meetings and popularity, in dictionaries."""

    def __init__(self):
        self.last, self.arrived, self.written, self.now = {}, defaultdict(int), 0, None

    def write(self, events):
        for u, v, t in events:
            self.last[u, v] = max(t, self.last.get((u, v), t))
            self.arrived[v] += 1
            self.written += 1
            self.now = t


def mean_reciprocal_rank(events, pool, start, cuts, score):
    """Rank every event from `start` on among all of a pool, but for the true partners of its source and time.

    `score(known, u, v, t)`: from `Meetings`. Only partners that are told apart are looked at one by one: the others
    share the score of never having met where `score` says so by None.
    """
    known, together = Meetings(), defaultdict(set)
    known.write(events[:start])
    for u, v, t in events[start:]:
        together[u, t].add(v)
    total = 0.0
    for a, b in cuts:
        for u, v, t in events[a:b]:
            own = score(known, u, v, t)
            total += 1 / rank(own, [score(known, u, w, t) for w in pool if w not in together[u, t]])
        known.write(events[a:b])
    return total / (len(events) - start)


def signed_counters(events):
    """The twelve counters of every (u, v, t, sign), from strictly earlier events."""
    rows = []
    for u, v, t, _ in events:
        past = [e for e in events if e[2] < t and e[3] != 0]

        def count(node, end, sign, past=past):
            return sum(1 for e in past if e[end] == node and e[3] == sign)

        def mean(p, n):
            return (p - n) / (p + n + 1)

        row = [count(node, end, sign) for node in (u, v) for end in (0, 1) for sign in (1, -1)]
        row += [mean(row[0], row[1]), mean(row[2], row[3]), mean(row[6], row[7])]
        back = [e for e in past if (e[0], e[1]) == (v, u)]
        last = sum(e[3] for e in back if e[2] == max(x[2] for x in back)) if back else 0
        rows.append([*row, (last > 0) - (last < 0)])
    return rows
