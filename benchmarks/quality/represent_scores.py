"""What vectors of windows, units and pairs are worth: read-out, clustering of units, links of the next window."""

import warnings

import numpy as np

from interplay.measures.links import LINK_BASELINES, evaluate_links, inner_product
from interplay.stats.baselines import baseline_features, edge_vectors
from interplay.stats.held_out import HeldOut, ReadoutConfig

#: Windows over which a running mean forgets: what a state that is carried along can be held against.
MEMORY = 3.0
#: Every so many windows one is clustered by itself.
EVERY = 4


def running_mean(values):
    """Average rows over the past, the present one among them, with weights that fall by 1 / e in `MEMORY` rows."""
    keep, out, weight = np.exp(-1 / MEMORY), np.array(values, dtype=np.float64), 1.0
    total = out[0].copy()
    for t in range(1, len(out)):
        total, weight = keep * total + values[t], keep * weight + 1.0
        out[t] = total / weight
    return out


def told(case, vectors, protocol):
    """Score a read-out of every target from named vectors (T, D) of the windows."""
    until = case.train_until if protocol == "inductive" else None
    rows = []
    for name, target in case.targets.items():
        task = HeldOut.of(target, ReadoutConfig(permutations=19, bootstrap=100, train_until=until))
        for method, values in vectors.items():
            outcome = task.run(np.asarray(values)[target.usable], lambda _: None)
            rows.append(
                {
                    "task": f"read-out: {name}",
                    "vectors": method,
                    "score": float(outcome.scores[0]),
                    "chance": float(outcome.scores[1:].mean()),
                }
            )
    return rows


def clustered(case, units, seed):
    """Score k-means of the units: of each group's windows on average, and of single windows.

    `units` gives, for a bool array of windows, vectors (N, D): their average over these windows.
    """
    from sklearn.cluster import KMeans
    from sklearn.metrics import adjusted_mutual_info_score, silhouette_score

    def agree(vectors, group, starts):
        kinds = len(np.unique(group))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # fewer distinct vectors than clusters: what there is, is scored
            found = KMeans(kinds, n_init=starts, random_state=seed).fit_predict(vectors)
        return float(adjusted_mutual_info_score(group, found))

    averaged = [(units(mask), group) for mask, group in case.groups]
    rows = [
        {"task": "units: agreement", "score": float(np.mean([agree(v, g, 10) for v, g in averaged]))},
        {"task": "units: silhouette", "score": float(np.mean([silhouette_score(v, g) for v, g in averaged]))},
    ]
    if len(case.groups) > 1:
        single = [
            agree(units(np.arange(len(mask)) == t), group, 3)
            for mask, group in case.groups
            for t in np.flatnonzero(mask)[::EVERY]
        ]
        rows.append({"task": "units: agreement, one window", "score": float(np.mean(single))})
    return rows


def linked(case, score, name):
    """Score the links of the windows after the prefix, each told from the windows before it."""
    found = evaluate_links(case.snapshots, score)
    rows = []
    for task, values in (
        ("links: all, AUC", found.auc),
        ("links: all, AP", found.average_precision),
        ("links: new, AUC", found.new_auc),
        ("links: new, AP", found.new_average_precision),
    ):
        later = values[case.n_train :]
        rows.append({"task": task, "vectors": name, "score": float(np.nanmean(later)), "windows": len(later)})
    return rows


def baseline_rows(case, protocol, seed):
    """Score everything trivial."""
    rows, snapshots = [], case.snapshots
    if case.targets:
        features = [*baseline_features(case.recording, snapshots), edge_vectors(snapshots)]
        vectors = {f.name: f.values for f in features}
        slow = ("firing rate", "raw correlation", "degree and strength", "network edges")
        vectors |= {f"{name}, running mean": running_mean(vectors[name]) for name in slow}
        rows += told(case, vectors, protocol)
    if case.groups and protocol == "transductive":
        for name, units in _unit_vectors(case).items():
            rows += [row | {"vectors": name} for row in clustered(case, units, seed)]
    if protocol == "inductive":
        for name in LINK_BASELINES:
            rows += linked(case, name, name)
    return rows


def _unit_vectors(case):
    n, snapshots = case.snapshots.n_nodes, case.snapshots
    edges = np.abs(snapshots.dense())
    features = {f.name: f.values for f in baseline_features(case.recording, snapshots)}
    upper = np.triu_indices(n, 1)
    correlation = np.zeros((len(snapshots), n, n))
    correlation[:, upper[0], upper[1]] = features["raw correlation"]
    correlation += correlation.transpose(0, 2, 1)
    strength = features["degree and strength"].reshape(len(snapshots), 2, n).transpose(0, 2, 1)
    columns = {
        "firing rate": features["firing rate"][:, :, None],
        "raw correlation": correlation,
        "degree and strength": strength,
        "network edges": edges,
    }
    return {name: lambda mask, values=values: values[mask].mean(axis=0) for name, values in columns.items()}


def embedding_rows(case, result, protocol, seed):
    """Score one embedding."""
    rows = []
    if case.targets:
        vectors = {"mean over units": result.vectors("mean"), "all units": result.vectors("units")}
        if result.history is not None:
            vectors["history node"] = result.vectors("history")
        vectors |= {f"{name}, running mean": running_mean(values) for name, values in vectors.items()}
        rows += told(case, vectors, protocol)
    if case.groups and protocol == "transductive":
        found = clustered(case, lambda mask: result.embedding[mask].mean(axis=0), seed)
        rows += [row | {"vectors": "posterior mean"} for row in found]
    if protocol == "inductive" and result.prediction:
        rows += linked(case, inner_product(result.embedding), "last embedding")
    return rows
