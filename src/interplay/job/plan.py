"""The plan of a run: one definition, read from TOML, offered as options, written back resolved."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from interplay._core.errors import ConfigError, unknown_name
from interplay.infer import METHODS
from interplay.measures.negatives import NEGATIVE_KINDS
from interplay.represent import STREAM_METHODS


class Plan(BaseModel):
    """Everything that decides a run's result. Field order is the order of `--help` and of plan.toml."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    input: str | None = Field(
        None, description="Recording, event list or cohort; none means the embedded simulated recording."
    )
    simulation: Literal["dish", "assemblies", "cohort"] = Field(
        "dish",
        description="What is simulated where no input is given: a culture that plays Pong for 20 minutes, "
        "assemblies that are rewired at known times, or brain scans of a cohort whose couplings depend on age and "
        "group.",
    )
    hint: tuple[str, ...] = Field(
        (),
        description="What the input does not say about itself: key=value, for example rate_hz=2.16; any number.",
    )
    behavior: str | None = Field(None, description="Behaviour series or epochs to read out, by name.")
    target: Literal["auto", "mean", "moving", "end", "label"] = Field(
        "auto", description="What to read out of it: its mean, rest versus run, the end of the track, or the label."
    )
    readout_window_s: float | None = Field(
        None, gt=0, description="Window of the read-out, s; the longest with enough windows per class if not given."
    )
    decoder: Literal["none", "spiking"] = Field(
        "spiking",
        description="Decoder beside the network: a spiking network that is trained on the spikes of the windows.",
    )
    decoder_nulls: int = Field(
        19, ge=19, description="Null targets that the decoder is trained on anew; with 19 its p is 1 / 20 at least."
    )
    window_s: float | None = Field(
        None, gt=0, description="Length of a window, s; chosen from the duration if not given."
    )
    step_s: float | None = Field(
        None, gt=0, description="Distance between window starts, s; half a window if not given."
    )
    method: str = Field(
        "auto",
        description="How interaction is inferred: auto takes tiling for spikes and correlation for traces. "
        f"Any of {', '.join(METHODS)}.",
    )
    method_set: tuple[str, ...] = Field(
        (),
        description="Any other setting of the method: key=value, for example link=exp; any number. "
        "A wrong key is answered with the valid ones.",
    )
    lag_s: float = Field(0.05, gt=0, description="Tiling: spikes this close count as coincident, s.")
    bin_s: float | None = Field(
        None, gt=0, description="Spikes counted in bins of this width, s; chosen by the method if not given."
    )
    surrogates: int | None = Field(
        None,
        ge=0,
        description="Surrogate recordings per window for p-values; 0 draws none. If not given, 200 for a method that "
        "has no p-values of its own.",
    )
    threshold: Literal["significant", "proportional", "none"] = Field(
        "significant", description="Which edges make the network that is measured and drawn."
    )
    alpha: float = Field(0.05, gt=0, lt=1, description="False-discovery rate of significant edges.")
    density: float = Field(0.1, gt=0, le=1, description="Share of pairs kept by the proportional threshold.")
    nulls: int = Field(10, ge=1, description="Degree-preserving null networks per window for the small-world index.")
    represent: Literal["auto", "tavrnn", "vgrnn", "vgae", "statistics", "none"] = Field(
        "auto", description="Model that puts every unit of every window into a vector; auto takes tavrnn where it can."
    )
    latent: int = Field(8, ge=1, description="Length of a vector of the embedding.")
    hidden: int = Field(32, ge=1, description="Width of the model's state.")
    node_features: Literal["identity", "correlation", "weights", "degree", "rates", "random", "walks"] = Field(
        "identity", description="What the model is told of each unit, beside its edges."
    )
    epochs: int | None = Field(
        None, ge=1, description="Passes of every training; chosen from the size of the data if not given."
    )
    embedding_seeds: int | None = Field(
        None, ge=1, description="Trainings with other random starts, for a spread; chosen from the size if not given."
    )
    embedding_nodes: int | None = Field(
        None, ge=3, description="Embed this many nodes, the best connected; all, or as many as are quick, if not given."
    )
    train_share: float = Field(
        0.6, gt=0, lt=1, description="Share of the time that the trainings see which are scored on what comes later."
    )
    device: Literal["cpu", "cuda"] = Field("cpu", description="Where the model is trained.")
    circuit: Literal["auto", "none"] = Field(
        "auto",
        description="Fit a rate circuit to the units of each window; auto does where there are units with rates.",
    )
    circuit_units: int | None = Field(
        None, ge=2, description="Fit so many units, the most active; chosen from the size of the data if not given."
    )
    circuit_window_s: float | None = Field(
        None, gt=0, description="Window of the circuit, s; the network's windows, or longer ones, if not given."
    )
    circuit_phi: str = Field(
        "auto",
        description="Activation of the units of the circuit, for example relu or clip:top=1; auto takes relu, and "
        "identity for traces whose mean is negative.",
    )
    circuit_tau_s: float | None = Field(
        None, gt=0, description="Time constant of the units of the circuit, s; chosen from the data if not given."
    )
    circuit_draws: int | None = Field(
        None, ge=0, description="Bootstrap draws per window for intervals; chosen from the size if not given."
    )
    stream_models: tuple[str, ...] = Field(
        ("auto",),
        description="Event lists: models that are trained to foretell events, by name; any number. auto takes semba, "
        "nat and tgn, and for signs semba; none trains none, and the baselines stand alone.",
    )
    stream_epochs: int | None = Field(
        None, ge=1, description="Event lists: passes over the training events, at most; by size if not given."
    )
    stream_seeds: int | None = Field(
        None, ge=1, description="Event lists: trainings per model with other random starts; by size if not given."
    )
    stream_negatives: tuple[str, ...] = Field(
        ("random", "historical", "inductive"),
        description="Event lists: what true events are told from; any number. all ranks them against all destinations.",
    )
    stream_batch: int | None = Field(
        None,
        ge=1,
        description="Event lists: events that are scored before any is written; 200, and for signs those of one time, "
        "if not given.",
    )
    stream_explain: Literal["auto", "none"] = Field(
        "auto", description="Event lists: say which earlier events a model goes by; auto does where one was trained."
    )
    cohort_model: Literal["auto", "brainsymphony", "none"] = Field(
        "auto",
        description="Cohorts: model that is pre-trained on the scans; auto takes brainsymphony, none leaves the "
        "baselines alone.",
    )
    cohort_target: tuple[str, ...] = Field(
        ("auto",),
        description="Cohorts: covariates to read out of the scans, by name; any number. auto takes the first "
        "four that enough subjects have, none takes none.",
    )
    cohort_labels: float = Field(
        1.0, gt=0, le=1, description="Cohorts: share of the training subjects whose covariates the read-outs are told."
    )
    cohort_test: float = Field(
        0.3, gt=0, lt=0.9, description="Cohorts: share of the subjects that nothing is learnt from, to be scored on."
    )
    cohort_modality: Literal["both", "function", "structure"] = Field(
        "both", description="Cohorts: what the model reads of a scan."
    )
    cohort_transform: Literal["none", "log"] = Field(
        "none", description="Cohorts: structure as it is, or sign(w) log10(1 + |w|), as for streamline counts."
    )
    cohort_times: int | None = Field(
        None,
        ge=8,
        description="Cohorts: samples that the model reads at once; by the lengths of the scans if not given.",
    )
    cohort_width: int | None = Field(
        None, ge=4, description="Cohorts: numbers per region inside the model; by size if not given."
    )
    cohort_layers: int | None = Field(
        None, ge=1, description="Cohorts: layers of each of its streams; by size if not given."
    )
    cohort_epochs: int | None = Field(
        None, ge=1, description="Cohorts: passes over the training scans, per stage of training; by size if not given."
    )
    folds: int = Field(5, ge=2, description="Blocks of the cross-validated read-out.")
    permutations: int = Field(200, ge=19, description="Permutations per test.")
    seed: int = Field(0, ge=0, description="The one seed of everything random.")

    @field_validator("method")
    @classmethod
    def _registered(cls, name: str) -> str:
        if name != "auto" and name not in METHODS:
            raise ValueError(unknown_name("inference method", name, ("auto", *METHODS)))
        return name

    @field_validator("stream_negatives")
    @classmethod
    def _negatives(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        taken = _listed(names)
        for name in taken:
            if name not in NEGATIVE_KINDS:
                raise ValueError(unknown_name("kind of negatives", name, NEGATIVE_KINDS))
        if not taken:
            raise ValueError("at least one kind of negatives must be named, got none. Leave the setting out.")
        return taken

    @field_validator("cohort_target")
    @classmethod
    def _covariates(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        taken = _listed(names)
        if len(taken) != 1 and {"auto", "none"} & set(taken):
            raise ValueError(f"auto and none stand alone, got {', '.join(taken)}. Name covariates, or one of the two.")
        return taken or ("none",)

    @field_validator("stream_models")
    @classmethod
    def _streams(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        taken = _listed(names)
        for name in taken:
            if name not in ("auto", "none") and name not in STREAM_METHODS:
                raise ValueError(unknown_name("model of streams", name, ("auto", "none", *STREAM_METHODS)))
        if len(taken) != 1 and {"auto", "none"} & set(taken):
            raise ValueError(f"auto and none stand alone, got {', '.join(taken)}. Name models, or one of the two.")
        return taken or ("none",)

    @classmethod
    def of(cls, **settings: Any) -> Plan:
        """Build a plan; a wrong setting is a `ConfigError` that names it."""
        unknown = set(settings) - set(cls.model_fields)
        if unknown:
            raise ConfigError(unknown_name("setting", sorted(unknown)[0], cls.model_fields))
        try:
            return cls(**settings)
        except ValidationError as error:
            first = error.errors()[0]
            name = ".".join(map(str, first["loc"]))
            if first["type"] == "value_error":  # written by us, name and remedy in it
                raise ConfigError(f"`{name}`: {first['ctx']['error']}") from error
            raise ConfigError(f"`{name}`: {first['msg'].lower()}, got {first['input']!r}.") from error

    @classmethod
    def read(cls, path: Path) -> Plan:
        """Read a plan from a TOML file."""
        try:
            settings = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise ConfigError(f"the plan {path} must be a readable TOML file: {error}.") from error
        return cls.of(**settings)

    def toml(self) -> str:
        """Write the plan as TOML; settings without a value are left out, with their meaning as a comment."""
        lines = []
        for name, field in type(self).model_fields.items():
            value = getattr(self, name)
            lines.append(f"# {field.description}")
            lines.append(f"# {name} =" if value is None else f"{name} = {_toml(value)}")
        return "\n".join(lines) + "\n"


def _listed(names: tuple[str, ...]) -> tuple[str, ...]:
    """Take names apart at commas, each once."""
    return tuple(dict.fromkeys(part.strip() for name in names for part in name.split(",") if part.strip()))


def _toml(value: str | float | int | tuple[str, ...]) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, str):
        # JSON's escapes are all valid in TOML, which wants one character more escaped.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return repr(value)
