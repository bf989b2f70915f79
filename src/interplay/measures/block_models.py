"""Groups of nodes from weighted block models: as many, and as deeply nested, as shorten the network's description.

References
----------
Peixoto (2014), Physical Review X 4, 011047, for the hierarchy; (2017), Physical Review E 95, 012317, for the lengths;
(2018), Physical Review E 97, 012306, for weights. The priors of the weights and the search are ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, log
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import require_setting
from interplay._core.errors import ConfigError, DataError, NumericalError, unknown_name
from interplay._core.rng import key_word, stream
from interplay.measures.layers import Floats, present_part

Labels = NDArray[np.int64]
WeightLaw = Literal["none", "exponential", "normal", "log_normal", "poisson"]

_LAWS = {"none": 0, "exponential": 1, "normal": 2, "log_normal": 2, "poisson": 3}
_NORMAL = 2
_SIMPLE, _MULTI, _DEGREES = 0, 1, 2
_SHRINK = 1.3
_SWEEPS = 8
#: Node moves begin when no more blocks than this are left, and spectral starts have at most so many.
_MOST_MOVED = 40
_CANDIDATES = 6


@dataclass(frozen=True, eq=False, kw_only=True)
class BlockModel:
    """Groups found by a block model.

    Attributes
    ----------
    labels : (N,) int64 array
        Block of every node, 0, 1, ... by first appearance; -1 for absent nodes.
    levels : tuple of (N,) int64 arrays
        The hierarchy: `labels`, then coarser and coarser, each level grouping the blocks of the one before, until one
        block would be left.
    nats : float
        Description length of the hierarchy, less terms that no partition changes.
    nats_flat : float
        The same without the upper levels.
    nats_one_block : float
        With all nodes in one block: the trivial baseline. Lower is better.
    degree_corrected : bool
        Whether the shorter description is the one that tells degrees by themselves.
    weights : str
        Law of the weights.
    """

    labels: Labels
    levels: tuple[Labels, ...]
    nats: float
    nats_flat: float
    nats_one_block: float
    degree_corrected: bool
    weights: str

    @property
    def n_blocks(self) -> int:
        """Number of blocks of the finest level."""
        return int(self.labels.max(initial=-1)) + 1


class _Network(NamedTuple):
    """A network as the kernels take it."""

    linked: Floats
    sum1: Floats
    sum2: Floats
    edges: int
    law: int
    prior: Floats
    facts: Floats


class _Found(NamedTuple):
    nats: float
    labels: Labels


def weighted_blocks(
    adjacency: ArrayLike,
    *,
    weights: WeightLaw = "exponential",
    degree_corrected: bool | None = None,
    most_blocks: int | None = None,
    restarts: int = 2,
    seed: int = 0,
) -> BlockModel:
    """Find the nested groups that describe an undirected weighted network in the fewest nats.

    Parameters
    ----------
    adjacency : (N, N) float array, symmetric
        NaN row and column: absent node. Diagonal not read. Entries other than zero are edges.
    weights : {"exponential", "normal", "log_normal", "poisson", "none"}
        Law of the weights between two blocks, given that there is an edge. "exponential" and "log_normal" need weights
        above zero, "poisson" whole numbers above zero; "none" looks at edges alone.
    degree_corrected : bool or None
        Whether degrees are told beside the blocks, so that they need not explain them; None fits both and keeps the
        shorter description.
    most_blocks : int, >= 1, or None
        Look for no more blocks than this; None means no bound but N.
    restarts : int, >= 1
        Runs with different visiting orders and spectral starts; the shortest description is kept.
    seed : int

    Returns
    -------
    BlockModel

    Raises
    ------
    DataError
        On a bad matrix, weights the law does not allow, or no present node.
    ConfigError
        On a setting out of range.
    NumericalError
        If sums of weights overflow.

    Notes
    -----
    Edges: without degree correction those of a simple graph (a binomial coefficient per pair of blocks), with it those
    of a multigraph with given degrees, degrees uniform inside a block. Partition: sizes uniform given the number of
    blocks. Upper levels: multigraphs of blocks. Weights: integrated over a conjugate prior worth one edge, centred on
    the mean (and variance) of all weights, which makes the blocks independent of the unit of measure ("normal": and of
    a constant added to all weights, as far as it leaves their digits); the source uses
    other priors, so lengths are comparable inside this function only.

    Search: blocks are merged from single nodes downwards, by a factor of 1.3 at a time, with moves of single nodes
    after every step, and again from the leading eigenvectors; then the best few are refined by single merges and get
    their upper levels. Not guaranteed to be the optimum. Time O(N^3) for the merges and O(N B^2) per pass of moves;
    memory O(N^2).

    Examples
    --------
    >>> import numpy as np
    >>> inside = np.kron(np.eye(2), np.ones((6, 6)))
    >>> weighted_blocks(np.where(inside > 0, 2.0, 0.0)).labels.tolist()
    [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1]
    """
    if weights not in _LAWS:
        raise ConfigError(unknown_name("weights", str(weights), tuple(_LAWS)))
    require_setting("restarts", restarts, least=1, whole=True)
    if most_blocks is not None:
        require_setting("most_blocks", most_blocks, least=1, whole=True)
    part, seen = present_part(adjacency, directed=False)
    if len(part) == 0:
        raise DataError("`adjacency` must hold a present node, got none. Leave such a network out.")
    limit = len(part) if most_blocks is None else min(most_blocks, len(part))
    kinds = [_SIMPLE, _DEGREES] if degree_corrected is None else [_DEGREES if degree_corrected else _SIMPLE]
    best = None
    for kind in kinds:
        network, constant = _network(part, weights, kind)
        flat, nested, levels = _hierarchy(network, limit, restarts, seed)
        alone = _nats(network, np.zeros(len(part), dtype=np.int64), flat=True)
        if best is None or nested + constant < best.nats - 1e-9:
            best = BlockModel(
                labels=_spread(levels[0], seen),
                levels=tuple(_spread(level, seen) for level in levels),
                nats=nested + constant,
                nats_flat=flat + constant,
                nats_one_block=alone + constant,
                degree_corrected=kind == _DEGREES,
                weights=weights,
            )
    assert best is not None
    return best


def _network(part: Floats, weights: WeightLaw, kind: int) -> tuple[_Network, float]:
    """Prepare tables and priors, and the nats that depend on the kind but on no partition."""
    from interplay.ops.block_models import log_factorials

    count = (part != 0).astype(np.float64)
    value = part[np.triu(count, 1) > 0]
    low = value.min(initial=np.inf)
    if weights in ("exponential", "log_normal", "poisson") and len(value) and low <= 0:
        raise DataError(
            f'`adjacency` must hold weights above zero for weights="{weights}", got {low:g}. Take one sign at a time, '
            'or weights="normal".'
        )
    if weights == "poisson" and not np.array_equal(value, np.round(value)):
        raise DataError('`adjacency` must hold whole numbers for weights="poisson", got others. Use "exponential".')
    x = np.where(count > 0, part, 0.0)
    if weights == "log_normal":
        x = np.where(count > 0, np.log(np.where(count > 0, part, 1.0)), 0.0)
    constant, square = 0.0, np.zeros_like(x)
    prior = np.array([float(value.mean()) if len(value) else 1.0, 1.0])
    if _LAWS[weights] == _NORMAL:
        x, prior[1], scale = _standardised(x, count)
        prior[0], square, constant = 0.0, x * x, len(value) * log(scale)
    facts = log_factorials(len(part), len(value))
    if kind == _DEGREES:
        degrees = count.sum(axis=1).astype(int)
        constant -= float(facts[degrees].sum())
    return _Network(count, x, square, kind, _LAWS[weights], prior, facts), constant


def _standardised(x: Floats, count: Floats) -> tuple[Floats, float, float]:
    """Take the mean from the weights and divide by their range; give their variance then, and the divisor.

    Squares neither overflow nor cancel then, and the law of the blocks does not change: densities gain a constant.
    """
    on = np.triu(count, 1) > 0
    size = float(np.abs(x[on]).max(initial=0.0)) or 1.0
    x = x / size
    x = np.where(count > 0, x - x[on].mean(), 0.0) if on.any() else x
    width = float(np.ptp(x[on])) if on.any() else 0.0
    if width <= 8.0 * np.finfo(float).eps:
        return np.zeros_like(x), 1e-6, size
    x = x / width
    return x, float(x[on].var()), size * width


def _tables(network: _Network, labels: Labels, n_blocks: int) -> tuple[Floats, Floats, Floats, Floats]:
    from interplay.ops.block_models import tally

    e, s1, s2 = (np.zeros((n_blocks, n_blocks)) for _ in range(3))
    size = np.zeros(n_blocks)
    tally(network.linked, network.sum1, network.sum2, labels, e, s1, s2, size)
    return e, s1, s2, size


def _nats(network: _Network, labels: Labels, *, flat: bool) -> float:
    from interplay.ops.block_models import length

    tables = _tables(network, labels, int(labels.max()) + 1)
    return float(length(*tables, network.edges, network.law, network.prior, network.facts, flat))


def _moved(network: _Network, labels: Labels, limit: int, key: int) -> _Found:
    """Settle single nodes; a spare empty block lets them found a new one."""
    from interplay.ops.block_models import move_nodes

    labels = _renumbered(labels)
    n_blocks = min(int(labels.max()) + 2, max(limit, int(labels.max()) + 1))
    tables = _tables(network, labels, n_blocks)
    args = (
        network.linked,
        network.sum1,
        network.sum2,
        labels,
        *tables,
        network.edges,
        network.law,
        network.prior,
        network.facts,
    )
    move_nodes(*args, True, _SWEEPS, np.uint64(key))
    labels = _renumbered(labels)
    return _Found(_nats(network, labels, flat=True), labels)


def _merged(network: _Network, labels: Labels, n_blocks: int) -> Labels:
    """Join the blocks whose joining costs least, until `n_blocks` are left."""
    from interplay.ops.block_models import merge_gains

    labels = _renumbered(labels)
    while (present := int(labels.max()) + 1) > n_blocks:
        tables = _tables(network, labels, present)
        partner, gain = np.empty(present, dtype=np.int64), np.empty(present)
        merge_gains(*tables, network.edges, network.law, network.prior, network.facts, partner, gain)
        root = np.arange(present)
        left = present
        for r in np.argsort(-gain, kind="stable"):
            if left == n_blocks:
                break
            # Each block takes part in one joining per round: gains of the others were computed without it.
            if root[r] == r and root[partner[r]] == partner[r] and (root == r).sum() + (root == partner[r]).sum() == 2:
                root[r] = partner[r]
                left -= 1
        if left == present:
            raise NumericalError(
                f"`adjacency` must hold weights whose sums are finite, got lengths of {present} blocks that are no "
                "numbers. Divide the weights by their largest."
            )
        labels = _renumbered(root[labels])
    return labels


def _search(network: _Network, limit: int, restarts: int, seed: int) -> dict[int, _Found]:
    """Find the best partition met for every number of blocks."""
    n = len(network.linked)
    best: dict[int, _Found] = {}

    def keep(found: _Found) -> _Found:
        k = int(found.labels.max()) + 1
        if k <= limit and (k not in best or found.nats < best[k].nats - 1e-9):
            best[k] = found
        return found

    keep(_Found(_nats(network, np.zeros(n, dtype=np.int64), flat=True), np.zeros(n, dtype=np.int64)))
    for restart in range(restarts):
        key = key_word(f"blocks {seed} {restart}")
        labels = np.arange(n)
        if restart:
            labels = _spectral(network, min(n, _MOST_MOVED, limit), seed, restart)
        # The target falls at every step, whatever the moves do: they may found blocks again.
        target = int(labels.max()) + 1
        while target > 1:
            labels = _merged(network, labels, target)
            if target <= _MOST_MOVED:
                labels = keep(_moved(network, labels, limit, key)).labels
            else:
                keep(_Found(_nats(network, labels, flat=True), labels))
            target = min(target - 1, ceil(target / _SHRINK))
    _refine(network, best, keep, limit, seed)
    return best


def _refine(network: _Network, best: dict[int, _Found], keep, limit: int, seed: int) -> None:  # type: ignore[no-untyped-def]
    """Around the shortest description, try the numbers of blocks one by one until none is shorter."""
    tried: set[tuple[int, float]] = set()
    for _ in range(3 * _CANDIDATES):
        k = min(best, key=lambda b: best[b].nats)
        if (k, best[k].nats) in tried:
            return
        tried.add((k, best[k].nats))
        above = min((b for b in best if b > k), default=None)
        key = key_word(f"refined {seed} {len(tried)}")
        if above is not None:
            labels = best[above].labels
            for target in range(above - 1, k - 1, -1):
                labels = keep(_moved(network, _merged(network, labels, target), limit, key)).labels
        if k > 1:
            keep(_moved(network, _merged(network, best[k].labels, k - 1), limit, key))


def _spectral(network: _Network, n_blocks: int, seed: int, restart: int) -> Labels:
    """Group the rows of the leading eigenvectors of the normalised weights around drawn rows."""
    weight = np.abs(network.sum1) if network.law else network.linked
    strength = weight.sum(axis=1)
    scale = 1.0 / np.sqrt(strength + strength.mean() + 1e-300)
    values, vectors = np.linalg.eigh(weight * scale[:, None] * scale)
    rows = vectors[:, np.argsort(-np.abs(values))[: max(2, ceil(n_blocks / 2))]]
    rows = rows / (np.linalg.norm(rows, axis=1, keepdims=True) + 1e-300)
    rng = stream(seed, "spectral blocks", restart)
    centre = rows[rng.permutation(len(rows))[:n_blocks]]
    labels = np.zeros(len(rows), dtype=np.int64)
    for _ in range(20):
        labels = np.argmax(rows @ centre.T, axis=1)
        for c in range(n_blocks):
            if (labels == c).any():
                mean = rows[labels == c].mean(axis=0)
                centre[c] = mean / (np.linalg.norm(mean) + 1e-300)
    return _renumbered(labels)


def _hierarchy(network: _Network, limit: int, restarts: int, seed: int) -> tuple[float, float, list[Labels]]:
    """Give the flat and the nested length, and the levels, of the best of a few partitions."""
    found = sorted(_search(network, limit, restarts, seed).values(), key=lambda f: f.nats)[:_CANDIDATES]
    best: tuple[float, float, list[Labels]] | None = None
    for flat, labels in found:
        n_blocks = int(labels.max()) + 1
        if n_blocks == 1:
            nested, levels = flat, [labels]
        else:
            e, s1, s2, _ = _tables(network, labels, n_blocks)
            blocks = _Network(e, s1, s2, _MULTI, 0, network.prior, network.facts)
            _, upper, above = _hierarchy(blocks, n_blocks - 1, 1, seed)
            nested = _nats(network, labels, flat=False) + upper
            levels = [labels, *(level[labels] for level in above if level.max() > 0)]
        if best is None or nested < best[1] - 1e-9:
            best = (flat, nested, levels)
    assert best is not None
    return best


def _renumbered(labels: Labels) -> Labels:
    _, first, place = np.unique(labels, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[place]


def _spread(labels: Labels, seen: NDArray[np.bool_]) -> Labels:
    out = np.full(len(seen), -1, dtype=np.int64)
    out[seen] = _renumbered(labels)
    return out
