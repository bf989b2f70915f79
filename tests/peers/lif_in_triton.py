"""Run LIF sequences in Triton's kernels and in the processor's, and tell as JSON how far they are apart.

On a graphics card where there is one, else in Triton's interpreter: the same source, executed by numpy. INTERPLAY_PEERS
may name the folder that holds Triton.
"""

import itertools
import json
import os
import sys

sys.path.append(os.environ.get("INTERPLAY_PEERS", ""))

import torch

if not torch.cuda.is_available():
    os.environ["TRITON_INTERPRET"] = "1"

from interplay.spiking.estimators import UnitRule
from interplay.spiking.nets import LIFState, lif, lif_passes, lif_sequence, lif_triton

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
RULES = (
    "st", "half", "const(0.3)", "interp(0.4)", "power(0.5)", "agr(1)", "agr(0.3,normalised)", "fast_sigmoid(25)",
    "arctan(2)", "triangle(0.7)", "hard_tanh",
)  # fmt: skip
T, B, N = 5, 3, 50


def problem(dtype, spread, n_recurrent):
    g = torch.Generator().manual_seed(7)

    def normal(*size):
        return torch.randn(*size, generator=g, dtype=torch.float64)

    leaves = {
        "current": normal(T, B, N) * 0.7 + 0.6,
        "decay": torch.rand(N, generator=g, dtype=torch.float64) * 0.95,
        "membrane": normal(B, N),
        "spikes": (normal(B, N) > 0).double(),
    }
    if spread == "tensor":
        leaves["variance"] = torch.rand((T, B, N), generator=g, dtype=torch.float64) + 0.2
    if n_recurrent:
        leaves["mean"], leaves["square"] = normal(N, N) * 0.2, normal(N, N) ** 2 * 0.02
    weights = normal(T, B, N), normal(B, N)
    return {name: leaf.to(dtype) for name, leaf in leaves.items()}, [w.to(dtype) for w in weights]


def told(leaves, weights, rule, device, **more):
    """Give spikes, membranes and all gradients, on the processor."""
    leaves = {name: leaf.to(device).requires_grad_() for name, leaf in leaves.items()}
    weight, last = (w.to(device) for w in weights)
    recurrent = (leaves["mean"], leaves["square"]) if "mean" in leaves else None
    spikes, state = lif(
        leaves["current"], decay=leaves["decay"], rule=rule, variance=leaves.get("variance", 0.4), threshold=0.8,
        recurrent=recurrent, state=LIFState(leaves["membrane"], leaves["spikes"], 3), seed=2**63 + 5, **more,
    )  # fmt: skip
    loss = (spikes * weight).sum() + (state.membrane * last).sum() + 0.3 * (state.spikes * last).sum()
    slopes = torch.autograd.grad(loss, list(leaves.values()), allow_unused=True)
    found = {f"to {k}": g for k, g in zip(leaves, slopes, strict=True) if g is not None}
    return {k: v.detach().cpu() for k, v in ({"spikes": spikes, "membrane": state.membrane} | found).items()}


def in_triton(function):
    """Call it with Triton's passes, on whatever device tensors lie."""
    usual = lif_passes.passes_on
    lif_sequence.passes_on = lambda _: lif_triton
    try:
        return function()
    finally:
        lif_sequence.passes_on = usual


def far_apart(a, b):
    if a.keys() != b.keys():
        return {"keys": float("inf")}
    return {k: float(((a[k] - b[k]).abs() / (1 + b[k].abs())).max()) for k in b}


if __name__ == "__main__":
    rows = []
    for k, (gradient, law, kind) in enumerate(
        itertools.product(RULES, ("gaussian", "logistic"), ("float64", "float32"))
    ):
        rule, dtype = UnitRule(gradient=gradient, noise=law), getattr(torch, kind)
        if law == "logistic" and not rule.stochastic:
            continue
        # Both kinds of variance, and each way back, with each rule; weights among the units with some.
        for reset, detach, spread, n_recurrent in (("hard", False, "tensor", 0), ("soft", True, "number", k % 3 == 0)):
            given = {"reset": reset, "detach_reset": detach is (k % 2 == 0)}
            parts = (*problem(dtype, spread, n_recurrent), rule)
            theirs = in_triton(lambda p=parts, g=given: told(*p, DEVICE, **g))
            about = {"rule": gradient, "law": law, "type": kind, "recurrent": bool(n_recurrent), "variance": spread}
            rows.append(about | given | {"apart": far_apart(theirs, told(*parts, "cpu", **given))})
    json.dump({"device": DEVICE, "rows": rows}, sys.stdout)
