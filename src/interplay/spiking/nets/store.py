"""A trained network as a file: settings and arrays, nothing that runs when it is read."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

from interplay._core.errors import ConfigError, DataError
from interplay._core.provenance import digest
from interplay.io.npz import load_arrays, load_header, require_digest, save_arrays
from interplay.spiking.nets.registry import SPIKING_METHODS
from interplay.spiking.nets.results import SpikingModel

_HOLDS = "SpikingModel"
_MAPPINGS = ("parameters", "trace", "gradient_start", "gradient_end")
_PLAIN = ("made_from", "seed", "method", "units", "best_epoch", "trained_on")


def save_model(path: str | os.PathLike[str], model: SpikingModel) -> Path:
    """Write a trained network.

    Parameters
    ----------
    path : path
        Ends in .npz; appears whole or not at all.
    model : SpikingModel

    Returns
    -------
    Path
    """
    arrays: dict[str, Any] = {"classes": model.classes}
    for name in _MAPPINGS:
        arrays |= {f"{name}/{key}": value for key, value in getattr(model, name).items()}
    header = {name: getattr(model, name) for name in _PLAIN} | {
        "holds": _HOLDS,
        "config": asdict(model.config),
        "input_shape": list(model.input_shape),
        "notes": list(model.notes),
        "citations": list(model.citations),
        "versions": dict(model.versions),
        "digest": _digest(model),
    }
    return save_arrays(path, arrays, header=header)


def load_model(path: str | os.PathLike[str]) -> SpikingModel:
    """Read a trained network.

    Parameters
    ----------
    path : path
        As `save_model` wrote it.

    Returns
    -------
    SpikingModel

    Raises
    ------
    DataError
        If the file is missing, damaged, changed, or holds something else.
    """
    header = load_header(path)
    if header is None or header.get("holds") != _HOLDS:
        found = "a file of another origin" if header is None else f"a file of {header.get('holds')!r}"
        raise DataError(
            f"{path} must hold a trained spiking network, but it is {found}. Give the file of `save_model`."
        )
    arrays = load_arrays(path)
    parts: dict[str, Any] = {name: {} for name in _MAPPINGS}
    for name, value in arrays.items():
        group, slash, key = name.partition("/")
        if slash and group in parts:
            parts[group][key] = value if value.ndim or group == "parameters" else float(value)
        elif name != "classes":
            raise DataError(f"{path} holds an array that no trained network has, {name!r}. Train it again.")
    try:
        model = SpikingModel(
            config=SPIKING_METHODS[header["method"]](**header["config"]),
            classes=arrays["classes"],
            input_shape=tuple(header["input_shape"]),
            notes=tuple(header["notes"]),
            citations=tuple(header["citations"]),
            versions=header["versions"],
            **parts,
            **{name: header[name] for name in _PLAIN},
        )
    except (KeyError, TypeError, ValueError, ConfigError) as error:
        raise DataError(
            f"{path} cannot be read as a trained spiking network ({error}). It is damaged, or of another version: "
            "train it again."
        ) from error
    require_digest(_digest(model), header, "train it again.")
    return model


def _digest(model: SpikingModel) -> str:
    return digest(
        asdict(model.config),
        model.classes,
        model.input_shape,
        model.notes,
        model.citations,
        dict(model.versions),
        *(getattr(model, name) for name in _PLAIN),
        *(dict(getattr(model, name)) for name in _MAPPINGS),
    )
