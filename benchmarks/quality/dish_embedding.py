"""A real dish session under the embeddings: how many dimensions they have, what links they tell, regions, performance.

The session, the channels and the windows were chosen before any of this was computed; nothing is tuned on it.
"""

from functools import lru_cache

import numpy as np

import interplay as ip
from benchmarks.quality.shifted_recordings import DATA
from interplay.infer import SpikeTiling, proportional
from interplay.measures.links import LINK_BASELINES, evaluate_links, inner_product
from interplay.measures.regions import region_agreement, region_silhouette
from interplay.represent import TAVRNN, VGAE, VGRNN, over_seeds
from interplay.stats import game_performance, sensory_motor_alignment

SEEDS = range(10)
#: A channel must have fired this often in the session.
LEAST_SPIKES = 240
DENSITY = 0.15
#: Windows an inductive model is trained on.
PREFIX = 11
METHODS = {"TAVRNN": TAVRNN, "VGRNN": VGRNN, "VGAE": VGAE}
SCORES = ("auc", "average_precision", "new_auc", "new_average_precision")
FIGURES = {"hits per rally": "hits_per_rally", "hit/miss ratio": "hit_miss_ratio"}


@lru_cache(maxsize=1)
def session():
    """Channels in sensory and motor blocks that fire; windows of 120 s every 60 s, the strongest pairs of each."""
    recording = ip.load(DATA / "dish")
    enough = recording.events.counts() >= LEAST_SPIKES
    recording = recording.select(np.flatnonzero(enough & (recording.units.group != "")))
    snapshots = SpikeTiling(window_s=120.0, step_s=60.0, lag_s=0.05).fit(recording).snapshots
    return recording, proportional(snapshots, DENSITY)


def rows():
    if not (DATA / "dish" / "spikes.bin").exists():
        yield {"skipped": "no dish/spikes.bin below INTERPLAY_DATA"}
        return
    recording, snapshots = session()
    group = recording.units.group
    yield {
        "case": "session", "channels": recording.n_units, "windows": len(snapshots),
        "sensory": int((group == "sensory").sum()), "motor": int((group != "sensory").sum()),
        "absent": int((~snapshots.present).sum()), "edges": len(snapshots.src),
    }  # fmt: skip
    results = {name: over_seeds(method(), snapshots, SEEDS, jobs=2) for name, method in METHODS.items()}
    for name, made in results.items():
        yield _trained(name, made)
        filled = [dimensions(one, snapshots) for one in made]
        each = sorted(round(one["first_axis_about_zero"], 3) for one in filled)
        yield {"case": "dimensions", "vectors": name, **_mean(filled), "first_axis_of_each_seed": each}
    for horizon in (1, 2):
        for name, score in trivial(snapshots).items():
            yield {"case": "links", "score": name, "horizon": horizon, **linked(snapshots, score, horizon)}
        for name, made in results.items():
            found = [linked(snapshots, inner_product(one.embedding), horizon) for one in made]
            yield {"case": "links", "score": f"{name}, last vectors", "horizon": horizon, **_mean(found)}
    for name in ("TAVRNN", "VGRNN"):
        found = [linked(snapshots, foreseen(one, snapshots), 1) for one in results[name]]
        yield {"case": "links", "score": f"{name}, prior", "horizon": 1, **_mean(found)}
    yield from _inductive(snapshots)
    yield from _regions(recording, snapshots, results)
    yield from _alignments(recording, snapshots, results)


def _trained(name, made):
    best = [one.best_epoch for one in made]
    return {
        "case": "training", "vectors": name, "seeds": len(made), "epochs": max(len(one.loss["loss"]) for one in made),
        "best_epoch_median": float(np.median(best)), "notes": sorted({note for one in made for note in one.notes}),
        **_mean([{f"own_window_{key}": float(np.nanmean(v)) for key, v in one.reconstruction.items()} for one in made]),
    }  # fmt: skip


def dimensions(result, snapshots):
    """Say how many dimensions the vectors of all windows fill, about zero and about their mean, and what the first is.

    The participation ratio of squared singular values s is (sum s)^2 / sum s^2: 1 on a line, D where all are alike.
    The inner product sees vectors about zero; distances see them about their mean.
    """
    points = result.embedding[result.present]
    out = {}
    for about, x in (("zero", points), ("mean", points - points.mean(axis=0))):
        _, size, axes = np.linalg.svd(x, full_matrices=False)
        power = size**2
        out[f"participation_about_{about}"] = float(power.sum() ** 2 / (power**2).sum())
        out[f"first_axis_about_{about}"] = float(power[0] / power.sum())
        if about == "zero":
            place = result.embedding @ axes[0]
    out["one_sign"] = float(max((place[result.present] > 0).mean(), (place[result.present] < 0).mean()))
    each = [_rank_correlation(place[t][p], degrees(snapshots, t)[p]) for t, p in enumerate(result.present)]
    out["first_axis_and_degree"] = float(abs(np.mean(each)))
    return out


def degrees(snapshots, t):
    """Count the edges of every node in window t."""
    cut = slice(snapshots.pointer[t], snapshots.pointer[t + 1])
    ends = np.concatenate([snapshots.src[cut], snapshots.dst[cut]])
    return np.bincount(ends, minlength=snapshots.n_nodes).astype(float)


def _rank_correlation(a, b):
    from scipy.stats import spearmanr

    return float(spearmanr(a, b).statistic)


def trivial(snapshots):
    """Give every trivial score; and the product of mean degrees: one number per unit, from all known windows."""

    def mean_degrees(known, src, dst):
        mean = np.mean([degrees(snapshots, t) for t in range(known)], axis=0)
        return mean[src] * mean[dst]

    return {**{name: name for name in LINK_BASELINES}, "product of mean degrees": mean_degrees}


def linked(snapshots, score, horizon, first=0):
    """Average the scores over the windows from `first` on."""
    found = evaluate_links(snapshots, score, horizon=horizon)
    means = {name: float(np.nanmean(getattr(found, name)[first:])) for name in SCORES}
    return means | {"unseen_pairs": int(found.n_unseen_pairs[first:].sum())}


def _inductive(snapshots):
    """Train on the first windows only, and tell those that share no moment with them."""
    until = float(snapshots.bounds[PREFIX - 1, 1])
    first = int(np.argmax(snapshots.bounds[:, 0] >= until))
    about = {"case": "links, inductive", "trained": PREFIX, "told": len(snapshots) - first, "horizon": 1}
    for name, score in trivial(snapshots).items():
        yield about | {"score": name, **linked(snapshots, score, 1, first)}
    for name in ("TAVRNN", "VGRNN"):
        made = over_seeds(METHODS[name](), snapshots, SEEDS, jobs=2, train_until=until)
        for kind, ask in (("last vectors", None), ("prior", foreseen)):
            scores = [inner_product(one.embedding) if ask is None else ask(one, snapshots) for one in made]
            yield about | {
                "score": f"{name}, {kind}",
                **_mean([linked(snapshots, score, 1, first) for score in scores]),
            }


def foreseen(result, snapshots):
    """Score pairs by the inner product of the prior's means, which were made from the windows before."""
    import torch

    from interplay.represent.module import VariationalGraphNetwork
    from interplay.tensors import with_parameters
    from interplay.tensors.snapshots import snapshot_tensors

    config = result.config
    data = snapshot_tensors(snapshots, history_node=config.architecture.history_node, device="cpu", dtype=config.dtype)
    encoder = with_parameters(VariationalGraphNetwork(config.architecture, data.n_features), result.parameters)
    with torch.no_grad():
        latents, _ = encoder.to(getattr(torch, config.dtype))(data)
    prior = latents.prior_mean.double().numpy()[:, : snapshots.n_nodes]
    np.testing.assert_allclose(latents.mean.double().numpy()[:, : snapshots.n_nodes], result.embedding, atol=1e-5)
    return lambda known, src, dst: np.einsum("pd,pd->p", prior[known][src], prior[known][dst])


def _regions(recording, snapshots, results):
    blocks = recording.units.group
    edges = np.arange(recording.events.span[0], recording.events.span[1] + 1e-9, 10.0)
    bounds = np.column_stack([edges[:-1], edges[1:]])
    counts = np.asarray(recording.events.counts(bounds), dtype=float).T
    mean_degree = np.mean([degrees(snapshots, t) for t in range(len(snapshots))], axis=0)[:, None]
    for kind, group in (
        ("blocks", blocks), ("sensory or motor", np.where(blocks == "sensory", "sensory", "motor"))
    ):  # fmt: skip
        about = {"case": "regions", "groups": kind, "n_groups": len(np.unique(group))}
        for name, vectors in (("spike counts in 10 s", counts), ("mean degree", mean_degree)):
            yield about | {"vectors": name, **_region(vectors, group, 0)}
        for name, made in results.items():
            found = [_region(one.embedding.mean(axis=0), group, seed) for seed, one in zip(SEEDS, made, strict=True)]
            yield about | {"vectors": name, **_mean(found)}


def _region(vectors, group, seed):
    return {"silhouette": region_silhouette(vectors, group), "agreement": region_agreement(vectors, group, seed)}


def _alignments(recording, snapshots, results):
    performance = game_performance(recording, snapshots.bounds)
    ways = [("TAVRNN", "none"), ("TAVRNN", "spread"), ("VGRNN", "none"), ("VGAE", "none"), ("first axis", "none")]
    tavrnn = np.stack([one.embedding for one in results["TAVRNN"]])
    for figure, name in FIGURES.items():
        for vectors, scale in ways:
            if vectors == "first axis":
                z = np.stack([one @ np.linalg.svd(one.reshape(-1, one.shape[-1]), full_matrices=False)[2][:1].T
                              for one in tavrnn])  # fmt: skip
            else:
                z = np.stack([one.embedding for one in results[vectors]])
            found = sensory_motor_alignment(
                z, recording.units.group, performance.figure(name), bounds=snapshots.bounds, recording=recording,
                snapshots=snapshots, present=snapshots.present, scale=scale, performance_name=figure,
            )  # fmt: skip
            # The trivial courses are the same whatever the vectors, but for the scale.
            shown = found.rows if (vectors, scale) == ("TAVRNN", "none") else found.rows[:1]
            for row in shown:
                yield {
                    "case": "alignment", "performance": figure, "vectors": vectors if row.role == "network" else "",
                    "scale": scale, "course": row.name, "r": row.correlation, "low": row.low, "high": row.high,
                    "p": row.pvalue, "windows": int(found.used.sum()),
                }  # fmt: skip


def _mean(found):
    """Give the mean of every number over seeds, and its standard deviation (divided by R - 1)."""
    out = {}
    for key in found[0]:
        values = np.array([one[key] for one in found])
        out[key] = float(values.mean())
        out[f"{key}_sd"] = float(values.std(ddof=1))
    return out
