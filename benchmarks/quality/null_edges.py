"""How many edges are called significant where there is none: independent Poisson trains at several rates."""

import numpy as np

from interplay.infer import SpikeTiling, significant
from interplay.spiking import poisson

N_UNITS, DURATION_S = 80, 1200.0


def rows():
    for rate_hz in (0.3, 1.0, 5.0):
        for surrogates, tail in ((200, "counted"), (200, "fitted"), (1000, "fitted")):
            recording = poisson(np.full(N_UNITS, rate_hz), (0.0, DURATION_S), seed=1)
            every = SpikeTiling(surrogates=surrogates, tail=tail, jobs=2).fit(recording).snapshots
            kept = significant(every)
            per_window = np.diff(kept.pointer)
            yield {
                "rate_hz": rate_hz,
                "surrogates": surrogates,
                "tail": tail,
                "pairs": len(every.src),
                "false_edges": len(kept.src),
                "windows": len(every),
                "windows_with_a_false_edge": int((per_window > 0).sum()),
                "share_below_0.05": float((every.pvalues < 0.05).mean()),
                "share_below_0.001": float((every.pvalues < 0.001).mean()),
            }
