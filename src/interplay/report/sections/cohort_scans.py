"""The scans of a cohort, before anything is learnt from them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from interplay.plot import style
from interplay.plot.brain_maps import plot_region_map
from interplay.report import draw, words
from interplay.report.cohort_findings import CohortScans
from interplay.report.parts import Cell, Figure, Section, Table, Tile

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLUMNS = {
    "subject": "subject",
    "session": "session",
    "samples": "samples",
    "missing_regions": "regions missing",
    "broken_regions": "with gaps",
    "constant_regions": "constant",
    "signal_to_noise": "signal to noise",
    "step": "step",
    "largest_jump": "largest jump",
    "mean_correlation": "mean correlation",
    "density": "density of structure",
    "negative": "negative edges",
    "asymmetry": "asymmetry",
}
_ABOUT = (
    "Signal to noise: mean over standard deviation, median over regions, where signals are not centred. Step: root "
    "mean square of the change from sample to sample over the standard deviation (1.41 for white noise). Largest "
    "jump: the largest change of all regions together over the usual one. No head motion is known here."
)


def section_cohort_scans(scans: CohortScans, *, key: str = "scans") -> Section:
    """Show what the scans are.

    Parameters
    ----------
    scans : CohortScans
    key : str

    Returns
    -------
    Section
    """
    columns = scans.columns
    samples = np.asarray(columns["samples"], dtype=np.float64)
    with_function = samples > 0
    tiles = [
        Tile(value=words.number(scans.n_subjects), label="subjects"),
        Tile(value=words.number(scans.n_scans), label="scans", note=_sessions(columns["session"])),
        Tile(value=words.number(len(scans.regions)), label="regions", note=_networks(scans)),
    ]
    if with_function.any():
        low, high = samples[with_function].min(), samples[with_function].max()
        length = words.duration(low * scans.dt_s)
        if high > low:
            length += f" to {words.duration(high * scans.dt_s)}"
        tiles.append(Tile(value=length, label="signal per scan", note=f"every {words.seconds(scans.dt_s)} s"))
    if "density" in columns:
        n = int(np.isfinite(columns["density"]).sum())
        tiles.append(Tile(value=words.number(n), label="scans with structure"))
    return Section(
        key=key,
        title="The scans",
        tiles=tuple(tiles),
        text=_within(scans),
        figures=_figures(scans, key),
        tables=(_table(scans),),
        notes=scans.notes,
    )


def _sessions(session: NDArray[Any]) -> str:
    names = [name for name in dict.fromkeys(session.tolist()) if name]
    return f"sessions {words.listing(names, most=4)}" if names else ""


def _networks(scans: CohortScans) -> str:
    named = np.unique(scans.networks[scans.networks != ""])
    return f"in {words.plural(len(named), 'network')}" if len(named) else ""


def _within(scans: CohortScans) -> tuple[str, ...]:
    """Say how much more alike regions of one network are."""
    own = (scans.networks[:, None] == scans.networks[None, :]) & (scans.networks[:, None] != "")
    off = ~np.eye(len(own), dtype=bool)
    both = (scans.networks != "")[:, None] & (scans.networks != "")[None, :]
    out = []
    for what, matrix in (("correlation", scans.correlation), ("weight of structure", scans.structure)):
        if matrix is None:
            continue
        inside, between = (matrix[part & off & np.isfinite(matrix)] for part in (own, both & ~own))
        if len(inside) and len(between):
            out.append(
                f"The mean {what} is {words.number(float(inside.mean()))} inside networks and "
                f"{words.number(float(between.mean()))} between them."
            )
    return (" ".join(out),) if out else ()


def map_axes(width: float, networks: NDArray[np.str_]) -> Axes:
    """Make a square panel for a map of regions, with room for the names of networks and for a scale.

    Parameters
    ----------
    width : float
        Of the whole picture, in pixels.
    networks : (R,) text array

    Returns
    -------
    Axes
    """
    left, right = (92.0, 84.0) if width > 400 else (70.0, 74.0)
    side = width - left - right
    return style.stack(width, [side], left=left, right=right, top=10, bottom=below(networks))[1][0]


def below(networks: NDArray[np.str_]) -> float:
    """Give the room below a map for the names of networks, upright, and a label, in pixels."""
    return 40.0 + 6.2 * max((len(str(name)) for name in networks), default=0)


def _figures(scans: CohortScans, key: str) -> tuple[Figure, ...]:
    out = []
    for name, matrix, caption in (
        ("correlation", scans.correlation, "Mean over the scans of Pearson's correlation, by Fisher's z."),
        ("structure", scans.structure, "Mean over the scans; rows are sources."),
    ):
        if matrix is None or not np.isfinite(matrix).any():
            continue

        def make(width: float, shown: NDArray[np.float64] = matrix, label: str = name) -> list[Any]:
            ax = map_axes(width, scans.networks)
            plot_region_map(shown, scans.networks, label=label, ax=ax)
            return [ax]

        out.append(
            draw.figure(
                f"{key}-{name}",
                make,
                width=470,
                narrow=True,
                span=6,
                title="Function" if name == "correlation" else "Structure",
                caption=f"{caption} Regions of one network stand together; blue is positive, orange negative.",
                alt=f"Mean {name} of all pairs of regions.",
            )
        )
    return tuple(out)


def _table(scans: CohortScans) -> Table:
    names = [name for name in _COLUMNS if name in scans.columns and _telling(name, scans.columns[name])]
    rows: list[tuple[Cell, ...]] = [
        tuple(_cell(scans.columns[name][s]) for name in names) for s in range(scans.n_scans)
    ]
    return Table(
        caption="Every scan",
        columns=tuple(_COLUMNS[name] for name in names),
        rows=tuple(rows),
        name="scans",
        folded=True,
        note=_ABOUT,
    )


def _telling(name: str, values: NDArray[Any]) -> bool:
    """Leave columns out that say nothing: no session, nothing missing."""
    if values.dtype.kind == "U":
        return name == "subject" or bool((values != "").any())
    known = values[np.isfinite(values)]
    return len(known) > 0 and (name in ("samples", "mean_correlation") or bool((known != 0).any()))


def _cell(value: Any) -> Cell:
    plain = value.item() if isinstance(value, np.generic) else value
    return int(plain) if isinstance(plain, float) and plain.is_integer() else plain
