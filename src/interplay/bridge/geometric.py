"""Networks as PyTorch Geometric data, and back."""

from __future__ import annotations

from typing import Any

import numpy as np

from interplay._core.errors import DataError, MissingExtraError
from interplay.data import Snapshots, TemporalGraph


def _data() -> Any:
    try:
        from torch_geometric import data
    except ImportError as error:
        raise MissingExtraError.of("this conversion", "torch-geometric", "bridges") from error
    return data


def to_pyg(data: TemporalGraph | Snapshots, snapshot: int | None = None) -> Any:
    """Turn a temporal graph, or one snapshot, into PyTorch Geometric data.

    Parameters
    ----------
    data : TemporalGraph or Snapshots
    snapshot : int or None
        Which snapshot; required for Snapshots, not allowed for a TemporalGraph.

    Returns
    -------
    torch_geometric.data.TemporalData (TemporalGraph)
        `src`, `dst`, `t` (float64, s since `start`), `msg` (E, 1) weights, `num_nodes_total`, `start`, `stop`.
    torch_geometric.data.Data (Snapshots)
        `edge_index` (2, E) with both directions of an undirected edge, `edge_weight`, `num_nodes`.

    Raises
    ------
    MissingExtraError
        If torch-geometric is not installed.
    """
    from interplay.tensors import to_tensors

    kinds = _data()
    if isinstance(data, TemporalGraph):
        if snapshot is not None:
            raise DataError("`snapshot` must be None for a TemporalGraph; cut it with `graph.snapshots(bounds)` first.")
        columns = to_tensors(data, dtype="float64")
        out = kinds.TemporalData(src=columns.src, dst=columns.dst, t=columns.time, msg=columns.weight[:, None])
        out.num_nodes_total, out.start, out.stop = data.n_nodes, data.span[0], data.span[1]
        return out
    if snapshot is None:
        raise DataError(f"`snapshot` must say which of the {len(data)} snapshots to convert, got None.")
    columns = to_tensors(TemporalGraph.from_snapshots(data.take([range(len(data))[snapshot]])), dtype="float64")
    return kinds.Data(edge_index=columns.edge_index, edge_weight=columns.weight, num_nodes=data.n_nodes)


def graph_from_pyg(data: Any) -> TemporalGraph:
    """Build a temporal graph from TemporalData made by `to_pyg`, or carrying the same attributes.

    Parameters
    ----------
    data : torch_geometric.data.TemporalData
        With `num_nodes_total`, `start` and `stop`, because neither can be guessed from events.

    Returns
    -------
    TemporalGraph
    """
    missing = [k for k in ("src", "dst", "t", "msg", "num_nodes_total", "start", "stop") if not hasattr(data, k)]
    if missing:
        raise DataError(f"`data` must carry {', '.join(missing)}. Set them: node counts and spans are never guessed.")
    start = float(data.start)
    return TemporalGraph.from_events(
        data.src.numpy(),
        data.dst.numpy(),
        data.t.numpy().astype(np.float64) + start,
        data.msg[:, 0].numpy().astype(np.float64),
        n_nodes=int(data.num_nodes_total),
        span=(start, float(data.stop)),
    )


def snapshots_from_pyg(data: Any, *, span: tuple[float, float]) -> Snapshots:
    """Build one directed snapshot from PyTorch Geometric `Data`.

    Parameters
    ----------
    data : torch_geometric.data.Data
        `edge_index` (2, E), `num_nodes`, and `edge_weight` (ones where absent). Repeated edges are summed.
    span : (start, stop), s
        The window of the snapshot.

    Returns
    -------
    Snapshots
    """
    src, dst = data.edge_index.numpy()
    weight = getattr(data, "edge_weight", None)
    values = np.ones(len(src)) if weight is None else weight.numpy().astype(np.float64)
    graph = TemporalGraph.from_events(
        src, dst, np.full(len(src), span[0]), values, n_nodes=int(data.num_nodes), span=span
    )
    return graph.snapshots([span])
