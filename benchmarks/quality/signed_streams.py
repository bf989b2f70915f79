"""Signs of the two Bitcoin streams: SEMBA, what is left of it without its parts, and what it must beat.

`python -m benchmarks.quality.signed_streams [MODEL ...] [--data NAME ...] [--seeds S ...] [--batch B ...]` measures
what is not in results/signed_streams.jsonl yet and appends it row by row: a run that was ended goes on where it was.
Batch 1: every event is told from all strictly earlier times. Batch 200: from what was written before its batch.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np

from benchmarks.quality import streams_data
from benchmarks.speed.machine import header

PATH = Path(__file__).with_name("results") / "signed_streams.jsonl"
DATA, SEEDS, BATCHES = ("bitcoin_otc", "bitcoin_alpha"), (0, 1, 2, 3, 4), (1, 200)
METRICS = ("auc", "negative_ap", "f1_macro", "f1_weighted", "brier")

#: Variants of SEMBA by what differs from its defaults.
SEMBA = {
    "semba": {},
    "semba, 12 counters": {"evidence": "counters"},
    "semba, no evidence": {"evidence": "none"},
    "semba, no evidence, no balance": {"evidence": "none", "balance": False},
    "semba, no evidence, no attention": {"evidence": "none", "neighbours": 0},
    "semba, no memory": {"memory": False},
    "semba, no memory, 12 counters": {"memory": False, "evidence": "counters"},
}


class Evident:
    """A classifier of scikit-learn on SEMBA's evidence, or on its first columns, as a model of streams."""

    def __init__(self, classifier, columns, n_nodes, partners=64):
        self.classifier, self.columns, self.n_nodes, self.partners = classifier, columns, n_nodes, partners
        self.reset()

    def reset(self):
        from interplay.represent.semba_evidence import Evidence

        self.evidence = Evidence.begin(self.n_nodes, self.partners)

    def fit(self, training, batch):
        from interplay.data import event_batches
        from interplay.tensors.event_batch import event_batch

        told, bounds = [], event_batches(training.time, batch)
        for a, b in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
            part = event_batch(training, a, b)
            told.append(self.evidence.features(part.src, part.dst).numpy()[:, : self.columns])
            self.evidence.write(part)
        self.classifier.fit(np.concatenate(told), training.weight > 0)
        return self

    def score(self, src, dst, time):
        import torch

        told = self.evidence.features(torch.tensor(src), torch.tensor(dst)).numpy()[:, : self.columns]
        return self.classifier.predict_proba(told)[:, 1]

    def write(self, events):
        from interplay.tensors.event_batch import event_batch

        self.evidence.write(event_batch(events))


def evident(kind, columns):
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    def make(split, seed, batch):
        if kind == "boosting":
            classifier = HistGradientBoostingClassifier(random_state=seed)
        else:
            classifier = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
        return Evident(classifier, columns, split.graph.n_nodes).fit(split.training, batch)

    return make


def history_boosting(split, seed, batch):
    from interplay.measures.stream_baselines import HistoryBoosting

    return HistoryBoosting(seed=seed, batch=batch).fit(split.graph, split=split)


OTHERS = {
    "history boosting": history_boosting,
    "boosting, 12 counters": evident("boosting", 12),
    "boosting, all evidence": evident("boosting", None),
    "logistic, 12 counters": evident("logistic", 12),
    "logistic, all evidence": evident("logistic", None),
}
MODELS = (*OTHERS, "tgn", *SEMBA)


def trained(model, split, seed, batch):
    """Train one of the models with a loop of its own; give it, the size of its batches, and what to tell of it."""
    from interplay.represent import SEMBA as Semba
    from interplay.represent import TGN

    if model == "tgn":
        config = TGN(aim="sign", seed=seed)
    elif batch == 1:
        config = Semba(seed=seed, **SEMBA[model])
    else:
        config = Semba(seed=seed, batch=batch, evidence_at="batch", **SEMBA[model])
    result = config.fit(split.graph, split=split)
    told = {"epochs": len(result.loss["loss"]), "best_epoch": result.best_epoch}
    return config.online(result), config.batch, told | {"held_out": result.loss["held_out"].round(4).tolist()}


def measured(data, model, seed, batch, split):
    """Train on the first part of a stream, choose on the second, tell the signs of the third; give one row."""
    from interplay.measures.stream_evaluation import StreamEvaluation

    row = {"data": data, "model": model, "seed": seed, "batch": batch}
    begun = time.process_time()
    if model in OTHERS:
        found, replay = OTHERS[model](split, seed, batch), None
    else:
        found, replay, told = trained(model, split, seed, batch)
        row |= told
    row["train_cpu_s"] = round(time.process_time() - begun, 2)
    plan = StreamEvaluation(aim="sign", batch=batch, replay_batch=replay)
    begun = time.process_time()
    scores = plan.run(found, split.graph, split.validation_stop, len(split.graph), split=split)["sign"]
    row["test_cpu_s"] = round(time.process_time() - begun, 2)
    for part in ("values", "transductive", "inductive"):
        values = getattr(scores, part)
        row[part] = {name: round(float(values[name]), 5) for name in METRICS if np.isfinite(values.get(name, np.nan))}
    row["intervals"] = {k: [round(x, 5) for x in v] for k, v in scores.intervals.items() if k in METRICS}
    return row


def key(row):
    return row["data"], row["model"], row["seed"], row["batch"]


def rows(models=MODELS, data=DATA, seeds=SEEDS, batches=BATCHES):
    """Give the rows that are wanted, those of before as they were."""
    have = {}
    if PATH.exists():
        have = {key(row): row for row in map(json.loads, PATH.read_text().splitlines()) if "model" in row}
    splits = {}
    for seed in seeds:
        for name in data:
            if name not in splits:
                splits[name] = streams_data.split(name)
            for batch in batches:
                for model in models:
                    if splits[name] is None:
                        yield {"data": name, "skipped": f"no {streams_data.STREAMS[name][1]} below INTERPLAY_DATA"}
                    elif (name, model, seed, batch) in have:
                        yield have[name, model, seed, batch]
                    elif seed == 0 or not model.startswith("logistic"):
                        yield measured(name, model, seed, batch, splits[name])


def table():
    """Give what was measured as a table: means and standard deviations over seeds."""
    found = {}
    for row in map(json.loads, PATH.read_text().splitlines()):
        found.setdefault((row["data"], row["batch"], row["model"]), []).append(row["values"])
    out = ["| stream | batch | model | seeds | AUROC | negative AP | macro F1 |", "|---|---|---|---|---|---|---|"]
    for data in DATA:
        for batch in BATCHES:
            for model in MODELS:
                values = found.get((data, batch, model), [])
                if values:
                    told = " | ".join(spread([v[name] for v in values]) for name in METRICS[:3])
                    out.append(f"| {data} | {batch} | {model} | {len(values)} | {told} |")
    return "\n".join(out)


def spread(values):
    text = f"{np.mean(values):.3f}"
    return text if len(values) == 1 else f"{text} ± {np.std(values, ddof=1):.3f}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="*", help=f"of {', '.join(MODELS)}")
    parser.add_argument("--data", nargs="*", default=DATA)
    parser.add_argument("--seeds", nargs="*", type=int, default=SEEDS)
    parser.add_argument("--batch", nargs="*", type=int, default=BATCHES)
    parser.add_argument("--table", action="store_true", help="measure nothing, show what was measured")
    asked = parser.parse_args()
    if asked.table:
        print(table())
        return
    PATH.parent.mkdir(exist_ok=True)
    for row in rows(asked.models or MODELS, asked.data, asked.seeds, asked.batch):
        print(*key(row), row["values"], flush=True) if "model" in row else print(row["skipped"])
        if "commit" not in row and "model" in row:
            with PATH.open("a") as file:
                file.write(json.dumps(row | header()) + "\n")


if __name__ == "__main__":
    main()
