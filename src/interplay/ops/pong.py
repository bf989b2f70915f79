"""One tick of Pong, and many games of it at once.

The rule of the tick is written once (`move_paddle`, `move_ball`, `judge`). Python runs it as it stands, the kernels
run it compiled, and both give the same bits.

References
----------
Kagan et al. (2022), Neuron 110:3952: the game. Order of events, timing and speeds: recovered from the public event log
of one session and from the published port of the environment; see the page on Pong.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from interplay._core.rng import key_word
from interplay.ops.hashing import fold, start, to_unit

#: What a tick may bring.
NOTHING, HIT, MISS = 0, 1, 2

#: Names of the draws of a serve: its vertical speed, and the sign of it.
SERVE, SIDE = np.uint64(key_word("serve")), np.uint64(key_word("side"))


def move_paddle(paddle_y: Any, paddle_v: Any, push: Any, keep: Any, most_y: Any) -> Any:
    """Move the paddle: v <- keep v + push, y <- y + v, stopped at the ends of its track.

    Parameters
    ----------
    paddle_y, paddle_v : float, px and px per tick
        Top of the paddle and its velocity.
    push : float, px per tick
        Command times impulse.
    keep : float, in [0, 1)
    most_y : float, px
        Lowest place of the top: size minus length.

    Returns
    -------
    tuple of two floats
        Place and velocity.
    """
    paddle_v = keep * paddle_v + push
    paddle_y = paddle_y + paddle_v
    if paddle_y < 0.0:
        paddle_y = 0.0
        paddle_v = 0.0
    elif paddle_y > most_y:
        paddle_y = most_y
        paddle_v = 0.0
    return paddle_y, paddle_v


def move_ball(x: Any, y: Any, vx: Any, vy: Any, size: Any, opponent: Any) -> Any:
    """Move the ball; top and bottom reflect it, the far side returns it from its plane.

    Parameters
    ----------
    x, y, vx, vy : float, px and px per tick
    size, opponent : float, px
        Side of the field; plane of the far side.

    Returns
    -------
    tuple of four floats
        Place and velocity.
    """
    x = x + vx
    y = y + vy
    if y < 0.0:
        y = -y
        vy = -vy
    elif y > size:
        y = 2.0 * size - y
        vy = -vy
    if x >= opponent:
        x = opponent
        vx = -abs(vx)
    return x, y, vx, vy


def judge(x: Any, y: Any, vx: Any, paddle_y: Any, paddle: Any, depth: Any) -> Any:
    """Say whether the ball is caught (0 < x <= depth, on the paddle, edges included) or lost (x <= 0).

    Parameters
    ----------
    x, y, vx : float, px and px per tick
    paddle_y, paddle, depth : float, px
        Top, length and thickness of the paddle.

    Returns
    -------
    tuple
        x, vx and what happened. A ball that was caught leaves from the front of the paddle, a lost one stays at x = 0.
    """
    outcome = NOTHING
    if x <= 0.0:
        x = 0.0
        outcome = MISS
    elif x <= depth and paddle_y <= y <= paddle_y + paddle:
        x = depth
        vx = abs(vx)
        outcome = HIT
    return x, vx, outcome


_move_paddle = njit(cache=True, inline="always")(move_paddle)
_move_ball = njit(cache=True, inline="always")(move_ball)
_judge = njit(cache=True, inline="always")(judge)


@njit(cache=True, nogil=True)
def serve(state, rally, seed, game, rules):  # type: ignore[no-untyped-def]
    """Begin the next rally of one game of many: `arena.Game.serve`, compiled.

    Parameters
    ----------
    state : (G, 6) float64 array
        Ball x, y, vx, vy, top of the paddle, its velocity. Changed in place, like `rally`.
    rally : (G,) int64 array
        Number of the rally, -1 before the first.
    seed : (G,) uint64 array
    game : int
        Row.
    rules : (10,) float64 array
        size, paddle, depth, opponent, speed, least and greatest vertical speed of a serve, mirrored (0 or 1), keep,
        impulse.
    """
    rally[game] += 1
    base = start(seed[game])
    number = np.uint64(rally[game])
    vy = rules[5] + (rules[6] - rules[5]) * to_unit(fold(fold(base, SERVE), number))
    if rules[7] > 0.0 and to_unit(fold(fold(base, SIDE), number)) < 0.5:
        vy = -vy
    state[game, 0] = rules[0] / 2.0
    state[game, 1] = rules[0] / 2.0
    state[game, 2] = rules[4]
    state[game, 3] = vy
    state[game, 5] = 0.0


@njit(cache=True, nogil=True)
def serve_where(state, rally, seed, which, rules):  # type: ignore[no-untyped-def]
    """Begin the next rally of the games that are marked.

    Parameters
    ----------
    state, rally, seed, rules
        As in `serve`.
    which : (G,) bool array
    """
    for game in range(state.shape[0]):
        if which[game]:
            serve(state, rally, seed, game, rules)


@njit(cache=True, nogil=True)
def advance(state, rally, seed, commands, ticks, rules, stop_at_miss, hits, misses, passed):  # type: ignore[no-untyped-def]
    """Play many games, each for so many ticks.

    Parameters
    ----------
    state, rally, seed
        As in `serve`; `state` and `rally` are changed in place.
    commands : (G, 1) or (G, T) float64 array, in [-1, 1]
        One command for all ticks of a game, or one for each; then no game plays more than T.
    ticks : (G,) int64 array
    rules : (10,) float64 array
    stop_at_miss : bool
        Whether a game waits after a miss; else the next rally begins with the next tick, without a pause.
    hits, misses, passed : (G,) int64 arrays
        Hits, misses and ticks of this call. Written.

    Notes
    -----
    Time O(G T); nothing is allocated.
    """
    size, paddle, depth, opponent = rules[0], rules[1], rules[2], rules[3]
    keep, impulse = rules[8], rules[9]
    most_y = size - paddle
    each = commands.shape[1] > 1
    for game in range(state.shape[0]):
        x, y, vx, vy = state[game, 0], state[game, 1], state[game, 2], state[game, 3]
        paddle_y, paddle_v = state[game, 4], state[game, 5]
        n_hits, n_misses, n_ticks = 0, 0, 0
        for t in range(ticks[game]):
            push = commands[game, t if each else 0] * impulse
            paddle_y, paddle_v = _move_paddle(paddle_y, paddle_v, push, keep, most_y)
            x, y, vx, vy = _move_ball(x, y, vx, vy, size, opponent)
            x, vx, outcome = _judge(x, y, vx, paddle_y, paddle, depth)
            n_ticks += 1
            if outcome == HIT:
                n_hits += 1
            elif outcome == MISS:
                n_misses += 1
                if stop_at_miss:
                    break
                serve(state, rally, seed, game, rules)
                x, y, vx, vy = state[game, 0], state[game, 1], state[game, 2], state[game, 3]
                paddle_v = 0.0
        state[game, 0], state[game, 1], state[game, 2], state[game, 3] = x, y, vx, vy
        state[game, 4], state[game, 5] = paddle_y, paddle_v
        hits[game], misses[game], passed[game] = n_hits, n_misses, n_ticks
