"""A player that was shown the game: a spiking network trained on what the oracle does, which has not learnt by playing.

It is no rival under a sample budget. It plays to be looked at: its spikes are a recording like any other.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from interplay._core.checks import require_setting
from interplay._core.errors import ConfigError
from interplay._core.provenance import digest
from interplay._core.rng import stream
from interplay.arena.game import HIT, MISS, NOTHING, Game
from interplay.arena.pong import COMMANDS
from interplay.arena.rules import Rules
from interplay.data import Recording
from interplay.loop.network_notebook import NetworkNotebook
from interplay.loop.player import Feedback, View
from interplay.loop.references import Oracle

if TYPE_CHECKING:
    from interplay.spiking.nets.spiking_policy import SpikingImitation, SpikingPolicy

#: What the network sees, in this order; each in [-1, 1].
SEEN = ("paddle middle", "ball x", "ball y", "ball direction", "ball vy", "paddle v")
#: Longest part of a rally, in ticks, that somebody else moves the paddle where examples are gathered.
_ASTRAY = 60


def seen(view: View, rules: Rules) -> NDArray[np.float32]:
    """Give what the network sees of the game.

    Parameters
    ----------
    view : View
    rules : Rules

    Returns
    -------
    (6,) float32 array
        As named in `SEEN`: places over the half field, the ball's vertical speed over the fastest serve, the paddle's
        over the fastest that it can go.
    """
    half = rules.size_px / 2
    fastest = max(abs(speed) for speed in rules.serve_px) or 1.0
    limit = rules.impulse_px / (1 - rules.keep)
    return np.array(
        [
            (view.paddle_y + rules.paddle_px / 2 - half) / half,
            (view.ball_x - half) / half,
            (view.ball_y - half) / half,
            np.sign(view.ball_vx),
            view.ball_vy / fastest,
            view.paddle_v / limit,
        ],
        dtype=np.float32,
    )


def oracle_examples(
    count: int, *, action_repeat: int = 5, rules: Rules | None = None, seed: int = 0
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Watch the oracle play, and play astray now and then so that it is also seen to recover.

    Parameters
    ----------
    count : int, >= 1
        Decisions to write down.
    action_repeat : int, ticks, >= 1
        From one to the next.
    rules : Rules or None
        None means the dish's.
    seed : int, >= 0

    Returns
    -------
    observation : (count, 6) float32 array
        See `SEEN`.
    action : (count,) int64 array
        0 stay, 1 up, 2 down: the nearest to the oracle's command at that moment.

    Notes
    -----
    From time to time, on average half of the time, a random command holds the paddle for up to 60 ticks; what is
    written down is always what the oracle would have done.
    """
    require_setting("count", count, least=1, whole=True)
    require_setting("action_repeat", action_repeat, least=1, whole=True)
    rules = rules or Rules()
    game, oracle, dice = Game(rules, seed), Oracle(), stream(seed, "oracle examples")
    oracle.begin(rules, seed)
    observation, action = np.empty((count, len(SEEN)), np.float32), np.empty(count, np.int64)
    tick, k, astray, command = 0, 0, 0, 0.0
    while k < count:
        game.serve()
        oracle.feel(Feedback("serve", tick, game.rally, 0, 0))
        outcome = NOTHING
        while outcome != MISS and k < count:
            view = View(*game.view(), tick, game.rally)
            wise = oracle.act(view)
            if tick % action_repeat == 0:
                observation[k], action[k] = seen(view, rules), _nearest(wise)
                k += 1
            if astray == 0 and dice.random() < 1 / _ASTRAY:
                astray, command = int(dice.integers(1, _ASTRAY)), float(dice.choice(COMMANDS))
            outcome = game.step(command if astray else wise)
            astray = max(astray - 1, 0)
            tick += 1
            if outcome == HIT:
                oracle.feel(Feedback("hit", tick, game.rally, 0, 0))
    return observation, action


def _nearest(command: float) -> int:
    return int(np.argmin(np.abs(np.array(COMMANDS) - command)))


def imitate_oracle(
    *,
    count: int = 30_000,
    action_repeat: int = 5,
    rules: Rules | None = None,
    learning: SpikingImitation | None = None,
) -> SpikingPolicy:
    """Train a spiking network on what the oracle does.

    Parameters
    ----------
    count : int
        Decisions that it is shown.
    action_repeat : int, ticks, >= 1
        Length of a decision.
    rules : Rules or None
        None means the dish's.
    learning : SpikingImitation or None
        None means its defaults.

    Returns
    -------
    SpikingPolicy
        For `SpikingPlayer`; `interplay.spiking.nets.save_policy` keeps it.
    """
    from interplay.spiking.nets import SpikingImitation

    learning = learning or SpikingImitation()
    rules = rules or Rules()
    observation, action = oracle_examples(count, action_repeat=action_repeat, rules=rules, seed=learning.seed)
    facts = {"seen": list(SEEN), "action_repeat": action_repeat, "size_px": rules.size_px, "paddle_px": rules.paddle_px}
    return learning.fit(observation, action, n_actions=len(COMMANDS), shown_by="oracle", facts=facts)


class SpikingPlayer:
    """A trained spiking network at the paddle; it does not learn.

    Parameters
    ----------
    path : path or SpikingPolicy
        What `imitate_oracle` gave, or the file in which it was saved.
    record : bool
        Whether `recording` gives the spikes of the session.

    Attributes
    ----------
    notes : list of str
        Says that it was told by the oracle.
    told : dict of str to str
        By whom, and the digest of its weights.

    Raises
    ------
    ConfigError
        If the policy does not see this game.
    DataError
        If there is no such file, or it holds something else.
    """

    def __init__(self, path: str | Path | SpikingPolicy = "", record: bool = False) -> None:
        from interplay.spiking.nets.spiking_policy import SpikingPolicy, load_policy

        if path == "":
            raise ConfigError(
                "`path` must name the file of a trained network, got nothing. Train one with "
                "interplay.loop.spiking_player.imitate_oracle, and save it with interplay.spiking.nets.save_policy."
            )
        self.policy = path if isinstance(path, SpikingPolicy) else load_policy(Path(path))
        facts, sizes = self.policy.facts, (self.policy.n_inputs, self.policy.n_actions)
        if tuple(facts.get("seen", ())) != SEEN or sizes != (len(SEEN), len(COMMANDS)):
            raise ConfigError(
                f"`path` must hold a policy that sees {', '.join(SEEN)} and chooses among {len(COMMANDS)} commands. "
                "Train it with `imitate_oracle`."
            )
        require_setting("action_repeat of the policy", facts.get("action_repeat", 0), least=1, whole=True)
        self.record = record
        self.told = {"by": self.policy.shown_by, "weights": digest(self.policy.weights)}
        self.action_repeat = int(facts["action_repeat"])
        self.name = f"spiking-told-by-{self.policy.shown_by}"
        self.notes = [
            f"Told by the {self.policy.shown_by}: trained on {self.policy.shown_by}'s commands before the session, so "
            "its samples are not those of the others."
        ]
        self._book: NetworkNotebook | None = None

    @property
    def citations(self) -> tuple[str, ...]:
        """Keys of the papers behind it."""
        return self.policy.layers.rule.citations

    def begin(self, rules: Rules, seed: int) -> None:
        """Wake up.

        Parameters
        ----------
        rules : Rules
        seed : int
            Of the membranes' noise.
        """
        layers = self.policy.layers
        self._rules, self._actor = rules, self.policy.actor(seed)
        self._book = NetworkNotebook([layers.width] * layers.depth, rules.tick_s) if self.record else None
        self._meta = {"player": self.name, "seed": str(seed)}
        self._until = self._tick = 0
        self._command = 0.0

    def act(self, view: View) -> float:
        """Look, or go on as decided."""
        if view.tick >= self._until:
            action, spikes = self._actor.choose(seen(view, self._rules))
            self._command, self._until = COMMANDS[action], view.tick + self.action_repeat
            if self._book is not None:
                self._book.look(view.tick, spikes, (view.paddle_y, view.ball_x, view.ball_y))
        self._tick = view.tick + 1
        return self._command

    def feel(self, feedback: Feedback) -> None:
        """Look anew after a serve."""
        if feedback.kind == "serve":
            self._until = feedback.tick
        elif feedback.kind == "miss":
            self._tick = feedback.tick + feedback.pause_ticks
        if self._book is not None and feedback.kind == "hit":
            self._book.hit(feedback.tick)
        elif self._book is not None and feedback.kind == "miss":
            self._book.miss(feedback.tick, feedback.hits, feedback.pause_ticks)

    def recording(self) -> Recording | None:
        """Give the spikes of the session; None without `record`."""
        if self._book is None:
            return None
        notes = ("Steps of a look are spread over the ticks in which its decision held.", *self.notes)
        return self._book.close(self._tick, self._meta, notes)
