"""Hidden states of switching recordings, state by state: `python -m benchmarks.quality inference_states`.

Planted recordings of three states, stays of 15 s. A found state is named after the true one it shares most time with;
then its own network is held against that state's. Beside it: what the model knows without being told of states.
"""

import time

import numpy as np

from interplay.infer import AffinityFactors, PlantedSwitching, SwitchingGLM, match_states
from interplay.measures import roc_auc

SEEDS = range(10)
#: Models with the number of states given, with the number chosen by held-out likelihood, and with one.
MODELS = {
    "one-hot, 3 states": {"states": 3},
    "gaussian, 3 states": {"states": 3, "prior": "gaussian"},
    "one-hot, chosen among 1 to 4": {"states": (1, 2, 3, 4), "folds": 2},
    "one network": {"states": 1},
}
COMMON = {"restarts": 1}
#: The number of states is chosen for so many seeds: that takes ten fits.
CHOSEN = 2


def true_path(planted, recording, seed, bins):
    """Give the true state of every sample that a model reports, run by run."""
    return np.concatenate([path[:count] for path, count in zip(planted.states(seed), bins, strict=True)])


def networks(found, true, weights, wiring):
    """Score each found state's network against that of the true state it is matched to."""
    off = ~np.eye(wiring.shape[1], dtype=bool)
    match = match_states(true, found)
    areas, signs = [], []
    for here, there in zip(match.found, match.true, strict=True):
        weight, truth = weights[here][off], wiring[there][off]
        areas.append(roc_auc(truth != 0, np.abs(np.nan_to_num(weight))))
        signs.append((np.sign(weight) == np.sign(truth))[truth != 0].mean())
    return {
        "state_accuracy": match.accuracy,
        "constant_state": match.constant,
        "state_auc": float(np.mean(areas)),
        "state_signs": float(np.mean(signs)),
        "matched": len(match.found),
    }


def rows():
    for seed in SEEDS:
        planted = PlantedSwitching()
        recording, wiring = planted.simulate(seed), planted.wiring(seed)
        for label, settings in MODELS.items():
            if "folds" in settings and seed >= CHOSEN:
                continue
            start = time.process_time()
            found = SwitchingGLM(seed=seed, **(COMMON | settings)).fit(recording)
            spent = time.process_time() - start
            path = np.concatenate(found.path)
            true = true_path(planted, recording, seed, [len(part) for part in found.path])
            row = {"seed": seed, "model": label, "states": found.n_states, "converged": found.converged}
            yield row | networks(path, true, found.weight, wiring) | {"cpu_s": spent}
        start = time.process_time()
        factors = AffinityFactors(bin_s=0.02, rank=3, blocks=False, seed=seed).fit(recording)
        spent = time.process_time() - start
        middle = factors.frame_start_s + factors.frame_s / 2
        run = np.searchsorted(recording.observed.start, middle, side="right") - 1
        at = ((middle - recording.observed.start[run]) / planted.dt_s).astype(int)
        inside = (at >= 0) & (at < planted.n_bins)
        true = planted.states(seed)[run[inside], at[inside]]
        found = factors.activity[inside].argmax(axis=1)
        row = {"seed": seed, "model": "factors, rank 3", "states": 3, "converged": True}
        yield row | networks(found, true, factors.networks, wiring) | {"cpu_s": spent}
