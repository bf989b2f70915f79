"""What can be explained: one number that a trained network says of one window."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, get_args

import numpy as np

from interplay._core.errors import ConfigError, DataError, unknown_name
from interplay.data import Snapshots

if TYPE_CHECKING:
    import torch

    from interplay.represent.module import Latents

Pooled = Literal["mean", "history"]


class Target(Protocol):
    """One number."""

    @property
    def window(self) -> int:
        """The window it is about."""
        ...

    @property
    def foreseen(self) -> bool:
        """Whether it is said before the window itself is seen."""
        ...

    def check(self, snapshots: Snapshots) -> None:
        """Refuse snapshots in which there is no such thing."""
        ...

    def describe(self) -> str:
        """Name it in words."""
        ...

    def value(self, latents: Latents, snapshots: Snapshots) -> torch.Tensor:
        """Compute it: a scalar, from the windows up to its own."""
        ...


def _check_window(window: int, snapshots: Snapshots) -> None:
    if not 0 <= window < len(snapshots):
        raise DataError(
            f"`window` must be one of the {len(snapshots)} windows, counted from 0, got {window}. Give one of those."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """The log-odds that two nodes are joined in a window: the inner product of their means.

    Parameters
    ----------
    window : int, in [0, T)
    src, dst : int, in [0, N)
        Two different nodes, both present there; their order says nothing.
    foreseen : bool
        Whether the means are those of the prior, which has seen the windows before only, instead of the posterior's.
        For methods with a state.
    """

    window: int
    src: int
    dst: int
    foreseen: bool = False

    def check(self, snapshots: Snapshots) -> None:
        """Refuse snapshots without that window or those nodes.

        Parameters
        ----------
        snapshots : Snapshots
        """
        _check_window(self.window, snapshots)
        for name, node in (("src", self.src), ("dst", self.dst)):
            if not 0 <= node < snapshots.n_nodes:
                raise DataError(f"`{name}` must lie in [0, n_nodes={snapshots.n_nodes}), got {node}. Give a node.")
            if not snapshots.present[self.window, node]:
                raise DataError(f"`{name}` must be present, but node {node} is absent in window {self.window}.")
        if self.src == self.dst:
            raise DataError(f"`src` and `dst` must be two nodes, got {self.src} twice. Give two different nodes.")
        if self.foreseen and self.window == 0:
            raise DataError("`window` must have windows before it to be foreseen, got 0. Give a later one.")

    def describe(self) -> str:
        """Name it in words."""
        when = "foreseen from the windows before" if self.foreseen else "from that window's embedding"
        return f"log-odds that nodes {self.src} and {self.dst} are joined in window {self.window}, {when}"

    def value(self, latents: Latents, snapshots: Snapshots) -> torch.Tensor:
        """Compute it.

        Parameters
        ----------
        latents : Latents
        snapshots : Snapshots
            The same windows.

        Returns
        -------
        scalar tensor
        """
        mean = (latents.prior_mean if self.foreseen else latents.mean)[self.window]
        return mean[self.src] @ mean[self.dst]


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionDistance:
    """The distance between the centroids of two groups of nodes in a window.

    Parameters
    ----------
    window : int, in [0, T)
    group : tuple of str, one per node
        Absent nodes do not count.
    between : (str, str)
        Two different groups, each with a present node.
    """

    window: int
    group: tuple[str, ...]
    between: tuple[str, str]

    @property
    def foreseen(self) -> bool:
        """False: it is of the posterior."""
        return False

    def check(self, snapshots: Snapshots) -> None:
        """Refuse snapshots without that window, with other nodes, or with a group that nobody represents.

        Parameters
        ----------
        snapshots : Snapshots
        """
        _check_window(self.window, snapshots)
        if len(self.group) != snapshots.n_nodes:
            raise DataError(f"`group` must name each of the {snapshots.n_nodes} nodes, got {len(self.group)} names.")
        if len(self.between) != 2 or self.between[0] == self.between[1]:
            raise DataError(f"`between` must name two different groups, got {self.between}. Give two.")
        for name in self.between:
            if not any(
                own == name and here for own, here in zip(self.group, snapshots.present[self.window], strict=True)
            ):
                raise DataError(
                    f"`between` must name groups with a present node in window {self.window}, got {name!r}. "
                    f"Groups: {', '.join(sorted(set(self.group)))}."
                )

    def describe(self) -> str:
        """Name it in words."""
        return f"distance between the centroids of {self.between[0]} and {self.between[1]} in window {self.window}"

    def value(self, latents: Latents, snapshots: Snapshots) -> torch.Tensor:
        """Compute it.

        Parameters
        ----------
        latents : Latents
        snapshots : Snapshots
            The same windows.

        Returns
        -------
        scalar tensor, >= 0
        """
        here, mean = snapshots.present[self.window], latents.mean[self.window]
        centre = [mean[np.flatnonzero((np.array(self.group) == name) & here).tolist()].mean(0) for name in self.between]
        distance: torch.Tensor = (centre[0] - centre[1]).norm()
        return distance


@dataclass(frozen=True, slots=True, kw_only=True)
class Projection:
    """One window's vector along a direction, as a linear read-out weighs it.

    Parameters
    ----------
    window : int, in [0, T)
    direction : tuple of float, one per latent number
        As given; it is not normalised.
    pool : {"mean", "history"}
        The mean over the present nodes, or the history node's.
    """

    window: int
    direction: tuple[float, ...]
    pool: Pooled = "mean"

    def __post_init__(self) -> None:
        if self.pool not in get_args(Pooled):
            raise ConfigError(unknown_name("`pool`", str(self.pool), get_args(Pooled)))
        direction = np.asarray(self.direction)
        if direction.ndim != 1 or direction.dtype.kind not in "fiu" or not np.isfinite(direction).all():
            raise ConfigError(
                f"`direction` must be a row of finite numbers, got {self.direction!r}. Give one per axis."
            )
        if not direction.any():
            raise ConfigError("`direction` must not be 0 everywhere: nothing could move along it. Give a direction.")

    @property
    def foreseen(self) -> bool:
        """False: it is of the posterior."""
        return False

    def check(self, snapshots: Snapshots) -> None:
        """Refuse snapshots without that window or with nobody present in it.

        Parameters
        ----------
        snapshots : Snapshots
        """
        _check_window(self.window, snapshots)
        if self.pool == "mean" and not snapshots.present[self.window].any():
            raise DataError(f"`window` must have a present node, but {self.window} has none. Use pool='history'.")

    def describe(self) -> str:
        """Name it in words."""
        pooled = "the mean vector" if self.pool == "mean" else "the history node"
        return f"{pooled} of window {self.window} along a direction"

    def value(self, latents: Latents, snapshots: Snapshots) -> torch.Tensor:
        """Compute it.

        Parameters
        ----------
        latents : Latents
        snapshots : Snapshots
            The same windows.

        Returns
        -------
        scalar tensor

        Raises
        ------
        DataError
            If the direction has another width, or there is no history node.
        """
        mean = latents.mean[self.window]
        if len(self.direction) != mean.shape[1]:
            raise DataError(f"`direction` must have {mean.shape[1]} numbers, got {len(self.direction)}.")
        along = mean @ mean.new_tensor(self.direction)
        if self.pool == "mean":
            return along[np.flatnonzero(snapshots.present[self.window]).tolist()].mean()
        if len(mean) == snapshots.n_nodes:
            raise DataError("`pool`='history' needs a history node, and this model has none. Use pool='mean'.")
        return along[-1]
