"""LIF networks over a sequence, forward and back: time and memory, turn by turn with snnTorch.

T = 100 steps, 64 samples, 512 units, float32, one thread; weights, inputs and leak are the same for all. "dense stack"
is two layers of weights and LIF units, "units" one layer of LIF units on given currents, "recurrent" the same with
weights among them. Spikes and gradients agree (tests/peers/test_lif_snntorch.py, and `rate`, `gradient` here).
Everybody runs in a process of their own and takes a step when told to, in turn; each counts its own processor time, and
the most memory it ever held (`before_mib`: with all imported and made).

"network" is one of ours as it is trained, whole or in segments of so many steps. Its memory is that of one more
process, which gives large arrays back at once (MALLOC_MMAP_THRESHOLD_): what the network needs, not what the allocator
keeps. Name the folder that holds snnTorch in INTERPLAY_PEERS.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

STEPS, BATCH, UNITS, REPEATS = 100, 64, 512, 15
#: Scale of the weights and the share of inputs that spike: spikes are rare, usual, many.
RATES = {"low": 0.05, "middle": 0.14, "high": 0.3}


class Worker:
    """A process that takes a step at every line it is sent."""

    def __init__(self, who, command, threads, **more):
        self.who, self.told = who, []
        environment = os.environ | {"OMP_NUM_THREADS": str(threads), "MKL_NUM_THREADS": str(threads)} | more
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )

    def turn(self):
        print("go", file=self.process.stdin, flush=True)
        self.told.append(json.loads(self.process.stdout.readline()))

    def end(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()
        best = min(self.told, key=lambda row: row["cpu_s"])
        least = {key: min(row[key] for row in self.told) for key in ("wall_s", "forward_cpu_s", "backward_cpu_s")}
        return {"who": self.who, "repeats": len(self.told)} | best | least | {"peak_mib": self.told[-1]["peak_mib"]}


def ours(case, rate, gradient="fast_sigmoid", dense="", threads=1, steps=STEPS, every=0, **more):
    """Start a process with our layers; see `work`."""
    who = f"interplay, {gradient}" + (", dense product" if dense else "") + (f", every {every}" if every else "")
    command = [sys.executable, "-m", "benchmarks.speed.spiking", case, str(rate), gradient, dense, str(threads)]
    return Worker(who, [*command, str(steps), str(every)], threads, **more)


def theirs(case, rate, threads=1):
    """Start a process with snnTorch, or none."""
    folder = os.environ.get("INTERPLAY_PEERS", "")
    if not (Path(folder) / "snntorch").is_dir():
        print("snnTorch is left out: INTERPLAY_PEERS names no folder that holds it.", file=sys.stderr)
        return []
    script = Path(__file__).with_name("spiking_peers.py")
    return [Worker("snntorch", [sys.executable, str(script), folder, case, str(rate), str(threads)], threads)]


def work(case, rate, gradient, dense, threads, steps, every):
    """Take a step forward and back at every line read."""
    import torch

    from benchmarks.speed.spiking_peers import answer, inputs

    torch.set_num_threads(int(threads))
    if case == "network":
        return answer(_network(int(steps), int(every)))
    x, weights, among = inputs(float(rate))
    from interplay.spiking.estimators import UnitRule
    from interplay.spiking.nets.lif_sequence import lif
    from interplay.spiking.nets.spike_linear import spike_linear

    rule, decay = UnitRule(gradient=gradient), torch.full((UNITS,), 0.9)
    linear = torch.nn.functional.linear if dense else spike_linear
    parameters = [w.requires_grad_() for w in weights]
    if case == "units":
        current = torch.nn.functional.linear(x, weights[0]).detach().requires_grad_()
        parameters = [current]
    if case == "recurrent":
        current = torch.nn.functional.linear(x, weights[0]).detach().requires_grad_()
        parameters = [current, among.requires_grad_()]
    if case == "posterior":
        parameters += [torch.full_like(w, 0.1 / UNITS).requires_grad_() for w in weights]

    def forward():
        if case == "units":
            return lif(current, decay=decay, rule=rule, variance=0.25)[0]
        if case == "recurrent":
            return lif(current, decay=decay, rule=rule, variance=0.25, recurrent=(among,), reset="soft")[0]
        signal = x
        for k in range(2):
            if case == "posterior":
                both = linear(signal, torch.cat([parameters[k], parameters[2 + k]]))
                mean, variance = both.tensor_split(2, dim=-1)
                signal = lif(mean, decay=decay, rule=rule, variance=variance + 0.25)[0]
            else:
                signal = lif(linear(signal, parameters[k]), decay=decay, rule=rule, variance=0.25)[0]
        return signal

    answer((forward, parameters))


def _network(steps, every):
    """A whole network as it is trained, its loss in place of spikes."""
    import torch

    from interplay.spiking.nets import Pass, RecurrentSpikingNet
    from interplay.tensors import seeded_torch

    config = RecurrentSpikingNet(layers=2, width=256, recurrent=False, checkpoint_every=every or None)
    with seeded_torch(0, "benchmark"):
        network = config.build((256,), 10)
    x = (torch.rand(steps, BATCH, 256, generator=torch.Generator().manual_seed(0)) < 0.05).float()

    def forward():
        return network(x, Pass(torch.Generator().manual_seed(1), "per_step"))

    return forward, list(network.parameters())


def compared(case, workers, repeats, **about):
    """Give a row per worker; all take steps in turn."""
    for _ in range(repeats):
        for worker in workers:
            worker.turn()
    found = [worker.end() for worker in workers]
    for row in found:
        beside = {}
        if row is not found[0]:
            beside = {"ratio_cpu": row["cpu_s"] / found[0]["cpu_s"], "ratio_wall": row["wall_s"] / found[0]["wall_s"]}
        yield {"bench": "spiking", "case": case} | about | row | beside


def rows(repeats=REPEATS):
    sizes = {"steps": STEPS, "batch": BATCH, "units": UNITS}
    for name, rate in RATES.items():
        workers = [ours("stack", rate), ours("stack", rate, dense="dense"), *theirs("stack", rate)]
        yield from compared(f"dense stack, {name} rate", workers, repeats, **sizes)
    workers = [ours("stack", RATES["middle"], threads=2), *theirs("stack", RATES["middle"], threads=2)]
    yield from compared("dense stack, two threads", workers, repeats, **sizes)
    for case in ("units", "recurrent"):
        workers = [ours(case, RATES["middle"]), *theirs(case, RATES["middle"])]
        workers += [ours(case, RATES["middle"], gradient=g) for g in ("half", "agr(1)")]
        yield from compared(case, workers, repeats, **sizes)
    for gradient in ("st", "half"):
        yield from compared(
            f"dense stack with posterior, {gradient}", [ours("posterior", RATES["middle"], gradient)], repeats, **sizes
        )
    yield from grown(repeats)


def grown(repeats):
    """Give time and memory of a network over its steps, whole and in segments."""
    for steps in (50, 100, 200, 400, 800):
        given = [{"steps": steps, "every": every} for every in (0, 25)]
        timed = [ours("network", 0.05, "half", **one) for one in given]
        paged = [ours("network", 0.05, "half", **one, MALLOC_MMAP_THRESHOLD_="1000000") for one in given]
        for worker in paged:
            worker.turn()
        found = compared(f"network, T={steps}", timed, max(3, repeats // 3), steps=steps, batch=BATCH, units=256)
        for row, worker in zip(found, paged, strict=True):
            memory = worker.end()
            yield row | {key: memory[key] for key in ("peak_mib", "before_mib")}


if __name__ == "__main__":
    work(*sys.argv[1:])
