"""Time one peer's walks on a given graph; run by an interpreter that has it, prints one JSON line.

`python walks_peers.py NAME GRAPH.npz P Q LENGTH`
"""

import json
import sys
import time
from importlib import metadata

import numpy as np

#: Nodes that are walked from once, first order and second order.
STARTS = {"csrgraph": (5000, 200), "pecanpy": (5000, 300), "igraph": (3000, 0), "torch_cluster": (20_000, 20_000)}

RENAMED = {
    "bool8": "bool_",
    "object0": "object_",
    "int0": "intp",
    "uint0": "uintp",
    "void0": "void",
    "bytes0": "bytes_",
    "str0": "str_",
    "float_": "float64",
    "complex_": "complex128",
    "longfloat": "longdouble",
    "singlecomplex": "complex64",
    "cfloat": "complex128",
    "clongfloat": "clongdouble",
    "longcomplex": "clongdouble",
    "string_": "bytes_",
    "unicode_": "str_",
}


def timed(work, repeats=2):
    """Give the least processor and wall seconds after one call that compiles."""
    work()
    cpu, wall = [], []
    for _ in range(repeats):
        started, begun = time.perf_counter(), time.process_time()
        work()
        cpu.append(time.process_time() - begun)
        wall.append(time.perf_counter() - started)
    return {"cpu_s": min(cpu), "wall_s": min(wall), "repeats": repeats}


def csrgraph(offsets, target, starts, p, q, length):
    import numba
    from csrgraph import csrgraph as build
    from scipy import sparse

    numba.set_num_threads(1)
    n = len(offsets) - 1
    graph = build(sparse.csr_matrix((np.ones(len(target), np.float32), target, offsets), shape=(n, n)), threads=1)
    settings = {} if p == q == 1 else {"return_weight": p, "neighbor_weight": q}
    yield (
        "csrgraph (nodevectors)",
        lambda: graph.random_walks(walklen=length, epochs=1, start_nodes=starts, **settings),
    )


def pecanpy(offsets, target, starts, p, q, length):
    for old, new in RENAMED.items():  # a library of the peer asks for names that numpy 2 dropped
        setattr(np, old, getattr(np, new))
    import numba
    from numba_progress import ProgressBar
    from pecanpy import pecanpy as modes

    numba.set_num_threads(1)
    n = len(offsets) - 1
    for name in ["FirstOrderUnweighted"] if p == q == 1 else ["SparseOTF"]:
        graph = getattr(modes, name)(p, q, workers=1, verbose=False)
        graph.set_node_ids([str(v) for v in range(n)])
        graph.indptr, graph.indices = offsets.astype(np.uint32), target.astype(np.uint32)
        graph.data = np.ones(len(target), np.float32)
        graph._preprocess_transition_probs()
        forward, has = graph.get_move_forward(), graph.get_has_nbrs()

        def work(graph=graph, forward=forward, has=has):
            with ProgressBar(total=len(starts), disable=True) as bar:
                graph._random_walks(len(starts), length - 1, 0, starts.astype(np.uint32), has, forward, bar)

        yield f"pecanpy {name}", work


def igraph(offsets, target, starts, p, q, length):
    from igraph import Graph

    n = len(offsets) - 1
    tail = np.repeat(np.arange(n), np.diff(offsets))
    graph = Graph(n=n, edges=np.column_stack([tail, target])[tail < target], directed=False)
    yield "igraph", lambda: [graph.random_walk(v, length - 1) for v in starts.tolist()]


def torch_cluster(offsets, target, starts, p, q, length):
    import torch
    import torch_cluster  # noqa: F401

    torch.set_num_threads(1)
    rows, columns = torch.from_numpy(offsets.astype(np.int64)), torch.from_numpy(target.astype(np.int64))
    begin = torch.from_numpy(starts.astype(np.int64))
    walk = torch.ops.torch_cluster.random_walk
    yield "torch-cluster", lambda: walk(rows, columns, begin, length - 1, p, q)


def main(name, place, p, q, length):
    with np.load(place) as file:
        offsets, target = file["offsets"], file["target"]
    p, q = float(p), float(q)
    size = STARTS[name][0 if p == q == 1 else 1]
    if size == 0:
        return
    starts = np.random.default_rng(0).permutation(len(offsets) - 1)[:size]
    for who, work in globals()[name](offsets, target, starts, p, q, int(length)):
        version = metadata.version(name.replace("_", "-"))
        print(json.dumps({"who": f"{who} {version}", "timed_walks": size} | timed(work)), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
