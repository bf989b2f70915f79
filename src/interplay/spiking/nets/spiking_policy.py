"""A spiking network that has been shown what to do, and does it: trained on examples, kept in a file."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes, require_setting
from interplay._core.errors import ConfigError, DataError
from interplay._core.provenance import Result, digest
from interplay._core.rng import stream
from interplay.io.npz import load_arrays, load_header, require_digest, save_arrays
from interplay.spiking.nets.spiking_layers import SpikingFront, SpikingLayers
from interplay.tensors.adamw import AdamW
from interplay.tensors.rng import seeded_torch
from interplay.tensors.value_losses import cross_entropy
from interplay.tensors.value_net import ValueNet
from interplay.tensors.value_session import one_thread

_HOLDS = "SpikingPolicy"


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class SpikingPolicy(Result):
    """Layers of LIF units and a linear read-out that scores actions.

    Attributes
    ----------
    layers : SpikingLayers
    weights : (P,) float32 array
        All parameters, in the order of `ValueNet.flat`.
    n_inputs, n_actions : int
    shown_by : str
        Whose actions it was shown.
    facts : mapping of str to plain value
        What the actor must know to use it as it was trained.
    agreement : float, in [0, 1]
        Share of the examples kept apart on which it chose as it was shown.
    """

    layers: SpikingLayers
    weights: NDArray[np.float32]
    n_inputs: int
    n_actions: int
    shown_by: str
    facts: Mapping[str, Any]
    agreement: float

    def actor(self, seed: int) -> SpikingActor:
        """Bring it to life.

        Parameters
        ----------
        seed : int, >= 0
            Of the membranes' noise.

        Returns
        -------
        SpikingActor
        """
        return SpikingActor(self, seed)


class SpikingActor:
    """A policy at work, with noise of its own.

    Parameters
    ----------
    policy : SpikingPolicy
    seed : int, >= 0
    """

    def __init__(self, policy: SpikingPolicy, seed: int) -> None:
        self.front = policy.layers.front(seed)
        self._net = _net(self.front, policy.n_inputs, policy.n_actions, seed)
        self._net.flat.copy_(torch.from_numpy(policy.weights.copy()))

    def choose(self, observation: NDArray[np.float32]) -> tuple[int, list[NDArray[np.float32]]]:
        """Look once.

        Parameters
        ----------
        observation : (D,) float32 array

        Returns
        -------
        action : int
            Of the highest score.
        spikes : list of (T, N) float32 array
            Of each layer.
        """
        with one_thread(), self.front.listening() as heard:
            score = self._net(torch.from_numpy(observation[None]))[0, 0, :, 0]
        return int(score.argmax()), [layer[:, 0].numpy() for layer in heard[0]]


@dataclass(frozen=True, kw_only=True)
class SpikingImitation:
    """How a spiking network learns from examples.

    Parameters
    ----------
    layers : SpikingLayers
    epochs : int, >= 1
        Passes over the examples; the learning rate falls to 0 on a line.
    batch : int, >= 1
    learning_rate : float, > 0
    weight_decay : float, >= 0
    kept_apart : float, in (0, 1)
        Share of the examples, the last ones, that are not trained on.
    seed : int, >= 0

    Raises
    ------
    ConfigError
        If a setting is out of range.
    """

    layers: SpikingLayers = SpikingLayers()  # noqa: RUF009 - frozen
    epochs: int = 20
    batch: int = 128
    learning_rate: float = 3e-3
    weight_decay: float = 0.0
    kept_apart: float = 0.1
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("epochs", "batch"):
            require_setting(name, getattr(self, name), least=1, whole=True)
        require_setting("learning_rate", self.learning_rate, above=0, below=math.inf)
        require_setting("weight_decay", self.weight_decay, least=0, below=math.inf)
        require_setting("kept_apart", self.kept_apart, above=0, below=1)
        require_setting("seed", self.seed, least=0, whole=True)

    def fit(
        self,
        observation: ArrayLike,
        action: ArrayLike,
        *,
        n_actions: int,
        shown_by: str,
        facts: Mapping[str, Any] | None = None,
    ) -> SpikingPolicy:
        """Learn what was done where.

        Parameters
        ----------
        observation : (K, D) float array, in [-1, 1]
        action : (K,) int array, in [0, n_actions)
        n_actions : int, >= 2
        shown_by : str
        facts : mapping of str to plain value, or None

        Returns
        -------
        SpikingPolicy

        Raises
        ------
        DataError
            If shapes disagree, an action is none, or there are fewer than two examples.
        """
        require_setting("n_actions", n_actions, least=2, whole=True)
        shapes = Shapes()
        seen = np.asarray(shapes.array("observation", observation, "K D"), dtype=np.float32)
        done = np.asarray(shapes.array("action", action, "K", "int"), dtype=np.int64)
        if ((done < 0) | (done >= n_actions)).any():
            raise DataError(f"`action` must lie in [0, {n_actions}), got {done.min()} to {done.max()}. Correct it.")
        last = int(len(done) * (1 - self.kept_apart))
        if not 0 < last < len(done):
            raise DataError(
                f"`observation` must hold examples to train on and some to keep apart, got {len(done)} in all. Give "
                "more."
            )
        with one_thread():
            front = self.layers.front(self.seed)
            net = _net(front, seen.shape[1], n_actions, self.seed)
            self._train(net, seen[:last], done[:last], n_actions)
            chosen = net(torch.from_numpy(seen[last:].copy()))[:, 0, :, 0].argmax(-1).numpy()
        return SpikingPolicy(
            config=self,
            made_from=digest(seen, done),
            seed=self.seed,
            layers=self.layers,
            weights=net.flat.numpy().copy(),
            n_inputs=seen.shape[1],
            n_actions=n_actions,
            shown_by=shown_by,
            facts=dict(facts or {}),
            agreement=float((chosen == done[last:]).mean()),
        )

    def _train(self, net: ValueNet, seen: NDArray[np.float32], done: NDArray[np.int64], n_actions: int) -> None:
        rng = stream(self.seed, "spiking imitation", "order")
        optimiser = AdamW(len(net.flat), self.learning_rate, self.weight_decay)
        per_epoch = -(-len(seen) // self.batch)
        wanted = np.eye(n_actions, dtype=np.float32)[done]
        for k in range(self.epochs * per_epoch):
            if k % per_epoch == 0:
                order = rng.permutation(len(seen))
            rows = order[k % per_epoch * self.batch :][: self.batch]
            with torch.enable_grad():
                out, kept = net.trace(torch.from_numpy(seen[rows]))
            _, slope = cross_entropy(out[:, 0, :, 0], torch.from_numpy(wanted[rows]))
            net.backward((slope / len(rows)).view(out.shape), kept)
            optimiser.learning_rate = self.learning_rate * (1 - k / (self.epochs * per_epoch))
            optimiser.step(net.flat, net.gradient)


def _net(front: SpikingFront, n_inputs: int, n_actions: int, seed: int) -> ValueNet:
    with seeded_torch(seed, "spiking policy"):
        return ValueNet((n_inputs,), n_actions, depth=0, front=front)


def save_policy(path: str | os.PathLike[str], policy: SpikingPolicy) -> Path:
    """Write a policy to a file.

    Parameters
    ----------
    path : path
        Ends in .npz; appears whole or not at all.
    policy : SpikingPolicy

    Returns
    -------
    Path
    """
    header = {
        "holds": _HOLDS,
        "config": asdict(policy.config),
        "layers": asdict(policy.layers),
        "facts": dict(policy.facts),
        "versions": dict(policy.versions),
        "notes": list(policy.notes),
        "digest": _digest(policy),
        **{name: getattr(policy, name) for name in _PLAIN},
    }
    return save_arrays(path, {"weights": policy.weights}, header=header)


_PLAIN = ("made_from", "seed", "n_inputs", "n_actions", "shown_by", "agreement")


def load_policy(path: str | os.PathLike[str]) -> SpikingPolicy:
    """Read a policy from a file.

    Parameters
    ----------
    path : path
        As `save_policy` wrote it.

    Returns
    -------
    SpikingPolicy

    Raises
    ------
    DataError
        If the file is missing, damaged, changed, or holds something else.
    """
    header = load_header(path)
    if header is None or header.get("holds") != _HOLDS:
        found = "a file of another origin" if header is None else f"a file of {header.get('holds')!r}"
        raise DataError(f"{path} must hold a spiking policy, but it is {found}. Give the file of `save_policy`.")
    arrays = load_arrays(path)
    if set(arrays) != {"weights"}:
        raise DataError(f"{path} must hold weights and nothing else, got {', '.join(sorted(arrays))}. Train it again.")
    try:
        layers = SpikingLayers(**header["layers"])
        policy = SpikingPolicy(
            config=SpikingImitation(**{**header["config"], "layers": SpikingLayers(**header["config"]["layers"])}),
            layers=layers,
            weights=np.asarray(arrays["weights"], dtype=np.float32),
            facts=header["facts"],
            versions=header["versions"],
            notes=tuple(header["notes"]),
            **{name: header[name] for name in _PLAIN},
        )
        size = len(_net(layers.front(0), policy.n_inputs, policy.n_actions, 0).flat)
    except (KeyError, TypeError, ValueError, ConfigError) as error:
        raise DataError(
            f"{path} cannot be read as a spiking policy ({error}). It is damaged: train it again."
        ) from error
    require_digest(_digest(policy), header, "train it again.")
    if policy.weights.shape != (size,):
        raise DataError(f"{path} must hold {size} weights, got shape {policy.weights.shape}. Train it again.")
    return policy


def _digest(policy: SpikingPolicy) -> str:
    return digest(
        asdict(policy.config),
        asdict(policy.layers),
        policy.weights,
        dict(policy.facts),
        dict(policy.versions),
        policy.notes,
        *(getattr(policy, name) for name in _PLAIN),
    )
