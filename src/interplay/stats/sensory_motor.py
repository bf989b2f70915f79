"""Sensory-motor alignment: whether sensory and motor units of a culture draw together when it plays well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes
from interplay._core.errors import ConfigError, DataError, unknown_name
from interplay.data import Recording, Snapshots
from interplay.ops.regions import centroid_distances
from interplay.stats.alignment import alignment
from interplay.stats.alignment_results import AlignmentResult, Alternative
from interplay.stats.baselines import _activity

#: Parts of a window in which rates are counted for the rate vectors.
_PARTS = 10

_ABOUT = {
    "distance in the embedding": "between the centroids of the two regions",
    "distance of rate vectors": f"the same, of the units' rates in {_PARTS} parts of the window",
    "difference of rates": "between the mean rates of the two regions",
    "population rate": "mean rate of all units",
    "edges between": "mean size of the weights of pairs across the two regions; 0 without an edge",
    "time alone": "centre of the window",
}


def sensory_motor_alignment(
    embedding: ArrayLike,
    group: ArrayLike,
    performance: ArrayLike,
    *,
    bounds: ArrayLike,
    recording: Recording | None = None,
    snapshots: Snapshots | None = None,
    present: ArrayLike | None = None,
    first: str | Sequence[str] = "sensory",
    second: str | Sequence[str] = ("motor_left", "motor_right"),
    scale: Literal["none", "spread"] = "none",
    performance_name: str = "performance",
    alternative: Alternative = "two-sided",
    bootstrap: int = 1000,
    seed: int = 0,
) -> AlignmentResult:
    """Correlate the distance between two regions of an embedding with performance, beside trivial courses.

    Parameters
    ----------
    embedding : (T, N, D) or (R, T, N, D) float array, finite where present
        With four axes, R versions that differ by a random seed.
    group : (N,) text array
        Region of each unit.
    performance : (T,) float array
        NaN where not defined; see `game_performance`.
    bounds : (T, 2) float array, s
        The windows of both.
    recording : Recording or None
        Its N units, for the baselines of rates.
    snapshots : Snapshots or None
        The T networks, for the baseline of edges.
    present : (T, N) bool array or None
        Units that count in each window; all where None.
    first, second : str or sequence of str
        Names of regions; several are pooled.
    scale : {"none", "spread"}
        "spread" divides each distance by the spread of all units of both regions in the window, so that vectors that
        grow or shrink as a whole do not count. For the rate vectors too.
    performance_name : str
        What performance counts, in words.
    alternative : {"two-sided", "less", "greater"}
        "less": nearer regions go with better performance.
    bootstrap : int, >= 100
        Block resamples of the windows.
    seed : int
        Of the resamples; the test itself draws nothing.

    Returns
    -------
    AlignmentResult
        Rows "distance in the embedding", with a recording "distance of rate vectors", "difference of rates" and
        "population rate", with snapshots "edges between", and "time alone". Windows in which a region has no present
        unit are left out.

    Raises
    ------
    DataError
        If shapes disagree, a region has no unit, a unit that counts has no finite vector, or `alignment` refuses.
    ConfigError
        If a region is in both, or a setting is out of range.

    Notes
    -----
    Euclidean distance between centroids. An embedding may turn from window to window without this distance noticing,
    but not stretch, unless `scale` is "spread". O(R T N D) beside the cost of `alignment`.

    References
    ----------
    Khajehnejad et al. (2024), arXiv 2410.00665, for the question. Distance, test and baselines are ours: the published
    comparison is of a few windows chosen by their score.
    """
    if scale not in ("none", "spread"):
        raise ConfigError(unknown_name("`scale`", str(scale), ("none", "spread")))
    shapes = Shapes()
    several = np.ndim(embedding) == 4
    z = shapes.array("embedding", embedding, "R T N D" if several else "T N D", finite=False)
    versions = z if several else z[None]
    label = shapes.array("group", group, "N", "text")
    edges = np.asarray(shapes.array("bounds", bounds, "T 2"), dtype=np.float64)
    seen = np.ones(versions.shape[1:3], bool)
    if present is not None:
        seen = np.array(shapes.array("present", present, "T N", "bool"))
    code = _code(label, _names(first), _names(second))
    _require_finite(versions, seen & (code >= 0))
    by_spread = scale == "spread"
    distance = np.stack([centroid_distances(v, code, 2, seen, by_spread=by_spread)[:, 0, 1] for v in versions])
    names = list(_ABOUT)
    found = alignment(
        distance,
        performance,
        bounds=edges,
        baselines=_baselines(edges, code, seen, recording, snapshots, by_spread=by_spread),
        name=names[0],
        performance_name=performance_name,
        regions=(" + ".join(_names(first)), " + ".join(_names(second))),
        about=_ABOUT,
        alternative=alternative,
        bootstrap=bootstrap,
        seed=seed,
    )
    return replace(found, citations=("khajehnejad2024tavrnn", *found.citations))


def _names(region: str | Sequence[str]) -> tuple[str, ...]:
    return (region,) if isinstance(region, str) else tuple(region)


def _code(label: NDArray[np.str_], first: tuple[str, ...], second: tuple[str, ...]) -> NDArray[np.int64]:
    both = sorted(set(first) & set(second))
    if both:
        raise ConfigError(f"`first` and `second` must name different regions, got {both} in both. Take it out of one.")
    code = np.full(len(label), -1, dtype=np.int64)
    for k, (side, names) in enumerate((("first", first), ("second", second))):
        mine = np.isin(label, names)
        if not mine.any():
            known = sorted(set(label.tolist()) - {""})
            raise DataError(f"`{side}`={names} must have units, got none; the regions are {known}. Name one of them.")
        code[mine] = k
    return code


def _require_finite(versions: NDArray[np.float64], counted: NDArray[np.bool_]) -> None:
    bad = counted & ~np.isfinite(versions).all(axis=(0, 3))
    if bad.any():
        t, i = (int(k) for k in np.argwhere(bad)[0])
        raise DataError(
            f"`embedding` must be finite for units that count, but unit {i} in window {t} is not, and {int(bad.sum())} "
            "in all. Mark them as not `present`."
        )


def _baselines(
    edges: NDArray[np.float64],
    code: NDArray[np.int64],
    seen: NDArray[np.bool_],
    recording: Recording | None,
    snapshots: Snapshots | None,
    *,
    by_spread: bool,
) -> dict[str, NDArray[np.float64]]:
    shapes = Shapes(T=len(edges), N=len(code))
    out = {}
    if recording is not None:
        if recording.n_units != len(code):
            raise DataError(f"`recording` must have the N={len(code)} units of `embedding`, got {recording.n_units}.")
        cut = np.linspace(edges[:, 0], edges[:, 1], _PARTS + 1, axis=1)
        parts = np.stack([cut[:, :-1], cut[:, 1:]], axis=2).reshape(-1, 2)
        rates = _activity(recording, parts)[0].reshape(len(edges), _PARTS, -1).transpose(0, 2, 1)
        mean = rates.mean(axis=2, keepdims=True)
        out["distance of rate vectors"] = centroid_distances(rates, code, 2, seen, by_spread=by_spread)[:, 0, 1]
        out["difference of rates"] = centroid_distances(mean, code, 2, seen, by_spread=False)[:, 0, 1]
        out["population rate"] = mean[:, :, 0].mean(axis=1)
    if snapshots is not None:
        shapes.array("snapshots.present", snapshots.present, "T N", "bool")
        out["edges between"] = _between(snapshots, code, seen)
    return out | {"time alone": edges.mean(axis=1)}


def _between(snapshots: Snapshots, code: NDArray[np.int64], seen: NDArray[np.bool_]) -> NDArray[np.float64]:
    src, dst, owner = snapshots.src, snapshots.dst, snapshots.snapshot
    across = (code[src] >= 0) & (code[dst] >= 0) & (code[src] != code[dst]) & seen[owner, src] & seen[owner, dst]
    total = np.bincount(owner[across], weights=np.abs(snapshots.weight[across]), minlength=len(snapshots))
    pairs = (seen & (code == 0)).sum(axis=1) * (seen & (code == 1)).sum(axis=1) * (2 if snapshots.directed else 1)
    return np.where(pairs > 0, total / np.maximum(pairs, 1), np.nan)
