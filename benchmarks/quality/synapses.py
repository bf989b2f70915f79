"""Correlograms as tests: false alarms of the law and of jitter, and what it takes to see a synapse.

Independent trains: how often is p <= level, with our law, and with a Poisson law that takes the baseline for certain?
Cells that burst: the law, jitter, shifts. Trains whose rates rise together: the law, and interval jitter. A planted
synapse: how often found, by expected coincidences; and what is called one where the peak lies beyond the tested lags.
Series with memory: false alarms of the law of transfer entropy. Few spikes: the laws of mutual information and
transfer entropy.
"""

import numpy as np
from scipy import stats

from interplay import Events, Recording, Series
from interplay._core.rng import stream
from interplay.infer import CrossCorrelogram, MutualInformation, TransferEntropy

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
    yield from bursts()
    yield from together()
    yield from power()
    yield from late()
    yield from memory()
    yield from few()


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


def bursts():
    """Give eight independent units of about 150 bursts each: spikes of one burst follow each other after 4 ms."""
    for spikes in (2, 3, 5):
        found = {"our law": [], "interval jitter, 20 ms": [], "circular shift": []}
        for seed in range(2 * SEEDS):
            starts = poisson(seed, [1.25] * 8, "bursts", spikes)
            trains = [np.sort((t[:, None] + 0.004 * np.arange(spikes)).ravel()) for t in starts]
            for name, null, surrogates in (
                ("our law", "jitter", 0),
                ("interval jitter, 20 ms", "jitter", 199),
                ("circular shift", "circular_shift", 199),
            ):
                config = CrossCorrelogram(window_s=STOP, step_s=STOP, surrogates=surrogates, null=null, gallery=0)
                found[name].append(config.fit(events(trains)).snapshots.pvalues)
        for name, p in found.items():
            row = {"question": "independent cells that burst", "spikes_per_burst": spikes, "who": name}
            yield row | {k: v for k, v in shares(p).items() if name == "our law" or k != "share_p_0.001"}


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


def late():
    """Plant peaks at 8 to 10 ms, and ask for synapses at 1 to 5 ms, and at 1 to 20 ms."""
    kinds = {0.005: [], 0.02: []}
    signs = {0.005: [], 0.02: []}
    for seed in range(40):
        source, target = poisson(seed, [8.0, 20.0], "late")
        rng = stream(seed, "benchmark", "synapses", "late, planted")
        caused = source[rng.random(len(source)) < 0.6]
        target = np.sort(np.append(target, caused + rng.uniform(0.008, 0.01, len(caused))))
        for high_s in kinds:
            found = CrossCorrelogram(window_s=STOP, step_s=STOP, high_s=high_s, gallery=0).fit(events([source, target]))
            at = int(np.flatnonzero(found.snapshots.src == 0)[0])
            kinds[high_s].append(int(found.kind[at]))
            signs[high_s].append(found.snapshots.weight[at] < 0)
    for high_s, kind in kinds.items():
        row = {"question": "excitation at 8 to 10 ms", "high_ms": 1000 * high_s, "n": len(kind)}
        shares_of = {f"kind_{k}": kind.count(k) / len(kind) for k in (-1, 0, 1)}
        yield row | shares_of | {"weight_below_zero": float(np.mean(signs[high_s]))}


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


def few():
    """Bin independent trains of so many spikes at 50 ms over 60 s."""
    methods = {
        "mutual information": MutualInformation(bin_s=0.05),
        "transfer entropy, one delay": TransferEntropy(bin_s=0.05, max_delay=1),
        "transfer entropy, five delays": TransferEntropy(bin_s=0.05),
    }
    for spikes in (1, 5, 10, 20, 50, 150):
        p = {name: [] for name in methods}
        for seed in range(SEEDS):
            rng = stream(seed, "benchmark", "synapses", "few", spikes)
            trains = [np.sort(rng.uniform(0, 60, spikes)) for _ in range(30)]
            data = Events.from_trains(trains, span=(0.0, 60.0))
            for name, method in methods.items():
                p[name].append(method.fit(data).snapshots.pvalues)
        for name, found in p.items():
            row = {"question": "few spikes, bins of 50 ms over 60 s", "spikes": spikes, "who": f"law of {name}"}
            yield row | shares(found) | {"share_p_0.0001": float((np.concatenate(found) <= 1e-4).mean())}
