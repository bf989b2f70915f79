"""Models of streams and baselines on real streams: one row per data, model and seed.

`python -m benchmarks.quality.streams MODEL [MODEL ...] [--data NAME ...] [--seeds S ...]` measures what is not in
results/streams.jsonl yet, and appends it there row by row, so that a run that was ended goes on where it was; several
may write at once. `python -m benchmarks.quality streams` measures whatever of all that is missing.
"""

import argparse
import json
import time
from dataclasses import asdict
from pathlib import Path

from benchmarks.quality import streams_data
from benchmarks.quality.streams_models import BASELINES, MODELS
from benchmarks.speed.machine import header

PATH = Path(__file__).with_name("results") / "streams.jsonl"
#: What true links are told from; "all" ranks them among every destination.
KINDS = ("random", "historical", "inductive", "all")
N_NEGATIVES = 20
BATCH = 200
SEEDS = (0, 1, 2)


def measured(data, model, seed, split, aim, kinds=KINDS):
    """Train on the first part of a stream, choose on the second, foretell the third; give one row."""
    from interplay.measures.stream_evaluation import StreamEvaluation

    row = {"data": data, "aim": aim, "model": model, "seed": seed}
    begun = time.process_time()
    if model in BASELINES[aim]:
        found = BASELINES[aim][model](split, seed)
        row |= {"baseline": True, "train_cpu_s": time.process_time() - begun}
    else:
        config = MODELS[model].make(aim, data, seed)
        result = config.fit(split.graph, split=split)
        spent = time.process_time() - begun
        epochs = len(result.loss["loss"])
        row |= {"baseline": False, "method": config.name, "settings": settings(config), "epochs": epochs}
        row |= {"best_epoch": result.best_epoch, "converged": result.converged, "train_cpu_s": spent}
        row |= {"cpu_s_per_epoch": spent / epochs, "curve": result.loss["loss"].round(4).tolist()}
        row |= {"held_out": result.loss["held_out"].round(4).tolist()}
        found = config.online(result)
    plan = StreamEvaluation(aim=aim, negatives=kinds, n_negatives=N_NEGATIVES, batch=BATCH)
    begun = time.process_time()
    scores = plan.run(found, split.graph, split.validation_stop, len(split.graph), split=split)
    row["test_cpu_s"] = time.process_time() - begun
    for kind, told in scores.items():
        row[kind] = {
            "all": rounded(told.values),
            "transductive": rounded(told.transductive),
            "inductive": rounded(told.inductive),
            "intervals": {name: [round(x, 5) for x in pair] for name, pair in told.intervals.items()},
        }
    return row


def settings(config):
    """Give what a configuration says, nested ones too, but for its seed."""
    return {k: v for k, v in json.loads(json.dumps(asdict(config), default=str)).items() if k != "seed"}


def rounded(values):
    return {name: round(float(value), 5) for name, value in values.items() if value == value}


def key(row):
    return row["data"], row["aim"], row["model"], row["seed"]


def known():
    """Give the rows that were measured before."""
    if not PATH.exists():
        return {}
    return {key(row): row for row in map(json.loads, PATH.read_text().splitlines()) if "model" in row}


def wanted(models=None, data=None, seeds=SEEDS):
    """Give what is to be measured: a model on every stream it is for; baselines have one seed."""
    for name, (aim, _) in streams_data.STREAMS.items():
        if data and name not in data:
            continue
        for model in models or (*BASELINES[aim], *MODELS):
            if model in BASELINES[aim]:
                yield name, aim, model, 0
            elif model in MODELS and aim in MODELS[model].aims:
                yield from ((name, aim, model, seed) for seed in seeds)


def rows(models=None, data=None, seeds=SEEDS):
    """Give the rows that are wanted, those of before as they were."""
    have, splits = known(), {}
    for name, aim, model, seed in wanted(models, data, seeds):
        if (name, aim, model, seed) in have:
            yield have[name, aim, model, seed]
            continue
        if name not in splits:
            splits[name] = streams_data.split(name)
        if splits[name] is None:
            yield {"data": name, "skipped": f"no {streams_data.STREAMS[name][1]} below INTERPLAY_DATA"}
        else:
            yield measured(name, model, seed, splits[name], aim)


def short(row):
    """Give a row's numbers in one line of text."""
    if "skipped" in row:
        return f"{row['data']}: {row['skipped']}"
    told = "  ".join(f"{n} {row['train_cpu_s' if n == 'train' else 'test_cpu_s']:.0f} s" for n in ("train", "test"))
    names = ("mrr", "ap", "auc", "negative_ap", "f1_macro")
    for kind in ("sign", *KINDS):
        if kind in row:
            values = row[kind]["all"]
            told += f"  {kind}: " + " ".join(f"{n} {values[n]:.4f}" for n in names if n in values)
    return f"{row['data']} {row['model']} {row['seed']}  {told}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="*", help=f"of {', '.join([*MODELS, *BASELINES['link'], *BASELINES['sign']])}")
    parser.add_argument("--data", nargs="*")
    parser.add_argument("--seeds", nargs="*", type=int, default=SEEDS)
    asked = parser.parse_args()
    PATH.parent.mkdir(exist_ok=True)
    for row in rows(asked.models, asked.data, asked.seeds):
        print(short(row), flush=True)
        if "commit" not in row and "skipped" not in row:
            with PATH.open("a") as file:
                file.write(json.dumps(row | header()) + "\n")


if __name__ == "__main__":
    main()
