"""Run by an interpreter that has the peer asked for: samples in, values of pairs out. Not a test itself."""

import json
import sys
import warnings

import numpy as np


def statsmodels(x, order, top):
    """F statistic and p-value of src -> dst from pairs, of src -> dst given all, and the order by BIC."""
    from statsmodels.tsa.api import VAR
    from statsmodels.tsa.stattools import grangercausalitytests

    n = x.shape[1]
    pairs = [(i, j) for i in range(n) for j in range(n) if i != j]
    alone = [grangercausalitytests(x[:, [j, i]], [order])[order][0]["ssr_ftest"][:2] for i, j in pairs]
    chi2 = [grangercausalitytests(x[:, [j, i]], [order])[order][0]["lrtest"][1] for i, j in pairs]
    return {"alone": alone, "chi2": chi2, "order": int(VAR(x).select_order(top, trend="c").selected_orders["bic"])}


def mne_connectivity(x, length, dt_s, low, high, method):
    """Mean over a band of a measure across segments, (n, n)."""
    import mne
    from mne_connectivity import spectral_connectivity_epochs

    mne.set_log_level("ERROR")
    # One period, as we taper; theirs ends with a zero.
    np.hanning = lambda m: 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(m) / m)
    epochs = np.asarray(x).reshape(-1, length, x.shape[1]).transpose(0, 2, 1)
    found = spectral_connectivity_epochs(
        epochs, method=method, mode="fourier", sfreq=1 / dt_s, fmin=low, fmax=high, faverage=False
    )
    return found.get_data("dense").mean(axis=2).tolist()


def elephant(x, order):
    """Conditional Granger causality of the second on the first, given the third."""
    from elephant.causality.granger import conditional_granger, pairwise_granger

    first = pairwise_granger(x[:, :2], order, "bic")
    return [float(first.directional_causality_x_y), float(conditional_granger(x, order, "bic"))]


if __name__ == "__main__":
    given = json.load(sys.stdin)
    warnings.simplefilter("ignore")
    stdout, sys.stdout = sys.stdout, sys.stderr
    answer = globals()[given["peer"]](np.array(given["x"]), **given["settings"])
    stdout.write(json.dumps(answer))
