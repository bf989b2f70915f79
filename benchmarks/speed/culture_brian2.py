"""The same network in Brian2: `python culture_brian2.py NETWORK.npz SECONDS TARGET`; prints a JSON line.

Runs in an environment of its own (brian2, numpy < 2.4). TARGET is "cpp_standalone" or "cython"; compiling is not timed.
"""

import json
import resource
import sys
import tempfile
import time

import brian2 as b2
import numpy as np

EQUATIONS = """
dv/dt = (0.04*v**2 + 5*v + 140 - u + mean + sd*randn() - g_exc*v + g_gaba*(e_gaba - v)) / ms : 1
g_exc = ampa + nmda*((v + 80)/60)**2/(1 + ((v + 80)/60)**2) : 1
du/dt = a*(b*v - u) / ms : 1
dampa/dt = -ampa / tau_ampa : 1
dnmda/dt = -nmda / tau_nmda : 1
dg_gaba/dt = -g_gaba / tau_gaba : 1
a : 1 (constant)
b : 1 (constant)
c : 1 (constant)
d : 1 (constant)
mean : 1 (constant)
sd : 1 (constant)
"""


def main(place, seconds, target):
    given = np.load(place)
    p = json.loads(str(given["settings"]))
    ms = b2.ms
    b2.defaultclock.dt = p["dt_ms"] * ms
    folder = tempfile.TemporaryDirectory()
    if target == "cpp_standalone":
        b2.set_device("cpp_standalone", directory=folder.name, build_on_run=False)
    else:
        b2.prefs.codegen.target = "cython"
    b2.seed(1)
    space = {
        "e_gaba": p["reversal_mv"],
        "tau_ampa": p["tau_ms"][0] * ms,
        "tau_nmda": p["tau_ms"][1] * ms,
        "tau_gaba": p["tau_ms"][2] * ms,
        "tau_rec": p["recovery_ms"] * ms,
        "tau_before": p["window_ms"][0] * ms,
        "tau_after": p["window_ms"][1] * ms,
        "use": p["release"],
        "share": p["nmda_share"],
        "plus": p["plus"],
        "minus": p["minus"],
        "most": p["most"],
    }
    units = b2.NeuronGroup(
        len(given["a"]), EQUATIONS, threshold="v >= 30", reset="v = c; u += d", method="euler", namespace=space
    )
    for name in ("a", "b", "c", "d", "mean", "sd"):
        setattr(units, name, given[name])
    units.v, units.u = -65, -65 * given["b"]
    src, dst, weight, delay, kind = (given[k] for k in ("src", "dst", "weight", "delay_ms", "kind"))
    depressing = "left : 1\nlast_spike : second"
    release = """
    left = 1 - (1 - left)*exp(-(t - last_spike)/tau_rec)
    last_spike = t
    ampa_post += use*left*w
    nmda_post += share*use*left*w
    left -= use*left
    """
    plastic_model = (
        f"w : 1\n{depressing}\ndx/dt = -x/tau_before : 1 (event-driven)\ndy/dt = -y/tau_after : 1 (event-driven)"
    )
    groups = []
    for code, model, on_pre, on_post in (
        (0, plastic_model, release + "x += 1\nw = clip(w - minus*y, 0, most)", "y += 1\nw = clip(w + plus*x, 0, most)"),
        (1, f"w : 1\n{depressing}", release, None),
        (2, "w : 1", "g_gaba_post += w", None),
    ):
        chosen = kind == code
        group = b2.Synapses(units, units, model, on_pre=on_pre, on_post=on_post, namespace=space)
        group.connect(i=src[chosen], j=dst[chosen])
        group.w = weight[chosen]
        group.delay = delay[chosen] * ms
        if code < 2:
            group.left, group.last_spike = 1, -100 * b2.second
        groups.append(group)
    spikes = b2.SpikeMonitor(units)
    network = b2.Network(units, *groups, spikes)
    if target == "cpp_standalone":
        network.run(seconds * b2.second)
        b2.device.build(directory=folder.name, compile=True, run=False, debug=False)
        before = _children_s()
        b2.device.run(folder.name, with_output=False)
        cpu, wall = _children_s() - before, b2.device._last_run_time
    else:
        network.run(0.1 * b2.second)
        begun, started = time.perf_counter(), time.process_time()
        network.run(seconds * b2.second)
        cpu, wall = time.process_time() - started, time.perf_counter() - begun
    rate = spikes.num_spikes / len(given["a"]) / seconds
    print(
        json.dumps({"who": f"brian2 {b2.__version__}, {target}", "cpu_s": cpu, "wall_s": wall, "rate_hz": float(rate)})
    )


def _children_s():
    """Processor seconds of finished children; the built program also loads the network, which is a small part."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), sys.argv[3])
