"""BrainSymphony on one scan: training steps and passes, turn by turn with the published code, and how they grow.

A step is forward, backward and AdamW by one scan, as `BrainSymphony.fit` takes it: stage "fusion" (all functional
streams, regions hidden) or "structural" (a fifth of the edges hidden and told). Everybody runs in a process of their
own and takes one step when told to, in turn; each process counts its own processor time, and the most memory it ever
held, imports included. Name the folder of the published code in INTERPLAY_PEERS.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

N_REGIONS, N_TIMES, REPEATS = 450, 200, 8


def made(n_regions, n_times, seed=0):
    """Give normal series (R, T), and a symmetric matrix of log-normal weights, a fifth of them there, mean square 1."""
    rng = np.random.default_rng(seed)
    w = np.triu(rng.lognormal(size=(n_regions, n_regions)) * (rng.random((n_regions, n_regions)) < 0.2), 1)
    w = (w + w.T) / np.sqrt(2 * (w**2).sum() / (n_regions * (n_regions - 1)))
    series = rng.normal(size=(n_regions, n_times))
    return {"series": series.astype(np.float32), "matrix": w.astype(np.float32)}


class Worker:
    """A process that takes a step at every line it is sent."""

    def __init__(self, who, command):
        self.who, self.told = who, []
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def turn(self):
        print("go", file=self.process.stdin, flush=True)
        self.told.append(json.loads(self.process.stdout.readline()))

    def end(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()
        best = min(self.told, key=lambda row: row["cpu_s"])
        return {"who": self.who, "steps": len(self.told)} | best | {"peak_mib": self.told[-1]["peak_mib"]}


def ours(which, what, path, place):
    """Start a process with our network; see `work`."""
    command = [sys.executable, "-m", "benchmarks.speed.brain_symphony", which, what, path, str(place)]
    return Worker(f"interplay, {path}" if which == "functional" else "interplay", command)


def theirs(which, what, place):
    """Start a process with the published code, or none."""
    folder = os.environ.get("INTERPLAY_PEERS", "")
    if not (Path(folder) / "models" / "functional.py").is_file():
        print("the published code is left out: INTERPLAY_PEERS names no folder that holds it.", file=sys.stderr)
        return []
    script = Path(__file__).with_name("brain_symphony_peers.py")
    names = {"published code": which}
    if which == "functional":
        names["published code, sizes of its weights"] = "functional-weights"
    return [Worker(who, [sys.executable, str(script), folder, str(place), kind, what]) for who, kind in names.items()]


def work(which, what, path, place):
    """Take a training step (or a pass) of our network at every line read."""
    import torch

    from benchmarks.speed.brain_symphony_peers import answer
    from interplay.data import Cohort, Units
    from interplay.represent.brain.batches import BrainReader
    from interplay.represent.brain.method import BrainSymphony
    from interplay.represent.brain.network import BrainNetwork, Sizes, stage_parameters
    from interplay.represent.brain.scaling import fit_scaling
    from interplay.represent.brain.tasks import MaskedTask, Step

    torch.set_num_threads(1)
    data = np.load(place)
    n_regions, n_times = data["series"].shape
    names = Units(n=n_regions, id=np.array([f"r{k}" for k in range(n_regions)]))
    cohort = Cohort.of([data["series"].T], regions=names, subject=["a"], structure=[data["matrix"]])
    config, rows = BrainSymphony(times=n_times, batch=1), np.zeros(1, np.int64)
    reader = BrainReader(cohort, fit_scaling(cohort, rows), n_times, np.zeros((n_regions, 0)), torch.device("cpu"))
    network = BrainNetwork(config, Sizes(n_regions, n_times, 0, which == "functional", which == "structural"))
    stage = "fusion" if which == "functional" else "structural"
    if which == "functional":
        network.perceiver.path = path
    stage_parameters(network, stage)
    share = config.mask_edges if stage == "structural" else config.mask_regions
    task = MaskedTask(stage, reader, rows, rows[:0], batch=1, share=share, seed=0)
    epoch = iter(range(10**6))

    def step():
        if what == "step":
            return task.loss(network, Step(rows, next(epoch)), torch.Generator())[0]
        if which == "functional":
            return network.read_function(*reader.function(rows, rows))[0].sum()
        return network.read_structure(*reader.structure(rows)).sum()

    answer(network, step, what == "step")


def compared(which, what, paths, repeats):
    """Give a row per worker; all work on the same made scan, in turn."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "scan.npz"
        np.savez(place, **made(N_REGIONS, N_TIMES))
        workers = [*(ours(which, what, path, place) for path in paths), *theirs(which, what, place)]
        for _ in range(repeats):
            for worker in workers:
                worker.turn()
        found = [worker.end() for worker in workers]
    name = {"step": "training step", "pass": "pass without gradient"}[what]
    common = {"bench": "brain_symphony", "case": f"{which}, {name}", "regions": N_REGIONS, "times": N_TIMES}
    for row in found:
        beside = {}
        if row is not found[0]:
            beside = {f"ratio_{key}": row[f"{key}"] / found[0][f"{key}"] for key in ("cpu_s", "peak_mib")}
            beside = {"ratio_cpu": beside["ratio_cpu_s"], "ratio_peak": beside["ratio_peak_mib"]}
        yield common | row | beside | ({"scans_per_cpu_s": 1 / row["cpu_s"]} if what == "pass" else {})


def grown(sizes, repeats):
    """Give the cost of a functional step by other numbers of regions and times, by sums and by tokens."""
    for n_regions, n_times, paths in sizes:
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder) / "scan.npz"
            np.savez(place, **made(n_regions, n_times))
            workers = [ours("functional", "step", path, place) for path in paths]
            for _ in range(repeats):
                for worker in workers:
                    worker.turn()
            found = [worker.end() for worker in workers]
        common = {"bench": "brain_symphony", "case": f"functional step, R={n_regions} T={n_times}"}
        for row in found:
            yield common | {"regions": n_regions, "times": n_times} | row


def rows(repeats=REPEATS):
    both = ("lattice", "tokens")
    yield from compared("functional", "step", both, repeats)
    yield from compared("structural", "step", ("lattice",), repeats)
    yield from compared("functional", "pass", both, repeats)
    yield from compared("structural", "pass", ("lattice",), repeats)
    sizes = [(n, 200, both) for n in (100, 200, 400)] + [(1000, 200, both[:1])]
    sizes += [(400, n, both) for n in (100, 400)] + [(400, 1000, both[:1])]
    yield from grown(sizes, 4)


if __name__ == "__main__":
    work(*sys.argv[1:])
