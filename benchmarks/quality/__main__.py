"""Run the quality benchmarks and write JSON lines: `python -m benchmarks.quality [NAME ...]`."""

import json
import sys
from pathlib import Path

from benchmarks.quality import (
    agents_grid,
    alignment,
    boltzmann,
    brain_changes,
    brain_edges,
    brain_real,
    brain_real_edges,
    brain_real_long,
    brain_real_networks,
    circuits,
    culture,
    dish_embedding,
    dynotears,
    explain,
    factors,
    fairness_price,
    glm,
    inference,
    inference_errors,
    inference_real,
    inference_states,
    null_edges,
    pair_laws,
    rat,
    recovery,
    references,
    represent,
    represent_defaults,
    shifted_recordings,
    signed_streams,
    spiking_defaults,
    spiking_depth,
    spiking_depth_events,
    spiking_estimators,
    spiking_player,
    spiking_tasks,
    stream_baselines,
    stream_batches,
    streams,
    switching,
    synapses,
    temp_me,
)
from benchmarks.speed.machine import header

BENCHES = {
    "boltzmann": boltzmann.rows,
    "brain_changes": brain_changes.rows,
    "brain_edges": brain_edges.rows,
    "brain_real": brain_real.rows,
    "brain_real_edges": brain_real_edges.rows,
    "brain_real_long": brain_real_long.rows,
    "brain_real_networks": brain_real_networks.rows,
    "glm": glm.rows,
    "dynotears": dynotears.rows,
    "recovery": recovery.rows,
    "null_edges": null_edges.rows,
    "pair_laws": pair_laws.rows,
    "shifted_recordings": shifted_recordings.rows,
    "synapses": synapses.rows,
    "rat": rat.rows,
    "references": references.rows,
    "culture": culture.rows,
    "agents_grid": agents_grid.rows,
    "represent": represent.rows,
    "represent_defaults": represent_defaults.rows,
    "explain": explain.rows,
    "alignment": alignment.rows,
    "dish_embedding": dish_embedding.rows,
    "circuits": circuits.rows,
    "fairness_price": fairness_price.rows,
    "inference": inference.rows,
    "inference_errors": inference_errors.rows,
    "inference_states": inference_states.rows,
    "inference_real": inference_real.rows,
    "factors": factors.rows,
    "switching": switching.rows,
    "spiking_defaults": spiking_defaults.measured,
    "spiking_depth": spiking_depth.rows,
    "spiking_depth_events": spiking_depth_events.rows,
    "spiking_estimators": spiking_estimators.rows,
    "spiking_player": spiking_player.rows,
    "spiking_tasks": spiking_tasks.rows,
    "stream_baselines": stream_baselines.rows,
    "stream_batches": stream_batches.rows,
    "streams": streams.rows,
    "signed_streams": signed_streams.rows,
    "temp_me": temp_me.rows,
}
RESULTS = Path(__file__).with_name("results")


def main(names):
    unknown = set(names) - set(BENCHES)
    if unknown:
        raise SystemExit(f"Unknown benchmark {', '.join(sorted(unknown))}. Valid: {', '.join(BENCHES)}.")
    RESULTS.mkdir(exist_ok=True)
    for name in names or BENCHES:
        print(f"\n{name}")
        place = RESULTS / f"{name}.jsonl"
        part = place.with_suffix(
            ".part"
        )  # what a run that was ended had measured; takes the place of the old at the end
        with part.open("w") as file:
            for row in BENCHES[name]():
                print(
                    "  ".join(f"{k} {v:.4g}" if isinstance(v, float) else f"{k} {v}" for k, v in row.items()),
                    flush=True,
                )
                row |= {} if "commit" in row else header()  # a row that was stored before keeps its own
                file.write(json.dumps(row) + "\n")
                file.flush()
        part.replace(place)


if __name__ == "__main__":
    main(sys.argv[1:])
