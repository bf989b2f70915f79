"""Run every speed benchmark, print tables, and write JSON lines: `python -m benchmarks.speed [NAME ...]`.

Peers live in an environment of their own (elephant, spikedata, gensim, orbit-count, networkit, igraph, networkx); name
its interpreter in INTERPLAY_PEERS. Set OMP_NUM_THREADS=1.
"""

import json
import os
import sys
from pathlib import Path

from benchmarks.speed import (
    boltzmann,
    brain_symphony,
    cascades,
    certify,
    circuits,
    contraction,
    correlation,
    correlogram,
    culture,
    distances,
    dynotears,
    event_measures,
    event_motifs,
    event_store,
    factors,
    glm,
    granger,
    imports,
    orbits,
    pair_spectra,
    pong,
    represent,
    seeds,
    skip_gram,
    spiking,
    stream_caches,
    stream_models,
    switching,
    tiling,
    transfer,
    walks,
)
from benchmarks.speed.machine import header

BENCHES = {
    "boltzmann": boltzmann.rows,
    "brain_symphony": brain_symphony.rows,
    "glm": glm.rows,
    "dynotears": dynotears.rows,
    "event_measures": event_measures.rows,
    "event_motifs": event_motifs.rows,
    "event_store": event_store.rows,
    "cascades": cascades.rows,
    "certify": certify.rows,
    "contraction": contraction.rows,
    "circuits": circuits.rows,
    "culture": culture.rows,
    "distances": distances.rows,
    "tiling": tiling.rows,
    "correlation": correlation.rows,
    "correlogram": correlogram.rows,
    "granger": granger.rows,
    "factors": factors.rows,
    "imports": imports.rows,
    "orbits": orbits.rows,
    "pair_spectra": pair_spectra.rows,
    "pong": pong.rows,
    "represent": represent.rows,
    "seeds": seeds.rows,
    "skip_gram": skip_gram.rows,
    "spiking": spiking.rows,
    "stream_caches": stream_caches.rows,
    "stream_models": stream_models.rows,
    "switching": switching.rows,
    "transfer": transfer.rows,
    "walks": walks.rows,
}
RESULTS = Path(__file__).with_name("results")


def main(names):
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    unknown = set(names) - set(BENCHES)
    if unknown:
        raise SystemExit(f"Unknown benchmark {', '.join(sorted(unknown))}. Valid: {', '.join(BENCHES)}.")
    for name in names or BENCHES:
        machine = header()
        print("\n" + ", ".join(f"{k} {v}" for k, v in machine.items()))
        found = []
        print(f"{'case':38} {'who':52} {'cpu s':>10} {'wall s':>10} {'x ours':>8} {'peak MiB':>9}  notes")
        for row in BENCHES[name]():
            found.append(row | machine)
            print(_line(row), flush=True)
        RESULTS.mkdir(exist_ok=True)
        text = "".join(json.dumps(row) + "\n" for row in found)
        (RESULTS / f"{name}.jsonl").write_text(text)


def _line(row):
    notes = []
    if row.get("timed_pairs", row.get("n_pairs")) != row.get("n_pairs"):
        notes.append(f"extrapolated from {row['timed_pairs']} pairs")
    if "greatest_difference" in row:
        notes.append(f"greatest difference {row['greatest_difference']:.1e}")
    if "timed_runs" in row:
        notes.append(f"extrapolated from {row['timed_runs']} runs")
    if "timed_walks" in row:
        notes.append(f"extrapolated from {row['timed_walks']} walks")
    if "ns_per_step" in row:
        notes.append(f"{row['ns_per_step']:.1f} ns per step")
    if "error" in row:
        notes.append(f"error {row['error']:.1e}")
    if "grown_mib" in row:
        notes.append(f"grows by {row['grown_mib']:.0f} MiB")
    if "times_reference" in row:
        notes.append(f"{row['times_reference']:.1f} x faster than the authors' notebook ({row['reference_cpu_s']} s)")
    if "auc_cosine" in row:
        notes.append(f"area {row['auc_cosine']:.4f} (cosine), {row['auc_product']:.4f} (product)")
    if "events_per_cpu_s" in row:
        notes.append(f"{row['events_per_cpu_s']:.0f} events per cpu s")
    if "times_real" in row:
        notes.append(f"{row['times_real']:.1f} x real time")
    ratio = f"{row['ratio_cpu']:.0f}" if row.get("ratio_cpu", 0) >= 10 else f"{row.get('ratio_cpu', 1):.1f}"
    ratio = ratio if "ratio_cpu" in row else ""
    peak = f"{row['peak_mib']:.0f}" if "peak_mib" in row else ""
    return (
        f"{row['case']:38} {row['who']:52} {row['cpu_s']:10.3f} {row['wall_s']:10.3f} {ratio:>8} {peak:>9}  "
        + "; ".join(notes)
    )


if __name__ == "__main__":
    main(sys.argv[1:])
