"""A small learning agent whose parts can be exchanged one by one: loss, target, resets, look-ahead, pruning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Self, get_args

import numpy as np

from interplay._core.checks import require_setting
from interplay._core.errors import ConfigError, unknown_name
from interplay._core.rng import stream
from interplay.loop.agents_memory import ReplayMemory
from interplay.loop.agents_schedules import linear, look_ahead, sparsity

if TYPE_CHECKING:
    from interplay.tensors.value_net import Front

Loss = Literal["mse", "huber", "c51", "hl_gauss"]
Target = Literal["hard", "ema", "minto", "is_qn"]
Seen = Literal["image", "paddle_ball", "ball"]

#: Decisions from one tightening of the pruning mask to the next.
_PRUNE_EVERY = 50


@dataclass(frozen=True, kw_only=True)
class ValueAgent:
    """Q-learning from replay with a two-layer network; every switch works with every other.

    Parameters
    ----------
    observation : {"image", "paddle_ball", "ball"}
    action_repeat : int, ticks, >= 1
        Length of a decision.
    loss : {"mse", "huber", "c51", "hl_gauss"}
        The last two learn a distribution of returns over `support`.
    target : {"hard", "ema", "minto", "is_qn"}
        Copied every `target_every` updates; a moving average; the smaller of copy and online value; iterated heads,
        whose window moves every `target_every` updates.
    heads : int, >= 1
        K of "is_qn": as many Bellman iterations are learnt at once.
    target_every : int, updates, >= 1
    follow_every : int, updates, >= 1
        From one copy of the heads of "is_qn" to their targets to the next.
    target_rate : float, in (0, 1]
        Of the moving average, per update.
    support : (low, high), in units of reward
    bins : int, >= 2
    width, depth : int, >= 1
        Units of a hidden layer, and number of those.
    learning_rate : float, > 0
        Of AdamW.
    weight_decay : float, >= 0
    batch : int, transitions, >= 1
    updates : int, >= 0
        Gradient steps per decision.
    start : int, decisions, >= 1
        Played at random before learning begins.
    epsilon : float, in [0, 1]
        Share of random decisions in the end.
    explore : int, decisions
        Over which that share falls from 1, on a line, from `start` on.
    n_steps : int, >= 1
        Look-ahead, in decisions.
    discount : float, in [0, 1)
        γ per decision.
    n_steps_first, discount_first
        Where these begin if `anneal` is above 0.
    anneal : int, updates, >= 0
        In which look-ahead and discount go from first to final values, at the beginning and after every reset.
    resets : int, updates, >= 0
        From one reset to the next; 0 means never. A reset shrinks the trunk by half towards fresh weights, begins the
        heads anew and forgets the optimiser's moments.
    pruning : float, in [0, 1)
        Share of weights that is gone in the end; 0 means none.
    prune_start, prune_stop : int, decisions
        Between which they go.
    memory : int, transitions, or None
        None remembers everything.

    Attributes
    ----------
    notes : list of str
        What a reader must know about the last session, for example how many targets were clamped to the support.

    Raises
    ------
    ConfigError
        If a setting is unknown or out of range.

    Notes
    -----
    A decision lasts 50 ms, a return trip of the ball 118 decisions: discounted returns of ±1 per miss and hit lie in
    [-1, 1 / (1 - γ¹¹⁸)], that is up to 1.03, 1.44 and 3.35 for γ = 0.97, 0.99 and 0.997. The default support leaves
    half a unit on both sides, as a target at an end would be drawn inwards.

    Cost: 0.23 ms per update on one core ("mse"; the distributional losses 0.4 to 0.6 ms), two updates per decision.
    """

    observation: Seen = "paddle_ball"
    action_repeat: int = 5
    loss: Loss = "mse"
    target: Target = "ema"
    heads: int = 3
    target_every: int = 200
    follow_every: int = 10
    target_rate: float = 0.01
    support: tuple[float, float] = (-1.5, 4.0)
    bins: int = 51
    width: int = 64
    depth: int = 2
    learning_rate: float = 1e-3
    weight_decay: float = 0.0
    batch: int = 32
    updates: int = 2
    start: int = 200
    epsilon: float = 0.02
    explore: int = 1000
    n_steps: int = 3
    discount: float = 0.97
    n_steps_first: int = 10
    discount_first: float = 0.97
    anneal: int = 0
    resets: int = 0
    pruning: float = 0.0
    prune_start: int = 2000
    prune_stop: int = 8000
    memory: int | None = None
    notes: list[str] = field(default_factory=list, init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        for name, kind in (("observation", Seen), ("loss", Loss), ("target", Target)):
            if getattr(self, name) not in get_args(kind):
                raise ConfigError(unknown_name(name, getattr(self, name), get_args(kind)))
        for name in ("action_repeat", "heads", "target_every", "follow_every", "width", "depth", "batch", "start"):
            require_setting(name, getattr(self, name), least=1)
        for name in ("updates", "explore", "anneal", "resets", "weight_decay", "prune_start"):
            require_setting(name, getattr(self, name), least=0)
        for name in ("n_steps", "n_steps_first"):
            require_setting(name, getattr(self, name), least=1)
        require_setting("target_rate", self.target_rate, above=0, most=1)
        require_setting("learning_rate", self.learning_rate, above=0)
        require_setting("epsilon", self.epsilon, least=0, most=1)
        for name in ("discount", "discount_first", "pruning"):
            require_setting(name, getattr(self, name), least=0, below=1)
        require_setting("prune_stop", self.prune_stop, above=self.prune_start)
        require_setting("bins", self.bins, least=2)
        try:
            low, high = map(float, self.support)
        except (TypeError, ValueError) as error:
            raise ConfigError(f"`support` must be two numbers (low, high), got {self.support!r}.") from error
        if not low < high:
            raise ConfigError(f"`support` must be (low, high) with low < high, got {self.support}.")
        if self.memory is not None:
            require_setting("memory", self.memory, least=1)

    @classmethod
    def bbf_lite(cls, **changes: Any) -> Self:
        """Give the settings after "bigger, better, faster", for a small network and a short session.

        Parameters
        ----------
        **changes
            Any setting of the agent.

        Returns
        -------
        ValueAgent
            C51 with a moving average, n from 10 to 3 and γ from 0.97 to 0.997 over 4000 updates after each reset,
            a reset every 8000 updates, weight decay 0.1, four updates per decision.

        References
        ----------
        Schwarzer et al. (2023), ICML (arXiv 2305.19452). Left out: the convolutional trunk, self-prediction,
        augmentation, duelling heads, double Q-learning, priorities, acting with the target. Lengths are ours.
        """
        settings: dict[str, Any] = {
            "loss": "c51",
            "target": "ema",
            "target_rate": 0.005,
            "weight_decay": 0.1,
            "discount": 0.997,
            "anneal": 4000,
            "resets": 8000,
            "updates": 4,
            "epsilon": 0.0,
        }
        return cls(**(settings | changes))

    @property
    def name(self) -> str:
        """Name of the player: loss and target, and what else is switched on."""
        more = [("anneal", self.anneal), ("resets", self.resets), ("pruned", self.pruning)]
        return f"value-{self.loss}-{self.target}" + "".join(f"-{word}" for word, on in more if on)

    def learn(self, environment: Any, seed: int) -> None:
        """Play and learn from scratch until the environment stops answering.

        Parameters
        ----------
        environment : gymnasium.Env
            With discrete actions.
        seed : int, >= 0
            Of weights, exploration and replay.
        """
        from interplay.tensors.value_session import one_thread

        self.notes.clear()
        with one_thread():
            session = ValueSession(self, environment, seed)
            try:
                session.run()
            finally:
                self.notes.extend(session.notes())


class ValueSession:
    """One life of an agent: its network, its memory, its dice.

    Parameters
    ----------
    agent : ValueAgent
    environment : gymnasium.Env
    seed : int, >= 0
    front : Front or None
        Makes layers that take the place of the agent's own hidden ones.
    """

    def __init__(self, agent: ValueAgent, environment: Any, seed: int, *, front: Front | None = None) -> None:
        from interplay.tensors.value_learner import ValueLearner, ValueSettings
        from interplay.tensors.value_losses import Support

        self.agent, self.environment = agent, environment
        self.n_actions = int(environment.action_space.n)
        settings = ValueSettings(
            shape=tuple(environment.observation_space.shape),
            n_actions=self.n_actions,
            loss=agent.loss,
            target=agent.target,
            heads=agent.heads,
            target_every=agent.target_every,
            follow_every=agent.follow_every,
            target_rate=agent.target_rate,
            support=Support(*agent.support, agent.bins),
            width=agent.width,
            depth=agent.depth if front is None else 0,
            learning_rate=agent.learning_rate,
            weight_decay=agent.weight_decay,
            front=front,
        )
        self.learner = ValueLearner(settings, seed)
        self.memory = ReplayMemory(agent.memory)
        self.dice = stream(seed, "value_agent", "explore")
        self.draws = stream(seed, "value_agent", "replay")
        self.decisions = self.since_reset = 0

    def run(self) -> None:
        """Play rally after rally; only the environment ends this."""
        while True:
            observation, _ = self.environment.reset()
            over = False
            while not over:
                action = self.decide(observation)
                following, reward, terminal, truncated, info = self.environment.step(action)
                self.after(info)
                self.memory.add(observation, action, reward, following, terminal=terminal, truncated=truncated)
                self.decisions += 1
                if self.decisions >= self.agent.start:
                    self.study()
                observation, over = following, terminal or truncated

    def after(self, info: Mapping[str, Any]) -> None:
        """Take note of what came of a decision; whoever records has something to do here."""

    def decide(self, observation: Any) -> int:
        """Choose the best action according to a head drawn at random, or any."""
        chance = self.by_chance()
        if chance is not None:
            return chance
        values = self.learner.values(np.asarray(observation)[None])[0]
        head = int(self.dice.integers(len(values))) if len(values) > 1 else 0
        return int(values[head].argmax())

    def by_chance(self) -> int | None:
        """Draw whether this decision is left to chance, and which action it then is."""
        agent = self.agent
        share = linear(max(0, self.decisions - agent.start), 1.0, agent.epsilon, agent.explore)
        if self.decisions < agent.start or self.dice.random() < share:
            return int(self.dice.integers(self.n_actions))
        return None

    def study(self) -> None:
        """Take the gradient steps of one decision, and do what is due between them."""
        agent = self.agent
        if agent.resets and self.since_reset >= agent.resets:
            self.learner.reset()
            self.since_reset = 0
        n_steps, discount = look_ahead(
            self.since_reset,
            (agent.n_steps_first, agent.n_steps),
            (agent.discount_first, agent.discount),
            agent.anneal,
        )
        drawn = self.memory.sample(agent.updates * agent.batch, n_steps, discount, self.draws)
        for k in range(agent.updates):
            self.learner.update(*drawn.cut(k * agent.batch, (k + 1) * agent.batch))
        self.since_reset += agent.updates
        if agent.pruning and agent.prune_start < self.decisions and self.decisions % _PRUNE_EVERY == 0:
            self.learner.prune(sparsity(self.decisions, agent.pruning, agent.prune_start, agent.prune_stop))

    def notes(self) -> list[str]:
        """Say what must not go unsaid."""
        learner = self.learner
        found = [f"{self.decisions} decisions, {learner.updates} updates, {learner.resets} resets."]
        if learner.clamped:
            found.append(
                f"{learner.clamped} of {learner.targets} targets lay outside the support {self.agent.support} and were "
                "put on its end."
            )
        if self.agent.pruning:
            found.append(f"{100 * learner.sparsity:.1f} % of the weights are pruned.")
        return found
