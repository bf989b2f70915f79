"""The published weights of BrainSymphony: its context stream and its Perceiver."""

from __future__ import annotations

import pickle
from os import PathLike
from pathlib import Path

import torch
from torch import Tensor, nn

from interplay._core.errors import DataError
from interplay.io.guard import require_file
from interplay.represent.brain.functional import ContextStream
from interplay.represent.brain.perceiver import Perceiver

#: What the shapes of the weights do not tell.
_HEADS = 2
_REMEDY = "Fetch context.pth and fusion.pth of the published checkpoints anew."


def load_published(folder: str | PathLike[str]) -> tuple[ContextStream, Perceiver]:
    """Load `context.pth` and `fusion.pth` as they are published; sizes are read from their shapes.

    Parameters
    ----------
    folder : path
        Holds both files. They are read as tensors only; code in them is not run.

    Returns
    -------
    tuple of ContextStream, Perceiver
        In evaluation mode, on the CPU. As published: 450 regions, 200 times, width 128, 2738 and 451 848 parameters.

    Raises
    ------
    DataError
        If a file is missing, holds anything but tensors, or lacks a parameter or has it in another shape.

    Notes
    -----
    The other files (spatial, temporal, structural) are not public, so that these two cannot be used on data: what the
    Perceiver was trained to read are vectors of those. They serve to check that the parts are the published ones.
    """
    context, fusion = (_tensors(Path(folder) / name) for name in ("context.pth", "fusion.pth"))
    try:
        n_regions, width = fusion["latents"].shape
        part, n_times = len(fusion["roi_proj.weight"]), len(fusion["head.2.weight"])
        hidden = len(fusion["latent_transformers.0.mlp.0.weight"])
    except (KeyError, ValueError) as error:
        raise DataError(f"fusion.pth must hold the weights of a Perceiver: {error} does not fit. {_REMEDY}") from error
    layers = len({name.split(".")[1] for name in fusion if name.startswith("latent_transformers.")})
    with torch.device("meta"):  # nothing is drawn
        parts = (
            ContextStream(),
            Perceiver(n_regions, n_times, width=width, heads=_HEADS, part=part, layers=layers, hidden=hidden),
        )
    _fill(parts[0], context, "context.pth")
    _fill(parts[1], fusion, "fusion.pth")
    return parts


def _tensors(path: Path) -> dict[str, Tensor]:
    require_file(path)
    try:
        found = torch.load(path, map_location="cpu", weights_only=True)
    except (RuntimeError, OSError, EOFError, ValueError, KeyError, pickle.UnpicklingError) as error:
        raise DataError(f"{path.name} must hold tensors, and nothing that runs: {error}. {_REMEDY}") from error
    if not isinstance(found, dict) or not all(isinstance(part, Tensor) for part in found.values()):
        raise DataError(f"{path.name} must hold named tensors, got {type(found).__name__}. {_REMEDY}")
    return found


def _fill(module: nn.Module, state: dict[str, Tensor], name: str) -> None:
    need = {key: tuple(part.shape) for key, part in module.state_dict().items()}
    have = {key: tuple(part.shape) for key, part in state.items()}
    wrong = sorted(key for key in need.keys() | have.keys() if need.get(key) != have.get(key))
    if wrong:
        first = f"{wrong[0]} has shape {have.get(wrong[0], 'none')}, needed {need.get(wrong[0], 'none')}"
        raise DataError(f"{name} must hold exactly the parameters of the network: {first}. {_REMEDY}")
    module.load_state_dict(state, assign=True)
    module.eval()
