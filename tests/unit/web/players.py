"""Players to be watched: one with spikes and pulses, one that fails, one that learns."""

import numpy as np

from interplay.data import Units
from interplay.loop.references import RandomWalk


class Cells:
    """A backend whose electrode k spikes in every tick k of ten; time runs only while it advances."""

    responds = True

    def __init__(self, n=10):
        self.channels = Units(
            n=n,
            position_um=np.column_stack([np.arange(n) * 10.0, np.zeros(n)]),
            group=np.array(["sensory"] * (n - 4) + ["motor_left"] * 2 + ["motor_right"] * 2),
        )
        self.given = []

    def reset(self, seed):
        self.tick = 0

    def stim(self, channels, amplitude_mv, delay_s):
        self.given.append((self.tick, channels.tolist()))

    def advance(self, ticks):
        tick = np.arange(self.tick, self.tick + ticks)
        self.tick += ticks
        return tick * 0.01, tick % self.channels.n

    def reward(self, value):
        pass


class Cultured(RandomWalk):
    """Lives through 100 ticks before the first serve; a tick each act, the pause in chunks of 50."""

    name = "cultured"

    def __init__(self):
        super().__init__()
        self.backend = Cells()

    @property
    def electrodes(self):
        return self.backend.channels

    def begin(self, rules, seed):
        super().begin(rules, seed)
        self.backend.reset(seed)
        self.backend.advance(100)
        self.phase = "play"

    def act(self, view):
        self.phase = "play"
        if view.tick % 5 == 0:
            self.backend.stim(np.array([1, 2]), 75.0, 0.004)
        self.backend.advance(1)
        return super().act(view)

    def feel(self, feedback):
        left = feedback.pause_ticks
        self.phase = "feedback"
        while left > 0:
            self.backend.advance(min(50, left))
            left -= 50
            self.phase = "rest" if left < 421 else "feedback"

    def watching(self):
        return {"spikes": [], "site": [], "rates": {"up": 1.5, "down": 0.5}, "phase": self.phase}


class Failing(RandomWalk):
    name = "failing"

    def act(self, view):
        raise RuntimeError("out of <order>")


class Learning:
    name = "learning"
    observation = "ball"
    action_repeat = 5

    def learn(self, environment, seed):
        while True:
            environment.reset()
            over = False
            while not over:
                _, _, over, _, _ = environment.step(0)
