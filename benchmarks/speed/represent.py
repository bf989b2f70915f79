"""TAVRNN: one epoch (forward, backward, Adam) on synthetic networks: single-thread processor seconds, peak memory.

Inputs: numpy's default_rng(0); per window a symmetric uniform matrix, joined where it is below the density, and a
second one as weights; n counts the history node, which is joined to all. H = 32, D = 8, Adam at 0.01, a sample per
epoch, full attention, all switches as published but trained gates; the median of four epochs after a first one. Three
contenders, each in a process of its own: interplay; interplay's plain way, which torch differentiates; and the
formulation as published, derived from equations and notebook by ourselves (`represent_published`). Beside them, as
constants, what the authors' notebook took when it was run once on a machine of the same kind (2 virtual cores of an AMD
EPYC; same inputs, same measure, its convolutions on a stand-in for torch_scatter): not measured in the same run.

Memory: interplay's buffers are linear in T, apart from the T x T numbers of the attention itself (its weights and their
slopes), which are few beside T x n x H until T nears n H.
"""

import json
import subprocess
import sys
import time

import numpy as np

from benchmarks.speed.machine import peak_mib

#: n, T, density, whether the features are the weights; seconds per epoch of the authors' notebook (None: not measured).
CASES = {
    "rat, n=121, T=85, density .157": (121, 85, 0.157, False, 1.29),
    "dish, n=901, T=6, density .05": (901, 6, 0.05, True, 0.49),
    "dish, n=901, T=6, density .30": (901, 6, 0.30, True, 2.34),
    "n=101, T=25, density .1": (101, 25, 0.1, False, 0.15),
    "n=101, T=50, density .1": (101, 50, 0.1, False, 0.35),
    "n=101, T=100, density .1": (101, 100, 0.1, False, 0.87),
    "n=101, T=200, density .1": (101, 200, 0.1, False, 2.56),
    "n=101, T=400, density .1": (101, 400, 0.1, False, None),
}
EPOCHS = 4


def inputs(n, windows, density, weighted):
    """(T, n, n) bool with the history node last and no diagonal, and (T, n, n) weights of the edges or None."""
    rng = np.random.default_rng(0)
    joined, weights = np.zeros((windows, n, n), bool), np.zeros((windows, n, n), np.float32)
    for t in range(windows):
        for matrix in (joined, weights):
            half = np.triu(rng.random((n, n)), 1)
            matrix[t] = (half + half.T) < density if matrix is joined else half + half.T
    joined[:, -1] = joined[:, :, -1] = True
    joined[:, np.arange(n), np.arange(n)] = False
    weights *= joined
    weights[:, -1] = weights[:, :, -1] = 1
    return joined, weights if weighted else None


def ours(case, plain):
    import torch

    from interplay.data import Snapshots
    from interplay.represent import recurrence, unrolled
    from interplay.represent.architecture import Architecture
    from interplay.represent.likelihood import GraphTask
    from interplay.represent.module import VariationalGraphNetwork
    from interplay.tensors import seeded_torch, snapshot_tensors

    joined, weights = inputs(*CASES[case][:4])
    bounds = np.arange(len(joined))[:, None] + np.array([0.0, 1.0])
    snapshots = Snapshots.from_dense(joined[:, :-1, :-1].astype(float), bounds, directed=False)
    data = snapshot_tensors(snapshots, features=None if weights is None else weights[:, :-1])
    architecture = Architecture(reconstruct_all=True)
    with seeded_torch(0, "benchmark"):
        network = VariationalGraphNetwork(architecture, data.n_features)
    task, generator = GraphTask(architecture=architecture), torch.Generator().manual_seed(0)
    if plain:
        unrolled.recur = recurrence.recur
    return network, lambda: task.loss(network, task.batches(data, 0)[0], generator)[0]


def published(case):
    import torch

    from benchmarks.speed.represent_published import Published
    from interplay.tensors import seeded_torch

    joined, weights = inputs(*CASES[case][:4])
    n = joined.shape[1]
    loops = joined | np.eye(n, dtype=bool)
    windows = [torch.tensor(np.array(np.nonzero(one))) for one in loops]
    features = [torch.eye(n)] * len(loops) if weights is None else list(torch.tensor(weights))
    with seeded_torch(0, "benchmark"):
        network = Published(features[0].shape[1])
    return network, lambda: network(windows, features)


WHO = {
    "ours": ("interplay", lambda case: ours(case, False)),
    "plain": ("interplay, the plain way (torch differentiates)", lambda case: ours(case, True)),
    "published": ("formulation as published, written by ourselves", published),
}


def epochs(who, case):
    """Time some epochs in this process."""
    import torch

    from interplay.tensors import seeded_torch

    torch.set_num_threads(1)
    network, loss = WHO[who][1](case)
    optimiser = torch.optim.Adam(network.parameters(), 1e-2)
    before, cpu, wall, losses = peak_mib(), [], [], []
    for _ in range(EPOCHS + 1):
        begun, started = time.process_time(), time.perf_counter()
        with seeded_torch(1, "benchmark"):
            optimiser.zero_grad()
            value = loss()
            value.backward()
            optimiser.step()
        cpu.append(time.process_time() - begun)
        wall.append(time.perf_counter() - started)
        losses.append(float(value.detach()))
    return {
        "cpu_s": float(np.median(cpu[1:])),
        "wall_s": float(np.median(wall[1:])),
        "first_cpu_s": cpu[0],
        "repeats": EPOCHS,
        "peak_mib": peak_mib(),
        "grown_mib": peak_mib() - before,
        "first_loss": losses[0],
        "torch": torch.__version__,
    }


def rows():
    for case, (n, windows, density, _, reference) in CASES.items():
        found = {who: _apart(who, case) for who in WHO}
        for who, row in found.items():
            shape = {"n_nodes": n, "n_windows": windows, "density": density}
            row = {"bench": "represent", "case": case, "who": WHO[who][0]} | shape | row
            if who != "ours":
                row["ratio_cpu"] = row["cpu_s"] / found["ours"]["cpu_s"]
            elif reference is not None:
                row["reference_cpu_s"], row["times_reference"] = reference, reference / row["cpu_s"]
            yield row


def _apart(who, case):
    command = [sys.executable, "-m", "benchmarks.speed.represent", who, case]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


if __name__ == "__main__":
    print(json.dumps(epochs(*sys.argv[1:3])))
