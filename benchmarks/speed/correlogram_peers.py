"""Time the peers on given trains; run by an interpreter that has them, prints one JSON line each."""

import json
import sys
import time
from importlib import metadata

import numpy as np


def timed(work, repeats):
    """Give the answer and the least processor and wall seconds."""
    cpu, wall = [], []
    for _ in range(repeats):
        started, begun = time.perf_counter(), time.process_time()
        answer = work()
        cpu.append(time.process_time() - begun)
        wall.append(time.perf_counter() - started)
    return answer, {"cpu_s": min(cpu), "wall_s": min(wall), "repeats": repeats}


def report(who, times, **more):
    print(json.dumps({"who": f"{who} {metadata.version(who)}"} | times | more), flush=True)


def correlograms(trains, stop, clock_hz):
    from spikeinterface import NumpySorting
    from spikeinterface.postprocessing import compute_correlograms

    def sorting(units):
        ticks = np.concatenate([np.rint(t * clock_hz).astype(np.int64) for t in units])
        label = np.repeat(np.arange(len(units)), [len(t) for t in units])
        order = np.argsort(ticks, kind="stable")
        return NumpySorting.from_samples_and_labels([ticks[order]], [label[order]], clock_hz)

    settings = {"window_ms": 100.0, "bin_ms": 1.0, "method": "numba"}
    compute_correlograms(sorting(trains[:4]), **settings)
    given = sorting(trains)
    answer, times = timed(lambda: compute_correlograms(given, **settings), 1)
    report("spikeinterface", times, n_lags=int(answer[0].shape[2]))
    if len(trains) > 200:
        return
    import pynapple

    group = pynapple.TsGroup(
        {k: pynapple.Ts(t) for k, t in enumerate(trains)}, time_support=pynapple.IntervalSet(0, stop)
    )
    few = group[[0, 1, 2]]
    pynapple.compute_crosscorrelogram(few, binsize=0.001, windowsize=0.05)
    _, times = timed(lambda: pynapple.compute_crosscorrelogram(group, binsize=0.001, windowsize=0.05), 1)
    report("pynapple", times)


def edges(trains, stop, clock_hz):
    import neo
    import quantities as pq
    from elephant.conversion import BinnedSpikeTrain
    from elephant.functional_connectivity import total_spiking_probability_edges

    spikes = [neo.SpikeTrain(t * pq.s, t_start=0 * pq.s, t_stop=stop * pq.s) for t in trains]
    binned = BinnedSpikeTrain(spikes, bin_size=1 * pq.ms)
    answer, times = timed(lambda: total_spiking_probability_edges(binned)[0], 2)
    report("elephant", times, values=answer.tolist())


def main(place):
    with np.load(place) as file:
        trains = [file[f"arr_{k}"] for k in range(sum(name.startswith("arr_") for name in file.files))]
        task, stop, clock_hz = str(file["task"]), float(file["stop"]), int(file["clock_hz"])
    {"correlograms": correlograms, "edges": edges}[task](trains, stop, clock_hz)


if __name__ == "__main__":
    main(sys.argv[1])
