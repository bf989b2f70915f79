"""Write the tables of docs/results/inference.md from the stored rows: `python -m benchmarks.quality.inference_tables`.

Each table stands between `<!-- table NAME -->` and `<!-- end -->`; what is there is replaced. With `--check` nothing is
written, and the command fails where a table is not what the rows say.
"""

import itertools
import json
import re
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np
from scipy.special import stdtrit

RESULTS = Path(__file__).with_name("results")
PAGE = Path(__file__).parents[2] / "docs" / "results" / "inference.md"
TRIVIAL = "product of activities"
NONE = "-"
COLUMNS = {
    "auc_evidence": "AUC by evidence",
    "auc": "AUC by weight",
    "average_precision_evidence": "AP by evidence",
    "auc_directed_evidence": "ordered, by evidence",
    "auc_directed": "ordered, by weight",
    "sign_accuracy": "signs right",
    "recall": "recall",
    "precision": "precision",
    "auc_shifted": "AUC, shifted",
    "stability": "halves",
    "cpu_s": "CPU s",
}
CHANGES = {"changes_found": "changes found", "changes_chance": "by chance", "changes_false": "false changes"}
BASELINES = ("constant rate", "one state", "rates only", "own history")
STATES = {
    "state_accuracy": "time in the right state",
    "constant_state": "by naming one state",
    "state_auc": "AUC of a state's edges",
    "state_signs": "signs right",
    "cpu_s": "CPU s",
}


def read(name):
    path = RESULTS / f"{name}.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def told(values, name="", digits=2):
    """Write a mean with its 95 % interval (Student's t over seeds; from three on), or a median of times."""
    known = np.array([v for v in values if v is not None], dtype=float)
    if not len(known):
        return NONE
    if name == "cpu_s":
        return f"{np.median(known):.2g}"
    if len(known) < 3:
        return f"{known.mean():.{digits}f}"
    half = stdtrit(len(known) - 1, 0.975) * known.std(ddof=1) / np.sqrt(len(known))
    return f"{known.mean():.{digits}f} ± {half:.{digits}f}"


def lines(heads, body):
    yield f"| {' | '.join(heads)} |"
    yield "|---|" + "---:|" * (len(heads) - 1)
    for cells in body:
        yield f"| {' | '.join(cells)} |"


def grouped(rows, key):
    by = defaultdict(list)
    for row in rows:
        if "failure" not in row and "skipped" not in row:
            by[row[key]].append(row)
    return by


def planted_table(rows):
    by = grouped(rows, "method")
    looked = any(row["n_changes"] for row in rows)
    columns = {**dict(list(COLUMNS.items())[:8]), **CHANGES, **dict(list(COLUMNS.items())[8:])} if looked else COLUMNS
    # A column that nobody has an entry in, such as direction where the truth has none, is left out.
    columns = {k: v for k, v in columns.items() if any(r[k] is not None for known in by.values() for r in known)}
    order = sorted(by, key=lambda m: (m == TRIVIAL, -np.mean([r["auc_evidence"] for r in by[m]])))
    body = []
    for method in order:
        known = by[method]
        evidence = "p-value" if known[0]["by_pvalue"] else "weight"
        body.append([method, evidence, str(len(known)), *(told([r[k] for r in known], k) for k in columns)])
    yield from lines(["method", "evidence", "seeds", *columns.values()], body)
    failures = {row["method"]: row["failure"] for row in rows if "failure" in row}
    for method, why in failures.items():
        yield f"\n`{method}` gave nothing: {why.split('.')[0]}."


def real_table(rows):
    """Give repeatability, agreement and cost where no truth is known."""
    known = [row for row in rows if "agreement" in row and row["method"] != TRIVIAL and "failure" not in row]
    body = []
    for row in sorted(known, key=lambda r: -(-2 if r["stability"] is None else r["stability"])):
        others = [v for k, v in row["agreement"].items() if k != TRIVIAL]
        cells = [row["stability"], np.mean(others) if others else None, row["agreement"].get(TRIVIAL)]
        body.append([row["method"], *(NONE if c is None else f"{c:.2f}" for c in cells), f"{row['cpu_s']:.2g}"])
    heads = ["method", "with its other half", "with other methods", f"with {TRIVIAL}", "CPU s"]
    yield from lines(heads, body)


def states_table(rows):
    by = grouped(rows, "model")
    body = []
    for model, known in by.items():
        counts = np.bincount([r["states"] for r in known])
        chosen = ", ".join(f"{k} ({counts[k]})" for k in np.flatnonzero(counts)) if counts.max() < len(known) else ""
        states = chosen or str(known[0]["states"])
        body.append([model, str(len(known)), states, *(told([r[k] for r in known], k) for k in STATES)])
    yield from lines(["model", "seeds", "states", *STATES.values()], body)


def lags_table(rows):
    known = [row for row in rows if row["what"] == "lags"]
    body = []
    for what in dict.fromkeys(row["synapse"] for row in known):
        shares = np.array([row["over_chance"] for row in known if row["synapse"] == what]).T
        body.append([what, *(told(list(share)) for share in shares)])
    cuts = known[0]["lags_ms"] if known else ()
    yield from lines(["synapse", *(f"{a} to {b} ms" for a, b in itertools.pairwise(cuts))], body)


def false_table(rows):
    heads = ("two_steps", "reverse", "common_source", "unrelated", "recall", "precision")
    by = grouped([row for row in rows if row["what"] == "false"], "method")
    body = [[name, *(told([r[k] for r in known]) for k in heads)] for name, known in by.items()]
    named = ["a path of two synapses", "a synapse back", "a common source", "none of these"]
    yield from lines(["method", *named, "recall", "precision"], body)


def numbers(values):
    return ", ".join(f"{v:.3g}" for v in values)


def job_states(rows):
    body = []
    for row in rows:
        if row.get("method") == "switching":
            held = "; ".join(f"{k}: {v:.3f}" for k, v in zip(row["tried"], row["held_out"], strict=True))
            base = [f"{row['baselines'][k]:.3f}" for k in BASELINES]
            times = (numbers(row["occupancy"]), numbers(row["dwell_s"]), "yes" if row["converged"] else "no")
            body.append([row["recording"], str(row["states"]), held, *base, *times, f"{row['cpu_s']:.2g}"])
    heads = ["recording", "states", "held out, by number of states", *BASELINES]
    yield from lines([*heads, "share of time", "stay, s", "converged", "CPU s"], body)


def job_others(rows):
    body = []
    for row in rows:
        if row.get("method") == "glm":
            held = row["held_out"]
            text = f"nats per spike: model {held['model']:.3f}, own history {held['history']:.3f}, "
            body.append([row["recording"], "glm", text + f"constant rate {held['rate']:.3f}", f"{row['cpu_s']:.2g}"])
        if row.get("method") == "factors":
            held = "; ".join(f"{k}: {v:.3g}" for k, v in zip(row["tried"], row["held_out_error"], strict=True))
            text = f"error by number of components: {held}; mean of each pair {row['held_out_error_of_means']:.3g}"
            body.append([row["recording"], "factors", f"{text}; taken {row['components']}", f"{row['cpu_s']:.2g}"])
    yield from lines(["recording", "method", "held out", "CPU s"], body)


def tables():
    found, rows = {}, read("inference")
    for kind in dict.fromkeys(row["kind"] for row in rows):
        own = [row for row in rows if row["kind"] == kind]
        found[kind] = planted_table(own) if own[0]["seed"] is not None else real_table(own)
    found["states"] = states_table(read("inference_states"))
    errors = read("inference_errors")
    found |= {"lags": lags_table(errors), "false": false_table(errors)}
    real = read("inference_real")
    found |= {"job states": job_states(real), "job others": job_others(real)}
    return {name: "\n".join(table) for name, table in found.items()}


def filled(page, made):
    """Put the tables in their places."""

    def put(match):
        name = match[1]
        return f"<!-- table {name} -->\n\n{made.get(name, match[2].strip())}\n\n<!-- end -->"

    return re.sub(r"<!-- table (.+?) -->\n(.*?)<!-- end -->", put, page, flags=re.DOTALL)


def main(arguments):
    page = PAGE.read_text(encoding="utf-8")
    new = filled(page, tables())
    if "--check" in arguments:
        raise SystemExit(0 if new == page else f"{PAGE.name} is not what the rows say: run this without --check.")
    PAGE.write_text(new, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
