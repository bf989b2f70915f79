"""Players by name: "oracle", "dish:feedback=fep", "dqn:observation=ball", "python:package.module:factory"."""

from __future__ import annotations

import ast
import dataclasses
import hashlib
import inspect
import itertools
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

from interplay._core.errors import ConfigError, InterplayError, MissingExtraError, unknown_name
from interplay.loop.player import Learner, Player
from interplay.loop.tables import PlayerEntry


@dataclass(frozen=True, kw_only=True)
class _Known:
    """Where a player comes from, what its name fixes, and which settings its key always shows."""

    home: str
    about: str
    kind: Literal["reference", "dish", "agent", "told", "own"]
    fixed: Mapping[str, Any] = field(default_factory=dict)
    shown: tuple[str, ...] = ()
    needs: tuple[str, str, str] | None = None  # module, package, extra


def _agent(algorithm: str, about: str, module: str = "stable_baselines3") -> _Known:
    return _Known(
        home="interplay.loop.sb3:StableBaseline",
        about=about,
        kind="agent",
        fixed={"algorithm": algorithm},
        shown=("observation",),
        needs=(module, module.replace("_", "-"), "rl"),
    )


#: Names to players. Nothing is imported before a player is made.
PLAYERS: Mapping[str, _Known] = {
    "chance": _Known(
        home="interplay.loop.references:Chance",
        about="catches every arrival with probability paddle / field, wherever the ball is",
        kind="reference",
    ),
    "random": _Known(home="interplay.loop.references:RandomWalk", about="moves its paddle at random", kind="reference"),
    "sweep": _Known(home="interplay.loop.references:Sweep", about="sweeps from end to end, blindly", kind="reference"),
    "frozen": _Known(
        home="interplay.loop.references:FrozenCentre", about="leaves its paddle in the centre", kind="reference"
    ),
    "oracle": _Known(
        home="interplay.loop.references:Oracle", about="knows where the ball will arrive", kind="reference"
    ),
    "dish": _Known(
        home="interplay.loop.dish:Dish",
        about="a culture on an electrode array",
        kind="dish",
        shown=("feedback", "plasticity"),
    ),
    "dqn": _agent("dqn", "deep Q-network of Stable-Baselines3"),
    "a2c": _agent("a2c", "advantage actor-critic of Stable-Baselines3"),
    "ppo": _agent("ppo", "proximal policy optimisation of Stable-Baselines3"),
    "qrdqn": _agent("qrdqn", "quantile-regression DQN of sb3-contrib", "sb3_contrib"),
    "value": _Known(
        home="interplay.loop.agents:ValueAgent",
        about="value agent with orthogonal switches: loss, target, resets, pruning",
        kind="agent",
        shown=("observation", "loss", "target"),
    ),
    "spiking": _Known(
        home="interplay.loop.spiking_agent:SpikingAgent",
        about="value agent whose hidden layers are LIF units, learning from reward alone",
        kind="agent",
        shown=("observation", "gradient"),
    ),
    "spiking_model": _Known(
        home="interplay.loop.spiking_player:SpikingPlayer",
        about="trained spiking network, told by the oracle (path=FILE): its samples are not those of the others",
        kind="told",
    ),
}
_OWN = "python"
_CELL = ("backend", "feedback", "plasticity", "ablation")
_TITLES = {
    "dqn": "DQN",
    "a2c": "A2C",
    "ppo": "PPO",
    "qrdqn": "QR-DQN",
    "frozen": "Frozen centre",
    "spiking_model": "Spiking network told by the oracle",
}


@dataclass(frozen=True, eq=False, kw_only=True)
class Spec:
    """A player as it was named, resolved.

    Attributes
    ----------
    text : str
        Canonical: settings sorted, those equal to the default left out (except the few always shown). Two specs of one
        text are one player.
    name : str
        First part.
    given : mapping of str to plain value
        Settings that differ from the defaults.
    settings : mapping of str to plain value
        All settings, defaults included; "resolved" holds, for players of ours, what those that were left open became.
    kind : {"reference", "dish", "agent", "told", "own"}
        "told": trained before the session, so its samples are not those of the others.
    source : str
        Digest of the file that a player of the user's own comes from; empty for ours.
    """

    text: str
    name: str
    given: Mapping[str, Any]
    settings: Mapping[str, Any]
    kind: Literal["reference", "dish", "agent", "told", "own"]
    source: str = ""

    def make(self) -> Player | Learner:
        """Build the player."""
        return _build(self.text, self.name, self.given)

    @property
    def entry(self) -> PlayerEntry:
        """Describe it for the tables."""
        cell = {k: str(self.settings[k]) for k in _CELL if k in self.settings} if self.kind == "dish" else {}
        return PlayerEntry(player=self.text, name=self._title(), kind=self.kind, settings=self.settings, cell=cell)

    def _title(self) -> str:
        first = self.text if self.kind == "own" else _TITLES.get(self.name, self.name.capitalize())
        if self.kind == "own":
            return first.removeprefix(f"{_OWN}:")
        shown = {**{k: self.settings[k] for k in PLAYERS[self.name].shown if k in self.settings}, **self.given}
        plain = ("feedback", "plasticity", "ablation", "loss", "target")
        # Names of choices read as words; a path or a mapping stays as it was written.
        said = {k: v.replace("_", " ") if isinstance(v, str) and v.isidentifier() else v for k, v in shown.items()}
        parts = [str(v) if k in plain else f"{k.replace('_', ' ')} {v}" for k, v in said.items()]
        return ", ".join([first, *parts])


def parse_spec(text: str) -> Spec:
    """Read the spec of a player.

    Parameters
    ----------
    text : str
        "name" or "name:key=value,key=value"; for a player of your own "python:package.module:factory", if you like
        with ":key=value" after it. Values are read as Python literals where they are some, else as text.

    Returns
    -------
    Spec

    Raises
    ------
    ConfigError
        On an unknown name or setting (naming the allowed ones), a setting given twice, or settings that do not parse.
    MissingExtraError
        If the player needs a package that is absent.

    Examples
    --------
    >>> parse_spec("oracle").text
    'oracle'
    """
    name, _, rest = text.strip().partition(":")
    if name == _OWN:
        module, _, rest = rest.partition(":")
        attribute, _, rest = rest.partition(":")
        name = f"{_OWN}:{module}:{attribute}"
    factory, fixed = _factory(name, text)
    known = PLAYERS.get(name)
    defaults = {k: v for k, v in _defaults(factory).items() if k not in fixed}
    written = _settings(rest, text)
    for key in written:
        if key not in defaults:
            raise ConfigError(f"player {text!r}: {unknown_name('setting', key, defaults)}" if defaults else (
                f"player {text!r} must have no settings, got {key!r}. Leave it out."
            ))  # fmt: skip
    # What is text by default is text as given: "none" may be the name of a choice.
    values = {k: v if isinstance(defaults[k], str) else _value(v) for k, v in sorted(written.items())}
    given = {k: v for k, v in values.items() if _differs(v, defaults[k])}
    shown = {k: defaults[k] for k in (known.shown if known else ()) if k in defaults}
    settings = {k: _plain(v) for k, v in {**defaults, **given}.items() if v is not inspect.Parameter.empty}
    parts = ",".join(f"{k}={_written(v)}" for k, v in sorted({**shown, **given}.items()))
    canonical = f"{name}:{parts}" if parts else name
    if known:
        found = _resolved(_build(canonical, name, given))
        settings |= {"resolved": found} if found else {}
    return Spec(
        text=canonical,
        name=name,
        given=given,
        settings={**fixed, **settings},
        kind=known.kind if known else "own",
        source="" if known else _source(factory),
    )


def expand_specs(texts: Iterable[str]) -> tuple[str, ...]:
    """Multiply out the settings that name several values, as in "dish:feedback=fep|silent,plasticity=stdp|frozen".

    Parameters
    ----------
    texts : iterable of str

    Returns
    -------
    tuple of str
        One text per player; those without a choice are given as they are.

    Examples
    --------
    >>> expand_specs(["oracle", "dish:feedback=fep|rest"])
    ('oracle', 'dish:feedback=fep', 'dish:feedback=rest')
    """
    found: list[str] = []
    for text in texts:
        name, sign, rest = text.partition(":")
        if "|" not in rest or name == _OWN:
            found.append(text)
            continue
        parts = [part.partition("=") for part in _split(rest)]
        choices = [[f"{key}{equal}{one}" for one in value.split("|")] for key, equal, value in parts]
        found += [f"{name}{sign}{','.join(chosen)}" for chosen in itertools.product(*choices)]
    return tuple(found)


def settings_of(name: str) -> dict[str, str]:
    """Give the settings that a player takes, with their defaults as they would be written.

    Parameters
    ----------
    name : str

    Returns
    -------
    dict of str to str

    Raises
    ------
    ConfigError
        If there is no player of this name.
    MissingExtraError
        If it needs a package that is absent.

    Examples
    --------
    >>> settings_of("random")
    {'hold_ticks': '1'}
    """
    factory, fixed = _factory(name, name)
    return {k: _written(v) for k, v in _defaults(factory).items() if k not in fixed}


def make_player(spec: str | Spec) -> Player | Learner:
    """Build a player from its spec.

    Parameters
    ----------
    spec : str or Spec
        As `parse_spec` reads it.

    Returns
    -------
    Player or Learner

    Raises
    ------
    ConfigError
        As `parse_spec`; or if the settings contradict each other.

    Examples
    --------
    >>> make_player("oracle").name
    'oracle'
    """
    return (parse_spec(spec) if isinstance(spec, str) else spec).make()


def _build(text: str, name: str, given: Mapping[str, Any]) -> Player | Learner:
    factory, fixed = _factory(name, text)
    try:
        player = factory(**fixed, **given)
    except ConfigError as error:
        raise ConfigError(f"player {text!r}: {error}") from error
    except InterplayError:
        raise
    except (TypeError, ValueError) as error:
        raise ConfigError(f"player {text!r}: {error}. Correct its settings.") from error
    if not isinstance(player, Player | Learner):
        raise ConfigError(
            f"player {text!r} must have `name`, `begin`, `act` and `feel` (or `name`, `observation`, `action_repeat` "
            f"and `learn`), got a {type(player).__name__}."
        )
    return player


def _resolved(player: Player | Learner) -> dict[str, Any]:
    """Read off a player of ours what its settings left open: parts that are settings of their own."""
    parts = {name: getattr(player, name, None) for name in ("encoding", "decoding", "readout", "protocol")}
    parts["culture"] = getattr(getattr(player, "backend", None), "culture", None)
    found = {k: _plain(v) for k, v in parts.items() if dataclasses.is_dataclass(v)}
    told = getattr(player, "told", None)
    if told is not None:
        found["told"] = _plain(told)
    papers = getattr(player, "citations", ())
    if papers:
        found["papers"] = _plain(papers)
    algorithm = getattr(player, "algorithm", None)
    if algorithm is not None:
        from interplay.loop.sb3 import DEFAULTS

        found["settings"] = _plain({**DEFAULTS[algorithm], **getattr(player, "settings", {})})
    return found


def _factory(name: str, text: str) -> tuple[Callable[..., Any], Mapping[str, Any]]:
    if not name.startswith(f"{_OWN}:"):
        if name not in PLAYERS:
            raise ConfigError(f"{unknown_name('player', name, PLAYERS)} Your own: python:package.module:factory.")
        known = PLAYERS[name]
        if known.needs is not None and find_spec(known.needs[0]) is None:
            raise MissingExtraError.of(f"the player {name!r}", *known.needs[1:])
        module, attribute = known.home.split(":")
        return getattr(import_module(module), attribute), known.fixed
    _, module, attribute = name.split(":")
    if not module or not attribute:
        raise ConfigError(f"player {text!r} must read python:package.module:factory. Name a module and what makes it.")
    try:
        factory = getattr(import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise ConfigError(
            f"player {text!r} must name something that can be imported: {error}. Run where the module lies, or install "
            "it."
        ) from error
    except Exception as error:  # the module is not ours and may raise anything while it is imported
        raise ConfigError(
            f"player {text!r} must name a module that can be imported, but {module!r} raised {type(error).__name__}: "
            f"{error}. Correct the module."
        ) from error
    if not callable(factory):
        raise ConfigError(f"player {text!r} must name a class or function, got a {type(factory).__name__}.")
    return factory, {}


def _defaults(factory: Callable[..., Any]) -> dict[str, Any]:
    """Give the settings a factory takes, and their defaults (`empty` where there is none)."""
    try:
        parameters = inspect.signature(factory).parameters.values()
    except (TypeError, ValueError):
        return {}
    named = {p.name: p.default for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)}
    for one in dataclasses.fields(factory) if dataclasses.is_dataclass(factory) else ():
        if one.name in named and one.default_factory is not dataclasses.MISSING:
            named[one.name] = one.default_factory()
    named.pop("name", None)
    return named


def _settings(text: str, whole: str) -> dict[str, str]:
    found: dict[str, str] = {}
    if not text:
        return found
    for part in _split(text):
        key, sign, value = part.partition("=")
        key = key.strip()
        if not sign or not re.fullmatch(r"[a-z_][a-z0-9_]*", key):
            raise ConfigError(f"player {whole!r}: settings must read key=value,key=value, got {part!r}. Correct it.")
        if key in found:
            raise ConfigError(f"player {whole!r}: {key!r} is given twice. Keep one.")
        found[key] = value.strip()
    return found


def _split(text: str) -> list[str]:
    """Cut at the commas that stand outside brackets."""
    parts, depth = [""], 0
    for letter in text:
        depth += (letter in "([{") - (letter in ")]}")
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return parts


def _value(text: str) -> Any:
    words = {"true": True, "false": False, "none": None}
    if text.lower() in words:
        return words[text.lower()]
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text
    return tuple(value) if isinstance(value, list) else value


def _written(value: Any) -> str:
    text = str(value) if isinstance(value, str) else repr(value).replace(" ", "")
    return text.lower() if value is None or isinstance(value, bool) else text


def _differs(value: Any, default: Any) -> bool:
    return (type(value) is not type(default) and not _both_numbers(value, default)) or bool(value != default)


def _both_numbers(one: Any, other: Any) -> bool:
    return all(isinstance(x, int | float) and not isinstance(x, bool) for x in (one, other))


def _plain(value: Any) -> Any:
    """Reduce a setting to what JSON and a digest can hold."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    return repr(value)


def _source(factory: Callable[..., Any]) -> str:
    """Digest of the file a user's player is written in, so that an edited player plays again."""
    try:
        path = inspect.getsourcefile(factory)
        return "" if path is None else hashlib.blake2b(Path(path).read_bytes(), digest_size=16).hexdigest()
    except (TypeError, OSError):
        return ""
