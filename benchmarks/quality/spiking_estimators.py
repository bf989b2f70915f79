"""Bias and spread of gradients through binary units, exactly: every state of small random networks is summed over.

Networks of 3 inputs, two layers of 3 units and a softmax of 3 classes; weights, biases and read-out are drawn from
N(0, ratio² / 3), 400 networks a cell, the same numbers at every ratio. The gradient is that of all weights and biases
of the units, its true value a sum over all 64 states. Relative bias, relative standard deviation of one sample and
cosine of mean and truth: medians, and means with 95 % intervals over networks.

"table": weights are points, noise of scale 1 is the units' own. "signs" and "silence": a weight has variance 1 / 3, so
that ratio is its mean over its spread; codes -1 and 1 without noise of the units' own, 0 and 1 with noise of variance
`floor`; both ways to continue the variance between the corners. `python -m benchmarks.quality spiking_estimators`
measures all, this module alone prints it.
"""

import json
from pathlib import Path

import numpy as np

from benchmarks.quality.spiking_depth import interval

PATH = Path(__file__).with_name("results") / "spiking_estimators.jsonl"
N_NETS = 400
RATIOS = (4.0, 2.0, 1.0, 0.5, 0.25)
WEIGHTS = (
    "st", "half", "const(0)", "const(1)", "const(0.3)", "interp(0.5)", "power(0.5)", "agr(0.5)", "agr(1)",
    "agr(1,normalised)",
)  # fmt: skip
FLOORS = (1e-4, 1e-2, 0.25, 1.0)


def nets(**settings):
    """Draw the networks of a cell."""
    from interplay._core.rng import stream
    from interplay.testing.binary_outcomes import random_network

    return [random_network(stream(0, "spiking_estimators", k), **settings) for k in range(N_NETS)]


def noisy(**settings):
    """Draw networks whose weights have a variance."""
    return nets(noise="gaussian", weight_variance=(np.full((3, 3), 1 / 3),) * 2, **settings)


def shares_of(gradient):
    """Give q for the sum over states, from the slopes that the library gives."""
    import torch

    from interplay.spiking.estimators import UnitRule

    rule = UnitRule(gradient=gradient, noise="logistic")  # q is a function of P alone

    def shares(chance):
        # Where P is 0 or 1 to the last digit there is no slope to share.
        live = (chance > 0) & (chance < 1)
        p = np.where(live, chance, 0.5)
        logit = torch.from_numpy(np.log(p) - np.log1p(-p))
        upper, lower = (rule.slopes(logit, 1.0, torch.full_like(logit, b))[0].numpy() for b in (1, 0))
        return np.where(live, upper / (1 - p), chance), np.where(live, lower / p, 1 - chance)

    return shares


def cell(found, gradient):
    """Measure one estimator on the networks of a cell."""
    shares = shares_of(gradient)
    every = [net.enumerate(shares) for net in found]
    row = {"n_nets": len(every)}
    for name, attribute in (("bias", "relative_bias"), ("std", "relative_std"), ("cosine", "cosine")):
        values = np.array([getattr(one, attribute) for one in every])
        mean, half = interval(values)
        low, median, high = np.quantile(values, (0.1, 0.5, 0.9)).tolist()
        row |= {f"{name}_median": median, f"{name}_10": low, f"{name}_90": high, name: mean, f"{name}_half": half}
    return row


def rows():
    """Measure all cells."""
    for ratio in RATIOS:
        for law in ("logistic", "gaussian"):
            for code in ("01", "pm1"):
                found = nets(ratio=ratio, noise=law, code=code)
                for gradient in WEIGHTS:
                    about = {"part": "table", "ratio": ratio, "law": law, "code": code, "gradient": gradient}
                    yield about | cell(found, gradient)
    for ratio in RATIOS:
        for form in ("multilinear", "square"):
            found = noisy(ratio=ratio, code="pm1", scale=1e-6, form=form)
            for gradient in ("st", "half"):
                yield {"part": "signs", "ratio": ratio, "form": form, "gradient": gradient} | cell(found, gradient)
    for floor in FLOORS:
        for ratio in RATIOS:
            for form in ("multilinear", "square"):
                found = noisy(ratio=ratio, code="01", scale=floor**0.5, form=form)
                for gradient in ("st", "half"):
                    about = {"part": "silence", "floor": floor, "ratio": ratio, "form": form, "gradient": gradient}
                    yield about | cell(found, gradient)


def table():
    """Print what is stored."""
    for line in PATH.read_text().splitlines():
        row = json.loads(line)
        name = "  ".join(str(v) for k, v in row.items() if k in ("part", "ratio", "law", "code", "form", "floor"))
        parts = [f"{name}  {row['gradient']:18s}"]
        for key in ("bias", "std", "cosine"):
            parts.append(f"{key} {row[key]:.4f} +- {row[key + '_half']:.4f} (median {row[key + '_median']:.4f})")
        print("  ".join(parts))


if __name__ == "__main__":
    table()
