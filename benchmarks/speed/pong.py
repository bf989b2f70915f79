"""Ticks of Pong per second on one core: compiled games beside a plain Gymnasium loop, random commands throughout."""

import gymnasium
import numpy as np

from benchmarks.speed.machine import measure
from interplay.arena import Game, Pong, PongVector, Rules

GAMES, TICKS, PLAIN = 64, 100_000, 100_000
REPEATS = 5


class PlainPong(gymnasium.Env):
    """The same game as one would write it by hand: one tick a step, five values, nothing compiled."""

    observation_space = gymnasium.spaces.Box(-1.0, 1.0, (4,), np.float32)
    action_space = gymnasium.spaces.Discrete(3)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.x = self.y = 300.0
        self.vx, self.vy = 2.0, self.np_random.uniform(-2.0, 2.0)
        self.top, self.v = 175.0, 0.0
        return self._observe(), {}

    def step(self, action):
        self.v = 0.9 * self.v + (0.0, -0.6, 0.6)[action]
        self.top = min(max(self.top + self.v, 0.0), 350.0)
        self.v *= 0.0 < self.top < 350.0
        self.x += self.vx
        self.y += self.vy
        if not 0.0 <= self.y <= 600.0:
            self.y, self.vy = (-self.y if self.y < 0.0 else 1200.0 - self.y), -self.vy
        if self.x >= 600.0:
            self.vx = -2.0
        hit = 0.0 < self.x <= 10.0 and self.vx < 0.0 and self.top <= self.y <= self.top + 250.0
        if hit:
            self.vx = 2.0
        missed = self.x <= 0.0
        return self._observe(), float(hit) - missed, missed, False, {}

    def _observe(self):
        numbers = (self.top / 175.0 - 1.0, self.x / 300.0 - 1.0, self.y / 300.0 - 1.0, self.vy / 2.0)
        return np.array(numbers, np.float32)


def rows():
    """Give one row per way to play; `x ours` compares the time of a tick with that of the compiled games."""
    rng = np.random.default_rng(0)
    commands = rng.uniform(-1.0, 1.0, (GAMES, TICKS))
    actions = rng.integers(0, 3, PLAIN)
    wide = rng.integers(0, 3, (200, 1024))
    many, steps = PongVector(GAMES), PongVector(1024, action_repeat=1, observation="paddle_ball")
    many.reset(seed=0)
    steps.reset(seed=0)
    pushes = commands[0].tolist() * (PLAIN // TICKS)

    def step_all():
        for row in wide:
            steps.step(row)

    cases = [
        ("PongVector.advance, a command a tick", lambda: many.advance(commands), commands.size),
        ("PongVector.step, 1024 games, an action a tick", step_all, wide.size),
        ("Game.step", lambda: _game(pushes), PLAIN),
        ("Pong.step, an action a tick", lambda: _drive(Pong(action_repeat=1), actions), PLAIN),
        ("plain Gymnasium environment", lambda: _drive(PlainPong(), actions), PLAIN),
    ]
    ours = None
    for who, work, ticks in cases:
        found = measure(work, REPEATS)
        each = found["cpu_s"] / ticks
        ours = ours or each
        yield {
            "case": f"{ticks} ticks", "who": who, **found, "ticks": ticks,
            "million_ticks_per_s": round(1e-6 / each, 3), "ratio_cpu": each / ours,
        }  # fmt: skip


def _drive(environment, actions):
    environment.reset(seed=0)
    for action in actions.tolist():
        if environment.step(action)[2]:
            environment.reset()


def _game(commands):
    game = Game(Rules())
    game.serve()
    for command in commands:
        if game.step(command) == 2:
            game.serve()
