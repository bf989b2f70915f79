"""An auto-encoder of adjacency rows, and a discriminator that tries to read the group of a node off its code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import nn
from torch.nn import functional

from interplay._core.errors import NumericalError
from interplay._core.protocols import Progress
from interplay._core.rng import stream
from interplay.tensors.rng import seeded_torch
from interplay.tensors.threads import torch_threads

#: What the encoder does to the discriminator: leave it at a loss, or drive it to the wrong answer.
Aim = Literal["confuse", "mislead"]

_PARTS = ("loss", "reconstruction", "discriminator", "adversary")


class AdversarialAutoencoder(nn.Module):
    """Encoder, decoder and discriminator, each with one or two hidden layers.

    Parameters
    ----------
    n_nodes : int, N
    n_groups : int, G
    hidden : int
        Width of the hidden layers.
    dimensions : int, D
        Of the code, whose entries have mean 0 and mean square 1 within each node: its length says nothing.
    """

    def __init__(self, n_nodes: int, n_groups: int, hidden: int, dimensions: int) -> None:
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Linear(n_nodes, hidden),
            nn.LeakyReLU(0.1),
            nn.Linear(hidden, dimensions),
            nn.LayerNorm(dimensions, elementwise_affine=False),
        )
        self.decoder = nn.Sequential(nn.Linear(dimensions, hidden), nn.LeakyReLU(0.1), nn.Linear(hidden, n_nodes))
        self.discriminator = nn.Sequential(
            nn.Linear(dimensions, hidden),
            nn.LeakyReLU(0.1),
            nn.Linear(hidden, hidden),
            nn.LeakyReLU(0.1),
            nn.Linear(hidden, n_groups),
        )


@dataclass(frozen=True, eq=False, kw_only=True)
class AdjacencyRows:
    """What is trained on: the rows of a network, laid out batch by batch.

    Attributes
    ----------
    offsets : (N + 1,) int64 array
    target : (E,) int64 array
    value : (E,) float32 array
        What the encoder sees of each edge.
    use : (M,) int64 array
        Rows that are trained on: nodes with an edge.
    code : (N,) int64 array
        Group of each node in use, counted over the groups that have any: an empty group is nothing to be taken for.
    balance : (G,) float32 tensor
        Weight of each group in the discriminator's loss, so that groups count alike.
    edge_share : float
        Share of entries that are edges, over the rows in use.
    batch : int
        Rows at once.
    """

    offsets: NDArray[np.int64]
    target: NDArray[np.int64]
    value: NDArray[np.float32]
    use: NDArray[np.int64]
    code: NDArray[np.int64]
    balance: torch.Tensor
    edge_share: float
    batch: int

    @property
    def n_nodes(self) -> int:
        """N."""
        return len(self.offsets) - 1

    def rows(self, nodes: NDArray[np.int64]) -> tuple[torch.Tensor, torch.Tensor]:
        """Lay out rows of some nodes: (B, N) float32 of what is seen, and of ones where an edge is."""
        count = self.offsets[nodes + 1] - self.offsets[nodes]
        row = np.repeat(np.arange(len(nodes)), count)
        first = np.repeat(np.cumsum(count) - count, count)
        entry = np.arange(int(count.sum())) - first + np.repeat(self.offsets[nodes], count)
        seen = np.zeros((len(nodes), self.n_nodes), np.float32)
        edge = np.zeros_like(seen)
        seen[row, self.target[entry]] = self.value[entry]
        edge[row, self.target[entry]] = 1.0
        return torch.from_numpy(seen), torch.from_numpy(edge)


@dataclass(frozen=True, slots=True, kw_only=True)
class AdversarialPlan:
    """How both sides are trained in turn.

    Parameters
    ----------
    strength : float, >= 0
        Weight of the encoder's aim beside the reconstruction. 0 trains no discriminator.
    aim : {"confuse", "mislead"}
        "confuse": least divergence of equal odds from the discriminator's answer. "mislead": greatest cross-entropy of
        its answer.
    rounds : int, >= 1
        Steps of the discriminator for one of the encoder.
    noise : float, >= 0
        Standard deviation of what is added to a code before the discriminator sees it.
    epochs : int, >= 1
    learning_rate : float, > 0
        Of encoder and decoder; the discriminator's is five times as large.
    seed : int
    threads : int, >= 1
    """

    strength: float
    aim: Aim
    rounds: int
    noise: float
    epochs: int
    learning_rate: float
    seed: int
    threads: int


def train_adversarial(
    rows: AdjacencyRows,
    *,
    n_groups: int,
    dimensions: int,
    hidden: int,
    plan: AdversarialPlan,
    progress: Progress | None = None,
) -> tuple[NDArray[np.float64], dict[str, NDArray[np.float64]]]:
    """Train both sides in turn and give the codes.

    Parameters
    ----------
    rows : AdjacencyRows
    n_groups : int, G
    dimensions, hidden : int
        As of the auto-encoder.
    plan : AdversarialPlan
    progress : callable or None
        Called as progress(done, total) after every epoch.

    Returns
    -------
    embedding : (N, D) float64 array
        Zeros for rows that are not in use; where none is, nothing is trained. The last epoch's: where two sides pull,
        no loss says which epoch was best.
    trace : dict of str to (epochs,) float64 arrays
        "loss", "reconstruction", "discriminator" (its cross-entropy before its steps, on codes it has not seen since
        they moved) and "adversary".

    Raises
    ------
    NumericalError
        If a loss is not finite.

    Notes
    -----
    Not the loop of `train`: that has one loss and one optimiser, and here two sides step in turn, each with its own
    Adam, without whose separate moments the discriminator lags behind and the two go round in circles. Adam's first
    moment decays by 0.5, as is usual for such pairs. Same seed, threads and versions: same bits.
    """
    trace: dict[str, list[float]] = {name: [] for name in _PARTS}
    if len(rows.use) == 0:
        return np.zeros((rows.n_nodes, dimensions)), {}
    with torch_threads(plan.threads), seeded_torch(plan.seed, "adversarial"):
        model = AdversarialAutoencoder(rows.n_nodes, n_groups, hidden, dimensions)
        own = [*model.encoder.parameters(), *model.decoder.parameters()]
        encoder = torch.optim.Adam(own, plan.learning_rate, betas=(0.5, 0.999))
        other = torch.optim.Adam(model.discriminator.parameters(), 5 * plan.learning_rate, betas=(0.5, 0.999))
        blur = torch.Generator()
        blur.manual_seed(int(stream(plan.seed, "adversarial", "blur").integers(2**63)))
        for epoch in range(plan.epochs):
            order = stream(plan.seed, "adversarial", epoch).permutation(rows.use)
            sums, count = np.zeros(len(_PARTS)), 0
            for k in range(0, len(order), rows.batch):
                sums += _step(model, encoder, other, rows, order[k : k + rows.batch], plan, blur)
                count += 1
            for name, value in zip(_PARTS, sums / count, strict=True):
                trace[name].append(float(value))
            if not np.isfinite(sums).all():
                raise NumericalError(
                    f"the losses must be finite, got {sums / count} in epoch {epoch}. Lower `learning_rate` or "
                    "`strength`."
                )
            if progress is not None:
                progress(epoch + 1, plan.epochs)
        out = np.zeros((rows.n_nodes, dimensions))
        with torch.no_grad():
            for k in range(0, len(rows.use), rows.batch):
                nodes = rows.use[k : k + rows.batch]
                out[nodes] = model.encoder(rows.rows(nodes)[0]).double().numpy()
    return out, {name: np.array(values) for name, values in trace.items()}


def _step(
    model: AdversarialAutoencoder,
    encoder: torch.optim.Optimizer,
    other: torch.optim.Optimizer,
    rows: AdjacencyRows,
    nodes: NDArray[np.int64],
    plan: AdversarialPlan,
    blur: torch.Generator,
) -> NDArray[np.float64]:
    """Let the discriminator take its rounds, then the encoder its step; give the parts of the loss."""
    seen, edge = rows.rows(nodes)
    code = torch.from_numpy(rows.code[nodes])
    latent = model.encoder(seen)
    told = adversary = torch.zeros(())
    if plan.strength > 0:
        for k in range(plan.rounds):
            blurred = latent.detach() + plan.noise * torch.randn(latent.shape, generator=blur)
            loss = functional.cross_entropy(model.discriminator(blurred), code, rows.balance)
            told = loss.detach() if k == 0 else told
            other.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            other.step()
        answer = functional.log_softmax(
            model.discriminator(latent + plan.noise * torch.randn(latent.shape, generator=blur)), dim=1
        )
        each = rows.balance[code]
        if plan.aim == "confuse":
            own = -answer.mean(dim=1) - float(np.log(answer.shape[1]))
        else:
            own = answer.gather(1, code[:, None])[:, 0]
        adversary = (each * own).sum() / each.sum()
    share = rows.edge_share
    weight = torch.where(edge > 0, 0.5 / share, 0.5 / (1.0 - share))
    reconstruction = functional.binary_cross_entropy_with_logits(model.decoder(latent), edge, weight)
    loss = reconstruction + plan.strength * adversary
    encoder.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    encoder.step()
    return np.array([float(part.detach()) for part in (loss, reconstruction, told, adversary)])


def adjacency_rows(
    offsets: NDArray[np.int64],
    target: NDArray[np.int32],
    weight: NDArray[np.float64],
    code: ArrayLike,
    n_groups: int,
    batch: int,
) -> AdjacencyRows:
    """Prepare the rows of a network for training.

    Parameters
    ----------
    offsets, target, weight : arrays of a graph in compressed sparse rows
        Weights >= 0; an entry of weight 0 is no edge.
    code : (N,) int array
    n_groups : int, G
    batch : int

    Returns
    -------
    AdjacencyRows
        The encoder sees ``w_ij / sqrt(s_i s_j)``, s the sums of rows and columns, times the root of N, so that inputs
        are neither tiny nor huge whatever N.
    """
    n = len(offsets) - 1
    src = np.repeat(np.arange(n), np.diff(offsets))
    real = weight > 0
    src, dst, size = src[real], target[real].astype(np.int64), weight[real]
    out, into = np.bincount(src, size, n), np.bincount(dst, size, n)
    value = size / np.sqrt(out[src] * into[dst])
    counts = np.bincount(src, minlength=n)
    use = np.flatnonzero(counts > 0)
    given = np.asarray(code, np.int64)
    members = np.bincount(given[use], minlength=n_groups)
    groups = (np.cumsum(members > 0) - 1)[given]
    members = members[members > 0]
    balance = len(use) / (members * len(members))
    share = len(src) / (len(use) * n) if len(use) else 0.5
    return AdjacencyRows(
        offsets=np.concatenate([[0], np.cumsum(counts)]),
        target=dst,
        value=(value * np.sqrt(n)).astype(np.float32),
        use=use,
        code=groups,
        balance=torch.from_numpy(balance.astype(np.float32)),
        edge_share=float(np.clip(share, 1e-12, 1 - 1e-12)),
        batch=batch,
    )
