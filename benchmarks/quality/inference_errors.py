"""Why methods err on the culture: `python -m benchmarks.quality inference_errors`.

Rows "false": of ordered pairs without a synapse, the share that a method calls significant, by what joins the two units
instead. Rows "lags": coincidences by lag over what rates alone give, of pairs with an excitatory, an inhibitory and no
synapse, which shows that the wiring has its direction and sign, and at what lags it acts.
"""

import time

import numpy as np

from interplay.infer import configure_method, significant
from interplay.job.small_culture import small_culture

SEEDS = range(5)
METHODS = {
    "granger": ("granger", {}),
    "granger, bins of 5 ms": ("granger", {"bin_s": 0.005}),
    "transfer-entropy": ("transfer-entropy", {}),
    "transfer-entropy, 100 surrogates": ("transfer-entropy", {"surrogates": 100, "tail": "fitted"}),
    "transfer-entropy, greedy": ("transfer-entropy", {"selection": "greedy"}),
    "independence": ("independence", {}),
    "glm": ("glm", {"folds": 0}),
}
#: Lags, ms, of the table of coincidences: start of each bin and of what follows the last.
LAGS_MS = (-30, -15, -5, 0, 2, 5, 8, 11, 14, 18, 25, 40)


def kinds(edge):
    """Sort ordered pairs without an edge by what joins them: a path of two, the edge back, a common source, nothing."""
    step = edge.astype(int)
    two, common = (step @ step) > 0, (step.T @ step) > 0
    free = ~edge & ~np.eye(len(edge), dtype=bool)
    found = {"two_steps": free & two}
    found["reverse"] = free & edge.T & ~two
    found["common_source"] = free & common & ~two & ~edge.T
    found["unrelated"] = free & ~common & ~two & ~edge.T
    return found


def profile(events, pairs, span):
    """Give coincidences over chance in every range of lags, all pairs together."""
    cuts = np.array(LAGS_MS) / 1000 - 2.5e-4  # spikes lie on a grid of half a millisecond
    trains = [events.time[events.unit == k] for k in range(events.n_units)]
    seen, expected = np.zeros(len(cuts) - 1), 0.0
    for src, dst in pairs:
        edges = np.searchsorted(trains[dst], trains[src][:, None] + cuts[None])
        seen += np.diff(edges, axis=1).sum(axis=0)
        expected += len(trains[src]) * len(trains[dst]) / span
    return seen / (expected * np.diff(cuts))


def rows():
    for seed in SEEDS:
        recording = small_culture(seed)
        weight = recording.truth.matrix(0)
        alone = weight.T == 0
        for what, chosen in (("excitatory", weight > 0), ("inhibitory", weight < 0), ("none", weight == 0)):
            found = profile(recording.events, np.argwhere(chosen & alone & ~np.eye(len(weight), dtype=bool)), 300.0)
            yield {
                "what": "lags",
                "seed": seed,
                "synapse": what,
                "lags_ms": LAGS_MS,
                "over_chance": found.round(3).tolist(),
            }
        for label, (name, settings) in METHODS.items():
            start = time.process_time()
            method = configure_method(name, recording, settings=settings, seed=seed)
            kept = significant(method.fit(recording).snapshots, 0.05).matrix(0) != 0
            row = {"what": "false", "seed": seed, "method": label}
            row |= {key: float(kept[pairs].mean()) for key, pairs in kinds(weight != 0).items()}
            right = kept & (weight != 0)
            yield row | {
                "recall": float(right.sum() / (weight != 0).sum()),
                "precision": float(right.sum() / max(kept.sum(), 1)),
                "cpu_s": time.process_time() - start,
            }
