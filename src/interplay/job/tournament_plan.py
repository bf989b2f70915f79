"""The plan of a tournament: who plays, on which seeds, for how long; read from TOML, written back resolved."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from interplay._core.errors import ConfigError, unknown_name
from interplay.arena.rules import Rules
from interplay.job.plan import _toml
from interplay.loop.budget import Budget
from interplay.loop.registry import Spec, expand_specs, parse_spec

#: More seeds than anybody plays; a range is counted before it is written out, so that a slip cannot fill the memory.
_MOST_SEEDS = 100_000

#: Who plays where nobody is named.
DEFAULT_PLAYERS = ("chance", "random", "sweep", "frozen", "oracle", "dish")
Ablation = Literal["random_spikes", "zero_spikes", "frozen_decoder", "shuffled_feedback"]


class TournamentPlan(BaseModel):
    """Everything that decides what a tournament gives. Field order is the order of plan.toml."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    players: tuple[str, ...] = Field(DEFAULT_PLAYERS, description="Who plays, as name:key=value,key=value.")
    ablations: tuple[Ablation, ...] = Field((), description="Ablations that play beside every dish.")
    seeds: str = Field("0:5", description="Seeds that every player plays: 0:30 (30 left out), or 3,5,8, or both.")
    agent_seeds: str | None = Field(
        None, description="Seeds that the learning agents play, whose sessions cost most; none: those of all others."
    )
    rallies: int = Field(70, ge=1, description="Rally-matched budget: finished rallies.")
    seconds: float = Field(1200.0, gt=0, description="Time-matched budget, s on the clock of the game.")
    rules: Literal["dish", "port"] = Field("dish", description="The dish's game, or the authors' faster port of it.")
    timeout_s: float = Field(3600.0, gt=0, description="Wall time after which a session is stopped as hung, s.")

    @classmethod
    def of(cls, **settings: Any) -> TournamentPlan:
        """Build a plan; a wrong setting is a `ConfigError` that names it."""
        unknown = set(settings) - set(cls.model_fields)
        if unknown:
            raise ConfigError(unknown_name("setting", sorted(unknown)[0], cls.model_fields))
        try:
            return cls(**settings)
        except ValidationError as error:
            first = error.errors()[0]
            name = ".".join(map(str, first["loc"]))
            raise ConfigError(f"`{name}`: {first['msg'].lower()}, got {first['input']!r}.") from error

    @classmethod
    def read(cls, path: str | Path) -> TournamentPlan:
        """Read a plan from a TOML file."""
        try:
            settings = tomllib.loads(Path(path).read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise ConfigError(f"the plan {path} must be a readable TOML file: {error}.") from error
        return cls.of(**settings)

    def toml(self) -> str:
        """Write the plan as TOML, every setting with its meaning."""
        lines = []
        for name, field in type(self).model_fields.items():
            value = getattr(self, name)
            row = f"# {name} =" if value is None else f"{name} = {_toml(value)}"
            lines += [f"# {field.description}", row]
        return "\n".join(lines) + "\n"

    @property
    def specs(self) -> tuple[Spec, ...]:
        """The players, lists of choices multiplied out, every dish followed by its ablations."""
        found = []
        for text in expand_specs(self.players):
            spec = parse_spec(text)
            found.append(spec)
            if spec.kind != "dish" or spec.settings["ablation"] != "none":
                continue
            for ablation in self.ablations:
                if ablation == "shuffled_feedback" and spec.settings["feedback"] != "fep":
                    continue  # there is no feedback to shuffle
                found.append(parse_spec(f"{text}{',' if ':' in text else ':'}ablation={ablation}"))
        if self.ablations and not any(spec.settings.get("ablation", "none") != "none" for spec in found):
            raise ConfigError(f"`ablations` need a dish that can have them, got {', '.join(self.players)}. Add one.")
        return tuple(found)

    @property
    def seed_numbers(self) -> tuple[int, ...]:
        """The seeds, sorted."""
        return parse_seeds(self.seeds)

    @property
    def agent_seed_numbers(self) -> tuple[int, ...] | None:
        """The seeds of the learning agents, sorted; None where they are those of all others."""
        return None if self.agent_seeds is None else parse_seeds(self.agent_seeds)

    @property
    def budget(self) -> Budget:
        """Both limits; a session that is not over after twice the time ends then."""
        return Budget(rallies=self.rallies, seconds=self.seconds, most_s=2 * self.seconds)

    @property
    def game(self) -> Rules:
        """The rules."""
        return Rules() if self.rules == "dish" else Rules.port()


def parse_seeds(text: str) -> tuple[int, ...]:
    """Read seeds.

    Parameters
    ----------
    text : str
        Numbers and ranges separated by commas; a range start:stop leaves its stop out.

    Returns
    -------
    tuple of int
        Sorted.

    Raises
    ------
    ConfigError
        On anything else, an empty range, a seed named twice, or more than 100,000 seeds.

    Examples
    --------
    >>> parse_seeds("0:3,7")
    (0, 1, 2, 7)
    """
    found: list[int] = []
    for part in text.split(","):
        match = re.fullmatch(r"\s*(\d{1,9})(?::(\d{1,9}))?\s*", part)
        if match is None:
            raise ConfigError(f"`seeds` must read like 0:30 or 3,5,8, got {text!r}. Write start:stop or numbers.")
        start = int(match[1])
        stop = start + 1 if match[2] is None else int(match[2])
        if stop <= start:
            raise ConfigError(f"`seeds` must hold a seed, but the range {part.strip()} is empty. Raise its stop.")
        if len(found) + stop - start > _MOST_SEEDS:
            raise ConfigError(f"`seeds` must be at most {_MOST_SEEDS} numbers, got {text!r}. Narrow the range.")
        found += range(start, stop)
    if len(set(found)) != len(found):
        raise ConfigError(f"`seeds` must name each seed once, got {text!r}. Let ranges not overlap.")
    return tuple(sorted(found))
