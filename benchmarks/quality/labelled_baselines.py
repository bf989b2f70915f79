"""What simple read-outs find in made-up words and gestures: `python -m benchmarks.quality.labelled_baselines`.

Whoever claims that a network uses time must beat these. Each cell is the mean over three seeds of the share of
test samples read rightly, nobody being on both sides (`unseen`), 80 % of the samples in training.

- `total`: five nearest neighbours in the number of events.
- `counts`: ridge classifier on square roots of the counts of each channel (ten neighbours together) or pixel (squares
  of two), its penalty by leave-one-out.
- `bins`: the same on the counts in ten steps over the longest sample.
- `way round`: among the four circles of one arm, clockwise or not: by ridge on counts, on bins, and by the sign of the
  area that the centre of the events sweeps in steps of 30 ms, which is nothing learned.
"""

import json
from pathlib import Path

import numpy as np
from sklearn.linear_model import RidgeClassifierCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks.speed.machine import header
from interplay.spiking import gestures, spoken_digits

SEEDS = (0, 1, 2)
DIFFICULTIES = (0.0, 0.5, 1.0, 1.5)
CIRCLES = {3: 1, 4: -1, 5: 1, 6: -1}
OUT = Path(__file__).parent / "results" / "labelled_baselines.json"


def ridge(features, label, train, test):
    model = make_pipeline(StandardScaler(), RidgeClassifierCV(alphas=np.logspace(0, 5, 11)))
    return model.fit(features[train], label[train]).score(features[test], label[test])


def tables(data, pool):
    """Square roots of counts, of each unit and of each unit in ten steps, and totals."""
    step = float(data.duration_s.max()) / 10 * (1 + 1e-6)
    counts = data.pooled(pool).counts(step_s=step, n_steps=10)
    totals, every = counts.sum(axis=0), np.sqrt(counts).transpose(1, 0, 2).reshape(len(data), -1)
    return np.sqrt(totals), every, totals.sum(axis=1)[:, None]


def readouts(data, pool, seed):
    counts, bins, total = tables(data, pool)
    train, test = data.split(0.8, seed=seed, by_group=True)
    near = KNeighborsClassifier(5).fit(total[train], data.label[train])
    return {
        "total": near.score(total[test], data.label[test]),
        "counts": ridge(counts, data.label, train, test),
        "bins": ridge(bins, data.label, train, test),
    }


def swept(data, k, step_s=0.03):
    """Area that the centre of the events of one film sweeps clockwise."""
    size = data.grid[1]
    one = data.sample(k)
    y, x = np.divmod(one.unit % (size * size), size)
    step = (one.time / step_s).astype(int)
    place = np.stack([np.bincount(step, x), -np.bincount(step, y)], axis=1)
    place /= np.maximum(np.bincount(step), 1)[:, None]
    place -= place.mean(axis=0)
    return (place[:-1, 1] * place[1:, 0] - place[:-1, 0] * place[1:, 1]).sum()


def way_round(data, seed):
    part = data.take(np.flatnonzero(np.isin(data.label, list(CIRCLES))))
    way = np.array([CIRCLES[c] for c in part.label.tolist()])
    counts, bins, _ = tables(part, 2)
    train, test = part.split(0.8, seed=seed, by_group=True)
    return {
        "way by counts": ridge(counts, way, train, test),
        "way by bins": ridge(bins, way, train, test),
        "way by path": np.mean([np.sign(swept(part, k)) == way[k] for k in range(len(part))]),
    }


def rows():
    for n in (25, 100):
        for difficulty in DIFFICULTIES:
            found = [readouts(spoken_digits(n, difficulty=difficulty, seed=s), 10, s) for s in SEEDS]
            yield {"data": "words", "n_per_class": n, "difficulty": difficulty, **mean(found)}
    for n in (25, 60):
        for difficulty in DIFFICULTIES:
            films = [(gestures(n, difficulty=difficulty, seed=s), s) for s in SEEDS]
            found = [readouts(film, 2, s) | way_round(film, s) for film, s in films]
            yield {"data": "gestures", "n_per_class": n, "difficulty": difficulty, **mean(found)}


def mean(found):
    return {name: round(float(np.mean([one[name] for one in found])), 3) for name in found[0]}


def main():
    print(header())
    table = []
    for row in rows():
        table.append(row)
        print("  ".join(f"{name} {value}" for name, value in row.items()), flush=True)
        OUT.write_text(json.dumps(table, indent=1) + "\n")


if __name__ == "__main__":
    main()
