"""What happens in a culture when units fire: delivery, depression, spike-timing plasticity, scaling, reward.

All of it is by event. Traces, resources and eligibilities decay lazily: a value is kept with the step at which it was
true, and looked up in a table of exponentials when somebody asks. Rows of the packed arrays are named below; packing
keeps the call from Python short.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from interplay.ops.culture import LANES, PORTS, ROWS, U, V

#: Rows per unit, float32: potential after a spike and jump of the recovery; share of the resources that a spike uses,
#: and the resources left after the last one; traces as pre- and postsynaptic unit after the last spike; rate (Hz).
C, D, USE, LEFT, PRE, POST, RATE = range(7)
#: Rows per unit, int32: step of the last spike; end of the plastic ones among the edges out; the electrode that sees
#: the unit, or -1; spikes since rates were last taken.
LAST, PLASTIC, SEEN, COUNT = range(4)
#: Rows per edge, int32: delay in steps above `DELAY_BIT`, and below it the place in a slot of the queue, which names
#: the target; step at which the eligibility was true. One word per edge is what a spike reads beside the weight.
ROUTE, SINCE = range(2)
DELAY_BIT = 20
#: Rows per edge, float32.
WEIGHT, ELIGIBLE = range(2)
#: Rows per plastic edge in order of targets, int32.
EDGE, SOURCE = range(2)
#: Rows of the tables of exponentials of elapsed steps: slow ones for resources and eligibility, fast ones for traces;
#: apart, so that the fast ones, read for every edge, stay small.
RECOVER, FADE_ELIGIBLE = range(2)
FADE_PRE, FADE_POST = range(2)
#: Modes of plasticity.
FROZEN, STDP, REWARDED = range(3)

_f = np.float32
_PLACE = (1 << DELAY_BIT) - 1
_NOTHING, _ONE = _f(0.0), _f(1.0)


@njit(cache=True, inline="always", error_model="numpy")
def faded(tables, row, elapsed):  # type: ignore[no-untyped-def]
    """Look up exp(-elapsed / tau); the last entry stands for all that is older."""
    return tables[row, min(np.int64(elapsed), tables.shape[1] - 1)]


@njit(cache=True, inline="always", error_model="numpy")
def target_of(route):  # type: ignore[no-untyped-def]
    """Name the unit at which an edge ends."""
    place = np.int64(route) & _PLACE
    return place // (LANES * PORTS) * LANES + place % LANES


@njit(cache=True, inline="always", error_model="numpy")
def _mark(edge_i, edge_f, slow, edge, step, amount):  # type: ignore[no-untyped-def]
    """Add to an eligibility after letting it fade."""
    old = edge_f[ELIGIBLE, edge] * faded(slow, FADE_ELIGIBLE, step - edge_i[SINCE, edge])
    edge_f[ELIGIBLE, edge] = old + amount
    edge_i[SINCE, edge] = np.int32(step)


@njit(cache=True, nogil=True, error_model="numpy")
def release(unit, step, mode, minus, queue, mask, width, unit_f, unit_i, pointers, edge_i, edge_f, slow, fast):  # type: ignore[no-untyped-def]
    """Send the spike of one unit along its edges, and depress those whose targets fired before."""
    left = _ONE - (_ONE - unit_f[LEFT, unit]) * faded(slow, RECOVER, step - unit_i[LAST, unit])
    used = unit_f[USE, unit] * left
    sent = used if used > _NOTHING else _ONE
    begin, end = pointers[0, unit], pointers[0, unit + 1]
    for edge in range(begin, end):
        route = np.int64(edge_i[ROUTE, edge])
        slot = (step + (route >> DELAY_BIT)) & mask
        queue[slot * width + (route & _PLACE)] += sent * edge_f[WEIGHT, edge]
    unit_f[LEFT, unit] = left - used
    if mode == FROZEN:
        return
    for edge in range(begin, np.int64(unit_i[PLASTIC, unit])):
        target = target_of(edge_i[ROUTE, edge])
        amount = minus * unit_f[POST, target] * faded(fast, FADE_POST, step - unit_i[LAST, target])
        if mode == STDP:
            edge_f[WEIGHT, edge] = max(edge_f[WEIGHT, edge] - amount, _NOTHING)
        else:
            _mark(edge_i, edge_f, slow, edge, step, -amount)


@njit(cache=True, nogil=True, error_model="numpy")
def strengthen(unit, step, mode, plus, most, unit_f, unit_i, pointers, in_i, edge_i, edge_f, slow, fast):  # type: ignore[no-untyped-def]
    """Potentiate the plastic edges onto a unit that fired, by the traces of their sources."""
    for k in range(pointers[1, unit], pointers[1, unit + 1]):
        edge, source = in_i[EDGE, k], in_i[SOURCE, k]
        amount = plus * unit_f[PRE, source] * faded(fast, FADE_PRE, step - unit_i[LAST, source])
        if mode == STDP:
            edge_f[WEIGHT, edge] = min(edge_f[WEIGHT, edge] + amount, most)
        else:
            _mark(edge_i, edge_f, slow, edge, step, amount)


@njit(cache=True, nogil=True, error_model="numpy")
def settle(unit, step, state, unit_f, unit_i, fast):  # type: ignore[no-untyped-def]
    """Reset a unit that fired and bring its traces up to date."""
    at = (unit // LANES) * (LANES * ROWS) + unit % LANES
    state[at + V * LANES] = unit_f[C, unit]
    state[at + U * LANES] += unit_f[D, unit]
    elapsed = step - unit_i[LAST, unit]
    unit_f[PRE, unit] = unit_f[PRE, unit] * faded(fast, FADE_PRE, elapsed) + _ONE
    unit_f[POST, unit] = unit_f[POST, unit] * faded(fast, FADE_POST, elapsed) + _ONE
    unit_i[LAST, unit] = np.int32(step)
    unit_i[COUNT, unit] += np.int32(1)


@njit(cache=True, nogil=True, error_model="numpy")
def scale(n_plastic, blend, per_s, speed, wanted, most, unit_f, unit_i, pointers, in_i, edge_f):  # type: ignore[no-untyped-def]
    """Take the rates, and scale the plastic edges onto each unit towards its wanted rate.

    Parameters
    ----------
    n_plastic : int
        Units 0 ... n_plastic - 1 have plastic edges onto them.
    blend : float32, in (0, 1]
        Weight of the newest rate in the running one.
    per_s : float32, 1 / s
        Scalings per second.
    speed : float32
        Greatest relative change per scaling.
    wanted : float32, Hz
    most : float32
        Bound of the weights.
    unit_f, unit_i, pointers, in_i, edge_f : packed arrays
    """
    for unit in range(n_plastic):
        newest = _f(unit_i[COUNT, unit]) * per_s
        unit_i[COUNT, unit] = np.int32(0)
        rate = unit_f[RATE, unit] + blend * (newest - unit_f[RATE, unit])
        unit_f[RATE, unit] = rate
        factor = _ONE + speed * max(min(_ONE - rate / wanted, _ONE), -_ONE)
        for k in range(pointers[1, unit], pointers[1, unit + 1]):
            edge = in_i[EDGE, k]
            edge_f[WEIGHT, edge] = min(edge_f[WEIGHT, edge] * factor, most)


@njit(cache=True, nogil=True, error_model="numpy")
def credit(step, amount, most, in_i, edge_i, edge_f, slow):  # type: ignore[no-untyped-def]
    """Change every plastic weight by `amount` times its eligibility, within [0, most]."""
    for k in range(in_i.shape[1]):
        edge = in_i[EDGE, k]
        eligible = edge_f[ELIGIBLE, edge] * faded(slow, FADE_ELIGIBLE, step - edge_i[SINCE, edge])
        edge_f[WEIGHT, edge] = max(min(edge_f[WEIGHT, edge] + amount * eligible, most), _NOTHING)
