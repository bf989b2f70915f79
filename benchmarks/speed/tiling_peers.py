"""Time the peers on given trains; run by an interpreter that has them, prints one JSON line each."""

import itertools
import json
import sys
import time
from importlib import metadata

import numpy as np


def timed(work, repeats=2):
    """Give the answer and the least processor and wall seconds."""
    cpu, wall = [], []
    for _ in range(repeats):
        started, begun = time.perf_counter(), time.process_time()
        answer = work()
        cpu.append(time.process_time() - begun)
        wall.append(time.perf_counter() - started)
    return answer, {"cpu_s": min(cpu), "wall_s": min(wall), "repeats": repeats}


def report(who, which, n_all, values, times):
    scale = n_all / len(which)
    row = {"who": f"{who} {metadata.version(who)}", "timed_pairs": len(which), "which": which, "values": list(values)}
    row |= {k: v * scale if k.endswith("_s") else v for k, v in times.items()}
    print(json.dumps(row), flush=True)


def elephant(trains, span, lag_s, which):
    import neo
    import quantities as pq
    from elephant.spike_train_correlation import spike_time_tiling_coefficient

    spikes = {i: neo.SpikeTrain(trains[i] * pq.s, t_start=span[0], t_stop=span[1]) for i in set(sum(which, ()))}
    return timed(lambda: [spike_time_tiling_coefficient(spikes[i], spikes[j], dt=lag_s * pq.s) for i, j in which])


def spikedata(trains, span, lag_s, which):
    from spikedata import spike_time_tiling

    spikes = [train * 1000.0 for train in trains]
    return timed(lambda: [spike_time_tiling(spikes[i], spikes[j], lag_s * 1000.0, span[1] * 1000.0) for i, j in which])


def main(place):
    with np.load(place) as file:
        trains = [file[f"arr_{k}"] for k in range(sum(name.startswith("arr_") for name in file.files))]
        span, lag_s, pairs = file["span"], float(file["lag_s"]), file["pairs"]
    n_all = len(trains) * (len(trains) - 1) // 2
    for peer, n_pairs in zip((elephant, spikedata), pairs, strict=True):
        step = max(n_all // int(n_pairs), 1)
        which = list(itertools.islice(itertools.combinations(range(len(trains)), 2), 0, None, step))[: int(n_pairs)]
        report(peer.__name__, which, n_all, *peer(trains, span, lag_s, which))


if __name__ == "__main__":
    main(sys.argv[1])
