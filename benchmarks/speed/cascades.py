"""Cascades beside other engines: 50 seeds on a power-law graph of 100 000 nodes and a million edges, one thread.

Seconds are for 1000 cascades, scaled from `timed_runs`; the reach must agree with that of the peers. Then thresholds,
epidemics, a curve of cost over the number of edges, and the same cascades in shards by one and by two processes.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.speed.machine import measure
from benchmarks.speed.skip_gram import power_law
from interplay import io
from interplay._core.rng import stream
from interplay.data import Graph
from interplay.influence import SIR, IndependentCascade, LinearThreshold, spread, spread_sharded

SEEDS = 50
PER = 1000
#: Chance, and how many runs are timed: ours, cynetdiff's, ndlib's.
CHANCES = {"0.01": (1280, 320, 2), "0.1": (256, 24, 0), "in-degree": (1024, 48, 0), "threshold": (256, 48, 0)}
CURVE = (10_000, 100_000, 1_000_000, 10_000_000)


def rows(n_nodes=100_000, n_edges=1_000_000, curve=CURVE):
    graph = shuffled(power_law(n_nodes, n_edges))
    chosen = choices(graph)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "graph.npz"
        np.savez(place, offsets=graph.offsets, target=graph.target, **chosen)
        for chance, (runs, *peer_runs) in CHANCES.items():
            model = _model(chance)
            for name, seeds in chosen.items():
                common = {"bench": "cascades", "case": f"{model.name} {chance}, {name} seeds", "n_edges": graph.n_edges}
                ours = timed(graph, seeds, model, runs)
                yield common | {"who": "interplay"} | ours
                for row in _peers(place, chance, name, peer_runs if name == "top" else [peer_runs[0], 0]):
                    row["ratio_cpu"] = row["cpu_s"] / ours["cpu_s"]
                    error = np.hypot(row["reach_se"], ours["reach_se"])
                    row["deviations"] = float((row["reach"] - ours["reach"]) / error)
                    yield common | row
        common = {"bench": "cascades", "case": "sir, top seeds", "n_edges": graph.n_edges}
        yield common | {"who": "interplay"} | timed(graph, chosen["top"], SIR(infection=0.02), 64)
        yield from _shards(graph, chosen["top"], Path(folder))
    del graph
    for size in curve:
        graph = shuffled(power_law(size // 10, size))
        for chance, runs in ((0.01, 320), ("in-degree", 128)):
            model = IndependentCascade(probability=chance)
            common = {"bench": "cascades", "case": f"ic {chance}, {size} edges", "n_edges": graph.n_edges}
            yield common | {"who": "interplay"} | timed(graph, choices(graph)["top"], model, runs)


def _model(chance):
    if chance == "threshold":
        return LinearThreshold()
    return IndependentCascade(probability=chance if chance == "in-degree" else float(chance))


def shuffled(graph):
    """Give the nodes new numbers, lest hubs be neighbours in memory."""
    number = stream(0, "benchmark", "numbers", graph.n_nodes).permutation(graph.n_nodes)
    once = graph.src < graph.target
    return Graph.from_edges(number[graph.src[once]], number[graph.target[once]], n_nodes=graph.n_nodes, directed=False)


def choices(graph):
    """Seeds at the hubs, where cascades are large, and at random."""
    top = np.argsort(-graph.degree_out(), kind="stable")[:SEEDS]
    return {"top": top, "random": stream(0, "benchmark", "seeds").choice(graph.n_nodes, SEEDS, replace=False)}


def timed(graph, seeds, model, runs):
    """Time `runs` cascades after the model is prepared, and the preparation apart."""
    begun = time.process_time()
    ready = model.prepare(graph)
    prepared = time.process_time() - begun
    code = np.zeros(graph.n_nodes, np.int64)
    row = measure(lambda: ready.run(seeds, code, 1, 0, 0, runs, False), 3)
    found = spread(graph, seeds, model=model, runs=runs)
    return {
        "cpu_s": row["cpu_s"] * PER / runs,
        "wall_s": row["wall_s"] * PER / runs,
        "repeats": row["repeats"],
        "timed_runs": runs,
        "prepare_s": prepared,
        "reach": found.reach,
        "reach_se": found.reach_se,
    }


def _peers(place, chance, name, peer_runs):
    python = os.environ.get("INTERPLAY_PEERS")
    if not python:
        print("cynetdiff and ndlib are left out: INTERPLAY_PEERS names no interpreter that has them.", file=sys.stderr)
        return
    script = Path(__file__).with_name("cascades_peers.py")
    command = [python, str(script), str(place), chance, name, *map(str, peer_runs)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    for line in done.stdout.splitlines():
        row = json.loads(line)
        for key in ("cpu_s", "wall_s"):
            row[key] *= PER / row["timed_runs"]
        yield row


def _shards(graph, seeds, folder):
    io.save_graph(graph, folder / "graph")
    model, runs = IndependentCascade(probability=0.1), 2560
    whole = spread(graph, seeds, model=model, runs=runs)
    for jobs in (1, 2):
        begun, before = time.perf_counter(), _children_s()
        found = spread_sharded(folder / "graph", seeds, model=model, runs=runs, shards=2, jobs=jobs)
        wall = time.perf_counter() - begun
        if not np.array_equal(found.samples, whole.samples):
            raise AssertionError("shards must give the bits of one process")
        yield {
            "bench": "cascades",
            "case": f"{runs} of ic 0.1 in 2 shards, same bits",
            "who": f"interplay, {jobs} process{'es' if jobs > 1 else ''}",
            "n_edges": graph.n_edges,
            "cpu_s": _children_s() - before,
            "wall_s": wall,
            "repeats": 1,
        }


def _children_s():
    """Processor seconds of workers that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
