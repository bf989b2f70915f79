"""Tournaments made by hand: rallies drawn from a geometric law, tables computed the plain way."""

from collections.abc import Iterable
from itertools import pairwise

import numpy as np

from interplay.loop.tables import (
    MEASURES,
    VIEWS,
    Comparison,
    Estimate,
    Failure,
    FilmStrip,
    HalfChange,
    LearningCurve,
    PlayerEntry,
    PlayerSummary,
    PublishedRow,
    TournamentResult,
    Verdict,
)
from interplay.stats.comparison_results import (
    Anova,
    Effect,
    GroupTest,
    MixedAnova,
    PairedTest,
    PairwiseDifference,
)

NAN = float("nan")


def estimate(values: Iterable[float]) -> Estimate:
    values = np.array([v for v in values if np.isfinite(v)])
    if not len(values):
        return Estimate(value=NAN, low=NAN, high=NAN, n=0)
    mean = float(values.mean())
    if len(values) < 2:
        return Estimate(value=mean, low=NAN, high=NAN, n=len(values))
    half = 1.96 * float(values.std(ddof=1)) / np.sqrt(len(values))
    return Estimate(value=mean, low=mean - half, high=mean + half, n=len(values))


def entries(small: bool):
    def reference(name, title):
        return PlayerEntry(player=name, name=title, kind="reference", settings={}, cell={})

    def dish(feedback, plasticity, ablation="none"):
        cell = {"backend": "silicon", "feedback": feedback, "plasticity": plasticity, "ablation": ablation}
        more = "" if ablation == "none" else f",ablation={ablation}"
        name = f"Dish, {feedback.replace('_', ' ')}, {plasticity.replace('_', ' ')}"
        return PlayerEntry(
            player=f"dish:feedback={feedback},plasticity={plasticity}{more}",
            name=name if not more else f"{name}, {ablation.replace('_', ' ')}",
            kind="dish",
            settings={**cell, "preset": "1k"},
            cell=cell,
        )

    def agent(text, title, **settings):
        return PlayerEntry(player=text, name=title, kind="agent", settings=settings, cell={})

    feedbacks = ("fep", "silent") if small else ("fep", "silent", "open_loop", "rest")
    rules = ("stdp", "frozen") if small else ("stdp", "r_stdp_centred", "frozen", "readout")
    found = [dish(f, p) for f in feedbacks for p in rules]
    if not small:
        found += [
            dish("fep", "stdp", a) for a in ("random_spikes", "zero_spikes", "frozen_decoder", "shuffled_feedback")
        ]
    found += [reference("random", "Random"), reference("oracle", "Oracle")]
    found += [
        agent(
            "dqn:observation=paddle_ball",
            "DQN, observation paddle ball",
            observation="paddle_ball",
            learning_rate=1e-3,
            buffer=20000,
        )
    ]
    if not small:
        for name, title in (("a2c", "A2C"), ("ppo", "PPO"), ("qrdqn", "QR-DQN")):
            found += [
                agent(
                    f"{name}:observation={o}",
                    f"{title}, observation {o.replace('_', ' ')}",
                    observation=o,
                    learning_rate=7e-4,
                )
                for o in ("paddle_ball", "ball")
            ]
        for loss in ("mse", "c51", "hl_gauss"):
            found += [
                agent(
                    f"value:loss={loss},observation=paddle_ball,target={t}",
                    f"Value, observation paddle ball, {loss.replace('_', ' ')}, {t}",
                    loss=loss,
                    target=t,
                    learning_rate=1e-3,
                    hidden=(64, 64),
                )
                for t in ("hard", "minto")
            ]
    found += [reference("chance", "Chance"), reference("frozen", "Frozen centre")]
    return found


def skill(entry, minute):
    """Chance to return a ball."""
    if entry.kind == "reference":
        return {"chance": 0.4167, "random": 0.44, "frozen": 0.4167, "oracle": 0.97}[entry.player]
    if entry.cell:
        gain = 0.004 if entry.cell["plasticity"] == "readout" and entry.cell["feedback"] == "fep" else 0.0
        return 0.43 + gain * 4 * minute
    return min(0.42 + 0.012 * minute, 0.62)


def make_tournament(seed=0, small=True, n_seeds=4, failures=True, films=True):
    rng = np.random.default_rng(seed)
    players = entries(small)
    seeds = tuple(range(n_seeds))
    rows, sessions = [], []
    for entry in players:
        for s in seeds:
            clock, k, mine = 0.0, 0, []
            while clock < 1200 or k < 70:
                p = skill(entry, clock / 60)
                hits = min(int(rng.geometric(1 - p)) - 1, 200)
                stop = clock + 4.5 + 5.9 * hits
                mine.append((entry.player, s, k, hits, clock, stop, stop + 8.21, True))
                clock, k = stop + 8.21, k + 1
                if clock > 2400:
                    break
            rows += mine
            for view in VIEWS:
                part = mine[:70] if view == "rallies" else [r for r in mine if r[5] <= 1200]
                h = np.array([r[3] for r in part])
                sessions.append(
                    (
                        entry.player,
                        s,
                        view,
                        len(h),
                        part[-1][5],
                        64000.0,
                        h.mean(),
                        (h == 0).mean(),
                        (h >= 3).mean(),
                        h.sum() / (h.sum() + len(h)),
                        1.0,
                    )
                )
    names = ("player", "seed", "rally", "hits", "start_s", "stop_s", "elapsed_s", "finished")
    rallies = {n: np.array([r[i] for r in rows]) for i, n in enumerate(names)}
    columns = ("player", "seed", "view", "n_rallies", "seconds", "samples", *MEASURES, "wall_s")
    table = {n: np.array([r[i] for r in sessions]) for i, n in enumerate(columns)}
    return TournamentResult(
        config={"rallies": 70, "seconds": 1200.0},
        made_from="f" * 32,
        seed=0,
        versions={"python": "3", "interplay": "0"},
        notes=("One player was given seeds of its own.",),
        players=tuple(players),
        seeds=seeds,
        seeds_of={e.player: seeds for e in players},
        rallies=rallies,
        sessions=table,
        failures=(Failure(player=players[0].player, seed=3, kind="timeout", text="It ran for more than 60 s."),)
        * failures,
        summaries=tuple(_summary(e.player, v, table) for v in VIEWS for e in players),
        curves=tuple(c for e in players for c in _curves(e.player, rallies, seeds)),
        changes=tuple(_change(e.player, m, rallies, seeds) for m in ("mean_hits", "aces") for e in players),
        on_improvement=_groups(players, table),
        on_hits=_groups(players, table),
        mixed=_mixed(players),
        verdicts=tuple(_verdict(e, players) for e in players if e.kind == "dish"),
        published=PUBLISHED,
        films=tuple(_film(e, when, rng) for e in players[:: 1 if small else 4] for when in ("early", "late")) * films,
        rules={
            "size_px": 600.0,
            "paddle_px": 250.0,
            "depth_px": 10.0,
            "opponent_px": 600.0,
            "tick_s": 0.01,
            "pause_ticks": 821,
        },
        budget={"rallies": 70, "seconds": 1200.0, "most_s": 2400.0, "split_s": 300.0},
    )


def _summary(player, view, table):
    mine = (table["player"] == player) & (table["view"] == view)
    return PlayerSummary(
        player=player,
        view=view,
        n_sessions=int(mine.sum()),
        n_rallies=int(table["n_rallies"][mine].sum()),
        seconds=float(table["seconds"][mine].mean()),
        samples=float(table["samples"][mine].mean()),
        measures={m: estimate(table[m][mine]) for m in MEASURES},
    )


def _curves(player, rallies, seeds):
    mine = rallies["player"] == player
    for along, edges, place in (
        ("minute", np.arange(0.0, 21.0), rallies["elapsed_s"] / 60),
        ("block", np.arange(0.0, 80.0, 10), rallies["rally"]),
    ):
        for measure in ("mean_hits", "aces"):
            value = rallies["hits"] if measure == "mean_hits" else (rallies["hits"] == 0)
            cells = []
            for low, high in pairwise(edges):
                here = mine & (place >= low) & (place < high)
                per = [value[here & (rallies["seed"] == s)] for s in seeds]
                cells.append(estimate([v.mean() for v in per if len(v)]))
            yield LearningCurve(
                player=player,
                along=along,
                measure=measure,
                edges=edges,
                mean=np.array([c.value for c in cells]),
                low=np.array([c.low for c in cells]),
                high=np.array([c.high for c in cells]),
                n=np.array([c.n for c in cells]),
            )


def _change(player, measure, rallies, seeds):
    first, second, better = [], [], []
    for s in seeds:
        mine = (rallies["player"] == player) & (rallies["seed"] == s) & (rallies["elapsed_s"] <= 1200)
        value = rallies["hits"] if measure == "mean_hits" else (rallies["hits"] == 0)
        early = rallies["elapsed_s"] <= 300
        if not (mine & early).any() or not (mine & ~early).any():
            continue
        a, b = value[mine & early].mean(), value[mine & ~early].mean()
        first.append(a)
        second.append(b)
        if a:
            better.append(100 * (b - a) / a)
    if not first:
        gone = Estimate(value=NAN, low=NAN, high=NAN, n=0)
        return HalfChange(
            player=player,
            measure=measure,
            n=0,
            dropped=len(seeds),
            first=NAN,
            second=NAN,
            test=None,
            corrected=NAN,
            improvement=gone,
            undefined=0,
        )
    d = np.array(second) - np.array(first)
    test = PairedTest(
        statistic=1.5,
        df=len(d) - 1.0,
        pvalue=0.14,
        n=len(d),
        difference=float(d.mean()),
        low=float(d.mean()) - 0.1,
        high=float(d.mean()) + 0.1,
        effect=0.3,
    )
    return HalfChange(
        player=player,
        measure=measure,
        n=len(first),
        dropped=len(seeds) - len(first),
        first=float(np.mean(first)),
        second=float(np.mean(second)),
        test=test,
        corrected=0.03 if "readout" in player else 0.6,
        improvement=estimate(better),
        undefined=len(first) - len(better),
    )


def _groups(players, table):
    names = tuple(e.player for e in players)
    means = [float(table["mean_hits"][(table["player"] == n) & (table["view"] == "seconds")].mean()) for n in names]
    anova = Anova(kind="fisher", statistic=3.2, df_between=len(names) - 1.0, df_within=90.0, pvalue=0.002, effect=0.2)
    welch = Anova(kind="welch", statistic=3.0, df_between=len(names) - 1.0, df_within=41.5, pvalue=0.004, effect=0.2)
    pairs = tuple(
        PairwiseDifference(
            first=names[i],
            second=names[j],
            difference=means[i] - means[j],
            low=means[i] - means[j] - 0.2,
            high=means[i] - means[j] + 0.2,
            pvalue=0.01 if abs(means[i] - means[j]) > 0.4 else 0.7,
        )
        for i in range(len(names))
        for j in range(i)
    )
    return GroupTest(
        groups=names,
        counts=(len(names),) * len(names),
        means=tuple(means),
        deviations=(0.2,) * len(names),
        anova=anova,
        welch=welch,
        posthoc="games-howell",
        pairs=pairs,
        notes=(),
    )


def _mixed(players):
    def effect(name, p):
        return Effect(name=name, sum_of_squares=1.0, df=3.0, df_error=90.0, statistic=2.0, pvalue=p, effect=0.05)

    names = tuple(e.player for e in players)
    return MixedAnova(
        groups=names,
        counts=(4,) * len(names),
        conditions=("T1", "T2"),
        means=((0.7, 0.8),) * len(names),
        between=effect("player", 0.001),
        within=effect("half", 0.2),
        interaction=effect("player x half", 0.03),
    )


def _verdict(entry, players):
    good = entry.cell["plasticity"] == "readout" and entry.cell["feedback"] == "fep"
    controls = [e for e in players if e.kind == "dish" and e.player != entry.player][:3]
    made = tuple(
        Comparison(
            player=entry.player,
            control=c.player,
            what=what,
            difference=Estimate(value=sign * (0.3 if good else 0.02), low=-0.1, high=0.4, n=4),
            pvalue=0.001 if good else 0.4,
            corrected=0.02 if good else 1.0,
            better=good,
        )
        for c in controls
        for what, sign in (("mean_hits", 1), ("aces", -1), ("improvement", 1))
    )
    text = (
        f"{entry.name}: a within-session change beyond all its controls."
        if good
        else f"{entry.name}: no within-session change beyond its controls."
    )
    return Verdict(player=entry.player, beats_controls=good, text=text, comparisons=made)


def _film(entry, when, rng):
    time = np.arange(0, 12.6, 0.1)
    x = 300 + 200 * time
    x = np.where(x > 600, 1200 - x, x)
    x = np.where(x < 0, -x, x)
    y = np.abs((200 + 120 * time) % 1200 - 600)
    paddle = np.clip(175 + np.cumsum(rng.normal(0, 9, len(time))), 0, 350)
    return FilmStrip(
        player=entry.player,
        seed=0,
        when=when,
        rally=3 if when == "early" else 66,
        hits=2,
        start_s=120.0 if when == "early" else 1130.0,
        time_s=time,
        ball_x=x,
        ball_y=y,
        paddle_y=paddle,
    )


PUBLISHED = tuple(
    PublishedRow(
        group=g,
        name=n,
        sessions=s,
        mean_hits=h,
        aces=a,
        long_rallies=ls,
        statistic=t,
        pvalue=p,
        source="Kagan et al. (2022), Neuron 110:3952",
    )
    for g, n, s, h, a, ls, t, p in (
        ("CTL", "Medium without cells", 80, (0.900, 0.872), (0.508, 0.530), (0.095, 0.093), 0.54, 0.59),
        ("HCC", "Human cortical cells", 138, (0.674, 1.129), (0.545, 0.482), (0.044, 0.106), -10.44, 3.9e-19),
    )
)
