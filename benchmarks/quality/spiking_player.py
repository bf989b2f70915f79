"""What a spiking network reaches that learns the game from reward alone: `python -m benchmarks.quality spiking_player`.

Each session has 70 rallies or 10 minutes of game, whichever ends first; serves of one seed are the same for all. The
settings of the spiking agent were chosen on seeds 1000 and 1001 (`search` does that again); these seeds are others.
`catches` is the share of the balls that arrived and were returned, the random beginning included; `late` is the same
for the rallies served in the second half of the session's time. The policy is told by the oracle before it plays: its
samples are not those of the others.
"""

import time

import numpy as np

from interplay.loop import Budget, ValueAgent, play
from interplay.loop.references import Chance, FrozenCentre, Oracle
from interplay.loop.spiking_agent import SpikingAgent
from interplay.loop.spiking_player import SpikingPlayer, imitate_oracle

SEEDS = range(10)
CHOICE = (1000, 1001)
#: What the settings were chosen from.
GRID = (
    {"width": 64, "noise_scale": 0.5},
    {"width": 64, "noise_scale": 0.5, "fields": 8},
    {},
)
BUDGET = Budget(rallies=70, seconds=None, most_s=600.0)


def share(session, chosen):
    caught, missed = session.hits[chosen].sum(), session.finished[chosen].sum()
    return float(caught / (caught + missed)) if caught + missed else float("nan")


def measured(part, name, player, seed):
    start = time.process_time()
    session = play(player, budget=BUDGET, seed=seed)
    return {
        "part": part,
        "player": name,
        "seed": seed,
        "catches": share(session, np.ones(len(session.hits), bool)),
        "late": share(session, session.start_tick * 2 > session.n_ticks),
        "mean_hits": session.mean_hits,
        "aces": session.aces,
        "rallies": session.n_rallies,
        "game_s": session.seconds,
        "decisions": session.samples,
        "cpu_s": time.process_time() - start,
        "notes": list(session.notes),
    }


def rows(seeds=SEEDS):
    start = time.process_time()
    policy = imitate_oracle()
    yield {"part": "told", "agreement": policy.agreement, "cpu_s": time.process_time() - start}
    for seed in seeds:
        yield measured("play", "chance", Chance(), seed)
        yield measured("play", "frozen", FrozenCentre(), seed)
        yield measured("play", "oracle", Oracle(), seed)
        yield measured("play", "spiking", SpikingAgent(), seed)
        yield measured("play", "value (relu)", ValueAgent(action_repeat=10), seed)
        yield measured("play", "spiking, told by the oracle", SpikingPlayer(policy), seed)


def search():
    for changes in GRID:
        for seed in CHOICE:
            yield measured("search", str(changes), SpikingAgent(**changes), seed)
