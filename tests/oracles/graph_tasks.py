"""Slow, obviously right versions of what the tasks on graphs compute; no code is shared with the library."""

import numpy as np


def disparity(values, kind):
    """By plain loops over the groups that have a value."""
    known = [float(v) for v in values if v == v]
    if not known:
        return float("nan")
    mean = sum(known) / len(known)
    variance = sum((v - mean) ** 2 for v in known) / len(known)
    return {
        "range": max(known) - min(known),
        "variance": variance,
        "deviation": variance**0.5,
        "ratio": 1 - min(known) / max(known) if max(known) > 0 else 0.0,
        "shortfall": mean - min(known),
    }[kind]


def propagated(vectors, labels, train, test, steps=100_000):
    """Spread labels step by step until nothing moves."""
    n = len(vectors)
    distance = np.array([[np.linalg.norm(vectors[i] - vectors[j]) for j in range(n)] for i in range(n)])
    weight = np.exp(-distance.mean() * distance**2)
    np.fill_diagonal(weight, 0)
    walk = weight / weight.sum(axis=1, keepdims=True)
    classes = np.unique(labels[train])
    belief = np.zeros((n, len(classes)))
    belief[train, np.searchsorted(classes, labels[train])] = 1
    for _ in range(steps):
        after = walk @ belief
        after[train] = belief[train]
        if np.abs(after - belief).max() < 1e-14:
            break
        belief = after
    return classes[belief[test].argmax(axis=1)]


def auc(score, edge):
    """Share of pairs (an edge, no edge) in the right order, ties half."""
    right = [1.0 if a > b else 0.5 if a == b else 0.0 for a in score[edge] for b in score[~edge]]
    return sum(right) / len(right)
