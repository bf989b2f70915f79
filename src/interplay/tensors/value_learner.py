"""A value network that learns, behind a surface of numpy arrays: values out, batches of transitions in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray

from interplay.tensors.adamw import AdamW
from interplay.tensors.rng import seeded_torch
from interplay.tensors.value_losses import Support, cross_entropy, gaussian_histogram, huber, project, squared
from interplay.tensors.value_net import Front, ValueNet
from interplay.tensors.value_pruning import magnitude_mask
from interplay.tensors.value_targets import greedy, smaller


@dataclass(frozen=True, kw_only=True)
class ValueSettings:
    """What a value network is and how it learns.

    Parameters
    ----------
    shape : tuple of int
        Of one observation.
    n_actions : int
    loss : {"mse", "huber", "c51", "hl_gauss"}
    target : {"hard", "ema", "minto", "is_qn"}
    heads : int, >= 1
        Regressions of "is_qn"; other targets have one head.
    target_every : int, updates, >= 1
        From one copy (or shift of the window) to the next; not for "ema".
    follow_every : int, updates, >= 1
        From one copy of the heads of "is_qn" to their targets to the next, within a window.
    target_rate : float, in (0, 1]
        Share that an "ema" target takes over per update.
    support : Support
        Used by "c51" and "hl_gauss".
    width, depth : int
        Of the dense hidden layers.
    learning_rate : float, > 0
    weight_decay : float, >= 0
    front : Front or None
        Makes layers that come before the dense ones.
    """

    shape: tuple[int, ...]
    n_actions: int
    loss: Literal["mse", "huber", "c51", "hl_gauss"]
    target: Literal["hard", "ema", "minto", "is_qn"]
    heads: int
    target_every: int
    target_rate: float
    follow_every: int
    support: Support
    width: int
    depth: int
    learning_rate: float
    weight_decay: float
    front: Front | None = None


class ValueLearner:
    """Network, target and optimiser of one session.

    Parameters
    ----------
    settings : ValueSettings
    seed : int, >= 0
        Of the initial weights and of every reset.

    Attributes
    ----------
    updates : int
        Gradient steps so far.
    resets : int
    targets, clamped : int
        Targets of distributional losses so far, and how many of them lay outside the support.
    """

    def __init__(self, settings: ValueSettings, seed: int) -> None:
        self.settings, self._seed = settings, seed
        self.updates = self.targets = self.clamped = 0
        self.resets = 0
        self._distribution = settings.loss in ("c51", "hl_gauss")
        self._window = settings.target == "is_qn"
        support = settings.support
        self._places = support.atoms if settings.loss == "c51" else support.centres
        self._net = self._fresh()
        self._old = None if self._window else self._fresh()
        self._last = self._copies()
        self._mask: torch.Tensor | None = None
        self._optimiser = AdamW(len(self._net.flat), settings.learning_rate, settings.weight_decay)

    def _fresh(self) -> ValueNet:
        s = self.settings
        with seeded_torch(self._seed, "value_net", self.resets):
            return ValueNet(
                s.shape,
                s.n_actions,
                n_heads=s.heads if self._window else 1,
                n_bins=s.support.bins if self._distribution else 1,
                width=s.width,
                depth=s.depth,
                front=s.front,
            )

    def values(self, observation: NDArray[Any]) -> NDArray[np.float32]:
        """Tell the value of every action.

        Parameters
        ----------
        observation : (B, *shape) array

        Returns
        -------
        (B, K, A) float32 array
            K = 1, or the learning heads of "is_qn", from the one nearest to the target on.
        """
        values, _ = self._tell(self._net, _tensor(observation))
        found: NDArray[np.float32] = values.numpy()
        return found

    def update(
        self,
        observation: NDArray[Any],
        action: NDArray[np.int64],
        reward: NDArray[np.float32],
        discount: NDArray[np.float32],
        following: NDArray[Any],
    ) -> float:
        """Take one gradient step, and move the target when its time has come.

        Parameters
        ----------
        observation, following : (B, *shape) array
            State, and the state n steps later.
        action : (B,) int64 array
        reward : (B,) float32 array
            Discounted rewards of the n steps, summed.
        discount : (B,) float32 array
            γⁿ, or 0 where the episode ended on the way.

        Returns
        -------
        float
            The loss: mean over the batch, sum over the heads.

        Notes
        -----
        Cost: see `docs/methods/value_agents.md`; for small layers most of it is the fixed cost of torch's calls.
        """
        with torch.no_grad():
            goal = self._goal(_tensor(reward), _tensor(discount), _tensor(following))
            loss = self._differentiate(_tensor(observation), _tensor(action), goal)
            self._optimiser.step(self._net.flat, self._net.gradient)
            if self._mask is not None:
                self._net.flat.mul_(self._mask)
            self.updates += 1
            self._move_target()
        return loss

    def _differentiate(self, observation: torch.Tensor, action: torch.Tensor, goal: torch.Tensor) -> float:
        """Fill the network's gradient; only the outputs of the action that was taken have a slope."""
        with torch.enable_grad():
            out, kept = self._net.trace(observation)
        index = action.view(-1, 1, 1, 1).expand(-1, out.shape[1], 1, out.shape[3])
        chosen = out.gather(2, index)
        if self._distribution:
            loss, slope = cross_entropy(chosen[:, :, 0], goal)
        else:
            loss, slope = (squared if self.settings.loss == "mse" else huber)(chosen[:, :, 0, 0], goal)
        slope = slope.view(chosen.shape) / len(out)
        self._net.backward(torch.zeros_like(out).scatter_(2, index, slope), kept)
        return float(loss.sum()) / len(out)

    def _tell(
        self, net: ValueNet, states: torch.Tensor, last: list[torch.Tensor] | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        out = net(states, last)
        if not self._distribution:
            return out[..., 0], out
        probability = torch.softmax(out, -1)
        return probability @ self._places, probability

    def _goal(self, reward: torch.Tensor, discount: torch.Tensor, following: torch.Tensor) -> torch.Tensor:
        values, outputs = self._tell(self._net if self._old is None else self._old, following, self._last)
        if self.settings.target == "minto":
            values, outputs = smaller(values, outputs, *self._tell(self._net, following))
        best, output = greedy(values, outputs)
        reward, discount = reward[:, None], discount[:, None]
        if self.settings.loss == "c51":
            goal, outside = project(output, reward.expand_as(best), discount.expand_as(best), self.settings.support)
        elif self.settings.loss == "hl_gauss":
            goal, outside = gaussian_histogram(reward + discount * best, self.settings.support)
        else:
            return reward + discount * best
        self.targets += outside.numel()
        self.clamped += int(outside.sum())
        return goal

    def _move_target(self) -> None:
        if self.settings.target == "ema":
            assert self._old is not None
            self._old.flat.lerp_(self._net.flat, self.settings.target_rate)
        elif self._old is not None:
            if self.updates % self.settings.target_every == 0:
                self._old.flat.copy_(self._net.flat)
        else:
            if self.updates % self.settings.target_every == 0:
                self._shift()
                self._follow()
            elif self.updates % self.settings.follow_every == 0:
                self._follow()

    def _copies(self) -> list[torch.Tensor] | None:
        """Give the targets of iterated heads: weight and bias of the first head, and of each head but the last."""
        if not self._window:
            return None
        part = len(self._net.last[1]) // self.settings.heads
        return [torch.cat([layer[:part], layer[:-part]]) for layer in self._net.last]

    def _shift(self) -> None:
        """Move every head one place down; the last stays as well. Moments and masks go with the weights."""
        assert self._last is not None
        part = len(self._net.last[1]) // self.settings.heads
        for copy, layer in zip(self._last, self._net.last, strict=True):
            copy[:part] = layer[:part]
        vectors = [self._net.flat, self._optimiser.mean, self._optimiser.square]
        for vector in vectors if self._mask is None else [*vectors, self._mask]:
            for head in range(self.settings.heads - 1):
                for to, source in zip(self._net.head_slices(head), self._net.head_slices(head + 1), strict=True):
                    vector[to] = vector[source]

    def _follow(self) -> None:
        """Let the targets of all heads but the first be the heads before them, as they are now."""
        assert self._last is not None
        part = len(self._net.last[1]) // self.settings.heads
        for copy, layer in zip(self._last, self._net.last, strict=True):
            copy[part:] = layer[:-part]

    def reset(self, shrink: float = 0.5) -> None:
        """Shrink the trunk and perturb it with a fresh one, begin the heads anew, forget the optimiser's moments.

        Parameters
        ----------
        shrink : float, in [0, 1]
            Share of the trunk's weights that stays: θ ← shrink · θ + (1 - shrink) · fresh.

        Notes
        -----
        The target becomes a copy of the result. Pruned weights stay pruned.
        """
        self.resets += 1
        flat, fresh, trunk = self._net.flat, self._fresh().flat, self._net.n_trunk
        flat[:trunk].mul_(shrink).add_(fresh[:trunk], alpha=1 - shrink)
        flat[trunk:] = fresh[trunk:]
        if self._mask is not None:
            flat.mul_(self._mask)
        if self._old is not None:
            self._old.flat.copy_(flat)
        self._last = self._copies()
        self._optimiser.forget()

    def prune(self, sparsity: float) -> None:
        """Set the smallest weights of every matrix to zero for good; biases stay.

        Parameters
        ----------
        sparsity : float, in [0, 1]
            Share of each matrix; it should not fall from call to call, as zeros are the smallest weights.
        """
        flat = self._net.flat
        self._mask = torch.ones_like(flat) if self._mask is None else self._mask
        for matrix in self._matrices():
            self._mask[matrix] = magnitude_mask(flat[matrix], sparsity)
        flat.mul_(self._mask)

    def _matrices(self) -> Sequence[slice]:
        """Every weight matrix, one per head: a head's mask must hold when its weights move down the window."""
        heads = [self._net.head_slices(h)[0] for h in range(self._net.sizes[0])]
        return self._net.matrices + heads

    @property
    def sparsity(self) -> float:
        """Share of the matrices' weights that are exactly zero."""
        parts = [self._net.flat[m] for m in self._matrices()]
        return float(sum(int((p == 0).sum()) for p in parts) / sum(p.numel() for p in parts))


def _tensor(array: NDArray[Any]) -> torch.Tensor:
    tensor = torch.from_numpy(array)
    if tensor.dtype == torch.uint8:  # a picture: 128, where nothing changes, becomes 0
        return tensor.float().sub_(128.0).div_(128.0)
    return tensor if tensor.dtype in (torch.float32, torch.int64) else tensor.float()
