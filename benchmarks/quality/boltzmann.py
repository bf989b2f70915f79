"""Planted Ising models, with couplings of pairs alone and with triples: what a Boltzmann machine finds, ten seeds.

Each figure is a mean over seeds with the half-width of its 95 % t interval; likelihoods are held out, in nats per
sample, relative to independent units.
"""

import time

import numpy as np
from scipy import stats

from interplay.infer import BoltzmannCouplings, PlantedIsing
from interplay.measures import edge_scores
from interplay.measures.recovery import roc_auc

SEEDS = range(10)
KINDS = {
    "pairs": PlantedIsing(),
    "pairs and 12 triples": PlantedIsing(n_triples=12, triple_strength=0.4),
}


def rows():
    for kind, config in KINDS.items():
        found = [_one(config, seed) for seed in SEEDS]
        row = {"bench": "boltzmann", "kind": kind, "n_seeds": len(found)}
        for key in found[0]:
            values = np.array([f[key] for f in found])
            row[key] = float(values.mean())
            half = stats.t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values))
            row[f"{key} +-"] = float(half)
        yield row


def _one(config, seed):
    recording = config.simulate(seed)
    begun = time.process_time()
    fit = BoltzmannCouplings(n_triples=560).fit(recording)
    spent = time.process_time() - begun
    pair = np.triu_indices(config.n_units, 1)
    truth = recording.truth.matrix(0)[pair]
    scores = edge_scores(fit.snapshots, recording.truth)
    planted = {tuple(t) for t in config.triples(seed).tolist()} if config.n_triples else set()
    label = np.array([tuple(t) in planted for t in fit.triples.tolist()])
    gain = fit.log_likelihood - fit.log_likelihood[2]
    row = {
        "cpu_s": spent,
        "auc": float(scores.auc[0]),
        "sign_accuracy": float(scores.sign_accuracy[0]),
        "auc_pairwise": roc_auc(truth != 0, np.abs(fit.pairwise_couplings[pair])),
        "correlation": float(np.corrcoef(fit.couplings[pair], truth)[0, 1]),
        "correlation_pairwise": float(np.corrcoef(fit.pairwise_couplings[pair], truth)[0, 1]),
        "gain": float(gain[0]),
        "gain_pairwise": float(gain[1]),
        "conditional_over_pairwise": float(fit.log_conditional[0] - fit.log_conditional[1]),
        "third_moments": float(fit.moment_match[0, 2]),
        "third_moments_pairwise": float(fit.moment_match[1, 2]),
        "third_moments_training_data": float(fit.moment_match[3, 2]),
        "annealed_minus_exact": fit.log_z_annealed - fit.log_z_exact,
        "thermalised": float(fit.thermalised),
    }
    if planted:
        row["auc_triples"] = roc_auc(label, np.abs(fit.triple_couplings))
    return row
