"""What hiding the group costs: one embedding, one set of seeds and one spread for every strength."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from interplay._core.checks import require_setting
from interplay._core.errors import ConfigError
from interplay._core.protocols import Progress
from interplay._core.provenance import digest
from interplay.data.graph import Graph
from interplay.data.groups import Groups
from interplay.influence.adversarial import AdversarialEmbedding
from interplay.influence.comparing import compare
from interplay.influence.medoid_seeds import KMedoidSeeds
from interplay.influence.models import CascadeModel, IndependentCascade
from interplay.influence.results import PriceResult

_DEFAULT = IndependentCascade()


def strength_curve(
    graph: Graph,
    groups: Groups,
    *,
    budget: int,
    strengths: Sequence[float] = (0.0, 0.03, 0.1, 0.3, 1.0, 3.0),
    embedding: AdversarialEmbedding | None = None,
    model: CascadeModel = _DEFAULT,
    runs: int = 10_000,
    seed: int = 0,
    jobs: int = 1,
    progress: Progress | None = None,
) -> PriceResult:
    """Sweep how strongly an embedding hides the group, and see whom the medoids of each one reach.

    Parameters
    ----------
    graph : Graph
    groups : Groups
    budget : int, >= 1
        Seeds, the medoids of as many clusters.
    strengths : sequence of float, >= 0
        Each once; 0 is the plain auto-encoder.
    embedding : AdversarialEmbedding or None
        Its other settings. None: the defaults.
    model : CascadeModel
    runs : int, >= 1
        Cascades, the same for every strength.
    seed : int, >= 0
        Of clustering and cascades; the embedding has its own.
    jobs : int, >= 1
        Threads of the cascades.
    progress : callable (done, total) or None
        In strengths.

    Returns
    -------
    PriceResult
        `monitor` has "leak_linear" and "leak_kernel", balanced accuracies of fresh classifiers of the group,
        "leak_chance", and "reconstruction", the auto-encoder's loss; NaN where there was nothing to tell or to train,
        as on a network without edges, which has no seeds either.

    Raises
    ------
    ConfigError
        If there is no strength, or one twice.

    Notes
    -----
    The spreads share all chance, but each embedding is a training of its own: steps along the curve have the noise of
    where training ended, which the standard errors do not count. Repeat it under several ``embedding.seed``.
    """
    require_setting("budget", budget, least=1, whole=True)
    values = np.array([float(s) for s in strengths])
    if len(values) == 0 or len(np.unique(values)) < len(values):
        raise ConfigError(f"`strengths` must hold at least one number, each once, got {list(strengths)}.")
    config = embedding if embedding is not None else AdversarialEmbedding()
    choices, fits = {}, []
    for k, strength in enumerate(values):
        fit = replace(config, strength=float(strength)).fit(graph, groups=groups)
        choices[repr(float(strength))] = KMedoidSeeds(budget=budget, seed=seed).fit(graph, groups=groups, embedding=fit)
        fits.append(fit)
        if progress is not None:
            progress(k + 1, len(values))
    found = compare(graph, choices, model=model, groups=groups, runs=runs, seed=seed, jobs=jobs)
    reach = np.array([[s.reach, s.reach_se] for s in found.spreads]) / max(graph.n_nodes, 1)
    return PriceResult(
        method="adversarial",
        parameter="strength",
        values=values,
        reach=reach[:, 0],
        reach_se=reach[:, 1],
        disparity=found.disparity,
        disparity_se=found.disparity_se,
        share=np.stack([s.share for s in found.spreads]),
        groups=groups.names,
        seeds=np.stack([choice.seeds for choice in choices.values()]),
        monitor={
            "leak_linear": np.array([_mean(fit.leak_linear) for fit in fits]),
            "leak_kernel": np.array([_mean(fit.leak_kernel) for fit in fits]),
            "leak_chance": np.array([fit.leak_chance for fit in fits]),
            "reconstruction": np.array([_last(fit.loss) for fit in fits]),
        },
        config=config,
        made_from=digest(graph.digest, groups.digest, values, budget),
        seed=seed,
        notes=tuple(dict.fromkeys(note for part in (*fits, *choices.values()) for note in part.notes)),
        citations=("khajehnejad2020adversarial",),
    )


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else float("nan")


def _last(loss: Mapping[str, np.ndarray]) -> float:
    return float(loss["reconstruction"][-1]) if loss else float("nan")
