"""Skip-gram pair by pair in double precision, with the logistic function itself; gradients by differences."""

import numpy as np

from interplay._core.rng import uniform


def log_likelihood(vector, outputs, positive, negatives):
    """Mikolov et al. (2013), equation 4, for given negatives."""
    total = -np.log1p(np.exp(-vector @ outputs[positive]))
    return total + sum(-np.log1p(np.exp(vector @ outputs[t])) for t in negatives)


def gradients(vector, outputs, positive, negatives, width=1e-5):
    """Differences of the likelihood in the input vector and in every entry of the outputs."""

    def slope(array, place):
        kept = array[place]
        values = []
        for sign in (1, -1):
            array[place] = kept + sign * width
            values.append(log_likelihood(vector, outputs, positive, negatives))
        array[place] = kept
        return (values[0] - values[1]) / (2 * width)

    vector, outputs = vector.copy(), outputs.copy()
    return (
        np.array([slope(vector, d) for d in range(len(vector))]),
        np.array([[slope(outputs, (k, d)) for d in range(len(vector))] for k in range(len(outputs))]),
    )


def step(vector, outputs, positive, negatives, rate):
    """One step up the gradient, by its formula; changes both arrays."""
    change = np.zeros_like(vector)
    moves = []
    for t, wanted in [(positive, 1.0), *((t, 0.0) for t in negatives)]:
        error = wanted - 1 / (1 + np.exp(-vector @ outputs[t]))
        change += error * outputs[t]
        moves.append((t, error * vector))
    for t, move in moves:
        outputs[t] += rate * move
    vector += rate * change


def picker(accept, other):
    """Read an alias table: a uniform number picks an entry."""

    def pick(u):
        k = int(u * len(accept))
        return k if u * len(accept) - k < accept[k] else int(other[k])

    return pick


def walks_pass(walks, vectors, outputs, pick, *, window, negatives, rate, least, seed, epoch, epochs, keep):
    """One epoch over the walks; `pick` turns a uniform number into a node of the noise. Changes both arrays."""
    for w, walk in enumerate(walks):
        speed = max(rate * (1 - (epoch * len(walks) + w) / (epochs * len(walks))), least)
        walk = [v for i, v in enumerate(walk) if keep[v] >= 1 or uniform(seed, "skip-gram", epoch, w, i, 0) < keep[v]]
        for i, centre in enumerate(walk):
            reach = 1 + int(uniform(seed, "skip-gram", epoch, w, i, 1) * window)
            noise = [pick(float(uniform(seed, "skip-gram", epoch, w, i, 2 + k))) for k in range(negatives)]
            noise = [t for t in noise if t != centre]
            for j, near in enumerate(walk):
                if j != i and abs(i - j) <= reach:
                    step(vectors[near], outputs, centre, noise, speed)


def attributes_pass(walks, vectors, outputs, has, pick, *, least, most, negatives, rate, floor, seed, name):
    """One epoch from nodes to the attributes (lists in `has`) around them. Changes both arrays."""
    for w, walk in enumerate(walks):
        speed = max(rate * (1 - w / len(walks)), floor)
        for i, v in enumerate(walk):
            for j, u in enumerate(walk):
                if not least <= abs(i - j) <= most:
                    continue
                for a, attribute in enumerate(has[u]):
                    drawn = [pick(float(uniform(seed, name, 0, w, i, j, a, k))) for k in range(negatives)]
                    step(vectors[v], outputs, attribute, [t for t in drawn if t != attribute], speed)
