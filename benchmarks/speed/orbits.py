"""Graphlet orbits to four nodes: power-law and random networks, ours beside the C++ of ORCA and beside enumeration."""

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

#: Nodes and edges per new node; the peer with bindings is timed on all, enumeration on the first only.
SIZES = ((1_000, 5), (10_000, 10), (100_000, 10))
ENUMERATED = 300


def network(n, m):
    net = nx.barabasi_albert_graph(n, m, seed=0)
    return np.array(net.edges)


def rows(sizes=SIZES):
    yield from _enumeration()
    for n, m in sizes:
        edges = network(n, m)
        graph = Graph.from_edges(*edges.T, n_nodes=n, directed=False)
        common = {"bench": "orbits", "case": f"{n} nodes, {len(edges)} edges, all orbits"}
        found = measures.graphlet_orbits(graph)
        ours = measure(lambda g=graph: measures.graphlet_orbits(g), 3)
        yield common | {"who": "interplay", "peak_mib": peak_mib()} | ours
        for peer in _peers(edges, found, n):
            yield common | peer | {"ratio_cpu": peer["cpu_s"] / ours["cpu_s"]}
        if n <= 10_000:
            work = measure(lambda g=graph: measures.orbit_adjacencies(g), 2)
            yield common | {"who": "interplay, adjacencies of linked pairs", "peak_mib": peak_mib()} | work
    for n_edges in (10_000, 100_000, 1_000_000, 3_000_000):
        graph = _random(n_edges)
        ours = measure(lambda g=graph: measures.graphlet_orbits(g), 1)
        yield {
            "bench": "orbits",
            "case": f"random, {graph.n_nodes} nodes, {graph.n_edges} edges",
            "who": "interplay",
            "peak_mib": peak_mib(),
        } | ours


def _random(n_edges):
    rng = np.random.default_rng(0)
    n = n_edges // 10
    pairs = np.unique(np.sort(rng.integers(0, n, (n_edges, 2)), axis=1), axis=0)
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    return Graph.from_edges(*pairs.T, n_nodes=n, directed=False)


def _enumeration():
    """Every connected set of four nodes found and told apart with networkx, as a user without a library would."""
    edges = network(ENUMERATED, 2)
    graph = Graph.from_edges(*edges.T, n_nodes=ENUMERATED, directed=False)
    common = {"bench": "orbits", "case": f"{ENUMERATED} nodes, {len(edges)} edges, four-node graphlets"}
    ours = measure(lambda: measures.graphlet_orbits(graph), 5)
    yield common | {"who": "interplay"} | ours
    net = nx.Graph(edges.tolist())
    found = [None]

    def enumerate_them():
        found[0] = _count(net)

    row = measure(enumerate_them, 1)
    exact = measures.graphlet_orbits(graph)
    difference = int(np.abs(found[0] - exact[:, 4:].sum(axis=1)).max())
    yield (
        common
        | {"who": f"networkx {nx.__version__}, enumeration"}
        | row
        | {
            "ratio_cpu": row["cpu_s"] / ours["cpu_s"],
            "greatest_difference": difference,
        }
    )


def _count(net):
    """Connected four-node subgraphs at each node: sets grown from their least node, as Wernicke (2006) does."""
    total = np.zeros(len(net), int)

    def grow(members, waiting, closed, root):
        if len(members) == 4:
            total[list(members)] += 1
            return
        waiting = set(waiting)
        while waiting:
            w = waiting.pop()
            new = {u for u in net[w] if u > root and u not in closed}
            grow((*members, w), waiting | new, closed | new, root)

    for root in net:
        first = {u for u in net[root] if u > root}
        grow((root,), first, first | {root}, root)
    return total


def _peers(edges, found, n):
    python = os.environ.get("INTERPLAY_PEERS")
    if not python:
        print("orbit-count is left out: INTERPLAY_PEERS names no interpreter that has it.", file=sys.stderr)
        return []
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "edges.npz"
        np.savez(place, edges=edges, n=n, expected=found)
        script = Path(__file__).with_name("orbits_peers.py")
        done = subprocess.run([python, str(script), str(place)], capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]
