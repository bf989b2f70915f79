"""Affinity factors: planted groups with units missing; block models beside Louvain on weighted networks with groups.

The networks have the degrees, group sizes and mixing of the benchmark of Lancichinetti and Fortunato (2009), drawn by a
generator of our own. Both methods choose the number of groups by themselves, by description length and by modularity.
"""

import os
import time
from pathlib import Path

import numpy as np

from interplay import Recording, Series
from interplay._core.rng import stream
from interplay.infer import AffinityFactors
from interplay.measures import adjusted_mutual_information, find_communities, weighted_blocks

N, MEAN_DEGREE, MOST_DEGREE = 125, 25, 100
#: Mixing of edges, mixing of weights, exponent of strength over degree.
CASES = [(0.25, 0.5, 1.0), (0.5, 0.25, 1.0), (0.5, 0.5, 1.0), (0.5, 0.75, 1.0), (0.75, 0.5, 1.0), (0.5, 0.25, 2.0)]


def rows(seeds=5, animals_seeds=5):
    for case in CASES:
        scores = {"weighted blocks": [], "Louvain": []}
        seconds = 0.0
        for seed in range(seeds):
            weights, groups = weighted_groups(seed, *case)
            begun = time.process_time()
            found = weighted_blocks(weights, restarts=1)
            seconds += (time.process_time() - begun) / seeds
            scores["weighted blocks"].append(adjusted_mutual_information(found.labels, groups))
            louvain = find_communities(weights, directed=False)
            scores["Louvain"].append(adjusted_mutual_information(louvain, groups))
        for method, values in scores.items():
            mu_t, mu_w, beta = case
            yield {
                "bench": "factors",
                "case": f"edges mixed {mu_t}, weights mixed {mu_w}, exponent {beta}",
                "method": method,
                "adjusted_mutual_information": float(np.mean(values)),
                "standard_deviation": float(np.std(values, ddof=1)),
                "seeds": seeds,
            } | ({"cpu_s": seconds, "edges": int((weights != 0).sum()) // 2} if method == "weighted blocks" else {})
    yield from _animals(animals_seeds)
    yield _few(6)
    place = Path(os.environ.get("INTERPLAY_DATA", "../shared/data")) / "zebrafish_calcium" / "zf1.ca2"
    if place.exists():
        yield _fish(place)


def weighted_groups(seed, mu_t, mu_w, beta):
    """Draw one network: power-law degrees (exponent 2) and group sizes (1), strengths degree^beta."""
    rng = stream(seed, "weighted groups", round(100 * mu_t), round(100 * mu_w), round(100 * beta))
    low = next(k for k in range(2, MEAN_DEGREE) if _mean_power(k, MOST_DEGREE) >= MEAN_DEGREE)
    support = np.arange(low, MOST_DEGREE + 1)
    degree = rng.choice(support, size=N, p=support**-2.0 / (support**-2.0).sum())
    sizes = np.arange(20, 61)
    groups = []
    while len(groups) < N:
        groups += [len(set(groups))] * int(rng.choice(sizes, p=sizes**-1.0 / (sizes**-1.0).sum()))
    groups = rng.permutation(np.array(groups[:N]))
    same = groups[:, None] == groups
    inside = np.minimum(np.round((1 - mu_t) * degree), same.sum(axis=1) - 1)
    weights = np.zeros((N, N))
    for part, own, mixing in ((same, inside, 1 - mu_w), (~same, degree - inside, mu_w)):
        edges = np.triu(rng.uniform(size=(N, N)) < _chances(own, part), 1)
        edges = edges | edges.T
        weights += _scaled(edges.astype(float), mixing * degree.astype(float) ** beta)
    return weights, groups


def _mean_power(low, most):
    k = np.arange(low, most + 1)
    return (k * k**-2.0).sum() / (k**-2.0).sum()


def _chances(degree, part):
    """Chances of edges inside `part` with about the wanted degrees."""
    allowed = part & ~np.eye(N, dtype=bool)
    return np.minimum(_scaled(allowed.astype(float), degree), 1.0)


def _scaled(matrix, sums):
    """Scale rows and columns of a symmetric matrix to wanted sums, as far as a hundred rounds get."""
    scale = np.ones(N)
    for _ in range(100):
        now = scale * (matrix @ scale)
        scale *= np.sqrt(np.divide(sums, now, out=np.zeros(N), where=now > 0))
    return matrix * scale[:, None] * scale


def _animals(seeds):
    """Three groups that take turns, in four recordings, 30 % of the units missing in all but the first."""
    same, right = {3: [], 1: []}, {3: [], 1: []}
    ranks = []
    for seed in range(seeds):
        recordings, groups = _turns(seed, "animals", n=24, animals=4, seconds=240, turn_s=20)
        ranks.append(AffinityFactors(blocks=False, restarts=4).fit(recordings).rank)
        for rank in same:
            found = AffinityFactors(rank=rank, restarts=4, window_s=20.0, blocks=False).fit(recordings)
            cosine = _congruence(found, groups)
            same[rank].append(cosine.max(axis=0).mean())
            right[rank].append(np.mean(cosine.argmax(axis=1)[found.dominant] == np.arange(12) % 3))
    chosen = {"rank_three_chosen": float(np.mean(np.array(ranks) == 3)), "ranks": ranks}
    for rank, method in ((3, "affinity factors"), (1, "one component for all time (baseline)")):
        yield {
            "bench": "factors",
            "case": "4 recordings, 30 % of units missing in 3",
            "method": method,
            "pair_congruence": float(np.mean(same[rank])),
            "least_pair_congruence": float(np.min(same[rank])),
            "windows_right": float(np.mean(right[rank])),
            "seeds": seeds,
        } | (chosen if rank == 3 else {})


def _few(seeds):
    """The choice of the rank where units, time and recordings are fewer."""
    ranks = []
    for seed in range(seeds):
        recordings, _ = _turns(seed, "few", n=12, animals=3, seconds=180, turn_s=10)
        ranks.append(AffinityFactors(blocks=False, restarts=4).fit(recordings).rank)
    return {
        "bench": "factors",
        "case": "3 recordings of 12 units for 3 minutes, turns of 10 s, 30 % of units missing in 2",
        "method": "affinity factors",
        "rank_three_chosen": float(np.mean(np.array(ranks) == 3)),
        "ranks": ranks,
        "seeds": seeds,
    }


def _turns(seed, name, *, n, animals, seconds, turn_s):
    groups = np.arange(n) // (n // 3)
    rng = stream(seed, name)
    samples = 4 * seconds
    turn = (np.arange(samples) // (4 * turn_s)) % 3
    recordings = []
    for a in range(animals):
        bell = np.exp(-0.5 * (np.arange(-12, 13) / 4.0) ** 2)
        noise = np.stack([np.convolve(rng.normal(size=samples), bell, "same") for _ in range(n + 3)], axis=1)
        x = 0.3 * noise[:, 3:] + (noise[:, :3] * (turn[:, None] == np.arange(3)))[:, groups]
        x[:, rng.uniform(size=n) < 0.3 * (a > 0)] = np.nan
        recordings.append(Recording(traces=Series.regular(x, dt_s=0.25)))
    return recordings, groups


def _congruence(found, groups):
    """Cosines of the components' pairs (rows) with the pairs inside each group."""
    i, j = np.triu_indices(len(groups), 1)
    own = np.nan_to_num(found.co_networks[:, i, j])
    truth = np.stack([(groups[i] == g) & (groups[j] == g) for g in range(3)]).astype(float)
    return own @ truth.T / np.outer(np.linalg.norm(own, axis=1), np.linalg.norm(truth, axis=1))


def _fish(place):
    """Optic tectum of a larval zebrafish: 143 neurons, 15 minutes."""
    values = np.loadtxt(place)
    values = values if len(values) > values.shape[1] else values.T
    data = Recording(traces=Series.regular(values, dt_s=1 / 2.1646))
    begun = time.process_time()
    found = AffinityFactors(frame_s=4.0, restarts=3, folds=1, surrogates=19, window_s=60.0).fit(data)
    return {
        "bench": "factors",
        "case": "zebrafish tectum, frames of 4 s",
        "method": "affinity factors",
        "rank": found.rank,
        "stability": found.stability.round(3).tolist(),
        "held_out": found.held_out.round(4).tolist(),
        "held_out_mean": round(found.held_out_mean, 4),
        "error": round(found.error, 4),
        "explained": found.explained.round(4).tolist(),
        "pvalues": found.pvalues.tolist(),
        "blocks": [int(b.max()) + 1 for b in found.blocks],
        "dominant": found.dominant.tolist(),
        "cpu_s": time.process_time() - begun,
    }
