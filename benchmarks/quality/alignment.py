"""How often the test of alignment finds what is not there, and what is: shares of simulated pairs called at 0.05."""

import numpy as np

from interplay.stats import alignment, sensory_motor_alignment

SEEDS = 300
SIZES = (19, 40, 80)
GROUP = np.array(["sensory"] * 12 + ["motor_left"] * 6 + ["motor_right"] * 6)


def autoregressive(rng, n, memory, width=1):
    out = rng.normal(size=(n + 100, width))
    for t in range(1, len(out)):
        out[t] += memory * out[t - 1]
    return out[100:, 0] if width == 1 else out[100:]


def course(kind, rng, n):
    """Give one course of n windows."""
    if kind == "half-overlapping windows of white noise":
        steps = rng.normal(size=n + 1)
        return steps[1:] + steps[:-1]
    if kind == "line of 3 and white noise":
        return np.linspace(0, 3, n) + rng.normal(size=n)
    if kind == "hits per rally, skill a random walk":
        skill = 0.2 * np.cumsum(rng.normal(size=n))
        return rng.poisson(3 * np.exp(skill - skill.mean())) / 3.0
    memory = {"white noise": 0.0, "autoregressive 0.5": 0.5, "autoregressive 0.9": 0.9, "random walk": 1.0}[kind]
    return np.cumsum(rng.normal(size=n)) if memory == 1.0 else autoregressive(rng, n, memory)


KINDS = (
    "white noise",
    "half-overlapping windows of white noise",
    "autoregressive 0.5",
    "autoregressive 0.9",
    "random walk",
    "line of 3 and white noise",
    "hits per rally, skill a random walk",
)


def called(pairs):
    """Share of pairs with p <= 0.05, by our test and by shuffling the windows one by one."""
    ours, shuffled = [], []
    for seed, (distance, score) in enumerate(pairs):
        ours.append(alignment(distance, score, bootstrap=100).rows[0].pvalue <= 0.05)
        rng = np.random.default_rng(10_000 + seed)
        null = [abs(np.corrcoef(distance, rng.permutation(score))[0, 1]) for _ in range(99)]
        shuffled.append(np.mean(np.array([1.0, *(np.array(null) >= abs(np.corrcoef(distance, score)[0, 1]))])) <= 0.05)
    return float(np.mean(ours)), float(np.mean(shuffled))


def planted(rng, n, correlation):
    """A slow performance, and a distance that goes against it."""
    score, own = autoregressive(rng, n, 0.7), autoregressive(rng, n, 0.7)
    return -correlation * score + np.sqrt(1 - correlation**2) * own, score


def rows():
    """Give one row per law and number of windows."""
    for n in SIZES:
        for kind in KINDS:
            pairs = []
            for seed in range(SEEDS):
                rng = np.random.default_rng(seed)
                pairs.append((course(kind, rng, n), course(kind, rng, n)))
            ours, shuffled = called(pairs)
            yield {"case": "unrelated", "kind": kind, "windows": n, "called": ours, "called_by_shuffling": shuffled}
        yield {"case": "unrelated", "kind": "vectors that wander", "windows": n, "called": wandering(n)}
        for correlation in (0.5, 0.7, 0.9):
            pairs = [planted(np.random.default_rng(seed), n, correlation) for seed in range(SEEDS)]
            ours, shuffled = called(pairs)
            yield {
                "case": "planted",
                "kind": f"correlation {correlation:g}",
                "windows": n,
                "called": ours,
                "called_by_shuffling": shuffled,
            }


def wandering(n):
    """Share of wandering embeddings (24 units, 8 columns) called related to an unrelated wandering performance."""
    start = np.arange(float(n))
    bounds = np.column_stack([start, start + 1])
    found = []
    for seed in range(SEEDS):
        rng = np.random.default_rng(seed)
        embedding = np.cumsum(rng.normal(size=(n, len(GROUP), 8)), axis=0)
        score = np.cumsum(rng.normal(size=n))
        made = sensory_motor_alignment(embedding, GROUP, score, bounds=bounds, bootstrap=100)
        found.append(made.rows[0].pvalue <= 0.05)
    return float(np.mean(found))
