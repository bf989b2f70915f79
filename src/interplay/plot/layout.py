"""Where to draw each unit: on its electrode where that is known, else by a fixed layout of the network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from interplay.data import Snapshots, Units

_GOLDEN_ANGLE = np.pi * (3 - np.sqrt(5))
#: Above this many nodes a spring layout is slow and unreadable; a circle is drawn instead.
SPRING_LIMIT = 400


@dataclass(frozen=True, eq=False, kw_only=True)
class Layout:
    """Positions of the nodes on the page.

    Attributes
    ----------
    xy : (N, 2) float array
        Finite; micrometres where `kind` is "electrodes", else without unit.
    kind : {"electrodes", "springs", "circle"}
    note : str
        One sentence for the reader: what the positions mean.
    """

    xy: NDArray[np.float64]
    kind: Literal["electrodes", "springs", "circle"]
    note: str


def node_layout(units: Units | None, snapshots: Snapshots) -> Layout:
    """Place the nodes; the same input always gives the same places.

    Parameters
    ----------
    units : Units or None
        Positions are used where at least one is known.
    snapshots : Snapshots
        The network that the springs follow otherwise (mean absolute weight over windows).

    Returns
    -------
    Layout
        Units that share an electrode are spread on a small spiral around it; units without a position stand in a
        row below the others; both are said in `note`.
    """
    place = None if units is None or units.position_um is None else units.position_um[:, :2]
    if place is None or not np.isfinite(place).all(axis=1).any():
        return _by_network(snapshots)
    known = np.asarray(np.isfinite(place).all(axis=1))
    xy = np.array(place, dtype=np.float64)
    notes = ["Units stand at their electrode positions (µm)"]
    shared = _spread(xy, known)
    if shared:
        notes.append(f"{shared} units that share a position with another are spread around it")
    if not known.all():
        xy[~known] = _row_below(xy[known], int((~known).sum()))
        notes.append(f"{int((~known).sum())} units without a known position stand in the bottom row")
    return Layout(xy=xy, kind="electrodes", note="; ".join(notes) + ".")


def _spread(xy: NDArray[np.float64], known: NDArray[np.bool_]) -> int:
    """Move coincident points apart, in place; give their number."""
    rows = np.flatnonzero(known)
    places, owner, count = np.unique(xy[rows], axis=0, return_inverse=True, return_counts=True)
    if count.max() == 1:
        return 0
    extent = float(np.ptp(places, axis=0).max()) if len(places) > 1 else 1.0
    step = 0.35 * min(_nearest(places), 0.12 * extent) if len(places) > 1 else 0.2
    owner = owner.ravel()
    for k in np.flatnonzero(count > 1):
        members = rows[owner == k]
        turn = np.arange(len(members))
        radius = step * np.sqrt((turn + 0.5) / len(members))
        xy[members] += radius[:, None] * np.column_stack([np.cos(turn * _GOLDEN_ANGLE), np.sin(turn * _GOLDEN_ANGLE)])
    return int(count[count > 1].sum())


def _nearest(places: NDArray[np.float64]) -> float:
    from scipy.spatial import cKDTree

    return float(np.median(cKDTree(places).query(places, k=2)[0][:, 1]))


def _row_below(xy: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    low, high = xy.min(axis=0), xy.max(axis=0)
    size = np.where(high > low, high - low, max(float((high - low).max()), 1.0))
    x = low[0] + size[0] * (np.arange(n) + 0.5) / n
    return np.column_stack([x, np.full(n, low[1] - 0.12 * size.max())])


def _by_network(snapshots: Snapshots) -> Layout:
    n = snapshots.n_nodes
    angle = 2 * np.pi * np.arange(n) / max(n, 1)
    circle = np.column_stack([np.cos(angle), np.sin(angle)]).reshape(n, 2)
    if not 2 < n <= SPRING_LIMIT or len(snapshots.src) == 0:
        note = "Positions are unknown; units stand on a circle in their recorded order."
        return Layout(xy=circle, kind="circle", note=note)
    import networkx as nx

    strength = np.zeros((n, n))
    np.add.at(strength, (snapshots.src, snapshots.dst), np.abs(snapshots.weight) / len(snapshots))
    strength += strength.T
    # A spring layout of all weak pairs is one ball: only each node's strongest partners pull.
    partners = min(6, n - 1)
    cut = np.sort(strength, axis=1)[:, -partners][:, None]
    pull = np.where((strength >= cut) & (strength > 0), strength, 0)
    pull = np.maximum(pull, pull.T)
    linked = np.flatnonzero(pull.any(axis=1))
    found = nx.spring_layout(
        nx.from_numpy_array(pull[np.ix_(linked, linked)]),
        pos={k: circle[i] for k, i in enumerate(linked)},
        iterations=120,
        seed=0,
    )
    xy = np.zeros((n, 2))
    xy[linked] = _without_outliers(np.array([found[k] for k in range(len(linked))]))
    note = (
        "Positions are unknown; a spring layout of the mean network over all windows places the units "
        "(near means strongly linked; directions on the page mean nothing)"
    )
    alone = np.setdiff1d(np.arange(n), linked)
    if len(alone):
        xy[alone] = _row_below(xy[linked], len(alone))
        note += f"; {len(alone)} units that never had an edge stand in the bottom row"
    note += "."
    return Layout(xy=xy, kind="springs", note=note)


def _without_outliers(xy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bring far nodes (small components drift away) back to the rim of the rest, keeping their direction."""
    middle = np.median(xy, axis=0)
    far = np.hypot(*(xy - middle).T)
    rim = 1.25 * float(np.quantile(far, 0.85))
    shrink = np.where(far > rim, (rim + 0.1 * np.minimum(far - rim, rim)) / np.maximum(far, 1e-300), 1.0)
    return np.asarray(middle + (xy - middle) * shrink[:, None])
