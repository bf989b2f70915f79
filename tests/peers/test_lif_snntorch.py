"""LIF units against snnTorch's, spikes and gradients, where both mean the same.

Conventions: snnTorch fires where the membrane is above the threshold and resets in the next step (reset_delay=True, the
default), its reset held constant on the way back: our detach_reset=True. `Leaky` with "zero" is our hard reset, with
"subtract" our soft one. `RLeaky` with "subtract" is ours with weights among units and a soft reset; with "zero" it sets
input and feedback to 0 too, and is no reset of ours. `fast_sigmoid` of slope k is our "fast_sigmoid(k)", `atan` of
alpha a our "arctan(a)". Some of its numbers are of single precision whatever the input.

INTERPLAY_PEERS may name a folder that holds the package.
"""

import os
import sys
from pathlib import Path

import pytest
import torch

from interplay.spiking.estimators import UnitRule
from interplay.spiking.nets import lif
from interplay.tensors import seeded_torch

pytestmark = [pytest.mark.peer, pytest.mark.filterwarnings("ignore")]
T, B, N = 30, 5, 12


@pytest.fixture
def snn(monkeypatch):
    folder = os.environ.get("INTERPLAY_PEERS", "")
    if (Path(folder) / "snntorch").is_dir():
        monkeypatch.setattr(sys, "path", [*sys.path, folder])
    return pytest.importorskip("snntorch", reason="snnTorch is not installed")


def currents(seed=0):
    g = torch.Generator().manual_seed(seed)
    current = (torch.randn(T, B, N, generator=g, dtype=torch.float64) * 0.6 + 0.2).requires_grad_()
    return current, torch.randn(T, B, N, generator=g, dtype=torch.float64), torch.rand(N, generator=g).double() * 0.95


SLOPES = {"fast_sigmoid(25)": ("fast_sigmoid", {"slope": 25}), "arctan(2)": ("atan", {"alpha": 2.0})}


@pytest.mark.parametrize("gradient", SLOPES)
@pytest.mark.parametrize(("mechanism", "reset"), [("zero", "hard"), ("subtract", "soft")])
def test_leaky_units_agree(snn, gradient, mechanism, reset):
    from snntorch import surrogate

    name, settings = SLOPES[gradient]
    current, weight, decay = currents()
    decay = decay.requires_grad_()
    unit = snn.Leaky(
        beta=decay.detach().clone(), learn_beta=True, spike_grad=getattr(surrogate, name)(**settings),
        reset_mechanism=mechanism,
    ).double()  # fmt: skip
    membrane, out = unit.init_leaky(), []
    for t in range(T):
        spikes, membrane = unit(current[t], membrane)
        out.append(spikes)
    theirs = torch.stack(out)
    ours, state = lif(current, decay=decay, rule=UnitRule(gradient=gradient), reset=reset)
    assert torch.equal(ours, theirs)
    assert 0.05 < float(ours.detach().mean()) < 0.6
    torch.testing.assert_close(state.membrane, membrane, rtol=1e-12, atol=1e-12)
    expected = torch.autograd.grad((theirs * weight).sum(), [current, unit.beta])
    found = torch.autograd.grad((ours * weight).sum(), [current, decay])
    for mine, slope in zip(found, expected, strict=True):
        torch.testing.assert_close(mine, slope, rtol=1e-6, atol=1e-6)


def test_recurrent_units_agree(snn):
    from snntorch import surrogate

    current, weight, _ = currents(1)
    current, weight = current.detach().float().requires_grad_(), weight.float()  # its spikes are of single precision
    slope = surrogate.fast_sigmoid(slope=5)
    with seeded_torch(0, "peer"):
        unit = snn.RLeaky(beta=0.85, linear_features=N, spike_grad=slope, reset_mechanism="subtract")
    unit.recurrent.bias.data.zero_()
    spikes, membrane = unit.init_rleaky()
    out = []
    for t in range(T):
        spikes, membrane = unit(current[t], spikes, membrane)
        out.append(spikes)
    theirs = torch.stack(out)
    among = unit.recurrent.weight.detach().clone().requires_grad_()
    ours, _ = lif(
        current, decay=torch.full((N,), 0.85), rule=UnitRule(gradient="fast_sigmoid(5)"), reset="soft",
        recurrent=(among,),
    )  # fmt: skip
    assert torch.equal(ours, theirs)
    expected = torch.autograd.grad((theirs * weight).sum(), [current, unit.recurrent.weight])
    found = torch.autograd.grad((ours * weight).sum(), [current, among])
    for mine, slope in zip(found, expected, strict=True):
        torch.testing.assert_close(mine, slope, rtol=1e-4, atol=1e-4)
