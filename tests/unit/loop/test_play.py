from typing import Any

import numpy as np
import pytest

from interplay._core.errors import ConfigError
from interplay.arena.game import Game
from interplay.arena.rules import Rules
from interplay.loop import Budget, Feedback, PlayerError, View, play
from interplay.loop.ledger import BudgetSpent


class Scripted:
    """Answers with one command; keeps what it is told."""

    name = "scripted"

    def __init__(self, answer: Any = 0.0) -> None:
        self.answer = answer
        self.felt: list[Feedback] = []
        self.views: list[View] = []

    def begin(self, rules: Rules, seed: int) -> None:
        self.felt, self.views = [], []

    def act(self, view: View) -> Any:
        self.views.append(view)
        return self.answer(view) if callable(self.answer) else self.answer

    def feel(self, feedback: Feedback) -> None:
        self.felt.append(feedback)


def _ignorant(seed: int, seconds: float) -> tuple[list[int], list[int]]:
    """Play a still paddle by hand: hits and the ticks at which rallies end."""
    rules, game = Rules(), Game(Rules(), seed)
    clock, hits, ends = 0, [], []
    while clock * rules.tick_s < seconds:
        game.serve()
        count = 0
        while clock * rules.tick_s < seconds:
            outcome = game.step(0.0)
            clock += 1
            count += outcome == 1
            if outcome == 2:
                hits.append(count)
                ends.append(clock)
                clock += rules.pause_ticks
                break
    return hits, ends


def test_a_session_is_the_game_played_by_hand() -> None:
    session = play(Scripted(), budget=Budget(rallies=None, seconds=120.0), seed=3)
    hits, ends = _ignorant(3, 120.0)
    done = session.finished
    assert session.hits[done].tolist() == hits
    assert session.stop_tick[done].tolist() == ends
    assert session.samples == int((session.stop_tick - session.start_tick).sum())


def test_an_ace_takes_twelve_point_seven_seconds() -> None:
    session = play(Scripted(-1.0), budget=Budget(rallies=6, seconds=None), seed=1)
    aces = np.flatnonzero(session.hits[:-1] == 0)
    assert len(aces)
    gap = session.start_tick[aces + 1] - session.start_tick[aces]
    assert (gap == 1271).all()  # 12.71 s, as in the recorded session


def test_players_of_one_seed_meet_the_same_serves() -> None:
    def serves(answer: float) -> list[tuple[float, float]]:
        player = Scripted(answer)
        play(player, budget=Budget(rallies=5, seconds=None), seed=9)
        first = {}
        for view in player.views:
            first.setdefault(view.rally, (view.ball_vx, view.ball_vy))
        return list(first.values())[:5]

    assert serves(-1.0) == serves(1.0)


def test_feedback_tells_serves_hits_and_misses_in_order() -> None:
    player = Scripted()
    session = play(player, budget=Budget(rallies=4, seconds=None), seed=0)
    kinds = [f.kind for f in player.felt]
    assert kinds.count("serve") == kinds.count("miss") == 4
    assert kinds.count("hit") == session.hits.sum()
    assert {f.pause_ticks for f in player.felt if f.kind == "miss"} == {821}
    ticks = [f.tick for f in player.felt]
    assert ticks == sorted(ticks)


def test_without_pauses_the_next_serve_follows_at_once() -> None:
    player = Scripted()
    player.pauses = False  # type: ignore[attr-defined]
    session = play(player, budget=Budget(rallies=4, seconds=None), seed=0)
    assert (session.start_tick[1:] == session.stop_tick[:-1]).all()


@pytest.mark.parametrize("answer", [float("nan"), 1.5, -2, "left", None, [1.0, 2.0]])
def test_nonsense_loses_the_session(answer: Any) -> None:
    with pytest.raises(PlayerError, match=r"must act with a number in \[-1, 1\], got .* at tick 0 of seed 5"):
        play(Scripted(answer), budget=Budget(rallies=1, seconds=None), seed=5)


def test_a_player_that_raises_is_named() -> None:
    def fail(view: View) -> float:
        raise ZeroDivisionError("oops")

    with pytest.raises(PlayerError, match=r"'scripted' .* ZeroDivisionError: oops"):
        play(Scripted(fail), budget=Budget(rallies=1, seconds=None))


@pytest.mark.parametrize("wrong", [{"budget": 3}, {"rules": "dish"}, {"seed": 1.5}, {"seed": -1}, {"seed": True}])
def test_a_wrong_argument_is_not_blamed_on_the_player(wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=f"`{next(iter(wrong))}` must be"):
        play(Scripted(), **wrong)


def test_a_session_without_a_finished_rally_shows_no_nan() -> None:
    session = play(Scripted(), budget=Budget(rallies=None, seconds=1.0))
    assert repr(session).endswith("0 rallies in 1 s, none finished>")


def test_ctrl_c_goes_through() -> None:
    def stop(view: View) -> float:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        play(Scripted(stop), budget=Budget(rallies=1, seconds=None))


def test_watching_changes_nothing() -> None:
    seen: list[int] = []
    budget = Budget(rallies=3, seconds=None)
    plain = play(Scripted(0.2), budget=budget, seed=2)
    watched = play(Scripted(0.2), budget=budget, seed=2, watch=lambda view, player: seen.append(view.tick))
    assert watched.hits.tolist() == plain.hits.tolist()
    assert len(seen) == plain.samples


class Stepper:
    """Drives the environment itself."""

    name = "stepper"
    observation = "paddle_ball"
    action_repeat = 5

    def __init__(self, steps: int | None = None, early_reset: bool = False) -> None:
        self.steps, self.early_reset = steps, early_reset

    def learn(self, environment: Any, seed: int) -> None:
        environment.reset(seed=seed + 77)  # a learner may not choose its serves
        taken = 0
        while self.steps is None or taken < self.steps:
            done = environment.step(0)[2]
            taken += 1
            if done or self.early_reset:
                environment.reset()


def test_a_learner_plays_the_same_game_on_the_same_clock() -> None:
    budget = Budget(rallies=6, seconds=60.0)
    learner, player = play(Stepper(), budget=budget, seed=4), play(Scripted(), budget=budget, seed=4)
    assert learner.hits[:6].tolist() == player.hits[:6].tolist()
    assert learner.stop_tick[:6].tolist() == player.stop_tick[:6].tolist()
    assert learner.samples < player.samples / 4


def test_a_learner_gets_no_sample_beyond_the_budget() -> None:
    session = play(Stepper(), budget=Budget(rallies=3, seconds=None), seed=0)
    assert session.n_rallies == 3
    assert len(session.hits) == 3


def test_a_learner_that_comes_back_early_is_told() -> None:
    with pytest.raises(PlayerError, match="must go on until the budget is spent"):
        play(Stepper(steps=10), budget=Budget(rallies=3, seconds=None))


def test_a_learner_may_not_leave_a_rally() -> None:
    with pytest.raises(PlayerError, match="must finish a rally"):
        play(Stepper(early_reset=True), budget=Budget(rallies=3, seconds=None))


def test_a_learner_may_catch_the_end_itself() -> None:
    class Polite(Stepper):
        def learn(self, environment: Any, seed: int) -> None:
            with pytest.raises(BudgetSpent):
                super().learn(environment, seed)

    assert play(Polite(), budget=Budget(rallies=2, seconds=None)).n_rallies == 2
