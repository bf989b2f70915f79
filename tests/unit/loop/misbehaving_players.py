"""Players that do everything wrong that a player can do; imported by workers through its file's folder."""

import os
import time


class _Base:
    name = "base"

    def begin(self, rules, seed):
        self.tick = 0

    def act(self, view):
        return 0.0

    def feel(self, feedback):
        pass


class Good(_Base):
    name = "good"


class Raises(_Base):
    name = "raises"

    def act(self, view):
        if view.tick > 50:
            raise RuntimeError("tired")
        return 0.0


class RaisesInFeel(_Base):
    name = "raises in feel"

    def feel(self, feedback):
        if feedback.kind == "miss":
            raise KeyError("felt")


class NotANumber(_Base):
    name = "nan"

    def act(self, view):
        return float("nan")


class Text(_Base):
    name = "text"

    def act(self, view):
        return "up"


class TooFar(_Base):
    name = "too far"

    def act(self, view):
        return 1.5


class Sometimes(_Base):
    """Fails on odd seeds while the environment says so."""

    name = "sometimes"

    def begin(self, rules, seed):
        if seed % 2 and os.environ.get("MISBEHAVE"):
            raise OSError("odd")


class Exits(_Base):
    name = "exits"

    def begin(self, rules, seed):
        raise SystemExit(5)


class Dies(_Base):
    name = "dies"

    def begin(self, rules, seed):
        os._exit(9)


class Hangs(_Base):
    name = "hangs"

    def begin(self, rules, seed):
        time.sleep(600)


class GivesUp:
    name = "gives up"
    observation = "paddle_ball"
    action_repeat = 5

    def learn(self, environment, seed):
        environment.reset(seed=seed)


class Cannot(_Base):
    name = "cannot"

    def __init__(self):
        raise ValueError("never made")


class Slow(_Base):
    """Takes some wall time, so that a tournament can be caught in the middle."""

    name = "slow"

    def begin(self, rules, seed):
        time.sleep(0.15)
