"""Time the orbit counts of orbit-count (ORCA in C++) on a given list of edges; prints one JSON line."""

import json
import sys
import time
from importlib import metadata

import networkx as nx
import numpy as np
import orbit_count


def timed(work):
    cpu, wall = [], []
    for _ in range(2):
        started, begun = time.perf_counter(), time.process_time()
        found = work()
        cpu.append(time.process_time() - begun)
        wall.append(time.perf_counter() - started)
    return np.asarray(found), {"cpu_s": min(cpu), "wall_s": min(wall), "repeats": 2}


def main(place):
    with np.load(place) as file:
        edges, n, expected = file["edges"], int(file["n"]), file["expected"]
    net = nx.Graph()
    net.add_nodes_from(range(n))
    net.add_edges_from(edges.tolist())
    nodes = list(range(n))
    name = f"orbit-count {metadata.version('orbit-count')}"
    for who, work in (
        (f"{name}, ORCA in C++ on arrays", lambda: orbit_count._orca.motif_counts("node", 4, n, edges)),
        (f"{name}, from a networkx graph", lambda: orbit_count.node_orbit_counts(net, 4, nodes)),
    ):
        found, row = timed(work)
        print(json.dumps({"who": who, "greatest_difference": float(np.abs(found - expected).max())} | row), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
