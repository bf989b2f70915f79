"""Closeness to the periphery by enumerating walks, and re-weightings row by row with dictionaries."""

import itertools


def rows_of(graph):
    """List of {neighbour: weight} of positive weights."""
    rows = []
    weight = graph.weights()
    for v in range(graph.n_nodes):
        entries = range(graph.offsets[v], graph.offsets[v + 1])
        rows.append({int(graph.target[e]): float(weight[e]) for e in entries if weight[e] > 0})
    return rows


def closeness(graph, code, steps):
    """Expected share of the steps that stand on another group, over all walks of `steps` steps and their odds."""
    rows = rows_of(graph)
    out = []
    for v in range(graph.n_nodes):
        total = 0.0
        for path in itertools.product(range(graph.n_nodes), repeat=steps):
            chance, here, met, going = 1.0, v, 0, True
            for place, u in enumerate(path):
                if going and not rows[here]:
                    going = False
                if not going:  # a walk that ended is counted once: with the rest of the path at node 0
                    chance *= float(not any(path[place:]))
                    break
                chance *= rows[here].get(u, 0.0) / sum(rows[here].values())
                if chance == 0:
                    break
                met += code[u] != code[v]
                here = u
            total += chance * met
        out.append(total / steps)
    return out


def cross(graph, code, near, alpha, exponent):
    """CrossWalk's weights as published."""
    out = []
    for v, row in enumerate(rows_of(graph)):
        pull = {u: w * near[u] ** exponent for u, w in row.items()}
        present = {code[u] for u in row}
        others = present - {code[v]}
        new = {}
        for u in row:
            cell = sum(pull[z] for z in row if code[z] == code[u])
            if code[u] == code[v]:
                mass = 1 - alpha if others else 1.0
            else:
                mass = (alpha if code[v] in present else 1.0) / len(others)
            new[u] = mass * pull[u] / cell
        out.append(new)
    return out


def fair(graph, code):
    """FairWalk's weights: every group present alike."""
    out = []
    for row in rows_of(graph):
        present = {code[u] for u in row}
        out.append({u: w / len(present) / sum(row[z] for z in row if code[z] == code[u]) for u, w in row.items()})
    return out


def constant(graph, code, factor):
    """Edges between groups count `factor` times as much."""
    out = []
    for v, row in enumerate(rows_of(graph)):
        new = {u: w * (factor if code[u] != code[v] else 1) for u, w in row.items()}
        out.append({u: w / sum(new.values()) for u, w in new.items()})
    return out
