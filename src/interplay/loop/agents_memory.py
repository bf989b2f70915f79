"""What an agent remembers: transitions in a ring of arrays, read back as n-step returns."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from interplay._core.checks import require_setting
from interplay._core.errors import DataError

_FIRST_ROWS = 1024


class Batch(NamedTuple):
    """Transitions over n steps: the state, what was done, what came of it."""

    observation: NDArray[Any]  # (B, *shape)
    action: NDArray[np.int64]  # (B,)
    reward: NDArray[np.float32]  # (B,), discounted and summed
    discount: NDArray[np.float32]  # (B,), γ to the number of steps, or 0 after a terminal step
    following: NDArray[Any]  # (B, *shape)

    def cut(self, start: int, stop: int) -> Batch:
        """Give the transitions [start, stop)."""
        return Batch(
            self.observation[start:stop],
            self.action[start:stop],
            self.reward[start:stop],
            self.discount[start:stop],
            self.following[start:stop],
        )


class ReplayMemory:
    """Transitions in the order of play; the oldest give way when `capacity` is reached.

    Parameters
    ----------
    capacity : int, transitions, >= 1, or None
        None keeps everything: the arrays grow by doubling.
    """

    def __init__(self, capacity: int | None = None) -> None:
        if capacity is not None:
            require_setting("memory", capacity, least=1)
        self.capacity, self._size, self._next = capacity, 0, 0
        self._columns: dict[str, NDArray[Any]] = {}

    def __len__(self) -> int:
        return self._size

    def add(
        self,
        observation: NDArray[Any],
        action: int,
        reward: float,
        following: NDArray[Any],
        *,
        terminal: bool,
        truncated: bool = False,
    ) -> None:
        """Remember one transition.

        Parameters
        ----------
        observation, following : array of one shape and type
        action : int
        reward : float
        terminal : bool
            Whether the episode ended here, so that nothing follows.
        truncated : bool
            Whether the episode was cut here; `following` still has its value.
        """
        if not self._columns:
            self._make(np.asarray(observation))
        elif self._next == len(self._columns["action"]):
            self._grow()
        row = self._next
        for name, value in (
            ("observation", observation),
            ("action", action),
            ("reward", reward),
            ("following", following),
            ("terminal", terminal),
            ("last", terminal or truncated),
        ):
            self._columns[name][row] = value
        self._size = max(self._size, row + 1)
        self._next = 0 if row + 1 == self.capacity else row + 1

    def _make(self, observation: NDArray[Any]) -> None:
        rows = _FIRST_ROWS if self.capacity is None else min(self.capacity, _FIRST_ROWS)
        kinds = {"action": np.int64, "reward": np.float32, "terminal": np.bool_, "last": np.bool_}
        self._columns = {name: np.zeros(rows, kind) for name, kind in kinds.items()}
        for name in ("observation", "following"):
            self._columns[name] = np.zeros((rows, *observation.shape), observation.dtype)

    def _grow(self) -> None:
        rows = len(self._columns["action"])
        more = rows if self.capacity is None else min(rows, self.capacity - rows)
        for name, old in self._columns.items():
            self._columns[name] = np.concatenate([old, np.zeros((more, *old.shape[1:]), old.dtype)])

    def sample(self, size: int, n_steps: int, discount: float, rng: np.random.Generator) -> Batch:
        """Draw transitions uniformly, with replacement, and look n steps ahead from each.

        Parameters
        ----------
        size : int, B
        n_steps : int, >= 1
        discount : float, in [0, 1]
            γ per step.
        rng : numpy.random.Generator

        Returns
        -------
        Batch

        Raises
        ------
        DataError
            If nothing is remembered yet.
        """
        if not self._size:
            raise DataError("a replay memory must hold a transition before it is sampled, got none. Add some first.")
        return self.n_step(rng.integers(self._size, size=size), n_steps, discount)

    def n_step(self, rows: NDArray[np.int64], n_steps: int, discount: float) -> Batch:
        """Give the n-step transitions that begin at these rows.

        Parameters
        ----------
        rows : (B,) int64 array
            Places in the ring.
        n_steps : int, >= 1
        discount : float, in [0, 1]

        Returns
        -------
        Batch

        Notes
        -----
        Σ_{j<m} γʲ r_j with m <= n: the look ahead stops at the end of an episode, and at the newest transition. What
        follows the last step counts γᵐ, or 0 where that step was terminal.
        """
        columns, steps = self._columns, np.arange(n_steps)
        ring = (rows[:, None] + steps) % self._size
        newest = (self._next - 1) % self._size
        over = columns["last"][ring] | (ring == newest)
        length = np.where(over.any(1), over.argmax(1) + 1, n_steps)
        weight = (discount**steps) * (steps < length[:, None])
        end = ring[np.arange(len(rows)), length - 1]
        ahead = np.where(columns["terminal"][end], 0.0, discount**length)
        return Batch(
            columns["observation"][rows],
            columns["action"][rows],
            (columns["reward"][ring] * weight).sum(1).astype(np.float32),
            ahead.astype(np.float32),
            columns["following"][end],
        )
