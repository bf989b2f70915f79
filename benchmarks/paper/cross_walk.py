"""CrossWalk: does re-weighting lower the disparity of three tasks at a small cost? Claimed, ours, gap."""

import functools
import json
from pathlib import Path

import numpy as np

from benchmarks.paper.fair_graphs import PROBABILITY, at_hand, colleges, network
from benchmarks.paper.fair_seeds import central_medoids
from benchmarks.speed.machine import header
from interplay.influence import IndependentCascade, KMedoidSeeds, spread
from interplay.measures import disparity
from interplay.represent import (
    ConstantWeights,
    CrossWalk,
    CrossWeights,
    DeepWalk,
    FairWalk,
    Node2Vec,
    link_prediction,
    node_classification,
    split_links,
)
from interplay.represent.node_baselines import DegreeVectors, RandomVectors, SpectralVectors
from interplay.stats import mean_interval

RESULTS = Path(__file__).with_name("results") / "cross_walk.jsonl"
SEEDS = 5
BUDGET = 40
RUNS = 4000
#: As published: 32 dimensions, window 10, 80 walks of 40 steps from each node, and the five passes that are the default
#: of the library the released code calls. Twitter has 10 walks and one pass, for time.
WALK = {"dimensions": 32, "window": 10, "length": 40}
#: alpha and exponent of each task, as the released runs have them.
CROSS = {
    ("influence", "rice"): (0.5, 4.0),
    ("influence", "synth2"): (0.7, 4.0),
    ("influence", "synth3"): (0.7, 4.0),
    ("influence", "twitter"): (0.5, 2.0),
    ("links", "rice"): (0.5, 2.0),
    ("nodes", "rice"): (0.5, 1.0),
}
#: Expected numbers of reached members of each group with 40 seeds, from the authors' released result files, one tuple
#: per embedding whose file was read, and the sizes of the groups there.
RELEASED = {
    "rice": {
        "sizes": (100, 345),
        "deepwalk": ((6.304, 72.682), (7.564, 72.332), (7.758, 72.122), (7.750, 72.744)),
        "crosswalk": ((14.054, 65.510), (16.644, 63.252), (15.608, 62.512), (17.002, 61.210), (16.798, 61.944)),
    },
    "synth2": {
        "sizes": (150, 350),
        "deepwalk": ((1.460, 52.760), (1.414, 53.490), (1.384, 53.364), (1.396, 53.370)),
        "crosswalk": ((17.478, 33.730), (12.702, 38.450), (15.016, 36.434)),
    },
    "twitter": {
        "sizes": (782, 2598, 180),
        "deepwalk": (
            (15.786, 32.308, 2.408),
            (10.978, 33.620, 2.358),
            (12.242, 33.290, 3.406),
            (14.198, 32.716, 1.472),
        ),
        "crosswalk": ((13.722, 33.784, 3.350), (11.904, 35.030, 4.418)),
    },
}


def methods(task, name, seed, passes):
    """Give every method of a task, by name; constant weights and second-order walks only for Rice's influence."""
    alpha, exponent = CROSS[task, name]
    walk = WALK | {"walks": 10 if name == "twitter" else 80, "epochs": passes, "seed": seed}
    found = {
        "deepwalk": DeepWalk(**walk),
        "crosswalk": CrossWalk(alpha=alpha, exponent=exponent, **walk),
        "fairwalk": FairWalk(**walk),
        "random": RandomVectors(dimensions=32, seed=seed),
        "degree": DegreeVectors(),
        "spectral": SpectralVectors(dimensions=32),
    }
    if (task, name) == ("influence", "rice"):
        found["constant"] = DeepWalk(reweight=ConstantWeights(factor=100.0), **walk)
        found["node2vec"] = Node2Vec(p=0.5, q=2.0, **walk)
        found["node2vec + crosswalk"] = Node2Vec(
            p=0.5, q=2.0, reweight=CrossWeights(alpha=alpha, exponent=exponent), **walk
        )
    return {k: found[k] for k in ("deepwalk", "crosswalk", "random")} if name == "twitter" else found


@functools.cache
def fitted(name, config):
    """Embed a whole network, once per setting."""
    graph, groups, _ = network(name)
    return config.fit(graph, groups=groups)


def interval(values):
    """Mean and its 95 % interval over seeds, (mean, low, high); None where a value is missing."""
    values = np.asarray(values, float)
    if np.isnan(values).any():
        return None
    if len(values) < 2 or np.ptp(values) == 0:
        return [float(values.mean())] * 3
    found = mean_interval(values, method="percentile")
    return [float(found.estimate), float(found.low), float(found.high)]


def _row(task, name, method, quality, variance, gap, **more):
    return {
        "task": task,
        "network": name,
        "method": method,
        "repeats": len(quality),
        "quality": interval(100 * np.asarray(quality)),
        "variance": interval(1e4 * np.asarray(variance)),
        "range": interval(100 * np.asarray(gap)),
        **more,
    }


def influence(name, passes=5):
    """Reach of 40 medoids, clustered well and as published."""
    graph, groups, what = network(name)
    model = IndependentCascade(probability=PROBABILITY[name])
    rows = {}
    for seed in range(SEEDS):
        for method, config in methods("influence", name, seed, passes).items():
            made = fitted(name, config)
            use = np.flatnonzero(made.embedded)
            chosen = {
                "medoids": KMedoidSeeds(budget=BUDGET, seed=seed).fit(graph, groups=groups, embedding=made).seeds,
                "central": use[central_medoids(made.embedding[use], BUDGET)],
            }
            for how, seeds in chosen.items():
                found = spread(graph, seeds, model=model, groups=groups, runs=RUNS, seed=seed)
                rows.setdefault((method, how), []).append((found.reach / graph.n_nodes, found.share))
    for (method, how), found in rows.items():
        reach, share = [r for r, _ in found], np.array([s for _, s in found])
        yield _row(
            "influence",
            name,
            method,
            reach,
            disparity(share, "variance"),
            disparity(share, "range"),
            seeds=how,
            share=share.mean(axis=0).tolist(),
            data=what,
        )


def links(name, passes=5):
    """Accuracy on held-out links, and the disparity over pairs of groups."""
    graph, groups, what = network(name)
    rows = {}
    for seed in range(SEEDS):
        split = split_links(graph, 0.1, groups=groups, keep_connected=False, seed=seed)
        for method, config in methods("links", name, seed, passes).items():
            found = link_prediction(config.fit(split.graph, groups=groups), split, groups)
            rows.setdefault(method, []).append(found)
    for method, found in rows.items():
        yield _row(
            "links",
            name,
            method,
            [r.scores["accuracy"][0] for r in found],
            [r.disparity("accuracy", "variance")[0] for r in found],
            [r.disparity("accuracy", "range")[0] for r in found],
            auc=interval([100 * r.scores["auc"][0] for r in found]),
            data=what,
        )


def nodes(name, passes=5):
    """Accuracy of the college told from the embedding, and the disparity over groups."""
    _, groups, what = network(name)
    label = colleges()
    for classifier in ("propagation", "logistic"):
        rows = {}
        for seed in range(SEEDS):
            for method, config in methods("nodes", name, seed, passes).items():
                made = fitted(name, config)
                found = node_classification(made, label, groups, classifier=classifier, repeats=20, seed=seed)
                rows.setdefault(method, []).append(found)
        for method, found in rows.items():
            yield _row(
                "nodes",
                name,
                method,
                [r.scores["accuracy"].mean() for r in found],
                [r.disparity("accuracy", "variance").mean() for r in found],
                [r.disparity("accuracy", "range").mean() for r in found],
                classifier=classifier,
                range_of_means=interval([100 * r.disparity_of_means() for r in found]),
                chance=100 * float(np.mean([r.chance["accuracy"].mean() for r in found])),
                data=what,
            )


#: Task, network, passes over the walks.
ORDER = (
    (influence, "rice", 5),
    (influence, "rice", 1),
    (nodes, "rice", 5),
    (links, "rice", 5),
    (influence, "synth2", 5),
    (influence, "synth3", 5),
    (influence, "twitter", 1),
)


def make():
    """Run everything that the data at hand allow, and store it."""
    found = []
    there = at_hand()
    for task, name, passes in ORDER:
        if name in there or (task is influence and name.startswith("synth")):
            for row in task(name, passes):
                print(row, flush=True)
                found.append(row | {"passes": passes} | header())
            RESULTS.parent.mkdir(exist_ok=True)
            RESULTS.write_text("".join(json.dumps(row) + "\n" for row in found))


def claimed(name, method):
    """Mean reach and variance in per cent of the released files; None where none was read."""
    if name not in RELEASED or method not in RELEASED[name]:
        return None
    sizes = np.array(RELEASED[name]["sizes"])
    counts = np.array(RELEASED[name][method])
    return (
        100 * counts.sum(axis=1).mean() / sizes.sum(),
        1e4 * disparity(counts / sizes, "variance").mean(),
        len(counts),
    )


def lines():
    """Give the table of the stored rows."""
    yield (
        "| task | network | passes | seeds by, told by | method | reach or accuracy, % | variance over groups, %^2 | "
        "range, % | claimed: value, variance | gap |"
    )
    yield "|---|---|---|---|---|---|---|---|---|---|"
    for row in map(json.loads, RESULTS.read_text().splitlines()):
        released = claimed(row["network"], row["method"]) if row["task"] == "influence" else None
        said = gap = ""
        if released is not None:
            said = f"{released[0]:.2f}, {released[1]:.2f} ({released[2]} files)"
            gap = f"{row['quality'][0] - released[0]:+.2f}, {row['variance'][0] - released[1]:+.2f}"
        how = row.get("seeds", row.get("classifier", "logistic"))
        numbers = " | ".join(_with_interval(row[k]) for k in ("quality", "variance", "range"))
        which = f"{row['task']} | {row['network']} | {row['passes']} | {how} | {row['method']}"
        yield f"| {which} | {numbers} | {said} | {gap} |"


def _with_interval(value):
    return f"{value[0]:.2f} [{value[1]:.2f}, {value[2]:.2f}]"
