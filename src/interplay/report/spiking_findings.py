"""What was found of spiking networks: how right and how rightly sure they are, what they cost, and how they learnt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from interplay.measures.calibration_results import CalibrationScores, Detection
from interplay.measures.operation_costs import SpikeEnergy

Role = Literal["model", "baseline", "chance"]


@dataclass(frozen=True, eq=False, kw_only=True)
class SpikingScore:
    """How well one way tells the classes of samples it has not learnt from.

    Attributes
    ----------
    name : str
    role : {"model", "baseline", "chance"}
    about : str
        What it is, in a sentence.
    draws : int or None
        Networks averaged; 0 for the network without noise, None where nothing could be drawn.
    scores : CalibrationScores
    right : (S,) bool array
    """

    name: str
    role: Role
    about: str
    draws: int | None
    scores: CalibrationScores
    right: NDArray[np.bool_]


@dataclass(frozen=True, eq=False, kw_only=True)
class ForeignScore:
    """How well one network's doubt tells foreign samples from those of the task.

    Attributes
    ----------
    name : str
        Of the network.
    draws : int or None
    kind : str
        What was foreign: a key of `SpikingFindings.foreign`.
    doubt : str
        The score: "1 - confidence", "entropy" or "disagreement".
    detection : Detection
    """

    name: str
    draws: int | None
    kind: str
    doubt: str
    detection: Detection


@dataclass(frozen=True, eq=False, kw_only=True)
class SpikingCourse:
    """How one network learnt.

    Attributes
    ----------
    name : str
    role : {"model", "baseline"}
    trace : mapping of str to (E,) float64 arrays
        As in `SpikingModel`.
    best_epoch : int
    gradient_start, gradient_end : mapping of str to float
        Per layer, norm of the gradient before and after training.
    parameters : int
        Numbers that were trained, running moments included.
    """

    name: str
    role: Role
    trace: Mapping[str, NDArray[np.float64]]
    best_epoch: int
    gradient_start: Mapping[str, float]
    gradient_end: Mapping[str, float]
    parameters: int


@dataclass(frozen=True, eq=False, kw_only=True)
class SpikingActivity:
    """One sample on its way through a network.

    Attributes
    ----------
    row : int
        Of the judged data.
    truth, told : str
    probability : float
        Of the told class, mean over draws.
    step_s : float, s
    layers : mapping of str to (T, N) arrays
        "input" (counts), then what fired in each layer under one draw.
    """

    row: int
    truth: str
    told: str
    probability: float
    step_s: float
    layers: Mapping[str, NDArray[Any]]


@dataclass(frozen=True, eq=False, kw_only=True)
class SpikingFindings:
    """All that was found of a network and its baselines on one task.

    Attributes
    ----------
    task : str
    method : str
        Registered name of the network.
    synthetic : bool
        Whether the samples are look-alikes.
    about : str
        What the data are, in a sentence or two.
    by_group : bool
        Whether whole groups (speakers, subjects) were kept on one side.
    classes : tuple of str
    n_train, n_watched, n_test : int
        Samples learnt from, watched and judged; the first two are 0 where a model is only judged.
    n_groups : int
        Groups among the judged; intervals draw them anew where there are two or more.
    scores : tuple of SpikingScore
    compared : (name, name) tuple of str
        The model at the most draws, and the baseline that was best on watched samples; "" for none.
    difference : (value, low, high)
        Of their accuracies on the same samples.
    foreign : mapping of str to str
        Kinds of foreign samples, and what each is.
    detected : tuple of ForeignScore
    energy : mapping of str to SpikeEnergy
        Per network, of one answer from one draw.
    rates : mapping of str to (mapping of str to float)
        Per network and layer, mean share of units that fire.
    courses : tuple of SpikingCourse
    activity : SpikingActivity or None
    draws : int
        D.
    without_baselines : bool
    notes : tuple of str
    """

    task: str
    method: str
    synthetic: bool
    about: str
    by_group: bool
    classes: tuple[str, ...]
    n_train: int
    n_watched: int
    n_test: int
    n_groups: int
    scores: tuple[SpikingScore, ...]
    compared: tuple[str, str]
    difference: tuple[float, float, float]
    foreign: Mapping[str, str]
    detected: tuple[ForeignScore, ...]
    energy: Mapping[str, SpikeEnergy]
    rates: Mapping[str, Mapping[str, float]]
    courses: tuple[SpikingCourse, ...]
    activity: SpikingActivity | None
    draws: int
    without_baselines: bool
    notes: tuple[str, ...] = field(default=())

    def of(self, role: Role) -> tuple[SpikingScore, ...]:
        """Give the scores of one role, in their order."""
        return tuple(row for row in self.scores if row.role == role)

    def named(self, name: str) -> SpikingScore:
        """Give the scores under a name."""
        return next(row for row in self.scores if row.name == name)
