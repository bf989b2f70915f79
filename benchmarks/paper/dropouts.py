"""Test-wise deletion under dropouts: claimed to keep the independences of the complete data; ours, share by share.

The claim: Dai et al. (2024), ICLR, arXiv 2403.15500: with dropouts that hang on a variable's own value, tests on the
samples whose conditioning variables are not zero find what the complete data would, where imputation finds spurious
relations. Ours is a lagged version: 10 series, x = x(-1) A + noise, memory 0.4, 15 links of +-0.35 on average, 2,000
or 20,000 samples, ten seeds. A series is standardised and moved to mean 5; a value is then lost, that is zero, if
it lies below a quantile (truncation) or with a logistic probability that falls with the value. F1 of the links between
series, at one lag, alpha 0.01; the interval is Student's.
"""

import json
from itertools import product
from pathlib import Path

import numpy as np

RESULTS = Path(__file__).with_name("results") / "dropouts.json"
SHARES = (0.0, 0.2, 0.4, 0.6, 0.8)
TREATMENTS = ("test_wise", "none", "impute", "list_wise")
SEEDS = range(10)
LENGTHS = (2000, 20_000)
N_SERIES, ALPHA = 10, 0.01
LEVEL, STEEP = 5.0, 3.0


def make():
    rows = []
    for n_samples, kind in product(LENGTHS, ("truncation", "logistic")):
        for share in SHARES:
            found = {name: [] for name in TREATMENTS}
            lost = []
            for seed in SEEDS:
                x, truth = series(seed, n_samples)
                seen = dropped(x, kind, share, seed)
                lost.append(float((seen == 0).mean()))
                for name in TREATMENTS:
                    found[name].append(_scored(seen, truth, name))
            for name, each in found.items():
                row = {
                    "n_samples": n_samples,
                    "kind": kind,
                    "share": share,
                    "lost": float(np.mean(lost)),
                    "treatment": name,
                }
                for k, key in enumerate(("f1", "precision", "recall")):
                    row[key] = _interval([scores[k] for scores in each])
                rows.append(row)
            print(n_samples, kind, share, flush=True)
    RESULTS.write_text(json.dumps({"seeds": len(SEEDS), "rows": rows}, indent=1) + "\n")


def series(seed, n_samples):
    """Draw the complete series, standardised, and which links there are."""
    from interplay._core.rng import stream

    rng = stream(seed, "benchmark", "dropouts")
    off = ~np.eye(N_SERIES, dtype=bool)
    link = (rng.random((N_SERIES, N_SERIES)) < 15 / off.sum()) & off
    a = np.where(link, 0.35 * rng.choice([-1, 1], link.shape), 0.0) + 0.4 * np.eye(N_SERIES)
    a *= min(1.0, 0.9 / np.abs(np.linalg.eigvals(a)).max())
    x = np.zeros((n_samples + 100, N_SERIES))
    for t in range(1, len(x)):
        x[t] = x[t - 1] @ a + rng.standard_normal(N_SERIES)
    x = x[100:]
    return (x - x.mean(axis=0)) / x.std(axis=0), link


def dropped(x, kind, share, seed):
    """Set values to zero, on average a share of them."""
    from interplay._core.rng import stream

    if share == 0:
        return x + LEVEL
    if kind == "truncation":
        lost = x < np.quantile(x, share, axis=0)
    else:
        low, high = -30.0, 30.0
        while high - low > 1e-6:
            middle = (low + high) / 2
            chance = 1 / (1 + np.exp(STEEP * (x - middle)))
            low, high = (middle, high) if chance.mean() < share else (low, middle)
        lost = stream(seed, "benchmark", "dropouts", "lost").random(x.shape) < chance
    return np.where(lost, 0.0, x + LEVEL)


def _scored(seen, truth, treatment):
    from interplay import Recording, Series
    from interplay.infer import IndependenceTests

    recording = Recording(traces=Series.regular(seen, dt_s=1.0))
    found = IndependenceTests(lags=1, alpha=ALPHA, dropouts=treatment).fit(recording).links[0, 0]
    found = found & ~np.eye(N_SERIES, dtype=bool)
    right = (found & truth).sum()
    precision = right / found.sum() if found.any() else float("nan")
    return 2 * right / (found.sum() + truth.sum()), precision, right / truth.sum()


def _interval(values):
    from scipy.stats import t

    values = np.array(values, dtype=float)
    values = values[~np.isnan(values)]
    if len(values) < 2:
        return [None, None]
    return [float(values.mean()), float(t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values)))]


def lines():
    stored = json.loads(RESULTS.read_text())
    table = {(r["n_samples"], r["kind"], r["share"], r["treatment"]): r for r in stored["rows"]}
    yield "Test-wise deletion under dropouts: F1 of the lagged links (claimed: as on the complete data)"
    yield f"{'samples':>7s}  {'dropouts':12s} {'share':>5s}  " + "  ".join(f"{name:>16s}" for name in TREATMENTS)
    for n_samples, kind in product(LENGTHS, ("truncation", "logistic")):
        for share in SHARES:
            each = [table[n_samples, kind, share, name]["f1"] for name in TREATMENTS]
            cells = "  ".join(f"{mean:6.3f} +- {half:6.3f}" for mean, half in each)
            yield f"{n_samples:7d}  {kind:12s} {share:5.1f}  {cells}"
        ours = [table[n_samples, kind, share, "test_wise"]["f1"][0] for share in SHARES]
        yield "  gap of test-wise to the complete data: " + ", ".join(f"{value - ours[0]:+.3f}" for value in ours[1:])
