"""A rate circuit that fires: spikes whose mean field is the circuit's equation."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from interplay._core.checks import Shapes, require_setting
from interplay._core.errors import ConfigError, DataError, NumericalError
from interplay._core.rng import key_word
from interplay.circuits.circuit import RateCircuit
from interplay.circuits.circuit_checks import require_circuit
from interplay.data import Events, Recording, Snapshots, Units

_FIRING = ("identity", "relu", "clip", "threshold_linear", "logistic", "softplus", "power")
_MOST_EVENTS = 20_000_000


def simulate_spikes(circuit: RateCircuit, drive: ArrayLike, *, duration_s: float, seed: int = 0) -> Recording:
    """Draw spikes with intensities phi(W r + u), where each unit's train, filtered with exp(-t / tau) / tau, is its r.

    Averages over many such networks follow tau dr/dt = -r + phi(W r + u) as long as phi is linear where inputs lie:
    a circuit for scoring what is fitted to spikes.

    Parameters
    ----------
    circuit : RateCircuit
        Rates in 1/s, time constants in s, no delays; activations that are nowhere negative ("identity" counts as 0
        below 0).
    drive : (N,) float array, 1/s
    duration_s : float, s, > 0
    seed : int, >= 0

    Returns
    -------
    Recording
        Spikes from rest (r = 0) on, the units' names and signs, and the weights as `truth` (edges from the column's
        unit to the row's; own weights are no edges).

    Raises
    ------
    DataError
        If the circuit has delays, an activation can be negative, or `drive` does not fit.
    NumericalError
        If more than 20 million spikes come: the intensities grow without bound.

    Notes
    -----
    Exact thinning, no time step; every random number depends on the seed and its place in the sequence of candidates.

    References
    ----------
    Ogata (1981), IEEE Trans Inf Theory 27:23.
    """
    require_circuit(circuit)
    require_setting("duration_s", duration_s, above=0)
    require_setting("seed", seed, least=0, whole=True)
    u = Shapes(N=circuit.n_units).array("drive", drive, "N")
    if circuit.delay is not None and np.any(circuit.delay):
        raise DataError("`circuit` must have no delays to be simulated as spikes, got some. Leave `delay` out.")
    bad = [p.kind for p in circuit.activations if p.kind not in _FIRING]
    if bad:
        raise ConfigError(
            f"activations must be nowhere negative to be intensities, got {bad[0]!r}. Use one of {', '.join(_FIRING)}."
        )
    from interplay.ops.rate_spikes import rate_spikes

    size = 1 << 16
    while True:
        time, unit = np.empty(size), np.empty(size, dtype=np.int64)
        found = rate_spikes(
            np.ascontiguousarray(circuit.weights),
            np.ascontiguousarray(u, dtype=np.float64),
            np.ascontiguousarray(circuit.tau, dtype=np.float64),
            np.ascontiguousarray(circuit.codes, dtype=np.int64),
            np.ascontiguousarray(circuit.parameters, dtype=np.float64),
            float(duration_s),
            np.uint64(key_word(seed)),
            time,
            unit,
        )
        if found <= size:
            break
        if size >= _MOST_EVENTS:
            raise NumericalError(
                f"the spikes must stay below {_MOST_EVENTS:_}, but more came: the intensities grow without bound, or "
                "`duration_s` is too long. Weaken excitation, or use an activation with an upper end."
            )
        size = min(4 * size, _MOST_EVENTS)
    names = np.array([str(name) for name in circuit.names]) if circuit.names is not None else None
    return Recording(
        events=Events(time=time[:found].copy(), unit=unit[:found].copy(), n_units=len(u), span=(0.0, duration_s)),
        units=Units(n=len(u), id=names, sign=np.asarray(circuit.sign, dtype=np.int64)),
        truth=Snapshots.from_dense(circuit.weights.T[None], [(0.0, duration_s)], directed=True),
        meta={"source": "simulated rate circuit"},
    )
