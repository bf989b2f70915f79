"""A value network that learns, behind a surface of numpy arrays: values out, batches of transitions in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray

from interplay.tensors.rng import seeded_torch
from interplay.tensors.value_losses import Support, cross_entropy, gaussian_histogram, huber, project, squared
from interplay.tensors.value_net import ValueNet
from interplay.tensors.value_pruning import magnitude_mask
from interplay.tensors.value_targets import greedy, smaller

#: Of AdamW, as in BBF and i-QN. With the usual 1e-8 the tiny gradients of a converged value make full steps.
EPSILON = 1.5e-4


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
    learning_rate : float, > 0
    weight_decay : float, >= 0
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
    targets, clamped : int
        Targets of distributional losses so far, and how many of them lay outside the support.
    """

    def __init__(self, settings: ValueSettings, seed: int) -> None:
        self.settings, self._seed = settings, seed
        self.updates = self.targets = self.clamped = 0
        self._resets = 0
        self._distribution = settings.loss in ("c51", "hl_gauss")
        self._window = settings.target == "is_qn"
        support = settings.support
        self._places = support.atoms() if settings.loss == "c51" else support.centres()
        self._net = self._fresh()
        self._old = None if self._window else self._fresh()
        self._last = self._copies()
        self._mask: torch.Tensor | None = None
        self._optimiser = torch.optim.AdamW(
            [self._net.flat], lr=settings.learning_rate, weight_decay=settings.weight_decay, eps=EPSILON, fused=True
        )

    def _fresh(self) -> ValueNet:
        s = self.settings
        with seeded_torch(self._seed, "value_net", self._resets):
            return ValueNet(
                s.shape,
                s.n_actions,
                n_heads=s.heads if self._window else 1,
                n_bins=s.support.bins if self._distribution else 1,
                width=s.width,
                depth=s.depth,
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
        with torch.no_grad():
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
        Cost: 0.3 to 0.5 ms on one core for 32 vectors and two layers of 64, most of it the fixed cost of torch's calls.
        """
        with torch.no_grad():
            goal = self._goal(_tensor(reward), _tensor(discount), _tensor(following))
        out = self._net(_tensor(observation))
        index = _tensor(action).view(-1, 1, 1, 1).expand(-1, out.shape[1], 1, out.shape[3])
        chosen = out.gather(2, index)[:, :, 0]
        loss = self._loss(chosen, goal).mean(0).sum()
        self._net.flat.grad.zero_()  # type: ignore[union-attr]
        loss.backward()  # type: ignore[no-untyped-call]
        self._step()
        self.updates += 1
        self._move_target()
        return float(loss.detach())

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

    def _loss(self, chosen: torch.Tensor, goal: torch.Tensor) -> torch.Tensor:
        if self._distribution:
            return cross_entropy(chosen, goal)
        return (squared if self.settings.loss == "mse" else huber)(chosen[..., 0], goal)

    def _step(self) -> None:
        self._optimiser.step()
        if self._mask is not None:
            self._net.flat.data.mul_(self._mask)

    def _move_target(self) -> None:
        if self.settings.target == "ema":
            assert self._old is not None
            self._old.flat.data.lerp_(self._net.flat.data, self.settings.target_rate)
        elif self._old is not None:
            if self.updates % self.settings.target_every == 0:
                self._old.flat.data.copy_(self._net.flat.data)
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
        part = self._net.head.out_features // self.settings.heads
        return [torch.cat([p.detach()[:part], p.detach()[:-part]]) for p in self._net.head.parameters()]

    def _shift(self) -> None:
        """Move every head one place down; the last stays as well. Moments and masks go with the weights."""
        assert self._last is not None
        state = self._optimiser.state.get(self._net.flat, {})
        vectors = [self._net.flat.data, *(state[k] for k in ("exp_avg", "exp_avg_sq") if k in state)]
        vectors += [] if self._mask is None else [self._mask]
        for copy, layer in zip(self._last, self._net.head.parameters(), strict=True):
            part = len(copy) // self.settings.heads
            copy[:part] = layer.detach()[:part]
        for vector in vectors:
            for head in range(self.settings.heads - 1):
                for to, source in zip(self._net.head_slices(head), self._net.head_slices(head + 1), strict=True):
                    vector[to] = vector[source]

    def _follow(self) -> None:
        """Let the targets of all heads but the first be the heads before them, as they are now."""
        assert self._last is not None
        for copy, layer in zip(self._last, self._net.head.parameters(), strict=True):
            part = len(copy) // self.settings.heads
            copy[part:] = layer.detach()[:-part]

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
        self._resets += 1
        flat, fresh, trunk = self._net.flat.data, self._fresh().flat.data, self._net.n_trunk
        flat[:trunk].mul_(shrink).add_(fresh[:trunk], alpha=1 - shrink)
        flat[trunk:] = fresh[trunk:]
        if self._mask is not None:
            flat.mul_(self._mask)
        if self._old is not None:
            self._old.flat.data.copy_(flat)
        self._last = self._copies()
        self._optimiser.state.clear()

    def prune(self, sparsity: float) -> None:
        """Set the smallest weights of every matrix to zero for good; biases stay.

        Parameters
        ----------
        sparsity : float, in [0, 1]
            Share of each matrix; it should not fall from call to call, as zeros are the smallest weights.
        """
        flat = self._net.flat.data
        self._mask = torch.ones_like(flat) if self._mask is None else self._mask
        for matrix in self._matrices():
            self._mask[matrix] = magnitude_mask(flat[matrix], sparsity)
        flat.mul_(self._mask)

    def _matrices(self) -> Sequence[slice]:
        """Every weight matrix, one per head: a head's mask must hold when its weights move down the window."""
        heads = [self._net.head_slices(h)[0] for h in range(self._net.sizes[0])]
        return [m for m in self._net.matrices if m.stop <= self._net.n_trunk] + heads

    @property
    def sparsity(self) -> float:
        """Share of the matrices' weights that are exactly zero."""
        parts = [self._net.flat.data[m] for m in self._matrices()]
        return float(sum(int((p == 0).sum()) for p in parts) / sum(p.numel() for p in parts))


def _tensor(array: NDArray[Any]) -> torch.Tensor:
    tensor = torch.from_numpy(array)
    if tensor.dtype == torch.uint8:  # a picture: 128, where nothing changes, becomes 0
        return tensor.float().sub_(128.0).div_(128.0)
    return tensor if tensor.dtype in (torch.float32, torch.int64) else tensor.float()
