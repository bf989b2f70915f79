"""How large a model a cohort gets, and for how long it is trained, by stated rules."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import ConfigError
from interplay.data import Cohort
from interplay.job.embedding_options import setting
from interplay.job.plan import Plan
from interplay.represent import COHORT_METHODS

#: Most samples that are read at once, and fewest that a model can be fed.
_LONGEST, _SHORTEST = 200, 8
#: Up to so many regions the model is small: a run ends in minutes.
_SMALL = 120
#: Scans that are shown in all, over the epochs of a stage: few scans are shown more often.
_SHOWN = 3600
_LEAST_EPOCHS, _MOST_EPOCHS = 4, 60
#: Passes of a training on labels, and of a linear head, at most.
FINE, PROBE = 20, 200


@dataclass(frozen=True, eq=False)
class CohortSize:
    """A model's settings, chosen for a cohort.

    Attributes
    ----------
    method : str
    config : BrainSymphony
    epochs : int
        Of a training on labels, at most.
    notes : tuple of str
        Each choice, with its reason.
    """

    method: str
    config: Any
    epochs: int
    notes: tuple[str, ...]


def cohort_size(
    plan: Plan, cohort: Cohort, train: NDArray[np.int64], settings: tuple[str, ...] = (), *, method: str | None = None
) -> CohortSize:
    """Choose the settings of the model.

    Parameters
    ----------
    plan : Plan
        What it sets, stands.
    cohort : Cohort
    train : int array
        Scans that are learnt from.
    settings : tuple of str
        Further ones of the model, each "key=value".
    method : str or None
        A name of `interplay.represent.COHORT_METHODS`; that of the plan where None.

    Returns
    -------
    CohortSize

    Raises
    ------
    ConfigError
        If a setting is unknown, said twice, or out of range, or scans are too short for any model.
    """
    name = method or ("brainsymphony" if plan.cohort_model == "auto" else plan.cohort_model)
    kind = COHORT_METHODS[name]
    small = cohort.n_regions <= _SMALL
    notes: list[str] = []
    chosen: dict[str, Any] = {"times": _times(plan, cohort, notes), "seed": plan.seed}
    chosen |= {"width": 32, "hidden": 64, "layers": 2} if small else {"width": 64, "hidden": 256, "layers": 3}
    chosen |= {"learning_rate": 1e-3, "batch": 4}
    size = "small" if small else "medium"
    notes.append(
        f"The model is {size}: width {plan.cohort_width or chosen['width']}, {plan.cohort_layers or chosen['layers']} "
        f"layers per stream, learning rate {chosen['learning_rate']:g}, {chosen['batch']} scans at a time; the "
        "published one is of width 128 with 6 layers, 1e-4 and 16 scans."
    )
    if plan.cohort_width is not None:
        chosen |= {"width": plan.cohort_width, "hidden": 4 * plan.cohort_width if not small else 2 * plan.cohort_width}
    if plan.cohort_layers is not None:
        chosen["layers"] = plan.cohort_layers
    chosen["graph_layers"] = chosen["layers"]
    chosen["epochs"] = plan.cohort_epochs or int(np.clip(_SHOWN // max(len(train), 1), _LEAST_EPOCHS, _MOST_EPOCHS))
    if plan.cohort_epochs is None:
        notes.append(f"Each stage of pre-training takes {chosen['epochs']} passes, by the number of scans.")
    chosen["transform"] = plan.cohort_transform
    two = len(set(cohort.session[cohort.session != ""].tolist())) == 2
    if two:
        chosen["scale_by"] = "scan"
    chosen |= _given(plan, kind, settings)
    if two and chosen["scale_by"] == "scan":
        notes.append(
            "Every scan is scaled by itself, since there are two sessions: otherwise a change of amplitude alone would "
            "pass for one of attention. The model does not see how large the signals of a scan are."
        )
    return CohortSize(name, kind(**chosen), min(FINE, 4 * chosen["epochs"]), tuple(notes))


def _times(plan: Plan, cohort: Cohort, notes: list[str]) -> int:
    if plan.cohort_times is not None:
        return plan.cohort_times
    lengths = cohort.lengths[cohort.has_function]
    if not len(lengths):
        return _SHORTEST
    shortest = int(lengths.min())
    if shortest < _SHORTEST:
        s = int(np.flatnonzero(cohort.has_function)[np.argmin(lengths)])
        raise ConfigError(
            f"every scan must have at least {_SHORTEST} samples, got {shortest} in scan {s} (subject "
            f"{cohort.subject[s]!r}). Leave it out."
        )
    times = min(shortest, _LONGEST)
    notes.append(
        f"The model reads {times} samples ({times * cohort.dt_s:g} s) at once: "
        + ("all of the shortest scan." if times == shortest else "longer scans are read in stretches.")
    )
    return times


def _given(plan: Plan, kind: Any, settings: tuple[str, ...]) -> dict[str, Any]:
    """Read settings of the model; one that the plan sets too is said twice."""
    known = {field.name for field in fields(kind)}
    twice = {
        "times": plan.cohort_times,
        "width": plan.cohort_width,
        "layers": plan.cohort_layers,
        "epochs": plan.cohort_epochs,
    }
    out: dict[str, Any] = {}
    for text in settings:
        key, value = setting(text, known, example="dropout=0.2")
        if key in out or twice.get(key) is not None or (key == "seed" and "seed" in plan.model_fields_set):
            other = out.get(key, twice.get(key) or plan.seed)
            raise ConfigError(f"`{key}` must be said once, got {other} and {value}. Leave one out.")
        out[key] = value
    if "stages" in out:
        named = out["stages"]
        out["stages"] = tuple(named.split(",")) if isinstance(named, str) else tuple(named)
    return out
