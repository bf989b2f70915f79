"""Tables of docs/results/inference.md from the stored rows: `python -m benchmarks.quality.inference_tables`."""

import json
from collections import defaultdict
from pathlib import Path

import numpy as np
from scipy.special import stdtrit

ROWS = Path(__file__).with_name("results") / "inference.jsonl"
TRIVIAL = "product of activities"
COLUMNS = {
    "auc": "AUC, pairs",
    "average_precision": "AP, pairs",
    "auc_directed": "AUC, ordered",
    "sign_accuracy": "signs right",
    "recall": "recall",
    "precision": "precision",
    "cpu_s": "CPU s",
}


def told(values, name):
    """Write a mean with its 95 % interval (Student's t over seeds), or a median of times."""
    known = np.array([v for v in values if v is not None])
    if not len(known):
        return ""
    if name == "cpu_s":
        return f"{np.median(known):.2g}"
    if len(known) < 2:
        return f"{known.mean():.2f}"
    half = stdtrit(len(known) - 1, 0.975) * known.std(ddof=1) / np.sqrt(len(known))
    return f"{known.mean():.2f} ± {half:.2f}"


def table(rows):
    by = defaultdict(list)
    for row in rows:
        if "failure" not in row:
            by[row["method"]].append(row)
    order = sorted(by, key=lambda m: -np.mean([r["auc"] for r in by[m]]))
    heads = ["method", "seeds", *COLUMNS.values()]
    lines = [f"| {' | '.join(heads)} |", "|---|" + "---:|" * (len(heads) - 1)]
    for method in order:
        cells = [told([r[name] for r in by[method]], name) for name in COLUMNS]
        lines.append(f"| {method} | {len(by[method])} | {' | '.join(cells)} |")
    return "\n".join(lines)


def real_table(rows):
    """Give repeatability, agreement and cost where no truth is known."""
    lines = ["| method | with its other half | with other methods | with product of activities | CPU s |"]
    lines.append("|---|---:|---:|---:|---:|")
    known = [row for row in rows if "agreement" in row and row["method"] != TRIVIAL]
    for row in sorted(known, key=lambda r: -(r["stability"] or -2)):
        trivial = row["agreement"].get(TRIVIAL)
        others = [v for k, v in row["agreement"].items() if k != TRIVIAL]
        cells = [row["stability"], np.mean(others), trivial]
        text = " | ".join("" if c is None else f"{c:.2f}" for c in cells)
        lines.append(f"| {row['method']} | {text} | {row['cpu_s']:.2g} |")
    return "\n".join(lines)


def main():
    rows = [json.loads(line) for line in ROWS.read_text().splitlines()]
    for kind in dict.fromkeys(row["kind"] for row in rows):
        own = [r for r in rows if r["kind"] == kind]
        print(f"\n## {kind}\n\n{table(own) if own[0]['seed'] is not None else real_table(own)}")


if __name__ == "__main__":
    main()
