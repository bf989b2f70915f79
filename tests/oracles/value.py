"""Slow, obviously right versions of value learning: sums over single transitions, actions and bins."""

import itertools
import math


def huber(error):
    return 0.5 * error * error if abs(error) <= 1 else abs(error) - 0.5


def softmax(logits):
    top = max(logits)
    raw = [math.exp(x - top) for x in logits]
    return [x / sum(raw) for x in raw]


def cross_entropy(logits, probability):
    return -sum(p * math.log(q) for p, q in zip(probability, softmax(logits), strict=True))


def atoms(low, high, bins):
    return [low + (high - low) * i / (bins - 1) for i in range(bins)]


def centres(low, high, bins):
    return [low + (high - low) * (i + 0.5) / bins for i in range(bins)]


def project(probability, reward, discount, low, high):
    """Every moved atom gives each fixed atom a share that falls with distance: (1 - |distance| / gap), not below 0."""
    places = atoms(low, high, len(probability))
    gap = places[1] - places[0]
    found = [0.0] * len(places)
    for mass, place in zip(probability, places, strict=True):
        moved = min(high, max(low, reward + discount * place))
        for i, fixed in enumerate(places):
            found[i] += mass * max(0.0, 1 - abs(moved - fixed) / gap)
    return found


def gaussian_mass(target, low, high, bins, sigma_bins=0.75):
    """Mass of a normal distribution on every bin, not normalised and not clamped."""
    width = (high - low) / bins
    sigma = sigma_bins * width
    edges = [low + width * i for i in range(bins + 1)]

    def below(x):
        return 0.5 * (1 + math.erf((x - target) / (sigma * math.sqrt(2))))

    return [below(b) - below(a) for a, b in itertools.pairwise(edges)]


def gaussian_histogram(target, low, high, bins):
    mass = gaussian_mass(min(high, max(low, target)), low, high, bins)
    return [m / sum(mass) for m in mass]


def n_step(transitions, first, n, gamma):
    """Walk on from one transition: (state, action, reward, following, terminal, truncated) in the order of play."""
    total = 0.0
    begin, done = transitions[first][:2]
    for j, (_, _, reward, following, terminal, truncated) in enumerate(transitions[first:]):
        total += gamma**j * reward
        ahead = 0.0 if terminal else gamma ** (j + 1), following
        if terminal or truncated or j + 1 == n:
            break
    return begin, done, total, *ahead


def best_values(rewards, following, gamma, sweeps=2000):
    """Value iteration on a table: rewards[s][a], following[s][a] a state or None at the end."""
    q = [[0.0] * len(row) for row in rewards]
    for _ in range(sweeps):
        q = [
            [
                rewards[s][a] + (0.0 if following[s][a] is None else gamma * max(q[following[s][a]]))
                for a in range(len(rewards[s]))
            ]
            for s in range(len(rewards))
        ]
    return q
