"""Seed choice: reverse-reachable sets on a power-law graph of 100 000 nodes and a million undirected edges, 50 seeds.

Every row of reverse-reachable sets runs in a process of its own, so that its peak memory is its own; the peak holds
the graph, the interpreter and the compiled code too. No package with reverse-reachable sets was found that installs, so
the peer is lazy greedy over the fastest simulator found (cynetdiff), on a network where that ends, on as many cascades.
k-medoids is measured beside kmedoids, whose swaps are the same, its matrix of distances included.
"""

import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.speed.machine import measure, peak_mib
from benchmarks.speed.skip_gram import power_law
from interplay._core.rng import stream
from interplay.data import Graph
from interplay.influence import GreedySeeds, IndependentCascade, LinearThreshold, ReverseReachableSeeds, spread
from interplay.stats import k_medoids

MODELS = {
    "weighted cascade": IndependentCascade(probability="in-degree"),
    "p = 0.01": IndependentCascade(probability=0.01),
    "p = 0.1": IndependentCascade(probability=0.1),
    "linear threshold": LinearThreshold(),
}
CURVE = (10_000, 100_000, 1_000_000, 10_000_000)
BUDGET, EPSILON = 50, 0.1
#: The network on which lazy greedy by repeated simulation ends.
SMALL = {"n_nodes": 1000, "n_edges": 5000, "budget": 10, "runs": 100}


def rows(n_nodes=100_000, n_edges=1_000_000, curve=CURVE, points=(4000, 32, 40)):
    for name in MODELS:
        for jobs in (1, 2) if name == "p = 0.1" else (1,):
            yield _apart(_choice, n_nodes, n_edges, name, jobs)
    for size in curve:
        yield _apart(_choice, max(size // 10, 10), size, "weighted cascade", 1)
    yield from _greedy()
    yield from _medoids(*points)


def network(n_nodes, n_edges):
    """A power-law graph whose ids say nothing, lest hubs be neighbours in memory."""
    graph = power_law(n_nodes, n_edges)
    number = stream(0, "benchmark", "numbers", n_nodes).permutation(n_nodes)
    once = graph.src < graph.target
    return Graph.from_edges(number[graph.src[once]], number[graph.target[once]], n_nodes=n_nodes, directed=False)


def _apart(work, *arguments):
    """Call in a fresh process."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(work, arguments)


def _choice(n_nodes, n_edges, name, jobs):
    model = MODELS[name]
    ReverseReachableSeeds(budget=2, model=model, jobs=jobs).fit(network(500, 2000))
    graph = network(n_nodes, n_edges)
    before = peak_mib()
    begun, started = time.process_time(), time.perf_counter()
    found = ReverseReachableSeeds(budget=BUDGET, model=model, epsilon=EPSILON, jobs=jobs).fit(graph)
    times = {"cpu_s": time.process_time() - begun, "wall_s": time.perf_counter() - started}
    peak = peak_mib()
    judged = spread(graph, found, model=model, runs=1000, seed=9)
    return {
        "bench": "seeds",
        "case": f"{graph.n_edges} edges, {name}",
        "who": f"interplay, reverse-reachable sets, jobs={jobs}",
        **times,
        "peak_mib": peak,
        "graph_and_code_mib": before,
        "sets_mib": found.work["bytes"] / 2**20,
        "reverse_sets": found.work["reverse_sets"],
        "guarantee": found.guarantee,
        "objective": found.objective,
        "reach": judged.reach,
        "reach_se": judged.reach_se,
        "budget": BUDGET,
        "epsilon": EPSILON,
    }


def _greedy():
    graph = network(SMALL["n_nodes"], SMALL["n_edges"])
    model, runs = IndependentCascade(probability=0.1), SMALL["runs"]
    config = GreedySeeds(budget=SMALL["budget"], model=model, runs=runs)
    sets = ReverseReachableSeeds(budget=SMALL["budget"], model=model)
    case = {"bench": "seeds", "case": f"{SMALL['n_edges']} edges, p = 0.1, {SMALL['budget']} seeds"}
    choosers = {"lazy greedy": config, "reverse-reachable sets": sets}
    ours = {who: measure(lambda c=c: c.fit(graph), 2) for who, c in choosers.items()}
    rows = [(f"interplay, {who}", ours[who], c.fit(graph).seeds) for who, c in choosers.items()]
    for row in _peers("greedy", runs=runs, budget=SMALL["budget"], offsets=graph.offsets, target=graph.target):
        ratio = {"ratio_cpu": row["cpu_s"] / ours["lazy greedy"]["cpu_s"]}
        rows.append((row["who"], {"cpu_s": row["cpu_s"], "wall_s": row["wall_s"]} | ratio, np.array(row["seeds"])))
    for who, times, seeds in rows:
        judged = spread(graph, seeds, model=model, runs=10_000, seed=9)
        yield case | {"who": who} | times | {"reach": judged.reach, "reach_se": judged.reach_se}


def _medoids(n, d, k):
    points = stream(0, "benchmark", "medoids").standard_normal((n, d))
    case = {"bench": "seeds", "case": f"{k} medoids of {n} points, {d} dimensions"}
    ours = measure(lambda: k_medoids(points, k), 1)
    yield case | {"who": "interplay, k_medoids"} | ours | {"cost": k_medoids(points, k).cost}
    for row in _peers("medoids", points=points, k=k):
        yield case | row | {"ratio_cpu": row["cpu_s"] / ours["cpu_s"]}


def _peers(what, **given):
    python = os.environ.get("INTERPLAY_PEERS")
    if not python:
        print(
            "cynetdiff and kmedoids are left out: INTERPLAY_PEERS names no interpreter that has them.", file=sys.stderr
        )
        return
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "given.npz"
        np.savez(place, **given)
        script = Path(__file__).with_name("seeds_peers.py")
        done = subprocess.run([python, str(script), what, str(place)], capture_output=True, text=True, check=True)
    for line in done.stdout.splitlines():
        yield json.loads(line)
