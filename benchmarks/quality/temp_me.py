"""TempME beside attention, slopes, occlusion, recency and lots: how few events stand for a model's decision.

`python -m benchmarks.quality.temp_me [--data NAME ...] [--seeds S ...]` measures what is not in results/temp_me.jsonl
yet, and appends it row by row. "known" is a made stream and a model with a known rule: the events it decides by are
known as well.
"""

import argparse
import json
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.quality import streams_data
from benchmarks.speed.machine import header

PATH = Path(__file__).with_name("results") / "temp_me.jsonl"
DATA = ("known", "bitcoin_otc", "college_msg", "wikipedia")
SEEDS = (0, 1, 2)
MODEL_EPOCHS = {"bitcoin_otc": 5, "college_msg": 5, "wikipedia": 2}
QUERIES = 1000


def measured(data, seed):
    from interplay.explain import TempME
    from interplay.represent import TGN

    if data == "known":
        graph, split, trained, config = known(seed)
    else:
        split = streams_data.split(data)
        if split is None:
            return {"data": data, "skipped": f"no {streams_data.STREAMS[data][1]} below INTERPLAY_DATA"}
        graph, aim = split.graph, streams_data.STREAMS[data][0]
        model = TGN(aim=aim, seed=seed, memory=32, width=32, time_width=32, epochs=MODEL_EPOCHS[data])
        begun = time.process_time()
        trained = model.fit(graph, split=split)
        config = TempME(seed=seed, epochs=10)
    row = {"data": data, "aim": trained.aim, "seed": seed, "model": trained.method, "step": config.step}
    if data != "known":
        row |= {"model_cpu_s": time.process_time() - begun, "model_held_out": float(trained.loss["held_out"].min())}
    begun = time.process_time()
    found = config.fit(trained, graph, split=split)
    row |= {"train_cpu_s": time.process_time() - begun, "epochs": len(found.loss["loss"])}
    row |= {name: values.round(4).tolist() for name, values in found.loss.items()}
    begun = time.process_time()
    if data == "known":  # asked event by event, so that the stream itself tells the causes
        trained = replace(trained, config=replace(trained.config, batch=1))
    told = config.explain(found, trained, graph, split=split, queries=QUERIES)
    row |= {"explain_cpu_s": time.process_time() - begun, "queries": len(told.src), "notes": list(told.notes)}
    row["decided_yes"] = float((told.value > 0).mean())
    row["fidelity"] = {
        name: {
            "acc_auc": round(f.area, 4),
            "probability": round(float(f.probability.mean()), 4),
            "logit": round(float(f.logit.mean()), 4),
            "auc": round(float(f.auc.mean()), 4),
            "accuracy": f.accuracy.round(4).tolist(),
        }
        for name, f in told.fidelity.items()
    }
    row |= {name: getattr(told, name).round(4).tolist() for name in ("drawn", "counted", "null")}
    if data == "known":
        row["cause_first"] = cause_first(told, graph, trained.config)
    return row


def known(seed):
    from interplay.data import split_events
    from interplay.explain import TempME
    from interplay.testing.known_streams import KnownMethod, closing_stream

    graph = closing_stream(4000, 60, seed=seed)
    config = TempME(
        seed=seed, walks=6, horizon=2, hidden=32, temperature=0.3, learning_rate=3e-3, epochs=15, patience=None
    )
    return graph, split_events(graph), KnownMethod(batch=50).result(graph), config


def cause_first(told, graph, model):
    """Give the share of yes-decisions whose best-scored event is a cause, beside chance."""
    from interplay.testing.known_streams import known_causes

    yes = told.value > 0
    truth = known_causes(graph, told.src[yes], told.dst[yes], told.time[yes], model.reach, model.onward)
    event, score = (x[yes].reshape(len(truth), -1) for x in (told.event, told.score))
    best = event[np.arange(len(event)), np.where(event < 0, -1.0, score).argmax(1)]
    lots = [len(t) / len(set(row[row >= 0].tolist())) for t, row in zip(truth, event, strict=True)]
    newest = [int(row.max()) in t for t, row in zip(truth, event, strict=True)]
    hit = [int(e) in t for e, t in zip(best, truth, strict=True)]
    return {"temp_me": float(np.mean(hit)), "recency": float(np.mean(newest)), "random": float(np.mean(lots))}


def key(row):
    return row["data"], row.get("seed")


def rows(data=DATA, seeds=SEEDS):
    """Give the rows that are wanted, those of before as they were."""
    before = PATH.read_text().splitlines() if PATH.exists() else []
    have = {key(row): row for row in map(json.loads, before) if "data" in row}
    for name in data:
        for seed in seeds:
            yield have.get((name, seed)) or measured(name, seed)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", nargs="*", default=DATA)
    parser.add_argument("--seeds", nargs="*", type=int, default=SEEDS)
    asked = parser.parse_args()
    for row in rows(asked.data, asked.seeds):
        if "skipped" in row:
            print(row, flush=True)
            continue
        short = {name: (f["acc_auc"], f["probability"], f["logit"]) for name, f in row["fidelity"].items()}
        print(row["data"], row["seed"], short, row.get("cause_first", ""), flush=True)
        if "commit" not in row:
            with PATH.open("a") as file:
                file.write(json.dumps(row | header()) + "\n")


if __name__ == "__main__":
    main()
