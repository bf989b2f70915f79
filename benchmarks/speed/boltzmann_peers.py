"""Time `rbms` on a given machine; run by an interpreter that has it, prints one JSON line each."""

import json
import sys
import time
from importlib import metadata

import numpy as np
import torch
from rbms.bernoulli_bernoulli.classes import BBRBM
from rbms.partition_function.ais import compute_partition_function_ais
from rbms.training.pcd import fit_batch_pcd


def timed(work, repeats=2):
    cpu, wall = [], []
    for _ in range(repeats):
        started, begun = time.perf_counter(), time.process_time()
        answer = work()
        cpu.append(time.process_time() - begun)
        wall.append(time.perf_counter() - started)
    return answer, {"cpu_s": min(cpu), "wall_s": min(wall), "repeats": repeats}


def main(path):
    torch.set_num_threads(1)
    given = np.load(path)
    updates, n_chains, steps, batch, temperatures = given["plan"].tolist()
    data = torch.tensor(given["states"], dtype=torch.float32)
    arrays = [torch.tensor(given[k], dtype=torch.float32) for k in ("weight", "visible", "hidden")]
    who = {"who": f"rbms {metadata.version('rbms')}"}
    params = BBRBM(0.01 * torch.randn_like(arrays[0]), torch.logit(data.mean(0)), torch.zeros_like(arrays[2]))
    chains = params.init_chains(n_chains)
    for parameter in params.parameters():
        parameter.grad = torch.zeros_like(parameter)
    optimizer = torch.optim.SGD(params.parameters(), lr=0.01, maximize=True)

    def train(count):
        nonlocal chains
        with torch.no_grad():
            for _ in range(count):
                rows = torch.randperm(len(data))[:batch]
                optimizer.zero_grad(set_to_none=False)
                chains, _ = fit_batch_pcd((data[rows], torch.ones(len(rows), 1)), chains, params, steps, 1.0)
                optimizer.step()

    train(2)
    _, times = timed(lambda: train(updates))
    times = {k: v / updates if k.endswith("_s") else v for k, v in times.items()}
    print(json.dumps(who | {"what": "update"} | times), flush=True)
    machine = BBRBM(*arrays)
    compute_partition_function_ais(n_chains, 5, machine)
    found, times = timed(lambda: compute_partition_function_ais(n_chains, temperatures, machine))
    print(json.dumps(who | {"what": "log Z", "log_z": float(found)} | times), flush=True)


main(sys.argv[1])
