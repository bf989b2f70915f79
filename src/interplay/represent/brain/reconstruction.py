"""Hidden regions told from the visible ones, by the network and by simpler ways."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Real
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import torch
from numpy.typing import NDArray

from interplay._core.checks import require_setting
from interplay._core.errors import ConfigError, DataError, unknown_name
from interplay._core.rng import stream
from interplay.data import Cohort
from interplay.represent.brain.embedding import network_of, reader_of, require_model
from interplay.represent.brain.masks import hide_some
from interplay.represent.brain.results import BrainModel, BrainReconstruction
from interplay.represent.brain.scaling import regions_of
from interplay.tensors import require_device, torch_threads

if TYPE_CHECKING:
    from interplay.represent.brain.method import BrainSymphony

#: Ways that are compared.
WAYS = ("model", "mean", "linear", "permuted")
#: Share of the mean variance that is added to the diagonal of the visible regions' covariance.
_RIDGE = 0.05


def reconstruct(
    config: BrainSymphony,
    model: BrainModel,
    cohort: Cohort,
    *,
    hide: float | Sequence[str],
    seed: int,
    device: str,
) -> BrainReconstruction:
    """See `BrainSymphony.reconstruct`."""
    require_model(config, model)
    if "fusion" not in model.loss:
        raise ConfigError("`model` must have been trained with the stage 'fusion', which tells hidden regions. Add it.")
    if not cohort.has_function.all():
        s = int(np.argmin(cohort.has_function))
        raise DataError(f"{cohort.named(s)} has no function to hide. Take `cohort.only`.")
    place = require_device(device)
    reader, network = reader_of(model, cohort, place), network_of(model, place)
    hidden = np.stack([_hidden(cohort, s, hide, seed) for s in range(len(cohort))])
    scores = {name: {way: np.full(len(cohort), np.nan) for way in WAYS} for name in ("r2", "correlation", "error")}
    example: dict[str, NDArray[np.float64]] = {}
    known = np.isin(cohort.subject, model.trained_on)
    for s in range(len(cohort)):
        x, present = reader.function(np.array([s]), np.array([0]))
        there = np.ones(cohort.n_regions, bool) if present is None else present[0].cpu().numpy()
        values, gone = x[0].double().cpu().numpy(), hidden[s]
        seen = there & ~gone
        mask = torch.from_numpy(gone)[None].to(place)
        order = np.arange(cohort.n_regions)
        order[seen] = stream(seed, "reconstruct", "order", s).permutation(np.flatnonzero(seen))
        with torch.no_grad(), torch_threads(config.threads):
            told = network.read_function(x, present, mask, reader.places)[0][0].double().cpu().numpy()
            mixed = network.read_function(x[:, order], present, mask, reader.places)[0][0].double().cpu().numpy()
        guesses = {
            "model": told[gone],
            "mean": np.broadcast_to(values[seen].mean(axis=0), (int(gone.sum()), values.shape[1])),
            "linear": _linear(model.covariance, seen, gone) @ values[seen],
            "permuted": mixed[gone],
        }
        for way, guess in guesses.items():
            for name, value in _scores(values[gone], guess).items():
                scores[name][way][s] = value
        if s == 0:
            example = {"truth": values[gone][0], "model": guesses["model"][0], "linear": guesses["linear"][0]}
    return BrainReconstruction(
        config=config,
        made_from=cohort.digest,
        seed=seed,
        citations=config.citations,
        subject=cohort.subject,
        session=cohort.session,
        regions=cohort.regions.id,
        hidden=hidden,
        known=known,
        notes=(f"{int(known.sum())} of the scans are of subjects that the model was trained on",)
        if known.any()
        else (),
        r2=scores["r2"],
        correlation=scores["correlation"],
        error=scores["error"],
        example=example,
    )


def _hidden(cohort: Cohort, s: int, hide: float | Sequence[str], seed: int) -> NDArray[np.bool_]:
    there = regions_of(cohort, s)
    if isinstance(hide, float | Real) and not isinstance(hide, bool):
        require_setting("hide", hide, above=0, below=1)
        return hide_some(float(hide), there, seed, "reconstruct", s)
    names = [hide] if isinstance(hide, str) else list(cast("Sequence[str]", hide))
    for name in names:
        if name not in cohort.regions.id:
            raise ConfigError(unknown_name("region", str(name), cohort.regions.id.tolist()))
    gone = np.isin(cohort.regions.id, names) & there
    if not gone.any() or not (there & ~gone).any():
        raise DataError(
            f"`hide` must leave regions to see and hide some that are there: {cohort.named(s)} has "
            f"{int(there.sum())}, {int(gone.sum())} of them hidden. Name others."
        )
    return gone


def _linear(covariance: NDArray[np.float64], seen: NDArray[np.bool_], gone: NDArray[np.bool_]) -> NDArray[Any]:
    """Best linear guess of hidden from visible regions, (H, V): ridge regression on the training scans."""
    own = covariance[np.ix_(seen, seen)]
    own = own + (_RIDGE * np.trace(own) / len(own) + 1e-12) * np.eye(len(own))
    return np.asarray(np.linalg.solve(own, covariance[np.ix_(seen, gone)]).T)


def _scores(truth: NDArray[np.float64], guess: NDArray[Any]) -> dict[str, float]:
    rest = ((truth - guess) ** 2).sum()
    spread = ((truth - truth.mean(axis=1, keepdims=True)) ** 2).sum()
    a, b = (v - v.mean(axis=1, keepdims=True) for v in (truth, guess))
    size = np.sqrt((a**2).sum(axis=1) * (b**2).sum(axis=1))
    alive = size > 0
    correlation = (a * b).sum(axis=1)[alive] / size[alive]
    return {
        "r2": float(1 - rest / spread) if spread > 0 else float("nan"),
        "correlation": float(correlation.mean()) if alive.any() else float("nan"),
        "error": float(np.abs(truth - guess).mean()),
    }
