"""Hidden regions told from the others, and networks found among regions: the model beside simpler ways."""

from __future__ import annotations

from typing import Any

import numpy as np

from interplay.plot import style
from interplay.plot.brain_maps import plot_region_similarity
from interplay.plot.brain_scores import plot_hidden_region
from interplay.plot.cohort import plot_cohort_scores
from interplay.report import draw, words
from interplay.report.cohort_findings import FoundNetworks, ToldRegions
from interplay.report.parts import Figure, Section, Table
from interplay.report.sections.cohort_scans import map_axes
from interplay.represent.brain.results import BrainReconstruction

#: How the ways of telling are called.
WAYS = {
    "model": "BrainSymphony",
    "linear": "linear, from visible regions",
    "mean": "mean of visible regions",
    "permuted": "model, regions shuffled",
}
_ABOUT = {
    "model": "what the model tells of the hidden regions",
    "linear": "best linear guess under the covariance of the training scans",
    "mean": "mean of the visible regions at every moment",
    "permuted": "the model, shown the visible regions in shuffled order",
}


def section_told(told: ToldRegions, *, example: Figure | None = None, key: str = "told") -> Section:
    """Show how well hidden regions were told from the others.

    Parameters
    ----------
    told : ToldRegions
    example : Figure or None
        One region, true and told.
    key : str

    Returns
    -------
    Section
    """
    rows = [(WAYS[n], "model" if n == "model" else "baseline", *told.r2[k]) for k, n in enumerate(told.name)]
    figures = [forest(rows, key, axis="R\N{SUPERSCRIPT TWO} of hidden regions", width=520, span=6)]
    figures += [] if example is None else [example]
    table = Table(
        caption="Hidden regions, mean over tested scans",
        columns=("way", "R\N{SUPERSCRIPT TWO}", "low", "high", "correlation", "absolute error", "what it does"),
        rows=tuple(
            (WAYS[n], *map(float, told.r2[k]), float(told.correlation[k, 0]), float(told.error[k, 0]), _ABOUT[n])
            for k, n in enumerate(told.name)
        ),
        name="reconstruction",
        note="Signals in units of each region's interquartile range over the training scans.",
    )
    return Section(
        key=key,
        title="Hidden regions, told from the others",
        lead=told_sentences(told),
        text=(
            f"Of each of {words.plural(told.n_scans, 'scan')} of {words.plural(told.n_subjects, 'tested subject')}, "
            f"{words.plural(told.n_hidden, 'region')} were hidden from the model, which was to tell their signals from "
            "the visible ones. Intervals are 95 % bootstrap intervals over subjects.",
        ),
        figures=tuple(figures),
        tables=(table,),
    )


def told_sentences(told: ToldRegions) -> tuple[str, ...]:
    """Say whether the model tells hidden regions better than the best simple way.

    Parameters
    ----------
    told : ToldRegions

    Returns
    -------
    tuple of str
    """
    mine, other = (told.r2[told.name.index(name)] for name in ("model", told.compared))
    value, low, high = told.difference
    if not np.isfinite(low):
        gap = f"the difference is {words.score(value)}, of too few subjects for an interval"
    elif low <= 0 <= high:
        gap = f"the difference, {words.interval(value, low, high)}, cannot be told from none"
    else:
        gap = f"{'better' if low > 0 else 'worse'} by {words.interval(value, low, high)}"
    return (
        f"Hidden regions are told by the model with R\N{SUPERSCRIPT TWO} {words.score(float(mine[0]))}, by the best "
        f"simple way ({WAYS[told.compared]}) with {words.score(float(other[0]))}; {gap}.",
    )


def section_networks(found: FoundNetworks, *, picture: Figure | None = None, key: str = "networks") -> Section:
    """Show how well clusters of regions agree with the networks that the atlas names.

    Parameters
    ----------
    found : FoundNetworks
    picture : Figure or None
        Similarity of the regions' vectors.
    key : str

    Returns
    -------
    Section
    """
    rows = [
        (name, role, *found.agreement[k]) for k, (name, role) in enumerate(zip(found.name, found.role, strict=True))
    ]
    figures = [forest(rows, key, axis="adjusted mutual information", width=520, span=6)]
    figures += [] if picture is None else [picture]
    table = Table(
        caption="Agreement with the named networks",
        columns=("clusters of", "role", "AMI", "low", "high", "how"),
        rows=tuple(
            (name, role, *map(float, found.agreement[k]), found.about[k])
            for k, (name, role) in enumerate(zip(found.name, found.role, strict=True))
        ),
        name="networks",
    )
    return Section(
        key=key,
        title="Networks, found without being told",
        lead=network_sentences(found),
        text=(
            f"The regions of each of {words.plural(found.n_scans, 'scan')} were clustered into "
            f"{words.number(found.n_networks)} groups by k-means, as many as the atlas names, and the groups compared "
            "with the named ones by adjusted mutual information: 1 where they are the same, 0 by chance. Intervals are "
            "95 % bootstrap intervals over subjects.",
        ),
        figures=tuple(figures),
        tables=(table,),
    )


def network_sentences(found: FoundNetworks) -> tuple[str, ...]:
    """Say who found the networks best.

    Parameters
    ----------
    found : FoundNetworks

    Returns
    -------
    tuple of str
    """
    best = {}
    for role in ("model", "baseline"):
        ks = [k for k, r in enumerate(found.role) if r == role and np.isfinite(found.agreement[k, 0])]
        if ks:
            best[role] = max(ks, key=lambda k: found.agreement[k, 0])
    if not best:
        return ("No way found networks that could be compared.",)
    parts = [
        f"{'the model' if role == 'model' else 'the best baseline'} ({found.name[k]}) {_with(found.agreement[k])}"
        for role, k in best.items()
    ]
    return (f"The networks of the atlas are found with an adjusted mutual information of {', '.join(parts)}.",)


def _with(values: Any) -> str:
    value, low, high = map(float, values)
    return words.score(value) if not np.isfinite(low) else words.interval(value, low, high)


def example_figure(found: BrainReconstruction | None, *, dt_s: float | None = None, key: str = "told") -> Figure | None:
    """Draw one hidden region, true and told.

    Parameters
    ----------
    found : BrainReconstruction or None
    dt_s : float, s, or None
    key : str

    Returns
    -------
    Figure or None
    """
    if found is None or "truth" not in found.example:
        return None

    def make(width: float) -> list[Any]:
        ax = style.stack(width, [170], left=52, top=28, bottom=40)[1][0]
        plot_hidden_region(found, dt_s=dt_s, ax=ax)
        if width < 400:
            style.few_ticks(ax, "x", 4)
        return [ax]

    return draw.figure(
        f"{key}-example",
        make,
        width=460,
        narrow=True,
        span=6,
        title="One of them",
        caption=f"The first hidden region of the first tested scan ({found.subject[0]}).",
        alt="Signal of a hidden region, true and told.",
    )


def similarity_figure(found: FoundNetworks, networks: Any, *, key: str = "networks") -> Figure | None:
    """Draw how alike the model's vectors of the regions are.

    Parameters
    ----------
    found : FoundNetworks
    networks : (R,) text array
    key : str

    Returns
    -------
    Figure or None
    """
    if found.similarity is None:
        return None
    image = found.similarity

    def make(width: float) -> list[Any]:
        ax = map_axes(width, networks)
        plot_region_similarity(image, networks, ax=ax)
        return [ax]

    return draw.figure(
        f"{key}-similarity",
        make,
        width=460,
        narrow=True,
        span=6,
        title="How alike vectors are",
        caption="Cosine of the model's vectors of two regions about the mean of all, mean over scans; lines are "
        "between networks, which the model was not told.",
        alt="Similarity of the vectors of all regions, sorted by network.",
    )


def forest(rows: list[Any], key: str, *, axis: str, width: float, span: int, zero: float = 0.0) -> Figure:
    """Draw ways beside each other, each with its interval.

    Parameters
    ----------
    rows : list of (name, role, value, low, high)
    key : str
    axis : str
        What is measured.
    width : float
        In pixels.
    span : int
        Columns taken, of 12.
    zero : float
        What knowing nothing gives.

    Returns
    -------
    Figure
    """
    longest = max(len(r[0]) for r in rows)

    def make(wide: float) -> list[Any]:
        left = float(np.clip(5.7 * longest + 14, 70, 0.48 * wide))
        ax = style.stack(wide, [max(60.0, 26.0 * len(rows))], left=left, bottom=40)[1][0]
        plot_cohort_scores(rows, axis=axis, zero=zero, ax=ax)
        style.few_ticks(ax, "x", 4)
        return [ax]

    return draw.figure(
        f"{key}-forest",
        make,
        width=width,
        narrow=True,
        span=span,
        title="Model and baselines",
        caption="Round and teal: from the model; square and grey: without one. Lines are 95 % intervals.",
        alt="Scores of the model and of simpler ways.",
    )
