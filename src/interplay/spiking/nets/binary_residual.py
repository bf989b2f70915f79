"""A deep network of binary units for pictures: the residual stream is the mean of the pre-activations."""

from __future__ import annotations

import math
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from interplay.spiking.estimators import UnitRule
from interplay.spiking.nets.bayesian import BayesianConv2d, BayesianLayer, BayesianLinear, Moments
from interplay.spiking.nets.passing import BatchNorm, Pass


class BinaryResidualNetwork(nn.Module):
    """Stem on the picture's numbers, L layers of binary units with weights between them, and a linear read-out.

    Parameters
    ----------
    shape : (C, H, W)
        Of a picture.
    n_classes : int
    layers : int, >= 1
        L, layers of units.
    width : int
        Channels of the first stage, or units of every layer.
    connect : {"convolution", "dense"}
    stages : int, >= 1
        Stages of about equally many layers; each but the first halves the picture and doubles the channels.
    residual : bool
        Layers add to the mean of the pre-activations, scaled by 1 / sqrt(L), or replace it.
    normalise : {"none", "batch"}
    rule : UnitRule
    floor : float
        Noise that units have of their own.
    posterior, prior, spread
        As of `BayesianLayer`.

    Notes
    -----
    The variance that a unit sees is that of the branch just added: what earlier branches contribute are spikes that
    have been drawn, weighed by mean weights.
    """

    def __init__(
        self,
        shape: tuple[int, int, int],
        n_classes: int,
        *,
        layers: int,
        width: int,
        connect: Literal["convolution", "dense"],
        stages: int,
        residual: bool,
        normalise: Literal["none", "batch"],
        rule: UnitRule,
        floor: float,
        posterior: bool,
        prior: float,
        spread: float,
    ) -> None:
        super().__init__()
        self.connect, self.residual, self.rule, self.floor = connect, residual, rule, floor
        self.branch = 1 / math.sqrt(layers) if residual else 1.0

        settings: dict[str, Any] = {"posterior": posterior, "prior": prior, "spread": spread}

        def weights(n_in: int, n_out: int, stride: int = 1) -> BayesianLayer:
            if connect == "dense":
                return BayesianLinear(n_in, n_out, **settings)
            return BayesianConv2d(n_in, n_out, stride=stride, **settings)

        stage = [min(stages - 1, k * stages // layers) for k in range(layers)]
        channels = [width * (2**s if connect == "convolution" else 1) for s in stage]
        halves = connect == "convolution"
        self.halved = [halves and k > 0 and stage[k] > stage[k - 1] for k in range(layers)]
        self.stem = weights(math.prod(shape) if connect == "dense" else shape[0], channels[0])
        self.between = nn.ModuleList(
            weights(channels[k - 1], channels[k], 1 + self.halved[k]) for k in range(1, layers)
        )
        norms = [BatchNorm(c) for c in channels] if normalise == "batch" else []
        self.norms = nn.ModuleList(norms)
        side = [-(-n // 2 ** stage[-1]) for n in shape[1:]]
        n_out = channels[-1] * (math.prod(side) if connect == "convolution" else 1)
        self.readout = BayesianLinear(n_out, n_classes, **settings)

    def forward(self, x: Tensor, run: Pass) -> Tensor:
        """Map pictures (B, C, H, W) to logits (B, K)."""
        x = x.flatten(1) if self.connect == "dense" else x
        stream = run.weigh("stem", self.stem, x, "analogue")
        spikes = run.fire("layer 1", self._normed(0, stream), self.rule, self.floor)
        for k, layer in enumerate(self.between, start=1):
            found = run.weigh(f"weights {k}", layer, spikes, self.rule.code, share=self.branch)
            if self.residual:
                variance = None if found.variance is None else found.variance * self.branch**2
                carried = functional.avg_pool2d(stream.mean, 2, ceil_mode=True) if self.halved[k] else stream.mean
                stream = Moments(_widened(carried, found.mean) + self.branch * found.mean, variance)
            else:
                stream = found
            spikes = run.fire(f"layer {k + 1}", self._normed(k, stream), self.rule, self.floor)
        return run.sampled(run.weigh("read-out", self.readout, spikes.flatten(1), self.rule.code))

    def _normed(self, k: int, moments: Moments) -> Moments:
        found: Moments = self.norms[k](moments) if len(self.norms) else moments
        return found


def _widened(stream: Tensor, like: Tensor) -> Tensor:
    """Carry the stream into a stage with more channels: the new ones begin at 0."""
    missing = like.shape[1] - stream.shape[1]
    if missing == 0:
        return stream
    return torch.cat([stream, stream.new_zeros(len(stream), missing, *stream.shape[2:])], dim=1)
