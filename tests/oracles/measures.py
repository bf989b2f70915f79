"""Slow twins of the measures, written from their definitions with loops and enumeration only."""

import itertools
import math


def layer(a, name):
    n = len(a)
    pick = {"positive": lambda w: max(w, 0.0), "negative": lambda w: max(-w, 0.0), "absolute": abs}[name]
    return [[pick(float(a[i][j])) if i != j else 0.0 for j in range(n)] for i in range(n)]


def clustering(a, directed, weighted):
    """Per node, over ordered pairs of other nodes and all orientations of the three links."""
    n = len(a)
    top = max((w for row in a for w in row), default=0.0)
    link = [[(math.pow(w / top, 1 / 3) if weighted else 1.0) if w > 0 else 0.0 for w in row] for row in a]
    out = []
    for i in range(n):
        total, room = 0.0, 0
        for j, k in itertools.permutations([x for x in range(n) if x != i], 2):
            if not directed:
                total += link[i][j] * link[j][k] * link[k][i]
                room += link[i][j] > 0 and link[k][i] > 0
                continue
            for first in (link[i][j], link[j][i]):
                for second in (link[j][k], link[k][j]):
                    for third in (link[k][i], link[i][k]):
                        total += first * second * third
            # Each pair of links of i, to two different nodes, could be closed in two directions.
            for first in (a[i][j], a[j][i]):
                for third in (a[k][i], a[i][k]):
                    room += 2 if first > 0 and third > 0 else 0
        out.append(total / room if room else math.nan)
    return out


def distances(length):
    """Shortest simple path by enumeration of all simple paths; length[i][j] is infinite without an edge."""
    n = len(length)
    best = [[0.0 if i == j else math.inf for j in range(n)] for i in range(n)]

    def walk(start, node, seen, gone):
        for other in range(n):
            if other not in seen and length[node][other] < math.inf:
                far = gone + length[node][other]
                best[start][other] = min(best[start][other], far)
                walk(start, other, seen | {other}, far)

    for i in range(n):
        walk(i, i, {i}, 0.0)
    return best


def global_efficiency(a, weighted):
    n = len(a)
    if n < 2:
        return math.nan
    length = [[(1 / w if weighted else 1.0) if w > 0 else math.inf for w in row] for row in a]
    far = distances(length)
    return sum(1 / far[i][j] for i in range(n) for j in range(n) if i != j) / (n * (n - 1))


def local_efficiency(a, weighted):
    out = []
    for i in range(len(a)):
        near = [j for j in range(len(a)) if j != i and (a[i][j] > 0 or a[j][i] > 0)]
        out.append(global_efficiency([[a[j][k] for k in near] for j in near], weighted))
    return out


def modularity(a, labels, weighing, resolution=1.0):
    """Sum over ordered pairs of one community, layer by layer."""
    n = len(a)
    positive, negative = layer(a, "positive"), layer(a, "negative")
    v = [sum(map(sum, positive)), sum(map(sum, negative))]
    total = 0.0
    for weights, own, sign in ((positive, v[0], 1), (negative, v[1], -1)):
        if own == 0:
            continue
        norm = own if (weighing == "asymmetric" and sign > 0) else sum(v)
        for i in range(n):
            for j in range(n):
                if labels[i] == labels[j]:
                    null = sum(weights[i]) * sum(row[j] for row in weights) / own
                    total += sign * (weights[i][j] - resolution * null) / norm
    return total


def partitions(n):
    """All partitions of n items, as tuples of labels by first appearance."""

    def grow(labels, used):
        if len(labels) == n:
            yield tuple(labels)
            return
        for label in range(used + 1):
            yield from grow([*labels, label], max(used, label + 1))

    yield from grow([], 0)


def best_modularity(a, weighing):
    return max(modularity(a, labels, weighing) for labels in partitions(len(a)))


def pairs_auc(truth, score):
    won = count = 0.0
    for t, x in zip(truth, score, strict=True):
        for u, y in zip(truth, score, strict=True):
            if t and not u:
                count += 1
                won += 1.0 if x > y else 0.5 if x == y else 0.0
    return won / count if count else math.nan


def scatter(gram, a, b):
    k = range(a, b)
    return sum(gram[i][i] for i in k) - sum(gram[i][j] for i in k for j in k) / (b - a)


def best_cut(gram, n_segments, least):
    """Lowest total scatter over every way to cut into so many stretches."""
    n = len(gram)
    best = (math.inf, None)
    for cuts in itertools.combinations(range(1, n), n_segments - 1):
        fence = (0, *cuts, n)
        if all(b - a >= least for a, b in itertools.pairwise(fence)):
            best = min(best, (sum(scatter(gram, a, b) for a, b in itertools.pairwise(fence)), cuts))
    return best


def expected_information(rows, columns):
    """Mean mutual information over every arrangement of the second labelling."""
    a = [k for k, size in enumerate(rows) for _ in range(size)]
    b = [k for k, size in enumerate(columns) for _ in range(size)]
    n = len(a)
    every = [information(a, order) for order in itertools.permutations(b)]
    assert len(every) == math.factorial(n)
    return sum(every) / len(every)


def information(a, b):
    n = len(a)
    total = 0.0
    for x in set(a):
        for y in set(b):
            both = sum(p == x and q == y for p, q in zip(a, b, strict=True)) / n
            if both:
                total += both * math.log(both / (a.count(x) / n * (b.count(y) / n)))
    return total
