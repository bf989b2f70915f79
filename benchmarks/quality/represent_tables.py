"""The results of `represent` as tables for reading: `python -m benchmarks.quality.represent_tables`."""

import json
from collections import defaultdict
from itertools import product

import numpy as np

from benchmarks.quality import represent_data
from benchmarks.quality.represent import FRESH, PATH
from interplay.stats.mean_interval import mean_interval

NAMES = {
    "tavrnn": "TAVRNN",
    "tavrnn_mean": "TAVRNN, mean asks, 3 windows",
    "vgrnn": "VGRNN",
    "vgae": "VGAE",
    "statistics": "statistics GRU",
}
#: What is compared: by which vectors of the methods, and with which baselines.
POOLS = {"read-out": "all units", "units": "posterior mean", "links": "last embedding"}
#: The method's own foresight; VGAE, whose prior knows nothing, has its last embedding.
PRIOR = "as the method foresees"
RIVALS = {
    "read-out": ("network edges", "raw correlation", "firing rate", "degree and strength"),
    "units": ("network edges", "raw correlation", "degree and strength"),
    "links": ("persistence", "frequency", "preferential attachment", "common neighbours"),
}


def collected(path=PATH):
    """Give {(data, protocol, task): {(method, vectors): {seed: score}}}; fresh recordings are data of their own."""
    out = defaultdict(lambda: defaultdict(dict))
    for line in path.read_text().splitlines():
        row = json.loads(line)
        for score in row["scores"]:
            name = row["data"] + (", fresh" if row["seed"] in FRESH else "")
            found = out[name, row["protocol"], score["task"]]
            found[row["method"], score["vectors"]][row["seed"]] = score["score"]
            if score["task"] == "links: all, AUC" and row.get("prediction") is not None:
                found[row["method"], PRIOR][row["seed"]] = row["prediction"]
    return out


def cell(scores):
    """Write a mean with its 95 % interval over seeds, or the one number there is."""
    values = np.array(list(scores.values()))
    if len(values) == 1 or np.ptp(values) == 0:
        return f"{values[0]:.3f}"
    found = mean_interval(values)
    return f"{found.estimate:.3f} [{found.low:.3f}, {found.high:.3f}]"


def difference(one, other, *, single):
    """Give the mean paired difference over seeds, its interval, and how many of all sign flips are as large.

    On one recording seeds are those of the training only, and a p-value over them would speak of nothing else.
    """
    alone = len(other) == 1  # one recording: a baseline has no seed
    seeds = sorted(one if alone else set(one) & set(other))
    values = np.array([one[s] - (next(iter(other.values())) if alone else other[s]) for s in seeds])
    if len(values) < 2 or np.ptp(values) == 0:
        return f"{values.mean():+.3f}"
    found = mean_interval(values)
    if single:
        return f"{found.estimate:+.3f} [{found.low:+.3f}, {found.high:+.3f}]"
    # Scores are stored with six digits, so equal sums may differ by rounding.
    flips = np.array(list(product((1, -1), repeat=len(values)))) @ values
    p = float((np.abs(flips) >= abs(values.sum()) - 1e-5).mean())
    return f"{found.estimate:+.3f} [{found.low:+.3f}, {found.high:+.3f}], p {p:.2g}"


def shown(method, vectors):
    """Leave out running means, but for those of all edges and of all units: the tables are long enough."""
    return "running mean" not in vectors or vectors.startswith(("network edges", "all units"))


def table(results, data, tasks):
    """Write one table: a row per vectors, a column per question."""
    heads = [f"{task.partition(': ')[2]}, {protocol}" for protocol, task in tasks]
    lines = ["| | " + " | ".join(heads) + " |", "|---" * (len(tasks) + 1) + "|"]
    rows = dict.fromkeys(row for task in tasks for row in results[data, *task] if shown(*row))
    for method, vectors in sorted(rows, key=lambda row: -1 if row[0] == "baselines" else [*NAMES].index(row[0])):
        found = [results[data, *task].get((method, vectors)) for task in tasks]
        name = vectors if method == "baselines" else f"**{NAMES[method]}**, {vectors}"
        lines.append(f"| {name} | " + " | ".join(cell(f) if f else "–" for f in found) + " |")
    return lines


def differences(results, data, tasks, part):
    """Write what TAVRNN has more than each rival."""
    learnt = [(method, "") for method in NAMES if method != "tavrnn"]
    lines = ["| TAVRNN minus | " + " | ".join(f"{t.partition(': ')[2]}, {p}" for p, t in tasks) + " |"]
    lines.append("|---" * (len(tasks) + 1) + "|")
    for method, vectors in [*learnt, *(("baselines", name) for name in RIVALS[part])]:
        cells = []
        for task in tasks:
            found = results[data, *task]
            pool = PRIOR if ("tavrnn", PRIOR) in found else POOLS[part]
            one, other = found.get(("tavrnn", pool)), found.get((method, vectors or pool))
            cells.append(
                difference(one, other, single=data.removesuffix(", fresh") not in represent_data.SIMULATED)
                if one and other
                else "–"
            )
        if set(cells) != {"–"}:
            lines.append(f"| {vectors if method == 'baselines' else NAMES[method]} | " + " | ".join(cells) + " |")
    return lines


def main(path=PATH):
    results = collected(path)
    for data in dict.fromkeys(key[0] for key in results):
        for part in POOLS:
            tasks = [key[1:] for key in results if key[0] == data and key[2].startswith(part)]
            if tasks:
                print(f"\n**{data}: {part}**\n", *table(results, data, tasks), sep="\n")
                print("", *differences(results, data, tasks, part), sep="\n")


if __name__ == "__main__":
    main()
