"""A spiking network that learns the game from scratch: the value agent with LIF units between eyes and values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from interplay._core.errors import ConfigError, unknown_name
from interplay.data import Recording
from interplay.loop.agents import ValueAgent, ValueSession
from interplay.loop.network_notebook import NetworkNotebook

if TYPE_CHECKING:
    from interplay.spiking.nets.spiking_layers import SpikingFront, SpikingLayers

_SEEN = ("paddle_ball", "ball")
#: Settings that go to the value agent, and to the layers.
_LEARNING = (
    "observation", "action_repeat", "learning_rate", "batch", "updates", "start", "epsilon", "explore", "n_steps",
    "discount", "target_rate",
)  # fmt: skip
_LAYERS = ("width", "depth", "fields", "steps", "decay", "noise_scale", "gradient", "noise")


@dataclass(frozen=True, kw_only=True)
class SpikingAgent:
    """Q-learning from replay with layers of LIF units, from reward alone.

    Parameters
    ----------
    observation : {"paddle_ball", "ball"}
    action_repeat : int, ticks, >= 1
        Length of a decision.
    width, depth : int, >= 1
        LIF units of a layer, and layers.
    fields : int, >= 1
        Units that code each number of the observation; 1 lets the number itself drive the first layer.
    steps : int, >= 1
        Of one look, after which the actions' values are read from the mean spikes of the last layer.
    decay : float, in [0, 1)
        Of the membranes, per step.
    noise_scale : float, > 0
        Of the membranes, in thresholds.
    gradient : str
        How a gradient passes a spike: "st", "half", "interp(0.5)", "arctan", ...; see `spiking.estimators.UnitRule`.
    noise : {"gaussian", "logistic"}
    learning_rate : float, > 0
    batch, updates, start, explore, n_steps : int
    epsilon, discount, target_rate : float
        As those of `ValueAgent`, whose squared loss and moving target it has.
    record : bool
        Whether `recording` gives the spikes of the session.

    Attributes
    ----------
    notes : list of str
        What a reader must know about the last session.

    Raises
    ------
    ConfigError
        If a setting is unknown or out of range.

    Notes
    -----
    It plays as it learns: with noise. The network looks in every decision, also where the dice choose the action; with
    and without `record` a seed gives one session.
    """

    observation: Literal["paddle_ball", "ball"] = "paddle_ball"
    action_repeat: int = 10
    width: int = 128
    depth: int = 2
    fields: int = 1
    steps: int = 10
    decay: float = 0.5
    noise_scale: float = 0.25
    gradient: str = "st"
    noise: Literal["gaussian", "logistic"] = "gaussian"
    learning_rate: float = 1e-3
    batch: int = 32
    updates: int = 2
    start: int = 200
    epsilon: float = 0.02
    explore: int = 1000
    n_steps: int = 3
    discount: float = 0.97
    target_rate: float = 0.01
    record: bool = False
    notes: list[str] = field(default_factory=list, init=False, compare=False, repr=False)
    _last: list[Recording] = field(default_factory=list, init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        if self.observation not in _SEEN:
            raise ConfigError(unknown_name("observation", self.observation, _SEEN))
        self.layers()
        self._learning()

    @property
    def name(self) -> str:
        """Name of the player: how gradients pass its spikes."""
        return f"spiking-{self.gradient}"

    @property
    def citations(self) -> tuple[str, ...]:
        """Keys of the papers behind it."""
        return ("mnih2015human", *self.layers().rule.citations)

    def layers(self) -> SpikingLayers:
        """Give the settings of the network between eyes and values."""
        from interplay.spiking.nets import SpikingLayers

        return SpikingLayers(**{name: getattr(self, name) for name in _LAYERS})

    def learn(self, environment: Any, seed: int) -> None:
        """Play and learn from scratch until the environment stops answering.

        Parameters
        ----------
        environment : gymnasium.Env
            The game, with discrete actions.
        seed : int, >= 0
            Of weights, membranes' noise, exploration and replay.
        """
        from interplay.tensors.value_session import one_thread

        self.notes.clear()
        self._last.clear()
        with one_thread():
            session = _SpikingSession(self, environment, seed)
            try:
                session.run()
            finally:
                self.notes.extend(session.notes())
                self._last.extend(session.close())

    def recording(self) -> Recording | None:
        """Give the spikes of the last session; None without `record`."""
        return self._last[0] if self._last else None

    def _learning(self) -> ValueAgent:
        return ValueAgent(**{name: getattr(self, name) for name in _LEARNING})


class _SpikingSession(ValueSession):
    """One life of a spiking agent: what its value network does, and what is written down of its spikes."""

    def __init__(self, agent: SpikingAgent, environment: Any, seed: int) -> None:
        self.layers = layers = agent.layers()
        self.front: SpikingFront = layers.front(seed)
        super().__init__(agent._learning(), environment, seed, front=self.front)
        self.pong = environment.unwrapped
        self.book = NetworkNotebook([layers.width] * layers.depth, self.pong.rules.tick_s) if agent.record else None
        self.meta = {"player": agent.name, "seed": str(seed)}
        self.tick = self.hits = self.looks = self.spikes = 0

    def decide(self, observation: Any) -> int:
        """Look, and choose the best action or any."""
        with self.front.listening() as heard:
            values = self.learner.values(np.asarray(observation)[None])[0, 0]
        fired = [layer[:, 0].numpy() for layer in heard[0]]
        self.looks += 1
        self.spikes += int(sum(layer.sum() for layer in fired))
        if self.book is not None:
            game = self.pong.game
            self.book.look(self.tick, fired, (game.paddle_y, game.ball_x, game.ball_y))
        chance = self.by_chance()
        return int(values.argmax()) if chance is None else chance

    def after(self, info: Mapping[str, Any]) -> None:
        """Let the clock run on."""
        self.tick += info["ticks"]
        pause = self.pong.rules.pause_ticks if info["missed"] else 0
        self.hits += info["hits"]
        if self.book is not None:
            for _ in range(info["hits"]):
                self.book.hit(self.tick)
            if info["missed"]:
                self.book.miss(self.tick, self.hits, pause)
        if info["missed"]:
            self.hits = 0
        self.tick += pause

    def notes(self) -> list[str]:
        """Say what must not go unsaid."""
        agent = self.layers
        chances = max(self.looks * agent.steps * agent.width * agent.depth, 1)
        found = super().notes()
        return [*found, f"LIF units fired in {100 * self.spikes / chances:.1f} % of their steps."]

    def close(self) -> list[Recording]:
        """Give the recording, if there is one."""
        notes = ("Steps of a look are spread over the ticks in which its decision held.",)
        found = None if self.book is None else self.book.close(self.tick, self.meta, notes)
        return [] if found is None else [found]
