"""Switching models by brute force: all paths of the chain, histories by loops, posteriors of a coupling on a grid."""

import itertools
import math


def path_table(log_emission, log_initial, log_transition):
    """Log of the joint density of every path."""
    n_samples, n_states = len(log_emission), len(log_initial)
    table = {}
    for path in itertools.product(range(n_states), repeat=n_samples):
        total = log_initial[path[0]] + log_emission[0][path[0]]
        for t in range(1, n_samples):
            total += log_transition[path[t - 1]][path[t]] + log_emission[t][path[t]]
        table[path] = total
    return table


def log_sum(values):
    top = max(values)
    return top if top == -math.inf else top + math.log(math.fsum(math.exp(v - top) for v in values))


def smoothed(log_emission, log_initial, log_transition):
    """Log-likelihood, posterior, expected moves and the best path, by summing over all paths."""
    table = path_table(log_emission, log_initial, log_transition)
    total = log_sum(list(table.values()))
    n_samples, n_states = len(log_emission), len(log_initial)
    posterior = [[0.0] * n_states for _ in range(n_samples)]
    moves = [[0.0] * n_states for _ in range(n_states)]
    for path, value in table.items():
        chance = math.exp(value - total)
        for t, state in enumerate(path):
            posterior[t][state] += chance
        for a, b in itertools.pairwise(path):
            moves[a][b] += chance
    return total, posterior, moves, max(table, key=table.get)


def filtered(log_emission, log_initial, log_transition):
    """Posterior of the state at each sample, given the samples up to it: the last row of every prefix."""
    return [smoothed(log_emission[: t + 1], log_initial, log_transition)[1][-1] for t in range(len(log_emission))]


def history(values, basis):
    """Filtered past of each sample by definition; None where it is cut off."""
    out = []
    for t in range(len(values)):
        if t < len(basis):
            out.append(None)
            continue
        out.append([sum(basis[k] * values[t - 1 - k][j] for k in range(len(basis))) for j in range(len(values[0]))])
    return out


def count_log_density(x, u, link):
    """Poisson log-density without the factorial."""
    if link == "exp":
        rate = math.exp(u)
    elif link == "softplus":
        rate = math.log(1 + math.exp(u))
    else:
        rate = 1e-8 + (1 - 1e-8) / (1 + math.exp(-u))
    return x * math.log(rate) - rate


def coupling_posterior(curvature, slope, chances, scale, reach=12.0, steps=40001):
    """Types, mean and mean square of one coupling by the trapezium rule: log-likelihood slope w - curvature w^2 / 2."""
    grid = [-reach + 2 * reach * k / (steps - 1) for k in range(steps)]
    step = grid[1] - grid[0]

    def weight(w):
        normal = math.sqrt(2 / math.pi) / scale * math.exp(-0.5 * (w / scale) ** 2)
        return normal * math.exp(slope * w - 0.5 * curvature * w * w) * step

    parts = [[], [], []]
    for w in grid:
        half = 0.5 if w == 0 else 1.0
        if w <= 0:
            parts[0].append((w, half * weight(w)))
        if w >= 0:
            parts[2].append((w, half * weight(w)))
    mass = [chances[0] * sum(v for _, v in parts[0]), chances[1], chances[2] * sum(v for _, v in parts[2])]
    total = sum(mass)
    mean = sum(chances[k] * sum(w * v for w, v in parts[k]) for k in (0, 2)) / total
    square = sum(chances[k] * sum(w * w * v for w, v in parts[k]) for k in (0, 2)) / total
    return [m / total for m in mass], mean, square
