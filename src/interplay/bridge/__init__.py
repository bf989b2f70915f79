"""To and from the objects of other libraries: pandas, networkx, pynapple, PyTorch Geometric.

Each function imports the other library on use; the data objects themselves know none of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from interplay._core.lazy import exports

if TYPE_CHECKING:
    from interplay.bridge.geometric import graph_from_pyg, snapshots_from_pyg, to_pyg
    from interplay.bridge.graphs import (
        graph_from_networkx,
        network_from_networkx,
        snapshots_from_networkx,
        to_networkx,
    )
    from interplay.bridge.neuro import from_pynapple, to_pynapple
    from interplay.bridge.tables import events_from_pandas, graph_from_pandas, series_from_pandas, to_pandas

_HOME = {
    "events_from_pandas": "tables",
    "from_pynapple": "neuro",
    "graph_from_networkx": "graphs",
    "graph_from_pandas": "tables",
    "graph_from_pyg": "geometric",
    "network_from_networkx": "graphs",
    "series_from_pandas": "tables",
    "snapshots_from_networkx": "graphs",
    "snapshots_from_pyg": "geometric",
    "to_networkx": "graphs",
    "to_pandas": "tables",
    "to_pyg": "geometric",
    "to_pynapple": "neuro",
}

__all__ = [
    "events_from_pandas",
    "from_pynapple",
    "graph_from_networkx",
    "graph_from_pandas",
    "graph_from_pyg",
    "network_from_networkx",
    "series_from_pandas",
    "snapshots_from_networkx",
    "snapshots_from_pyg",
    "to_networkx",
    "to_pandas",
    "to_pyg",
    "to_pynapple",
]

__getattr__, __dir__ = exports(__name__, _HOME)
