"""What every measure of one network promises, as one assertion."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplay.testing.global_state import global_word


def check_measure(measure: Any, adjacency: NDArray[np.float64], *, directed: bool, tolerance: float = 1e-9) -> None:
    """Assert that a measure keeps its promises on one network.

    It gives a number, or one per node. Asking twice gives the same bits. The input and the global random state are left
    alone. Relabelling the nodes relabels the answer (not asked of measures that draw random networks). A node that is
    absent, its row and column being NaN, has no value and changes nothing for the others.

    Parameters
    ----------
    measure : interplay.measures.Measure
        Name, function, options and needs.
    adjacency : (N, N) float array, ``adjacency[src, dst]``
        Symmetric if not `directed`; N >= 3.
    directed : bool
    tolerance : float, >= 0
        Allowed difference after relabelling.

    Raises
    ------
    AssertionError
        Naming the measure and the promise that is broken.
    """
    n, name = len(adjacency), measure.name
    given: dict[str, Any] = {
        "directed": directed,
        "communities": np.arange(n) % 3,
        "sign": np.where(np.arange(n) % 4 == 0, -1, 1),
        "seed": 0,
        "nulls": 2,
    }
    before, state = adjacency.copy(), global_word()
    value = _ask(measure, adjacency, given)
    assert value.shape == (() if measure.kind == "graph" else (n,)), f"{name}: must give one number{_per(measure)}"
    assert np.array_equal(value, _ask(measure, adjacency, given), equal_nan=True), f"{name}: twice, same bits"
    assert np.array_equal(before, adjacency, equal_nan=True), f"{name}: must leave its input as it is"
    assert state == global_word(), f"{name}: must leave numpy's global generator alone"
    if "nulls" not in measure.needs:
        order = np.random.Generator(np.random.Philox(2)).permutation(n)
        mixed = _ask(measure, adjacency[np.ix_(order, order)], _reordered(given, order))
        expected = value if measure.kind == "graph" else value[order]
        same = np.allclose(mixed, expected, rtol=tolerance, atol=tolerance, equal_nan=True)
        assert same, f"{name}: relabelled nodes must give a relabelled answer"
    _check_absent(measure, adjacency, given)


def _check_absent(measure: Any, adjacency: NDArray[np.float64], given: Mapping[str, Any]) -> None:
    n = len(adjacency)
    kept = np.arange(n) != n // 2
    gone = adjacency.copy()
    gone[~kept] = gone[:, ~kept] = np.nan
    labels = np.where(kept, given["communities"], -1)
    value = _ask(measure, gone, {**given, "communities": labels})
    rest = _ask(
        measure, adjacency[np.ix_(kept, kept)], _reordered({**given, "communities": labels}, np.flatnonzero(kept))
    )
    if measure.kind == "node":
        assert np.isnan(value[~kept]).all(), f"{measure.name}: an absent node must have no value"
        value = value[kept]
    same = np.allclose(value, rest, rtol=1e-9, atol=1e-9, equal_nan=True)
    assert same, f"{measure.name}: an absent node must change nothing for the others"


def _reordered(given: Mapping[str, Any], order: NDArray[np.int64]) -> dict[str, Any]:
    return {k: v[order] if isinstance(v, np.ndarray) else v for k, v in given.items()}


def _ask(measure: Any, adjacency: NDArray[np.float64], given: Mapping[str, Any]) -> NDArray[np.float64]:
    settings = {k: given[k] for k in measure.needs if k != "communities"} | dict(measure.options)
    arrays = [adjacency]
    if "communities" in measure.needs:
        arrays = [given["communities"]] if measure.needs == ("communities",) else [adjacency, given["communities"]]
    answer = measure.function(*arrays, **settings)
    return np.asarray(answer if measure.part is None else getattr(answer, measure.part), dtype=np.float64)


def _per(measure: Any) -> str:
    return "" if measure.kind == "graph" else " per node"
