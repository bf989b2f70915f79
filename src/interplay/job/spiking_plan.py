"""What `interplay spiking train` is asked for, as a file that the folder keeps."""

from __future__ import annotations

import json
import tomllib
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from interplay._core.checks import require_setting
from interplay._core.errors import ConfigError, DataError, unknown_name
from interplay.job.embedding_options import setting
from interplay.job.spiking_task import kind_of
from interplay.spiking.nets import SPIKING_METHODS

#: The one table of plan.toml: a run of another command never has it.
TABLE = "spiking"
#: Nets that are trained beside the one asked for: what is changed of it, and what that is.
BASELINES: dict[str, tuple[dict[str, Any], str]] = {
    "surrogate gradient": (
        {"gradient": "fast_sigmoid(25)", "posterior": False},
        "The same network with thresholds, point weights and the fast-sigmoid surrogate gradient.",
    ),
    "straight-through, hard tanh": (
        {"gradient": "hard_tanh", "posterior": False},
        "The same network with thresholds, point weights and the derivative of the hard tanh.",
    ),
    "batch normalisation": (
        {"gradient": "fast_sigmoid(25)", "posterior": False, "normalise": "batch"},
        "The same network with surrogate gradient and batch normalisation of its pre-activations.",
    ),
}


@dataclass(frozen=True, kw_only=True)
class SpikingPlan:
    """One training.

    Parameters
    ----------
    task : str
    input : str or None
        File or folder; None takes the task's default samples.
    method : str or None
        Registered name of a network; None takes the task's.
    gradient : str or None
        How it passes units that fire; None takes the method's.
    settings : tuple of str
        Of the network, each "key=value".
    draws : int, >= 1
        Networks that are averaged when samples are judged.
    hold_out : str or None
        A class that nothing is learnt of.
    baselines : bool
        Whether the baseline networks are trained too.
    device : str
    seed : int, >= 0

    Raises
    ------
    ConfigError
        If a name is unknown or a number out of range.
    """

    task: str = "spoken"
    input: str | None = None
    method: str | None = None
    gradient: str | None = None
    settings: tuple[str, ...] = ()
    draws: int = 20
    hold_out: str | None = None
    baselines: bool = True
    device: str = "cpu"
    seed: int = 0

    def __post_init__(self) -> None:
        kind_of(self.task)
        if self.method is not None and self.method not in SPIKING_METHODS:
            raise ConfigError(unknown_name("spiking network", self.method, SPIKING_METHODS))
        require_setting("draws", self.draws, least=1, whole=True)
        require_setting("seed", self.seed, least=0, whole=True)
        self.config()

    @property
    def network(self) -> str:
        """Registered name of the network."""
        return self.method or kind_of(self.task).method

    def config(self, **changed: Any) -> Any:
        """Build the network's configuration.

        Parameters
        ----------
        **changed
            Settings that win over all others: those of a baseline.

        Returns
        -------
        SpikingNet

        Raises
        ------
        ConfigError
            If a setting is unknown, said twice, or out of range.
        """
        made_of = SPIKING_METHODS[self.network]
        known = {f.name for f in fields(made_of)}
        kind = kind_of(self.task)
        chosen = dict(kind.settings) if self.network == kind.method else {}
        said: dict[str, Any] = {} if self.gradient is None else {"gradient": self.gradient}
        for text in self.settings:
            key, value = setting(text, known, example="width=128")
            if key in said:
                raise ConfigError(f"`{key}` must be said once, got {said[key]!r} and {value!r}. Leave one out.")
            if key == "seed":
                raise ConfigError("`seed` must be said by --seed, got --set seed=... . Write --seed.")
            said[key] = value
        try:
            return made_of(**{**chosen, "seed": self.seed, **said, **changed})
        except TypeError as error:
            raise ConfigError(
                f"`--set`: a setting of {self.network} is of the wrong kind ({error}). See --help."
            ) from error

    def toml(self) -> str:
        """Write the plan; `read` gives it back."""
        lines = [f"[{TABLE}]"]
        for name, value in asdict(self).items():
            if value is not None:
                lines.append(f"{name} = {json.dumps(list(value) if isinstance(value, tuple) else value)}")
        return "\n".join(lines) + "\n"

    @classmethod
    def read(cls, path: Path) -> SpikingPlan:
        """Read a plan.

        Parameters
        ----------
        path : Path
            plan.toml of a folder of `interplay spiking train`.

        Returns
        -------
        SpikingPlan

        Raises
        ------
        DataError
            If there is none, or it is of something else.
        """
        try:
            found = tomllib.loads(path.read_text(encoding="utf-8"))[TABLE]
            return cls(**{**found, "settings": tuple(found.get("settings", ()))})
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DataError(
                f"{path.parent} must be a folder of `interplay spiking train`, but its plan.toml cannot be read as one "
                f"({type(error).__name__}). Train first."
            ) from error
