"""Cultures, their controls and learning agents under one sample budget: claimed, ours, gap.

The claims: Kagan et al. (2022), Neuron 110:3952 (first 5 minutes against the last 15), and Khajehnejad et al. (2025),
Cyborg and Bionic Systems 6:0336 (under the same real time, cultures change more than deep reinforcement learning).
Ours is a simulated culture: a gap says nothing against the living one.
"""

import json
import shutil
import tempfile
from pathlib import Path

RESULTS = Path(__file__).with_name("results") / "dish_tournament"
KEPT = ("plan.toml", "summary.json", "settings.json", "sessions.csv", "environment.json", "timings.csv")
#: Which player of ours stands beside which published group.
BESIDE = {
    "IS": "random",
    "RST": "dish:feedback=rest,plasticity=stdp",
    "MCC": "dish:feedback=fep,plasticity=stdp",
    "HCC": "dish:feedback=fep,plasticity=stdp",
}
ROW = "{:<86s} {:>22s} {:>16s} {:>8s}"


def make():
    from interplay.job.tournament import play
    from interplay.job.tournament_plan import TournamentPlan

    plan = TournamentPlan.read(RESULTS / "plan.toml")
    with tempfile.TemporaryDirectory() as folder:
        play(plan, folder, jobs=2)
        for name in KEPT:
            shutil.copy(Path(folder) / name, RESULTS / name)


def lines():
    found = json.loads((RESULTS / "summary.json").read_text())
    changes = {(c["player"], c["measure"]): c for c in found["changes"]}
    yield ROW.format("", "claimed", "ours", "gap")
    yield from _chance(found)
    for row in found["published"]:
        player = BESIDE.get(row["group"])
        if player is None:
            continue
        for measure, name in (("mean_hits", "hits per rally"), ("aces", "aces")):
            claimed, ours = row[measure], changes[player, measure]
            mine = (ours["first"], ours["second"])
            gap = (mine[1] - mine[0]) - (claimed[1] - claimed[0])
            yield ROW.format(f"{row['name']}, {name}, T1 -> T2", _pair(claimed), _pair(mine), f"{gap:+.3f}")
    yield from _agents(changes, found)


def _chance(found):
    measured = {(s["player"], s["view"]): s for s in found["summaries"]}
    chance = measured["chance", "rallies"]["measures"]
    for measure, name, claimed in (
        ("mean_hits", "chance, hits per rally", 5 / 7),
        ("aces", "chance, aces", 7 / 12),
        ("long_rallies", "chance, three hits or more", (5 / 12) ** 3),
    ):
        mine = chance[measure]["value"]
        yield ROW.format(name, f"{claimed:.3f}", f"{mine:.3f}", f"{mine - claimed:+.3f}")


def _agents(changes, found):
    culture = changes["dish:feedback=fep,plasticity=stdp", "mean_hits"]
    for entry in found["players"]:
        if (entry, "mean_hits") not in changes or not entry.startswith(("dqn", "a2c", "ppo", "qrdqn", "value")):
            continue
        agent = changes[entry, "mean_hits"]
        claim, mine = (
            "culture improves",
            f"{culture['improvement']['value']:+.0f} v {agent['improvement']['value']:+.0f} %",
        )
        yield ROW.format(f"relative improvement, culture v {entry}", f"{claim} more", mine, "")


def _pair(values):
    return " -> ".join("-" if v is None else f"{v:.3f}" for v in values)
