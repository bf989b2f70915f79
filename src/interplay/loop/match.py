"""One player, one game, one budget."""

from __future__ import annotations

import math
from dataclasses import replace
from numbers import Integral
from typing import Any

from interplay._core.errors import ConfigError, InterplayError
from interplay._core.protocols import Progress
from interplay.arena.game import HIT, MISS, Game
from interplay.arena.rules import Rules
from interplay.loop.budget import Budget
from interplay.loop.ledger import BudgetSpent, Ledger
from interplay.loop.player import Feedback, Learner, Player, PlayerError, View
from interplay.loop.results import Session

_PROGRESS_TICKS = 1000


def play(
    player: Player | Learner,
    *,
    budget: Budget | None = None,
    rules: Rules | None = None,
    seed: int = 0,
    watch: Any = None,
    progress: Progress | None = None,
) -> Session:
    """Let a player play until its budget is spent.

    Parameters
    ----------
    player : Player or Learner
        Whatever it learnt before is forgotten (`begin`, or a fresh `learn`).
    budget : Budget or None
        None means 70 rallies and 20 minutes, whichever lasts longer.
    rules : Rules or None
        None means the dish's. A player whose `pauses` is False plays them without pause.
    seed : int, >= 0
        Two players of one seed meet the same serves.
    watch : callable (View, player) or None
        Called at every tick of play, before the player acts; not for learners.
    progress : callable or None
        Called as progress(seconds done, seconds of the budget).

    Returns
    -------
    Session

    Raises
    ------
    ConfigError
        If `budget`, `rules` or `seed` is none.
    PlayerError
        If the player raises, or answers with something that is no finite number in [-1, 1].

    Examples
    --------
    >>> from interplay.loop.references import Oracle
    >>> play(Oracle(), budget=Budget(rallies=None, seconds=30.0), seed=1).hits.tolist()
    [5]
    """
    budget, rules = budget or Budget(), rules or Rules()
    for name, value, kind in (("budget", budget, Budget), ("rules", rules, Rules)):
        if not isinstance(value, kind):
            raise ConfigError(f"`{name}` must be a {kind.__name__} or None, got {value!r}. Build one.")
    if isinstance(seed, bool) or not isinstance(seed, Integral) or seed < 0:
        raise ConfigError(f"`seed` must be a whole number >= 0, got {seed!r}.")
    if not getattr(player, "pauses", True):
        rules = replace(rules, pause_ticks=0)
    ledger = Ledger(rules, budget)
    try:
        if isinstance(player, Learner):
            _learn(player, ledger, seed, progress)
        else:
            _tick_by_tick(player, ledger, seed, watch, progress)
        tell = getattr(player, "recording", None)
        recording = tell() if callable(tell) else None
    except (InterplayError, KeyboardInterrupt):
        raise
    except Exception as error:
        raise PlayerError(
            f"player {player.name!r} must answer every call, but at tick {ledger.tick} of seed {seed} it raised "
            f"{type(error).__name__}: {error}. Correct the player; the session is lost."
        ) from error
    return ledger.close(player=player.name, seed=seed, recording=recording, notes=tuple(getattr(player, "notes", ())))


def _tick_by_tick(player: Player, ledger: Ledger, seed: int, watch: Any, progress: Progress | None) -> None:
    rules = ledger.rules
    game = Game(rules, seed)
    player.begin(rules, seed)
    while not ledger.spent:
        game.serve()
        ledger.serve()
        player.feel(Feedback("serve", ledger.tick, game.rally, 0, 0))
        while not ledger.spent:
            view = View(*game.view(), ledger.tick, game.rally)
            if watch is not None:
                watch(view, player)
            outcome = game.step(_command(player.act(view), player, ledger, seed))
            ledger.samples += 1
            ledger.passed(1, game.ball_x, game.ball_y, game.paddle_y)
            if progress is not None and ledger.tick % _PROGRESS_TICKS == 0:
                _tell(progress, ledger)
            if outcome == HIT:
                ledger.hit()
                player.feel(Feedback("hit", ledger.tick, game.rally, ledger.hits[-1], 0))
            elif outcome == MISS:
                ledger.miss()
                player.feel(Feedback("miss", ledger.tick, game.rally, ledger.hits[-1], rules.pause_ticks))
                if rules.pause_ticks:
                    ledger.passed(rules.pause_ticks, math.nan, math.nan, game.paddle_y)
                break
    if progress is not None:
        _tell(progress, ledger)


def _learn(player: Learner, ledger: Ledger, seed: int, progress: Progress | None) -> None:
    from interplay.loop.environment import BudgetedPong  # Gymnasium is slow to import, and only learners need it

    environment = BudgetedPong(
        ledger, seed, observation=player.observation, action_repeat=player.action_repeat, progress=progress
    )
    try:
        player.learn(environment, seed)
    except BudgetSpent:
        return
    if ledger.spent:  # it caught the end itself
        return
    raise PlayerError(
        f"player {player.name!r} must go on until the budget is spent, but its `learn` came back at "
        f"{ledger.tick * ledger.rules.tick_s:.0f} s of seed {seed}. Let it step the environment until that raises."
    )


def _command(answer: Any, player: Player, ledger: Ledger, seed: int) -> float:
    try:
        command = float(answer)
    except (TypeError, ValueError):
        command = math.nan
    if not -1.0 <= command <= 1.0:
        raise PlayerError(
            f"player {player.name!r} must act with a number in [-1, 1], got {answer!r} at tick {ledger.tick} of seed "
            f"{seed}. Scale its command; nothing is clipped."
        )
    return command


def _tell(progress: Progress, ledger: Ledger) -> None:
    budget = ledger.budget
    total = budget.seconds or budget.most_s
    progress(min(int(ledger.tick * ledger.rules.tick_s), int(total)), int(total))
