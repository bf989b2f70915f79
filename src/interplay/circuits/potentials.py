"""Is the game between units one of common interest? Potentials, weighted potentials and zero-sum pairs."""

from __future__ import annotations

from typing import cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes
from interplay._core.errors import DataError
from interplay.circuits.circuit import RateCircuit
from interplay.circuits.circuit_checks import require_circuit, require_rates
from interplay.circuits.game_results import ZeroSumSplit

Floats = NDArray[np.float64]

#: Weights that should agree may differ by this share of their size.
_AGREE = 1e-10


def asymmetry(weights: ArrayLike) -> float:
    """Measure how far a weight matrix is from symmetric.

    Parameters
    ----------
    weights : (N, N) float array

    Returns
    -------
    float, in [0, 1]
        ||W - W'|| / (2 ||W||) in the Frobenius norm: 0 if symmetric, 1 if skew, 0 for a matrix of zeros.
    """
    w = Shapes().array("weights", weights, "N N").astype(np.float64)
    size = float(np.abs(w).max(initial=0.0))
    if size == 0.0:
        return 0.0
    w = w / size
    return min(1.0, float(np.linalg.norm(w - w.T) / (2.0 * np.linalg.norm(w))))


def potential(circuit: RateCircuit) -> Floats | None:
    """Find weights under which the game has a potential: d > 0 with d_i W_ij = d_j W_ji.

    Parameters
    ----------
    circuit : RateCircuit

    Returns
    -------
    (N,) float64 array or None
        All 1 if W is symmetric (an exact potential). Else each connected part has geometric mean 1. None if there is
        no potential.

    Notes
    -----
    Such weights exist iff reciprocal weights agree in sign, no connection is one-way, and along every cycle the
    products of weights in both directions are equal (Kolmogorov's condition). Weights count as equal within 1e-10 of
    their size. A reciprocally connected excitatory and inhibitory pair never satisfies it: see `zero_sum_split`.
    Time O(N^2).

    References
    ----------
    Monderer, Shapley (1996), Games and Economic Behavior 14:124.

    Examples
    --------
    >>> potential(RateCircuit([[0.0, -2.0], [-0.5, 0.0]])).tolist()
    [0.5, 2.0]
    >>> potential(RateCircuit([[0.0, -2.0], [0.5, 0.0]])) is None
    True
    """
    require_circuit(circuit)
    w = circuit.weights
    if ((w > 0) != (w.T > 0)).any() or ((w < 0) != (w.T < 0)).any():
        return None
    return _balance(w)


def potential_value(circuit: RateCircuit, rates: ArrayLike, drive: ArrayLike) -> Floats:
    """Compute the potential P of a circuit that has one.

    Parameters
    ----------
    circuit : RateCircuit
    rates, drive : (..., N) float arrays
        x and u; leading axes broadcast.

    Returns
    -------
    (...) float64 array
        x' D (I - W) x / 2 - u' D x + sum of d_i E_act_i(x_i), D the diagonal matrix of `potential`; inf outside the
        domains. It falls along every trajectory, whatever the time constants, until the circuit rests.

    Raises
    ------
    DataError
        If the circuit has no potential.
    """
    require_circuit(circuit)
    rates = require_rates(circuit, rates)
    d = potential(circuit)
    if d is None:
        raise DataError(
            "`circuit` must have a potential (d_i W_ij = d_j W_ji for some d > 0: reciprocal weights of one sign, "
            f"equal products around cycles), but has none; its asymmetry index is {asymmetry(circuit.weights):.3g}. "
            "`energies` gives every unit's own cost instead."
        )
    # input() checks the shapes.
    total = circuit.input(rates, drive)
    x = np.broadcast_to(np.asarray(rates, dtype=np.float64), total.shape)
    quadratic = 0.5 * x * (x - x @ circuit.weights.T) - x * np.asarray(drive, dtype=np.float64)
    return np.asarray(((quadratic + circuit.activation_costs(x)) * d).sum(axis=-1))


def zero_sum_split(circuit: RateCircuit) -> ZeroSumSplit:
    """Split a circuit's game into common interest and conflict.

    Parameters
    ----------
    circuit : RateCircuit

    Returns
    -------
    ZeroSumSplit

    Notes
    -----
    The cross terms of units i and j cost -W_ij x_i x_j and -W_ji x_i x_j. If reciprocal weights have opposite signs,
    those costs sum to zero under player weights |W_ji| and |W_ij|: what one gains the other loses. If one set of
    weights does so for all such pairs, and balances all pairs of equal sign, Q W is the sum of a symmetric matrix
    (common interest) and a skew one (conflict), each on pairs of its own. Without balance the split is that of W
    itself into its symmetric and its skew part, which mixes both on every pair.

    Examples
    --------
    >>> pair = RateCircuit.of_blocks(0.5, 2.0, 3.0, 0.5)
    >>> split = zero_sum_split(pair)
    >>> split.pairs.tolist(), split.pair_weights.tolist()
    ([[0, 1]], [[3.0, 2.0]])
    """
    require_circuit(circuit)
    w = circuit.weights
    pairs = np.argwhere(np.triu(w * w.T < 0, 1)).astype(np.int64)
    i, j = pairs[:, 0], pairs[:, 1]
    sizes = np.column_stack([np.abs(w[j, i]), np.abs(w[i, j])])
    d = _balance(np.abs(w)) if ((w != 0) == (w.T != 0)).all() else None
    scaled = w if d is None else d[:, None] * w
    return ZeroSumSplit(
        pairs=pairs,
        pair_weights=sizes,
        weights=d,
        common=0.5 * (scaled + scaled.T),
        conflict=0.5 * (scaled - scaled.T),
    )


def _balance(w: Floats) -> Floats | None:
    """Give d > 0 with d_i w_ij = d_j w_ji, for a matrix of symmetric pattern and signs; None if there is none."""
    if np.allclose(w, w.T, rtol=_AGREE, atol=0.0):
        return np.ones(len(w))
    logs = np.full(len(w), np.nan)
    size = np.log(np.where(w != 0, np.abs(w), 1.0))
    for root in range(len(w)):
        if not np.isnan(logs[root]):
            continue
        logs[root], part = 0.0, [root]
        for k in part:  # grows while it is walked: every unit that a part reaches
            for j in np.flatnonzero((w[k] != 0) & np.isnan(logs)):
                logs[j] = logs[k] + size[k, j] - size[j, k]
                part.append(int(j))
        logs[part] -= logs[part].mean()
    wrong = np.abs(logs[:, None] + size - logs[None, :] - size.T) > _AGREE * len(w)
    return None if (wrong & (w != 0)).any() else cast(Floats, np.exp(logs))
