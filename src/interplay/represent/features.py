"""What a node is known by before the network is read: one vector per node and window, from that window alone."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes
from interplay._core.errors import ConfigError, DataError, unknown_name
from interplay._core.rng import uniform
from interplay.data import Recording, Snapshots
from interplay.stats.baselines import raw_correlation

Floats = NDArray[np.float64]
FeatureName = Literal["identity", "correlation", "weights", "degree", "rates", "random", "walks", "given"]

#: Features whose width is the number of nodes: what is trained on them knows these nodes and no others.
TIED: tuple[FeatureName, ...] = ("identity", "correlation", "weights")
#: Features that are read from the recording.
FROM_RECORDING: tuple[FeatureName, ...] = ("correlation", "rates")

#: Steps of the return probabilities, and numbers per node of the random features.
WALK_STEPS = 16
RANDOM_WIDTH = 16


def node_features(
    name: FeatureName,
    snapshots: Snapshots,
    *,
    recording: Recording | None = None,
    given: ArrayLike | None = None,
    history_node: bool = False,
    seed: int = 0,
) -> Floats | None:
    """Compute the features of every node in every window.

    Parameters
    ----------
    name : str
        "identity": the node's own number, as a unit vector. "correlation": the sizes of its raw correlations with all
        nodes, no threshold, 1 with itself. "weights": the sizes of its edges to all nodes, 1 with itself. "degree":
        share of the other present nodes it is joined to, and its positive and its negative strength over their number.
        "rates": log(1 + rate in Hz). "random": 16 numbers of mean 0 and variance 1 that hang on the node's number
        alone. "walks": probability that a random walk is back after 1 to 16 steps, on the network with a loop at every
        node. "given": what `given` holds.
    snapshots : Snapshots
        Undirected; T windows.
    recording : Recording or None
        For "correlation" and "rates", of the same N units.
    given : (T, N, F) or (N, F) float array or None
        For "given"; finite.
    history_node : bool
        Whether one more node, joined to all, comes after the N: "correlation" and "weights" then have a last column, 1
        for present nodes.
    seed : int, >= 0
        For "random".

    Returns
    -------
    (T, N, F) or (N, F) float64 array, or None
        Rows of the N nodes only. None for "identity", which nobody needs to see. Absent nodes have zeros, save where
        `given` or "random" says otherwise.

    Raises
    ------
    ConfigError
        If the name is unknown, or what it is read from is missing or superfluous.
    DataError
        If the recording has other units, or features are not finite.

    Notes
    -----
    Window t is computed from window t only. "identity", "correlation" and "weights" have one column per node, so that
    parameters trained on them fit these nodes only; the others have a fixed width and go over to other recordings.
    "identity" and "random" tell nodes apart by number: relabelled nodes get other initial weights, or other numbers.

    "correlation" is `interplay.stats.baselines.raw_correlation`, sizes taken; a unit that does not vary correlates 0.
    "walks" takes the diagonal of powers of D^-1 (A + I), through one eigendecomposition per window: O(N^3).

    References
    ----------
    Dwivedi, Luu, Laurent, Bengio, Bresson (2022), ICLR, arXiv 2110.07875, for return probabilities as features.
    """
    if name not in get_args(FeatureName):
        raise ConfigError(unknown_name("`features`", str(name), get_args(FeatureName)))
    if (given is not None) != (name == "given"):
        raise ConfigError(
            f"`features`={name!r} must come {'with' if name == 'given' else 'without'} an array of features. "
            + ("Pass `features` to fit or embed." if name == "given" else "Leave `features` of fit or embed out.")
        )
    if name == "identity":
        return None
    if name == "given":
        return _given(given, snapshots)
    if name in FROM_RECORDING:
        known = _require_recording(name, snapshots, recording)
        return _correlation(known, snapshots, history_node) if name == "correlation" else _rates(known, snapshots)
    if name == "random":
        node, column = np.arange(snapshots.n_nodes)[:, None], np.arange(RANDOM_WIDTH)
        return np.asarray(np.sqrt(12) * (uniform(seed, "node features", node, column) - 0.5))
    if name == "weights":
        return _weights(snapshots, history_node)
    return _degree(snapshots) if name == "degree" else _walks(snapshots)


def _given(given: ArrayLike | None, snapshots: Snapshots) -> Floats:
    axes = "N F" if np.ndim(given) == 2 else "T N F"  # type: ignore[arg-type]
    shapes = Shapes(T=len(snapshots), N=snapshots.n_nodes)
    return shapes.array("features", given, axes).astype(np.float64, copy=False)  # type: ignore[arg-type]


def _require_recording(name: str, snapshots: Snapshots, recording: Recording | None) -> Recording:
    if recording is None:
        raise ConfigError(
            f"`features`={name!r} must come with the recording they are read from, got `recording`=None. Pass it, or "
            "choose features='identity'."
        )
    if recording.n_units != snapshots.n_nodes:
        raise DataError(
            f"`recording` must have the units that are the nodes of `snapshots`: {snapshots.n_nodes} nodes, got "
            f"{recording.n_units} units. Select the same units in both."
        )
    return recording


def _sizes(snapshots: Snapshots, upper: Floats, history_node: bool) -> Floats:
    """Lay flat upper triangles out as symmetric sizes with a diagonal of 1; absent nodes have zeros."""
    n, present = snapshots.n_nodes, snapshots.present
    out = np.zeros((len(snapshots), n, n + history_node))
    row, column = np.triu_indices(n, 1)
    out[:, row, column] = out[:, column, row] = np.abs(upper) * (present[:, row] & present[:, column])
    out[:, np.arange(n), np.arange(n)] = present
    if history_node:
        out[:, :, n] = present
    return out


def _correlation(recording: Recording, snapshots: Snapshots, history_node: bool) -> Floats:
    return _sizes(snapshots, raw_correlation(recording, snapshots.bounds), history_node)


def _weights(snapshots: Snapshots, history_node: bool) -> Floats:
    row, column = np.triu_indices(snapshots.n_nodes, 1)
    return _sizes(snapshots, np.stack([matrix[row, column] for matrix in snapshots]), history_node)


def _rates(recording: Recording, snapshots: Snapshots) -> Floats:
    if recording.events is None:
        raise DataError(
            "`features`='rates' must have spikes to count, got a recording of traces only. Choose 'correlation', "
            "'degree' or 'identity'."
        )
    seconds = np.array([recording.observed.window(a, b).total for a, b in snapshots.bounds])
    if (seconds <= 0).any():
        k = int(np.argmax(seconds <= 0))
        raise DataError(
            f"every window of `snapshots` must touch observed time of `recording`, but window {k}, "
            f"{tuple(snapshots.bounds[k].tolist())} s, does not. Leave it out."
        )
    rate = recording.events.counts(snapshots.bounds) / seconds[:, None]
    return np.asarray((np.log1p(rate) * snapshots.present)[:, :, None])


def _degree(snapshots: Snapshots) -> Floats:
    n, pair = snapshots.n_nodes, snapshots.src != snapshots.dst
    weight = snapshots.weight[pair]
    columns = (np.ones_like(weight), np.maximum(weight, 0.0), np.maximum(-weight, 0.0))
    ends = [snapshots.snapshot[pair] * n + end[pair] for end in (snapshots.src, snapshots.dst)]
    sums = [sum(np.bincount(end, weights=c, minlength=len(snapshots) * n) for end in ends) for c in columns]
    others = np.maximum(snapshots.present.sum(axis=1) - 1, 1)
    return np.asarray(np.stack(sums, axis=-1).reshape(len(snapshots), n, 3) / others[:, None, None])


def _walks(snapshots: Snapshots) -> Floats:
    out = np.zeros((len(snapshots), snapshots.n_nodes, WALK_STEPS))
    steps = np.arange(1, WALK_STEPS + 1)
    for t in range(len(snapshots)):
        cut = slice(snapshots.pointer[t], snapshots.pointer[t + 1])
        joined = np.eye(snapshots.n_nodes)
        joined[snapshots.src[cut], snapshots.dst[cut]] = joined[snapshots.dst[cut], snapshots.src[cut]] = 1.0
        root = np.sqrt(joined.sum(axis=1))
        # Similar to the transition matrix and symmetric: the same powers on the diagonal.
        value, vector = np.linalg.eigh(joined / root[:, None] / root)
        out[t] = vector**2 @ value[:, None] ** steps
    return out * snapshots.present[:, :, None]
