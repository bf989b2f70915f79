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
