"""Dynamic Bayesian networks on simulated truth: raw beside standardised variables, and what variances alone give away.

Samples follow x = x W + x(-1) A + noise: W random without cycles, two edges per unit on average, weights +-(0.5 to 2);
A one edge per unit, +-(0.3 to 0.5), shrunk where the process would not be stable; 500 samples; noise of variance 1.
Fits with the published penalty, 0.05, and with our default, on either scale. F1 at the published cuts (0.3 for W, 0.1
for A) and at the best cut in hindsight; W also without directions. Beside them: units sorted by their variance, each
regressed on those before it and on the past (sort and regress), no search at all, at the same cuts. Means over seeds
with Student's 95% interval.
"""

import time

import numpy as np
from scipy.stats import t as student

from interplay import Recording, Series
from interplay._core.rng import stream
from interplay.infer import DynamicBayes

SIZES = {10: 10}
N_SAMPLES = 500
CUT_W, CUT_A = 0.3, 0.1


def simulated(d, seed, n=N_SAMPLES, edges=2):
    """Draw samples (n, d), W and A."""
    rng = stream(seed, "benchmark", "dynotears", d)
    order = rng.permutation(d)
    w = np.triu(rng.random((d, d)) < 2 * edges / (d - 1), 1) * rng.uniform(0.5, 2, (d, d)) * rng.choice([-1, 1], (d, d))
    w = w[np.ix_(order, order)]
    a = (rng.random((d, d)) < 1 / d) * rng.uniform(0.3, 0.5, (d, d)) * rng.choice([-1, 1], (d, d))
    within = np.linalg.inv(np.eye(d) - w)
    radius = np.abs(np.linalg.eigvals(a @ within)).max()
    a = a * min(1.0, 0.9 / max(radius, 1e-9))
    x = np.zeros((n + 100, d))
    for k in range(1, len(x)):
        x[k] = (x[k - 1] @ a + rng.standard_normal(d)) @ within
    return x[100:], w, a


def rows():
    for d, seeds in SIZES.items():
        found = {}
        for seed in range(seeds):
            x, w, a = simulated(d, seed)
            recording = Recording(traces=Series.regular(x, dt_s=1.0))
            for name, settings in (("0.05", {"lambda_w": 0.05, "lambda_a": 0.05}), ("default", {})):
                begun = time.process_time()
                fit = DynamicBayes(**settings).fit(recording)
                spent = time.process_time() - begun
                for scale in ("raw", "standardised"):
                    one = getattr(fit, scale)
                    scores = _scores(one.weights[0], w, a, one.converged[0])
                    scores |= {"both_cpu_s": spent}
                    if scale == "raw":
                        scores |= {"varsortability": fit.varsortability[0], "lost": fit.lost[0]}
                    found.setdefault((name, scale), []).append(scores)
            found.setdefault(("none", "sort and regress"), []).append(_scores(_sorted(x), w, a, True))
        for (penalty, scale), each in found.items():
            row = {"d": d, "seeds": seeds, "penalty": penalty, "scale": scale}
            for key in each[0]:
                values = np.array([e[key] for e in each], dtype=float)
                half = student.ppf(0.975, seeds - 1) * values.std(ddof=1) / np.sqrt(seeds)
                row |= {key: float(values.mean()), f"{key}_half": float(half)}
            yield row


def _scores(weights, w, a, converged):
    both = np.maximum(np.abs(weights[0]), np.abs(weights[0].T))
    upper = np.triu_indices(len(w), 1)
    return {
        "w_fixed": f1(np.abs(weights[0]) > CUT_W, w != 0),
        "w_best": best_f1(np.abs(weights[0]), w != 0),
        "w_undirected_best": best_f1(both[upper], ((w != 0) | (w != 0).T)[upper]),
        "a_fixed": f1(np.abs(weights[1]) > CUT_A, a != 0),
        "a_best": best_f1(np.abs(weights[1]), a != 0),
        "converged": float(converged),
    }


def f1(found, true):
    total = found.sum() + true.sum()
    return 2 * (found & true).sum() / total if total else float("nan")


def best_f1(score, true):
    return max(f1(score > cut, true) for cut in [0.0, *np.unique(score[score > 0]).tolist()])


def _sorted(x):
    """Regress every unit on those of less variance and on the past, by least squares."""
    now, past = x[1:] - x[1:].mean(axis=0), x[:-1] - x[:-1].mean(axis=0)
    d = x.shape[1]
    order = np.argsort(now.var(axis=0))
    out = np.zeros((2, d, d))
    for k, j in enumerate(order):
        before = order[:k]
        weight = np.linalg.lstsq(np.hstack([now[:, before], past]), now[:, j], rcond=None)[0]
        out[0, before, j], out[1, :, j] = weight[:k], weight[k:]
    return out
