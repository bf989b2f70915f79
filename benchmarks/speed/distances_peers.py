"""Time PageRank and resistances of other libraries on a given list of edges; prints one JSON line each."""

import json
import sys
import time
from importlib import metadata

import igraph
import networkit as nk
import networkx as nx
import numpy as np


def timed(who, work, expected, repeats):
    cpu, wall = [], []
    for _ in range(repeats):
        started, begun = time.perf_counter(), time.process_time()
        found = work()
        cpu.append(time.process_time() - begun)
        wall.append(time.perf_counter() - started)
    row = {"who": who, "cpu_s": min(cpu), "wall_s": min(wall), "repeats": repeats}
    row["greatest_difference"] = float(np.abs(np.asarray(found) - expected).max())
    print(json.dumps(row), flush=True)


def version(name):
    return f"{name} {metadata.version(name)}"


def pagerank(edges, n, expected):
    nk.setNumberOfThreads(1)
    kit = nk.GraphFromCoo((edges[:, 0], edges[:, 1]), n=n, directed=False, weighted=False)

    def by_networkit():
        rank = nk.centrality.PageRank(kit, 0.85, 1e-9)
        rank.norm = nk.centrality.Norm.L1_NORM
        return rank.run().scores()

    timed(f"{version('networkit')}, tolerance 1e-9", by_networkit, expected, 3)
    plain = igraph.Graph(n=n, edges=edges.tolist())
    timed(f"{version('igraph')}, PRPACK", lambda: plain.pagerank(damping=0.85), expected, 3)
    net = nx.Graph()
    net.add_nodes_from(range(n))
    net.add_edges_from(edges.tolist())
    if n <= 10_000:
        timed(version("networkx"), lambda: list(nx.pagerank(net, tol=1e-9 / n).values()), expected, 1)


def resistance(edges, n, expected):
    net = nx.Graph(edges.tolist())

    def all_pairs():
        found = nx.resistance_distance(net)
        return [[found[i][j] for j in range(n)] for i in range(n)]

    timed(f"{version('networkx')}, resistance_distance", all_pairs, expected, 1)


if __name__ == "__main__":
    with np.load(sys.argv[2]) as file:
        {"pagerank": pagerank, "resistance": resistance}[sys.argv[1]](file["edges"], int(file["n"]), file["expected"])
