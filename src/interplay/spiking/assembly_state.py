"""One second of spiking assemblies, and the biases that keep their rates where they should be."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from interplay._core.rng import key_word

#: Step of the simulation, s, and steps that one advance takes.
DT_S = 0.001
STEPS = 1000
#: Time constants, s: leaky membrane under excitation and inhibition, relative refractoriness, shared fluctuation.
TAU_E, TAU_I, TAU_TIRED, TAU_SHARED = 0.010, 0.020, 0.010, 0.025
#: Share of the hazard that is missing right after the absolute refractory period, and the latter's length in steps.
TIRED_AFTER_SPIKE, REST_STEPS = 0.9, 2


@dataclass(frozen=True, eq=False, kw_only=True)
class AssemblyState:
    """Everything that the next second of a culture depends on, beside its parameters.

    Attributes
    ----------
    second : int
        Seconds done since the start.
    excite, inhibit, tired : (N,) float arrays
    wait : (N,) int array, steps of 1 ms
    queue : (D, 2, N) float array
        Input under way.
    shared : (K,) float array, unit variance
    key : int
        The noise belongs to this key: equal keys, equal draws.
    """

    second: int
    excite: NDArray[np.float64]
    inhibit: NDArray[np.float64]
    tired: NDArray[np.float64]
    wait: NDArray[np.int64]
    queue: NDArray[np.float64]
    shared: NDArray[np.float64]
    key: int


@dataclass(frozen=True, eq=False, kw_only=True)
class Circuit:
    """What a culture is made of during one regime.

    Attributes
    ----------
    scale_hz : (N,) float array, Hz
        Hazard at level 0: the mean rate to be kept.
    bias, bias_recruited : (N,) float arrays
        Level without input, outside and inside the context that recruits the unit.
    pool : (N,) int array, in [0, K)
        Assembly of each unit.
    gain : float
        Amplitude of the input that the units of a recruited assembly share.
    pointer, target, weight, delay : edges by source
        As `interplay.ops.assemblies.advance` takes them.
    """

    scale_hz: NDArray[np.float64]
    bias: NDArray[np.float64]
    bias_recruited: NDArray[np.float64]
    pool: NDArray[np.int64]
    gain: float
    pointer: NDArray[np.int64]
    target: NDArray[np.int64]
    weight: NDArray[np.float64]
    delay: NDArray[np.int64]


def build_circuit(
    weights: NDArray[np.float64],
    delay: NDArray[np.int64],
    pool: NDArray[np.int64],
    rates_hz: NDArray[np.float64],
    *,
    gain: float,
) -> Circuit:
    """List the edges by source, and guess the biases that cancel the mean input.

    Parameters
    ----------
    weights : (N, N) float array, ``[src, dst]``
        Jump of the level per spike.
    delay : (N, N) int array, steps
    pool : (N,) int array
    rates_hz : (N,) float array, Hz
    gain : float

    Returns
    -------
    Circuit
    """
    bias = -rates_hz @ (TAU_E * np.maximum(weights, 0) + TAU_I * np.minimum(weights, 0))
    src, dst = np.nonzero(weights)
    pointer = np.searchsorted(src, np.arange(len(weights) + 1)).astype(np.int64)
    return Circuit(
        scale_hz=rates_hz,
        bias=bias,
        bias_recruited=bias,
        pool=pool.astype(np.int64),
        gain=gain,
        pointer=pointer,
        target=dst.astype(np.int64),
        weight=weights[src, dst],
        delay=delay[src, dst],
    )


def rest_state(n_units: int, n_pools: int, depth: int, key: int) -> AssemblyState:
    """Give a silent culture at second 0; `depth` must exceed the longest delay in steps."""
    return AssemblyState(
        second=0,
        excite=np.zeros(n_units),
        inhibit=np.zeros(n_units),
        tired=np.zeros(n_units),
        wait=np.zeros(n_units, dtype=np.int64),
        queue=np.zeros((depth, 2, n_units)),
        shared=np.zeros(n_pools),
        key=key,
    )


def advance_second(
    state: AssemblyState,
    circuit: Circuit,
    recruited: NDArray[np.bool_],
    drive: NDArray[np.float64],
    *,
    learn: float = 0.0,
) -> tuple[AssemblyState, NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Run one second.

    Parameters
    ----------
    state : AssemblyState
        Left as it is.
    circuit : Circuit
    recruited : (N,) bool array
    drive : (N,) float array
    learn : float, >= 0
        Homeostatic step; 0 keeps the biases.

    Returns
    -------
    state : AssemblyState
    frame : (E,) int64 array, 1 / 20 000 s
        Spikes, sorted by frame, then by unit.
    unit : (E,) int64 array
    bias : (N,) float64 array
    """
    from interplay.ops.assemblies import advance, prefixes

    n = len(state.excite)
    fresh = {k: getattr(state, k).copy() for k in ("excite", "inhibit", "tired", "wait", "queue", "shared")}
    bias = np.where(recruited, circuit.bias_recruited, circuit.bias)
    gain = np.where(recruited, circuit.gain, 0.0)
    room = n * (STEPS // (REST_STEPS + 1) + 1)
    unit, frame = np.empty(room, np.int64), np.empty(room, np.int64)
    decay = [np.exp(-DT_S / tau) for tau in (TAU_E, TAU_I, TAU_TIRED, TAU_SHARED)]
    unit_key = prefixes(np.uint64(state.key), np.uint64(key_word("spike")), n)
    pool_key = prefixes(np.uint64(state.key), np.uint64(key_word("shared")), len(state.shared))
    constants = np.array([*decay, TIRED_AFTER_SPIKE, REST_STEPS])
    count = advance(  # type: ignore[call-arg]
        state.second * STEPS, STEPS, DT_S, circuit.scale_hz, bias, circuit.pool, gain, drive,
        circuit.pointer, circuit.target, circuit.weight, circuit.delay,
        *fresh.values(), unit_key, pool_key, constants, learn, unit, frame,
    )  # fmt: skip
    order = np.lexsort((unit[:count], frame[:count]))
    return replace(state, second=state.second + 1, **fresh), frame[:count][order], unit[:count][order], bias


def calibrate(circuit: Circuit, *, n_pools: int, seconds: int, key: int) -> Circuit:
    """Find the biases at which every unit fires at its wanted mean rate.

    Parameters
    ----------
    circuit : Circuit
    n_pools : int
    seconds : int, >= 1
        Of free running.
    key : int
        Of the noise; use one that the recording does not.

    Returns
    -------
    Circuit
        With the new biases.

    Notes
    -----
    The assemblies are recruited in turn, one second each (every third at once if there are more than three), and
    the biases inside and outside of recruitment are learned apart. Stochastic approximation with averaging: each step
    moves a bias by eta (wanted - expected spikes), with eta falling as 1 / (1 + second / 10); the biases of the last
    two thirds are averaged. The expected, not the drawn, spike count is compared, which takes most of the noise out.
    Refractory steps count as zero, so rates, not hazards, are met.
    """
    depth = int(circuit.delay.max(initial=1)) + 1
    state = rest_state(len(circuit.bias), n_pools, depth, key)
    silence, kept = np.zeros(len(circuit.bias)), []
    for second in range(seconds):
        recruited = (circuit.pool + second) % min(n_pools, 3) == 0
        learn = 0.6 / (1 + second / 10)
        state, _, _, bias = advance_second(state, circuit, recruited, silence, learn=learn)
        circuit = replace(
            circuit,
            bias=np.where(recruited, circuit.bias, bias),
            bias_recruited=np.where(recruited, bias, circuit.bias_recruited),
        )
        if second >= seconds // 3:
            kept.append((circuit.bias, circuit.bias_recruited))
    rest, inside = np.mean(kept, axis=0)
    return replace(circuit, bias=rest, bias_recruited=inside)
