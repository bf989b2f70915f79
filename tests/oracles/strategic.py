"""Responses and utilities person by person, and policies by exhaustive search; nothing shared with the library."""

from itertools import product


def response(policy, cost, i, tie=1e-9):
    """Where somebody at i goes."""
    best, gain = i, policy[i] + tie
    for j in range(len(policy)):
        if policy[j] - cost[i][j] > gain:
            best, gain = j, policy[j] - cost[i][j]
    return best


def utility(mass, outcome, decision_cost, cost, policy):
    total = 0.0
    for i, m in enumerate(mass):
        j = response(policy, cost, i)
        total += m * policy[j] * (outcome[j] - decision_cost)
    return total


def best_policy(mass, outcome, decision_cost, cost, grid):
    """Try every policy on a grid."""
    return max(utility(mass, outcome, decision_cost, cost, p) for p in product(grid, repeat=len(mass)))
