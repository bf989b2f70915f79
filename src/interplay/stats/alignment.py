"""Whether a distance between regions goes with performance: a correlation of two slow courses, tested as such.

Two courses that drift look related whatever they are. The test therefore compares with courses of performance that
drift as much: its own, shifted round and round, and mirrored; and its own steps, shifted and mirrored and added up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes, require_setting
from interplay._core.errors import ConfigError, DataError, unknown_name
from interplay._core.provenance import digest
from interplay._core.rng import stream
from interplay.stats.alignment_results import AlignmentResult, AlignmentRow, Alternative
from interplay.stats.bootstrap import block_resamples
from interplay.stats.held_out import block_length
from interplay.stats.null_targets import turned_courses

#: Fewer windows than this make no correlation over time.
MIN_WINDOWS = 5
#: Above this, a correlation is not told from chance.
LEVEL = 0.05
#: Spread below this share of its size is rounding.
_FLAT = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class AlignmentConfig:
    """Settings of a test of alignment.

    Parameters
    ----------
    alternative : {"two-sided", "less", "greater"}
        "less": nearer regions go with better performance.
    bootstrap : int, >= 100
        Block resamples of the windows.
    seed : int
        Of the resamples; the test itself draws nothing.
    """

    alternative: Alternative = "two-sided"
    bootstrap: int = 1000
    seed: int = 0

    def __post_init__(self) -> None:
        if self.alternative not in get_args(Alternative):
            raise ConfigError(unknown_name("alternative", str(self.alternative), get_args(Alternative)))
        require_setting("bootstrap", self.bootstrap, least=100)


def alignment(
    distance: ArrayLike,
    performance: ArrayLike,
    *,
    bounds: ArrayLike | None = None,
    baselines: Mapping[str, ArrayLike] | None = None,
    name: str = "distance",
    performance_name: str = "performance",
    regions: tuple[str, str] = ("", ""),
    about: Mapping[str, str] | None = None,
    alternative: Alternative = "two-sided",
    bootstrap: int = 1000,
    seed: int = 0,
) -> AlignmentResult:
    """Correlate a distance over time with performance, and test it against performances as slow.

    Parameters
    ----------
    distance : (T,) or (R, T) float array
        NaN where not defined. With two axes, R versions that differ by a random seed, which make one row.
    performance : (T,) float array
        NaN where not defined. Windows with either missing are left out, for every row, and skipped over.
    bounds : (T, 2) float array, s, or None
        The windows, in order; [t, t + 1) where None. Windows that overlap lengthen the blocks of the bootstrap.
    baselines : mapping of name to (T,) or (R, T) float array, or None
        Trivial courses, finite wherever distance and performance are.
    name : str
        Of the network's row.
    performance_name : str
        What performance counts, in words.
    regions : (first, second) tuple of str
        For the record.
    about : mapping of name to str, or None
        What each row is, in words.
    alternative : {"two-sided", "less", "greater"}
        Of the network's row; "less": nearer regions go with better performance. Baselines are tested on both sides: a
        trivial course explains whichever way it goes.
    bootstrap : int, >= 100
        Block resamples of the windows.
    seed : int
        Of the resamples; the test itself draws nothing.

    Returns
    -------
    AlignmentResult
        A course that is constant has no correlation: NaN, and no p-value.

    Raises
    ------
    DataError
        If shapes disagree, fewer than 5 windows are defined, the performance is constant, or a baseline is missing
        where the distance is not.
    ConfigError
        If a setting is out of range or a baseline bears the network's name.

    Notes
    -----
    Pearson's r. Null performances, all there are: (1) the course shifted by 1 to T - 1 windows round the circle, and
    its mirror image shifted by 0 to T - 1: exact for a course that is stationary on a circle and runs as well
    backwards; (2) the same of its steps, added up: exact for a random walk of independent steps. The p-value is the
    larger of the two, each (1 + number at least as extreme) / (1 + number), so it cannot be below 1 / (2 T - 2):
    with fewer than 11 windows it cannot reach 0.05. With several versions the statistic is the mean of their
    correlations. The test asks whether the two courses are related, not why: two courses that both follow the clock
    are. Compare the row of the time, which the verdict does. O(R T^2 + bootstrap R T).

    References
    ----------
    Harris (2020), arXiv 2012.06862, for why slow courses need nulls of their own kind; Phipson, Smyth (2010), Stat
    Appl Genet Mol Biol 9:39; Kunsch (1989), Ann Stat 17:1217, for blocks. The mirror images and the larger of two
    families are ours.

    Examples
    --------
    >>> import numpy as np
    >>> t = np.arange(40.0)
    >>> found = alignment(np.cos(t / 3) + 0.1 * np.cos(7 * t), -np.cos(t / 3))
    >>> found.rows[0].correlation < -0.9, found.rows[0].pvalue <= 0.05
    (True, True)
    """
    config = AlignmentConfig(alternative=alternative, bootstrap=bootstrap, seed=seed)
    shapes = Shapes()
    scored = np.asarray(shapes.array("performance", performance, "T", finite=False), dtype=np.float64)
    every = {name: _versions(shapes, "distance", distance)}
    for key, course in (baselines or {}).items():
        if key == name:
            raise ConfigError(f"`baselines` must not use the network's name, got {key!r}. Rename it.")
        every[str(key)] = _versions(shapes, f"baselines[{key!r}]", course)
    edges = _bounds(shapes, bounds, len(scored))
    used = np.isfinite(scored) & np.isfinite(every[name]).all(axis=0)
    _require(scored, used, every)
    target = scored[used]
    block = block_length(target, edges[used], "number", 0)
    resamples = block_resamples(int(used.sum()), block, config.bootstrap, stream(config.seed, "alignment", "bootstrap"))
    rows, clouds = [], []
    for key, versions in every.items():
        role: Literal["network", "baseline"] = "network" if key == name else "baseline"
        sided = config.alternative if role == "network" else "two-sided"
        cloud = _cloud(versions[:, used], target, resamples, config.seed, key)
        clouds.append(cloud)
        rows.append(_row(key, role, versions, used, target, cloud, sided, (about or {}).get(key, "")))
    difference, best = _difference(rows, clouds)
    return AlignmentResult(
        config=config,
        made_from=digest(scored, edges, [every[k] for k in every]),
        seed=config.seed,
        notes=_notes(used),
        citations=("harris2020shift", "phipson2010permutation", "kunsch1989jackknife"),
        performance=scored,
        performance_name=performance_name,
        regions=regions,
        alternative=config.alternative,
        bounds=edges,
        used=used,
        rows=tuple(rows),
        verdict=_verdict(rows, best, difference, performance_name),
        difference=difference,
        block=block,
    )


def _versions(shapes: Shapes, name: str, course: ArrayLike) -> NDArray[np.float64]:
    several = np.ndim(course) == 2
    array = np.asarray(shapes.array(name, course, "R T" if several else "T", finite=False), dtype=np.float64)
    shapes.sizes.pop("R", None)
    if array.shape[0] == 0:
        raise DataError(f"`{name}` must hold at least one version and one window, got shape {array.shape}.")
    return array if several else array[None]


def _bounds(shapes: Shapes, bounds: ArrayLike | None, n: int) -> NDArray[np.float64]:
    if bounds is None:
        return np.column_stack([np.arange(n), np.arange(n) + 1.0])
    return np.asarray(shapes.array("bounds", bounds, "T 2"), dtype=np.float64)


def _require(scored: NDArray[np.float64], used: NDArray[np.bool_], every: Mapping[str, NDArray[np.float64]]) -> None:
    if used.sum() < MIN_WINDOWS:
        raise DataError(
            f"`distance` and `performance` must both be defined in {MIN_WINDOWS} windows at least, got "
            f"{int(used.sum())} of {len(used)}. Use shorter or more windows."
        )
    target = scored[used]
    if not _varies(target):
        raise DataError(
            f"`performance` must vary, but it is {target[0]:g} in all {len(target)} windows that are defined. Use "
            "another figure, or other windows."
        )
    for key, versions in every.items():
        missing = ~np.isfinite(versions[:, used]).all(axis=0)
        if missing.any():
            t = int(np.flatnonzero(used)[np.argmax(missing)])
            raise DataError(
                f"`baselines[{key!r}]` must be defined where distance and performance are, but window {t} is not. "
                "Leave the baseline out, or set the performance of that window to NaN."
            )


def _varies(values: NDArray[np.float64]) -> bool:
    return bool(np.ptp(values) > _FLAT * np.abs(values).max())


def _correlations(courses: NDArray[np.float64], targets: NDArray[np.float64]) -> NDArray[np.float64]:
    """Correlate (R, T) courses with (T, M) targets: (R, M), NaN where either is constant."""
    x = courses - courses.mean(axis=1, keepdims=True)
    y = targets - targets.mean(axis=0)
    x_size, y_size = np.sqrt((x**2).sum(axis=1)), np.sqrt((y**2).sum(axis=0))
    flat_x = np.ptp(courses, axis=1) <= _FLAT * np.abs(courses).max(axis=1)
    flat_y = np.ptp(targets, axis=0) <= _FLAT * np.abs(targets).max(axis=0)
    scale = np.where(flat_x, np.nan, x_size)[:, None] * np.where(flat_y, np.nan, y_size)
    return np.asarray(np.clip((x @ y) / scale, -1.0, 1.0))


def _row(
    name: str,
    role: Literal["network", "baseline"],
    versions: NDArray[np.float64],
    used: NDArray[np.bool_],
    target: NDArray[np.float64],
    cloud: NDArray[np.float64],
    alternative: Alternative,
    about: str,
) -> AlignmentRow:
    courses = versions[:, used]
    each = _correlations(courses, target[:, None])[:, 0]
    found = float(each.mean())
    known = np.isfinite(found)
    nulls = [_correlations(courses, null).mean(axis=0) for null in turned_courses(target)]
    pvalues = [_pvalue(found, null, alternative) for null in nulls] if known else [float("nan")]
    chosen = nulls[int(np.argmax(pvalues))]
    null_low, null_high = np.nanquantile(chosen, [0.025, 0.975]) if known else (np.nan, np.nan)
    low, high = np.nanquantile(cloud, [0.025, 0.975]) if known else (np.nan, np.nan)
    return AlignmentRow(
        name=name,
        role=role,
        course=versions[0] if len(versions) == 1 else _standard(versions, used).mean(axis=0),
        correlation=found,
        low=float(low),
        high=float(high),
        pvalue=max(pvalues),
        null_low=float(null_low),
        null_high=float(null_high),
        about=about,
        seed_correlations=each if len(each) > 1 else np.empty(0),
    )


def _standard(versions: NDArray[np.float64], used: NDArray[np.bool_]) -> NDArray[np.float64]:
    part = versions[:, used]
    spread = part.std(axis=1, keepdims=True)
    return np.asarray((versions - part.mean(axis=1, keepdims=True)) / np.where(spread > 0, spread, 1.0))


def _pvalue(found: float, null: NDArray[np.float64], alternative: Alternative) -> float:
    """Count nulls at least as extreme; one without a correlation counts as such."""
    turned = {"two-sided": np.abs(null), "less": -null, "greater": null}[alternative]
    own = {"two-sided": abs(found), "less": -found, "greater": found}[alternative]
    return float((1 + (~(turned < own - 1e-12)).sum()) / (1 + len(null)))


def _cloud(
    courses: NDArray[np.float64], target: NDArray[np.float64], resamples: NDArray[np.int64], seed: int, name: str
) -> NDArray[np.float64]:
    """Correlate within every resample of blocks; where there are several versions, of as many drawn from them."""
    y = target[resamples]
    y = y - y.mean(axis=1, keepdims=True)
    out = np.empty((len(courses), len(resamples)))
    for row, course in zip(out, courses, strict=True):
        x = course[resamples]
        x = x - x.mean(axis=1, keepdims=True)
        scale = np.sqrt((x**2).sum(axis=1) * (y**2).sum(axis=1))
        small = scale <= _FLAT * max(float((course**2).sum() * (target**2).sum()) ** 0.5, 1e-300)
        row[:] = np.where(small, np.nan, (x * y).sum(axis=1) / np.where(small, 1.0, scale))
    if len(courses) == 1:
        return np.asarray(out[0])
    draw = stream(seed, "alignment", "versions", name).integers(0, len(courses), size=out.shape)
    return np.asarray(np.take_along_axis(out, draw, axis=0).mean(axis=0))


def _difference(
    rows: list[AlignmentRow], clouds: list[NDArray[np.float64]]
) -> tuple[tuple[float, float, float], AlignmentRow | None]:
    """Compare the sizes of the network's correlation and of the largest baseline's, on the same resamples."""
    known = [k for k in range(1, len(rows)) if np.isfinite(rows[k].correlation)]
    if not known or not np.isfinite(rows[0].correlation):
        return (float("nan"),) * 3, rows[known[0]] if known else None
    best = max(known, key=lambda k: abs(rows[k].correlation))
    low, high = np.nanquantile(np.abs(clouds[0]) - np.abs(clouds[best]), [0.025, 0.975])
    gap = abs(rows[0].correlation) - abs(rows[best].correlation)
    return (gap, float(low), float(high)), rows[best]


def _notes(used: NDArray[np.bool_]) -> tuple[str, ...]:
    n = int(used.sum())
    notes = [f"{n} of {len(used)} windows used."]
    if 1 / (2 * n - 2) > LEVEL:
        notes.append(f"With {n} windows no p-value can be below {1 / (2 * n - 2):.2f}.")
    return tuple(notes)


def _verdict(
    rows: list[AlignmentRow], best: AlignmentRow | None, difference: tuple[float, float, float], what: str
) -> str:
    ours = rows[0]
    if not np.isfinite(ours.correlation):
        return f"The {ours.name} is constant, so it goes with nothing."
    found = f"r = {ours.correlation:+.2f}, p = {ours.pvalue:.2g}"
    if ours.pvalue > LEVEL:
        return f"The {ours.name} is not seen to go with {what}: {found}."
    if best is None:
        return f"The {ours.name} goes with {what}: {found}; no trivial course stands beside it."
    gap = f"difference in size {difference[0]:+.2f}, 95 % interval {difference[1]:+.2f} to {difference[2]:+.2f}"
    other = f"{best.name} (r = {best.correlation:+.2f}, p = {best.pvalue:.2g})"
    if difference[1] > 0:
        return f"The {ours.name} goes with {what}, and more closely than every trivial course: {found}; {other}; {gap}."
    if difference[2] < 0:
        return (
            f"The {ours.name} goes with {what}, but less closely than a trivial course does: {found}; {other}; {gap}."
        )
    return (
        f"The {ours.name} goes with {what}, but no more closely than a trivial course as far as these windows can "
        f"show: {found}; {other}; {gap}."
    )
