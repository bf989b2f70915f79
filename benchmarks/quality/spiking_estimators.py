"""Bias and spread of gradients through binary units, exactly: every state of small random networks is summed over.

Networks of 3 inputs, two layers of 3 units and a softmax of 3 classes, weights drawn from N(0, ratio²); 50 networks a
cell. The gradient is that of all mean weights at once, its true value a sum over all 64 states. Relative bias, relative
standard deviation of one sample and cosine of mean and truth, with 95 % intervals over networks. "bias_units" leaves
out the read-out's weights: their gradient has no bias, and dilutes that of the others.

"table": weights are points, noise of scale 1 is the units' own. "signs": weights N(μ, 1), code -1 and 1, with each way
to continue the variance between the corners. "silence": weights N(μ, 1), code 0 and 1, and noise of the units' own of
variance `floor`. `python -m benchmarks.quality spiking_estimators` measures all, `--table` of this module prints it.
"""

import json
import operator
from pathlib import Path

import numpy as np

from benchmarks.quality.spiking_depth import interval

PATH = Path(__file__).with_name("results") / "spiking_estimators.jsonl"
N_NETS = 50
RATIOS = (4.0, 2.0, 1.0, 0.5, 0.25)
WEIGHTS = (
    "st", "half", "const(0)", "const(1)", "const(0.3)", "interp(0.5)", "power(0.5)", "agr(0.5)", "agr(1)",
    "agr(1,normalised)",
)  # fmt: skip
FLOORS = (1e-4, 1e-2, 0.25, 1.0)


def nets(ratio, law, code, posterior, floor=0.0):
    """Draw the networks of a cell; cells of one ratio share their weights and inputs."""
    from interplay._core.rng import stream
    from interplay.testing.binary_enumeration import random_net

    for k in range(N_NETS):
        net = random_net(stream(0, "spiking_estimators", k), ratio=ratio, law=law, code=code)
        if posterior:
            net = net._replace(variances=[np.ones_like(m) for m in net.means[:-1]], floor=floor)
        yield net


def ratio_of(gradient):
    """Give q(b) / P(b) as the library has it, for the sum over states."""
    import torch

    from interplay.spiking.estimators import UnitRule

    rule = UnitRule(gradient=gradient, noise="logistic")  # the ratio is a function of P alone
    known = {}

    def branches(p, q):
        # Beyond the smallest number there is no slope to weigh.
        live = p * q > 0
        p, q = np.where(live, p, 0.5), np.where(live, q, 0.5)
        logit = torch.from_numpy(np.log(p) - np.log(q))
        both = torch.stack([torch.zeros_like(logit), torch.ones_like(logit)])
        slope, _ = rule.slopes(logit.expand(2, -1), 1.0, both)
        return np.where(live, slope.numpy() / (p * q), 1.0)

    def ratio(b, p, q):
        key = (p.tobytes(), q.tobytes())
        if key not in known:
            known[key] = branches(p, q)
        down, up = known[key]
        return np.where(b > 0, up, down)

    return ratio


def cell(found, gradient, form="multilinear"):
    """Measure one estimator on the networks of a cell."""
    from interplay.testing.binary_enumeration import moments

    every = [moments(net, ratio_of(gradient), form) for net in found]
    row = {"n_nets": len(every)}
    for name in ("bias", "bias_units", "spread", "cosine"):
        read = units_bias if name == "bias_units" else operator.attrgetter(name)
        values = np.array([read(one) for one in every])
        mean, half = interval(values)
        row |= {name: mean, f"{name}_half": half, f"{name}_median": float(np.median(values))}
        row[f"{name}_worst"] = float(values.min() if name == "cosine" else values.max())
    return row


def units_bias(found):
    """Give the relative bias without the read-out's weights, whose gradient has none."""
    exact, mean = found.exact[:-9], found.mean[:-9]
    return float(np.linalg.norm(mean - exact) / np.linalg.norm(exact))


def rows():
    """Measure all cells."""
    for ratio in RATIOS:
        for law in ("logistic", "gaussian"):
            for code in ("01", "pm1"):
                found = list(nets(ratio, law, code, posterior=False))
                for gradient in WEIGHTS:
                    about = {"part": "table", "ratio": ratio, "law": law, "code": code, "gradient": gradient}
                    yield about | cell(found, gradient)
    for ratio in RATIOS:
        found = list(nets(ratio, "gaussian", "pm1", posterior=True))
        for gradient in ("st", "half"):
            for form in ("multilinear", "square"):
                about = {"part": "signs", "ratio": ratio, "form": form, "gradient": gradient}
                yield about | cell(found, gradient, form)
    for floor in FLOORS:
        for ratio in RATIOS:
            found = list(nets(ratio, "gaussian", "01", posterior=True, floor=floor))
            for gradient in ("st", "half"):
                about = {"part": "silence", "floor": floor, "ratio": ratio, "gradient": gradient}
                yield about | cell(found, gradient)


def table():
    """Print what is stored."""
    for line in PATH.read_text().splitlines():
        row = json.loads(line)
        name = "  ".join(str(v) for k, v in row.items() if k in ("part", "ratio", "law", "code", "form", "floor"))
        parts = [f"{name}  {row['gradient']:18s}"]
        for key in ("bias", "bias_units", "spread", "cosine"):
            parts.append(f"{key} {row[key]:.4f} +- {row[key + '_half']:.4f} (median {row[key + '_median']:.4f})")
        print("  ".join(parts))


if __name__ == "__main__":
    table()
