"""What fairness costs on a network of a large and a small block: reach and disparity by aversion and by penalty."""

import numpy as np

from interplay.data import Graph, Groups
from interplay.influence import (
    IndependentCascade,
    MaxMinSeeds,
    PenalisedSeeds,
    ProportionalSeeds,
    fairness_price,
    spread,
)

SIZES = (480, 120)
#: Probability of an edge inside each block and between them.
BLOCKS = np.array([[0.03, 0.002], [0.002, 0.02]])
BUDGET, PROBABILITY, RUNS = 15, 0.05, 4000


def network():
    """Draw the blocks."""
    code = np.repeat([0, 1], SIZES)
    chance = np.triu(BLOCKS[code][:, code], 1)
    pairs = np.argwhere(np.random.default_rng(0).random(chance.shape) < chance)
    return Graph.from_edges(*pairs.T, n_nodes=len(code), directed=False), Groups.of(code)


def rows():
    graph, groups = network()
    common = {"budget": BUDGET, "model": IndependentCascade(probability=PROBABILITY)}
    for chooser, values in (
        (ProportionalSeeds(**common), (0, 0.5, 1, 2, 4, 8, 16, 32)),
        (PenalisedSeeds(**common), (0, 0.25, 0.5, 1, 2, 4)),
    ):
        found = fairness_price(graph, chooser, values, groups=groups, runs=RUNS)
        for k, value in enumerate(found.values):
            yield {
                "method": found.method,
                found.parameter: float(value),
                "reach_share": float(found.reach[k]),
                "reach_share_se": float(found.reach_se[k]),
                "disparity": float(found.disparity[k]),
                "disparity_se": float(found.disparity_se[k]),
                "price": float(found.monitor["price"][k]),
            }
    least = spread(
        graph,
        MaxMinSeeds(**common).fit(graph, groups=groups),
        model=common["model"],
        groups=groups,
        runs=RUNS,
        seed=1,
    )
    yield {
        "method": "max-min",
        "reach_share": least.reach / graph.n_nodes,
        "reach_share_se": least.reach_se / graph.n_nodes,
        "disparity": float(np.ptp(least.share)),
    }
