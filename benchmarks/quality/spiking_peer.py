"""snnTorch's own units in networks of our sizes, trained by our loop: samples, batches, optimiser, passes, clipping.

What is snnTorch's: `RLeaky` and `Leaky` with their surrogate slopes, learnt time constants (clamped to 0 and 1, as it
does) and, in `RLeaky`, the weights among units; layers of weights are torch's, with torch's initial values, as its
tutorials have them. A "soft" reset is its "subtract", a "hard" one its "zero", which in `RLeaky` drops the input and
the feedback of that step too. What is ours: the read-out, so that all are judged by the same number. INTERPLAY_PEERS
names the folder that snntorch lies in.
"""

import math
import os
import re
import sys
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import torch
from torch import nn

from interplay.spiking.nets import ConvSpikingNet, RecurrentSpikingNet
from interplay.spiking.nets.bayesian import BayesianLinear
from interplay.spiking.nets.passing import Fired

RESETS = {"soft": "subtract", "hard": "zero"}


def snntorch():
    """Import it from where INTERPLAY_PEERS says, if it is not installed."""
    folder = os.environ.get("INTERPLAY_PEERS")
    if folder and folder not in sys.path:
        sys.path.append(folder)
    import snntorch
    from snntorch import surrogate

    return snntorch, surrogate


def slope_of(gradient):
    """Give snnTorch's surrogate of the same name and number as ours."""
    _, surrogate = snntorch()
    name, number = re.fullmatch(r"(\w+)\(([\d.]+)\)", gradient).groups()
    if name == "fast_sigmoid":
        return surrogate.fast_sigmoid(slope=float(number))
    return surrogate.atan(alpha=float(number))


class PeerNetwork(nn.Module):
    """Layers of weights and units in turn; the read-out is ours."""

    def __init__(self, feed, units, n_read, n_classes, readout_decay, grid=None):
        super().__init__()
        self.feed, self.units = nn.ModuleList(feed), nn.ModuleList(units)
        self.readout = BayesianLinear(n_read, n_classes, posterior=False)
        self.readout_decay, self.grid = readout_decay, grid

    def forward(self, x, run):
        """Map counts (T, B, units) to logits (B, K)."""
        steps, batch = x.shape[:2]
        signal = x.reshape(-1, *(self.grid or x.shape[2:]))
        for k, (feed, unit) in enumerate(zip(self.feed, self.units, strict=True)):
            current = feed(signal)
            current = current.reshape(steps, batch, *current.shape[1:])
            state, out = zeros(unit), []
            for t in range(steps):
                *spikes, membrane = unit(current[t], *state)
                state = (*(spikes if len(state) == 2 else ()), membrane)
                out.append(spikes[0])
            zeros(unit)  # a unit keeps its last state, and with it the graph
            signal = torch.stack(out).flatten(0, 1)
            run.fired.append(Fired(f"layer {k + 1}", current.flatten(0, 1), 1.0, signal))
        share = (1 - self.readout_decay ** torch.arange(steps, 0, -1, dtype=x.dtype)) / steps
        mean = torch.einsum("t,tbn->bn", share, signal.reshape(steps, batch, -1))
        return run.weigh("read-out", self.readout, mean, "analogue").mean


def zeros(unit):
    """Set a unit back to rest, and give its state as its forward takes it."""
    found = unit.reset_mem()
    return found if isinstance(found, tuple) else (found,)


@dataclass(frozen=True, kw_only=True)
class PeerRecurrentNet(RecurrentSpikingNet):
    """Layers of `RLeaky`."""

    name: ClassVar[str] = "snntorch_recurrent"

    def build(self, shape, n_classes):
        """Make the network."""
        snn, _ = snntorch()
        sizes = [shape[0], *[self.width] * self.layers]
        decay = math.exp(-self.step_s / self.tau_s)
        units = [
            snn.RLeaky(
                beta=torch.full((n,), decay),
                learn_beta=self.learn_tau,
                linear_features=n,
                spike_grad=slope_of(self.gradient),
                reset_mechanism=RESETS[self.reset],
            )
            for n in sizes[1:]
        ]
        feed = [nn.Linear(a, b) for a, b in pairwise(sizes)]
        return PeerNetwork(feed, units, self.width, n_classes, math.exp(-self.step_s / self.readout_tau_s))


@dataclass(frozen=True, kw_only=True)
class PeerConvNet(ConvSpikingNet):
    """Convolutions and `Leaky`; each layer halves the picture."""

    name: ClassVar[str] = "snntorch_conv"

    def build(self, shape, n_classes):
        """Make the network."""
        snn, _ = snntorch()
        channels = [shape[0], *(self.width * min(4, 2**k) for k in range(self.layers))]
        decay = math.exp(-self.step_s / self.tau_s)
        units = [
            snn.Leaky(
                beta=torch.full((n, 1, 1), decay),
                learn_beta=self.learn_tau,
                spike_grad=slope_of(self.gradient),
                reset_mechanism=RESETS[self.reset],
            )
            for n in channels[1:]
        ]
        feed = [nn.Conv2d(a, b, 3, 2, 1) for a, b in pairwise(channels)]
        side = math.prod(-(-n // 2**self.layers) for n in shape[1:])
        readout_decay = math.exp(-self.step_s / self.readout_tau_s)
        return PeerNetwork(feed, units, channels[-1] * side, n_classes, readout_decay, grid=shape)
