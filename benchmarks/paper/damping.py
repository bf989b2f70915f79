"""The damping factor of least mean first traverse distance: claimed near 0.85, ours per network and per cost.

The claim: Weng et al. (2016), arXiv 1610.02878, whose abstract says that the distance explains why the damping factor
of PageRank is "chosen to be around 0.85"; the journal's abstract (Scientific Reports 6:37547) no longer names a number.
What a teleport costs decides: here the shortest path to where it lands, or one number for all. Every network enters
with its largest (strongly) connected part, edges one long; random families with ten seeds, the interval is Student's.
"""

import json
import os
from pathlib import Path

import networkx as nx
import numpy as np

RESULTS = Path(__file__).with_name("results") / "damping.json"
CLAIMED = 0.85
COSTS = ("path", 1.0, 2.0, 3.0, 5.0)
SEEDS = range(10)
ROW = "{:<30s} {:>5s} {:>5s}  {:<6s} {:>8s} {:>22s} {:>8s} {:>7s} {:>15s} {:>7s}"

#: Random networks of one size and mean degree each, by seed; all undirected but the last.
FAMILIES = {
    "random, 500 nodes, degree 6": lambda s: nx.gnm_random_graph(500, 1500, seed=s),
    "random, 500 nodes, degree 20": lambda s: nx.gnm_random_graph(500, 5000, seed=s),
    "preferential, 500, degree 6": lambda s: nx.barabasi_albert_graph(500, 3, seed=s),
    "preferential, 500, degree 2": lambda s: nx.barabasi_albert_graph(500, 1, seed=s),
    "small world, 500, degree 6": lambda s: nx.watts_strogatz_graph(500, 6, 0.1, seed=s),
    "two blocks, 500, degree 6": lambda s: nx.stochastic_block_model(
        [350, 150], [[0.016, 0.001], [0.001, 0.036]], seed=s
    ),
    "geometric, 500 nodes": lambda s: nx.random_geometric_graph(500, 0.08, seed=s),
    "random, 100 nodes, degree 6": lambda s: nx.gnm_random_graph(100, 300, seed=s),
    "random, directed, 200, out 4": lambda s: nx.gnm_random_graph(200, 800, seed=s, directed=True),
}


def make():
    rows = []
    for name, family in FAMILIES.items():
        found = [_study(*_plain(family(seed))) for seed in SEEDS]
        rows += _rows(name, found)
        print(name, flush=True)
    for name, graph in _single():
        rows += _rows(name, [_study(graph)])
        print(name, flush=True)
    RESULTS.write_text(json.dumps({"claimed": CLAIMED, "rows": rows}, indent=1) + "\n")


def _study(graph):
    from interplay.measures import damping_study

    found = damping_study(graph, teleport_cost=COSTS)
    return graph.n_nodes, graph.n_edges, found, _cost_for(graph)


def _cost_for(graph):
    """The constant cost whose least distance lies at 0.85, with that least place found again; NaN if there is none."""
    from interplay.measures import damping_study

    step = 1e-4
    near = damping_study(graph, CLAIMED + np.array([-step, 0, step]), teleport_cost=(0.0, 1.0))
    free, one = near.mean_distance
    slope = (one[2] - free[2]) - (one[0] - free[0])
    cost = -(free[2] - free[0]) / slope if slope else -1.0
    if cost <= 0:
        return float("nan"), float("nan")
    again = damping_study(graph, teleport_cost=(float(cost),))
    return float(cost), float(again.best[0])


def _rows(name, found):
    from scipy.stats import t

    for c, cost in enumerate(COSTS):
        best = np.array([one[2].best[c] for one in found])
        half = float(t.ppf(0.975, len(best) - 1) * best.std(ddof=1) / np.sqrt(len(best))) if len(best) > 1 else None
        yield {
            "network": name,
            "nodes": [min(one[0] for one in found), max(one[0] for one in found)],
            "edges": round(float(np.mean([one[1] for one in found]))),
            "networks": len(found),
            "cost": cost,
            "best": float(best.mean()),
            "interval": None if half is None else [float(best.mean()) - half, float(best.mean()) + half],
            "interior": int(sum(one[2].interior[c] for one in found)),
            "near": np.mean([one[2].near[c] for one in found], axis=0).tolist(),
            "gain": float(np.mean([one[2].gain[c] for one in found])),
            "each": best.round(4).tolist(),
        }
    costs = np.array([one[3] for one in found])
    held = np.abs(costs[:, 1] - CLAIMED) < 0.002
    yield {
        "network": name,
        "networks": len(found),
        "cost_for_claimed": [None if not ok else round(float(k), 3) for k, ok in zip(costs[:, 0], held, strict=True)],
    }


def _plain(net):
    """The largest (strongly) connected part."""
    from interplay.data import Graph

    kind = nx.strongly_connected_components if net.is_directed() else nx.connected_components
    part = nx.convert_node_labels_to_integers(net.subgraph(sorted(max(kind(net), key=len))))
    src, dst = np.array(part.edges).T
    return (Graph.from_edges(src, dst, n_nodes=len(part), directed=net.is_directed()),)


def _single():
    """Networks of which there is only one: from networkx, and real data where they are at hand."""
    for name, net in (
        ("karate club", nx.karate_club_graph()),
        ("Les Miserables", nx.les_miserables_graph()),
        ("cycle, 100 nodes", nx.cycle_graph(100)),
        ("grid, 20 x 20", nx.grid_2d_graph(20, 20)),
        ("complete, 100 nodes", nx.complete_graph(100)),
    ):
        yield name, *_plain(nx.Graph(nx.convert_node_labels_to_integers(net).edges))
    data = Path(os.environ.get("INTERPLAY_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
    for name, place in (
        ("Rice Facebook, part", "rice/rice_subset.links"),
        ("CrossWalk, synthetic 2", "synth2/n500.links"),
        ("CrossWalk, synthetic 3", "synth3/n500.links"),
        ("Twitter sample, undirected", "twitter/sample_4000.links"),
    ):
        file = data / "fair_graphs" / place
        if file.exists():
            yield name, *_plain(nx.Graph([line.split()[:2] for line in file.read_text().splitlines()]))
    for size in (100, 200, 400):
        file = data / "hcp_group" / f"strucMatrix_ctx_schaefer_{size}.csv"
        if file.exists():
            yield f"structural connectome, {size}", _weighted(np.loadtxt(file, delimiter=","))


def _weighted(matrix):
    from interplay.data import Graph

    np.fill_diagonal(matrix, 0)
    # Streamline counts are given as logarithms; the few below one streamline would be negative weights.
    graph = Graph.from_dense((matrix + matrix.T) / 2, directed=False).layer("positive")
    label = graph.components()
    return graph.select(np.flatnonzero(label == np.bincount(label).argmax()))


def lines():
    found = json.loads(RESULTS.read_text())
    rows = [row for row in found["rows"] if "cost" in row]
    yield ROW.format(
        "network", "nodes", "edges", "cost", "claimed", "ours [95 %]", "gap", "inside", "within 1 %", "gain"
    )
    for row in found["rows"]:
        yield _line(row, found["claimed"])
    yield ""
    for cost in COSTS:
        mine = [row for row in rows if row["cost"] == cost]
        held = [row for row in mine if row["near"][0] <= found["claimed"] <= row["near"][1]]
        inside = [row for row in mine if row["gain"] >= 0.01]
        yield (
            f"cost {cost}: 0.85 travels at most 1 % farther than the best on {len(held)} of {len(mine)} networks; a "
            f"least value that undercuts both ends by 1 % exists on {len(inside)}"
        )


def _line(row, claimed):
    if "cost_for_claimed" in row:
        known = [k for k in row["cost_for_claimed"] if k is not None]
        span = f"{min(known):.2f} to {max(known):.2f}" if known else "none"
        return f"{'':30s}   0.85 is best at a constant cost of {span} ({len(known)} of {row['networks']})"
    low, high = row["nodes"]
    ours, gap = f"{row['best']:.3f}", f"{row['best'] - claimed:+.3f}"
    if row["interior"] == 0:
        ours, gap = "none inside", ""
    elif row["interval"]:
        ours += " [{:.3f}, {:.3f}]".format(*row["interval"])
    return ROW.format(
        row["network"],
        str(low) if low == high else f"{low}+",
        str(row["edges"]),
        str(row["cost"]),
        str(claimed),
        ours,
        gap,
        f"{row['interior']}/{row['networks']}",
        "{:.2f} to {:.2f}".format(*row["near"]),
        f"{100 * row['gain']:.1f} %",
    )
