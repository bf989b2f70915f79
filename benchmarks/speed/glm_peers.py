"""Time NeMoS on given counts and basis; run by an interpreter that has it, prints one JSON line."""

import json
import os
import sys
import time

os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
os.environ["JAX_PLATFORMS"] = "cpu"

import nemos
import numpy as np


def main(place):
    given = np.load(place)
    counts, basis = given["counts"].astype(np.float32), given["basis"].astype(np.float32)
    lags = len(basis)
    started = time.process_time()
    # The predictor at a bin is built from the bins before it; its first rows are NaN.
    predictor = nemos.convolve.create_convolutional_predictor(basis, counts)
    x = np.asarray(predictor)
    x = x.reshape(len(x), -1)[lags:]
    design_s = time.process_time() - started
    y = counts[lags:]
    model = nemos.glm.PopulationGLM(
        regularizer="Ridge",
        regularizer_strength=float(given["ridge"]),
        solver_name="LBFGS",
        solver_kwargs={"maxiter": 60},
    )
    # A fit after the first has nothing left to compile; on the large case, compiling is a small share of one fit.
    repeats = 2 if len(counts) < 30_000 else 1
    cpu, wall = [], []
    for _ in range(repeats):
        begun, started = time.process_time(), time.perf_counter()
        model.fit(x, y)
        cpu.append(time.process_time() - begun)
        wall.append(time.perf_counter() - started)
    coefficients, bias = np.asarray(model.coef_), np.asarray(model.intercept_)
    row = {"who": f"nemos {nemos.__version__}, LBFGS, at most 60 iterations", "design_cpu_s": design_s}
    row |= {"cpu_s": min(cpu), "wall_s": min(wall), "repeats": repeats}
    row["theta"] = np.concatenate([bias[None], coefficients]).astype(float).tolist()
    print(json.dumps(row))


main(sys.argv[1])
