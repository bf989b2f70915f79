"""Ask SpikeInterface, elephant and pyinform; run by an interpreter that has them, JSON in and out."""

import json
import math
import sys

import numpy as np


def correlograms(given):
    from spikeinterface import NumpySorting
    from spikeinterface.postprocessing import compute_correlograms

    ticks = np.concatenate([np.array(t, dtype=np.int64) for t in given["ticks"]])
    label = np.repeat(np.arange(len(given["ticks"])), [len(t) for t in given["ticks"]])
    order = np.argsort(ticks, kind="stable")
    sorting = NumpySorting.from_samples_and_labels([ticks[order]], [label[order]], given["clock_hz"])
    counts, edges = compute_correlograms(sorting, window_ms=20.0, bin_ms=1.0, method="numba")
    return {"counts": counts.tolist(), "edges": edges.tolist()}


def edges(given):
    import neo
    import quantities as pq
    from elephant.conversion import BinnedSpikeTrain
    from elephant.functional_connectivity import total_spiking_probability_edges

    stop = given["stop"] * pq.s
    spikes = [neo.SpikeTrain(t * pq.s, t_start=0 * pq.s, t_stop=stop) for t in given["trains"]]
    binned = BinnedSpikeTrain(spikes, bin_size=1 * pq.ms, tolerance=None)
    return {"weights": total_spiking_probability_edges(binned)[0].tolist()}


def transfer(given):
    from pyinform import transfer_entropy

    x = np.array(given["x"], dtype=np.int32)
    pairs = [[transfer_entropy(a, b, k=given["history"]) * math.log(2) for b in x] for a in x]
    return {"values": pairs}


if __name__ == "__main__":
    question = json.load(sys.stdin)
    answer = {"correlograms": correlograms, "edges": edges, "transfer": transfer}[question["task"]](question)
    sys.stdout.write("\n" + json.dumps(answer))
