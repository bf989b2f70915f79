"""How settings change what the learning agents reach in a short session: `python -m benchmarks.quality.agents_grid`.

Each run has 70 rallies or 10 minutes of game, whichever ends first, on `paddle_ball`; its seeds are not those of the
tournament. `catches` is the share of the balls that arrived and were returned over the whole session, the random
beginning included (chance is 0.42); `late` is the same for the rallies served in the second half of the session's time.
"""

import json
import time
from pathlib import Path

import numpy as np

from benchmarks.speed.machine import header
from interplay.loop import Budget, play
from interplay.loop.agents import ValueAgent
from interplay.loop.sb3 import DEFAULTS, StableBaseline

SEEDS = (1000, 1001, 1002)
BUDGET = Budget(rallies=70, seconds=None, most_s=600.0)

#: Changes of the settings with which the grid began, one run for each and every seed; the first of each is no change.
VALUE = (
    {},
    {"action_repeat": 10},
    {"learning_rate": 3e-4},
    {"updates": 1, "batch": 64},
    {"updates": 4},
    {"discount": 0.99},
    {"target": "hard"},
    {"target": "minto"},
    {"target": "is_qn"},
    {"loss": "huber"},
    {"loss": "c51"},
    {"loss": "hl_gauss"},
)
LIBRARY = {
    "dqn": ({}, {"action_repeat": 10}, {"gradient_steps": 2}, {"learning_rate": 3e-4}),
    "qrdqn": ({}, {"action_repeat": 10}),
    "a2c": ({}, {"action_repeat": 10}, {"n_steps": 16}, {"learning_rate": 3e-3}),
    "ppo": ({}, {"action_repeat": 10}, {"n_steps": 128}, {"learning_rate": 3e-4}),
}

#: Where the grid began, as far as it has changed the defaults since.
BEGAN = {"dqn": {"gradient_steps": 1}, "a2c": {"n_steps": 5}}


def library(algorithm, changes):
    settings = BEGAN.get(algorithm, {}) | changes
    repeat = settings.pop("action_repeat", 5)
    return StableBaseline(algorithm=algorithm, action_repeat=repeat, settings=settings)


def runs():
    for seed in SEEDS:
        for changes in VALUE:
            yield "value", changes, ValueAgent(**changes), seed
        for algorithm, grid in LIBRARY.items():
            for changes in grid:
                yield algorithm, changes, library(algorithm, changes), seed


def share(session, chosen):
    caught, missed = session.hits[chosen].sum(), session.finished[chosen].sum()
    return float(caught / (caught + missed)) if caught + missed else float("nan")


def rows():
    for algorithm, changes, agent, seed in runs():
        start = time.process_time()
        session = play(agent, budget=BUDGET, seed=seed)
        yield {
            "algorithm": algorithm,
            "changes": changes,
            "defaults": DEFAULTS.get(algorithm, {}) | BEGAN.get(algorithm, {}),
            "seed": seed,
            "catches": share(session, np.ones(len(session.hits), bool)),
            "late": share(session, session.start_tick * 2 > session.n_ticks),
            "rallies": session.n_rallies,
            "game_s": session.seconds,
            "decisions": session.samples,
            "cpu_s": time.process_time() - start,
        }


def main():
    path = Path(__file__).with_name("results") / "agents_grid.jsonl"
    machine = header()
    with path.open("w") as file:
        for row in rows():
            file.write(json.dumps(row | machine) + "\n")
            file.flush()
            print(*(f"{k} {v}" for k, v in row.items() if k != "defaults"), flush=True)


if __name__ == "__main__":
    main()
