"""The networks of the fairness papers where they are at hand, and small synthetic ones of the same make where not."""

import os
from pathlib import Path

import numpy as np

from interplay.data import Graph, Groups
from interplay.ops import csr

DATA = Path(os.environ.get("INTERPLAY_DATA", Path(__file__).parents[3] / "shared" / "data")) / "fair_graphs"
FILES = {
    "rice": ("rice/rice_subset.links", "rice/rice_subset.attr"),
    "synth2": ("synth2/n500.links", "synth2/n500.attr"),
    "synth3": ("synth3/n500.links", "synth3/n500.attr"),
    "twitter": ("twitter/sample_4000.links", "twitter/sample_4000.attr"),
}
#: Cascade probability of each network, as published for CrossWalk.
PROBABILITY = {"rice": 0.01, "twitter": 0.01, "synth2": 0.03, "synth3": 0.03}
#: Sizes of groups, and the probability of an edge inside each and between any two, as the file names of the
#: published synthetic networks say them.
BLOCKS = {
    "synth2": ((350, 150), ((0.025, 0.001), (0.001, 0.025))),
    "synth3": ((300, 125, 75), ((0.025, 0.001, 0.0005), (0.001, 0.025, 0.0005), (0.0005, 0.0005, 0.025))),
}


def at_hand():
    """Name the networks whose files are there."""
    return [name for name, files in FILES.items() if all((DATA / file).is_file() for file in files)]


def load(name):
    """Give one network and its groups, undirected, edges given twice counted once.

    Of Twitter the largest component, 3560 nodes, as the published runs took.
    """
    links, attributes = (DATA / file for file in FILES[name])
    table = [line.split() for line in attributes.read_text().splitlines()]
    place = {row[0]: k for k, row in enumerate(table)}
    pairs = {
        tuple(sorted((place[a], place[b])))
        for a, b in (line.split()[:2] for line in links.read_text().splitlines())
        if a != b
    }
    src, dst = np.array(sorted(pairs)).T
    names, values = np.array([row[0] for row in table]), np.array([int(row[1]) for row in table])
    graph = Graph.from_edges(src, dst, n_nodes=len(table), directed=False, names=names)
    if name == "twitter":
        part = csr.components(graph.offsets, graph.target)
        keep = part == np.bincount(part).argmax()
        new = np.cumsum(keep) - 1
        inside = keep[src]
        graph = Graph.from_edges(
            new[src[inside]], new[dst[inside]], n_nodes=int(keep.sum()), directed=False, names=names[keep]
        )
        values = values[keep]
    return graph, Groups.of(values, column="group")


def colleges():
    """Give the college of every node of the Rice network."""
    graph, _ = load("rice")
    rows = [line.split() for line in (DATA / "rice" / "rice_raw.attr").read_text().splitlines()]
    known = {row[0]: int(row[1]) for row in rows}
    return Groups.of(np.array([known[name] for name in graph.names]), column="college")


def simulate(name, seed):
    """Draw a network of the same make as one of the synthetic ones."""
    sizes, probability = BLOCKS[name]
    code = np.repeat(np.arange(len(sizes)), sizes)
    chance = np.asarray(probability)[code[:, None], code]
    there = np.triu(np.random.default_rng(seed).random(chance.shape) < chance, 1)
    src, dst = np.nonzero(there)
    graph = Graph.from_edges(src, dst, n_nodes=len(code), directed=False)
    return graph, Groups(code=code, names=np.array([str(k) for k in range(len(sizes))]))


def network(name, seed=0):
    """Give the published network where it is at hand, else (synthetic ones only) a drawn one; with what it is."""
    if name in at_hand():
        return (*load(name), "published file")
    if name in BLOCKS:
        return (*simulate(name, seed), "drawn anew")
    raise SystemExit(f"The files of {name} are not at hand; set INTERPLAY_DATA.")
