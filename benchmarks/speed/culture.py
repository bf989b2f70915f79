"""A living culture of 1000, 5000 and 20 000 units with STDP on one core, beside Brian2 on the same network.

Name an interpreter that has Brian2 in INTERPLAY_BRIAN2; without it the peer is left out. `rate_hz` is that of the first
seconds, as long as the peer runs; it must be alike in both. `times_real` is simulated seconds per processor second, and
`ratio_cpu` is that of ours over that of the peer.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from interplay.ops import culture as blocks
from interplay.ops import culture_synapses as synapses
from interplay.spiking import Culture

#: Simulated seconds per run: ours, and of the peer.
SECONDS = {"1k": (60, 10), "5k": (20, 5), "20k": (5, 2)}
CALLS = 3000


def rows(sizes=("1k", "5k", "20k")):
    for name in sizes:
        config = Culture.preset(name)
        long, short = SECONDS[name]
        common = {"bench": "culture", "case": f"{name}, stdp, ticks of 10 ms"}
        begun = time.perf_counter()
        live = config.begin(0)
        grown_s = time.perf_counter() - begun
        live.advance(short * 100)
        first = live.spikes_of_units()[0].size / short / config.n_units
        ours = _ours(live, long) | {"rate_hz": first}
        yield common | {"who": "interplay"} | ours | {"begin_s": grown_s}
        for target in ("cpp_standalone", "cython"):
            row = _peer(config, short, target)
            if row:
                row["times_real"] = short / row["cpu_s"]
                row["ratio_cpu"] = ours["times_real"] / row["times_real"]
                yield common | row | {"seconds": short}
    yield {"bench": "culture", "case": "1k, one tick and its calls"} | _overhead()


def _ours(live, seconds):
    """Advance tick by tick, as the loop does; the best of three."""
    best, ticks = None, seconds * 100
    for _ in range(3):
        begun, started = time.process_time(), time.perf_counter()
        for _ in range(ticks):
            live.advance(1)
        found = time.process_time() - begun, time.perf_counter() - started
        best = found if best is None or found[0] < best[0] else best
    return {
        "cpu_s": best[0],
        "wall_s": best[1],
        "seconds": seconds,
        "times_real": seconds / best[0],
    }


def _overhead():
    """Cost of the calls beyond the kernel: a tick of a culture that never fires, whole and cut into calls."""
    quiet = Culture(noise_mean=0.0, noise_sd=0.0, drive_spread=0.0)
    found = {}
    for name, size, pulse in (
        ("in calls of 10 ticks", 10, False),
        ("tick by tick", 1, False),
        ("with a pulse", 1, True),
    ):
        live = quiet.begin(0)
        live.advance(10)
        least = np.inf
        for _ in range(9):
            begun = time.process_time()
            for _ in range(CALLS // size):
                if pulse:
                    live.stimulate([120], 0.0)
                live.advance(size)
            least = min(least, time.process_time() - begun)
        found[name] = least / CALLS * 1e6
    one, ten, pulse = found["tick by tick"], found["in calls of 10 ticks"], found["with a pulse"]
    call_us = (one - ten) / 0.9
    return {
        "who": "interplay",
        "cpu_s": one * 1e-6,
        "wall_s": one * 1e-6,
        "advance_call_us": call_us,
        "stimulate_call_us": pulse - one,
        "tick_us": one,
    }


def _peer(config, seconds, target):
    python = os.environ.get("INTERPLAY_BRIAN2")
    if not python:
        print("Brian2 is left out: INTERPLAY_BRIAN2 names no interpreter that has it.", file=sys.stderr)
        return None
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "network.npz"
        np.savez(place, **_network(config))
        script = Path(__file__).with_name("culture_brian2.py")
        command = [python, str(script), str(place), str(seconds), target]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def _network(config):
    """Write down the culture of seed 0: units, edges (0 plastic, 1 other excitatory, 2 inhibitory), constants."""
    live = config.begin(0)
    state = live.state()
    table = state.state.reshape(-1, blocks.ROWS, blocks.LANES).transpose(1, 0, 2).reshape(blocks.ROWS, -1)
    table = table[:, : config.n_units]
    src, dst, weight = live.edges()
    excites = live.units.sign > 0
    settings = {
        name: getattr(config, name)
        for name in ("dt_ms", "reversal_mv", "tau_ms", "recovery_ms", "window_ms", "release", "nmda_share")
    }
    settings |= {
        "plus": config.potentiation * config.excitation,
        "minus": config.depression * config.excitation,
        "most": config.weight_most * config.excitation,
    }
    return {
        "a": table[blocks.A],
        "b": table[blocks.B],
        "mean": table[blocks.MEAN],
        "sd": table[blocks.SPREAD],
        "c": state.unit_f[synapses.C],
        "d": state.unit_f[synapses.D],
        "src": src,
        "dst": dst,
        "weight": np.abs(weight),
        "delay_ms": (state.edge_i[synapses.ROUTE] >> synapses.DELAY_BIT) * config.dt_ms,
        "kind": np.where(excites[src], np.where(excites[dst], 0, 1), 2),
        "settings": json.dumps(settings),
    }
