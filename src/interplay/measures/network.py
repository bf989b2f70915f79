"""Every measure of every snapshot, and how the network moves, in one call."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplay._core.checks import require_setting
from interplay._core.errors import DataError
from interplay._core.protocols import Progress
from interplay._core.provenance import digest
from interplay.data import Recording, Snapshots
from interplay.measures.changes import changes_from_recurrence, disjoint_lag, firing_rates, rate_changes
from interplay.measures.communities import find_communities
from interplay.measures.layers import Floats
from interplay.measures.linked import LinkedPart
from interplay.measures.over_time import (
    community_stability,
    edge_correlation,
    edge_jaccard,
    match_communities,
    recurrence,
)
from interplay.measures.ranks import rank_correlation
from interplay.measures.registry import MEASURES, Measure
from interplay.measures.results import NetworkMeasures

_CITATIONS = (
    ("clustering", ("watts1998", "fagiolo2007")),
    ("clustering_weighted", ("onnela2005", "fagiolo2007")),
    ("global_efficiency", ("latora2001",)),
    ("global_efficiency_weighted", ("latora2001",)),
    ("local_efficiency", ("latora2001",)),
    ("participation_positive", ("guimera2005",)),
    ("participation_negative", ("guimera2005",)),
    ("reciprocity_weighted", ("squartini2013",)),
    ("small_world_sigma", ("maslov2002", "humphries2008")),
    ("small_world_omega", ("maslov2002", "sporns2004", "telesford2011")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureConfig:
    """Settings of `measure`.

    Attributes
    ----------
    names : tuple of str
        Measures of one network, from `MEASURES`.
    nulls : int
        Random networks (and lattices) per snapshot for the small-world indices.
    restarts : int
        Runs of the community search per snapshot.
    n_permutations : int
        For the number of changes.
    seed : int
    """

    names: tuple[str, ...]
    nulls: int = 10
    restarts: int = 5
    n_permutations: int = 199
    seed: int = 0


def measure(
    snapshots: Snapshots,
    *,
    recording: Recording | None = None,
    names: Iterable[str] | None = None,
    seed: int = 0,
    nulls: int = 10,
    progress: Progress | None = None,
) -> NetworkMeasures:
    """Measure every snapshot, follow communities and edges over time, and find when the network changed.

    Parameters
    ----------
    snapshots : Snapshots
        The network as it is to be judged: clustering, efficiency, density and small-world indices act on the edges
        stored here. A table of all pairs has density 1 and no topology; threshold it first.
    recording : Recording or None
        Whose spikes give the firing rates that stand beside every measure, and whose units may have signs.
    names : iterable of str or None
        Measures of one network, from `MEASURES`; all that apply where None.
    seed : int
    nulls : int, >= 1
        Random networks (and lattices) per snapshot for the small-world indices.
    progress : callable or None
        Called as progress(done, total) after each snapshot.

    Returns
    -------
    NetworkMeasures
        Communities are always found: stability needs them. A measure of snapshot s depends on snapshot s alone, and
        its community labels on none later than s.

    Raises
    ------
    ConfigError
        On an unknown measure or a setting out of range.
    DataError
        If the recording has another number of units.

    Notes
    -----
    Nodes without an edge in a window cost nothing there: what they add to a mean is put in by counting. Cost per
    snapshot in which M nodes have edges: O(M^2) for communities, up to O(M^3) for weighted efficiency and clustering if
    all pairs are edges, and `nulls` times two rewirings; nothing is sampled.
    """
    require_setting("nulls", nulls, least=1)
    if recording is not None and recording.n_units != snapshots.n_nodes:
        raise DataError(
            f"`recording` must have as many units as `snapshots` has nodes ({snapshots.n_nodes}), got "
            f"{recording.n_units}. Select the same units in both."
        )
    chosen = _chosen(snapshots, recording, names)
    config = MeasureConfig(names=tuple(m.name for m in chosen), nulls=nulls, seed=seed)
    graph, node, labels = _each_snapshot(snapshots, recording, chosen, config, progress)
    table = recurrence(snapshots)
    search = {"seed": seed, "n_permutations": config.n_permutations}
    has_spikes = recording is not None and recording.events is not None and len(snapshots) > 0
    rate = firing_rates(recording, snapshots.bounds).mean(axis=1) if recording is not None and has_spikes else None
    matched = match_communities(labels)
    return NetworkMeasures(
        config=config,
        made_from=digest(snapshots.digest, None if recording is None else recording.digest),
        seed=seed,
        notes=_notes(snapshots, recording, has_spikes),
        citations=_citations(config.names, snapshots.directed),
        bounds=snapshots.bounds,
        graph=MappingProxyType(graph),
        node=MappingProxyType(node),
        communities=matched,
        edge_stability=edge_correlation(snapshots),
        community_stability=community_stability(labels),
        recurrence=table,
        changes=changes_from_recurrence(table, snapshots.bounds, **search),
        rate_hz=rate,
        rate_correlation=MappingProxyType(
            {k: float("nan") if rate is None else rank_correlation(v, rate) for k, v in graph.items()}
        ),
        about=MappingProxyType({m.name: m.about for m in chosen} | _ABOUT_TIME),
        edge_jaccard=edge_jaccard(snapshots),
        rate_changes=rate_changes(recording, snapshots.bounds, **search)
        if recording is not None and has_spikes
        else None,
    )


_ABOUT_TIME = {
    "edge_stability": "Correlation of edge weights with the next window. Range [-1, 1]; higher means more stable.",
    "edge_jaccard": "Edges (with sign) kept in the next window. Range [0, 1]; higher means more stable.",
    "community_stability": (
        "Adjusted mutual information with the communities of the next window. At most 1, 0 by chance; higher means "
        "more stable."
    ),
    "recurrence": "Correlation of edge weights of every two windows. Range [-1, 1]; higher means more alike.",
    "rate_hz": "Mean spikes per second and unit in the window.",
}


def _chosen(snapshots: Snapshots, recording: Recording | None, names: Iterable[str] | None) -> list[Measure]:
    if names is not None:
        return [MEASURES[name] for name in dict.fromkeys(names)]
    signs = recording is not None and bool((recording.units.sign != 0).any())
    kinds = ("any", "directed" if snapshots.directed else "undirected")
    return [m for m in MEASURES.values() if m.on in kinds and ("sign" not in m.needs or signs)]


def _each_snapshot(
    snapshots: Snapshots,
    recording: Recording | None,
    chosen: list[Measure],
    config: MeasureConfig,
    progress: Progress | None,
) -> tuple[dict[str, Floats], dict[str, Floats], NDArray[np.int64]]:
    size, n = len(snapshots), snapshots.n_nodes
    graph = {m.name: np.full(size, np.nan) for m in chosen if m.kind == "graph" or m.averaged}
    node = {m.name: np.full((size, n), np.nan) for m in chosen if m.kind == "node"}
    labels = np.full((size, n), -1, dtype=np.int64)
    sign = None if recording is None else recording.units.sign
    for s in range(size):
        part = LinkedPart.of(snapshots, s)
        groups = find_communities(
            part.adjacency, directed=snapshots.directed, restarts=config.restarts, seed=config.seed
        )
        if part.linked:
            labels[s, part.nodes] = groups
        given = {
            "directed": snapshots.directed,
            "communities": groups,
            "sign": None if sign is None else sign[part.nodes],
            "seed": config.seed,
            "nulls": config.nulls,
        }
        shared: dict[Any, Any] = {}
        for m in chosen:
            value = _asked(m, part.adjacency, given, shared)
            if m.kind == "graph":
                graph[m.name][s] = part.graph_value(m, value)
                continue
            value = part.node_values(m, value)
            node[m.name][s] = value
            defined = value[~np.isnan(value)]
            if m.averaged and len(defined):
                graph[m.name][s] = defined.mean()
        if progress is not None:
            progress(s + 1, size)
    return graph, node, labels


def _asked(m: Measure, adjacency: Floats, given: dict[str, Any], shared: dict[Any, Any]) -> Any:
    """Call a measure's function once per snapshot, even where several names read its result."""
    key = (m.path, tuple(sorted(m.options.items())), m.needs)
    if key not in shared:
        settings = {k: given[k] for k in m.needs if k != "communities"} | dict(m.options)
        if m.name == "community_count":
            shared[key] = m.function(given["communities"])
        elif "communities" in m.needs:
            shared[key] = m.function(adjacency, given["communities"], **settings)
        else:
            shared[key] = m.function(adjacency, **settings)
    return shared[key] if m.part is None else getattr(shared[key], m.part)


def _citations(names: tuple[str, ...], directed: bool) -> tuple[str, ...]:
    keys = ["rubinov2011", "gomez2009", "blondel2008", "vinh2010", "harchaoui2007", "arlot2019", "kuhn1955"]
    if directed:
        keys.append("leicht2008")
    for name, cited in _CITATIONS:
        if name in names:
            keys += [k for k in cited if directed or k != "fagiolo2007"]
    return tuple(dict.fromkeys(keys))


def _notes(snapshots: Snapshots, recording: Recording | None, has_spikes: bool) -> tuple[str, ...]:
    notes = []
    lag = disjoint_lag(snapshots.bounds) if len(snapshots) else 1
    if lag > 1:
        notes.append(
            f"windows overlap (the next disjoint one is {lag} further on): neighbouring windows share data, which "
            "alone raises edge and community stability."
        )
    loops = int((snapshots.src == snapshots.dst).sum())
    if loops:
        notes.append(f"{loops} self-loops were not counted by any measure.")
    zeros = int((snapshots.weight == 0).sum())
    if zeros:
        notes.append(f"{zeros} stored edges of weight zero were not counted as edges.")
    present = snapshots.present.sum(axis=1)
    possible = (present * (present - 1)).sum() / (1 if snapshots.directed else 2)
    if len(snapshots) and possible and len(snapshots.src) - loops >= 0.95 * possible:
        notes.append(
            "nearly all pairs are edges, so density, clustering, efficiency and small-world indices say little: "
            "threshold the network first."
        )
    if recording is not None and not has_spikes and len(snapshots):
        notes.append("the recording has no spikes, so no firing rate stands beside the measures.")
    return tuple(notes)
