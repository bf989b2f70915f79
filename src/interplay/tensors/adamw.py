"""AdamW on one vector, in five operations: for small networks the library's bookkeeping costs more than the step.

The first step of the library's own also imports its compiler, which takes a second.

References
----------
Kingma, Ba (2015), ICLR, algorithm 1. Loshchilov, Hutter (2019), ICLR: decay apart from the gradient.
"""

from __future__ import annotations

import torch

#: Of value networks, as in BBF and i-QN. With the usual 1e-8 the tiny gradients of a converged value make full steps.
EPSILON = 1.5e-4
_MEAN, _SQUARE = 0.9, 0.999


class AdamW:
    """Moments of one parameter vector.

    Parameters
    ----------
    size : int
    learning_rate : float, > 0
    weight_decay : float, >= 0
    epsilon : float, > 0
    device : torch.device or str
    dtype : torch.dtype
        Of the moments, and of what they move.

    Attributes
    ----------
    mean, square : (size,) tensor
        Running averages of the gradient and of its square.
    steps : int
        Steps since the averages began.
    """

    def __init__(
        self,
        size: int,
        learning_rate: float,
        weight_decay: float,
        epsilon: float = EPSILON,
        *,
        device: torch.device | str = "cpu",
        dtype: torch.dtype = torch.float32,
    ) -> None:
        self.learning_rate, self.weight_decay, self.epsilon = learning_rate, weight_decay, epsilon
        self.mean, self.square = (torch.zeros(size, device=device, dtype=dtype) for _ in range(2))
        self.steps = 0

    def step(self, parameters: torch.Tensor, gradient: torch.Tensor) -> None:
        """Move the parameters, in place."""
        self.steps += 1
        self.mean.lerp_(gradient, 1 - _MEAN)
        self.square.mul_(_SQUARE).addcmul_(gradient, gradient, value=1 - _SQUARE)
        scale = self.square.sqrt().mul_((1 - _SQUARE**self.steps) ** -0.5).add_(self.epsilon)
        if self.weight_decay:
            parameters.mul_(1 - self.learning_rate * self.weight_decay)
        parameters.addcdiv_(self.mean, scale, value=-self.learning_rate / (1 - _MEAN**self.steps))

    def forget(self) -> None:
        """Begin anew."""
        self.mean.zero_()
        self.square.zero_()
        self.steps = 0
