"""Peers of the seed choice, run by the interpreter that has them: `python seeds_peers.py greedy|medoids FILE`."""

import heapq
import json
import sys
import time

import numpy as np


def timed(work):
    begun, started = time.process_time(), time.perf_counter()
    value = work()
    return value, {"cpu_s": time.process_time() - begun, "wall_s": time.perf_counter() - started}


def lazy_greedy(given):
    """Lazy greedy with cynetdiff as the simulator: `runs` cascades for every look at a set of seeds."""
    from array import array

    from cynetdiff.models import IndependentCascadeModel

    offsets, target = given["offsets"], given["target"]
    n, runs, budget = len(offsets) - 1, int(given["runs"]), int(given["budget"])
    model = IndependentCascadeModel(array("I", offsets[:-1].tolist()), array("I", target.tolist()), activation_prob=0.1)

    def reach(seeds):
        model.set_seeds(set(seeds))
        total = 0
        for _ in range(runs):
            model.reset_model()
            model.advance_until_completion()
            total += model.get_num_activated_nodes()
        return total / runs

    waiting = [(-reach([v]), v, 0) for v in range(n)]
    heapq.heapify(waiting)
    seeds, value = [], 0.0
    while len(seeds) < budget:
        gain, v, known_at = heapq.heappop(waiting)
        if known_at == len(seeds):
            seeds.append(v)
            value -= gain
        else:
            heapq.heappush(waiting, (value - reach([*seeds, v]), v, len(seeds)))
    return seeds


def medoids(given):
    import kmedoids

    points, k = given["points"], int(given["k"])
    square = (points**2).sum(axis=1)
    distance = np.sqrt(np.maximum(square[:, None] + square[None] - 2 * points @ points.T, 0))
    return kmedoids.fasterpam(distance, k, init="random", random_state=0, n_cpu=1).loss


if __name__ == "__main__":
    given = np.load(sys.argv[2])
    if sys.argv[1] == "greedy":
        seeds, times = timed(lambda: lazy_greedy(given))
        print(json.dumps({"who": "lazy greedy over cynetdiff", "seeds": seeds} | times))
    else:
        import kmedoids  # noqa: F401 - imported before the clock starts

        cost, times = timed(lambda: medoids(given))
        print(json.dumps({"who": "kmedoids (Rust), fasterpam", "cost": float(cost)} | times))
