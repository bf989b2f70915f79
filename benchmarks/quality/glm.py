"""Poisson regression: are p-values right where nothing is coupled, and what each penalty finds of planted couplings."""

import time

import numpy as np

from interplay._core.rng import stream
from interplay.data import Events
from interplay.infer import PlantedPoisson, PoissonGLM
from interplay.measures import average_precision, roc_auc
from interplay.stats import mean_interval

SEEDS = range(10)
SETTINGS = {
    "ridge 1": PoissonGLM(),
    "ridge 1, 50 ms, 3 bases": PoissonGLM(span_s=0.05, n_bases=3),
    "group lasso 10": PoissonGLM(penalty="group-lasso", strength=10.0),
}


def rows():
    yield from _null()
    yield from _variable()
    yield from _recovery()


def _null():
    lengths = ((60.0, (1.0, 1.0)), (60.0, (1.0, 3.0)), (60.0, (5.0, 15.0)), (300.0, (1.0, 3.0)), (300.0, (5.0, 15.0)))
    for duration_s, rate_hz in lengths:
        planted = PlantedPoisson(n_units=10, duration_s=duration_s, rate_hz=rate_hz, density=0.0)
        recordings = [planted.simulate(seed) for seed in SEEDS]
        for errors, strength in (("observed", 1.0), ("observed", 0.01), ("sandwich", 1.0)):
            config = PoissonGLM(folds=0, errors=errors, strength=strength)
            p = np.concatenate([config.fit(recording).snapshots.pvalues for recording in recordings])
            yield {
                "what": "no coupling",
                "duration_s": duration_s,
                "rate_hz": rate_hz,
                "errors": errors,
                "strength": strength,
                "pairs": len(p),
                "share_below_0.05": float((p < 0.05).mean()),
                "share_below_0.001": float((p < 0.001).mean()),
            }


def _variable():
    """Independent units whose counts, bin by bin, vary more than Poisson: gamma-distributed means."""
    bin_s, n_bins, n = 0.01, 6000, 10
    for mean, shape in ((0.02, 0.05), (0.05, 0.1)):
        recordings = []
        for seed in SEEDS:
            rng = stream(seed, "glm quality", "variable")
            counts = rng.poisson(mean * rng.gamma(shape, 1 / shape, (n_bins, n)))
            place, unit = np.nonzero(counts)
            many = counts[place, unit]
            nth = np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many)
            # All inside the bin, apart from each other.
            time_s = bin_s * (np.repeat(place, many) + (nth + 0.5) / (many.max() + 1))
            recordings.append(Events.from_events(time_s, np.repeat(unit, many), n_units=n, span=(0.0, bin_s * n_bins)))
        for errors in ("observed", "sandwich"):
            config = PoissonGLM(folds=0, errors=errors)
            p = np.concatenate([config.fit(recording).snapshots.pvalues for recording in recordings])
            yield {
                "what": "no coupling, counts more variable than Poisson",
                "duration_s": bin_s * n_bins,
                "rate_hz": mean / bin_s,
                "fano": 1 + mean / shape,
                "errors": errors,
                "strength": 1.0,
                "pairs": len(p),
                "share_below_0.05": float((p < 0.05).mean()),
                "share_below_0.001": float((p < 0.001).mean()),
            }


def _recovery():
    for name, config in SETTINGS.items():
        found = {"auc_weight": [], "auc_pvalue": [], "precision_weight": [], "sign": [], "over_history": []}
        begun = time.process_time()
        for seed in SEEDS:
            recording = PlantedPoisson().simulate(seed)
            result = config.fit(recording)
            off = ~np.eye(recording.n_units, dtype=bool)
            truth, weight = recording.truth.matrix(0)[off], result.snapshots.matrix(0)[off]
            edge = truth != 0
            found["auc_weight"].append(roc_auc(edge, np.abs(weight)))
            found["precision_weight"].append(average_precision(edge, np.abs(weight)))
            found["sign"].append(np.mean(np.sign(weight[edge]) == np.sign(truth[edge])))
            found["over_history"].append(result.held_out.per_spike()["over history"])
            if result.snapshots.pvalues is not None:
                found["auc_pvalue"].append(roc_auc(edge, -result.snapshots.dense_pvalues()[0][off]))
        row = {"what": "planted coupling", "settings": name, "seeds": len(SEEDS)}
        row["cpu_s"] = (time.process_time() - begun) / len(SEEDS)
        for key, values in found.items():
            if values:
                around = mean_interval(values)
                row[key] = float(np.mean(values))
                row[f"{key}_low"], row[f"{key}_high"] = float(around.low), float(around.high)
        yield row
