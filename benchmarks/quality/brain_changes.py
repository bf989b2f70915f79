"""Change between two sessions, read off attention and off plain correlations: is the right network found, and how often
is one found where nothing changed?

Simulated cohorts with two sessions; in the second the coupling inside the last of five networks is multiplied by
`change` (1: nothing changes). Models are pre-trained, without labels, on other subjects; "same" trains on the tested
scans themselves. As a control, coupling stays and the signals of the last network are only made smaller ("amplitude");
models that scale each scan by itself ("scan") cannot see that.

`python -m benchmarks.quality.brain_changes [--null N] [--cohorts N] [--same N]` measures what is not in
results/brain_changes.jsonl yet, and appends it row by row; `--table` prints the summary.
"""

import argparse
import json
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.speed.machine import header

PATH = Path(__file__).with_name("results") / "brain_changes.jsonl"
REGIONS, NETWORKS, TIMES, SUBJECTS = 30, 5, 400, 40
GAINS = (0.7, 0.9)
CHANGES = (0.8, 0.5, 0.2)
MODELS = (0, 1)
SIZES = (10, 20, 40)
NULL_SIZE = 20
RESAMPLES = 999
LAST = NETWORKS - 1


def cohort(gain, change, subjects, seed):
    from interplay.circuits.brain_cohort import draw_connectome, simulate_cohort

    network = np.arange(REGIONS) * NETWORKS // REGIONS
    return simulate_cohort(
        n_subjects=subjects, n_regions=REGIONS, n_networks=NETWORKS, times=TIMES, sessions=2, change=change, gain=gain,
        effect="function", connectome=draw_connectome(network, seed=0), seed=seed,
    ).only("function")  # fmt: skip


def smaller(scans, factor=0.8):
    """Multiply the last network's signals of the second session."""
    series = np.array(scans.series)
    mine = scans.regions.group == scans.regions.group[-1]
    for s in np.flatnonzero(scans.session == "after"):
        series[scans.pointer[s] : scans.pointer[s + 1], mine] *= factor
    return replace(scans, series=series)


def method(seed, epochs=60, scale_by="training"):
    from interplay.represent.brain.method import BrainSymphony

    return BrainSymphony(
        width=32, heads=4, hidden=64, layers=2, graph_layers=2, times=100, epochs=epochs, batch=16, learning_rate=1e-3,
        stages=("spatial", "temporal", "context", "fusion"), scale_by=scale_by, seed=seed,
    )  # fmt: skip


def maps_of(config, model, scans):
    correlation = np.stack([np.corrcoef(scans.scan(s).T) for s in range(len(scans))])
    found = {which: config.attention(model, scans, which=which) for which in ("cross", "spatial")}
    return found | {"correlation": correlation}


def tested(maps, scans, subjects):
    """One row per kind of map: what the tests over the first subjects say."""
    from interplay.explain import BrainAttention

    kept = np.isin(scans.subject, np.unique(scans.subject)[:subjects])
    for name, values in maps.items():
        unit = "raw" if name == "correlation" else "even"
        change = BrainAttention(unit=unit).change(
            values[kept], scans.take(kept), first="before", second="after", resamples=RESAMPLES
        )
        block, network = change.families["block"], change.families["network"]
        row = {"maps": name, "subjects": subjects}
        for family, result in change.families.items():
            row[f"{family}_any"] = bool(np.nanmin(result.corrected) <= 0.05)
            row[f"{family}_any_fdr"] = bool(np.nanmin(result.fdr) <= 0.05)
            row[f"{family}_share"] = float(np.nanmean(result.pvalue <= 0.05))
        apart = np.delete(np.delete(block.corrected, LAST, 0), LAST, 1)
        row |= {
            "block_hit": bool(block.corrected[LAST, LAST] <= 0.05),
            "block_first": bool(np.nanargmax(np.abs(block.statistic)) == LAST * (NETWORKS + 1)),
            "block_apart": bool(np.nanmin(apart) <= 0.05),
            "block_t": float(block.statistic[LAST, LAST]),
            "block_difference": float(block.difference[LAST, LAST]),
            "network_hit": bool(network.corrected[1, LAST] <= 0.05),
            "network_first": bool(np.nanargmax(np.abs(network.statistic[1])) == LAST),
        }
        yield row


def one_cohort(key, config, model):
    scans = cohort(key["gain"], key["change"], key["most"], key["cohort"])
    if key.get("control") == "amplitude":
        scans = smaller(scans)
    begun = time.process_time()
    maps = maps_of(config, model, scans)
    spent = time.process_time() - begun
    sizes = (NULL_SIZE,) if key["change"] == 1.0 else SIZES
    for subjects in sizes:
        for row in tested(maps, scans, subjects):
            yield key | row | {"attention_cpu_s": spent}


def keys(null, cohorts, same):
    """What is measured, model by model."""
    yield from controls()
    for seed in MODELS:
        at = 10_000 + 1000 * seed  # no two models are tested on the same cohorts
        for gain in GAINS:
            base = {"gain": gain, "model": seed, "trained": "others"}
            yield from (base | {"change": 1.0, "most": NULL_SIZE, "cohort": at + k} for k in range(null))
            for change in CHANGES:
                yield from (base | {"change": change, "most": SIZES[-1], "cohort": 2 * at + k} for k in range(cohorts))
    for k in range(same):
        yield {"gain": 0.9, "model": 0, "trained": "same", "change": 1.0, "most": NULL_SIZE, "cohort": 30_000 + k}


def controls():
    """Amplitude alone, and scans scaled by themselves."""
    base = {"gain": 0.9, "model": 0, "trained": "others"}
    small = base | {"change": 1.0, "most": NULL_SIZE, "control": "amplitude"}
    for scale in ("training", "scan"):
        yield from (small | {"cohort": 10_000 + k, "scale_by": scale} for k in range(20))
    alone = base | {"scale_by": "scan"}
    yield from (alone | {"change": 1.0, "most": NULL_SIZE, "cohort": 10_000 + k} for k in range(30))
    yield from (alone | {"change": 0.5, "most": SIZES[-1], "cohort": 20_000 + k} for k in range(10))


def name_of(row):
    start = tuple(row[k] for k in ("gain", "model", "trained"))
    return (*start, row.get("scale_by", "training"), row.get("control", ""), row["change"], row["cohort"])


def fitted(key):
    if key["trained"] == "same":
        config = method(key["model"], epochs=20)
        return config, config.fit(cohort(key["gain"], key["change"], key["most"], key["cohort"]))
    config = method(key["model"], scale_by=key.get("scale_by", "training"))
    return config, config.fit(cohort(key["gain"], 0.5, 60, 100 + key["model"]))


def rows(null=50, cohorts=10, same=30):
    done = {name_of(r): [] for r in stored()}
    for row in stored():
        done[name_of(row)].append(row)
    held, made = None, None
    for key in keys(null, cohorts, same):
        if name_of(key) in done:
            yield from done[name_of(key)]
            continue
        which = name_of(key)[:4] if key["trained"] == "others" else name_of(key)
        if which != held:
            held, made = which, fitted(key)
        yield from list(one_cohort(key, *made))


def stored():
    return [json.loads(line) for line in PATH.read_text().splitlines()] if PATH.exists() else []


def share(values):
    """Share with its 95 % interval (Wilson)."""
    n, p, z = len(values), float(np.mean(values)), 1.96
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    reach = z * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return f"{p:.3f} ({max(0.0, middle - reach):.3f}-{min(1.0, middle + reach):.3f})"


def group_of(row):
    first = (row["trained"], row.get("scale_by", "training"), row.get("control", ""))
    return (*first, row["gain"], row["change"], row["subjects"], row["maps"])


def table():
    found = stored()
    groups = sorted({group_of(r) for r in found})
    for group in groups:
        mine = [r for r in found if group_of(r) == group]
        columns = (
            ("network_any", "block_any", "region_any", "network_share", "block_any_fdr")
            if group[4] == 1.0 and not group[2]
            else ("block_hit", "block_first", "block_apart", "network_hit", "network_first")
        )
        rises = share([r["block_difference"] > 0 for r in mine])
        told = "  ".join(f"{c} {share([r[c] for r in mine])}" for c in columns if not c.endswith("_share"))
        uncorrected = np.mean([r["network_share"] for r in mine])
        print(*group, f"n={len(mine)}", told, f"rises {rises}", f"network p<=.05 {uncorrected:.3f}", sep="  ")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--null", type=int, default=50)
    parser.add_argument("--cohorts", type=int, default=10)
    parser.add_argument("--same", type=int, default=30)
    parser.add_argument("--table", action="store_true")
    given = parser.parse_args()
    if given.table:
        table()
        return
    known = {name_of(r) for r in stored()}
    PATH.parent.mkdir(exist_ok=True)
    with PATH.open("a") as file:
        for row in rows(given.null, given.cohorts, given.same):
            if name_of(row) in known:
                continue
            row = {k: round(v, 5) if isinstance(v, float) else v for k, v in row.items()}
            file.write(json.dumps(row | header()) + "\n")
            file.flush()


if __name__ == "__main__":
    main()
