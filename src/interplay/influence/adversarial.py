"""Adversarial graph embedding: vectors of nodes that tell how they are linked, and not which group they are of."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, get_args

import numpy as np

from interplay._core.checks import require_setting
from interplay._core.errors import ConfigError, DataError, unknown_name
from interplay._core.protocols import Progress
from interplay._core.provenance import digest
from interplay.data.graph import Graph
from interplay.data.groups import Groups
from interplay.influence.adversarial_results import AdversarialResult

#: What the encoder does to the discriminator.
Aim = Literal["confuse", "mislead"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AdversarialEmbedding:
    """An auto-encoder of adjacency rows whose code hides the group from a discriminator that is trained against it.

    Parameters
    ----------
    dimensions : int, >= 2
        D.
    strength : float, >= 0
        Weight of hiding the group beside reconstructing the links. 0: a plain auto-encoder.
    hidden : int, >= 1
        Width of hidden layers.
    aim : {"confuse", "mislead"}
        What the encoder wants of the discriminator: equal odds for every group, or, as published, the greatest
        cross-entropy.
    rounds : int, >= 1
        Steps of the discriminator for each of the encoder. With too few it lags, and groups stay readable.
    noise : float, >= 0
        Standard deviation of what is added to a code, whose entries have mean square 1, before the discriminator sees
        it: it must tell regions from each other, not single nodes.
    epochs : int, >= 1
        Passes over all nodes.
    learning_rate : float, > 0
        Of Adam, for encoder and decoder; the discriminator's is five times as large.
    batch : int, >= 1
        Nodes at once.
    seed : int, >= 0
        Of initial parameters, the order of nodes, and the fresh classifiers' splits.
    threads : int, >= 1
        That an operation takes; part of what decides the bits.

    Raises
    ------
    ConfigError
        If a number is out of range or a word is unknown.

    Notes
    -----
    Encoder N - hidden - D, decoder D - hidden - N, discriminator D - hidden - hidden - G; the code of each node is
    scaled to mean 0 and mean square 1. Reconstruction is the cross-entropy of being an edge, edges and non-edges
    weighted to count alike in total; groups count alike in the discriminator's loss. The two sides step in turn.

    That the discriminator fails proves nothing, so fresh classifiers are asked at the end (`leak_linear`,
    `leak_kernel`). They may score below chance: the code evens out the groups among the very nodes it was trained on,
    and what one half of them has too much of, the other half lacks.

    O(epochs N^2 hidden) time and O(batch N + N hidden) memory: for networks up to some 10 000 nodes.

    References
    ----------
    Khajehnejad et al. (2020), IJCAI, for the co-trained auto-encoder and discriminator, and seeds from the clustered
    codes. Sizes, scalings and weights are ours.
    """

    dimensions: int = 32
    strength: float = 1.0
    hidden: int = 128
    aim: Aim = "mislead"
    rounds: int = 5
    noise: float = 0.5
    epochs: int = 200
    learning_rate: float = 0.001
    batch: int = 512
    seed: int = 0
    threads: int = 1

    #: Name of the method.
    method: ClassVar[str] = "adversarial"

    def __post_init__(self) -> None:
        require_setting("dimensions", self.dimensions, least=2, whole=True)
        require_setting("strength", self.strength, least=0, below=math.inf)
        for name in ("hidden", "rounds", "epochs", "batch", "threads"):
            require_setting(name, getattr(self, name), least=1, whole=True)
        require_setting("noise", self.noise, least=0, below=math.inf)
        require_setting("learning_rate", self.learning_rate, above=0, below=math.inf)
        require_setting("seed", self.seed, least=0, whole=True)
        if self.aim not in get_args(Aim):
            raise ConfigError(unknown_name("`aim`", self.aim, get_args(Aim)))

    def fit(
        self, graph: Graph, *, groups: Groups | None = None, features: Any = None, progress: Progress | None = None
    ) -> AdversarialResult:
        """Embed the nodes of a graph.

        Parameters
        ----------
        graph : Graph
            Weights >= 0. Row i says whom i points at.
        groups : Groups or None
            What is hidden. None only with `strength` 0.
        features : (N, F) array or None
            Not looked at; every method that embeds nodes is called alike.
        progress : callable (done, total) or None
            In epochs.

        Returns
        -------
        AdversarialResult
            Nodes without an outgoing edge are not embedded and have zeros; without edges that is all of them.

        Raises
        ------
        DataError
            If a weight is negative, lengths disagree, or groups are missing.
        NumericalError
            If a loss is not finite.
        """
        who = self._require(graph, groups)
        # Torch comes with the first fit, not with the room.
        from interplay.tensors.adversarial_autoencoder import AdversarialPlan, adjacency_rows, train_adversarial

        rows = adjacency_rows(graph.offsets, graph.target, graph.weights(), who.code, len(who), self.batch)
        present = len(rows.balance)
        strength = self.strength if present > 1 else 0.0
        embedding, trace = train_adversarial(
            rows,
            n_groups=present,
            dimensions=self.dimensions,
            hidden=self.hidden,
            plan=AdversarialPlan(
                strength=strength,
                aim=self.aim,
                rounds=self.rounds,
                noise=self.noise,
                epochs=self.epochs,
                learning_rate=self.learning_rate,
                seed=self.seed,
                threads=self.threads,
            ),
            progress=progress,
        )
        embedded = np.zeros(graph.n_nodes, dtype=bool)
        embedded[rows.use] = True
        return AdversarialResult(
            method=self.method,
            embedding=embedding,
            embedded=embedded,
            names=graph.names,
            loss=trace,
            groups=who.names,
            strength=self.strength,
            discriminator_loss=float(trace["discriminator"][-1] / np.log(present)) if strength > 0 else float("nan"),
            config=self,
            made_from=digest(graph.digest, who.digest),
            seed=self.seed,
            notes=_notes(graph, embedded, present),
            citations=("khajehnejad2020adversarial",),
            **_leaks(embedding, who, embedded, self.seed),
        )

    def _require(self, graph: Graph, groups: Groups | None) -> Groups:
        if graph.weight is not None and len(graph.weight) and graph.weight.min() < 0:
            raise DataError(
                f"`graph` must have weights >= 0, got {graph.weight.min()}. Take one `layer`: "
                'graph.layer("positive"), "negative" or "absolute".'
            )
        if groups is None:
            if self.strength > 0:
                raise DataError("`groups` must be given where `strength` > 0: there is nothing to hide. Pass Groups.")
            return Groups(code=np.zeros(graph.n_nodes, np.int64), names=np.array(["all"]), column="all")
        if groups.n_nodes != graph.n_nodes:
            raise DataError(f"`groups` must have one value per node, N={graph.n_nodes}, got {groups.n_nodes}.")
        return groups


def _leaks(embedding: Any, who: Groups, embedded: Any, seed: int) -> dict[str, Any]:
    from interplay.stats.leakage import group_leakage

    nodes = np.flatnonzero(embedded)
    if (np.bincount(who.code[nodes], minlength=len(who)) >= 2).sum() < 2:
        return {}
    found = group_leakage(embedding, who, nodes=nodes, seed=seed)
    return {"leak_linear": found.linear, "leak_kernel": found.kernel, "leak_chance": found.chance}


def _notes(graph: Graph, embedded: Any, present: int) -> tuple[str, ...]:
    notes = []
    missing = int((~embedded).sum())
    if missing:
        notes.append(f"{missing} of {graph.n_nodes} nodes have no outgoing edge and are not embedded.")
    if present < 2:
        notes.append("Fewer than two groups have embedded members: there was nothing to hide.")
    return tuple(notes)
