"""Time pyinform on some of all pairs; run by an interpreter that has it, prints one JSON line."""

import json
import math
import sys
import time
from importlib import metadata

import numpy as np
from pyinform import transfer_entropy


def main(place):
    with np.load(place) as file:
        x, n_timed = np.ascontiguousarray(file["x"].T), int(file["pairs"])
    n = len(x)
    which = [(k % n, (7 * k + 1) % n) for k in range(n_timed)]
    which = [(i, j) for i, j in which if i != j]
    cpu, wall = [], []
    for _ in range(2):
        started, begun = time.perf_counter(), time.process_time()
        values = [transfer_entropy(x[i], x[j], k=1) * math.log(2) for i, j in which]
        cpu.append(time.process_time() - begun)
        wall.append(time.perf_counter() - started)
    scale = n * (n - 1) / len(which)
    row = {"who": f"pyinform {metadata.version('pyinform')}", "timed_pairs": len(which), "which": which}
    row |= {"values": values, "cpu_s": min(cpu) * scale, "wall_s": min(wall) * scale, "repeats": 2}
    print(json.dumps(row))


if __name__ == "__main__":
    main(sys.argv[1])
