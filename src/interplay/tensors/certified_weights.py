"""What trainable stable weights share: the certificate, the settings, and Dale's law with shrinking."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import nn

from interplay._core.checks import Shapes, require_setting
from interplay._core.errors import DataError
from interplay._core.rng import stream

Floats = NDArray[np.float64]
#: Distance kept from the edge of what the theorem allows, for weights in single precision.
SLACK = 1e-3


class Certificate(NamedTuple):
    """What proves the present weights stable, checked in double precision.

    Attributes
    ----------
    weights : (N, N) float64 array
    scaling : (N,) float64 array
        q.
    metric : (N, N) float64 array or None
        P; None for diagonal stability.
    rate : float, 1/s
        Of contraction; NaN for diagonal stability.
    margin : float
        Smallest eigenvalue of what must be positive definite, less rounding.
    """

    weights: Floats
    scaling: Floats
    metric: Floats | None
    rate: float
    margin: float

    @property
    def holds(self) -> bool:
        """Whether it proves anything."""
        return self.margin > 0


def checked_settings(
    n_units: int, tau: ArrayLike, slope: ArrayLike, sign: ArrayLike | None
) -> tuple[Floats, Floats, NDArray[np.int64] | None]:
    """Check what all kinds of weights take: (tau, slope, sign)."""
    require_setting("n_units", n_units, least=1, whole=True)
    shapes = Shapes(N=n_units)
    found = []
    for name, value in (("tau", tau), ("slope", slope)):
        array = np.array(shapes.array(name, np.full(n_units, value, float) if np.ndim(value) == 0 else value, "N"))
        if not (array > 0).all():
            raise DataError(f"`{name}` must be > 0, got {array.min():g}. Give positive numbers.")
        found.append(array)
    if sign is None:
        return found[0], found[1], None
    columns = np.array(shapes.array("sign", sign, "N", "int"))
    if (np.abs(columns) > 1).any():
        raise DataError(f"`sign` must be -1, 0 or +1, got {columns[np.abs(columns) > 1][0]}. Give one per column.")
    return found[0], found[1], columns


def require_signs(weights: Floats, sign: NDArray[np.int64]) -> None:
    """Refuse given weights that break Dale's law."""
    wrong = weights * sign < 0
    if wrong.any():
        post, pre = map(int, np.argwhere(wrong)[0])
        raise DataError(
            f"`weights` must have the signs of their columns: weights[{post}, {pre}]={weights[post, pre]:g} and sign "
            f"{int(sign[pre])}. Set it to 0, or the sign to 0."
        )


def first_noise(n_units: int, gain: float, seed: int) -> Floats:
    """Draw the first weights' spread."""
    rng = stream(seed, "stable weights")
    return np.asarray(gain / np.sqrt(n_units) * rng.standard_normal((n_units, n_units)))


def signed_noise(noise: Floats, sign: NDArray[np.int64]) -> Floats:
    """Give the columns of a draw their signs."""
    return np.where(sign == 0, noise, np.abs(noise) * sign)


def free(values: Floats) -> nn.Parameter:
    """Make a trainable parameter."""
    return nn.Parameter(torch.as_tensor(values, dtype=torch.get_default_dtype()))


def put(parameter: nn.Parameter, values: Floats) -> None:
    """Overwrite a parameter."""
    with torch.no_grad():
        parameter.copy_(torch.as_tensor(values))


def numbers(values: torch.Tensor) -> Floats:
    """Read a tensor as double precision numbers."""
    return values.detach().cpu().numpy().astype(np.float64)


def like(values: Floats, tensor: torch.Tensor) -> torch.Tensor:
    """Make constants of a tensor's type and place."""
    return torch.as_tensor(values, dtype=tensor.dtype, device=tensor.device)


def signed(raw: torch.Tensor, sign: NDArray[np.int64]) -> torch.Tensor:
    """Give magnitudes the signs of their columns; columns of sign 0 stay as they are."""
    # Magnitudes, not entries cut at 0: what is cut has no gradient, and would stay 0 for ever.
    columns = torch.as_tensor(sign, dtype=raw.dtype, device=raw.device)
    return torch.where(columns == 0, raw, raw.abs() * columns)


def shrink(level: torch.Tensor) -> torch.Tensor:
    """Factor that brings a level just below 1, where it is not yet."""
    return torch.clamp((1 - SLACK) / level.clamp(min=1e-12), max=1.0)
