"""A small trainable network of rate units: the circuit's equation, unrolled in steps, over a batch of inputs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import nn

from interplay._core.checks import Shapes, require_setting
from interplay._core.errors import ConfigError, DataError, unknown_name
from interplay.tensors.certified_weights import like

#: Activations by name, with their largest slope.
PHI: dict[str, tuple[Callable[[torch.Tensor], torch.Tensor], float]] = {
    "clip": (lambda z: torch.clamp(z, 0.0, 1.0), 1.0),
    "identity": (lambda z: z, 1.0),
    "logistic": (lambda z: torch.sigmoid(4 * z), 1.0),
    "relu": (torch.relu, 1.0),
    "softplus": (nn.functional.softplus, 1.0),
    "tanh": (torch.tanh, 1.0),
}


class RateNetwork(nn.Module):
    """Rate units stepped forward: x <- x + step / tau (phi(W x + B u) - x).

    Parameters
    ----------
    weights : nn.Module
        Its forward gives W, (N, N): `ContractingWeights`, `DiagonallyStableWeights`, or any other.
    phi : str
        A name in `PHI`: the activations of `RateCircuit` of the same name, with their defaults.
    tau : float or (N,) float array, > 0, s
    step : float, s, 0 < step <= min(tau)
    n_inputs : int or None
        Size of the input; None: one per unit, B = 1.
    n_outputs : int or None
        Size of a linear read-out of the rates; None: the rates themselves.

    Raises
    ------
    ConfigError, DataError
        If a setting is unknown or out of range, or the slope of `phi` is larger than the one that `weights` are for.

    Notes
    -----
    The certificates of the weights are of continuous time. For what the steps do, ask `contraction` of the circuit with
    `step_s`. Layers for input and read-out begin as torch's own do: make the network inside `seeded_torch`.
    """

    def __init__(
        self,
        weights: nn.Module,
        *,
        phi: str = "relu",
        tau: ArrayLike = 1.0,
        step: float = 0.1,
        n_inputs: int | None = None,
        n_outputs: int | None = None,
    ) -> None:
        super().__init__()
        if phi not in PHI:
            raise ConfigError(unknown_name("activation", phi, PHI))
        slope = getattr(weights, "slope", None)
        if slope is not None and np.min(slope) < PHI[phi][1]:
            raise ConfigError(
                f"`weights` must be for slopes up to {PHI[phi][1]:g}, the largest of {phi!r} (the theorem's "
                f"condition), got slope={np.min(slope):g}. Give `slope` when making them."
            )
        with torch.no_grad():
            n = len(weights())
        times = Shapes(N=n).array("tau", np.full(n, tau) if np.ndim(tau) == 0 else tau, "N")
        if not (times > 0).all():
            raise DataError(f"`tau` must be > 0, got {times.min():g} s. Give positive times.")
        require_setting("step", step, above=0, most=float(times.min()))
        self.weights, self.phi, self.n_units = weights, phi, n
        self.share = step / times
        self.inputs = None if n_inputs is None else nn.Linear(n_inputs, n)
        self.outputs = None if n_outputs is None else nn.Linear(n, n_outputs)

    def forward(self, drive: torch.Tensor, start: torch.Tensor | None = None) -> torch.Tensor:
        """Step through time.

        Parameters
        ----------
        drive : (B, T, N) or (B, T, I) tensor
            Input during each step.
        start : (B, N) tensor or None
            Rates before the first step; 0 where None.

        Returns
        -------
        (B, T, N) or (B, T, O) tensor
            Rates (or read-out) after each step.
        """
        wanted = self.n_units if self.inputs is None else self.inputs.in_features
        if drive.dim() != 3 or drive.shape[-1] != wanted:
            raise DataError(f"`drive` must have shape (B, T, {wanted}), got {tuple(drive.shape)}.")
        push = drive if self.inputs is None else self.inputs(drive)
        x = push.new_zeros(len(drive), self.n_units) if start is None else start
        back, phi, share = self.weights().T, PHI[self.phi][0], like(self.share, push)
        course = []
        for now in push.unbind(1):
            x = x + share * (phi(torch.addmm(now, x, back)) - x)
            course.append(x)
        rates = torch.stack(course, 1)
        return rates if self.outputs is None else self.outputs(rates)


class Trajectories(NamedTuple):
    """Courses to learn.

    Attributes
    ----------
    drive : (B, T, N) or (B, T, I) tensor
    start : (B, N) tensor
    target : (B, T, N) or (B, T, O) tensor
    """

    drive: torch.Tensor
    start: torch.Tensor
    target: torch.Tensor


class TrajectoryTask:
    """Learn courses: the mean squared error of a `RateNetwork`, for `interplay.tensors.train`.

    Parameters
    ----------
    held_out : int, >= 0
        So many of the last courses are not trained on.
    """

    parts = ("loss",)

    def __init__(self, held_out: int = 0) -> None:
        require_setting("held_out", held_out, least=0, whole=True)
        self.n_held_out = held_out

    def batches(self, data: Trajectories, epoch: int) -> Iterable[Trajectories]:
        """Yield all courses that are trained on, at once."""
        keep = len(data.drive) - self.n_held_out
        yield Trajectories(*(part[:keep] for part in data))

    def loss(self, encoder: RateNetwork, batch: Trajectories, generator: torch.Generator) -> tuple[torch.Tensor, ...]:
        """Give the mean squared error."""
        return (_error(encoder, batch),)

    def held_out(self, encoder: RateNetwork, data: Trajectories) -> float | None:
        """Give the mean squared error of the courses that are not trained on."""
        if not self.n_held_out:
            return None
        return float(_error(encoder, Trajectories(*(part[-self.n_held_out :] for part in data))))


def _error(network: RateNetwork, data: Trajectories) -> torch.Tensor:
    return nn.functional.mse_loss(network(data.drive, data.start), data.target)
