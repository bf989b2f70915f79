"""Measures of a stream: every statistic of py-tgx on a made stream of 100 000 events, turn by turn; and how ours grow.

The peer lives in a process of its own and takes its turn on a statistic right after ours, on the same events in the
same bins; each process counts its own processor time. What the peer does not end within `LIMIT_S` is cut off there, and
its time is a lower bound. What is asked of bins starts from binned data: the peer's are made in the line of
discretisation, ours in that of novelty. Our kernels have been compiled by a call before.
"""

import io
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.speed.machine import measure, peak_mib
from benchmarks.speed.stream_models import made
from interplay import measures as m
from interplay.job.event_text import usual_wait
from interplay.plot import plot_tea, plot_tet

SIZES = (100_000, 1_000_000, 10_000_000)
BINS, FEW, LIMIT_S = 1000, 50, 120


def ours(graph):
    """Give what is asked of both: name -> (our work, values to compare or None)."""
    bounds, few = m.event_bounds(graph, bins=BINS), m.event_bounds(graph, bins=FEW)
    edges = m.temporal_edges(graph, bounds)

    def active():
        share = m.node_activity(graph, edges)
        return share[share > 0].mean()

    def course():
        found = m.event_course(graph, edges)
        return np.stack([found[k] for k in ("nodes", "pairs", "components", "engaged_nodes")])

    return {
        "discretise, 1000 bins": (lambda: m.discretise(graph, bins=BINS, weights="count"), None),
        "surprise": (lambda: m.surprise(graph), float),
        "reoccurrence": (lambda: m.reoccurrence(graph), float),
        "novelty, 1000 bins": (lambda: m.novelty(graph, bounds), float),
        "node activity, 1000 bins": (active, float),
        "nodes, edges, components, engagement": (course, np.ravel),
        "degrees, 1000 bins": (lambda: m.degree_map(graph, edges), None),
        "TEA, 50 bins": (lambda: m.temporal_edges(graph, few), lambda e: np.concatenate([e.new, e.repeated])),
        "TET, 50 bins": (lambda: m.temporal_edges(graph, few), None),
        "TEA, 50 bins, a picture": (lambda: drawn(plot_tea(m.temporal_edges(graph, few))), None),
        "TET, 50 bins, a picture": (lambda: drawn(plot_tet(m.temporal_edges(graph, few))), None),
    }


def drawn(ax):
    """Write a picture as PDF, as the peer does."""
    ax.figure.savefig(io.BytesIO(), format="pdf")


class Peer:
    """py-tgx in the interpreter that INTERPLAY_PEERS names, if there is one."""

    def __init__(self, graph, folder):
        self.process = None
        python = os.environ.get("INTERPLAY_PEERS")
        if not python:
            print("py-tgx is left out: INTERPLAY_PEERS names no interpreter that has it.", file=sys.stderr)
            return
        bins = {n: m.event_bounds(graph, bins=n)[:, 0] for n in (BINS, FEW)}
        place = Path(folder) / "events.npz"
        at = {f"bin{n}": np.searchsorted(b, graph.time, side="right") - 1 for n, b in bins.items()}
        np.savez(place, src=graph.src, dst=graph.dst, time=graph.time, **at)
        script = Path(__file__).with_name("event_measures_peers.py")
        self.process = subprocess.Popen(
            [python, str(script), str(place), str(LIMIT_S)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ask(self, name):
        """Give the row of one statistic, or None without a peer."""
        if self.process is None:
            return None
        self.process.stdin.write(name + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def end(self):
        if self.process is not None:
            self.process.stdin.close()
            self.process.wait()


def rows(sizes=SIZES):
    graph = made(SIZES[0], 10_000, n_features=1)
    total = {False: [], True: []}
    with tempfile.TemporaryDirectory() as folder:
        peer = Peer(graph, folder)
        for name, (work, value) in ours(graph).items():
            common = {"bench": "event_measures", "case": name, "n_events": len(graph)}
            own = measure(work, 3)
            yield common | {"who": "interplay"} | own
            theirs = peer.ask(name)
            if theirs is None:
                continue
            total["picture" in name].append((own, theirs))
            found = theirs.pop("values")
            if found is not None and value is not None:
                theirs["greatest_difference"] = float(np.abs(np.asarray(value(work())) - np.asarray(found)).max())
            yield common | theirs | {"ratio_cpu": theirs["cpu_s"] / own["cpu_s"]}
        peer.end()
    yield from _together(graph, total)
    for size in sizes:
        yield _fresh(size)


def _together(graph, total):
    """Add up what both did; and all numbers of ours in one call, which gives more than the peer's."""
    common = {"bench": "event_measures", "n_events": len(graph)}
    one = measure(lambda: m.measure_events(graph, bins=BINS), 3)
    for case, pairs in (
        ("all numbers, one by one", total[False]),
        ("all pictures", total[True]),
        ("everything", total[False] + total[True]),
    ):
        if pairs:
            own, theirs = ({k: sum(p[i][k] for p in pairs) for k in ("cpu_s", "wall_s")} for i in range(2))
            yield common | {"case": case, "who": "interplay"} | own
            who = "py-tgx, cut off" if any(p[1]["cut_off"] for p in pairs) else "py-tgx"
            yield common | {"case": case, "who": who} | theirs | {"ratio_cpu": theirs["cpu_s"] / own["cpu_s"]}
    common["case"] = "all numbers in one call"
    yield common | {"who": "interplay, with rhythm, friends, reachability"} | one
    if total[False]:
        theirs = {k: sum(p[1][k] for p in total[False]) for k in ("cpu_s", "wall_s")}
        yield common | {"who": "py-tgx, one by one"} | theirs | {"ratio_cpu": theirs["cpu_s"] / one["cpu_s"]}


def _fresh(size):
    """Measure a stream of a size in a process of its own."""
    code = f"import json; from benchmarks.speed.event_measures import grown; print(json.dumps(grown({size})))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def grown(size):
    """Measure everything, motifs within the usual wait included, of a stream with a tenth as many nodes as events."""
    small = made(2000, 200, n_features=1)
    m.measure_events(small, motif_window_s=usual_wait(small))
    graph = made(size, size // 10, n_features=1)
    window = usual_wait(graph)
    best = None
    for _ in range(3 if size < SIZES[-1] else 1):
        started, begun = time.perf_counter(), time.process_time()
        m.measure_events(graph, motif_window_s=window)
        spent = {"cpu_s": time.process_time() - begun, "wall_s": time.perf_counter() - started}
        best = min(best or spent, spent, key=lambda s: s["cpu_s"])
    return (
        {"bench": "event_measures", "case": f"everything, {size} events", "who": "interplay", "n_events": size}
        | best
        | {"events_per_cpu_s": size / best["cpu_s"], "peak_mib": peak_mib(), "motif_window_s": window}
    )
