"""How often laws without surrogates call independent series coupled, and what holding the shrinkage is worth.

Each row: `repeats` windows of `n_units` independent autoregressions of order one with coefficient `memory`; or of
independent Poisson trains; or of white noise, where the ends of a spectrum, gaps, or fitted tails are looked at.
"""

from dataclasses import dataclass
from unittest.mock import patch

import numpy as np

from interplay import Events, Recording, Series
from interplay._core.rng import stream
from interplay.infer import (
    Coherence,
    Correlation,
    Granger,
    MutualInformation,
    PartialCorrelation,
    PhaseLocking,
    SpikingProbability,
    TransferEntropy,
    coherence,
    windowed,
)

REPEATS, N_SAMPLES, N_UNITS = 60, 600, 6
LEVELS = (1e-2, 1e-3, 1e-4, 1e-6)
METHODS = {
    "partial correlation": PartialCorrelation,
    "partial correlation, independent": lambda **window: PartialCorrelation(law="independent", **window),
    "coherence, multitaper": Coherence,
    "coherence, Welch": lambda **window: Coherence(spectrum="welch", **window),
    "phase locking": PhaseLocking,
    "Granger, conditional": lambda **window: Granger(order=2, **window),
    "Granger, pairwise": lambda **window: Granger(order=2, conditional=False, **window),
    "Granger, pairwise, chi-squared": lambda **window: Granger(order=2, conditional=False, law="chi2", **window),
}


def recorded(x):
    return Recording(traces=Series.regular(x, dt_s=1.0))


def series(memory, repeat, n_samples=N_SAMPLES, n_units=N_UNITS):
    x = stream(0, "pair_laws", int(100 * memory), repeat).normal(size=(n_samples, n_units))
    for t in range(1, n_samples):
        x[t] += memory * x[t - 1]
    return x


def rows():
    window = {"window_s": float(N_SAMPLES), "step_s": float(N_SAMPLES)}
    for memory in (0.0, 0.5, 0.9):
        for name, method in METHODS.items():
            found = [method(**window).fit(recorded(series(memory, k))).snapshots.pvalues for k in range(REPEATS)]
            yield {"case": name, "memory": memory, "repeats": REPEATS} | _shares(np.concatenate(found))
        found = [
            PartialCorrelation(surrogates=99, **window).fit(recorded(series(memory, k))).snapshots.pvalues
            for k in range(REPEATS)
        ]
        row = {"case": "partial correlation, 99 surrogates", "memory": memory, "repeats": REPEATS}
        yield row | _shares(np.concatenate(found))
    yield from _sparse()
    yield from _ends()
    yield from _gaps()
    yield from _tails()
    yield from _held()


def _sparse():
    """Poisson spikes, so many in each 60 s window; coherence also without its guard against few events."""
    window = {"bin_s": 0.02, "window_s": 60.0, "step_s": 60.0}
    for n_spikes in (5, 10, 20, 50, 150):
        rng = stream(0, "pair_laws", "spikes", n_spikes)
        trains = [[np.sort(rng.uniform(0, 60, n_spikes)) for _ in range(N_UNITS)] for _ in range(REPEATS)]
        for name in ("partial correlation", "coherence, multitaper", "phase locking", "Granger, pairwise"):
            method = METHODS[name](**window)
            found = [method.fit(Events.from_trains(t, span=(0.0, 60.0))).snapshots.pvalues for t in trains]
            yield {"case": name, "spikes": n_spikes, "repeats": REPEATS} | _shares(np.concatenate(found))
        with patch.object(coherence, "_SPARSE", np.inf):
            found = [Coherence(**window).fit(Events.from_trains(t, span=(0.0, 60.0))).snapshots.pvalues for t in trains]
        row = {"case": "coherence, multitaper, unguarded", "spikes": n_spikes, "repeats": REPEATS}
        yield row | _shares(np.concatenate(found))


def _shares(p):
    return {
        "tests": len(p),
        "share_below_0.05": float((p <= 0.05).mean()),
        "share_below_0.01": float((p <= 0.01).mean()),
    }


def _ends():
    """Bands at the ends of the spectrum and in short windows."""
    cases = [(1200, band) for band in ((0, 0.2), (3, 3.02), (9.8, 10))] + [(20, None), (40, None), (60, None)]
    for n_samples, band in cases:
        method = Coherence(band=band, window_s=0.05 * n_samples, step_s=0.05 * n_samples)
        found = []
        for k in range(REPEATS):
            x = stream(0, "pair_laws", "ends", n_samples, k).normal(size=(n_samples, N_UNITS))
            found.append(method.fit(Recording(traces=Series.regular(x, dt_s=0.05))).snapshots.pvalues)
        row = {"case": "coherence, multitaper, white", "samples": n_samples, "band_hz": band, "repeats": REPEATS}
        yield row | _shares(np.concatenate(found))


def _gaps():
    """Two units that share so many of 300 samples; and samples missing one by one, memory 0.9."""
    window = {"window_s": 300.0, "step_s": 300.0, "missing": "test_wise", "surrogates": 59}
    for name, method in (("correlation", Correlation), ("partial correlation", PartialCorrelation)):
        for shared in (10, 30, 60):
            found = []
            for k in range(150):
                x = stream(0, "pair_laws", "gaps", shared, k).normal(size=(300, 4))
                x[: 150 - shared // 2, 0] = np.nan
                x[150 + shared // 2 :, 1] = np.nan
                found.append(method(**window).fit(recorded(x)).snapshots.dense_pvalues()[0][0, 1])
            row = {"case": f"{name}, test-wise, 59 surrogates", "shared_samples": shared, "repeats": 150}
            yield row | _shares(np.array(found))
    for share in (0.01, 0.3):
        found = []
        for k in range(REPEATS):
            x = series(0.9, k, 1200)
            x[stream(0, "pair_laws", "holes", k).uniform(size=x.shape) < share] = np.nan
            method = PartialCorrelation(window_s=1200, step_s=1200, missing="test_wise")
            found.append(method.fit(recorded(x)).snapshots.pvalues)
        row = {"case": "partial correlation, test-wise", "memory": 0.9, "missing": share, "repeats": REPEATS}
        yield row | _shares(np.concatenate(found))


def _tails():
    """Fitted tails of 99 surrogates: independent trains of so many spikes in 60 s, and white noise."""
    window = {"window_s": 60.0, "step_s": 60.0, "surrogates": 99, "tail": "fitted"}
    methods = {
        "transfer entropy": lambda **given: TransferEntropy(max_delay=1, **given),
        "Granger, conditional, order 1": lambda **given: Granger(order=1, **given),
        "mutual information": MutualInformation,
    }
    binned = {name: method(bin_s=0.05, **window) for name, method in methods.items()}
    binned["TSPE, 5 ms"] = SpikingProbability(bin_s=0.005, **window)
    for n_spikes in (5, 20, 60, 150, 300):
        rng = stream(0, "pair_laws", "tails", n_spikes)
        trains = [[np.sort(rng.uniform(0, 60, n_spikes)) for _ in range(10)] for _ in range(20)]
        data = [Events.from_trains(t, span=(0.0, 60.0)) for t in trains]
        for name, method in binned.items():
            row = {"case": f"{name}, fitted tail", "spikes": n_spikes, "repeats": len(data)}
            yield row | _small(method, data)
            if n_spikes <= 20:
                with patch.object(windowed, "few_coincidences", lambda active, a, b, lags: np.zeros(len(a), bool)):
                    yield row | {"case": f"{name}, fitted tail, unguarded"} | _small(method, data)
    noise = [recorded(stream(0, "pair_laws", "tails", k).normal(size=(600, 10))) for k in range(20)]
    whole = window | {"window_s": 600.0, "step_s": 600.0}
    for name, method in (
        ("Granger, conditional, order 1", Granger(order=1, **whole)),
        ("transfer entropy, Gaussian", TransferEntropy(estimator="gaussian", max_delay=1, **whole)),
        ("mutual information, Gaussian", MutualInformation(estimator="gaussian", **whole)),
    ):
        row = {"case": f"{name}, fitted tail", "memory": 0.0, "repeats": len(noise)}
        yield row | _small(method, noise)


def _small(method, recordings):
    found = np.concatenate([method.fit(data).snapshots.pvalues for data in recordings])
    return {"tests": len(found)} | {f"share_below_{level:g}": float((found <= level).mean()) for level in LEVELS}


@dataclass(frozen=True, kw_only=True)
class _Anew(PartialCorrelation):
    """Each surrogate shrunk by an intensity of its own: what must not be done."""

    def measure_surrogate(self, x, dt_s, choice):
        return self.measure(x, dt_s).weight


def _held():
    """Twelve independent units beside a coupled chain of three, 40 samples: surrogate tests of the twelve."""
    for name, method in (("held", PartialCorrelation), ("each surrogate's own", _Anew)):
        p = []
        for k in range(20):
            x = stream(0, "pair_laws", "held", k).normal(size=(40, 15))
            x[:, 1] += 0.8 * x[:, 0]
            x[:, 2] -= 0.8 * x[:, 1]
            dense = method(window_s=40, step_s=40, surrogates=99).fit(recorded(x)).snapshots.dense_pvalues()[0]
            p.append(dense[3:, 3:][np.triu_indices(12, 1)])
        yield {"case": f"shrinkage of surrogates: {name}", "repeats": 20} | _shares(np.concatenate(p))
