"""The shapes that methods have in common. Structure decides, not inheritance."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar, runtime_checkable

import numpy as np

D = TypeVar("D", contravariant=True)
R = TypeVar("R", covariant=True)
S = TypeVar("S")

#: Called as progress(done, total) by long work; never required.
Progress = Callable[[int, int], None]


@runtime_checkable
class Windowed(Protocol):
    """Data with an observed span that can be cut: `window(a, b)` keeps [a, b)."""

    @property
    def span(self) -> tuple[float, float]: ...

    @property
    def digest(self) -> str: ...

    def window(self, start: float, stop: float) -> Any: ...


@runtime_checkable
class ResultLike(Protocol):
    """What every result carries."""

    @property
    def config(self) -> Any: ...

    @property
    def made_from(self) -> str: ...

    @property
    def seed(self) -> int | None: ...

    @property
    def notes(self) -> tuple[str, ...]: ...

    @property
    def versions(self) -> Mapping[str, str]: ...


class Estimator(Protocol[D, R]):
    """A frozen configuration; `fit` gives a frozen result and leaves the estimator as it was."""

    def fit(self, data: D) -> R: ...


class Simulator(Protocol[S]):
    """Frozen parameters; the state is passed in and given back."""

    def init(self, rng: np.random.Generator) -> S: ...

    def step(self, state: S, drive: Any, rng: np.random.Generator) -> tuple[S, Any]: ...


class StreamModel(Protocol):
    """Scores pairs of nodes from what was written of a stream of events; the caller alone decides the order.

    Between two calls of `write`, scores depend on nothing but what was written: not on what is asked, nor how often.
    """

    def reset(self) -> None:
        """Forget everything that was written."""
        ...

    def score(self, src: np.ndarray, dst: np.ndarray, time: np.ndarray) -> np.ndarray:
        """Score (B,) pairs at (B,) times, (B,) float64: higher is likelier to happen, or to be positive."""
        ...

    def write(self, events: Any) -> None:
        """Take in a `TemporalGraph` of later events."""
        ...

    def save(self) -> dict[str, np.ndarray]:
        """Give everything that was written and counts, as arrays of its own."""
        ...

    def load(self, state: Mapping[str, np.ndarray]) -> None:
        """Put back what `save` gave."""
        ...
