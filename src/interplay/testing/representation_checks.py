"""What every method that turns networks over time into vectors promises, as one assertion."""

from __future__ import annotations

import dataclasses
import pickle
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplay._core.protocols import ResultLike
from interplay.data import Recording, Snapshots
from interplay.testing.global_state import global_word, torch_word

Floats = NDArray[np.float64]
#: How parameters are to be renamed when the nodes are: (parameters, order of the old nodes) -> parameters.
Renaming = Callable[[dict[str, Floats], NDArray[np.int64]], dict[str, Floats]]


def check_representation(
    method: Any,
    snapshots: Snapshots,
    *,
    recording: Recording | None = None,
    rename: Renaming | None = None,
    relabels: bool = True,
    samples: bool = True,
    shift_s: float = 1024.0,
    tolerance: float = 1e-4,
) -> None:
    """Assert that a method keeps its promises on some snapshots.

    It is frozen, as is its result, which carries what `EmbeddingResult` demands. Fitting twice gives the same bits.
    Inputs and global random state are left alone. With fixed parameters later windows cannot change earlier vectors;
    with `train_until` they cannot do so even through the fit. Embedding a prefix gives the prefix of the embedding of
    all. Embedding what was fitted gives what fitting gave. Moving the clock moves the windows only. Relabelling the
    nodes relabels the vectors. Draws happen only when asked for, and are repeatable. A training that was stopped and
    taken up again has the bits of one that was not.

    Parameters
    ----------
    method : object with ``fit(snapshots)`` and ``embed(result, snapshots)``
        Its settings have a seed and at least 3 epochs.
    snapshots : Snapshots
        Undirected; at least four windows that differ, each with a pair that is joined and one that is not; at least
        three nodes.
    recording : Recording or None
        For features that are read from it.
    rename : callable or None
        (parameters, order) -> parameters that say of node k what the old ones say of node ``order[k]``: for methods
        whose parameters know the nodes by number. None where they do not.
    relabels : bool
        False for a method that draws a number for every node: then relabelled nodes are other nodes.
    samples : bool
        Whether there is a posterior to draw from.
    shift_s : float, s
        How far the clock is moved.
    tolerance : float, >= 0
        Allowed difference of vectors after a change of the future, a cut, a shift or a relabelling: rounding.

    Raises
    ------
    AssertionError
        Naming the promise that is broken.
    """
    before = snapshots.digest
    result = method.fit(snapshots, recording=recording)
    state = global_word(), torch_word()  # not before: torch may have come with the first fit
    _check_frozen(method)
    _check_result(method, result, snapshots, alone=recording is None)
    _check_same(method.fit(snapshots, recording=recording), result, 0.0, "fitting twice must give the same bits")
    assert snapshots.digest == before, "fit must leave its input as it is"
    again = method.embed(result, snapshots, recording=recording)
    _check_same(again, result, tolerance, "embedding what was fitted must give what fitting gave")
    assert np.array_equal(again.trained, result.trained), "embedding what was fitted must say so"
    _check_future(method, result, snapshots, recording, tolerance)
    _check_clock(method, result, snapshots, recording, shift_s, tolerance)
    if relabels:
        _check_labels(method, result, snapshots, recording, rename, tolerance)
    if samples:
        _check_draws(method, result, snapshots, recording)
    _check_taking_up(method, result, snapshots, recording)
    assert state == (global_word(), torch_word()), "fit and embed must leave global random state and types alone"


def _check_frozen(thing: Any) -> None:
    assert dataclasses.is_dataclass(thing), f"{type(thing).__name__} must be a dataclass"
    name = dataclasses.fields(thing)[0].name
    try:
        setattr(thing, name, getattr(thing, name))
    except dataclasses.FrozenInstanceError:
        return
    raise AssertionError(f"{type(thing).__name__} must be frozen")


def _check_result(method: Any, result: Any, snapshots: Snapshots, *, alone: bool) -> None:
    carries = isinstance(result, ResultLike)
    assert carries, "a result must carry config, made_from, seed, notes and versions"
    _check_frozen(result)
    assert result.config == method, "a result must carry the settings that made it"
    assert result.seed == method.seed, "a result must carry its seed"
    assert result.made_from == snapshots.digest or not alone, "a result must carry the digest of its input"
    assert all(isinstance(text, str) for text in result.notes), "notes must be texts"
    t, n = result.present.shape
    assert (t, n) == snapshots.present.shape, "a result must have every window and every node"
    assert np.array_equal(result.present, snapshots.present), "a result must say which nodes were present"
    assert np.array_equal(result.bounds, snapshots.bounds), "a result must carry the windows"
    d = result.embedding.shape[-1]
    shapes = {"embedding": (t, n, d), "spread": (t, n, d), "history": (t, d), "attention": (t, t), "trained": (t,)}
    for name, shape in shapes.items():
        value = getattr(result, name)
        assert value is None or value.shape == shape, f"`{name}` must have shape {shape}, got {np.shape(value)}"
        assert value is None or value.dtype in (np.float64, np.bool_), f"`{name}` must be float64 or bool"
        assert value is None or np.isfinite(value).all(), f"`{name}` must be finite"
    assert result.spread is None or (result.spread > 0).all(), "a posterior must be spread"
    if result.attention is not None:
        assert (np.triu(result.attention, 1) == 0).all(), "nothing may attend to later windows"
        assert np.allclose(result.attention.sum(axis=1), 1, rtol=0, atol=1e-5), "attention must sum to one"
    assert result.trained.all(), "all windows train unless `train_until` says otherwise"
    epochs = len(result.loss["loss"])
    assert 1 <= epochs <= method.epochs, "the trace must have one number per epoch"
    assert {len(trace) for trace in result.loss.values()} == {epochs}, "all parts of the trace must be as long"
    assert 0 <= result.best_epoch < epochs, "the epoch that was kept must be one that was run"
    assert result.parameters, "a result must carry what was trained"
    for scores in (result.reconstruction, result.prediction):
        for name, value in scores.items():
            assert value.shape == (t,), f"{name!r} must have one score per window"
            known = value[~np.isnan(value)]
            assert ((known >= 0) & (known <= 1)).all(), f"{name!r} must lie in [0, 1]"
            assert scores is not result.prediction or np.isnan(value[0]), "nothing foresees the first window"
    copied = pickle.loads(pickle.dumps(result))
    assert np.array_equal(copied.embedding, result.embedding), "a result must survive pickling"


def _check_same(found: Any, expected: Any, tolerance: float, message: str) -> None:
    for name in ("embedding", "spread", "history", "attention"):
        a, b = getattr(found, name), getattr(expected, name)
        assert (a is None) == (b is None), f"{message}: `{name}` comes and goes"
        if b is None:
            continue
        same = np.array_equal(a, b) if tolerance == 0 else np.allclose(a, b, rtol=0, atol=tolerance)
        assert same, f"{message}: `{name}` differs"


def _later(snapshots: Snapshots, half: int) -> Snapshots:
    """Join every pair of the windows from `half` on that was not joined, and no other."""
    weights = snapshots.dense()
    keep = weights != 0
    off = ~np.eye(snapshots.n_nodes, dtype=bool)
    keep[half:] = ~keep[half:] & off
    return Snapshots.from_dense(
        np.where(weights == 0, 0.5, weights),
        snapshots.bounds,
        directed=False,
        present=snapshots.present,
        keep=keep & off,
    )


def _check_future(method: Any, result: Any, snapshots: Snapshots, recording: Recording | None, slack: float) -> None:
    half = len(snapshots) // 2
    assert half >= 2, "the snapshots must be at least four windows long for the check of the future"
    early, changed = snapshots.take(range(half)), _later(snapshots, half)
    cut = method.embed(result, early, recording=recording)
    assert not cut.trained.any(), "other windows than those fitted did not train"
    message = "with fixed parameters later windows must not change earlier vectors"
    for other in (changed, snapshots):
        whole = method.embed(result, other, recording=recording)
        assert np.allclose(whole.embedding[:half], cut.embedding, rtol=0, atol=slack), message
    until = float(snapshots.bounds[:half, 1].max())
    first = method.fit(snapshots, recording=recording, train_until=until)
    count = int(first.trained.sum())
    assert first.trained[:count].all(), "what trains must be a prefix"
    assert (snapshots.bounds[first.trained, 1] <= until + 1e-9).all(), "windows that end later must not train"
    other = method.fit(_later(snapshots, count), recording=recording, train_until=until)
    message = "with `train_until` later windows must not change earlier vectors"
    assert np.array_equal(first.loss["loss"], other.loss["loss"]), f"{message}: the loss differs"
    assert np.allclose(first.embedding[:count], other.embedding[:count], rtol=0, atol=slack), message
    assert not np.allclose(first.embedding[count:], other.embedding[count:], rtol=0, atol=1e-6), (
        "later windows must be embedded, each from its own network"
    )


def _check_clock(
    method: Any, result: Any, snapshots: Snapshots, recording: Recording | None, shift_s: float, slack: float
) -> None:
    moved = method.fit(snapshots.shift(shift_s), recording=None if recording is None else recording.shift(shift_s))
    # Features that are read from a recording may round differently at another time; nothing else may.
    message = "a shifted clock must shift the windows and change nothing else"
    _check_same(moved, result, 0.0 if recording is None else slack, message)
    assert np.array_equal(moved.bounds, snapshots.bounds + shift_s), message


def _check_labels(
    method: Any,
    result: Any,
    snapshots: Snapshots,
    recording: Recording | None,
    rename: Renaming | None,
    slack: float,
) -> None:
    order = np.random.Generator(np.random.Philox(1)).permutation(snapshots.n_nodes)
    parameters = dict(result.parameters)
    renamed = dataclasses.replace(result, parameters=parameters if rename is None else rename(parameters, order))
    mixed = method.embed(
        renamed,
        snapshots.select(order.tolist()),
        recording=None if recording is None else recording.select(order.tolist()),
    )
    message = "relabelled nodes must give relabelled vectors"
    assert np.allclose(mixed.embedding, result.embedding[:, order], rtol=0, atol=slack), message
    if result.attention is not None:
        assert np.allclose(mixed.attention, result.attention, rtol=0, atol=slack), f"{message}, and the same attention"


def _check_draws(method: Any, result: Any, snapshots: Snapshots, recording: Recording | None) -> None:
    def drawn(seed: int | None) -> Floats:
        found: Floats = method.embed(result, snapshots, recording=recording, sample_seed=seed).embedding
        return found

    assert np.array_equal(drawn(None), drawn(None)), "nothing may be drawn unless asked for"
    assert np.array_equal(drawn(3), drawn(3)), "a sample seed must give the same draw twice"
    assert not np.array_equal(drawn(3), drawn(4)), "another sample seed must give another draw"
    assert not np.array_equal(drawn(3), drawn(None)), "a draw must differ from the mean"


def _check_taking_up(method: Any, result: Any, snapshots: Snapshots, recording: Recording | None) -> None:
    assert method.epochs >= 3, "the method must train for at least three epochs for the check of taking up"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "training.ckpt"
        short = dataclasses.replace(method, epochs=method.epochs - 2)
        short.fit(snapshots, recording=recording, checkpoint=path)
        assert path.exists(), "a checkpoint must be written where asked for"
        resumed = method.fit(snapshots, recording=recording, checkpoint=path)
        _check_same(resumed, result, 0.0, "a training taken up again must give the same bits")
        assert np.array_equal(resumed.loss["loss"], result.loss["loss"]), "a training taken up again must go on"
