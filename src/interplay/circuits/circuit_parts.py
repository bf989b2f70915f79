"""What a circuit is made of: each part checked, resolved and frozen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from interplay._core.checks import Shapes
from interplay._core.errors import ConfigError, DataError
from interplay.circuits.activations import ACTIVATIONS, Activation, activation

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def resolve_phi(phi: str | Activation | Sequence[str | Activation], n: int) -> Activation | tuple[Activation, ...]:
    """Turn names into activations: one for all where they are equal, else a tuple of n."""
    if isinstance(phi, str | Activation):
        return phi if isinstance(phi, Activation) else activation(phi)
    if not isinstance(phi, Sequence | np.ndarray):
        raise ConfigError(
            f"`phi` must be the name of an activation, an Activation, or one per unit, got {type(phi).__name__}. "
            f"Names: {', '.join(ACTIVATIONS)}."
        )
    each = tuple(p if isinstance(p, Activation) else activation(p) for p in phi)
    if len(each) != n:
        raise DataError(f"`phi` must be one activation or N={n} of them, got {len(each)}. Give one per unit.")
    return each[0] if len(set(each)) == 1 else each


def frozen(array: Any) -> Any:
    """Copy an array, floats as float64, and make the copy read-only."""
    copy = np.array(array, dtype=np.float64 if array.dtype.kind == "f" else None)
    copy.flags.writeable = False
    return copy


def spread(value: Any, shape: tuple[int, ...]) -> Any:
    """Let one number stand for all."""
    return np.full(shape, value) if np.ndim(value) == 0 else value


def require_positive(tau: Floats, names: NDArray[np.str_]) -> Floats:
    """Refuse time constants <= 0, naming the unit."""
    if (tau <= 0).any():
        k = int(np.argmax(tau <= 0))
        raise DataError(
            f"`tau` must be > 0: tau[{k}]={tau[k]:g} s of unit {str(names[k])!r}. A time constant is how long a unit's "
            "rate needs to follow its input."
        )
    return tau


def require_unique(names: NDArray[np.str_]) -> NDArray[np.str_]:
    """Refuse a name that comes twice."""
    values, count = np.unique(names, return_counts=True)
    if (count > 1).any():
        raise DataError(f"`names` must all be different, but {str(values[count > 1][0])!r} comes more than once.")
    return names


def require_delays(delay: Floats, names: NDArray[np.str_]) -> Floats:
    """Refuse delays < 0, naming the units."""
    if (delay < 0).any():
        post, pre = map(int, np.argwhere(delay < 0)[0])
        raise DataError(
            f"`delay` must be >= 0: delay[{post}, {pre}]={delay[post, pre]:g} s onto {str(names[post])!r} from "
            f"{str(names[pre])!r}. Nothing arrives before it is sent."
        )
    return delay


def signs(weights: Floats, names: NDArray[np.str_], given: Any, shapes: Shapes) -> Ints:
    """Take given signs and demand Dale's law of their columns, or read signs from the columns."""
    up, down = (weights > 0).any(axis=0), (weights < 0).any(axis=0)
    if given is None:
        return cast(Ints, frozen(up.astype(np.int64) * ~down - down.astype(np.int64) * ~up))
    sign = shapes.array("sign", given, "N", "int")
    if (np.abs(sign) > 1).any():
        k = int(np.argmax(np.abs(sign) > 1))
        raise DataError(f"`sign` must be -1, 0 or +1: sign[{k}]={sign[k]}. Excitatory +1, inhibitory -1, unknown 0.")
    wrong = weights * sign < 0
    if wrong.any():
        post, pre = map(int, np.argwhere(wrong)[0])
        kind = "excitatory" if sign[pre] > 0 else "inhibitory"
        raise DataError(
            f"`weights` must obey Dale's law: unit {pre} ({str(names[pre])!r}) is {kind}, but weights[{post}, {pre}]="
            f"{weights[post, pre]:g} ({int(wrong.sum())} such entries in all). Change the weight, or give that unit "
            "sign 0."
        )
    return cast(Ints, frozen(sign))
