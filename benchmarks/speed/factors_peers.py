"""Time tensorly on a given tensor and start; run by an interpreter that has it, prints one JSON line each."""

import json
import sys
import time

import numpy as np
import tensorly
from tensorly.cp_tensor import CPTensor
from tensorly.decomposition import non_negative_parafac, non_negative_parafac_hals


def main(place):
    with np.load(place) as file:
        x, start = file["x"], [file[k] for k in "abc"]
        rounds, tolerance = int(file["rounds"]), float(file["tolerance"])
    rank = start[0].shape[1]
    repeats = 2 if x.size < 10**7 else 1
    for name, work in (("multiplicative", non_negative_parafac), ("HALS", non_negative_parafac_hals)):
        cpu, wall = [], []
        for _ in range(repeats):
            init = CPTensor((np.ones(rank), [f.copy() for f in start]))
            started, begun = time.perf_counter(), time.process_time()
            cp, errors = work(x, rank, n_iter_max=rounds, init=init, tol=tolerance, return_errors=True)
            cpu.append(time.process_time() - begun)
            wall.append(time.perf_counter() - started)
        # The error of what is given back, not the one it reports.
        error = float(np.linalg.norm(x - cp.to_tensor()) / np.linalg.norm(x))
        row = {
            "who": f"tensorly {tensorly.__version__} {name}",
            "cpu_s": min(cpu),
            "wall_s": min(wall),
            "repeats": repeats,
        }
        print(json.dumps(row | {"error": error, "rounds": len(errors)}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
