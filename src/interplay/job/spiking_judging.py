"""Networks judged on samples that they have not learnt from: how right, how sure, how costly."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplay.job.spiking_linear import LinearReadout
from interplay.job.spiking_task import Rows, Samples
from interplay.measures import (
    calibration_scores,
    detect_foreign,
    draw_information,
    least_confidence,
    predictive_entropy,
    spike_energy,
)
from interplay.measures.operation_costs import SpikeEnergy
from interplay.report.spiking_findings import ForeignScore, Role, SpikingActivity, SpikingScore
from interplay.spiking.nets.results import Predictions, SpikingModel

Floats = NDArray[np.float64]

#: The network that was asked for, on the page.
ASKED = "the network"
_MOST_FOREIGN = 400


@dataclass(frozen=True, eq=False, kw_only=True)
class Judged:
    """One network, judged.

    Attributes
    ----------
    scores : tuple of SpikingScore
    detected : tuple of ForeignScore
    energy : SpikeEnergy
    rates : mapping of str to float
    """

    scores: tuple[SpikingScore, ...]
    detected: tuple[ForeignScore, ...]
    energy: SpikeEnergy
    rates: Mapping[str, float]


def judge_network(
    name: str,
    role: Role,
    about: str,
    model: SpikingModel,
    data: Samples,
    rows: Rows,
    foreign: Mapping[str, tuple[str, Samples]],
    *,
    draws: int,
    seed: int,
    device: str,
    tick: Callable[[], None],
) -> Judged:
    """Judge a network on samples of its task and on foreign ones.

    Parameters
    ----------
    name, role, about : str
        As on the page.
    model : SpikingModel
    data : LabelledEvents or LabelledImages
    rows : (S,) int64 array
        Samples to judge on.
    foreign : mapping of str to (str, samples)
    draws : int, >= 1
        D; a network without noise is asked once.
    seed : int, >= 0
    device : str
    tick : callable
        Called once per set of samples.

    Returns
    -------
    Judged
    """
    drawn = model.config.bayesian or model.config.rule.stochastic
    asked = sorted({0, 1, draws}) if drawn else [0]
    group = _groups(data, rows)
    found = {d: model.predict(data, rows, draws=d, seed=seed, device=device) for d in asked}
    tick()
    scores = tuple(
        _scored(_called(name, d, drawn), role, about, d if drawn else None, found[d], group, seed) for d in asked
    )
    detected: list[ForeignScore] = []
    for kind, (_, samples) in foreign.items():
        some = np.arange(len(samples))[:_MOST_FOREIGN]
        for d in [d for d in asked if d or not drawn]:
            other = model.predict(samples, some, draws=d, seed=seed, device=device)
            detected += _told_apart(_called(name, d, drawn), d if drawn else None, kind, found[d], other)
        tick()
    one = found[1 if drawn else 0]
    return Judged(
        scores=scores,
        detected=tuple(detected),
        energy=spike_energy(one.accumulates, one.multiplies, one.dense, updates=unit_updates(model)),
        rates={layer: float(values.mean()) for layer, values in one.rates.items()},
    )


def judge_readout(readout: LinearReadout, data: Samples, rows: Rows, *, seed: int) -> SpikingScore:
    """Judge what needs no network.

    Parameters
    ----------
    readout : LinearReadout
    data : LabelledEvents or LabelledImages
    rows : (S,) int64 array
    seed : int, >= 0

    Returns
    -------
    SpikingScore
    """
    told = readout.probabilities(data, rows)
    truth = np.array(data.label[rows])
    return SpikingScore(
        name=readout.name,
        role="chance" if not readout.weight.any() else "baseline",
        about=readout.about,
        draws=None,
        scores=calibration_scores(truth, told, group=_groups(data, rows), seed=seed),
        right=told.argmax(axis=1) == truth,
    )


def best_baseline(
    models: Mapping[str, SpikingModel],
    readouts: Sequence[LinearReadout],
    data: Samples,
    rows: Rows,
    *,
    seed: int,
    device: str,
) -> str:
    """Choose the baseline that a network is compared with, by samples that are not judged.

    Parameters
    ----------
    models : mapping of str to SpikingModel
        Baseline networks.
    readouts : sequence of LinearReadout
    data : LabelledEvents or LabelledImages
    rows : (S,) int64 array
        Samples that were watched.
    seed : int, >= 0
    device : str

    Returns
    -------
    str
        Name of the one that is right most often, of several the one that is surprised least; "" without any.
    """
    truth = data.label[rows]
    told = {
        name: model.predict(data, rows, draws=0, seed=seed, device=device).probabilities
        for name, model in models.items()
    }
    told |= {readout.name: readout.probabilities(data, rows) for readout in readouts}
    if not told or not len(rows):
        return ""

    def worth(name: str) -> tuple[float, float]:
        scores = calibration_scores(truth, told[name], seed=seed)
        return scores.accuracy[0], -scores.nll[0]

    return max(told, key=worth)


def difference(
    first: SpikingScore, second: SpikingScore, data: Samples, rows: Rows, *, seed: int
) -> tuple[float, float, float]:
    """Give the difference of two accuracies on the same samples, with its 95 % interval.

    Parameters
    ----------
    first, second : SpikingScore
    data : LabelledEvents or LabelledImages
    rows : (S,) int64 array
    seed : int, >= 0

    Returns
    -------
    value, low, high : float
        From samples drawn anew, or whole groups where there are any.
    """
    from interplay._core.rng import stream

    gap = first.right.astype(np.float64) - second.right
    group = _groups(data, rows)
    whose = np.arange(len(gap)) if group is None else np.unique(group, return_inverse=True)[1]
    size = np.bincount(whose).astype(np.float64)
    if len(size) < 2:
        return float(gap.mean()), float("nan"), float("nan")
    total = np.bincount(whose, weights=gap)
    drawn = stream(seed, "spiking", "difference").integers(len(size), size=(2000, len(size)))
    means = total[drawn].sum(axis=1) / size[drawn].sum(axis=1)
    low, high = np.quantile(means, (0.025, 0.975))
    return float(gap.mean()), float(low), float(high)


def unit_updates(model: SpikingModel) -> float:
    """Count multiply-accumulates that membranes need for one sample: one per unit and step; 0 without membranes."""
    config: Any = model.config
    if not hasattr(config, "steps"):
        return 0.0
    if len(model.input_shape) == 1:
        return float(config.steps * config.layers * config.width)
    units = 0
    side = model.input_shape[1:]
    for k in range(config.layers):
        side = tuple(-(-n // 2) for n in side)
        units += len(model.parameters[f"feed.{k}.bias"]) * int(np.prod(side))
    return float(config.steps * units)


def shown_activity(model: SpikingModel, data: Samples, rows: Rows, *, draws: int, seed: int) -> SpikingActivity:
    """Follow one sample through a network: the first one judged.

    Parameters
    ----------
    model : SpikingModel
    data : LabelledEvents or LabelledImages
    rows : (S,) int64 array
    draws : int, >= 1
    seed : int, >= 0

    Returns
    -------
    SpikingActivity
    """
    from interplay.spiking.nets.activity import layer_activity

    row = int(rows[0])
    said = model.predict(data, [row], draws=draws, seed=seed)
    told = int(said.label[0])
    return SpikingActivity(
        row=row,
        truth=str(model.classes[data.label[row]]),
        told=str(model.classes[told]),
        probability=float(said.probabilities[0, told]),
        step_s=float(getattr(model.config, "step_s", 0.0)),
        layers={name: values.astype(np.int16) for name, values in layer_activity(model, data, row, seed=seed).items()},
    )


def _called(name: str, draws: int, drawn: bool) -> str:
    if not drawn:
        return name
    return f"{name}, no noise" if draws == 0 else f"{name}, {draws} draw{'s' if draws > 1 else ''}"


def _scored(
    name: str, role: Role, about: str, draws: int | None, found: Predictions, group: NDArray[np.str_] | None, seed: int
) -> SpikingScore:
    return SpikingScore(
        name=name,
        role=role,
        about=about,
        draws=draws,
        scores=calibration_scores(found.truth, found.probabilities, group=group, seed=seed),
        right=found.label == found.truth,
    )


def _told_apart(name: str, draws: int | None, kind: str, own: Predictions, foreign: Predictions) -> list[ForeignScore]:
    doubts: dict[str, tuple[Floats, Floats]] = {
        "1 - confidence": (least_confidence(own.probabilities), least_confidence(foreign.probabilities)),
        "entropy": (predictive_entropy(own.probabilities), predictive_entropy(foreign.probabilities)),
    }
    if draws is not None and draws > 1:
        doubts["disagreement"] = (draw_information(own.drawn), draw_information(foreign.drawn))
    return [
        ForeignScore(name=name, draws=draws, kind=kind, doubt=doubt, detection=detect_foreign(*pair))
        for doubt, pair in doubts.items()
    ]


def _groups(data: Samples, rows: Rows) -> NDArray[np.str_] | None:
    """Give who each sample is of, or None where fewer than two groups are named."""
    assert data.group is not None
    names = data.group[rows]
    return names if len(np.unique(names)) > 1 and "" not in names.tolist() else None
