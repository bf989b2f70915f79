"""What the reference players score in the game of the dish, beside what chance, by arithmetic, must."""

import numpy as np

from interplay.arena import Rules
from interplay.loop import Budget, play
from interplay.loop.references import Chance, FrozenCentre, Oracle, RandomWalk, Sweep

RALLIES, SEEDS = 2500, range(4)
ORACLE_S = 12_000.0
NEVER_S = 1e9


def rows():
    p = 250 / 600
    yield {"player": "arithmetic", "mean": p / (1 - p), "aces": 1 - p, "three_or_more": p**3}
    for player in (Chance(), RandomWalk(), RandomWalk(hold_ticks=20), Sweep(), FrozenCentre()):
        hits = []
        for seed in SEEDS:
            budget = Budget(rallies=RALLIES, seconds=None, most_s=NEVER_S)
            session = play(player, budget=budget, rules=Rules(pause_ticks=0), seed=seed)
            hits.append(session.hits[session.finished])
        yield _row(player, np.concatenate(hits))
    sessions = [play(Oracle(), budget=Budget(rallies=None, seconds=ORACLE_S, most_s=NEVER_S), seed=s) for s in SEEDS]
    yield {
        "player": "oracle",
        "hits": int(sum(s.hits.sum() for s in sessions)),
        "misses": int(sum(s.n_rallies for s in sessions)),
        "seconds": ORACLE_S * len(SEEDS),
    }
    yield from _frozen_in_closed_form()


def _row(player, hits):
    n = len(hits)
    rng = np.random.default_rng(0)
    means = [rng.choice(hits, n).mean() for _ in range(2000)]
    row = {"player": player.name, "rallies": n}
    if isinstance(player, RandomWalk):
        row["hold_ticks"] = player.hold_ticks
    row |= {"mean_of_rallies_cut_at_100": float(np.minimum(hits, 100).mean())}
    row |= {"mean": float(hits.mean()), "mean_se": float(hits.std(ddof=1) / np.sqrt(n))}
    row |= dict(
        zip(("mean_low_95", "mean_high_95"), (float(q) for q in np.quantile(means, (0.025, 0.975))), strict=True)
    )
    for name, share in (("aces", (hits == 0).mean()), ("three_or_more", (hits >= 3).mean())):
        row |= {name: float(share), f"{name}_se": float(np.sqrt(share * (1 - share) / n))}
    return row | {"longest": int(hits.max()), "cap": "none"}


def _frozen_in_closed_form(grid=400_000, most=100_000):
    # the arrivals of a serve of vertical speed v, unfolded: 300 + v (445 + 590 k), and four ticks more
    speed = (np.arange(grid) + 0.5) / grid * 2.0
    alive, hits, late = np.ones(grid, bool), np.zeros(grid), np.zeros(grid)
    for k in range(most):
        at = np.flatnonzero(alive)
        if not len(at):
            break
        caught = np.zeros(len(at), bool)
        for tick in range(5):
            way = 300.0 + speed[at] * (445 + 590 * k + late[at] + tick)
            height = np.abs((way + 600.0) % 1200.0 - 600.0)
            now = ~caught & (height >= 175.0) & (height <= 425.0)
            late[at[now]] += tick
            caught |= now
        hits[at[caught]] += 1
        alive[at[~caught]] = False
    row = {"player": "frozen, by quadrature", "serves": grid, "aces": float((hits == 0).mean())}
    yield (
        row
        | {"three_or_more": float((hits >= 3).mean())}
        | {f"mean_of_rallies_cut_at_{cap}": float(np.minimum(hits, cap).mean()) for cap in (10, 100, 1000, 10_000)}
    )
