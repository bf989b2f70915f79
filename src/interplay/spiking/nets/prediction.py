"""What a trained network says of samples, and what it costs to say it."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from interplay._core.checks import require_setting
from interplay._core.errors import DataError
from interplay._core.provenance import digest
from interplay._core.rng import stream
from interplay.data import LabelledEvents, LabelledImages
from interplay.spiking.nets.learning import rows_of
from interplay.spiking.nets.passing import Pass
from interplay.spiking.nets.results import Predictions, SpikingModel
from interplay.tensors import require_device, seeded_torch, torch_threads, with_parameters


def predict(
    model: SpikingModel, data: Any, rows: Any, *, draws: int, seed: int, batch: int, device: str
) -> Predictions:
    """Tell the classes of samples; see `SpikingModel.predict`."""
    require_setting("draws", draws, least=0, whole=True)
    require_setting("seed", seed, least=0, whole=True)
    require_setting("batch", batch, least=1, whole=True)
    target = require_device(device)
    require_fitting(model, data)
    chosen = np.arange(len(data.label)) if rows is None else rows_of("rows", rows, len(data.label))
    if not len(chosen):
        raise DataError("`rows` must name at least one sample, got none. Give some.")
    made_from = str(data.digest)
    data = model.config.prepare(data)
    network = network_of(model).to(target)
    tally = _Tally()
    parts = []
    with torch.no_grad(), torch_threads(model.config.threads):
        for number, first in enumerate(range(0, len(chosen), batch)):
            part = chosen[first : first + batch]
            x = model.config.read(data, part).to(target)
            drawn = []
            for draw in range(max(draws, 1)):
                passed = Pass(_generator(seed, number, draw, target) if draws else None, model.config.noise)
                drawn.append(torch.softmax(network(x, passed).double(), dim=1).cpu().numpy())
                tally.add(passed, len(part))
            tally.close(max(draws, 1))
            parts.append(np.stack(drawn))
    all_drawn = np.concatenate(parts, axis=1)
    return Predictions(
        config=model.config,
        made_from=digest(model.made_from, made_from, model.parameters),
        seed=seed,
        notes=(*_notes(model, draws), *model.config.unseen(data, chosen)),
        citations=model.citations,
        classes=model.classes,
        rows=chosen,
        truth=np.array(data.label[chosen]),
        probabilities=all_drawn.mean(axis=0),
        drawn=all_drawn,
        draws=draws,
        **tally.found(),
    )


def network_of(model: SpikingModel) -> nn.Module:
    """Build the trained network, single precision, in evaluation mode."""
    with seeded_torch(model.config.seed, model.config.name, "begin"):
        network: nn.Module = model.config.build(model.input_shape, len(model.classes))
    return with_parameters(network, model.parameters).float()


def require_fitting(model: SpikingModel, data: Any) -> None:
    """Refuse data of another kind, or of other classes or units than the model's."""
    if not isinstance(data, LabelledEvents | LabelledImages):
        raise DataError(
            f"`data` must be LabelledEvents or LabelledImages, got {type(data).__name__}. Give labelled ones."
        )
    if list(map(str, data.classes)) != list(map(str, model.classes)):
        raise DataError(
            f"`data` must have the classes that the model tells apart, {', '.join(map(str, model.classes))}; got "
            f"{', '.join(map(str, data.classes))}. Give data of the same task."
        )
    shape = model.config.shape(model.config.prepare(data))
    if tuple(shape) != tuple(model.input_shape):
        raise DataError(
            f"`data` must enter the network with shape {tuple(model.input_shape)}, got {tuple(shape)}. Give data of as "
            "many units (pixels) as the model was trained on."
        )


class _Tally:
    """Per layer and sample: firing, and operations counted connection by connection; mean over draws."""

    def __init__(self) -> None:
        self.parts: dict[str, dict[str, list[NDArray[np.float64]]]] = {
            kind: defaultdict(list) for kind in ("rates", "accumulates", "multiplies")
        }
        self.dense: dict[str, float] = {}
        self.sums: dict[tuple[str, str], NDArray[np.float64]] = {}

    def add(self, passed: Pass, count: int) -> None:
        """Count one pass of `count` samples."""
        for fired in passed.fired:
            share = (fired.spikes > 0).double().reshape(-1, count, *fired.spikes.shape[1:])
            axes = [k for k in range(share.dim()) if k != 1]
            self._sum("rates", fired.name, share.mean(dim=axes))
        for driven in passed.driven:
            counted = driven.layer.operations(driven.drive).reshape(-1, count).sum(dim=0)
            kind = "multiplies" if driven.code == "analogue" else "accumulates"
            self._sum(kind, driven.name, counted)
            if driven.name not in self.dense:
                full = driven.layer.operations(driven.drive.new_ones((1, *driven.drive.shape[1:])))
                self.dense[driven.name] = float(full) * driven.steps

    def close(self, draws: int) -> None:
        """Keep the means over the draws of a batch."""
        for (kind, name), total in self.sums.items():
            self.parts[kind][name].append(total / draws)
        self.sums = {}

    def found(self) -> dict[str, Any]:
        """Give everything counted, by the names of `Predictions`."""
        joined = {kind: {k: np.concatenate(v) for k, v in parts.items()} for kind, parts in self.parts.items()}
        return joined | {"dense": self.dense}

    def _sum(self, kind: str, name: str, values: torch.Tensor) -> None:
        found = values.double().cpu().numpy()
        self.sums[kind, name] = self.sums.get((kind, name), 0.0) + found


def _generator(seed: int, batch: int, draw: int, device: torch.device) -> torch.Generator:
    generator = torch.Generator(device)
    generator.manual_seed(int(stream(seed, "spiking", "predict", batch, draw).integers(2**63)))
    return generator


def _notes(model: SpikingModel, draws: int) -> tuple[str, ...]:
    if draws > 1 and not model.config.bayesian and not model.config.rule.stochastic:
        return ("Neither weights nor units of this network are drawn: all draws are one.",)
    return ()
