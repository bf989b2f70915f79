"""Skip-gram with negative sampling beside gensim's: seconds on the same walks, and what the vectors are worth.

The worth is the area under the curve with which held-out edges are told from pairs that are none: by the cosine of the
two vectors alone, and by a logistic regression on their product.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.speed.machine import measure
from interplay import io
from interplay._core.rng import stream
from interplay.data import Graph
from interplay.represent import DeepWalk, UniformWalk, WalkCorpus, link_prediction, split_links
from interplay.represent.walk_training import LEAST_RATE, Corpus, checked, foresee_nodes

DATA = Path(os.environ.get("INTERPLAY_DATA", "../shared/data")) / "fair_graphs"
SEEDS = range(5)


def power_law(n_nodes=100_000, n_edges=1_000_000, exponent=2.5):
    """Draw edges whose ends are drawn in proportion to weights with a power-law tail; no repeats, no loops."""
    rng = stream(0, "benchmark", "power law", n_nodes)
    weight = (np.arange(n_nodes) + 10.0) ** (-1 / (exponent - 1))
    bounds = np.cumsum(weight) / weight.sum()
    ends = np.searchsorted(bounds, rng.random((int(1.3 * n_edges), 2)))
    ends = np.unique(np.sort(ends[ends[:, 0] != ends[:, 1]], axis=1), axis=0)
    ends = ends[np.sort(rng.choice(len(ends), min(n_edges, len(ends)), replace=False))]
    return Graph.from_edges(*ends.T, n_nodes=n_nodes, directed=False)


def blocks(n_nodes=1000, n_parts=20, within=0.2, between=0.005):
    """Draw a stochastic block model of equal parts."""
    rng = stream(0, "benchmark", "blocks", n_nodes)
    part = np.arange(n_nodes) % n_parts
    chance = np.where(part[:, None] == part, within, between)
    pairs = np.argwhere(np.triu(rng.random((n_nodes, n_nodes)) < chance, 1))
    return Graph.from_edges(*pairs.T, n_nodes=n_nodes, directed=False)


def rows():
    yield from _seconds()
    graphs = {"1000 nodes in 20 blocks": blocks()}
    for name, file in (("Rice", "rice/rice_subset.links"), ("Twitter", "twitter/sample_4000.links")):
        if (DATA / file).exists():
            graphs[name] = io.load_graph(DATA / file, directed=False, repeats="once")
        else:
            print(f"{name} is left out: INTERPLAY_DATA names no folder that has it.", file=sys.stderr)
    for name, graph in graphs.items():
        yield from _worth(name, graph)


def _seconds():
    graph = power_law()
    starts = stream(0, "benchmark", "starts").permutation(np.flatnonzero(graph.degree_out() > 0))[:20_000]
    walks = np.concatenate(list(WalkCorpus(graph, UniformWalk(), walks=1, length=80, starts=starts)))
    for dimensions in (64, 128):
        case = f"{len(walks)} walks of 80, D={dimensions}"
        common = {"bench": "skip_gram", "case": case, "n_nodes": graph.n_nodes, "visits": int((walks >= 0).sum())}
        ours = {}
        for threads in (1, 2):
            config = DeepWalk(dimensions=dimensions, hogwild=threads)
            corpus = _Given(walks, graph.n_nodes)
            ours[threads] = measure(lambda c=config, w=corpus: foresee_nodes(c, w, None), 2)
            yield common | {"who": f"interplay, {threads} training thread{'s' * (threads > 1)}"} | ours[threads]
        for threads in (1, 2):
            for row, _ in _gensim(walks, graph.n_nodes, DeepWalk(dimensions=dimensions), threads):
                row["ratio_cpu"] = row["cpu_s"] / ours[1]["cpu_s"]
                yield common | row


def _worth(name, graph):
    config = DeepWalk(dimensions=64, walks=10, length=40, window=10)
    found = {}
    for seed in SEEDS:
        split = split_links(graph, 0.2, seed=seed)
        walks = np.concatenate(list(Corpus(split.graph, UniformWalk(), _seeded(config, seed))))
        started, begun = time.perf_counter(), time.process_time()
        vectors, _ = foresee_nodes(_seeded(config, seed), _Given(walks, graph.n_nodes), None)
        took = {"cpu_s": time.process_time() - begun, "wall_s": time.perf_counter() - started}
        found.setdefault("interplay", []).append(took | _areas(checked(vectors, 64), split))
        for row, theirs in _gensim(walks, graph.n_nodes, _seeded(config, seed), 1):
            found.setdefault(row["who"], []).append(row | _areas(theirs, split))
    for who, cells in found.items():
        row = {"bench": "skip_gram", "case": f"{name}, worth of vectors", "who": who, "n_nodes": graph.n_nodes}
        row |= {
            key: float(np.mean([c[key] for c in cells])) for key in ("cpu_s", "wall_s", "auc_cosine", "auc_product")
        }
        for key in ("auc_cosine", "auc_product"):
            row[f"{key}_se"] = float(np.std([c[key] for c in cells], ddof=1) / np.sqrt(len(cells)))
            if who != "interplay":
                gap = [a[key] - b[key] for a, b in zip(found["interplay"], cells, strict=True)]
                row[f"{key}_gap"] = float(np.mean(gap))
                row[f"{key}_gap_se"] = float(np.std(gap, ddof=1) / np.sqrt(len(gap)))
        yield row | {"seeds": len(cells)}


class _Given:
    """Walks at hand, in place of a corpus."""

    def __init__(self, walks, n_nodes):
        self.blocks = [walks[k : k + 4096] for k in range(0, len(walks), 4096)]
        self.n_walks = len(walks)
        self.visits = np.bincount(walks[walks >= 0], minlength=n_nodes)

    def __iter__(self):
        return iter(self.blocks)


def _seeded(config, seed):
    return replace(config, seed=seed)


def _areas(vectors, split):
    length = np.linalg.norm(vectors, axis=1)
    unit = vectors / np.where(length > 0, length, 1)[:, None]
    score = (unit[split.test[:, 0]] * unit[split.test[:, 1]]).sum(axis=1)
    order = np.argsort(score, kind="stable")
    rank = np.empty(len(order))
    rank[order] = np.arange(1, len(order) + 1)
    there, n_there = split.test_edge, split.test_edge.sum()
    cosine = (rank[there].sum() - n_there * (n_there + 1) / 2) / (n_there * (len(order) - n_there))
    return {
        "auc_cosine": float(cosine),
        "auc_product": float(link_prediction(vectors, split, feature="product").scores["auc"][0]),
    }


def _gensim(walks, n_nodes, config, workers):
    python = os.environ.get("INTERPLAY_PEERS")
    if not python:
        print("gensim is left out: INTERPLAY_PEERS names no interpreter that has it.", file=sys.stderr)
        return
    with tempfile.TemporaryDirectory() as folder:
        place, out = Path(folder) / "walks.npz", Path(folder) / "vectors.npy"
        np.savez(
            place,
            walks=walks,
            n_nodes=n_nodes,
            seed=config.seed,
            vector_size=config.dimensions,
            window=config.window,
            negative=config.negatives,
            epochs=config.epochs,
            workers=workers,
            alpha=config.learning_rate,
            min_alpha=LEAST_RATE,
        )
        script = Path(__file__).with_name("skip_gram_peers.py")
        done = subprocess.run([python, str(script), str(place), str(out)], capture_output=True, text=True, check=True)
        row = json.loads(done.stdout.splitlines()[-1])
        row["who"] += f", {workers} worker{'s' * (workers > 1)}"
        yield row, np.load(out)
