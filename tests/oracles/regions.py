"""Silhouette and centroid distances by loops, straight from their definitions."""

import math


def apart(a, b):
    return math.sqrt(sum((x - y) ** 2 for x, y in zip(a, b, strict=True)))


def silhouette(vectors, group):
    units = [k for k, name in enumerate(group) if name != ""]
    names = sorted({group[k] for k in units})
    if len(names) < 2 or len(names) == len(units):
        return math.nan
    total = 0.0
    for k in units:
        mates = [j for j in units if j != k and group[j] == group[k]]
        if not mates:
            continue
        a = sum(apart(vectors[k], vectors[j]) for j in mates) / len(mates)
        others = []
        for name in names:
            if name != group[k]:
                them = [j for j in units if group[j] == name]
                others.append(sum(apart(vectors[k], vectors[j]) for j in them) / len(them))
        b = min(others)
        total += (b - a) / max(a, b) if max(a, b) > 0 else 0.0
    return total / len(units)


def mean(rows):
    return [sum(column) / len(rows) for column in zip(*rows, strict=True)]


def distances(embedding, group, present, *, spread):
    names = sorted({g for g in group if g != ""})
    out = []
    for z, seen in zip(embedding, present, strict=True):
        units = [k for k, g in enumerate(group) if g != "" and seen[k]]
        centres = {}
        for name in names:
            mine = [z[k] for k in units if group[k] == name]
            centres[name] = mean(mine) if mine else None
        scale = 1.0
        if spread:
            middle = mean([z[k] for k in units])
            scale = math.sqrt(sum(apart(z[k], middle) ** 2 for k in units) / len(units))
        known = [[centres[a] is not None and centres[b] is not None for b in names] for a in names]
        out.append(
            [
                [apart(centres[a], centres[b]) / scale if known[i][j] else math.nan for j, b in enumerate(names)]
                for i, a in enumerate(names)
            ]
        )
    return out
