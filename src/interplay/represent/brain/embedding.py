"""A trained network at work: vectors of regions, and what regions draw on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from interplay._core.errors import ConfigError, DataError
from interplay._core.protocols import Progress
from interplay.data import Cohort
from interplay.represent.brain.batches import BrainReader
from interplay.represent.brain.network import BrainNetwork, Sizes
from interplay.represent.brain.results import BrainEmbedding, BrainModel
from interplay.represent.brain.scaling import Scaling, nodes_of, regions_of
from interplay.tensors import require_device, seeded_torch, torch_threads, with_parameters

if TYPE_CHECKING:
    from interplay.represent.brain.method import BrainSymphony

#: Settings that shape the network or what it reads; the others only say how it was trained.
_SHAPE = (
    "width",
    "heads",
    "hidden",
    "layers",
    "graph_layers",
    "latent_layers",
    "times",
    "positions",
    "graph_positions",
    "graph_attention",
    "mask_absent",
    "highest_frequencies",
)


def require_model(config: BrainSymphony, model: BrainModel) -> None:
    """Refuse a model of another network."""
    for name in _SHAPE:
        theirs = getattr(model.config, name, None)
        if theirs != getattr(config, name):
            raise ConfigError(
                f"`model` must be of these settings: {name} is {theirs!r} there and {getattr(config, name)!r} here. "
                "Use `model.config`."
            )


def require_atlas(model: BrainModel, cohort: Cohort) -> None:
    """Refuse a cohort over other regions, or the same in another order."""
    known, given = model.regions, cohort.regions.id
    if np.array_equal(known, given):
        return
    more, less = np.setdiff1d(given, known), np.setdiff1d(known, given)
    if len(more) or len(less):
        raise DataError(
            f"`cohort` must be over the atlas of the model, R={len(known)}: it has R={len(given)} regions, "
            f"{len(more)} of them unknown to the model ({', '.join(more[:3]) or 'none'}), and lacks {len(less)} "
            f"({', '.join(less[:3]) or 'none'}). Parcellate with the same atlas; a region that some scans lack stays "
            "in the atlas, as NaN."
        )
    k = int(np.argmax(known != given))
    raise DataError(
        f"`cohort` must have its regions in the order of the model: region {k} is {str(given[k])!r}, there "
        f"{str(known[k])!r}. "
        "Reorder with `cohort.select`."
    )


def scaling_of(model: BrainModel) -> Scaling:
    """Give the scaling that a model was trained with."""
    return Scaling(
        by=model.by,  # type: ignore[arg-type]
        centre=model.centre,
        spread=model.spread,
        transform=model.transform,  # type: ignore[arg-type]
        structure=model.structure_scale,
    )


def network_of(model: BrainModel, device: torch.device) -> BrainNetwork:
    """Build the network of a model, in evaluation mode and single precision."""
    sizes = Sizes(len(model.regions), model.times, model.places.shape[1], model.has_function, model.has_structure)
    with seeded_torch(0, "brainsymphony", "rebuilt"):
        empty = BrainNetwork(model.config, sizes)
    return with_parameters(empty, model.parameters).float().to(device)


def reader_of(model: BrainModel, cohort: Cohort, device: torch.device) -> BrainReader:
    """Read a cohort as a model was trained to."""
    require_atlas(model, cohort)
    reader = BrainReader(cohort, scaling_of(model), model.times, model.places, device)
    reader.require_length(np.arange(len(cohort)))
    usable = (cohort.has_function & model.has_function) | (cohort.has_structure & model.has_structure)
    if not usable.all():
        s = int(np.argmin(usable))
        trained = "function" if model.has_function else "structure"
        raise DataError(
            f"{cohort.named(s)} has only what the model was not trained on; it knows {trained}. "
            "Leave the scan out, or train on both."
        )
    return reader


def function_vectors(network: BrainNetwork, reader: BrainReader, s: int) -> NDArray[np.float64]:
    """Mean over the stretches of one scan, (R, D)."""
    total: Tensor | None = None
    starts = reader.stretches(s)
    for start in starts:
        batch = reader.function(np.array([s]), np.array([start]))
        _, found = network.read_function(batch.x, batch.present, None, reader.places)
        total = found[0] if total is None else total + found[0]
    assert total is not None
    return np.asarray((total / len(starts)).double().cpu().numpy())


def structure_vectors(network: BrainNetwork, reader: BrainReader, s: int) -> NDArray[np.float64]:
    """Vectors of the regions of one scan by its structure, (R, D)."""
    batch = reader.structure(np.array([s]))
    return np.asarray(network.read_structure(batch.weights, batch.present, reader.places)[0].double().cpu().numpy())


def embed(
    config: BrainSymphony, model: BrainModel, cohort: Cohort, *, device: str, progress: Progress | None
) -> BrainEmbedding:
    """See `BrainSymphony.embed`."""
    require_model(config, model)
    place = require_device(device)
    reader, network = reader_of(model, cohort, place), network_of(model, place)
    shape = (len(cohort), cohort.n_regions, config.width)
    function, structure, fused = (np.full(shape, np.nan) for _ in range(3))
    gate, present = np.full(shape[:2], np.nan), np.zeros(shape[:2], bool)
    windows = np.zeros(len(cohort), np.int64)
    with torch.no_grad(), torch_threads(config.threads):
        for s in range(len(cohort)):
            has = (cohort.has_function[s] and model.has_function, cohort.has_structure[s] and model.has_structure)
            if has[0]:
                function[s], windows[s] = function_vectors(network, reader, s), len(reader.stretches(s))
                present[s] |= regions_of(cohort, s)
            if has[1]:
                structure[s] = structure_vectors(network, reader, s)
                present[s] |= nodes_of(cohort, s)
            if all(has):
                fused[s], share = fuse(network, function[s], structure[s])
                gate[s] = share.mean(axis=1)
            else:
                fused[s] = function[s] if has[0] else structure[s]
            if progress is not None:
                progress(s + 1, len(cohort))
    return BrainEmbedding(
        config=config,
        made_from=cohort.digest,
        seed=config.seed,
        notes=model.notes,
        citations=config.citations,
        subject=cohort.subject,
        session=cohort.session,
        regions=cohort.regions.id,
        networks=cohort.regions.group,
        embedding=fused,
        function=function if model.has_function and cohort.has_function.any() else None,
        structure=structure if model.has_structure and cohort.has_structure.any() else None,
        gate=gate if np.isfinite(gate).any() else None,
        present=present,
        windows=windows,
    )


def fuse(
    network: BrainNetwork, function: NDArray[np.float64], structure: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Fuse (R, D) vectors; give the sum and the gate, (R, D) each."""
    like = network.gate.gate_proj.weight
    parts = [torch.from_numpy(v).to(device=like.device, dtype=like.dtype)[None] for v in (function, structure)]
    found, gate = network.gate(*parts)
    return found[0].double().cpu().numpy(), gate[0].double().cpu().numpy()


def attention(
    config: BrainSymphony, model: BrainModel, cohort: Cohort, *, which: str, device: str
) -> NDArray[np.float64]:
    """See `BrainSymphony.attention`."""
    require_model(config, model)
    place = require_device(device)
    has = cohort.has_structure if which == "structural" else cohort.has_function
    if not (model.has_structure if which == "structural" else model.has_function) or not has.any():
        raise ConfigError(
            f"`which`={which!r} needs a model and scans with {'structure' if which == 'structural' else 'function'}. "
            "Choose another."
        )
    reader, network = reader_of(model, cohort, place), network_of(model, place)
    out = np.full((len(cohort), cohort.n_regions, cohort.n_regions), np.nan)
    with torch.no_grad(), torch_threads(config.threads):
        for s in np.flatnonzero(has):
            maps = [found.double().cpu().numpy() for found in _maps(network, reader, int(s), which)]
            out[s] = np.mean(maps, axis=0)
    return out


def _maps(network: BrainNetwork, reader: BrainReader, s: int, which: str) -> Iterator[Any]:
    if which == "structural":
        batch = reader.structure(np.array([s]))
        yield network.graph.weights(batch.weights, batch.weights, batch.present, reader.places)[0]
        return
    for start in reader.stretches(s):
        x, present = reader.function(np.array([s]), np.array([start]))
        if which == "spatial":
            yield network.spatial.weights(x, present, reader.places)[0]
            continue
        regions, code = network.spatial(x, present, None, reader.places)
        moments = network.temporal(x)
        yield network.perceiver.attention_by_region(regions, moments, x, network.context, code, present)[0]
