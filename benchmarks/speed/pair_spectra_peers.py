"""Time mne-connectivity and scikit-learn on given series; run by an interpreter that has them, prints JSON lines."""

import json
import sys
import time
from importlib import metadata

import numpy as np


def timed(work):
    work()
    started, begun = time.perf_counter(), time.process_time()
    answer = work()
    return answer, {"cpu_s": time.process_time() - begun, "wall_s": time.perf_counter() - started}


def phases(x, length, dt_s, band, method):
    from mne_connectivity import spectral_connectivity_epochs

    epochs = x.reshape(-1, length, x.shape[1]).transpose(0, 2, 1)
    found = spectral_connectivity_epochs(
        epochs, method=method, mode="fourier", sfreq=1 / dt_s, fmin=band[0] - 1e-6, fmax=band[1] + 1e-6
    )
    n = x.shape[1]
    return found.get_data("dense").mean(axis=2).T[np.triu_indices(n, 1)]


def lasso(x, penalty):
    from sklearn.covariance import graphical_lasso

    precision = graphical_lasso(np.corrcoef(x.T), penalty, tol=1e-5, enet_tol=1e-6)[1]
    scale = np.sqrt(np.diag(precision))
    return (-precision / scale / scale[:, None])[np.triu_indices(len(scale), 1)]


def main(place):
    import mne

    mne.set_log_level("ERROR")
    # One period of the taper, as ours.
    np.hanning = lambda m: 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(m) / m)
    with np.load(place) as file:
        x, length, dt_s, band = file["x"], int(file["length"]), float(file["dt_s"]), file["band"]
    jobs = {
        m: ("mne-connectivity", lambda m=m: phases(x, length, dt_s, band, m))
        for m in ("ppc", "plv", "wpli", "wpli2_debiased")
    }
    jobs["graphical_lasso"] = ("scikit-learn", lambda: lasso(x, 0.1))
    for name, (who, work) in jobs.items():
        out, sys.stdout = sys.stdout, sys.stderr
        values, times = timed(work)
        sys.stdout = out
        row = {"who": f"{who} {metadata.version(who)}", "name": name, "values": values.tolist()} | times
        print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
