"""Hitting times and distances, target by target: certain states found by enumeration of successors, then one solve."""

from fractions import Fraction

import numpy as np


def certain(step, goal):
    """States from which `goal` is met with probability one: repeatedly drop those that may step out of the set."""
    n = len(step)
    reach = {goal}
    grown = True
    while grown:
        new = {i for i in range(n) if i not in reach and any(step[i][k] > 0 for k in reach)}
        grown = bool(new)
        reach |= new
    good = set(reach)
    shrunk = True
    while shrunk:
        bad = {i for i in good if i != goal and any(step[i][k] > 0 and k not in good for k in range(n))}
        shrunk = bool(bad)
        good -= bad
    return good


def first_meeting(step, lengths):
    """(steps, distance), each (N, N), from x_i = sum_k P_ik (d_ik + x_k) with x_goal = 0."""
    n = len(step)
    steps, distance = np.full((n, n), np.inf), np.full((n, n), np.inf)
    for goal in range(n):
        good = sorted(certain(step, goal))
        others = [i for i in good if i != goal]
        steps[goal, goal] = distance[goal, goal] = 0
        if others:
            system = np.eye(len(others)) - np.array([[step[i][k] for k in others] for i in others])
            steps[others, goal] = np.linalg.solve(system, np.ones(len(others)))
            cost = [sum(step[i][k] * lengths[i][k] for k in range(n) if step[i][k] > 0) for i in others]
            distance[others, goal] = np.linalg.solve(system, cost)
    return steps, distance


def hops(links):
    """Shortest-path lengths by repeated relaxation; `links` holds lengths, infinity where there is no edge."""
    n = len(links)
    far = np.where(np.eye(n, dtype=bool), 0.0, links)
    for _ in range(n):
        for i in range(n):
            for j in range(n):
                far[i, j] = min(far[i, j], min(far[i, k] + links[k][j] for k in range(n)))
    return far


def exact_meeting(step, lengths):
    """Distances as by `first_meeting`, in fractions; every state must meet every other."""
    n = len(step)
    chance = [[Fraction(float(step[i][k])) for k in range(n)] for i in range(n)]
    distance = np.zeros((n, n))
    for goal in range(n):
        others = [i for i in range(n) if i != goal]
        rows = [
            [(sum(chance[i][j] for j in range(n) if j != i) if i == k else -chance[i][k]) for k in others]
            + [sum(chance[i][k] * Fraction(float(lengths[i][k])) for k in range(n) if step[i][k] > 0)]
            for i in others
        ]
        for k, row in enumerate(rows):
            for other in rows:
                if other is not row:
                    share = other[k] / row[k]
                    other[:] = [a - share * b for a, b in zip(other, row, strict=True)]
        for k, i in enumerate(others):
            distance[i, goal] = float(rows[k][-1] / rows[k][k])
    return distance
