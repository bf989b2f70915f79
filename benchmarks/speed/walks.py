"""Random walks beside other engines: 10 walks of 80 nodes from each of 100 000 nodes on a power-law graph.

Peers are asked for their walks alone, without files or texts, on fewer starts where they are slow; seconds are then
scaled up and `timed_walks` says from how many. torch-cluster is measured if the running interpreter has it. networkit
is left out: its node2vec cannot be timed apart from the training of vectors. A curve of cost over the number of edges
follows, and the same walks in shards by one and by two processes.
"""

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.speed.machine import measure, peak_mib
from benchmarks.speed.skip_gram import power_law
from interplay import io
from interplay._core.rng import stream
from interplay.data import Graph
from interplay.represent import Node2VecWalk, WalkCorpus, WeightedWalk, walk_in_shards

WALKS, LENGTH = 10, 80
SETTINGS = ((1.0, 1.0), (0.5, 2.0))
CURVE = (10_000, 100_000, 1_000_000, 10_000_000)


def rows(n_nodes=100_000, n_edges=1_000_000, curve=CURVE):
    graph = _shuffled(power_law(n_nodes, n_edges))
    n_walks = WALKS * n_nodes
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "graph.npz"
        np.savez(place, offsets=graph.offsets, target=graph.target)
        for p, q in SETTINGS:
            common = {"bench": "walks", "case": f"{n_walks} walks, p={p:g}, q={q:g}", "n_edges": graph.n_edges}
            ours = _ours(graph, Node2VecWalk(p=p, q=q))
            yield common | {"who": "interplay"} | ours
            for row in _peers(place, p, q):
                for key in ("cpu_s", "wall_s"):
                    row[key] *= n_walks / row["timed_walks"]
                row["ratio_cpu"] = row["cpu_s"] / ours["cpu_s"]
                yield common | row
        weighted = graph.with_weight(_weights(graph))
        for rule, name in ((WeightedWalk(), "weighted"), (Node2VecWalk(p=0.5, q=2), "weighted, p=0.5, q=2")):
            common = {"bench": "walks", "case": f"{n_nodes} walks, {name}", "n_edges": graph.n_edges}
            yield common | {"who": "interplay"} | _ours(weighted, rule, walks=1)
        yield from _shards(graph, Path(folder))
    del graph, weighted
    for size in curve:
        yield from _point(size)


def _shuffled(graph):
    """Give the nodes new numbers, lest hubs be neighbours in memory."""
    number = stream(0, "benchmark", "numbers", graph.n_nodes).permutation(graph.n_nodes)
    once = graph.src < graph.target
    ends = number[graph.src[once]], number[graph.target[once]]
    return Graph.from_edges(*ends, n_nodes=graph.n_nodes, directed=False)


def _weights(graph):
    """One weight per edge, the same in both rows."""
    low, high = np.minimum(graph.src, graph.target), np.maximum(graph.src, graph.target)
    return 0.5 + ((low.astype(np.int64) * 31 + high) % 97) / 97


def _ours(graph, rule, walks=WALKS):
    begun = time.process_time()
    prepared = rule.prepare(graph)
    prepare_s = time.process_time() - begun
    corpus = WalkCorpus(graph, prepared, walks=walks, length=LENGTH, block=16_384)
    next(iter(corpus))
    times = _once(lambda: _run_through(corpus))
    steps = corpus.n_walks * LENGTH
    return times | {
        "prepare_s": prepare_s,
        "table_mib": prepared.n_bytes / 2**20,
        "ns_per_step": times["cpu_s"] / steps * 1e9,
        "walks_per_s": corpus.n_walks / times["cpu_s"],
    }


def _once(work):
    started, begun = time.perf_counter(), time.process_time()
    work()
    return {"cpu_s": time.process_time() - begun, "wall_s": time.perf_counter() - started, "repeats": 1}


def _run_through(corpus):
    for _ in corpus:
        pass


def _peers(place, p, q):
    script = Path(__file__).with_name("walks_peers.py")
    python = os.environ.get("INTERPLAY_PEERS")
    if not python:
        print("Peers are left out: INTERPLAY_PEERS names no interpreter that has them.", file=sys.stderr)
    asked = [(python, name) for name in ("csrgraph", "pecanpy", "igraph")] if python else []
    if importlib.util.find_spec("torch_cluster"):
        asked.append((sys.executable, "torch_cluster"))
    for interpreter, name in asked:
        command = [interpreter, str(script), name, str(place), str(p), str(q), str(LENGTH)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"{name} is left out: {done.stderr.strip().splitlines()[-1]}", file=sys.stderr)
            continue
        for line in done.stdout.splitlines():
            if line.startswith("{"):
                yield json.loads(line)


def _shards(graph, folder):
    saved = io.save_graph(graph, folder / "graph")
    n_walks = WALKS * graph.n_nodes
    rule = Node2VecWalk(p=0.5, q=2)
    digests = []
    for who, jobs, engine in (
        ("one process", 1, "serial"),
        ("two processes", 2, "processes"),
        ("two on Ray", 2, "ray"),
    ):
        if engine == "ray" and not importlib.util.find_spec("ray"):
            continue
        started, begun = time.perf_counter(), _cpu()
        found = walk_in_shards(saved, rule, folder / engine, walks=WALKS, shards=2, jobs=jobs, engine=engine)
        wall_s, cpu_s = time.perf_counter() - started, _cpu() - begun
        digests.append(hash(b"".join(path.read_bytes() for path in found.paths)))
        row = {"bench": "walks", "case": f"{n_walks} walks in 2 shards, p=0.5, q=2", "who": f"interplay, {who}"}
        yield row | {
            "cpu_s": cpu_s,
            "wall_s": wall_s,
            "same_bits": digests[-1] == digests[0],
            "starting_included": True,
        }


def _cpu():
    """Processor seconds of this process and of the children it has waited for (Ray's workers are none)."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _point(n_edges):
    graph = _shuffled(power_law(n_edges // 10, n_edges))
    starts = stream(0, "benchmark", "curve").integers(0, graph.n_nodes, 20_000)
    for p, q in SETTINGS:
        begun = time.process_time()
        prepared = Node2VecWalk(p=p, q=q).prepare(graph)
        prepare_s = time.process_time() - begun
        repetition = np.arange(len(starts))
        times = measure(lambda w=prepared, r=repetition: w.walk(starts, r, LENGTH, 0), 3)
        row = {"bench": "walks", "case": f"20000 walks, {n_edges} edges, p={p:g}, q={q:g}", "who": "interplay"}
        yield (
            row
            | times
            | {
                "prepare_s": prepare_s,
                "table_mib": prepared.n_bytes / 2**20,
                "ns_per_step": times["cpu_s"] / (len(starts) * LENGTH) * 1e9,
                "n_edges": graph.n_edges,
                "n_nodes": graph.n_nodes,
                "peak_mib": peak_mib(),
            }
        )
