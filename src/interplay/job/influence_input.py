"""What an intervention acts on: a file, a run, a recording to infer from, timed events, or our own network."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast, get_args

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import ConfigError, DataError, unknown_name
from interplay._core.rng import stream
from interplay.data import Graph, Groups, Recording, Snapshots, TemporalGraph, Units
from interplay.data.graph import Layer
from interplay.job.cohort_input import require_no_cohort
from interplay.job.hints import read_hints
from interplay.job.stages import Observer

#: Hints that only a list of edges takes.
_OF_EDGES = {"src_column", "dst_column", "weight_column"}
_MOST_GROUPS = 20
#: What makes a folder a recording.
_OF_A_RECORDING = ("events.txt", "spikes.bin")


@dataclass(frozen=True, eq=False, kw_only=True)
class InfluenceNetwork:
    """What spreads on what.

    Attributes
    ----------
    graph : Graph
        With a table of nodes; of timed events, what is left when their times are forgotten.
    events : TemporalGraph or None
        Where edges have times, which the spread then respects.
    position_um : (N, 2) float array or None, micrometres
    title : str
    notes : tuple of str
        How it was read, and what was left out.
    inferred : bool
        Whether edges are the mean over windows of what was inferred.
    """

    graph: Graph
    events: TemporalGraph | None = None
    position_um: NDArray[np.float64] | None = None
    title: str = ""
    notes: tuple[str, ...] = field(default=())
    inferred: bool = False

    @property
    def substrate(self) -> Graph | TemporalGraph:
        """What the spread runs on."""
        return self.graph if self.events is None else self.events


def read_influence_network(
    source: str | None,
    *,
    nodes: str | None = None,
    directed: bool | None = None,
    repeats: str = "refuse",
    hint: Iterable[str] = (),
    static: bool = False,
    seed: int = 0,
    jobs: int = 1,
    observer: Observer,
) -> InfluenceNetwork:
    """Read a network, or make one.

    Parameters
    ----------
    source : str or None
        A network as `interplay.io.load_graph` reads it, the folder or the networks of a run, a recording (inferred
        first), or a list of events. None: our own network of two groups.
    nodes : str or None
        A node table.
    directed : bool or None
    repeats : {"refuse", "sum", "once"}
    hint : iterable of str
        What the file does not say: key=value.
    static : bool
        Forget the times of events.
    seed : int
        Of our own network.
    jobs : int
        Threads of an inference.
    observer : Observer

    Returns
    -------
    InfluenceNetwork

    Raises
    ------
    DataError, ConfigError
        As reading does.
    """
    from interplay.io.graph_folder import is_graph_folder

    hints = tuple(hint)
    if source is None:
        asked = (
            ("nodes", nodes), ("hint", hints or None), ("directed", directed), ("static", static or None),
            ("repeats", None if repeats == "refuse" else repeats),
        )  # fmt: skip
        for name, given in asked:
            if given is not None:
                raise ConfigError(f"`--{name}` must be left out where no network is given. Name the network.")
        return _own(seed)
    path = Path(source)
    if path.is_dir() and (path / "snapshots.npz").is_file():
        return _of_a_run(path, nodes, directed)
    if path.is_dir() and not is_graph_folder(path) and not any((path / name).is_file() for name in _OF_A_RECORDING):
        raise DataError(
            f"{path}: a folder must be a saved graph (`interplay.io.save_graph`), a run with `snapshots.npz` or a "
            "recording, got none of them. Name a file in it."
        )
    if _is_network(path, hints):
        from interplay.io import load_graph

        chosen = read_hints(hints)
        graph = load_graph(path, nodes=nodes, directed=directed, repeats=cast("Any", repeats), **chosen)
        counted = _windows(graph, path)
        return InfluenceNetwork(graph=graph, title=path.name, notes=(*graph.notes, *counted), inferred=bool(counted))
    return _loaded(path, nodes, directed, hints, static, jobs, observer)


def _is_network(path: Path, hints: tuple[str, ...]) -> bool:
    """Tell a network without times from what has times."""
    from interplay.io import sniff
    from interplay.io.graph_folder import is_graph_folder
    from interplay.io.graph_networkx import ENDINGS
    from interplay.io.npz import load_arrays, load_header

    chosen = read_hints(hints)
    if path.suffix.lower() in ENDINGS or (path.is_dir() and is_graph_folder(path)):
        return True
    if set(chosen) - _OF_EDGES:
        return False
    kind = sniff(path)
    if kind == "npy":
        return True
    if kind == "npz":
        header = load_header(path)
        if header is not None:
            return header.get("holds") == "Snapshots"
        arrays = load_arrays(path)
        return "shape" in arrays or any(a.ndim == 2 and a.shape[0] == a.shape[1] for a in arrays.values())
    if kind != "text":
        return False
    return bool(chosen) or not _has_times(path)


def _has_times(path: Path) -> bool:
    from interplay.io.edge_list import edge_table, time_column
    from interplay.io.hints import Hints

    table = edge_table(path)
    return table is not None and time_column(table, Hints()) is not None


def _of_a_run(path: Path, nodes: str | None, directed: bool | None) -> InfluenceNetwork:
    from interplay.io import load, load_graph

    graph = load_graph(path / "snapshots.npz", nodes=nodes, directed=directed)
    units = None
    for name in ("recording.nwb", "events.npz"):
        if (path / name).is_file():
            data = load(path / name)
            units = data.units if isinstance(data, Recording) else None
    graph, position = _with_units(graph, units)
    notes = (*graph.notes, *_windows(graph, path / "snapshots.npz"))
    return InfluenceNetwork(graph=graph, position_um=position, title=path.name, notes=notes, inferred=True)


def _windows(graph: Graph, path: Path) -> tuple[str, ...]:
    """Count in how many windows edges were seen, where the file holds networks of windows."""
    from interplay.io import load_snapshots, sniff
    from interplay.io.npz import load_header

    if not path.is_file() or path.suffix != ".npz" or sniff(path) != "npz" or load_header(path) is None:
        return ()
    return (_windows_note(graph, load_snapshots(path)),)


def _windows_note(graph: Graph, snapshots: Snapshots) -> str:
    mean = len(snapshots.weight) / max(len(snapshots), 1)
    pairs, windows = graph.n_edges, len(snapshots)
    if windows == 1:
        return f"{pairs} edges, of one window"
    return f"{pairs} pairs are an edge in at least one of {windows} windows; a window has {mean:.1f} on average"


def _with_units(graph: Graph, units: Units | None) -> tuple[Graph, NDArray[np.float64] | None]:
    """Add what is known of each unit to the node table; a column that is there already stays."""
    if units is None or units.n != graph.n_nodes:
        return graph, None
    columns: dict[str, Any] = {}
    if (units.group != "").any():
        columns["group"] = units.group
    if (units.sign != 0).any():
        columns["sign"] = np.array(["", "excitatory", "inhibitory"], dtype=str)[units.sign.astype(np.int64)]
    position = None
    if units.position_um is not None and np.isfinite(units.position_um[:, :2]).all():
        position = np.asarray(units.position_um[:, :2])
    return graph.with_attributes(**{k: v for k, v in columns.items() if k not in graph.attributes}), position


def _loaded(
    path: Path,
    nodes: str | None,
    directed: bool | None,
    hints: tuple[str, ...],
    static: bool,
    jobs: int,
    observer: Observer,
) -> InfluenceNetwork:
    from interplay.io import load
    from interplay.io.graph_files import joined
    from interplay.io.node_table import read_nodes

    data = require_no_cohort(load(path, **read_hints(hints)))
    table = None if nodes is None else read_nodes(Path(nodes))
    if isinstance(data, TemporalGraph):
        if directed is False and not static:
            raise ConfigError(
                "`--undirected` must be left out for timed events, each of which goes one way. Pass --static to forget "
                "the times, or list both directions."
            )
        graph = joined(replace(Graph.from_temporal(data, directed=directed is not False), notes=data.notes), table)
        if static:
            said = "the times of the events were forgotten, as asked; weights of a pair add up"
            return InfluenceNetwork(graph=graph, title=path.name, notes=(*graph.notes, said))
        said = "edges are events with times, and what spreads respects their order (--static forgets the times)"
        return InfluenceNetwork(graph=graph, events=data, title=path.name, notes=(*graph.notes, said))
    if static:
        raise ConfigError("`--static` must be left out for a recording, which has no timed edges. Remove the option.")
    graph, inferred = _inferred(data, hints, jobs, observer)
    graph, position = _with_units(joined(graph, table), data.units)
    if directed is not None and directed != graph.directed:
        raise ConfigError("`--directed` and `--undirected` must be left out for a recording: the inference says it.")
    return InfluenceNetwork(
        graph=graph,
        position_um=position,
        title=path.name,
        notes=(*data.notes, *graph.notes, *inferred),
        inferred=True,
    )


def _inferred(data: Recording, hints: tuple[str, ...], jobs: int, observer: Observer) -> tuple[Graph, tuple[str, ...]]:
    from interplay.job.choices import resolve
    from interplay.job.inference import infer_network, threshold, threshold_note
    from interplay.job.plan import Plan

    plan, notes = resolve(Plan.of(hint=hints), data)
    every = infer_network(plan, data, jobs=jobs, progress=observer.stage("infer"))
    kept = threshold(plan, every)
    graph = Graph.from_snapshots(kept, names=np.asarray(data.units.id, dtype=str))
    said = "the network is the mean over all windows of what was inferred; a missing edge counts as 0"
    return graph, (*notes, threshold_note(plan, every, kept), said, _windows_note(graph, kept))


def _own(seed: int) -> InfluenceNetwork:
    """Make two groups of unequal size, each denser inside, as a first example."""
    n, large = 400, 280
    code = (np.arange(n) >= large).astype(np.int64)
    rng = stream(seed, "two groups")
    chance = np.where(code[:, None] == code[None, :], 0.025, 0.002)
    src, dst = np.nonzero(np.triu(rng.random((n, n)) < chance, 1))
    graph = Graph.from_edges(
        src,
        dst,
        n_nodes=n,
        directed=False,
        attributes={"team": np.array(["majority", "minority"], dtype=str)[code]},
    )
    said = (
        f"no network was given: this one is made up, {large} and {n - large} nodes in two groups, an edge with "
        "probability 0.025 inside a group and 0.002 between"
    )
    return InfluenceNetwork(graph=graph, title="Two groups, made up", notes=(said,))


def choose_layer(network: InfluenceNetwork, layer: str | None) -> InfluenceNetwork:
    """Make all weights positive: keep one sign, or sizes alone.

    Parameters
    ----------
    network : InfluenceNetwork
    layer : {"positive", "negative", "absolute"} or None
        None: the positive edges where there are negative ones, which is said; all edges where there are none.

    Returns
    -------
    InfluenceNetwork
    """
    if layer is not None and layer not in get_args(Layer):
        raise ConfigError(unknown_name("`layer`", layer, get_args(Layer)))
    graph, events = network.graph, network.events
    weight = graph.weights() if events is None else events.weight
    below, none = int((weight < 0).sum()), int((weight == 0).sum())
    if layer is None and not below:
        return network
    which = cast("Layer", layer or "positive")
    what = "entries" if events is None else "events"
    lost = {"positive": below, "negative": int((weight > 0).sum()), "absolute": 0}[which] + none
    why = "as asked" if layer is not None else "change it with --layer"
    said = f"layer {which} ({why}): {lost} of {len(weight)} {what} do not carry anything"
    if which == "absolute" and not none:
        said = f"layer absolute ({why}): {below} of {len(weight)} {what} are negative, and count by their size"
    if events is not None:
        keep = {"positive": weight > 0, "negative": weight < 0, "absolute": weight != 0}[which]
        events = TemporalGraph(
            src=events.src[keep],
            dst=events.dst[keep],
            time=events.time[keep],
            weight=np.abs(events.weight[keep]),
            n_nodes=events.n_nodes,
            span=events.span,
            names=events.names,
            notes=events.notes,
        )
        columns = dict(graph.attributes)
        graph = Graph.from_temporal(events, directed=graph.directed, attributes=columns)
    else:
        graph = graph.layer(which)
    return replace(network, graph=graph, events=events, notes=(*network.notes, said))


def choose_groups(graph: Graph, column: str | None, unknown: str | None) -> tuple[Groups | None, tuple[str, ...]]:
    """Find the groups to be fair to.

    Parameters
    ----------
    graph : Graph
    column : str or None
        Of its node table. None: the only column that divides the nodes, where there is one.
    unknown : str or None
        Name of the group of nodes without a value.

    Returns
    -------
    groups : Groups or None
        None where nothing is known of the nodes.
    notes : tuple of str

    Raises
    ------
    ConfigError
        If several columns would do and none is named, or the name is unknown.
    """
    if column is not None:
        if column not in graph.attributes:
            if not graph.attributes:
                raise ConfigError(
                    f"`--groups` must name a column of the node table, got {column!r}, and the network has none. Give "
                    "a node table with --nodes."
                )
            raise ConfigError(unknown_name("column of the node table", column, graph.attributes))
        try:
            return graph.groups(column, unknown=unknown), ()
        except DataError as error:
            raise DataError(f"{error} On the command line: --unknown NAME.") from error
    if unknown is not None and not graph.attributes:
        raise ConfigError(
            "`--unknown` must be left out where nothing is known of the nodes. Give --nodes and --groups."
        )
    able, single = [], ""
    for name in graph.attributes:
        found = graph.groups(name, unknown=unknown or "unknown")
        if 2 <= len(found) <= _MOST_GROUPS:
            able.append(name)
        elif len(found) == 1 and not single:
            single = f"one group only, {name} {found.names[0]}: the reach of all nodes is told"
    if not able and single:
        return None, (single,)
    if not able:
        return None, ("no groups are known: only the reach of all nodes is told (say --groups, and --nodes FILE)",)
    if len(able) > 1:
        raise ConfigError(
            f"`--groups` must say which column to be fair to: {', '.join(able)} would all do. Name one of them."
        )
    groups, _ = choose_groups(graph, able[0], unknown)
    return groups, (f"groups are those of the column {able[0]!r}, the only one that divides the nodes",)
