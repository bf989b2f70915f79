"""snnTorch on the sequences of `spiking`, a step forward and back at each line read; run with the folder that holds it.

Written as its tutorials write a network over time: a loop over the steps, a linear layer and a layer of units in turn.
`Leaky` with reset_mechanism="zero" sets the membrane to 0 in the step after a spike, and holds the reset constant on
the way back: our hard reset with detach_reset. Its surrogate "fast_sigmoid" of slope 25 has the slope of ours.
"""

import json
import resource
import sys
import time
from pathlib import Path

import torch

STEPS, BATCH, UNITS = 100, 64, 512


def inputs(rate):
    """Give spikes that come in (T, B, N), two matrices of weights, and one among units; all fire near `rate`."""
    g = torch.Generator().manual_seed(0)
    x = (torch.rand(STEPS, BATCH, UNITS, generator=g) < rate).float()
    # Currents of mean 0: the spread of their sum over the membrane's memory sets how often a unit fires.
    gain = {0.05: 2.2, 0.14: 2.4, 0.3: 4.5}[rate]
    weights = [torch.randn(UNITS, UNITS, generator=g) / UNITS**0.5 * gain for _ in range(2)]
    return x, weights, torch.randn(UNITS, UNITS, generator=g) / UNITS**0.5 * 0.5


def stack(snn, surrogate, rate):
    x, weights, _ = inputs(rate)
    layers = [torch.nn.Linear(UNITS, UNITS, bias=False) for _ in weights]
    for layer, weight in zip(layers, weights, strict=True):
        layer.weight.data = weight
    slope = surrogate.fast_sigmoid(slope=25)
    units = [snn.Leaky(beta=0.9, spike_grad=slope, reset_mechanism="zero") for _ in weights]

    def forward():
        membranes, out = [unit.init_leaky() for unit in units], []
        for t in range(STEPS):
            signal = x[t]
            for k, (layer, unit) in enumerate(zip(layers, units, strict=True)):
                signal, membranes[k] = unit(layer(signal), membranes[k])
            out.append(signal)
        return torch.stack(out)

    return forward, [layer.weight for layer in layers]


def units(snn, surrogate, rate):
    x, weights, _ = inputs(rate)
    current = torch.nn.functional.linear(x, weights[0]).detach().requires_grad_()
    unit = snn.Leaky(beta=0.9, spike_grad=surrogate.fast_sigmoid(slope=25), reset_mechanism="zero")

    def forward():
        membrane, out = unit.init_leaky(), []
        for t in range(STEPS):
            signal, membrane = unit(current[t], membrane)
            out.append(signal)
        return torch.stack(out)

    return forward, [current]


def recurrent(snn, surrogate, rate):
    x, weights, among = inputs(rate)
    current = torch.nn.functional.linear(x, weights[0]).detach().requires_grad_()
    # With reset_mechanism="zero" RLeaky sets input and feedback to 0 too, which is none of our resets.
    slope = surrogate.fast_sigmoid(slope=25)
    unit = snn.RLeaky(beta=0.9, linear_features=UNITS, spike_grad=slope, reset_mechanism="subtract")
    unit.recurrent.weight.data = among
    unit.recurrent.bias.data.zero_()
    unit.recurrent.bias.requires_grad_(False)

    def forward():
        spikes, membrane = unit.init_rleaky()
        out = []
        for t in range(STEPS):
            spikes, membrane = unit(current[t], spikes, membrane)
            out.append(spikes)
        return torch.stack(out)

    return forward, [current, unit.recurrent.weight]


def resident_mib():
    """Give the memory that this process holds now, MiB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def answer(made):
    """Do one step per line read, and tell what it cost."""
    forward, parameters = made
    held = resident_mib()
    for _ in sys.stdin:
        cpu, wall = time.process_time(), time.perf_counter()
        out = forward()
        half = time.process_time()
        out.sum().backward()
        ended = time.process_time()
        spent = {"cpu_s": ended - cpu, "wall_s": time.perf_counter() - wall, "forward_cpu_s": half - cpu}
        total = float(sum(p.grad.double().abs().sum() for p in parameters if p.grad is not None))
        for parameter in parameters:
            parameter.grad = None
        told = {
            "backward_cpu_s": ended - half,
            "rate": float(out.detach().mean()),
            "gradient": total,
            "before_mib": held,
            "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        }
        print(json.dumps(spent | told), flush=True)


if __name__ == "__main__":
    folder, case, rate, threads = sys.argv[1:]
    sys.path.append(folder)
    import snntorch
    from snntorch import surrogate as slopes

    torch.set_num_threads(int(threads))
    answer({"stack": stack, "units": units, "recurrent": recurrent}[case](snntorch, slopes, float(rate)))
