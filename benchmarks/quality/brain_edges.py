"""Hidden edges of unseen subjects, told by the structural stage of BrainSymphony and by what needs no network.

Simulated cohorts: a shared connectome, every edge of a subject times its own factor (sigma 0.2 of its logarithm), and
causes that move the edges of whole networks together. One fifth of the pairs of each test subject is hidden. Beside
the network stand the mean of the edge over training subjects, that mean scaled to the subject, and the linear guess of
a normal law of all edges: E[hidden | seen] with the training covariance, its ridge chosen on the validation subjects.
Scores are over all hidden edges of all test subjects; `deviation` is the correlation with what is not the mean.
"""

import time

import numpy as np
import torch

from interplay.circuits import simulate_cohort
from interplay.represent.brain.edge_masks import hide_edges
from interplay.represent.brain.embedding import network_of, reader_of
from interplay.represent.brain.method import BrainSymphony

SIZES, SEEDS, REGIONS, SHARE = (150, 600), range(3), 40, 0.2
RIDGES = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0)


def rows():
    for n_subjects in SIZES:
        for seed in SEEDS:
            yield from told(n_subjects, seed)


def told(n_subjects, seed):
    """Give a row per way to tell the hidden edges of one cohort."""
    cohort = simulate_cohort(n_subjects=n_subjects, n_regions=REGIONS, times=64, seed=seed).only("structure")
    split = cohort.split(seed=seed)
    config = BrainSymphony(
        width=32,
        heads=4,
        layers=1,
        graph_layers=2,
        times=64,
        epochs=200,
        patience=20,
        learning_rate=1e-3,
        stages=("structural",),
        seed=seed,
    )
    begin = time.process_time()
    model = config.fit(cohort, train=split.train, validation=split.validation)
    cpu = time.process_time() - begin
    device = torch.device("cpu")
    reader, network = reader_of(model, cohort, device), network_of(model, device)
    weights, _ = reader.structure(split.test)
    hidden = hide_edges(weights, share=SHARE, seed=seed, key=("benchmark",), rows=split.test)
    with torch.no_grad():
        found = network.edges.both(network.read_structure(hidden.seen), hidden.pairs).double().numpy()
    train, watched = (reader.structure(rows)[0].double().numpy() for rows in (split.train, split.validation))
    truth, mean = hidden.truth.double().numpy(), train.mean(axis=0)
    pairs = hidden.pairs.numpy()
    mask = (hidden.seen != weights).numpy()
    usual = mean[pairs[1], pairs[2]]
    scale = np.array([(w * mean)[~m].sum() / (mean[~m] ** 2).sum() for w, m in zip(weights.numpy(), mask, strict=True)])
    ways = {
        "brainsymphony": found,
        "mean of training subjects": usual,
        "that mean, scaled to the subject": usual * scale[pairs[0]],
        "linear, from the seen edges": linear(train, watched, weights.double().numpy(), mask, pairs, seed),
        "0": np.zeros_like(truth),
    }
    common = {"bench": "brain_edges", "subjects": n_subjects, "regions": REGIONS, "seed": seed, "hidden": len(truth)}
    for way, guess in ways.items():
        row = common | {"way": way, "mse": float(np.mean((truth - guess) ** 2))}
        row["r2"] = 1 - row["mse"] / float(np.var(truth))
        if np.ptp(guess - usual) > 0:
            row["deviation"] = float(np.corrcoef(truth - usual, guess - usual)[0, 1])
        if way == "brainsymphony":
            row |= {"cpu_s": round(cpu, 1), "epochs": len(model.loss["structural"]["loss"])}
        yield row


def linear(train, watched, test, mask, pairs, seed):
    """Guess of a normal law with the training mean and covariance plus a ridge, for the pairs asked for."""
    upper = np.triu_indices(train.shape[1], k=1)
    edges = train[:, upper[0], upper[1]]
    mean, covariance = edges.mean(axis=0), np.cov(edges.T)
    size = np.mean(np.diag(covariance))

    def guessed(matrices, masks, ridge):
        out = matrices.copy()
        for w, m, whole in zip(matrices, masks, out, strict=True):
            gone = m[upper]
            seen = covariance[np.ix_(~gone, ~gone)] + ridge * size * np.eye((~gone).sum())
            deviation = np.linalg.solve(seen, w[upper][~gone] - mean[~gone])
            values = mean[gone] + covariance[np.ix_(gone, ~gone)] @ deviation
            ends = upper[0][gone], upper[1][gone]
            whole[ends], whole[ends[::-1]] = values, values
        return out

    shown = torch.from_numpy(watched)
    drawn = (hide_edges(shown, share=SHARE, seed=seed, key=("ridge",)).seen != shown).numpy()
    error = [np.mean((guessed(watched, drawn, ridge) - watched)[drawn] ** 2) for ridge in RIDGES]
    return guessed(test, mask, RIDGES[int(np.argmin(error))])[tuple(pairs)]
