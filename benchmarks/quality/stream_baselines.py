"""Baselines of streams on real streams: links from four kinds of negatives, signs from two ages of the past.

Links are told in batches of 200, longer where events tie. Signs are told twice: in such batches, and one time after
another, which shows every earlier event. Boosting draws which events stop it: five seeds.
"""

import time

from benchmarks.quality import streams_data

SEEDS = range(5)
KINDS = ("random", "historical", "inductive", "all")


def rows():
    """Yield one row per stream, baseline, kind of negatives or size of batch, and seed."""
    for name, (aim, path) in streams_data.STREAMS.items():
        split = streams_data.split(name)
        if split is None:
            yield {"data": name, "skipped": f"no {path} below INTERPLAY_DATA"}
            continue
        about = {"data": name, "aim": aim, "events": len(split.graph), "nodes": split.graph.n_nodes}
        about |= {
            "train_stop": split.train_stop,
            "start": split.validation_stop,
            "tie_share": round(split.tie_share, 4),
        }
        for row in links(split) if aim == "link" else signs(split):
            yield about | row


def links(split):
    """Every baseline of links, in one pass."""
    from interplay.measures import STREAM_BASELINES

    for baseline, kind in STREAM_BASELINES.items():
        if kind.aim == "link":
            yield from told(baseline, kind(), split, "link", 200)


def signs(split):
    """Every baseline of signs, by size of batch; reputation with both of its shares."""
    from interplay.measures import STREAM_BASELINES
    from interplay.measures.stream_baselines import HistoryBoosting

    for batch in (1, 200):
        yield from told("reputation, half", STREAM_BASELINES["reputation"](share=0.5), split, "sign", batch)
        yield from told("reputation", STREAM_BASELINES["reputation"](), split, "sign", batch)
        for seed in SEEDS:
            yield from told("boosting", HistoryBoosting(batch=batch, seed=seed), split, "sign", batch, seed=seed)


def told(baseline, config, split, aim, batch, seed=0):
    """Fit, replay and tell; one row per kind."""
    from interplay.measures import StreamEvaluation

    begun = time.process_time()
    model = config.fit(split.graph, split=split)
    spent = time.process_time() - begun
    plan = StreamEvaluation(aim=aim, negatives=KINDS, batch=batch)
    for kind, found in plan.run(model, split.graph, split.validation_stop, len(split.graph), split=split).items():
        yield {
            "baseline": baseline,
            "negatives": kind,
            "batch": batch,
            "seed": seed,
            "fit_cpu_s": round(spent, 3),
            "test_cpu_s": round(found.seconds, 3),
            "all": _rounded(found.values),
            "transductive": _rounded(found.transductive),
            "inductive": _rounded(found.inductive),
            "intervals": {name: [round(x, 4) for x in pair] for name, pair in found.intervals.items()},
            "notes": list(found.notes),
        }


def _rounded(values):
    return {name: round(float(value), 5) for name, value in values.items() if value == value}
