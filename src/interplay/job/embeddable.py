"""Which network a model is given: undirected, of as many nodes as asked, with an edge to learn in its windows."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import DataError
from interplay.data import Snapshots
from interplay.infer.results import NetworkResult
from interplay.job.inference import keeps_every_pair

#: Fewer windows have no course over time, fewer nodes no structure.
LEAST_WINDOWS, LEAST_NODES = 3, 3
#: From fewer windows of the past nothing is trained on the past alone.
LEAST_PAST = 2


@dataclass(frozen=True, eq=False, kw_only=True)
class Embeddable:
    """A network over time that a model can take.

    Attributes
    ----------
    snapshots : Snapshots
        S windows, undirected, without self-loops.
    nodes : (n,) int64 array
        Which nodes of the network these are.
    learnable : (S,) bool array
        Windows with at least one edge and at least one pair that has none: only these can be trained on.
    edges : str
        Which edges these are, in words.
    notes : tuple of str
        What was changed, and why.
    """

    snapshots: Snapshots
    nodes: NDArray[np.int64]
    learnable: NDArray[np.bool_]
    edges: str
    notes: tuple[str, ...] = field(default=())


def embeddable(
    network: Snapshots,
    *,
    edges: str,
    every: NetworkResult | None = None,
    density: float = 0.1,
    most_nodes: int | None = None,
    until_s: float | None = None,
) -> Embeddable:
    """Make a network fit for a model, and say what that took.

    Parameters
    ----------
    network : Snapshots
        The network as it was measured.
    edges : str
        Which edges it has, in words.
    every : NetworkResult or None
        All measured pairs of the same windows: where the network has empty or full windows, the strongest of these are
        taken in all windows alike.
    density : float, in (0, 1]
        Share of the pairs that are taken then.
    most_nodes : int or None
        Nodes that are kept, those with the most edges; None keeps all.
    until_s : float, s, or None
        Edges and nodes are chosen by the windows that end by then, so that what is scored on later ones owes nothing to
        them; where fewer than two of these can be learnt from, nothing is trained on them alone, and all windows
        choose. None: all choose.

    Returns
    -------
    Embeddable

    Raises
    ------
    DataError
        If fewer than three nodes or three windows that can be learnt from are left.
    """
    early = np.full(len(network), True) if until_s is None else network.bounds[:, 1] <= until_s
    chosen, notes = _chosen(network, edges=edges, every=every, density=density, by=early)
    if not early.all() and has_both(_plain(chosen[0]))[early].sum() < LEAST_PAST:
        early = np.full(len(network), True)
        chosen, notes = _chosen(network, edges=edges, every=every, density=density, by=early)
    found, edges = chosen
    if found.directed:
        notes.append("The model knows no directions: a pair counts as joined if either direction is.")
    found = _plain(found)
    nodes = np.arange(found.n_nodes)
    if most_nodes is not None and found.n_nodes > most_nodes:
        nodes = best_connected(found.take(np.flatnonzero(early).tolist()), most_nodes)
        which = "over all windows" if early.all() else f"in the {_past(network, early)}, which are the past"
        notes.append(
            f"The model is given the {most_nodes} of {found.n_nodes} nodes with the most edges {which}, and the edges "
            "among these."
        )
        found = found.select(nodes.tolist())
    learnable = has_both(found)
    if found.n_nodes < LEAST_NODES or learnable.sum() < LEAST_WINDOWS:
        raise DataError(
            f"the network must have at least {LEAST_NODES} nodes, and {LEAST_WINDOWS} windows with an edge and a pair "
            f"that has none, to be represented; got {found.n_nodes} nodes and {int(learnable.sum())} such windows of "
            f"{len(found)}. Take longer windows, or another threshold."
        )
    if not learnable.all():
        notes.append(
            f"Windows without an edge, or without a pair that has none: {int((~learnable).sum())} of {len(found)}. "
            "They are embedded, but not trained on."
        )
    return Embeddable(snapshots=found, nodes=nodes, learnable=learnable, edges=edges, notes=tuple(notes))


def _chosen(
    network: Snapshots, *, edges: str, every: NetworkResult | None, density: float, by: NDArray[np.bool_]
) -> tuple[tuple[Snapshots, str], list[str]]:
    """Take the network, or the strongest pairs where more of some windows can be learnt from with these."""
    learnable = has_both(_plain(network))[by]
    if learnable.all() or every is None or not keeps_every_pair(every):
        return (network, edges), []
    found = _strongest(every.snapshots, density)
    if has_both(_plain(found))[by].sum() <= learnable.sum():
        return (network, edges), []
    share = f"the strongest {density:.0%} of the pairs of each window"
    of = f"{len(network)} windows" if by.all() else f"the {_past(network, by)} (the later ones have no say)"
    return (found, share), [
        f"The model is given {share}: {edges} leave {int((~learnable).sum())} of {of} without an edge, or without a "
        "pair that has none, and such windows teach nothing."
    ]


def _past(network: Snapshots, early: NDArray[np.bool_]) -> str:
    return f"{int(early.sum())} windows that end by {network.bounds[early, 1].max():g} s"


def has_both(snapshots: Snapshots) -> NDArray[np.bool_]:
    """Tell which windows have an edge and a pair of present nodes without one; (S,) bool array.

    Parameters
    ----------
    snapshots : Snapshots
        Undirected, without self-loops.
    """
    present = snapshots.present.sum(axis=1)
    count = np.diff(snapshots.pointer)
    return np.asarray((count > 0) & (count < present * (present - 1) // 2))


def best_connected(snapshots: Snapshots, count: int) -> NDArray[np.int64]:
    """Give the nodes with the most edges over all windows, in rising order; of equal ones, the first.

    Parameters
    ----------
    snapshots : Snapshots
    count : int, <= n_nodes
    """
    ends = np.bincount(np.concatenate([snapshots.src, snapshots.dst]), minlength=snapshots.n_nodes)
    return np.sort(np.argsort(-ends, kind="stable")[:count])


def _plain(snapshots: Snapshots) -> Snapshots:
    """Drop directions and self-loops."""
    found = snapshots.undirected("sum") if snapshots.directed else snapshots
    loops = found.src == found.dst
    return found.filter(~loops) if loops.any() else found


def _strongest(every: Snapshots, density: float) -> Snapshots:
    from interplay.infer import proportional

    return proportional(every, density)
