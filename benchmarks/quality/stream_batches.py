"""Larger batches with and without prediction and correction: Wikipedia, one row per model and seed.

`python -m benchmarks.quality.stream_batches` measures what is not in results/stream_batches.jsonl yet and appends it
there row by row. All models are tested on the same events, from the same negatives, in batches of 200 and in batches of
the size they were trained with.
"""

import json
import math
import time
from pathlib import Path

from benchmarks.quality import streams_data
from benchmarks.speed.machine import header

PATH = Path(__file__).with_name("results") / "stream_batches.jsonl"
SMALL, LARGE = 200, 800
SEEDS = (0, 1, 2)
EPOCHS = 8


def models():
    """Give every configuration by name."""
    from interplay.represent import PRES, TGN

    return {
        "tgn_200": TGN(batch=SMALL),
        "tgn_800": TGN(batch=LARGE),
        "pres_800": PRES(batch=LARGE, beta=0.1),
        "pres_800_little_coherence": PRES(batch=LARGE, beta=0.01),
        "pres_800_no_coherence": PRES(batch=LARGE, beta=0.0),
        "pres_800_no_correction": PRES(batch=LARGE, beta=0.1, gamma=1.0, learn_gamma=False),
        "pres_800_no_horizon": PRES(batch=LARGE, beta=0.1, horizon=math.inf),
        "pres_800_step": PRES(batch=LARGE, beta=0.1, rates="step", horizon=math.inf),
    }


def measured(name, config, seed, split):
    """Train and test once."""
    from dataclasses import replace

    from interplay.measures.stream_evaluation import StreamEvaluation

    config = replace(config, seed=seed, epochs=EPOCHS)
    begun = time.process_time()
    result = config.fit(split.graph, split=split)
    spent = time.process_time() - begun
    epochs = len(result.loss["loss"])
    row = {"data": "wikipedia", "model": name, "seed": seed, "batch": config.batch, "epochs": epochs}
    row |= {"best_epoch": result.best_epoch, "train_cpu_s": spent, "cpu_s_per_epoch": spent / epochs}
    row |= {part: values.round(5).tolist() for part, values in result.loss.items()}
    gate = [float(v) for k, v in result.parameters.items() if k.endswith("correction.gate")]
    row["gate"] = gate
    for batch in sorted({SMALL, config.batch}):
        plan = StreamEvaluation(negatives=("random", "historical"), n_negatives=1, batch=batch)
        told = plan.run(config.online(result), split.graph, split.validation_stop, len(split.graph), split=split)
        for kind, scores in told.items():
            row[f"test_{batch}_{kind}"] = {k: round(float(v), 5) for k, v in scores.values.items() if v == v}
    return row


def rows():
    """Give every row, those of before as they were: what is compared first, then its parts one by one."""
    have = {}
    if PATH.exists():
        have = {(row["model"], row["seed"]): row for row in map(json.loads, PATH.read_text().splitlines())}
    split = streams_data.split("wikipedia")
    if split is None:
        yield {"data": "wikipedia", "skipped": "no temporal/ml_wikipedia.txt below INTERPLAY_DATA"}
        return
    given = list(models().items())
    for part in (given[:3], given[3:5], given[5:]):
        for seed in SEEDS:
            for name, config in part:
                yield have.get((name, seed)) or measured(name, config, seed, split)


def main():
    PATH.parent.mkdir(exist_ok=True)
    for row in rows():
        print({k: v for k, v in row.items() if not isinstance(v, list)}, flush=True)
        if "commit" not in row and "skipped" not in row:
            with PATH.open("a") as file:
                file.write(json.dumps(row | header()) + "\n")


if __name__ == "__main__":
    main()
