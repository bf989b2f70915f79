"""Edges and times of change of the simulated culture at default settings, over seeds, beside the trivial score."""

import numpy as np

from interplay.infer import SpikeTiling, significant
from interplay.measures import change_error, edge_scores, network_changes, rate_changes
from interplay.spiking import Assemblies

SEEDS = range(10)
WINDOW_S = 60.0


def rows():
    found = []
    for seed in SEEDS:
        recording = Assemblies(seed=seed).simulate()
        every = (
            SpikeTiling(window_s=WINDOW_S, step_s=30.0, surrogates=200, tail="fitted", jobs=2).fit(recording).snapshots
        )
        network = significant(every)
        scores = edge_scores(every, recording.truth, straddling="skip")
        counts = recording.events.counts(every.bounds).astype(float)
        owner = every.snapshot
        trivial = edge_scores(
            every.with_weight(counts[owner, every.src] * counts[owner, every.dst]), recording.truth, straddling="skip"
        )
        changes = network_changes(network, seed=seed)
        true_s = recording.truth.bounds[1:, 0]
        errors = change_error(changes.time_s, true_s, tolerance_s=WINDOW_S)
        row = {
            "seed": seed,
            "edge_auc": float(np.nanmean(scores.auc)),
            "edge_auc_of_rate_product": float(np.nanmean(trivial.auc)),
            "sign_accuracy": float(np.nanmean(scores.sign_accuracy)),
            "true_changes": len(true_s),
            "changes_within_a_window": len(true_s) - errors.misses,
            "false_changes": errors.false_alarms,
            "largest_error_s": float(errors.error_s.max(initial=0.0)),
            "changes_of_rate_alone": len(rate_changes(recording, every.bounds, seed=seed).time_s),
        }
        found.append(row)
        yield row
    auc = np.array([row["edge_auc"] for row in found])
    half = 1.96 * auc.std(ddof=1) / np.sqrt(len(auc))
    yield {"seed": "all", "edge_auc": float(auc.mean()), "half_width_95": float(half), "least_auc": float(auc.min())}
