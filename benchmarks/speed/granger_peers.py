"""Time the peers of Granger causality on given series; run by an interpreter that has them, prints JSON lines."""

import json
import sys
import time
import warnings
from importlib import metadata

import numpy as np


def statsmodels(x, order, which):
    """The four tests of one lag, of which the F test gives the ratio."""
    from statsmodels.tsa.stattools import grangercausalitytests

    found = []
    for i, j in which:
        fits = grangercausalitytests(x[:, [j, i]], [order])[order][1]
        found.append(float(np.log(fits[0].ssr / fits[1].ssr)))
    return found


def elephant(x, order, which):
    """Both directions at once: half the calls."""
    from elephant.causality.granger import pairwise_granger

    found = {}
    for i, j in which:
        if (i, j) not in found:
            both = pairwise_granger(x[:, [i, j]], order, "bic")
            found[i, j], found[j, i] = both.directional_causality_x_y, both.directional_causality_y_x
    return [float(found[pair]) for pair in which]


def regressions(x, order, which):
    """Two least-squares fits for each pair, given all other series."""
    n = x.shape[1]
    past = np.concatenate([x[order - k : len(x) - k] for k in range(1, order + 1)], axis=1)
    y, one = x[order:], np.ones((len(x) - order, 1))
    found = []
    for i, j in which:
        keep = np.arange(past.shape[1]) % n != i
        full = np.linalg.lstsq(np.hstack([one, past]), y[:, j], rcond=None)[1][0]
        reduced = np.linalg.lstsq(np.hstack([one, past[:, keep]]), y[:, j], rcond=None)[1][0]
        found.append(float(np.log(reduced / full)))
    return found


def main(place):
    warnings.simplefilter("ignore")
    with np.load(place) as file:
        x, order, peers, pairs = file["x"], int(file["order"]), file["peers"].tolist(), file["pairs"].tolist()
    n = x.shape[1]
    for peer, n_pairs in zip(peers, pairs, strict=True):
        which = [(int(a), int(b)) for k in range(n_pairs // 2) for a, b in ((k, n - 1 - k), (n - 1 - k, k))]
        work, out = globals()[peer], sys.stdout
        sys.stdout = sys.stderr
        work(x, order, which[:2])
        started, begun = time.perf_counter(), time.process_time()
        values = work(x, order, which)
        scale = n * (n - 1) / len(which)
        times = {"cpu_s": (time.process_time() - begun) * scale, "wall_s": (time.perf_counter() - started) * scale}
        sys.stdout = out
        who = f"{peer} {metadata.version(peer)}" if peer != "regressions" else "numpy, two regressions for each pair"
        print(json.dumps({"who": who, "timed_pairs": len(which), "which": which, "values": values} | times), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
