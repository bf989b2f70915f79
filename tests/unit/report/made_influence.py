"""Results of spreading made by hand: what pictures and pages of influence are tried on."""

import numpy as np

from interplay.data import Graph
from interplay.influence.results import ComparisonResult, PriceResult, SeedResult, SpreadResult

VERSIONS = {"python": "3", "interplay": "0"}


def made_graph(n=120, seed=0, groups=("majority", "minority"), share=0.7, directed=False):
    """Two or more groups, dense inside and sparse between, with one node alone."""
    rng = np.random.default_rng(seed)
    cut = np.cumsum([share, *[(1 - share) / max(len(groups) - 1, 1)] * (len(groups) - 1)])
    code = np.minimum(np.searchsorted(cut * n, np.arange(n), side="right"), len(groups) - 1)
    chance = np.where(code[:, None] == code[None, :], 0.07, 0.006)
    draw = rng.random((n, n)) < chance
    draw = np.triu(draw, 1)
    draw[-1] = draw[:, -1] = False
    src, dst = np.nonzero(draw)
    return Graph.from_edges(
        src, dst, n_nodes=n, directed=directed, attributes={"team": np.array(groups, dtype=str)[code]}
    )


def made_spread(graph, seeds, reach=0.3, tilt=0.1, runs=1000, rounds=8, seed=0, column="team"):
    """A spread whose first group is reached more than the others by `tilt`."""
    rng = np.random.default_rng(seed)
    groups = graph.groups(column)
    size = groups.sizes
    share = np.clip(reach + tilt * np.linspace(1, -1, len(groups)) / 2, 0, 1)
    samples = rng.binomial(size[None, :], np.nan_to_num(share)[None, :], (runs, len(groups))).astype(np.int32)
    probability = np.clip(share[groups.code] + 0.15 * rng.standard_normal(graph.n_nodes), 0, 1)
    probability[list(seeds)] = 1.0
    time = np.arange(rounds, dtype=float)
    grown = 1 - np.exp(-time / 2)
    group_reach = samples.mean(axis=0)
    return SpreadResult(
        config=None,
        made_from=graph.digest,
        seed=0,
        versions=VERSIONS,
        model="ic",
        seeds=np.array(seeds, dtype=np.int64),
        n_nodes=graph.n_nodes,
        runs=runs,
        reach=float(samples.sum(axis=1).mean()),
        reach_se=float(samples.sum(axis=1).std(ddof=1) / np.sqrt(runs)),
        node_probability=probability,
        groups=groups.names,
        group_sizes=size,
        group_reach=group_reach,
        group_reach_se=samples.std(axis=0, ddof=1) / np.sqrt(runs),
        time=time,
        course=grown[:, None] * group_reach[None, :],
        samples=samples,
    )


def made_comparison(graph, methods=None, runs=400, column="team"):
    """Six ways to choose five seeds, from random to fair."""
    methods = methods or {
        "random": (0.16, 0.04), "degree": (0.27, 0.22), "page-rank": (0.28, 0.2), "greedy": (0.34, 0.18),
        "medoids": (0.3, 0.06), "max-min": (0.32, 0.03),
    }  # fmt: skip
    spreads = tuple(
        made_spread(graph, range(k, k + 5), reach, tilt, runs, seed=k, column=column)
        for k, (reach, tilt) in enumerate(methods.values())
    )
    shares = np.array([[s.reach / s.n_nodes, *s.share] for s in spreads])
    width = shares.shape[1]
    disparity = np.nanmax(shares[:, 1:], axis=1) - np.nanmin(shares[:, 1:], axis=1)
    total = np.array([s.reach for s in spreads])
    return ComparisonResult(
        config=None,
        made_from=graph.digest,
        seed=0,
        versions=VERSIONS,
        names=np.array(list(methods), dtype=str),
        spreads=spreads,
        difference=shares - shares[0],
        difference_se=np.full((len(spreads), width), 0.004),
        disparity=disparity,
        disparity_se=np.full(len(spreads), 0.006),
        price=1 - total / max(total.max(), 1e-9),
        choices=tuple(
            SeedResult(config=None, made_from=graph.digest, seed=0, versions=VERSIONS, method=str(name), seeds=s.seeds)
            for name, s in zip(methods, spreads, strict=True)
        ),
    )


def made_price(values=(0.0, 0.25, 0.5, 1.0, 2.0), groups=("majority", "minority"), k=5):
    """A curve along which the disparity falls, and the reach a little."""
    strength = np.asarray(values, dtype=float)
    gap = 0.2 * np.exp(-1.5 * strength)
    reach = 0.34 - 0.04 * (1 - np.exp(-strength))
    share = reach[:, None] + gap[:, None] * np.linspace(0.5, -0.5, len(groups))[None, :]
    return PriceResult(
        config=None,
        made_from="0" * 32,
        seed=0,
        versions=VERSIONS,
        method="penalised",
        parameter="strength",
        values=strength,
        reach=reach,
        reach_se=np.full(len(strength), 0.003),
        disparity=gap,
        disparity_se=np.full(len(strength), 0.006),
        share=share,
        groups=np.array(groups, dtype=str),
        seeds=np.tile(np.arange(k), (len(strength), 1)),
    )


def made_opinions(rounds=30, seed=0):
    """Two camps that form, seen through what the library itself gives back."""
    from interplay.influence import Deffuant, OpinionPlan, spread_opinions

    graph = made_graph(40, seed=seed)
    plan = OpinionPlan(model=Deffuant(confidence=0.3), rounds=rounds, runs=3, classes=20, seed=seed)
    return spread_opinions(graph, [0, 1], plan=plan, groups="team")
