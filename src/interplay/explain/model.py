"""A trained network, built again from its result, and asked again with something taken away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes
from interplay._core.errors import ConfigError, DataError
from interplay.data import Recording, Snapshots
from interplay.explain.targets import Target
from interplay.represent.features import FROM_RECORDING, node_features
from interplay.represent.method import VariationalMethod
from interplay.represent.module import Latents, VariationalGraphNetwork
from interplay.represent.results import EmbeddingResult
from interplay.tensors import seeded_torch, snapshot_tensors, torch_threads, with_parameters
from interplay.tensors.devices import require_device
from interplay.tensors.snapshots import SnapshotTensors

Floats = NDArray[np.float64]

#: Node features that are read from the edges: they change when an edge is taken away.
FROM_EDGES = ("weights", "degree", "walks")


class Questioned:
    """A trained network before the windows that one target can depend on, in double precision.

    Parameters
    ----------
    result : EmbeddingResult
        Of a variational graph network.
    snapshots : Snapshots
        As for the method's `embed`.
    target : Target
    recording, features
        As for the method's `embed`.
    device : str

    Attributes
    ----------
    snapshots : Snapshots
        The windows up to the target's.
    counting : (E,) bool array
        Which of their edges can count: all up to the target's window where there is a state, else that window's own;
        not its own where the target is foreseen. Never an edge from a node to itself.

    Raises
    ------
    ConfigError
        If the result is of another kind of method, or the target is foreseen and the method has no state.
    DataError
        If there is no such target, or parameters and snapshots do not fit.
    """

    def __init__(
        self,
        result: EmbeddingResult,
        snapshots: Snapshots,
        target: Target,
        recording: Recording | None,
        features: ArrayLike | None,
        device: str,
    ) -> None:
        if not isinstance(result, EmbeddingResult) or not isinstance(snapshots, Snapshots):
            raise DataError(
                "`result` and `snapshots` must be an EmbeddingResult and Snapshots, got "
                f"{type(result).__name__} and {type(snapshots).__name__}. Give a fit and its networks."
            )
        if not all(hasattr(target, name) for name in ("check", "value", "foreseen")):
            raise ConfigError(f"`target` must be a Link, RegionDistance or Projection, got {target!r}. Make one.")
        config = result.config
        if not isinstance(config, VariationalMethod):
            raise ConfigError(
                f"`result` must be of a variational graph network (tavrnn, vgrnn, vgae), got {result.method!r}. "
                "Fit one of these."
            )
        require_device(device)
        target.check(snapshots)
        self.config, self.target, self._device = config, target, device
        self.architecture = config.architecture
        if target.foreseen and not self.architecture.recurrent:
            raise ConfigError(f"`target` must not be foreseen: {result.method} has no state. Use foreseen=False.")
        if features is not None and np.ndim(features) == 3:
            shapes = Shapes(T=len(snapshots), N=snapshots.n_nodes)
            features = shapes.array("features", features, "T N F")[: target.window + 1]
        same = np.array_equal(result.bounds, snapshots.bounds) and np.array_equal(result.present, snapshots.present)
        if config.features not in (*FROM_RECORDING, "given"):
            same = result.made_from == snapshots.digest
        self.elsewhere = () if same else ("The snapshots are not those that the result was made from.",)
        self.snapshots = snapshots.take(range(target.window + 1))
        self._recording, self._given = recording, features
        self._features = self._read_features(self.snapshots)
        data = self._data(self.snapshots, self._features)
        with seeded_torch(config.seed, "init"):
            encoder = VariationalGraphNetwork(self.architecture, data.n_features)
        self._encoder = with_parameters(encoder, result.parameters).to(device=device, dtype=torch.float64)
        self._encoder.requires_grad_(False)
        self._whole = data
        owner = self.snapshots.snapshot
        first = 0 if self.architecture.recurrent else target.window
        last = target.window - target.foreseen
        self.counting = (owner >= first) & (owner <= last) & (self.snapshots.src != self.snapshots.dst)
        if not self.counting.any():
            raise DataError(
                f"`target` must have an edge that it could depend on, but windows {first} to {last} have none. "
                "Give a later window."
            )

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of the scores must know."""
        if self.config.features not in FROM_EDGES:
            return self.elsewhere
        return (
            *self.elsewhere,
            f"The node features, {self.config.features!r}, are read from the edges as well. Slopes hold them as they "
            "are; where edges are taken away, they are read anew.",
        )

    def latents(self) -> Latents:
        """Give what the network says with everything in place."""
        with torch.no_grad(), torch_threads(1):
            found: Latents = self._encoder(self._whole)[0]
        return found

    def value(self) -> float:
        """Give the target with everything in place."""
        return float(self.target.value(self.latents(), self.snapshots))

    def gradient(self, scale: float) -> Floats:
        """Give the slope of the target over a factor on each edge, where all factors have one value.

        Parameters
        ----------
        scale : float, in [0, 1]

        Returns
        -------
        (E,) float64 array
        """
        factor = torch.full((len(self.snapshots.src),), scale, dtype=torch.float64, device=self._device)
        factor.requires_grad_(True)
        with torch_threads(1):
            latents, _ = self._encoder(self._whole.scaled(factor))
            (slope,) = torch.autograd.grad(self.target.value(latents, self.snapshots), factor)
        return np.asarray(slope.cpu().numpy())

    def without_edges(self, gone: NDArray[np.int64]) -> float:
        """Give the target with some edges taken away.

        Parameters
        ----------
        gone : (k,) int64 array
            Places of the edges.

        Returns
        -------
        float
        """
        keep = np.ones(len(self.snapshots.src), dtype=bool)
        keep[gone] = False
        return self._ask(self.snapshots.filter(keep), self._features, self.target)

    def without_windows(self, gone: Sequence[int]) -> float:
        """Give the target with some earlier windows taken away, as if they had never been recorded.

        Parameters
        ----------
        gone : sequence of int, in [0, target window)

        Returns
        -------
        float
        """
        kept = [t for t in range(len(self.snapshots)) if t not in set(gone)]
        features = self._features
        if features is not None and features.ndim == 3:
            features = features[kept]
        moved = replace(self.target, window=len(kept) - 1)  # type: ignore[type-var]
        return self._ask(self.snapshots.take(kept), features, moved, fresh=False)

    def _ask(self, snapshots: Snapshots, features: Floats | None, target: Target, *, fresh: bool = True) -> float:
        if fresh and self.config.features in FROM_EDGES:
            features = self._read_features(snapshots)
        with torch.no_grad(), torch_threads(1):
            latents, _ = self._encoder(self._data(snapshots, features))
            return float(target.value(latents, snapshots))

    def _read_features(self, snapshots: Snapshots) -> Floats | None:
        return node_features(
            self.config.features,
            snapshots,
            recording=self._recording if self.config.features in FROM_RECORDING else None,
            given=self._given,
            history_node=self.architecture.history_node,
            seed=self.config.seed,
        )

    def _data(self, snapshots: Snapshots, features: Floats | None) -> SnapshotTensors:
        return snapshot_tensors(
            snapshots,
            features=features,
            history_node=self.architecture.history_node,
            device=self._device,
            dtype="float64",
        )
