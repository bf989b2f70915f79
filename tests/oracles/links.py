"""Link prediction by loops over pairs, thresholds and windows."""

import math


def joined(snapshots, t, i, j):
    return any(
        (a, b) == (i, j) or (not snapshots.directed and (b, a) == (i, j))
        for a, b in zip(
            snapshots.src[snapshots.pointer[t] : snapshots.pointer[t + 1]],
            snapshots.dst[snapshots.pointer[t] : snapshots.pointer[t + 1]],
            strict=True,
        )
    )


def pairs(snapshots, t):
    n = snapshots.n_nodes
    seen = snapshots.present[t]
    return [
        (i, j) for i in range(n) for j in range(n) if i != j and seen[i] and seen[j] and (snapshots.directed or i < j)
    ]


def area(truth, score):
    won, count = 0.0, 0
    for a, x in zip(truth, score, strict=True):
        for b, y in zip(truth, score, strict=True):
            if a and not b:
                count += 1
                won += 1.0 if x > y else 0.5 if x == y else 0.0
    return won / count if count else math.nan


def precision(truth, score):
    """Walk the threshold down; every step adds its rise of recall times the precision there."""
    total, recall = 0.0, 0.0
    positives = sum(map(bool, truth))
    if not positives:
        return math.nan
    for threshold in sorted(set(score), reverse=True):
        taken = [bool(a) for a, x in zip(truth, score, strict=True) if x >= threshold]
        reached = sum(taken) / positives
        total += (reached - recall) * sum(taken) / len(taken)
        recall = reached
    return total


def neighbours(snapshots, t, i, *, out=True):
    n = snapshots.n_nodes
    return {j for j in range(n) if j != i and (joined(snapshots, t, i, j) if out else joined(snapshots, t, j, i))}


def score(name, snapshots, known, i, j):
    last = known - 1
    if name == "persistence":
        return float(joined(snapshots, last, i, j))
    if name == "persistent weight":
        return abs(snapshots.matrix(last)[i, j])
    if name == "frequency":
        both = [t for t in range(known) if snapshots.present[t, i] and snapshots.present[t, j]]
        return sum(joined(snapshots, t, i, j) for t in both) / len(both) if both else 0.0
    out, into = neighbours(snapshots, last, i), neighbours(snapshots, last, j, out=False)
    return float(len(out) * len(into)) if name == "preferential attachment" else float(len(out & into))


def evaluate(snapshots, ask, horizon):
    """Give per window (auc, precision, new auc, new precision, pairs, edges, new pairs, new edges, unseen)."""
    rows = []
    for t in range(len(snapshots)):
        if t < horizon:
            rows.append((math.nan,) * 4 + (0,) * 5)
            continue
        known = t - horizon + 1
        chosen = pairs(snapshots, t)
        truth = [joined(snapshots, t, i, j) for i, j in chosen]
        value = [ask(known, i, j) for i, j in chosen]
        last = snapshots.present[known - 1]
        unseen = [k for k, (i, j) in enumerate(chosen) if not (last[i] and last[j])]
        fresh = [k for k, (i, j) in enumerate(chosen) if last[i] and last[j] and not joined(snapshots, known - 1, i, j)]
        new_truth, new_value = [truth[k] for k in fresh], [value[k] for k in fresh]
        rows.append(
            (
                area(truth, value),
                precision(truth, value),
                area(new_truth, new_value),
                precision(new_truth, new_value),
                len(truth),
                sum(truth),
                len(new_truth),
                sum(new_truth),
                len(unseen),
            )
        )
    return rows
