"""BrainSymphony on simulated cohorts whose truth is known: what pre-training and fusion are worth, and to what.

One cohort per seed: two causes, one in function only, one in structure only, and three targets: each, and their sum. A
network is pre-trained on 240 subjects without labels; then
* `labels`: the cause in function, told from n labelled subjects, by the pre-trained
  network (fine-tuned, and as it is with a head), by the same network from random numbers, and by ridge regression on
  the correlations' upper triangle;
* `few steps`: the same with a quarter of the steps;
* `fusion`: the three targets told by function, structure, both, from 120 labelled subjects, beside ridge regression;
* `networks`: regions of single test scans clustered by their vectors, against the planted networks (AMI), beside the
  rows of the correlation matrix, an untrained network and random vectors;
* `regions`: hidden regions told from the others;
* `subjects`: first and second half of a test scan, matched.
Spearman's rho on 100 test subjects. `python -m benchmarks.quality.brain_cohort [SEED ...]` measures what is not in
results/brain_cohort.jsonl yet; `--table` prints the summary.
"""

import json
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.speed.machine import header

PATH = Path(__file__).with_name("results") / "brain_cohort.jsonl"
SUBJECTS, REGIONS, TIMES = 400, 24, 256
#: Labelled subjects of the comparison of modalities.
FUSION = 120
#: Of every training on labels.
STEPS = 400
#: The same, where there is little time.
FEW_STEPS = 100
LABELS = (16, 64, 240)
RIDGES = np.logspace(-2, 6, 33)


def cohort(seed):
    from interplay.circuits import simulate_cohort

    made = simulate_cohort(n_subjects=SUBJECTS, n_regions=REGIONS, times=TIMES, tau_s=2.0, strength=0.8, seed=seed)
    function, structure = made.covariates["cause_function"], made.covariates["cause_structure"]
    rng = np.random.Generator(np.random.Philox(seed))
    causes = {"function": function, "structure": structure, "both": (function + structure) / np.sqrt(2)}
    return replace(made, covariates={k: v + 0.3 * rng.standard_normal(SUBJECTS) for k, v in causes.items()})


def method(seed):
    from interplay.represent import BrainSymphony

    return BrainSymphony(
        width=48,
        heads=4,
        hidden=96,
        layers=2,
        graph_layers=2,
        times=64,
        epochs=40,
        batch=16,
        learning_rate=1e-3,
        seed=seed,
    )


def triangles(data, kind):
    upper = np.triu_indices(REGIONS, 1)
    if kind == "function":
        return np.array([np.arctanh(np.corrcoef(data.scan(s).T)[upper]) for s in range(len(data))])
    return np.array([np.log1p(data.matrix(s)[upper]) for s in range(len(data))])


def ridge(features, target, train):
    from sklearn.linear_model import RidgeCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), RidgeCV(RIDGES)).fit(features[train], target[train]).predict(features)


def rho(prediction, target, test):
    from scipy.stats import spearmanr

    value = float(spearmanr(prediction[test], target[test])[0])
    return round(value if np.isfinite(value) else 0.0, 4)


def one(seed, done):
    """Give the rows of one seed that are not done."""
    from interplay.represent import Tuning

    data, config = cohort(seed), method(seed)
    test, rest = np.arange(100), np.arange(100, SUBJECTS)
    train, spare = rest[:240], rest[240:]
    begin = time.process_time()
    model = config.fit(data, train=train, validation=spare)
    cpu = time.process_time() - begin
    losses = {stage: round(float(parts["held_out"].min()), 4) for stage, parts in model.loss.items()}
    yield {"part": "fit", "seed": seed, "cpu_s": round(cpu, 1), "held_out": losses}

    def told(start, target, labelled, depth, modality, steps=STEPS):
        # As many steps whatever the number of labels: a fifth of 16 labels cannot tell when to stop.
        epochs = -(-steps // -(-len(labelled) // 16)) if depth == "full" else steps
        rate = 1e-3 if depth == "full" else 3e-3
        found = config.finetune(
            start, data, target, train=labelled, depth=depth, modality=modality,
            tuning=Tuning(epochs=epochs, learning_rate=rate, patience=None),
        )  # fmt: skip
        return rho(found.prediction, data.covariates[target], test)

    def by_ridge(target, kind, labelled):
        return rho(ridge(features[kind], data.covariates[target], labelled), data.covariates[target], test)

    features = {kind: triangles(data, kind) for kind in ("function", "structure")}
    features["both"] = np.hstack([features["function"], features["structure"]])
    for target in ("function", "structure", "both"):
        if (seed, "fusion", target) in done:
            continue
        ways = {}
        for modality in ("function", "structure", "both"):
            if modality == "both" or target in (modality, "both"):
                ways[modality] = told(model, target, train[:FUSION], "full", modality)
            ways[f"{modality}, ridge"] = by_ridge(target, modality, train[:FUSION])
        yield {"part": "fusion", "seed": seed, "target": target, "rho": ways}
    for n in LABELS:
        if (seed, "labels", n) in done:
            continue
        ways = {
            "pre-trained, fine-tuned": told(model, "function", train[:n], "full", "function"),
            "random, fine-tuned": told(None, "function", train[:n], "full", "function"),
            "pre-trained, probe": told(model, "function", train[:n], "probe", "function"),
            "ridge": by_ridge("function", "function", train[:n]),
        }
        yield {"part": "labels", "seed": seed, "labels": n, "rho": ways}
    for n in LABELS:
        if (seed, "few steps", n) in done:
            continue
        ways = {
            "pre-trained, fine-tuned": told(model, "function", train[:n], "full", "function", FEW_STEPS),
            "random, fine-tuned": told(None, "function", train[:n], "full", "function", FEW_STEPS),
        }
        yield {"part": "few steps", "seed": seed, "labels": n, "rho": ways}
    if (seed, "networks", "") not in done:
        yield {"part": "networks", "seed": seed, **networks(config, model, data.take(test[:40]), seed)}
    if (seed, "regions", "") not in done:
        found = config.reconstruct(model, data.take(test).only("function"), seed=seed)
        numbers = {"r2": found.r2, "correlation": found.correlation, "error": found.error}
        means = {name: {k: round(float(v.mean()), 4) for k, v in ways.items()} for name, ways in numbers.items()}
        yield {"part": "regions", "seed": seed, **means}
    if (seed, "subjects", "") not in done:
        yield {"part": "subjects", "seed": seed, **subjects(config, model, data.take(test))}


def networks(config, model, data, seed):
    from sklearn.cluster import KMeans

    from interplay.measures import adjusted_mutual_information

    truth = np.unique(data.regions.group, return_inverse=True)[1]
    untrained = config.finetune(None, data, "both", train=np.arange(len(data)), modality="both", tuning=None)
    fresh = replace(model, parameters={k[8:]: v for k, v in untrained.parameters.items() if k.startswith("network.")})
    trained, raw = config.embed(model, data), config.embed(fresh, data)
    rng = np.random.Generator(np.random.Philox(seed))
    sources = {
        "vectors": trained.function,
        "vectors of structure": trained.structure,
        "untrained": raw.function,
        "rows of correlation": np.array([np.corrcoef(data.scan(s).T) for s in range(len(data))]),
        "random": rng.standard_normal(trained.function.shape),
    }
    sources["spatial attention"] = config.attention(model, data, which="spatial")
    out, pooled = {}, {}
    for name, vectors in sources.items():
        found = [KMeans(5, n_init=5, random_state=0).fit_predict(v) for v in vectors]
        out[name] = round(float(np.mean([adjusted_mutual_information(f, truth) for f in found])), 4)
        mean = KMeans(5, n_init=20, random_state=0).fit_predict(vectors.mean(axis=0))
        pooled[name] = round(float(adjusted_mutual_information(mean, truth)), 4)
    return {"ami": out, "ami_of_mean": pooled}


def subjects(config, model, data):
    from interplay.data import Cohort
    from interplay.stats import identification

    half = TIMES // 2
    halves = [
        Cohort.of([data.scan(s)[k : k + half] for s in range(len(data))], regions=data.regions, subject=data.subject)
        for k in (0, half)
    ]
    sizes = [np.array([np.r_[part.scan(s).mean(0), part.scan(s).std(0)] for s in range(len(part))]) for part in halves]
    ways = {
        "vectors, mean": [config.embed(model, part).vectors() for part in halves],
        "vectors, regions": [config.embed(model, part).vectors("regions") for part in halves],
        "correlations": [triangles(part, "function") for part in halves],
        "mean and deviation": sizes,
    }
    found = {name: identification(*(x - pair[0].mean(0) for x in pair)) for name, pair in ways.items()}
    return {
        "accuracy": {k: round(v.accuracy, 4) for k, v in found.items()},
        "rank": {k: round(v.rank, 4) for k, v in found.items()},
        "chance": round(1 / len(data), 4),
    }


def known():
    return [json.loads(line) for line in PATH.read_text().splitlines()] if PATH.is_file() else []


def table():
    """Print means, with 95 % intervals over seeds."""
    rows = known()
    groups = {}
    for row in rows:
        for kind in ("rho", "ami", "ami_of_mean", "r2", "correlation", "accuracy", "rank"):
            for way, value in row.get(kind, {}).items():
                key = (row["part"], row.get("labels", row.get("target", "")), kind, way)
                groups.setdefault(key, []).append(value)
    for key, values in groups.items():
        half = 2.262 * np.std(values, ddof=1) / np.sqrt(len(values)) if len(values) > 1 else np.nan
        print(*key, f"{np.mean(values):.3f} +- {half:.3f} ({len(values)})", sep=" | ")


def main():
    if "--table" in sys.argv:
        table()
        return
    for seed in map(int, sys.argv[1:] or range(10)):
        done = {(row["seed"], row["part"], row.get("labels", row.get("target", ""))) for row in known()}
        wanted = {(seed, "fusion", t) for t in ("function", "structure", "both")}
        wanted |= {(seed, part, n) for part in ("labels", "few steps") for n in LABELS}
        if wanted | {(seed, part, "") for part in ("networks", "regions", "subjects")} <= done:
            continue
        for row in one(seed, done):
            with PATH.open("a") as file:
                file.write(json.dumps({**row, **header()}) + "\n")
            print(row, flush=True)


if __name__ == "__main__":
    main()
