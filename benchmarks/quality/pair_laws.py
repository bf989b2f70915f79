"""How often laws without surrogates call independent series coupled, and what holding the shrinkage is worth.

Each row: `repeats` windows of `n_units` independent autoregressions of order one with coefficient `memory`.
"""

from dataclasses import dataclass
from unittest.mock import patch

import numpy as np

from interplay import Events, Recording, Series
from interplay._core.rng import stream
from interplay.infer import Coherence, Granger, PartialCorrelation, PhaseLocking, coherence

REPEATS, N_SAMPLES, N_UNITS = 60, 600, 6
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
