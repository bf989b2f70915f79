"""Options of one embedding: what is said twice, or would have no effect, is refused and not dropped."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from interplay._core.errors import ConfigError, unknown_name
from interplay.job.plan import Plan

if TYPE_CHECKING:
    from interplay.job.embedding_alone import Alone

#: Options of a plan that are settings of the model, and what the model calls them.
_MODEL = {"latent": "latent", "hidden": "hidden", "node_features": "features", "epochs": "epochs", "seed": "seed"}
#: Options that say how a recording becomes networks.
_INFERENCE = (
    "hint",
    "window_s",
    "step_s",
    "method",
    "method_set",
    "lag_s",
    "bin_s",
    "surrogates",
    "threshold",
    "alpha",
    "density",
)


def require_said_once(asked: Alone, method: Any) -> None:
    """Refuse settings of the model that are said twice, and options that the model does not have.

    Parameters
    ----------
    asked : Alone
    method : class of a configuration

    Raises
    ------
    ConfigError
    """
    known, said = {f.name for f in fields(method)}, dict[str, str]()
    for name in filter(_given(asked.plan).get, _MODEL):
        option = f"--{name.replace('_', '-')} {getattr(asked.plan, name)}"
        if _MODEL[name] not in known:
            raise ConfigError(f"`{option}` must be left out: {asked.method} has no such setting. Remove the option.")
        said[_MODEL[name]] = option
    for text in asked.settings:
        key, value = setting(text, known)
        option = f"--set {key}={value}"
        if key in said:
            raise ConfigError(f"`{key}` must be said once, got `{said[key]}` and `{option}`. Leave one out.")
        said[key] = option
    if asked.nodes is not None and asked.nodes < 3:
        raise ConfigError(f"`nodes` must be a whole number >= 3, got {asked.nodes}.")


def require_no_inference(plan: Plan) -> None:
    """Refuse options of the inference where the input holds networks, in which nothing is inferred any more.

    Parameters
    ----------
    plan : Plan

    Raises
    ------
    ConfigError
    """
    for name in filter(_given(plan).get, _INFERENCE):
        raise ConfigError(
            f"`--{name.replace('_', '-')}` must be left out where the input holds networks, got {plan.input}: it says "
            "how a recording becomes networks. Remove the option, or give the recording."
        )


def require_use(asked: Alone, config: Any) -> None:
    """Refuse a recording that no feature is read from.

    Parameters
    ----------
    asked : Alone
    config : config of a method

    Raises
    ------
    ConfigError
    """
    from interplay.represent.features import FROM_RECORDING

    features = getattr(config, "features", None)
    if asked.recording is not None and features not in FROM_RECORDING:
        why = "the method has features of its own" if features is None else f"the features {features!r} do not read it"
        raise ConfigError(
            f"`recording` must be left out, for {why}. Remove the option, or pass --node-features "
            f"{' or '.join(FROM_RECORDING)}."
        )


def _given(plan: Plan) -> dict[str, bool]:
    """Tell which options were given; None and an empty list are as good as none."""
    return {name: True for name in plan.model_fields_set if getattr(plan, name) not in (None, ())}


def setting(
    text: str, known: Iterable[str], *, option: str = "set", example: str = "convolution=sage"
) -> tuple[str, Any]:
    """Read "key=value".

    Parameters
    ----------
    text : str
    known : iterable of str
        Names of the settings there are.
    option, example : str
        For messages.

    Returns
    -------
    key, value : str and plain value
        A value that is no number, none, true or false stays a word.

    Raises
    ------
    ConfigError
        If it is written otherwise, or the key is unknown.
    """
    key, equals, value = text.partition("=")
    key = key.strip().replace("-", "_")
    if not (equals and key and value.strip()):
        raise ConfigError(f"`{option}` must be written key=value, got {text!r}. Write for example {example}.")
    if key not in known:
        raise ConfigError(unknown_name("setting", key, sorted(known)))
    word = value.strip()
    try:
        return key, json.loads({"none": "null", "None": "null", "True": "true", "False": "false"}.get(word, word))
    except ValueError:
        return key, word
