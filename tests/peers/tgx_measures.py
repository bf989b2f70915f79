"""Ask py-tgx for what it says of binned events; JSON in, JSON out."""

import contextlib
import io
import json
import sys

import tgx
from tgx.utils import stat
from tgx.viz import TEA

given = json.load(sys.stdin)
bins = {k: {} for k in range(max(t for _, _, t in given) + 1)}
for u, v, t in given:
    bins[t][u, v] = 1
graph = tgx.Graph(edgelist=bins)
with contextlib.redirect_stdout(io.StringIO()):
    tea = TEA.TEA_process_edgelist_per_timestamp(bins)[0]
    found = {
        "novelty": stat.get_novelty(graph),
        "surprise": stat.get_surprise(graph),
        "reoccurrence": stat.get_reoccurrence(graph),
        "node_activity": stat.get_avg_node_activity(graph),
        "engaged_nodes": stat.get_avg_node_engagement(graph),
        "nodes": stat._calculate_node_per_ts(graph),
        "pairs": stat._calculate_edge_per_ts(graph),
        "components": [len(sizes) for sizes in stat.size_connected_components(graph)],
        "largest": [max(sizes) for sizes in stat.size_connected_components(graph)],
        "new": [d["new"] for d in tea],
        "repeated": [d["repeated"] for d in tea],
    }
sys.stdout.write(json.dumps(found))
