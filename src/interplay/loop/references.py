"""Players that know nothing or everything: the marks between which all others are read."""

from __future__ import annotations

import math

from interplay._core.checks import require_setting
from interplay._core.errors import ConfigError
from interplay._core.rng import uniform
from interplay.arena.rules import Rules
from interplay.loop.player import Feedback, View
from interplay.ops.pong import move_ball, move_paddle

_BLOCK = 1000


class FrozenCentre:
    """A paddle that never moves from the middle, where the first rally finds it.

    Notes
    -----
    Its mean rally has no finite expectation: a serve of vertical speed v is caught about 125 / (590 v) times before it
    has drifted off the paddle, and the mean of 1 / v over serves down to 0 diverges like a logarithm. Sample means
    grow slowly with the number of rallies. Its share of aces is an honest number.
    """

    name = "frozen"

    def begin(self, rules: Rules, seed: int) -> None:
        """Do nothing."""

    def act(self, view: View) -> float:
        """Stay."""
        return 0.0

    def feel(self, feedback: Feedback) -> None:
        """Do nothing."""


class Sweep:
    """A paddle driven from one end of its way to the other and back, whatever the ball does.

    Notes
    -----
    It is blind, and yet has fewer aces than chance by arithmetic (about 54 %): a moving paddle also meets balls in the
    few ticks between its face and the edge, and its turning points favour the places where balls return.
    Whoever is to count as a player should beat it.
    """

    name = "sweep"

    def begin(self, rules: Rules, seed: int) -> None:
        """Start downwards."""
        self._bottom, self._command = rules.size_px - rules.paddle_px, 1.0

    def act(self, view: View) -> float:
        """Go on, and turn at the ends."""
        if view.paddle_y <= 0.0:
            self._command = 1.0
        elif view.paddle_y >= self._bottom:
            self._command = -1.0
        return self._command

    def feel(self, feedback: Feedback) -> None:
        """Do nothing."""


class RandomWalk:
    """A paddle pushed at random, up, down or not at all with equal probability: the in-silico control.

    Parameters
    ----------
    hold_ticks : int, ticks, >= 1
        How long a push lasts.

    Raises
    ------
    ConfigError
        If `hold_ticks` is below 1.

    Notes
    -----
    Push k depends on (seed, k) only.
    """

    name = "random"

    def __init__(self, hold_ticks: int = 1) -> None:
        require_setting("hold_ticks", hold_ticks, least=1)
        self.hold_ticks = hold_ticks

    def begin(self, rules: Rules, seed: int) -> None:
        """Go back to the first push."""
        self._seed, self._acts = seed, 0
        self._pushes: list[float] = []

    def act(self, view: View) -> float:
        """Push on, or choose the next push."""
        k, self._acts = self._acts // self.hold_ticks, self._acts + 1
        place = k % _BLOCK
        if place == 0 and (self._acts - 1) % self.hold_ticks == 0:
            draws = uniform(self._seed, "push", range(k, k + _BLOCK))
            self._pushes = [float(int(3 * draw) - 1) for draw in draws]
        return self._pushes[place]

    def feel(self, feedback: Feedback) -> None:
        """Do nothing."""


class Oracle:
    """A paddle that knows where the ball will arrive and waits there. It misses only what it cannot reach in time."""

    name = "oracle"

    def begin(self, rules: Rules, seed: int) -> None:
        """Take note of the rules.

        Parameters
        ----------
        rules : Rules
        seed : int

        Raises
        ------
        ConfigError
            If the paddle cannot cross its track while the ball returns.
        """
        self._rules, self._seed = rules, seed
        self._goal: float | None = None
        self._arrival = 0
        crossing, flight = _crossing_ticks(rules), int((rules.opponent_px - rules.depth_px) / rules.speed_px)
        if crossing > flight:
            raise ConfigError(
                f"`rules` must let the paddle cross its track while the ball returns, in {flight} ticks, but it takes "
                f"{crossing}. Raise `impulse_px` or slow the ball."
            )

    def act(self, view: View) -> float:
        """Go to where the ball will arrive, or stay there."""
        if self._goal is None:
            self._goal = self._choose(view, _arrivals(view, self._rules))
        return _steer(view.paddle_y, view.paddle_v, self._goal, self._rules)

    def feel(self, feedback: Feedback) -> None:
        """Look anew after a serve and after a hit."""
        self._goal = None
        self._arrival = feedback.hits

    def _choose(self, view: View, y: list[float]) -> float:
        return _catching(y[0], self._rules)


class Chance(Oracle):
    """A paddle that catches every arrival with probability paddle / size, whatever went before.

    Chance level is arithmetic: the paddle covers 250 of 600 px, so a ball meets it with probability 0.417, rallies are
    geometric, the mean is 0.714 hits, 58.3 % are aces and 7.2 % have three hits or more. No paddle that moves without
    regard to the ball within a bounded field gives exactly that: it lingers at the ends or in the middle, a late
    catch has five ticks, and successive arrivals depend on each other. So this player knows where the ball will
    arrive. A draw of its own for each arrival, keyed by (seed, rally, arrival), decides; it then waits where it
    catches, or where it misses in all ticks in which a catch is possible.

    Notes
    -----
    It stands for the arithmetic, not for a naive player: `RandomWalk` is that.
    """

    name = "chance"

    def begin(self, rules: Rules, seed: int) -> None:
        """Take note of the rules.

        Parameters
        ----------
        rules : Rules
        seed : int

        Raises
        ------
        ConfigError
            If the paddle cannot cross its track in time, or is so long that it cannot avoid every ball.
        """
        super().begin(rules, seed)
        late = (rules.depth_px / rules.speed_px + 1) * max(abs(speed) for speed in rules.serve_px)
        if 2 * rules.paddle_px + late >= rules.size_px:
            raise ConfigError(
                f"`rules` must leave room to avoid a ball, but a paddle of {rules.paddle_px} px covers the middle of "
                f"{rules.size_px} px from both ends. Shorten the paddle."
            )

    def _choose(self, view: View, y: list[float]) -> float:
        rules = self._rules
        if float(uniform(self._seed, "catch", view.rally, self._arrival)) < rules.paddle_px / rules.size_px:
            return _catching(y[0], rules)
        return 0.0 if sum(y) / len(y) > rules.size_px / 2 else rules.size_px - rules.paddle_px


def _catching(y: float, rules: Rules) -> float:
    # top of a paddle whose middle is at y, as far as the field allows
    return min(max(y - rules.paddle_px / 2, 0.0), rules.size_px - rules.paddle_px)


def _arrivals(view: View, rules: Rules) -> list[float]:
    # heights of the ball in the ticks in which it can be caught
    x, y, vx, vy = view.ball_x, view.ball_y, view.ball_vx, view.ball_vy
    seen: list[float] = []
    while x > 0.0:
        x, y, vx, vy = move_ball(x, y, vx, vy, rules.size_px, rules.opponent_px)
        if 0.0 < x <= rules.depth_px:
            seen.append(y)
    return seen


def _steer(y: float, v: float, goal: float, rules: Rules) -> float:
    # the command towards the greatest velocity from which the paddle still stops at the goal: v + v^2 / (2 impulse)
    # is the way left; friction helps to brake
    way, impulse = goal - y, rules.impulse_px
    wanted = way
    if abs(way) > impulse:
        wanted = math.copysign(impulse * (math.sqrt(1.0 + 2.0 * abs(way) / impulse) - 1.0), way)
    return min(max((wanted - rules.keep * v) / impulse, -1.0), 1.0)


def _crossing_ticks(rules: Rules) -> int:
    y, v, far, ticks = 0.0, 0.0, rules.size_px - rules.paddle_px, 0
    while far - y > 1.0 and ticks < 1_000_000:
        y, v = move_paddle(y, v, _steer(y, v, far, rules) * rules.impulse_px, rules.keep, far)
        ticks += 1
    return ticks
