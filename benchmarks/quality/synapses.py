"""Correlograms as tests: false alarms of the law and of jitter, and what it takes to see a synapse.

Four questions. Independent trains: how often is p <= level, with our law, and with a Poisson law that takes the
baseline for certain? Trains whose rates rise together: the law, and interval jitter. A planted synapse: how often
found, by expected coincidences. Series with memory: false alarms of the law of transfer entropy.
"""

import numpy as np
from scipy import stats

from interplay import Events, Recording, Series
from interplay._core.rng import stream
from interplay.infer import CrossCorrelogram, TransferEntropy

STOP = 120.0
SEEDS = 10
LEVELS = (0.05, 0.01, 0.001)


def poisson(seed, rates, *key):
    rng = stream(seed, "benchmark", "synapses", *key)
    return [np.sort(rng.uniform(0, STOP, rng.poisson(r * STOP))) for r in rates]


def events(trains):
    return Events.from_trains([t[t < STOP] for t in trains], span=(0.0, STOP))


def shares(p):
    return {f"share_p_{level:g}": float((np.concatenate(p) <= level).mean()) for level in LEVELS}


def rows():
    yield from independent()
    yield from together()
    yield from power()
    yield from memory()


def independent():
    for rate in (0.5, 2.0, 5.0, 20.0):
        ours, certain, expected = [], [], []
        for seed in range(SEEDS):
            found = CrossCorrelogram(window_s=STOP, step_s=STOP).fit(events(poisson(seed, [rate] * 20, "independent")))
            ours.append(found.snapshots.pvalues)
            expected.append(found.expected)
            law = stats.poisson(found.expected)
            half = law.pmf(found.observed) / 2
            certain.append(2 * np.minimum(law.sf(found.observed) + half, law.cdf(found.observed) - half))
        common = {"question": "independent trains", "rate_hz": rate, "expected": float(np.concatenate(expected).mean())}
        yield common | {"who": "our law"} | shares(ours)
        yield common | {"who": "Poisson, baseline taken for certain"} | shares(certain)


def together():
    for width_s in (0.01, 0.02, 0.05, 0.2):
        found = {"our law": [], "interval jitter, 20 ms": []}
        for seed in range(5):
            trains = poisson(seed, [3.0] * 12, "together")
            rng = stream(seed, "benchmark", "synapses", "bumps")
            centre = rng.uniform(0, STOP - 1, int(STOP))
            for k, train in enumerate(trains):
                extra = (centre[:, None] + width_s * rng.normal(size=(len(centre), 2))).ravel()
                trains[k] = np.sort(np.append(train, extra[extra > 0]))
            for name, surrogates in (("our law", 0), ("interval jitter, 20 ms", 199)):
                config = CrossCorrelogram(window_s=STOP, step_s=STOP, surrogates=surrogates)
                found[name].append(config.fit(events(trains)).snapshots.pvalues)
        for name, p in found.items():
            row = {"question": "rates that rise together", "width_ms": 1000 * width_s, "who": name}
            yield row | {k: v for k, v in shares(p).items() if surrogates_can(name, k)}


def surrogates_can(name, key):
    """Say whether 199 surrogates can reach a level."""
    return "jitter" not in name or key != "share_p_0.001"


def power():
    for rate in (1.0, 2.0, 5.0, 10.0, 20.0):
        for kind, strength in (("excitation", 0.05), ("inhibition", 0.5)):
            hits, expected = [], []
            for seed in range(20):
                source, target = poisson(seed, [rate, rate], "power", kind)
                rng = stream(seed, "benchmark", "synapses", "planted", kind)
                if kind == "excitation":
                    caused = source[rng.random(len(source)) < strength] + rng.uniform(0.0015, 0.0045)
                    target = np.sort(np.append(target, caused))
                else:
                    since = target - source[np.maximum(np.searchsorted(source, target) - 1, 0)]
                    lost = (since > 0.0005) & (since < 0.0055) & (rng.random(len(since)) < strength)
                    target = target[~lost]
                found = CrossCorrelogram(window_s=STOP, step_s=STOP).fit(events([source, target]))
                at = int(np.flatnonzero(found.snapshots.src == 0)[0])
                sign = np.sign(found.snapshots.weight[at])
                hits.append(found.snapshots.pvalues[at] <= 0.01 and sign == (1 if kind == "excitation" else -1))
                expected.append(found.expected[at])
            row = {"question": "a planted synapse", "kind": kind, "strength": strength, "rate_hz": rate}
            yield row | {"expected": float(np.mean(expected)), "found_p_0.01": float(np.mean(hits)), "n": len(hits)}


def memory():
    for history in (1, 3):
        p = []
        for seed in range(SEEDS):
            rng = stream(seed, "benchmark", "synapses", "memory")
            x = np.zeros((4000, 12))
            noise = rng.normal(size=x.shape)
            for t in range(3, len(x)):
                x[t] = 0.3 * x[t - 1] + 0.2 * x[t - 2] + 0.2 * x[t - 3] + noise[t]
            data = Recording(traces=Series.regular(x, dt_s=0.01))
            found = TransferEntropy(window_s=40, step_s=40, history=history).fit(data)
            p.append(found.snapshots.pvalues)
        row = {
            "question": "series with a memory of three samples",
            "who": f"Gaussian transfer entropy, history {history}",
        }
        yield row | shares(p)
