"""Motifs of three events back in time: laying a stream out, and walks per second, compiled and by listing."""

import time

import numpy as np

SIZES = (100_000, 1_000_000, 10_000_000)
QUERIES, STARTS = 20_000, 10


def stream_of(n_events):
    from interplay.data import TemporalGraph

    r = np.random.default_rng(0)
    n = max(n_events // 20, 10)
    weight = 1.0 / np.arange(1, n + 1) ** 0.8
    src, dst = r.choice(n, (2, n_events), p=weight / weight.sum())
    when = np.cumsum(r.integers(1, 20, n_events)).astype(float)
    return TemporalGraph.from_events(src, dst, when, n_nodes=n, span=(0.0, float(when[-1]) + 1))


def listed(graph, roots, starts):
    """Draw the second events alone, by looking at all events: what a sampler without rows has to do."""
    r = np.random.default_rng(0)
    for root, row in zip(roots, starts, strict=True):
        for one in row[row >= 0]:
            w = graph.src[one] + graph.dst[one] - root
            end = np.searchsorted(graph.time, graph.time[one])
            s, d = graph.src[:end], graph.dst[:end]
            found = np.flatnonzero((s == root) | (d == root) | (s == w) | (d == w))
            if len(found):
                r.choice(found)


def rows():
    from interplay.explain import MotifSampler

    warm = MotifSampler(stream_of(1000))
    warm.shares(queries=5)
    for size in SIZES:
        graph = stream_of(size)
        sampler = MotifSampler(graph)
        begun, wall = time.process_time(), time.perf_counter()
        asked = np.arange(size - QUERIES, size)
        starts = sampler.starts(graph.src[asked], graph.time[asked], STARTS)
        sampler.sample(graph.src[asked[:1]], starts[:1], asked[:1])
        told = {"cpu_s": time.process_time() - begun, "wall_s": time.perf_counter() - wall}
        yield {"case": f"laying out, {size:.0e} events", "who": "interplay", **told}
        best = []
        for _ in range(3):
            begun, wall = time.process_time(), time.perf_counter()
            sampler.sample(graph.src[asked], starts, asked)
            best.append((time.process_time() - begun, time.perf_counter() - wall))
        spent, wall = min(best)
        walks = int((starts >= 0).sum())
        case = f"{walks} walks, {size:.0e} events"
        notes = f"{walks / spent:.0f} walks per cpu s"
        yield {"case": case, "who": "interplay", "cpu_s": spent, "wall_s": wall, "notes": notes}
        if size == SIZES[0]:
            few = 20
            begun, wall = time.process_time(), time.perf_counter()
            listed(graph, graph.src[asked[:few]], starts[:few])
            one, number = time.process_time() - begun, int((starts[:few] >= 0).sum())
            notes = f"{number / one:.0f} walks per cpu s, second events alone"
            told = {"cpu_s": one, "wall_s": time.perf_counter() - wall, "notes": notes}
            yield {"case": f"{number} walks, {size:.0e} events", "who": "numpy, listing", **told}
