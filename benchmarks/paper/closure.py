"""Simplicial closure of email-Enron: published counts beside ours, and how well scores foretell it.

Published: the tutorial beside Benson and others (2018), PNAS 115:E11221. Reads the real data named by INTERPLAY_DATA.
"""

import json
import os
from pathlib import Path

RESULTS = Path(__file__).with_name("results") / "closure.json"
CLAIMED = {
    "people": 143,
    "simplices": 10883,
    "pairs": 1800,
    "open, closed: none, none, none": [265772, 90],
    "open, closed: none, none, weak": [40734, 78],
    "open, closed: none, none, strong": [109207, 334],
    "open, closed: none, weak, weak": [2025, 19],
    "open, closed: none, weak, strong": [10669, 132],
    "open, closed: none, strong, strong": [11082, 236],
    "open, closed: weak, weak, weak": [75, 0],
    "open, closed: weak, weak, strong": [449, 14],
    "open, closed: weak, strong, strong": [1162, 56],
    "open, closed: strong, strong, strong": [888, 49],
}
SHARES = (0.6, 0.7, 0.8, 0.9)


def make():
    from interplay.io import load_simplices
    from interplay.measures import forecast_triangles, simplicial_closure

    data = Path(os.environ.get("INTERPLAY_DATA", Path(__file__).parents[3] / "shared" / "data"))
    met = load_simplices(data / "simplices" / "email-Enron", seconds_per_unit=1e-3)
    closure = simplicial_closure(met, share=0.8)
    counts = [[int(o), int(c)] for o, c in zip(closure.open, closure.closed, strict=True)]
    ours = [met.n_nodes, len(met), met.graph().n_edges, *counts]
    forecasts = {share: forecast_triangles(met, share=share) for share in SHARES}
    names = [str(name) for name in forecasts[0.8].names]
    scores = {
        name: {str(share): round(float(f.relative[k]), 3) for share, f in forecasts.items()}
        for k, name in enumerate(names)
    }
    chance = {str(share): [len(f.closed), round(f.chance, 4)] for share, f in forecasts.items()}
    found = {"ours": dict(zip(CLAIMED, ours, strict=True)), "chance": chance, "relative": scores}
    RESULTS.write_text(json.dumps(found, indent=1) + "\n")


def lines():
    found = json.loads(RESULTS.read_text())
    yield f"{'email-Enron':40s} {'claimed':>14s} {'ours':>14s} {'gap':>8s}"
    for name, claimed in CLAIMED.items():
        ours = found["ours"][name]
        both = [(claimed, ours)] if isinstance(claimed, int) else list(zip(claimed, ours, strict=True))
        gap = ", ".join(str(b - a) for a, b in both)
        yield f"{name:40s} {_text(claimed):>14s} {_text(ours):>14s} {gap:>8s}"
    yield ""
    yield "Average precision of open triangles over chance, by the share of messages in the past (nothing claimed):"
    yield f"{'score':28s} " + " ".join(f"{share:>8.0%}" for share in SHARES)
    for name, row in found["relative"].items():
        yield f"{name:28s} " + " ".join(f"{row[str(share)]:8.2f}" for share in SHARES)
    yield f"{'open triangles':28s} " + " ".join(f"{found['chance'][str(share)][0]:8d}" for share in SHARES)
    yield f"{'share that closed':28s} " + " ".join(f"{found['chance'][str(share)][1]:8.2%}" for share in SHARES)


def _text(value):
    return str(value) if isinstance(value, int) else ", ".join(map(str, value))
