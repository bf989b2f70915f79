"""PageRank, first traverse distances and effective resistances, beside the fastest peers installed."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import networkx as nx
import numpy as np

from benchmarks.speed.machine import measure, peak_mib
from interplay import measures
from interplay.data import Graph

#: Power-law networks: nodes, edges per new node.
SIZES = ((10_000, 10), (100_000, 10))


def network(n, m, directed=False):
    edges = np.array(nx.barabasi_albert_graph(n, m, seed=0).edges)
    return edges, Graph.from_edges(*edges.T, n_nodes=n, directed=directed)


def rows(sizes=SIZES):
    for n, m in sizes:
        edges, graph = network(n, m)
        common = {"bench": "distances", "case": f"PageRank, {n} nodes, {len(edges)} edges, error 1e-9"}
        ours = measure(lambda g=graph: measures.page_rank(g, tolerance=1e-9), 3)
        score = measures.page_rank(graph, tolerance=1e-9).score
        yield common | {"who": "interplay", "peak_mib": peak_mib()} | ours
        for peer in _peers("pagerank", edges, n, score):
            yield common | peer | {"ratio_cpu": peer["cpu_s"] / ours["cpu_s"]}
    for n in (500, 1000, 2000):
        edges, graph = network(n, 3)
        common = {"bench": "distances", "case": f"{n} nodes, {len(edges)} edges, all pairs"}
        for kind in ("ordinary", "levy", "page-rank"):
            row = measure(lambda g=graph, k=kind: measures.mean_first_traverse(g, k), 2)
            yield common | {"who": f"interplay, first traverse distance, {kind}"} | row
        row = measure(lambda g=graph: measures.damping_study(g), 1)
        yield common | {"who": "interplay, damping study, 104 factors x 2 costs"} | row
        ours = measure(lambda g=graph: measures.effective_resistance(g), 2)
        yield common | {"who": "interplay, effective resistance", "peak_mib": peak_mib()} | ours
        if n <= 1000:
            for peer in _peers("resistance", edges, n, measures.effective_resistance(graph)):
                yield common | peer | {"ratio_cpu": peer["cpu_s"] / ours["cpu_s"]}
    edges, graph = network(1000, 3)
    pairs = np.random.default_rng(0).integers(0, 1000, (20, 2))
    for kind in ("ordinary", "levy", "page-rank"):
        row = measure(lambda k=kind: measures.sample_first_traverse(graph, pairs, k, runs=200), 1)
        yield {"bench": "distances", "case": "1000 nodes, 20 pairs, 200 walks each", "who": f"simulated, {kind}"} | row


def _peers(what, edges, n, expected):
    python = os.environ.get("INTERPLAY_PEERS")
    if not python:
        print("peers are left out: INTERPLAY_PEERS names no interpreter that has them.", file=sys.stderr)
        return []
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "edges.npz"
        np.savez(place, edges=edges, n=n, expected=expected)
        script = Path(__file__).with_name("distances_peers.py")
        done = subprocess.run([python, str(script), what, str(place)], capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]
