"""What every model of a stream of events promises, as one assertion."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplay._core.protocols import StreamModel
from interplay.data import TemporalGraph, event_batches, split_events
from interplay.testing.global_state import global_word, torch_word

Floats = NDArray[np.float64]
Ids = NDArray[np.int64]

#: Makes a model ready for a stream: trained on its training part, if it is one that learns.
Make = Callable[[TemporalGraph], StreamModel]


def check_stream_model(
    make: Make,
    graph: TemporalGraph,
    *,
    batch: int = 7,
    shift_s: float = 1024.0,
    relabels: bool = True,
    ties: bool = True,
    tolerance: float = 1e-5,
) -> None:
    """Assert that a model keeps its promises on a stream.

    Making it twice gives the same bits. Neither labels, weights, features, ends nor the order of the events of the
    batch that is asked about move a score, nor do later ones. Asking changes nothing, and what is asked beside a pair
    does not matter. Events of one time may come in any order. What was saved and loaded goes on with the same bits,
    and forgetting begins anew. Moving the clock changes nothing, and renaming the nodes renames the scores (without
    ties: which of several last events counts may hang on names). Nothing asked, nothing written and self-loops are
    taken. Inputs and global random state are left alone.

    Parameters
    ----------
    make : callable
        ``make(graph)`` gives a model to which nothing is written. It may read all of the training and validation part
        of ``split_events(graph)``, and nothing of its test part.
    graph : TemporalGraph
        Of both signs, with ties and self-loops, times on a grid of powers of two, and an isolated node.
    batch : int, events, >= 1
    shift_s : float, s
        How far the clock is moved; a power of two, so that no time is rounded.
    relabels : bool
        False for a model that draws or learns a number for every node: then renamed nodes are other nodes.
    ties : bool
        Whether events of one time within a batch that is written may come in any order.
    tolerance : float, >= 0
        Allowed difference of scores where other pairs, ties, clocks or names are meant not to matter: rounding. The
        rest is demanded to the bit.

    Raises
    ------
    AssertionError
        Naming the promise that is broken.
    """
    digest = graph.digest
    model = make(graph)
    state = global_word(), torch_word()  # not before: torch may have come with the first fit
    first = _replay(model, graph, batch)
    _check_scores(first, len(graph))
    _same(_replay(make(graph), graph, batch), first, 0.0, "making a model twice must give the same bits")
    _same(_replay(model, graph, batch), first, 0.0, "`reset` must forget everything that was written")
    _check_future(make, graph, batch, first)
    _check_purity(model, graph, batch, tolerance)
    _check_saving(make, model, graph, batch)
    if ties:
        _check_ties(model, graph, batch, first, tolerance)
    moved = _replay(model, graph.shift(shift_s), batch)
    _same(moved, first, tolerance, "moving the clock must not move scores")
    if relabels:
        _check_names(model, graph, batch, tolerance)
    _check_edges(model, graph)
    assert graph.digest == digest, "a model must leave its input as it is"
    assert state == (global_word(), torch_word()), "a model must leave global random state and types alone"


def _replay(model: StreamModel, graph: TemporalGraph, batch: int, stop: int | None = None) -> Floats:
    """Score every batch, then write it."""
    model.reset()
    out = [np.empty(0)]
    for a, b in pairwise(event_batches(graph.time, batch, stop=stop).tolist()):
        out.append(np.asarray(model.score(graph.src[a:b], graph.dst[a:b], graph.time[a:b])))
        model.write(graph.take(slice(a, b)))
    return np.concatenate(out)


def _check_scores(score: Floats, count: int) -> None:
    assert score.shape == (count,), f"`score` must give one number per pair, got {score.shape} for {count}"
    assert score.dtype == np.float64, f"scores must be float64, got {score.dtype}"
    assert np.isfinite(score).all(), "scores must be finite"
    assert len(np.unique(score)) > 1, "scores must differ on the stream that is checked, or nothing is"


def _same(found: Floats, wanted: Floats, tolerance: float, promise: str) -> None:
    assert found.shape == wanted.shape, f"{promise}: got {found.shape} scores for {wanted.shape}"
    off = np.abs(found - wanted)
    assert not len(off) or off.max() <= tolerance, f"{promise}: they differ by {off.max():.3g}"


def _scrambled(graph: TemporalGraph, start: int) -> TemporalGraph:
    """Another content from an event on: the last node alone, other signs and features; all before it as it was."""
    later = slice(start, len(graph))
    src, dst, weight = graph.src.copy(), graph.dst.copy(), graph.weight.copy()
    src[later] = dst[later] = graph.n_nodes - 1
    weight[later] = -3.0 * weight[later][::-1]
    told = graph.features
    if told is not None:
        told = told.copy()
        told[later] = 1.0 - told[later][::-1]
    return replace(graph, src=src, dst=dst, weight=weight, features=told)


def _check_future(make: Make, graph: TemporalGraph, batch: int, first: Floats) -> None:
    """Ask two models about a batch whose content only one of them could know."""
    stop = split_events(graph).validation_stop
    bounds = event_batches(graph.time, batch)
    a = int(bounds[np.searchsorted(bounds, stop)])
    assert a < len(graph), "the stream must have a whole batch in its test part"
    other = _scrambled(graph, a)
    model = make(other)
    _same(_replay(model, other, batch, stop=a), first[:a], 0.0, "later events must not move earlier scores")
    b = int(bounds[np.searchsorted(bounds, stop) + 1])
    asked = model.score(graph.src[a:b], graph.dst[a:b], graph.time[a:b])
    _same(asked, first[a:b], 0.0, "what a batch is asked about must not have been seen")


def _check_purity(model: StreamModel, graph: TemporalGraph, batch: int, tolerance: float) -> None:
    bounds = event_batches(graph.time, batch)
    a = int(bounds[len(bounds) // 2])
    _replay(model, graph, batch, stop=a)
    src, dst, time = graph.src[a:], graph.dst[a:], graph.time[a:]
    before = model.save()
    once = model.score(src, dst, time)
    _same_arrays(model.save(), before, "asking must not change what is saved")
    _same(model.score(src, dst, time), once, 0.0, "asking twice must give the same bits")
    _same(model.score(src[::-1], dst[::-1], time[::-1])[::-1], once, tolerance, "the order of pairs must not matter")
    alone = np.concatenate([model.score(src[k : k + 1], dst[k : k + 1], time[k : k + 1]) for k in range(len(src))])
    _same(alone, once, tolerance, "what is asked beside a pair must not matter")
    everyone = np.arange(graph.n_nodes)
    model.score(everyone, everyone[::-1].copy(), np.full(graph.n_nodes, graph.span[1]))
    _same(model.score(src, dst, time), once, 0.0, "asking later times must not matter")


def _check_saving(make: Make, model: StreamModel, graph: TemporalGraph, batch: int) -> None:
    bounds = event_batches(graph.time, batch)
    a = int(bounds[len(bounds) // 2])
    _replay(model, graph, batch, stop=a)
    saved = model.save()
    assert all(isinstance(x, np.ndarray) for x in saved.values()), "`save` must give arrays"
    kept = {key: value.copy() for key, value in saved.items()}
    goes_on = _go_on(model, graph, batch, a)
    _same_arrays(saved, kept, "what was saved must not change with the model")
    other = make(graph)
    other.load(saved)
    _same_arrays(other.save(), kept, "saving what was loaded must give the same")
    _same(_go_on(other, graph, batch, a), goes_on, 0.0, "what was loaded must go on with the same bits")
    _same_arrays(saved, kept, "what was loaded must not change with the model")
    model.load(saved)
    _same(_go_on(model, graph, batch, a), goes_on, 0.0, "loading must undo what was written since")


def _go_on(model: StreamModel, graph: TemporalGraph, batch: int, start: int) -> Floats:
    out = []
    for a, b in pairwise(event_batches(graph.time, batch, start=start).tolist()):
        out.append(np.asarray(model.score(graph.src[a:b], graph.dst[a:b], graph.time[a:b])))
        model.write(graph.take(slice(a, b)))
    return np.concatenate(out)


def _same_arrays(found: dict[str, NDArray[Any]], wanted: dict[str, NDArray[Any]], promise: str) -> None:
    assert sorted(found) == sorted(wanted), f"{promise}: {sorted(found)} for {sorted(wanted)}"
    for key, value in wanted.items():
        assert np.array_equal(found[key], value, equal_nan=value.dtype.kind == "f"), f"{promise}: {key} differs"


def _check_ties(model: StreamModel, graph: TemporalGraph, batch: int, first: Floats, tolerance: float) -> None:
    order = np.lexsort((-np.arange(len(graph)), graph.time))  # within each time backwards
    assert (order != np.arange(len(graph))).any(), "the stream must have ties"
    columns = {name: getattr(graph, name)[order] for name in ("src", "dst", "weight")}
    told = None if graph.features is None else graph.features[order]
    kind = None if graph.kind is None else graph.kind[order]
    turned = replace(graph, features=told, kind=kind, **columns)
    found = _replay(model, turned, batch)
    _same(found, first[order], tolerance, "the order of events of one time must not matter")


def _check_names(model: StreamModel, graph: TemporalGraph, batch: int, tolerance: float) -> None:
    """One event of each time: which of several counts as the last may hang on the names."""
    apart = graph.take(np.concatenate([[True], np.diff(graph.time) > 0]))
    name = np.random.Generator(np.random.Philox(11)).permutation(graph.n_nodes)
    renamed = replace(apart, src=name[apart.src], dst=name[apart.dst])
    wanted = _replay(model, apart, batch)
    _same(_replay(model, renamed, batch), wanted, tolerance, "renaming nodes must rename scores")


def _check_edges(model: StreamModel, graph: TemporalGraph) -> None:
    """Nothing, and events of a node with itself."""
    model.reset()
    none = np.empty(0, np.int64)
    assert np.asarray(model.score(none, none, np.empty(0))).shape == (0,), "asking nothing must give nothing"
    model.write(graph.take(slice(0, 0)))
    everyone = np.arange(graph.n_nodes)
    stop = np.full(graph.n_nodes, graph.span[1])
    fresh = model.score(everyone, everyone, stop)
    assert np.isfinite(fresh).all(), "a node must have a score with itself before anything is written"
    loops = replace(graph, src=graph.dst.copy())
    model.write(loops)
    assert np.isfinite(model.score(everyone, everyone[::-1].copy(), stop)).all(), "self-loops must leave scores finite"
    model.reset()
    assert np.array_equal(model.score(everyone, everyone, stop), fresh), "writing nothing must change nothing"
