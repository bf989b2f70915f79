"""Time the peers' cascades on a given graph; run by an interpreter that has them, prints one JSON line each."""

import array
import json
import sys
import time
from importlib import metadata

import numpy as np


def report(who, runs, cascade):
    reach, started, begun = [], time.perf_counter(), time.process_time()
    for _ in range(runs):
        reach.append(cascade())
    row = {"who": f"{who} {metadata.version(who)}", "timed_runs": runs, "cpu_s": time.process_time() - begun}
    row["wall_s"] = time.perf_counter() - started
    row["reach"], row["reach_se"] = float(np.mean(reach)), float(np.std(reach, ddof=1) / len(reach) ** 0.5)
    print(json.dumps(row), flush=True)


def cynetdiff(offsets, target, seeds, chance, runs):
    from cynetdiff.models import IndependentCascadeModel, LinearThresholdModel

    starts = array.array("I", offsets[:-1].astype(np.uint32).tobytes())
    edges = array.array("I", target.astype(np.uint32).tobytes())
    settings = {}
    if chance == "in-degree":
        own = (1 / np.bincount(target, minlength=len(offsets) - 1)[target]).astype(np.float32)
        settings = {"activation_probs": array.array("f", own.tobytes())}
    elif chance != "threshold":
        settings = {"activation_prob": float(chance)}
    kind = LinearThresholdModel if chance == "threshold" else IndependentCascadeModel
    model = kind(starts, edges, rng=np.random.default_rng(0), **settings)
    model.set_seeds([int(s) for s in seeds])

    def cascade():
        model.reset_model()
        model.advance_until_completion()
        return model.get_num_activated_nodes()

    cascade()
    report("cynetdiff", runs, cascade)


def ndlib(offsets, target, seeds, chance, runs):
    import networkx as nx
    from ndlib.models.epidemics import IndependentCascadesModel
    from ndlib.models.ModelConfig import Configuration

    graph = nx.DiGraph()
    graph.add_nodes_from(range(len(offsets) - 1))
    edges = list(zip(np.repeat(np.arange(len(offsets) - 1), np.diff(offsets)).tolist(), target.tolist(), strict=True))
    graph.add_edges_from(edges)
    config = Configuration()
    config.add_model_initial_configuration("Infected", [int(s) for s in seeds])
    for edge in edges:
        config.add_edge_configuration("threshold", edge, float(chance))
    model = IndependentCascadesModel(graph, seed=0)
    model.set_initial_status(config)

    def cascade():
        model.reset([int(s) for s in seeds])
        while True:
            counts = model.iteration(node_status=False)["node_count"]
            if counts[1] == 0:
                return counts[2]

    report("ndlib", runs, cascade)


def main(place, chance, name, cynetdiff_runs, ndlib_runs):
    with np.load(place) as file:
        offsets, target, seeds = file["offsets"], file["target"], file[name]
    cynetdiff(offsets, target, seeds, chance, int(cynetdiff_runs))
    if int(ndlib_runs):
        ndlib(offsets, target, seeds, chance, int(ndlib_runs))


if __name__ == "__main__":
    main(*sys.argv[1:])
