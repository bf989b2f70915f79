"""Tables of a tournament against sums done by hand on sessions made by hand."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from interplay.arena.rules import Rules
from interplay.loop import Budget, Session
from interplay.loop.compared import halves, verdicts_of
from interplay.loop.published import (
    CHANCE_ACES,
    CHANCE_LONG_RALLIES,
    CHANCE_MEAN_HITS,
    PUBLISHED,
)
from interplay.loop.registry import parse_spec
from interplay.loop.session_files import Played
from interplay.loop.standing import standings
from interplay.loop.tables import MEASURES
from interplay.loop.tally import tally
from interplay.stats.comparisons import paired_t

BUDGET = Budget(rallies=4, seconds=240.0, most_s=480.0)
RULES = Rules(pause_ticks=100)


def session(hits, *, length_s, player="chance", seed=0, open_hits=None, budget=BUDGET):
    """Rallies of equal length one after the other, hits spread evenly; maybe one more that is not finished."""
    ticks, pause = round(100 * length_s), 100
    hits = [*hits, *([] if open_hits is None else [open_hits])]
    finished = np.arange(len(hits)) < len(hits) - (open_hits is not None)
    start = np.arange(len(hits)) * (ticks + pause)
    hit_tick = [int(s + (k + 1) * ticks / (h + 1)) for s, h in zip(start, hits, strict=True) for k in range(h)]
    stop = start + ticks
    n_ticks = int(stop[-1]) + (pause if open_hits is None else 0)
    track_tick = np.arange(9, n_ticks, 10)
    track = np.column_stack([track_tick % 600, track_tick % 500, track_tick % 350]).astype(np.float32)
    return Session(
        player=player,
        seed=seed,
        rules=RULES,
        budget=budget,
        hits=np.array(hits),
        start_tick=start,
        stop_tick=stop,
        finished=finished,
        hit_tick=np.array(hit_tick, dtype=np.int64),
        n_ticks=n_ticks,
        samples=0,
        track=track,
        track_tick=track_tick,
        versions={},
    )


def tallied(sessions, *, budget=BUDGET, repeat=1, failures=()):
    players = tuple(parse_spec(name) for name in dict.fromkeys(s.player for s in sessions))
    seeds = tuple(sorted({s.seed for s in sessions}))

    def of(spec):
        for one in sessions:
            if parse_spec(one.player).text == spec.text:
                yield Played(spec=spec, session=one, action_repeat=repeat, wall_s=1.0)

    return tally(players, {p.text: seeds for p in players}, of, failures=failures, budget=budget, rules=RULES)


def row(result, view, seed=0, player=None):
    at = (result.sessions["view"] == view) & (result.sessions["seed"] == seed)
    if player is not None:
        at &= result.sessions["player"] == player
    assert at.sum() == 1
    return {name: column[at][0] for name, column in result.sessions.items()}


def test_both_views_of_one_session():
    # Ten rallies of 29 s and a pause of 1 s each: 300 s.
    result = tallied([session([3, 0, 1, 0, 5, 0, 2, 0, 7, 9], length_s=29.0)])
    first = row(result, "rallies")
    assert (first["n_rallies"], first["mean_hits"], first["aces"], first["long_rallies"]) == (4, 1.0, 0.5, 0.25)
    assert first["seconds"] == 119.0  # the miss that ends the fourth
    assert first["samples"] == 4 * 2900
    assert first["catches"] == 4 / 8
    timed = row(result, "seconds")
    assert (timed["n_rallies"], timed["mean_hits"], timed["aces"]) == (8, 11 / 8, 0.5)
    assert (timed["seconds"], timed["samples"]) == (240.0, 8 * 2900)
    assert timed["catches"] == 11 / 19


def test_a_rally_cut_by_the_budget_counts_its_hits_only_as_catches():
    # The seventh rally starts at 210 s, is cut at 240 s of its 34, and hits at 217 and so on every 7 s.
    result = tallied([session([0, 0, 0, 0, 0, 0, 4], length_s=34.0, budget=BUDGET)])
    timed = row(result, "seconds")
    assert (timed["n_rallies"], timed["mean_hits"]) == (6, 0.0)
    assert timed["catches"] == 4 / 10
    assert timed["samples"] == 6 * 3400 + 3000


def test_decisions_of_one_that_decides_every_fifth_tick():
    result = tallied([session([0, 0, 0, 0], length_s=29.01)], repeat=5)
    assert row(result, "rallies")["samples"] == 4 * math.ceil(2901 / 5)


def test_an_endless_rally():
    result = tallied([session([], length_s=480.0, open_hits=90, player="oracle")])
    timed = row(result, "seconds")
    assert timed["n_rallies"] == 0
    assert math.isnan(timed["mean_hits"])
    assert timed["catches"] == 1.0
    assert not result.rallies["finished"][0]
    assert result.notes[-1] == "oracle: 1 of 1 sessions finished no rally, so they have no mean hits."
    summary = result.summary("oracle", "seconds")
    assert summary.measures["mean_hits"].n == 0
    assert set(summary.measures) == set(MEASURES)


def test_elapsed_is_the_end_of_the_pause():
    result = tallied([session([0, 1], length_s=29.0)])
    assert result.rallies["stop_s"].tolist() == [29.0, 59.0]
    assert result.rallies["elapsed_s"].tolist() == [30.0, 60.0]
    assert result.rallies["start_s"].tolist() == [0.0, 30.0]


def test_halves_average_minutes_not_rallies():
    # Rallies of 14 s and 1 s of pause, booked at 15, 30, 45, 60 (minute 1), 75 ...: three in minute 0, then four each.
    hits = [3, 3, 3, 0, 0, 0, 4, 8, 8, 0, 0, 1, 1, 1, 1, 9]
    result = tallied([session(hits, length_s=14.0)])
    seeds, parts = halves(result.rallies, "chance", "mean_hits", split_s=60.0, seconds=240.0)
    # T1 up to 60 s: minute 0 has 3, 3, 3; minute 1 has the 0 booked at 60.0 exactly.
    assert seeds.tolist() == [0]
    assert parts[0, 0] == (3.0 + 0.0) / 2
    later = [np.mean([0, 0, 4]), np.mean([8, 8, 0, 0]), np.mean([1, 1, 1, 1]), 9.0]
    assert parts[0, 1] == pytest.approx(np.mean(later))
    _, aces = halves(result.rallies, "chance", "aces", split_s=60.0, seconds=240.0)
    assert aces[0].tolist() == pytest.approx([0.5, (2 / 3 + 0.5 + 0 + 0) / 4])
    _, long = halves(result.rallies, "chance", "long_rallies", split_s=60.0, seconds=240.0)
    assert long[0, 0] == 0.5


def test_sessions_with_one_half_only_are_dropped_and_counted():
    whole = [session([k % 3 + s for k in range(8)], length_s=29.0, seed=s) for s in range(3)]
    early = session([1, 1], length_s=29.0, seed=3)
    late = session([0], length_s=100.0, seed=4)
    result = tallied([*whole, early, late])
    change = next(c for c in result.changes if c.measure == "mean_hits")
    assert (change.n, change.dropped) == (3, 2)
    assert change.test is None or change.test.n == 3


def test_sessions_without_any_rally_are_left_out_and_counted():
    result = tallied([session([], length_s=480.0, open_hits=90, player="oracle", seed=s) for s in range(2)])
    assert {(c.n, c.dropped) for c in result.changes} == {(0, 2)}


def test_what_the_name_says_is_no_note():
    made = session([1, 0, 2], length_s=29.0)
    result = tallied([replace(made, notes=("ablation: random_spikes", "no spike in motor_left"))])
    assert [n for n in result.notes if n.startswith("chance: ")] == ["chance: no spike in motor_left"]


def test_relative_improvement_of_a_session_without_hits_is_left_out():
    players = [
        session([0, 0, 1, 1, 1, 1, 1, 1], length_s=29.0, seed=0),
        session([1, 1, 2, 2, 2, 2, 2, 2], length_s=29.0, seed=1),
    ]
    change = next(c for c in tallied(players).changes if c.measure == "mean_hits")
    assert (change.n, change.undefined, change.improvement.n) == (2, 1, 1)
    assert change.improvement.value == pytest.approx(100.0)


def test_curves_by_minute_and_block():
    budget = Budget(rallies=20, seconds=240.0, most_s=480.0)
    one = session([k % 4 for k in range(8)], length_s=29.0, seed=0, budget=budget)
    two = session([1] * 8, length_s=29.0, seed=1, budget=budget)
    result = tallied([one, two], budget=budget)
    minute = next(c for c in result.curves if c.along == "minute" and c.measure == "mean_hits")
    assert minute.edges.tolist() == [0, 1, 2, 3, 4]
    assert minute.mean.tolist() == [0.75, 1.75, 0.75, 1.75]
    assert minute.n.tolist() == [2, 2, 2, 2]
    assert (minute.low <= minute.mean).all()
    assert (minute.mean <= minute.high).all()
    block = next(c for c in result.curves if c.along == "block" and c.measure == "aces")
    assert block.edges.tolist() == [0, 10, 20]
    assert block.mean[0] == 0.125
    assert math.isnan(block.mean[1])
    assert block.n.tolist() == [2, 0]


def test_films_show_a_typical_rally():
    result = tallied([session([0, 2, 2, 5, 1, 1, 9, 1], length_s=29.0)])
    early, late = result.films
    assert (early.when, early.rally, early.hits) == ("early", 0, 0)
    assert (late.when, late.rally, late.hits) == ("late", 7, 1)
    assert early.time_s[0] == pytest.approx(0.09)
    assert len(early.time_s) == 290
    assert late.start_s == 210.0
    assert (early.ball_x[:3] == [9, 19, 29]).all()


def dish(feedback, plasticity="stdp", ablation="none"):
    return parse_spec(f"dish:feedback={feedback},plasticity={plasticity},ablation={ablation}").text


def contest(levels, n=12, seed=0):
    """Columns as tally makes them: per player and seed 8 rallies, half of them late, of given mean hits."""
    rng = np.random.default_rng(seed)
    sessions = []
    for player, (first, second) in levels.items():
        for s in range(n):
            hits = [*rng.poisson(first, 2), *rng.poisson(second, 6)]
            sessions.append(session([int(h) for h in hits], length_s=29.0, player=player, seed=s))
    return tallied(sessions)


def test_a_cell_that_beats_its_controls_is_said_to():
    result = contest(
        {
            "chance": (0.7, 0.7),
            dish("fep"): (5.0, 5.0),
            dish("silent"): (0.7, 0.7),
            dish("fep", "frozen"): (0.8, 0.8),
            dish("fep", ablation="random_spikes"): (0.7, 0.7),
            dish("rest", "frozen"): (0.7, 0.7),
        }
    )
    best = next(v for v in result.verdicts if v.player == dish("fep"))
    assert best.beats_controls
    assert {c.control for c in best.comparisons} == {
        "chance",
        dish("silent"),
        dish("fep", "frozen"),
        dish("fep", ablation="random_spikes"),
    }
    assert "It beats all its 4 controls in hits per rally and share of aces." in best.text
    assert "nothing beyond a within-session change is claimed" in best.text
    silent = next(v for v in result.verdicts if v.player == dish("silent"))
    assert not silent.beats_controls
    assert {c.control for c in silent.comparisons} == {"chance"}
    frozen = next(v for v in result.verdicts if v.player == dish("fep", "frozen"))
    assert {c.control for c in frozen.comparisons} == {"chance", dish("rest", "frozen")}
    assert not any(v.player == dish("fep", ablation="random_spikes") for v in result.verdicts)


def test_a_cell_like_its_controls_does_not_beat_them():
    levels = dict.fromkeys(["chance", dish("fep"), dish("silent"), dish("rest"), dish("open_loop")], (0.8, 0.8))
    result = contest(levels)
    verdict = next(v for v in result.verdicts if v.player == dish("fep"))
    assert not verdict.beats_controls
    assert "It does not beat its 4 controls." in verdict.text


def test_the_random_paddle_is_a_control_and_every_control_must_be_beaten():
    # Better than chance by far, as good as a paddle that moves at random: that is no success.
    result = contest({"chance": (0.1, 0.1), "random": (3.0, 3.0), dish("fep"): (3.0, 3.0)})
    verdict = result.verdicts[0]
    better = {(c.control, c.what) for c in verdict.comparisons if c.better}
    assert ("chance", "mean_hits") in better
    assert ("random", "mean_hits") not in better
    assert not verdict.beats_controls
    assert "It does not beat its 2 controls." in verdict.text
    assert "In hits per rally it is better than “Chance” only." in verdict.text


def test_change_is_compared_too():
    result = contest({"chance": (1.0, 1.0), dish("fep"): (0.2, 6.0)}, n=15)
    found = {c.what: c for c in result.verdicts[0].comparisons}
    assert found["improvement"].better
    assert found["improvement"].difference.value > 3
    assert all(c.corrected >= c.pvalue for c in found.values())
    assert "Within-session change:" in result.verdicts[0].text


def test_aces_against_chance_and_against_the_random_paddle():
    result = contest({"chance": (0.5, 0.5), "random": (0.6, 0.6), dish("fep"): (3.0, 3.0), dish("silent"): (0.1, 0.1)})
    best, worst = standings(result, "seconds")
    assert best.player == dish("fep")
    assert worst.player == dish("silent")

    def aces(player):
        rows = (result.sessions["player"] == player) & (result.sessions["view"] == "seconds")
        return result.sessions["aces"][rows]

    # The level is the share of the field that the paddle does not cover, not the sample of the chance player.
    one = stats.ttest_1samp(aces(dish("fep")), 1 - 250 / 600)
    assert (best.chance.statistic, best.chance.pvalue) == pytest.approx((one.statistic, one.pvalue))
    two = stats.ttest_rel(aces(dish("fep")), aces("random"))
    assert (best.blind.statistic, best.blind.pvalue) == pytest.approx((two.statistic, two.pvalue))
    assert best.better
    assert best.beats_blind
    assert worst.worse
    assert not worst.beats_blind
    # Two players, two tests: Holm doubles the smaller p-value.
    low, high = sorted([best.chance.pvalue, worst.chance.pvalue])
    assert sorted([best.p_chance, worst.p_chance]) == pytest.approx([2 * low, max(2 * low, high)])


def test_the_hardest_blind_paddle_decides():
    good, blind = (3.0, 3.0), (3.1, 3.1)
    names = {"chance": (0.5, 0.5), "random": (0.5, 0.5), dish("fep"): good}
    assert standings(contest(names), "seconds")[0].better
    (held,) = standings(contest({**names, "sweep": blind}), "seconds")
    assert held.against == "sweep"
    assert held.beats_chance
    assert not held.better


def test_comparisons_pair_the_seeds_that_both_have():
    hits = {seed: [seed % 4, 1, 0, seed, 1, 0, 2, 1] for seed in range(8)}
    mine = [session(hits[s], length_s=29.0, player=dish("fep"), seed=s) for s in (0, 2, 3, 5, 6)]
    theirs = [session(hits[s][::-1], length_s=29.0, seed=s) for s in (1, 2, 3, 5, 6, 7)]
    result = tallied([*mine, *theirs])
    found = next(c for c in result.verdicts[0].comparisons if c.what == "mean_hits")
    assert found.difference.n == 4
    assert found.difference.value == pytest.approx(0.0)  # the same rallies in another order
    change = next(c for c in result.verdicts[0].comparisons if c.what == "improvement")
    ours = halves(result.rallies, dish("fep"), "mean_hits", split_s=60.0, seconds=240.0)[1]
    chance = halves(result.rallies, "chance", "mean_hits", split_s=60.0, seconds=240.0)[1]
    expected = paired_t(np.diff(chance[1:5], axis=1)[:, 0], np.diff(ours[1:], axis=1)[:, 0])
    assert change.pvalue == pytest.approx(expected.pvalue)
    assert change.difference.value == pytest.approx(expected.difference)


def test_worse_is_said_as_well():
    result = contest({"chance": (4.0, 4.0), dish("fep"): (0.2, 0.2)})
    text = result.verdicts[0].text
    assert "It does not beat its one control." in text
    assert "In hits per rally it is worse than “Chance”." in text


def test_one_seed_tests_nothing():
    result = contest({"chance": (1.0, 1.0), dish("fep"): (1.0, 1.0)}, n=1)
    assert all(math.isnan(c.pvalue) for c in result.verdicts[0].comparisons)
    assert not result.verdicts[0].beats_controls
    assert result.mixed is None
    assert result.on_hits is None
    assert verdicts_of(result.rallies, result.sessions, result.players[:1], (), 60.0, 240.0) == ()


def test_published_rows_and_chance():
    rows = {p.group: p for p in PUBLISHED}
    assert rows["HCC"].mean_hits == (0.674, 1.129)
    assert rows["HCC"].sessions == 138
    assert sum(p.sessions for p in PUBLISHED if "notebook" in p.source) == 399
    assert all((p.mean_hits[1] > p.mean_hits[0]) == (p.statistic > 0) for p in PUBLISHED if p.statistic == p.statistic)
    assert pytest.approx(0.714, abs=5e-4) == CHANCE_MEAN_HITS
    assert pytest.approx(0.583, abs=5e-4) == CHANCE_ACES
    assert pytest.approx(0.072, abs=5e-4) == CHANCE_LONG_RALLIES
